"""Questions that pages ask of a folder of rollups, each answered with its uncertainty.

Guarantees: an answer holds only what the folder holds; a number that is hidden, unknown or not
published has no value here, so page, CSV, map and chart text cannot differ in what they hide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.packs import OTHER, UNKNOWN, Attribute
from rollups.contracts import (
    ABOUT,
    CELL,
    COVERAGE,
    NONE,
    PERIOD,
    PLACE,
    UNPLACED,
    PeriodLevel,
    PlaceLevel,
    is_published,
)
from rollups.errors import RollupsMissing, UnknownCell
from runs.duck import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ingest.contracts.packs import Pack


class State(StrEnum):
    """What is known of a cell."""

    COUNTED = "counted"
    ZERO = "zero"
    HIDDEN = "hidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Value:
    """A count. ``n`` is None where hidden or unknown.

    ``complete``: every month of the period was reported; if not, the count is a lower bound.
    ``rate``: events a year for the pack's population (100,000); None on fewer events than the pack
    asks for, or where the population is not known.
    """

    state: State
    n: int | None
    complete: bool
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A locality, region or the whole. ``population``: 2024 estimate, None where not known."""

    level: PlaceLevel
    place_id: str
    name: str
    region_id: str | None
    population: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """A period of the data. ``months``: months of data in it."""

    level: PeriodLevel
    start: date
    end: date
    months: int

    @property
    def key(self) -> str:
        """How a page's address names it: ``year:2024-01-01``; ``all`` for all."""
        return "all" if self.level is PeriodLevel.ALL else f"{self.level}:{self.start.isoformat()}"

    @property
    def label(self) -> str:
        """``2024``, ``2022 to 2024``, ``March 2024``, ``All years (2022 to 2024)``."""
        if self.level is PeriodLevel.MONTH:
            return f"{self.start:%B %Y}"
        if self.level is PeriodLevel.YEAR:
            return f"{self.start:%Y}" if self.months == 12 else f"{self.start:%Y} (part)"
        first, last = self.start.year, self.end.year
        years = f"{first}" if first == last else f"{first} to {last}"
        return f"All years ({years})" if self.level is PeriodLevel.ALL else years


@dataclass(frozen=True, slots=True)
class About:
    """What the folder is. Months are None where it counted nothing."""

    pack: str
    suppressed: bool
    first_month: date | None
    last_month: date | None
    undated: int | None


@dataclass(frozen=True, slots=True)
class PlaceValue:
    place: Place
    value: Value


@dataclass(frozen=True, slots=True)
class PeriodValue:
    period: Period
    value: Value


@dataclass(frozen=True, slots=True)
class GroupValue:
    """A group of a breakdown. ``key`` may be ``other`` or ``unknown``."""

    key: str
    title: str
    value: Value


_RECORDED: Final = (State.COUNTED, State.HIDDEN)

_NAMES: Final = {table.name: table for table in (CELL, PLACE, PERIOD, COVERAGE, ABOUT)}

_VALUES: Final = """
SELECT p.place_level, p.place_id, p.name, p.region_id, p.population,
       t.period_level, t.period_start, t.period_end, t.months,
       c.n, c.hidden, v.expected_months, v.reported_months
FROM place p CROSS JOIN period t
LEFT JOIN cell c ON c.place_level = p.place_level AND c.place_id = p.place_id
     AND c.period_level = t.period_level AND c.period_start = t.period_start
     AND c.measure = $measure AND c.category = $category AND c.breakdown = $breakdown
     AND c.group_key = $group
LEFT JOIN coverage v ON v.place_level = p.place_level AND v.place_id = p.place_id
     AND v.period_level = t.period_level AND v.period_start = t.period_start AND v.feed = $feed
WHERE p.place_level = $place_level AND t.period_level = $period_level
  AND ($place_id IS NULL OR p.place_id = $place_id)
  AND ($period_start IS NULL OR t.period_start = $period_start)
ORDER BY t.period_start, p.place_id = 'unknown', p.name
"""


class Rollups:
    """A folder of rollups, opened for one request; close it, or use it as a context."""

    def __init__(self, folder: Path, pack: Pack) -> None:
        """Raises RollupsMissing where the folder does not hold a complete set."""
        self._pack = pack
        self._con: duckdb.DuckDBPyConnection = connect(memory_limit_gb=1, threads=1)
        for name, table in _NAMES.items():
            path = table.path(folder)
            if not path.exists():
                self._con.close()
                raise RollupsMissing(f"{path} is missing; make a run with 'vast run'")
            self._con.read_parquet(str(path)).create_view(name)
        row = self._rows("SELECT pack, suppressed, first_month, last_month, undated FROM about")[0]
        self.about = About(*row)

    def __enter__(self) -> Rollups:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._con.close()

    def places(self, level: PlaceLevel) -> tuple[Place, ...]:
        """Places of that level by name, the unplaced last."""
        rows = self._rows(
            "SELECT place_level, place_id, name, region_id, population FROM place "
            "WHERE place_level = ? ORDER BY place_id = 'unknown', name",
            [level],
        )
        return tuple(_place(row) for row in rows)

    def place(self, level: PlaceLevel, place_id: str) -> Place:
        """Raises UnknownCell where there is none."""
        for place in self.places(level):
            if place.place_id == place_id:
                return place
        raise UnknownCell(f"no {level} of that id in these counts; choose one of the list")

    def periods(self, level: PeriodLevel) -> tuple[Period, ...]:
        """Periods of that level, oldest first; none where nothing was counted."""
        rows = self._rows(
            "SELECT period_level, period_start, period_end, months FROM period "
            "WHERE period_level = ? ORDER BY period_start",
            [level],
        )
        return tuple(_period(row) for row in rows)

    def period(self, key: str) -> Period:
        """The period that ``Period.key`` names. Raises UnknownCell where there is none."""
        for level in PeriodLevel:
            for period in self.periods(level):
                if period.key == key:
                    return period
        raise UnknownCell("no such period in these counts; choose one of the list")

    def published(
        self, place: PlaceLevel, period: PeriodLevel, *, broken_down: bool = False
    ) -> bool:
        """Whether this folder has such cells at all."""
        return not self.about.suppressed or is_published(place, period, broken_down=broken_down)

    def by_place(
        self, measure: str, category: str, level: PlaceLevel, period: Period
    ) -> tuple[PlaceValue, ...]:
        """Every place of a level in one period, by name; the unplaced last, where it counted."""
        rows = self._values(measure, category, level, period.level, start=period.start)
        found = (PlaceValue(_place(row), self._value(row)) for row in rows)
        return tuple(
            entry
            for entry in found
            if entry.place.place_id != UNPLACED or entry.value.state in _RECORDED
        )

    def trend(
        self, measure: str, category: str, place: Place, level: PeriodLevel
    ) -> tuple[PeriodValue, ...]:
        """Every period of a level at one place, oldest first."""
        rows = self._values(measure, category, place.level, level, place_id=place.place_id)
        return tuple(PeriodValue(_period(row[5:9]), self._value(row)) for row in rows)

    def value(self, measure: str, category: str, place: Place, period: Period) -> Value:
        """One count."""
        rows = self._values(
            measure, category, place.level, period.level, start=period.start,
            place_id=place.place_id,
        )  # fmt: skip
        if not rows:
            raise UnknownCell("no such place or period in these counts; choose one of the lists")
        return self._value(rows[0])

    def breakdown(
        self, name: str, measure: str, category: str, place: Place, period: Period
    ) -> tuple[GroupValue, ...]:
        """The groups of a breakdown, in the pack's order, then other (if any) and unknown.

        A group of which nothing is recorded is zero where something is recorded at all.
        """
        declared = self._pack.breakdowns.get(name)
        if declared is None:
            raise UnknownCell(f"the pack has no breakdown {name}")
        if declared.attribute is Attribute.AGE_BAND:
            groups = [(label, label) for label, _, _ in self._pack.age_bands()]
        else:
            groups = [(group.key, group.title) for group in declared.groups]
        whole = self.value(measure, category, place, period)
        values: list[GroupValue] = []
        for key, title in (*groups, (OTHER, "Other"), (UNKNOWN, "Unknown")):
            rows = self._values(
                measure, category, place.level, period.level, start=period.start,
                place_id=place.place_id, breakdown=name, group=key,
            )  # fmt: skip
            value = self._value(rows[0]) if rows else Value(State.UNKNOWN, None, complete=False)
            if value.state is State.UNKNOWN and whole.state in _RECORDED:
                value = Value(State.ZERO, 0, whole.complete)
            if key != OTHER or value.state in _RECORDED:
                values.append(GroupValue(key, title, value))
        return tuple(values)

    def _values(
        self,
        measure: str,
        category: str,
        place_level: PlaceLevel,
        period_level: PeriodLevel,
        *,
        start: date | None = None,
        place_id: str | None = None,
        breakdown: str = NONE,
        group: str = NONE,
    ) -> list[tuple[Any, ...]]:
        declared = self._pack.measures.get(measure)
        if declared is None:
            raise UnknownCell("no such measure in the pack; choose one of the list")
        if category != NONE and category not in self._pack.categories:
            raise UnknownCell("no such category in the pack; choose one of the list")
        if not self.published(place_level, period_level, broken_down=breakdown != NONE):
            raise UnknownCell("not published at this place and period; choose wider ones")
        return self._rows(
            _VALUES,
            {
                "measure": measure,
                "category": category,
                "feed": declared.feed,
                "place_level": place_level,
                "period_level": period_level,
                "period_start": start,
                "place_id": place_id,
                "breakdown": breakdown,
                "group": group,
            },
        )

    def _value(self, row: tuple[Any, ...]) -> Value:
        population, months = row[4], row[8]
        n, hidden, expected, reported = row[9:13]
        complete = bool(expected) and expected == reported
        if hidden:
            return Value(State.HIDDEN, None, complete)
        if n is None:
            return Value(State.ZERO, 0, True) if complete else Value(State.UNKNOWN, None, False)
        rate = None
        if population and n >= self._pack.rate_minimum_events:
            rate = n * self._pack.rate_per_population / population * 12 / months
        return Value(State.COUNTED, int(n), complete, rate)

    def _rows(
        self, text: str, parameters: Sequence[object] | dict[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        return self._con.execute(text, parameters).fetchall()


def _place(row: Sequence[Any]) -> Place:
    return Place(PlaceLevel(row[0]), row[1], row[2], row[3], row[4])


def _period(row: Sequence[Any]) -> Period:
    return Period(PeriodLevel(row[0]), row[1], row[2], row[3])
