"""Dates as a column writes them: in the order that fits most of it, or counted from a first day.

Guarantees: one reading for a whole column; digits that are days of the calendar in some order are
never taken for a count; a count is read to the nearest day, wherever its midnight was.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ingest.proposal.profile import FILLERS

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
MOSTLY: Final = 0.9
"""Of a column, read: it holds dates."""


class Counted(StrEnum):
    """What a number counts: days as spreadsheets do, or time since 1970. As ``records.sql`` and
    ``_DAY`` name them."""

    DAYS = "days"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


@dataclass(frozen=True, slots=True)
class Dates:
    """How a column writes dates. ``orders``: that which reads most first. ``share``: of the values
    looked at, 0 to 1, how many are read; years without a day are not."""

    orders: list[str]
    counted: Counted | None
    share: float


@dataclass(frozen=True, slots=True)
class Years:
    """Of a column's dates, or bare years: the earliest and latest (without the outer fiftieths,
    which may be slips) and the middle one. ``below_zero``: counts before 1970."""

    earliest: float
    middle: float
    latest: float
    below_zero: bool


# Hours are added so that a midnight anywhere, or a noon, falls on its day in UTC.
_DAY: Final = r"""
CREATE OR REPLACE TEMP MACRO counted_day(v, counted) AS
    CASE WHEN v IS NULL OR counted IS NULL
        OR NOT regexp_full_match(trim(v), '-?[0-9]{1,14}(\.[0-9]+)?') THEN v
    WHEN counted = 'days' THEN strftime(DATE '1899-12-30'
        + CAST(least(greatest(trunc(CAST(v AS DOUBLE)), 0), 100000) AS INTEGER), '%Y-%m-%d')
    WHEN counted = 'seconds' THEN strftime(
        epoch_ms(CAST(CAST(v AS DOUBLE) * 1000 AS BIGINT)) + INTERVAL 11 HOUR, '%Y-%m-%d')
    ELSE strftime(epoch_ms(CAST(CAST(v AS DOUBLE) AS BIGINT)) + INTERVAL 11 HOUR,
        '%Y-%m-%d') END
"""

# Five digits may have lost a 0, and a year or a day of eight is none of these.
_COUNTS: Final = r"""
count(*) AS told,
count(number) AS numbers,
count(*) FILTER (number BETWEEN 1 AND 99999) AS small,
count(*) FILTER (number BETWEEN 10000 AND 99999) AS five,
count(*) FILTER (abs(number) >= 100000000 AND abs(number) < 10000000000) AS nine,
count(*) FILTER (abs(number) >= 10000000000 AND abs(number) < 5000000000000
    AND NOT regexp_full_match(text, '(1[89]|20)[0-9]{10}')) AS twelve
"""

_YEARS: Final = r"""
quantile_cont(year, 0.02), quantile_cont(year, 0.5), quantile_cont(year, 0.98), count(year),
coalesce(bool_or(starts_with(text, '-')), false)
"""


def install_dates(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection what ``records.sql`` reads counted days with."""
    con.execute(_DAY)


def _texts(table: duckdb.DuckDBPyRelation, column: str) -> duckdb.DuckDBPyRelation:
    """``text``: what the column says, without the time of day, a lost first 0 put back."""
    text = FunctionExpression(
        "regexp_replace",
        FunctionExpression("trim", ColumnExpression(column)),
        ConstantExpression(r"([T ]+[0-9]{1,2}:[0-9]{2}.*|\.0+)$"),
        ConstantExpression(""),
    )
    text = duckdb.CaseExpression(
        FunctionExpression("regexp_full_match", text, ConstantExpression("[0-9]{7}|[0-9]{5}")),
        FunctionExpression("concat", ConstantExpression("0"), text),
    ).otherwise(text)
    said = table.select(text.alias("text")).filter("text IS NOT NULL AND text <> ''")
    filler = FunctionExpression(
        "list_contains",
        ConstantExpression([*FILLERS, "<NA>"]),
        FunctionExpression("upper", ColumnExpression("text")),
    )
    return said.filter(~filler).limit(DATES_LOOKED_AT)


def dates_of(table: duckdb.DuckDBPyRelation, column: str | None) -> Dates:
    """How the column writes dates; of no column, every order in its own turn."""
    if column is None:
        return Dates(list(ORDERS), None, 0.0)
    texts = _texts(table, column)
    counts = texts.aggregate(
        [
            FunctionExpression("count", _likely("text", order)).alias(f"n{number}")
            for number, order in enumerate(ORDERS)
        ]
    ).fetchall()[0]
    ranked = sorted(range(len(ORDERS)), key=lambda number: (-counts[number], number))
    orders = [ORDERS[number] for number in ranked]
    numbers = texts.project("text, TRY_CAST(text AS BIGINT) AS number").aggregate(_COUNTS)
    [(told, number, small, five, nine, twelve)] = numbers.fetchall()
    if not told:
        return Dates(orders, None, 0.0)
    calendar = counts[ranked[0]]
    counted = None
    if number >= 0.5 * told and calendar < 0.5 * number:
        if twelve >= 0.5 * number:
            counted = Counted.MILLISECONDS
        elif nine >= 0.5 * number:
            counted = Counted.SECONDS
        elif small >= 0.95 * number and five >= 0.5 * number:
            counted = Counted.DAYS
    return Dates(orders, counted, (number if counted else calendar) / told)


def years_of(table: duckdb.DuckDBPyRelation, column: str, dates: Dates) -> Years | None:
    """The years of a column's dates; of bare years where it holds no dates; None of neither."""
    dated = _texts(table, column).select(ColumnExpression("text"), year_in("text", dates))
    [(earliest, middle, latest, read, below_zero)] = dated.aggregate(_YEARS).fetchall()
    [(told,)] = dated.aggregate("count(*)").fetchall()
    if not told or read < MOSTLY * told:
        return None
    return Years(float(earliest), float(middle), float(latest), bool(below_zero))


def year_in(column: str, dates: Dates) -> duckdb.Expression:
    """``year``: of the day that the column's text says, or the bare year."""
    text = FunctionExpression("trim", ColumnExpression(column))
    if dates.share >= MOSTLY:
        text = FunctionExpression("counted_day", text, ConstantExpression(dates.counted))
        day = FunctionExpression("try_strptime", text, ConstantExpression(orders_of(dates)))
        return FunctionExpression("year", day).alias("year")
    bare = ConstantExpression(r"([12][0-9]{3})(?:\.0+)?")
    return (
        duckdb.CaseExpression(
            FunctionExpression("regexp_full_match", text, bare),
            FunctionExpression("left", text, ConstantExpression(4)),
        )
        .cast(duckdb.type("INTEGER"))
        .alias("year")
    )


def _likely(column: str, order: str) -> duckdb.Expression:
    """The date, where a year of four digits is one of people's."""
    date = FunctionExpression("try_strptime", ColumnExpression(column), ConstantExpression(order))
    year = FunctionExpression("year", date)
    likely = (year >= ConstantExpression(1000)) & (year <= ConstantExpression(LATEST_YEAR + 74))
    return duckdb.CaseExpression(likely, date)


def orders_of(dates: Dates) -> list[str]:
    """The orders to read with, after ``counted_day``."""
    return ["%Y-%m-%d", *dates.orders] if dates.counted else dates.orders
