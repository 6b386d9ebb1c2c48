"""A large table of which little has changed: the parent run's file, and what is different.

Guarantees: ``read_table`` gives the same rows whether a table was written whole or in parts. In
parts, ``<table>.parquet`` is the parent run's own file (a hard link, or a copy where the disk has
none); ``<table>.gone.parquet`` holds the keys of rows in it that are void;
``<table>.added.parquet`` holds the rows that stand for them, and the new ones. All three are
immutable and sorted. Nothing that a view may no longer see may stay in a file: the caller writes
whole where a record was withdrawn or corrected.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from runs.schema import added_part, gone_part, read_table, without, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from runs.schema import Table

FROM_ROWS: Final = 100_000
"""Smaller tables are written whole: that takes a moment, and one file is simpler."""
LARGEST_SHARE: Final = 0.1
"""Of the rows of the table's file: where more are void or added, the table is written whole."""


@dataclass(frozen=True, slots=True)
class Layout:
    """When a table is written in parts: never where ``whole``, nor below ``from_rows`` rows."""

    whole: bool = False
    from_rows: int = FROM_ROWS


def write_changed(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    folder: Path,
    parent: Path,
    gone: duckdb.DuckDBPyRelation,
    added: duckdb.DuckDBPyRelation,
    layout: Layout,
) -> None:
    """Write the parent's table without the rows of ``gone``, with those of ``added``.

    ``gone``: keys of the table, each once.
    Raises SchemaMismatch.
    """
    # Once computed: both are counted, and then written.
    con.execute("DROP TABLE IF EXISTS part_gone; DROP TABLE IF EXISTS part_added")
    gone.select(*table.key).create("part_gone")
    added.create("part_added")
    gone, added = con.table("part_gone"), con.table("part_added")
    whole = layout.whole
    if not whole:
        rows = _rows(con, table.path(parent))
        changes = len(gone) + len(added)
        before, void = added_part(table).path(parent), gone_part(table).path(parent)
        if before.exists():
            changes += _rows(con, before) + _rows(con, void)
        whole = rows < layout.from_rows or changes > LARGEST_SHARE * rows
    if whole:
        kept = without(read_table(con, table, parent), gone, table)
        write_table(kept.union(_ordered(added, table)), table, folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    _link(table.path(parent), table.path(folder))
    voided = gone
    standing = _ordered(added, table)
    if before.exists():
        voided = voided.union(con.read_parquet(str(void))).distinct()
        earlier = without(con.read_parquet(str(before)), gone, table)
        standing = standing.union(_ordered(earlier, table))
    write_table(voided, gone_part(table), folder)
    # Last, because a table is in parts where this file is.
    write_table(standing, added_part(table), folder)


def copy_table(table: Table, source: Path, target: Path) -> None:
    """The table below ``source``, whole or in parts, also below ``target``; no byte is copied
    where the disk can share them."""
    target.mkdir(parents=True, exist_ok=True)
    for part in (table, gone_part(table), added_part(table)):
        if part.path(source).exists():
            _link(part.path(source), part.path(target))


def _ordered(rows: duckdb.DuckDBPyRelation, table: Table) -> duckdb.DuckDBPyRelation:
    return rows.select(*(duckdb.ColumnExpression(name) for name in table.column_names))


def _rows(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    [(rows,)] = con.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]).fetchall()
    return int(rows)


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
