"""Tables in, person_record rows out, each with the file and the row that it came from.

Guarantees: every row of every table becomes one record, in the order of the file; a value that
cannot be read is missing, and the row stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ingest.contracts.tables import PERSON_RECORD
from ingest.proposal.meaning import words_of
from ingest.proposal.profile import FILLERS
from resolution.tables.columns import Field, recognise
from resolution.tables.errors import BadTable
from resolution.tables.others import add_other, other_columns, start_others

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ORDERS: Final = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%m/%d/%y",
)
_KEY: Final = "lpad('{}', 3, '0') || ':' || lpad((row_number() OVER ())::VARCHAR, 12, '0')"
_ENCODINGS: Final = ("utf-8", "utf-16", "latin-1")


@dataclass(frozen=True, slots=True)
class Source:
    """One table and what its columns were taken for. ``rows`` counts its records."""

    name: str
    rows: int
    columns: dict[Field, str]
    others: tuple[str, ...] = ()
    """Columns that were not recognised, and are compared as they are."""


def read(con: duckdb.DuckDBPyConnection, path: Path, number: int) -> duckdb.DuckDBPyRelation:
    """The table of a CSV, Parquet or JSON file, every column as text, with ``row_number``."""
    if not path.is_file():
        raise BadTable(f"{path}: there is no such file")
    table = f"read_{number}"
    try:
        match path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]:
            case "parquet":
                found = con.read_parquet(str(path))
            case "json" | "jsonl" | "ndjson":
                found = con.read_json(str(path))
            case "xlsx" | "xls" | "ods":
                raise BadTable(f"{path}: save the sheet as CSV or Parquet first")
            case _:
                found = _csv(con, path)
        found.create(table)
    except duckdb.Error as error:
        raise BadTable(
            f"{path}: cannot be read as a table ({type(error).__name__}); expected CSV with a "
            "header line, Parquet or JSON lines"
        ) from None
    made = con.table(table)
    texts = [ColumnExpression(c).cast(duckdb.type("VARCHAR")).alias(c) for c in made.columns]
    return made.select(*texts)


def _csv(con: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    for encoding in _ENCODINGS:
        try:
            found = con.read_csv(
                str(path), header=True, all_varchar=True, encoding=encoding, null_padding=True
            )
            found.limit(1).fetchall()
            found.aggregate("count(*)").fetchall()
        except duckdb.Error:
            if encoding == _ENCODINGS[-1]:
                raise
            continue
        return found
    raise AssertionError("the last encoding either reads or raises")


@cache
def _statement() -> str:
    return (files("resolution") / "tables" / "records.sql").read_text("utf-8")


def _orders(table: duckdb.DuckDBPyRelation, column: str | None) -> list[str]:
    """The orders of dates, the one that reads most of the column first."""
    if column is None:
        return list(ORDERS)
    text = FunctionExpression("trim", ColumnExpression(column))
    counts = table.select(
        *(
            FunctionExpression(
                "count",
                FunctionExpression("try_strptime", text, ConstantExpression(order)),
            ).alias(f"n{number}")
            for number, order in enumerate(ORDERS)
        )
    ).fetchall()[0]
    ranked = sorted(range(len(ORDERS)), key=lambda number: (-counts[number], number))
    return [ORDERS[number] for number in ranked]


def _told(column: str) -> duckdb.Expression:
    """The column, where it says something."""
    value = FunctionExpression("trim", ColumnExpression(column))
    upper = FunctionExpression("upper", value)
    empty = FunctionExpression("list_contains", ConstantExpression(["", *FILLERS, "<NA>"]), upper)
    return duckdb.CaseExpression(empty, ConstantExpression(None)).otherwise(value)


def make_records(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[tuple[str, duckdb.DuckDBPyRelation]],
    *,
    named: Mapping[Field, str],
    left_out: frozenset[str],
    source_column: str | None = None,
) -> list[Source]:
    """Make the table ``table_record`` (the columns of person_record) and ``table_row``
    (record_key, source, row, from 1). With ``source_column`` each of its values is a source.

    Raises BadTable where nothing can be compared.
    """
    sources = []
    headers: dict[str, int] = {}
    start_others(con)
    kinds = {column.name: column.type for column in PERSON_RECORD}
    for number, (name, table) in enumerate(tables):
        columns = recognise(con, table, named=named, left_out=left_out)
        others = other_columns(con, table, columns, left_out)
        for column in others:
            add_other(
                con, table, _told(column), duckdb.SQLExpression(_KEY.format(number)),
                headers.setdefault(words_of(column), len(headers)),
            )  # fmt: skip
        fields = [
            (
                _told(columns[field])
                if field in columns
                else ConstantExpression(None).cast(duckdb.type("VARCHAR"))
            ).alias(field.value)
            for field in Field
        ]
        source = (
            ColumnExpression(source_column) if source_column else ConstantExpression(name)
        ).alias("source")
        table.select(
            *fields,
            source,
            ConstantExpression(number).alias("source_number"),
            duckdb.SQLExpression("row_number() OVER ()").alias("row_number"),
        ).create_view("written", replace=True)
        parameters = {
            "dates": _orders(table, columns.get(Field.BIRTH_DATE)),
            "observed": _orders(table, columns.get(Field.OBSERVED_ON)),
        }
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE typed AS {_statement()}",
            parameters,
        )
        typed = con.table("typed")
        present = set(typed.columns)
        records = typed.select(
            *(
                (ColumnExpression(c) if c in present else ConstantExpression(None))
                .cast(duckdb.type(kind))
                .alias(c)
                for c, kind in kinds.items()
            )
        )
        if number == 0:
            records.create("table_record")
        else:
            records.insert_into("table_record")
        [(rows,)] = table.aggregate("count(*)").fetchall()
        sources.append(Source(name, int(rows), columns, others))
    return sources
