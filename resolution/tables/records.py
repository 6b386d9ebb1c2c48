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
from ingest.proposal.profile import FILLERS
from resolution.tables.columns import recognise
from resolution.tables.errors import BadTable
from resolution.tables.headers import IGNORED, Field, said_by
from resolution.tables.others import add_other, other_columns, start_others

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ORDERS: Final = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y.%m.%d",
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d%b%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%d%m%Y",
    "%m%d%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%m-%d-%y",
    "%d-%m-%y",
    "%d-%b-%y",
    "%y%m%d",
    "%d%m%y",
    "%m%d%y",
)
LATEST_YEAR: Final = 2030
"""A year of two digits that would be later is of a century before."""
DATES_LOOKED_AT: Final = 100_000
_KEY: Final = "lpad('{}', 3, '0') || ':' || lpad((row_number() OVER ())::VARCHAR, 12, '0')"


@dataclass(frozen=True, slots=True)
class Source:
    """One table and what its columns were taken for. ``rows`` counts its records."""

    name: str
    rows: int
    columns: dict[Field, str]
    others: tuple[str, ...] = ()
    """Columns that were not recognised, and are compared as they are."""


@cache
def _statement() -> str:
    return (files("resolution") / "tables" / "records.sql").read_text("utf-8")


def _orders(table: duckdb.DuckDBPyRelation, column: str | None) -> list[str]:
    """The orders of dates, the one that reads most of the column first."""
    if column is None:
        return list(ORDERS)
    text = FunctionExpression(
        "regexp_replace",
        FunctionExpression("trim", ColumnExpression(column)),
        ConstantExpression("[T ]+[0-9]{1,2}:[0-9]{2}.*$"),
        ConstantExpression(""),
    )
    # A number lost its first 0.
    text = duckdb.CaseExpression(
        FunctionExpression("regexp_full_match", text, ConstantExpression("[0-9]{7}|[0-9]{5}")),
        FunctionExpression("concat", ConstantExpression("0"), text),
    ).otherwise(text)
    dates = table.select(text.alias("text")).filter("text IS NOT NULL").limit(DATES_LOOKED_AT)
    counts = dates.aggregate(
        [
            FunctionExpression("count", _likely("text", order)).alias(f"n{number}")
            for number, order in enumerate(ORDERS)
        ]
    ).fetchall()[0]
    ranked = sorted(range(len(ORDERS)), key=lambda number: (-counts[number], number))
    return [ORDERS[number] for number in ranked]


def _likely(column: str, order: str) -> duckdb.Expression:
    """The date, where a year of four digits is one of people's."""
    date = FunctionExpression("try_strptime", ColumnExpression(column), ConstantExpression(order))
    year = FunctionExpression("year", date)
    likely = (year >= ConstantExpression(1000)) & (year <= ConstantExpression(LATEST_YEAR + 74))
    return duckdb.CaseExpression(likely, date)


def _told(column: str) -> duckdb.Expression:
    """The column, where it says something."""
    value = FunctionExpression("trim", ColumnExpression(column))
    # Numbers beside missing ones are written with a point by many.
    value = FunctionExpression(
        "regexp_replace", value, ConstantExpression(r"^([0-9]+)\.0$"), ConstantExpression(r"\1")
    )
    upper = FunctionExpression("upper", value)
    empty = FunctionExpression("list_contains", ConstantExpression(["", *FILLERS, "<NA>"]), upper)
    return duckdb.CaseExpression(empty, ConstantExpression(None)).otherwise(value)


def make_records(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[tuple[str, duckdb.DuckDBPyRelation]],
    *,
    named: Mapping[Field, Sequence[str]],
    left_out: frozenset[str],
    source_column: str | None = None,
) -> list[Source]:
    """Make the table ``table_record`` (the columns of person_record) and ``table_row``
    (record_key, source, row, from 1). With ``source_column`` each of its values is a source.
    ``named``: for a field the columns that hold it; each table has one of them, or is looked at.

    Raises BadTable where nothing can be compared, or no table has a named column.
    """
    everything = [column for _, table in tables for column in table.columns]
    for field, columns_named in named.items():
        for column in columns_named:
            if column not in everything:
                raise BadTable(
                    f"--column {field}={column}: no table has a column of that name; they have: "
                    + ", ".join(dict.fromkeys(everything))
                )
    for column in sorted(left_out):
        if column not in everything:
            raise BadTable(
                f"--column {IGNORED}={column}: no table has a column of that name; they have: "
                + ", ".join(dict.fromkeys(everything))
            )
    sources = []
    headers: dict[str, int] = {}
    start_others(con)
    kinds = {column.name: column.type for column in PERSON_RECORD}
    for number, (name, table) in enumerate(tables):
        here = {
            field: column
            for field, columns_named in named.items()
            for column in columns_named
            if column in table.columns
        }
        columns = recognise(con, table, named=here, left_out=left_out)
        others = other_columns(con, table, columns, left_out)
        for column in others:
            add_other(
                con, table, _told(column), duckdb.SQLExpression(_KEY.format(number)),
                headers.setdefault(said_by(column), len(headers)),
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
            duckdb.CoalesceOperator(ColumnExpression(source_column), ConstantExpression(""))
            if source_column
            else ConstantExpression(name)
        ).alias("source")
        table.select(
            *fields,
            source,
            ConstantExpression(number).alias("source_number"),
            duckdb.SQLExpression("row_number() OVER ()").alias("row_number"),
        ).create_view("written", replace=True)
        parameters = {
            "dates": _orders(table, columns.get(Field.BIRTH_DATE)),
            "other_dates": _orders(table, columns.get(Field.OTHER_BIRTH_DATE)),
            "observed": _orders(table, columns.get(Field.OBSERVED_ON)),
            "latest": LATEST_YEAR,
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
