"""What a visitor chose to see, read from the page's address.

Guarantees: a choice is one that the view's rollups offer; anything else in the address is answered
with the nearest choice that exists, never with an error page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.contracts.packs import By
from rollups.contracts import NONE, PeriodLevel, PlaceLevel
from webapp.dashboards.wording import Show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.contracts.packs import Pack
    from rollups.read import Period, Place, Rollups

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice:
    """One count at one place or level of places. ``category`` is ``none`` for measures without."""

    measure: str
    category: str
    level: PlaceLevel
    period: Period
    place: Place
    steps: PeriodLevel
    """Length of the steps of a course over time: years, months, or all for no course."""
    show: Show

    def address(self, **changed: Any) -> dict[str, Any]:
        """The choice as parameters of an address, with changes."""
        chosen = replace(self, **changed)
        return {
            "measure": chosen.measure,
            "category": chosen.category,
            "level": str(chosen.level),
            "period": chosen.period.key,
            "place": place_key(chosen.place),
            "steps": str(chosen.steps),
            "show": str(chosen.show),
        }


def place_key(place: Place) -> str:
    """How an address names a place: ``locality:51059``."""
    return f"{place.level}:{place.place_id}"


def choose(given: Mapping[str, str], pack: Pack, rollups: Rollups) -> Choice | None:
    """The choice of an address; None where the rollups counted nothing at all."""
    everything = rollups.periods(PeriodLevel.ALL)
    if not everything:
        return None
    measure = given.get("measure", "")
    if measure not in pack.measures:
        measure = next(iter(pack.measures))
    category = given.get("category", "")
    if pack.measures[measure].by is not By.CATEGORY:
        category = NONE
    elif category not in pack.categories:
        category = pack.focus
    suppressed = rollups.about.suppressed
    level = _one_of(
        given.get("level"),
        (PlaceLevel.REGION, PlaceLevel.LOCALITY),
        PlaceLevel.REGION if suppressed else PlaceLevel.LOCALITY,
    )
    place = _place(given.get("place", ""), rollups)
    offered = steps_of(place, rollups)
    return Choice(
        measure=measure,
        category=category,
        level=level,
        period=_period(given.get("period", ""), level, rollups) or everything[0],
        place=place,
        steps=_one_of(given.get("steps"), offered, offered[0]),
        show=_one_of(given.get("show"), tuple(Show), Show.COUNT),
    )


def periods(rollups: Rollups) -> list[Period]:
    """The periods that a page offers, the widest first, the newest first."""
    offered: list[Period] = []
    for level in (PeriodLevel.ALL, PeriodLevel.POOLED, PeriodLevel.YEAR):
        found = rollups.periods(level)
        if level is not PeriodLevel.POOLED or len(found) > 1:
            offered += reversed(found)
    return offered


def steps_of(place: Place, rollups: Rollups) -> tuple[PeriodLevel, ...]:
    """Steps of a course over time that a place has, the usual first; ``all`` where it has none."""
    offered = [
        level
        for level in (PeriodLevel.YEAR, PeriodLevel.MONTH)
        if rollups.published(place.level, level)
    ]
    if len(rollups.periods(PeriodLevel.YEAR)) == 1:
        offered.reverse()
    return tuple(offered) or (PeriodLevel.ALL,)


def _period(key: str, level: PlaceLevel, rollups: Rollups) -> Period | None:
    """The period of that key, where places of the level have it."""
    return next(
        (
            period
            for period in periods(rollups)
            if period.key == key and rollups.published(level, period.level)
        ),
        None,
    )


def _place(key: str, rollups: Rollups) -> Place:
    for level in PlaceLevel:
        for place in rollups.places(level):
            if place_key(place) == key:
                return place
    return rollups.places(PlaceLevel.ALL)[0]


def _one_of(given: str | None, offered: tuple[T, ...], usual: T) -> T:
    return next((choice for choice in offered if str(choice) == given), usual)
