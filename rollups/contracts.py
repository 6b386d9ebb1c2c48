"""The tables of a view's ``rollups/`` folder.

Conventions: a period is named by its level and first day, a place by its level and id. A cell
that is not in ``cell`` counted nothing: ``coverage`` says whether that is a zero or unknown.
Measures and categories are the pack's; ``none`` is written where a measure or cell has no category,
breakdown or group, because a key column is never null.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from runs.schema import Column, Table

NONE: Final = "none"
"""No category, no breakdown, no group."""

UNPLACED: Final = "unknown"
"""``place_id`` of what has no locality, and of its region."""


class PlaceLevel(StrEnum):
    """Places nest: each locality lies in one region, each region in the whole."""

    ALL = "all"
    REGION = "region"
    LOCALITY = "locality"


class PeriodLevel(StrEnum):
    """Periods nest: month, year, pooled years, all."""

    ALL = "all"
    POOLED = "pooled"
    YEAR = "year"
    MONTH = "month"


def is_published(place: PlaceLevel, period: PeriodLevel, *, broken_down: bool) -> bool:
    """Which cells a suppressed folder has at all: each further one is an equation for an attacker.

    Counts: the whole and its regions by year and longer, localities over all years. Breakdowns:
    the whole and its regions over all years. An unsuppressed folder has every cell. Months, and
    localities by year, would be hidden almost all, and the zeros among them would give so much
    away that wider cells had to be hidden too (docs/decisions/0004).
    """
    if broken_down or place is PlaceLevel.LOCALITY:
        return period is PeriodLevel.ALL and not (broken_down and place is PlaceLevel.LOCALITY)
    return period is not PeriodLevel.MONTH


_CELL_KEY: Final = (
    "measure",
    "category",
    "breakdown",
    "group_key",
    "place_level",
    "place_id",
    "period_level",
    "period_start",
)

CELL: Final = Table(
    "cell",
    _CELL_KEY,
    (
        Column("measure", "VARCHAR", "a measure of the pack"),
        Column("category", "VARCHAR", "a category of the pack, or none"),
        Column("breakdown", "VARCHAR", "a breakdown of the pack, or none for the count itself"),
        Column("group_key", "VARCHAR", "group of the breakdown, other, unknown; none"),
        Column("place_level", "VARCHAR", "all, region, locality"),
        Column("place_id", "VARCHAR", "place.place_id"),
        Column("period_level", "VARCHAR", "all, pooled, year, month"),
        Column("period_start", "DATE", "first day of the period"),
        Column("n", "BIGINT", "how many, 1 or more; null where hidden"),
        Column("hidden", "BOOLEAN", "true: a small number, or one that would give one away"),
    ),
    "One count. A count of nothing has no row.",
)

PLACE: Final = Table(
    "place",
    ("place_level", "place_id"),
    (
        Column("place_level", "VARCHAR", "all, region, locality"),
        Column("place_id", "VARCHAR", "FIPS or STATE:COUNTY; name of a region; all; unknown"),
        Column("name", "VARCHAR", "as shown"),
        Column("region_id", "VARCHAR", "region of a locality; null for the others"),
        Column("population", "BIGINT", "2024 estimate; null where not known"),
    ),
    "Places that can be asked for: every locality of Virginia where one occurs, and any other.",
)

PERIOD: Final = Table(
    "period",
    ("period_level", "period_start"),
    (
        Column("period_level", "VARCHAR", "all, pooled, year, month"),
        Column("period_start", "DATE", "first day"),
        Column("period_end", "DATE", "last day, or the last day of the data"),
        Column("months", "INTEGER", "months of data in the period"),
    ),
    "Periods that can be asked for.",
)

COVERAGE: Final = Table(
    "coverage",
    ("feed", "place_level", "place_id", "period_level", "period_start"),
    (
        Column("feed", "VARCHAR", "feed of the measure"),
        Column("place_level", "VARCHAR", "all, region, locality"),
        Column("place_id", "VARCHAR", "place.place_id"),
        Column("period_level", "VARCHAR", "all, pooled, year, month"),
        Column("period_start", "DATE", "first day"),
        Column("expected_months", "BIGINT", "agencies times months of data in the period"),
        Column("reported_months", "BIGINT", "of these, how many were reported"),
    ),
    "Reporting. Zero is a zero only where expected and reported are equal and not 0.",
)

ABOUT: Final = Table(
    "about",
    ("pack",),
    (
        Column("pack", "VARCHAR", "name of the pack"),
        Column("pack_version", "VARCHAR", "its version"),
        Column("suppressed", "BOOLEAN", "true: small numbers are hidden"),
        Column("first_month", "DATE", "first month of data; null without data"),
        Column("last_month", "DATE", "last month of data"),
        Column("undated", "BIGINT", "incidents left out for want of a date; null if suppressed"),
    ),
    "One row about the counts.",
)

TABLES: Final = (CELL, PLACE, PERIOD, COVERAGE, ABOUT)
"""In the order in which they are written; ``about`` last, so that its presence means complete."""
