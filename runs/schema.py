"""Declared table schemas, and the one way to write a table.

Guarantees: a Parquet file written here has exactly the declared columns, in the declared order,
with the declared DuckDB types, sorted by the table's key so that equal content gives equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from runs.errors import SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROWS_PER_GROUP: Final = 122_880

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


def _check_columns(relation: duckdb.DuckDBPyRelation, table: Table) -> None:
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


def write_table(relation: duckdb.DuckDBPyRelation, table: Table, folder: Path) -> int:
    """Write a relation as the table's Parquet file and return its number of rows.

    The relation may hold its columns in any order but must hold exactly the declared ones.
    Raises SchemaMismatch otherwise, before anything is written.
    """
    _check_columns(relation, table)
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
    return int(pq.read_metadata(target).num_rows)


def write_parts(parts: Iterable[duckdb.DuckDBPyRelation], table: Table, folder: Path) -> int:
    """As ``write_table``, for rows that are too many to be sorted at once: they come in parts, and
    every key of a part lies behind those of the part before.

    ``parts`` may make each relation when it is asked for it; at least one is needed. Raises
    SchemaMismatch where a part's columns or keys are not as declared.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = table.path(folder)
    partial = target.with_suffix(".parquet.partial")
    keys = [duckdb.ColumnExpression(name) for name in table.key]
    columns = [duckdb.ColumnExpression(name) for name in table.column_names]
    rows, last, writer = 0, None, None
    for part in parts:
        _check_columns(part, table)
        # In one piece, so that the bytes do not depend on how the query's threads cut it.
        found = part.select(*columns).sort(*keys).to_arrow_table().combine_chunks()
        if writer is None:
            writer = pq.ParquetWriter(partial, found.schema, compression="zstd", store_schema=False)
        if found.num_rows:
            first, end = (
                tuple(found.column(name)[at].as_py() for name in table.key) for at in (0, -1)
            )
            if last is not None and first <= last:
                raise SchemaMismatch(
                    f"table {table.name}: a part begins before the end of the one before it; "
                    "the stage that writes it must cut it by its key"
                )
            last = end
        writer.write_table(found, row_group_size=ROWS_PER_GROUP)
        rows += found.num_rows
    if writer is None:
        raise ValueError(f"table {table.name}: no part was given, not even an empty one")
    writer.close()
    partial.replace(target)
    return rows


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
    return without(found, left, table).union(con.read_parquet(str(added.path(folder))))


def without(
    rows: duckdb.DuckDBPyRelation, gone: duckdb.DuckDBPyRelation, table: Table
) -> duckdb.DuckDBPyRelation:
    """Rows of a table whose keys ``gone`` does not hold."""
    same = reduce(
        and_,
        (
            duckdb.ColumnExpression("one", name) == duckdb.ColumnExpression("gone", name)
            for name in table.key
        ),
    )
    return rows.set_alias("one").join(gone.set_alias("gone"), same, how="anti")


def gone_part(table: Table) -> Table:
    """Keys whose rows in the table's own file are void."""
    keys = tuple(table.column(name) for name in table.key)
    return Table(f"{table.name}.gone", table.key, keys, "void rows of the table's file")


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
