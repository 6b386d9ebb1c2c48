"""Declared table schemas, and the one way to write a table.

Guarantees: a Parquet file written here has exactly the declared columns, in the declared order,
with the declared DuckDB types, sorted by the table's key so that equal content gives equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from runs.errors import SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY_TYPE: Final = "VARCHAR"
"""Keys are 32 lower-case hexadecimal digits (128 bits)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``type`` is a DuckDB type name. ``key_of`` names the table whose key this column holds (its
    own table for a primary key); such columns are encrypted under a view's key when they enter a
    view. ``personal`` marks values that identify or describe a person.
    """

    name: str
    type: str
    doc: str
    key_of: str | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table. ``key`` lists the columns that identify and order its rows."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    doc: str

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    def path(self, folder: Path) -> Path:
        """Where this table lives below a folder of tables."""
        return folder / f"{self.name}.parquet"


def write_table(relation: duckdb.DuckDBPyRelation, table: Table, folder: Path) -> int:
    """Write a relation as the table's Parquet file and return its number of rows.

    The relation may hold its columns in any order but must hold exactly the declared ones.
    Raises SchemaMismatch otherwise, before anything is written.
    """
    found = {
        str(name): str(dtype) for name, dtype in zip(relation.columns, relation.dtypes, strict=True)
    }
    wanted = {column.name: column.type for column in table}
    if found != wanted:
        missing = sorted(wanted.keys() - found.keys())
        extra = sorted(found.keys() - wanted.keys())
        differing = sorted(
            f"{name}: {found[name]} instead of {wanted[name]}"
            for name in wanted.keys() & found.keys()
            if found[name] != wanted[name]
        )
        raise SchemaMismatch(
            f"table {table.name}: missing columns {missing}, undeclared columns {extra}, "
            f"types {differing}; change the stage that writes it or its declaration"
        )
    folder.mkdir(parents=True, exist_ok=True)
    target = table.path(folder)
    partial = target.with_suffix(".parquet.partial")
    ordered = relation.select(*(duckdb.ColumnExpression(name) for name in table.column_names))
    # DuckDB marks a column REQUIRED where statistics prove that it has no nulls, and those cover
    # rows that the query leaves out: a file would tell of rows that are not in it. A branch that
    # could hold nulls, for all that the planner knows, keeps every column OPTIONAL.
    nothing = relation.query("written", "SELECT NULL AS nothing WHERE random() < 0")
    if nothing is not None:  # it is None for statements that give no rows
        ordered = ordered.union(_nulls(nothing, table))
    ordered.sort(*(duckdb.ColumnExpression(name) for name in table.key)).write_parquet(
        str(partial), compression="zstd"
    )
    partial.replace(target)
    with duckdb.connect() as con:
        (rows,) = con.execute(
            "SELECT num_rows FROM parquet_file_metadata(?)", [str(target)]
        ).fetchone() or (0,)
    return int(rows)


def read_table(
    con: duckdb.DuckDBPyConnection, table: Table, folder: Path
) -> duckdb.DuckDBPyRelation:
    """The table below ``folder`` as a relation; an absent file is an empty table.

    A table in parts (see runs.parts) reads as one.
    """
    path = table.path(folder)
    if not path.exists():
        return empty(con, table)
    found = con.read_parquet(str(path))
    gone, added = gone_part(table), added_part(table)
    if not added.path(folder).exists():
        return found
    left = con.read_parquet(str(gone.path(folder)))
    return found.join(left, table.key[0], how="anti").union(
        con.read_parquet(str(added.path(folder)))
    )


def gone_part(table: Table) -> Table:
    """Values of the table's first key column whose rows in the table's own file are void."""
    first = table.column(table.key[0])
    return Table(f"{table.name}.gone", (first.name,), (first,), "void rows of the table's file")


def added_part(table: Table) -> Table:
    """Rows of the table beside those of its own file."""
    return Table(f"{table.name}.added", table.key, table.columns, "rows beside the table's file")


def empty(con: duckdb.DuckDBPyConnection, table: Table) -> duckdb.DuckDBPyRelation:
    """A relation with the table's columns and no rows."""
    return _nulls(con.sql("SELECT NULL AS nothing WHERE false"), table)


def _nulls(rows: duckdb.DuckDBPyRelation, table: Table) -> duckdb.DuckDBPyRelation:
    return rows.select(
        *(
            duckdb.ConstantExpression(None).cast(duckdb.type(column.type)).alias(column.name)
            for column in table
        )
    )
