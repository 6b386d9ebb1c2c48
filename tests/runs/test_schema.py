"""Declared tables are written as declared or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from runs.duck import connect
from runs.errors import SchemaMismatch
from runs.schema import Column, Table, read_table, write_parts, write_table
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

TABLE = Table(
    "thing",
    ("thing_key",),
    (
        Column("thing_key", "VARCHAR", "key"),
        Column("seen_on", "DATE", "day"),
        Column("marks", "VARCHAR[]", "marks"),
    ),
    "For tests.",
)


def _rows(con: duckdb.DuckDBPyConnection, order: str) -> duckdb.DuckDBPyRelation:
    ascending = order == "ascending"
    return con.sql(
        "SELECT ['m'] AS marks, DATE '2025-01-01' AS seen_on, 'k' || i AS thing_key "
        "FROM range(1000) t(i) ORDER BY CASE WHEN $up THEN i ELSE -i END",
        params={"up": ascending},
    )


def test_row_order_does_not_reach_the_bytes(tmp_path: Path) -> None:
    with connect(tmp_path / "scratch") as con:
        assert write_table(_rows(con, "ascending"), TABLE, tmp_path / "a") == 1000
        write_table(_rows(con, "descending"), TABLE, tmp_path / "b")
    assert TABLE.path(tmp_path / "a").read_bytes() == TABLE.path(tmp_path / "b").read_bytes()


def test_an_undeclared_type_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with connect() as con, pytest.raises(SchemaMismatch, match="seen_on: VARCHAR instead of DATE"):
        write_table(
            con.sql("SELECT 'k' AS thing_key, 'soon' AS seen_on, ['m'] AS marks"), TABLE, tmp_path
        )
    assert not list(tmp_path.iterdir())


def test_an_absent_file_is_an_empty_table(tmp_path: Path) -> None:
    with connect() as con:
        empty = read_table(con, TABLE, tmp_path)
        assert empty.columns == list(TABLE.column_names)
        assert empty.fetchall() == []


def test_rows_that_are_left_out_do_not_reach_the_bytes(tmp_path: Path) -> None:
    # A null in a hidden row would make its column OPTIONAL, without it REQUIRED.
    with connect() as con:
        for name, hidden in (("a", "['m']"), ("b", "NULL")):
            con.execute(
                "CREATE TABLE thing AS SELECT 'shown' AS thing_key, DATE '2025-01-01' AS seen_on, "
                "['m'] AS marks"
            )
            con.execute(
                "INSERT INTO thing SELECT 'hidden', NULL, CASE WHEN $marked THEN ['m'] END",
                {"marked": hidden != "NULL"},
            )
            shown = con.table("thing").filter("thing_key = 'shown'")
            assert write_table(shown, TABLE, tmp_path / name) == 1
            con.execute("DROP TABLE thing")
    assert TABLE.path(tmp_path / "a").read_bytes() == TABLE.path(tmp_path / "b").read_bytes()


def test_parts_are_written_as_one_table_in_the_order_of_its_key(tmp_path: Path) -> None:
    with connect() as con:
        rows = _rows(con, "descending").set_alias("r")
        parts = [rows.filter("thing_key < 'k5'"), rows.filter("thing_key >= 'k5'")]
        assert write_parts(iter(parts), TABLE, tmp_path / "parts") == 1000
        write_table(rows, TABLE, tmp_path / "whole")
        parts_file, whole_file = (TABLE.path(tmp_path / name) for name in ("parts", "whole"))
        assert rows_of(parts_file) == rows_of(whole_file)
        with pytest.raises(SchemaMismatch, match="begins before the end"):
            write_parts(reversed(parts), TABLE, tmp_path / "torn")
    assert not TABLE.path(tmp_path / "torn").exists()
