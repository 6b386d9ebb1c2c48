"""Rows for tests, written through the production table writer.

A test names only the values that it is about; every other column is null. Nothing here knows how a
stage works: a table made here passes the same schema check as one that a stage wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from ingest.contracts.tables import BY_NAME
from runs.duck import connect
from runs.keys import record_key
from runs.schema import Table, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def write_rows(folder: Path, table: Table | str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as a declared table below ``folder``; columns that a row lacks are null."""
    declared = BY_NAME[table] if isinstance(table, str) else table
    unknown = {name for row in rows for name in row} - set(declared.column_names)
    if unknown:
        raise KeyError(f"table {declared.name} has no columns {sorted(unknown)}")
    with connect() as con:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in declared)
        con.execute(f"CREATE TABLE made ({columns})")
        marks = ", ".join("?" for _ in declared)
        for row in rows:
            con.execute(
                f"INSERT INTO made VALUES ({marks})",  # noqa: S608 - marks only
                [row.get(column.name) for column in declared],
            )
        write_table(con.table("made"), declared, folder)
    return declared.path(folder)


def key(*parts: str) -> str:
    """A record key for a test, by the production function."""
    return record_key(*parts)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """A Parquet file as dictionaries, in its stored order."""
    with duckdb.connect() as con:
        relation = con.read_parquet(str(path))
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
