"""How a count is written: one wording for page, map, chart, table and CSV.

Guarantees: a hidden or unknown count is never written as a number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rollups.read import State, Value

if TYPE_CHECKING:
    from ingest.contracts.packs import Pack


class Show(StrEnum):
    """Which number of a value is looked at."""

    COUNT = "count"
    RATE = "rate"


INCOMPLETE: Final = "not every month was reported"


def number_of(value: Value, show: Show) -> float | None:
    """The number that is drawn, or None where there is none to draw."""
    return value.n if show is Show.COUNT else value.rate


def short(value: Value, show: Show = Show.COUNT) -> str:
    """For a table's cell: ``34``, ``0``, ``hidden``, ``unknown``; a rate as ``2.4`` or a dash."""
    if value.state in (State.HIDDEN, State.UNKNOWN):
        return str(value.state)
    if show is Show.RATE:
        return f"{value.rate:.1f}" if value.rate is not None else "\N{EN DASH}"
    return f"{value.n:,}"


def long(value: Value, unit: str, show: Show = Show.COUNT) -> str:
    """For a title: ``34 incidents, not every month was reported``; ``hidden (small number)``."""
    if value.state is State.HIDDEN:
        return "hidden, to protect small numbers"
    if value.state is State.UNKNOWN:
        return f"unknown, {INCOMPLETE}"
    if show is Show.RATE:
        if value.rate is None:
            return "no rate, too few events"
        said = f"{value.rate:.1f} {unit} a year for each 100,000 people"
    else:
        said = f"{value.n:,} {unit if value.n != 1 else unit.removesuffix('s')}"
    return said if value.complete else f"{said}, {INCOMPLETE}"


def reporting(value: Value) -> str:
    """Whether every month was reported, for a table's cell."""
    return "complete" if value.complete else "incomplete"


def notes(pack: Pack, *, suppressed: bool) -> list[str]:
    """What stands below every table and chart of counts."""
    said = [pack.caution.short]
    if suppressed:
        said.append(pack.caution.hidden)
    return [*said, pack.caution.unknown, pack.caution.zero]
