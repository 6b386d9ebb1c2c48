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
from ingest.proposal.profile import FILLERS, profile
from resolution.tables.columns import recognise
from resolution.tables.dates import LATEST_YEAR, dates_of, install_dates, orders_of
from resolution.tables.errors import BadTable
from resolution.tables.headers import IGNORED, Field, said_by
from resolution.tables.notes import check_common, notes_on
from resolution.tables.orders import surname_first
from resolution.tables.others import add_other, other_columns, start_others
from resolution.tables.placeholders import install_placeholders
from resolution.tables.sexes import install_sexes, signs_of_sex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEY: Final = "lpad('{}', 3, '0') || ':' || lpad((row_number() OVER ())::VARCHAR, 12, '0')"


@dataclass(frozen=True, slots=True)
class Source:
    """One table and what its columns were taken for. ``rows`` counts its records."""

    name: str
    rows: int
    columns: dict[Field, str]
    others: tuple[str, ...] = ()
    """Columns that were not recognised, and are compared as they are."""
    by_content: frozenset[Field] = frozenset()
    """Of ``columns``, those that no header told."""
    notes: tuple[str, ...] = ()
    """What may be missing or wrong, and what to do. They hold no values."""
    headers: tuple[str, ...] = ()


@cache
def _statement() -> str:
    return (files("resolution") / "tables" / "records.sql").read_text("utf-8")


def _told(column: str) -> duckdb.Expression:
    """The column, where it says something."""
    value = FunctionExpression("trim", ColumnExpression(column))
    # Numbers beside missing ones are written with a point by many.
    value = FunctionExpression(
        "regexp_replace", value, ConstantExpression(r"^(-?[0-9]+)\.0$"), ConstantExpression(r"\1")
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
    install_dates(con)
    install_placeholders(con)
    install_sexes(con)
    kinds = {column.name: column.type for column in PERSON_RECORD}
    for number, (name, table) in enumerate(tables):
        here = {
            field: column
            for field, columns_named in named.items()
            for column in columns_named
            if column in table.columns
        }
        recognised = recognise(con, table, named=here, left_out=left_out)
        columns = recognised.fields
        whole = columns.get(Field.FULL_NAME)
        family_first = whole is not None and surname_first(
            said_by(whole), profile(con, table, whole).some
        )
        others = other_columns(con, table, columns, left_out)
        for column in others:
            add_other(
                con, table, _told(column), duckdb.SQLExpression(_KEY.format(number)),
                said_by(column), headers.setdefault(said_by(column), len(headers)),
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
        written = con.view("written")
        births, other_births, observed = (
            dates_of(written, field.value if field in columns else None)
            for field in (Field.BIRTH_DATE, Field.OTHER_BIRTH_DATE, Field.OBSERVED_ON)
        )
        women, men, neither = signs_of_sex(_signs(written))
        parameters = {
            "dates": orders_of(births), "dates_counted": births.counted,
            "other_dates": orders_of(other_births), "other_counted": other_births.counted,
            "observed": orders_of(observed), "observed_counted": observed.counted,
            "latest": LATEST_YEAR,
            "surname_first": family_first,
            "women": women, "men": men, "neither": neither,
        }  # fmt: skip
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
        notes = notes_on(table, written, typed, recognised, frozenset(here))
        sources.append(
            Source(
                name, int(rows), columns, others, recognised.by_content, notes,
                tuple(table.columns),
            )
        )  # fmt: skip
    check_common(sources)
    return sources


def _signs(written: duckdb.DuckDBPyRelation) -> dict[str, int]:
    """Rows by the sign of what they say of sex, see resolution.tables.sexes."""
    sign = FunctionExpression("sex_sign", ColumnExpression("sex")).alias("sign")
    rows = written.select(sign).filter("sign IS NOT NULL AND sign <> ''")
    return dict(rows.aggregate("sign, count(*)").fetchall())
