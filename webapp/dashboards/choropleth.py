"""The map: classes of values, and what each area looks like.

Guarantees: an area's look says no more than its value's state: hidden areas are hatched and look
alike whatever they hide; unknown areas are grey, zero is white.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from ingest.contracts.localities import localities
from rollups.contracts import UNPLACED, PlaceLevel
from rollups.geography import regions
from rollups.read import State
from webapp.dashboards.topology import WIDTH, Shape, locality_shapes, topology
from webapp.dashboards.wording import Show, long, number_of, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rollups.read import PlaceValue

CLASSES: Final = 5
_SMALL_AREA: Final = 45.0
"""Square map units below which an area is too small to point at."""

_ZOOMS: Final = {
    "Northern Virginia": ("51059", "51013", "51510", "51600", "51610", "51683", "51685"),
    "Hampton Roads": ("51710", "51740", "51810", "51550", "51650", "51700", "51735", "51830"),
    "Richmond": ("51760", "51087", "51041", "51570", "51670", "51730"),
    "Roanoke and Lynchburg": ("51770", "51775", "51161", "51680", "51031", "51019"),
    "Shenandoah Valley": ("51660", "51790", "51820", "51530", "51678", "51165", "51840"),
}


@dataclass(frozen=True, slots=True)
class Area:
    """One area of the map. ``look`` is the end of its CSS class: class-3, hidden, unknown, zero."""

    shape: Shape
    place_id: str
    name: str
    look: str
    title: str
    text: str
    small: bool
    city: bool


@dataclass(frozen=True, slots=True)
class LegendEntry:
    look: str
    text: str


@dataclass(frozen=True, slots=True)
class CountyMap:
    """What the template draws. ``zooms``: name and the SVG view box."""

    areas: tuple[Area, ...]
    legend: tuple[LegendEntry, ...]
    outlines: str
    view_box: str
    zooms: tuple[tuple[str, str], ...]


def has_map(values: Sequence[PlaceValue]) -> bool:
    """Whether any of the places lies on the map that is shipped."""
    return any(_on_map(entry) for entry in values)


def make_map(values: Sequence[PlaceValue], unit: str, show: Show) -> CountyMap | None:
    """The map of these places; None where none of them lies on it."""
    placed = [entry for entry in values if _on_map(entry)]
    if not placed:
        return None
    numbers = [number_of(entry.value, show) for entry in placed]
    breaks = class_breaks([number for number in numbers if number is not None and number > 0])
    shapes = _shapes(placed[0].place.level)
    by_id = {entry.place.place_id: entry for entry in placed}
    kinds = localities()
    areas = []
    for shape_id, shape in shapes.items():
        entry = by_id.get(shape_id)
        if entry is None:
            continue
        known = kinds.get(shape_id)
        areas.append(
            Area(
                shape=shape,
                place_id=shape_id,
                name=entry.place.name,
                look=_look(entry, breaks, show),
                title=f"{entry.place.name}: {long(entry.value, unit, show)}",
                text=short(entry.value, show),
                small=shape.area < _SMALL_AREA,
                city=known is not None and known.kind == "city",
            )
        )
    return CountyMap(
        areas=tuple(areas),
        legend=_legend(areas, breaks, show),
        outlines=_region_outlines() if placed[0].place.level is PlaceLevel.LOCALITY else "",
        view_box=f"0 0 {WIDTH:g} {topology().height:.0f}",
        zooms=_zooms() if placed[0].place.level is PlaceLevel.LOCALITY else (),
    )


def class_breaks(numbers: Sequence[float]) -> list[float]:
    """Lower bounds of up to five classes with about equally many places each, lowest first."""
    ordered = sorted(numbers)
    if not ordered:
        return []
    starts = [ordered[len(ordered) * index // CLASSES] for index in range(CLASSES)]
    return sorted(set(starts))


def _look(entry: PlaceValue, breaks: Sequence[float], show: Show) -> str:
    if entry.value.state is not State.COUNTED:
        return str(entry.value.state)
    number = number_of(entry.value, show)
    if number is None:
        return "few"
    rank = sum(number >= start for start in breaks)
    return f"class-{_darkness(rank, len(breaks))}"


def _darkness(rank: int, classes: int) -> int:
    """Which of the five colours a class has; fewer classes use colours farther apart."""
    return CLASSES if classes == 1 else 1 + round((rank - 1) * (CLASSES - 1) / (classes - 1))


def _legend(areas: Sequence[Area], breaks: Sequence[float], show: Show) -> tuple[LegendEntry, ...]:
    entries = []
    for rank, start in enumerate(breaks, start=1):
        end = breaks[rank] if rank < len(breaks) else None
        if show is Show.RATE:
            text = f"{start:.1f} or more" if end is None else f"{start:.1f} to under {end:.1f}"
        elif end is None:
            text = f"{start:,.0f} or more"
        else:
            text = f"{start:,.0f}" if end - start == 1 else f"{start:,.0f} to {end - 1:,.0f}"
        entries.append(LegendEntry(f"class-{_darkness(rank, len(breaks))}", text))
    looks = {area.look for area in areas}
    rest = (
        ("zero", "None reported"),
        ("few", "Too few for a rate"),
        ("hidden", "Hidden (protects small numbers)"),
        ("unknown", "Unknown"),
    )
    return (*entries, *(LegendEntry(look, text) for look, text in rest if look in looks))


def _on_map(entry: PlaceValue) -> bool:
    if entry.place.place_id == UNPLACED:
        return False
    return entry.place.place_id in _shapes(entry.place.level)


@cache
def _shapes(level: PlaceLevel) -> Mapping[str, Shape]:
    if level is PlaceLevel.LOCALITY:
        return locality_shapes()
    if level is PlaceLevel.REGION:
        members: dict[str, list[str]] = {}
        for fips, region in regions().items():
            members.setdefault(region, []).append(fips)
        return {region: topology().shape(region, fips) for region, fips in sorted(members.items())}
    return {}


@cache
def _region_outlines() -> str:
    return "".join(shape.path for shape in _shapes(PlaceLevel.REGION).values())


@cache
def _zooms() -> tuple[tuple[str, str], ...]:
    shapes = locality_shapes()
    made = []
    for name, members in _ZOOMS.items():
        boxes = [shapes[fips].box for fips in members]
        left, top = min(box[0] for box in boxes) - 12, min(box[1] for box in boxes) - 12
        right, bottom = max(box[2] for box in boxes) + 12, max(box[3] for box in boxes) + 12
        made.append((name, f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}"))
    return tuple(made)
