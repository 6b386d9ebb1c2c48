"""Places and how they nest: locality, region, the whole.

Regions are Virginia's health regions (docs/decisions/0003); a locality outside Virginia belongs to
its state, one that was not recorded to ``unknown``. Source: reference/SOURCES.md.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ingest.contracts.localities import localities, locality_name
from rollups.contracts import UNPLACED, PlaceLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REGIONS: Final = Path(__file__).parent / "reference" / "va_health_regions.csv"

WHOLE: Final = "all"
"""``place_id`` of the whole area."""

PlaceRow = tuple[str, str, str, str | None, int | None]


@cache
def regions() -> Mapping[str, str]:
    """FIPS to the name of its region, for all 133 localities."""
    with _REGIONS.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["fips"]: row["region"] for row in csv.DictReader(file)})


def region_of(locality_id: str) -> str:
    """Region of a locality: a health region, a state's postal code, or ``unknown``."""
    known = regions().get(locality_id)
    if known is not None:
        return known
    state, separator, _ = locality_id.partition(":")
    return state if separator else UNPLACED


def place_rows(seen: Iterable[str]) -> list[PlaceRow]:
    """Rows of the place table for the localities seen in the data.

    Where one of them is in Virginia, every locality of Virginia is a place, so that a page can
    say "unknown" of those without a report.
    """
    ids = set(seen)
    if ids & regions().keys():
        ids |= regions().keys()
    known = localities()
    rows: list[PlaceRow] = []
    for place_id in sorted(ids):
        locality = known.get(place_id)
        name = locality_name(None if place_id == UNPLACED else place_id)
        population = locality.population if locality else None
        rows.append((PlaceLevel.LOCALITY, place_id, name, region_of(place_id), population))
    for region in sorted({str(row[3]) for row in rows}):
        name = "Locality unknown" if region == UNPLACED else region
        rows.append((PlaceLevel.REGION, region, name, None, _sum(rows, region)))
    only_virginia = bool(ids & regions().keys())
    rows.append(
        (PlaceLevel.ALL, WHOLE, "Virginia" if only_virginia else "All places", None, _sum(rows))
    )
    return rows


def _sum(rows: list[PlaceRow], region: str | None = None) -> int | None:
    """Population of the localities, of one region or of all; None where one is not known."""
    parts = [
        row[4]
        for row in rows
        if row[0] == PlaceLevel.LOCALITY
        and row[1] != UNPLACED
        and (region is None or row[3] == region)
    ]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
