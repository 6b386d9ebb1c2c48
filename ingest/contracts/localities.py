"""Virginia's 133 counties and independent cities, and what a written name stands for.

Guarantees: a name that fits two localities is never guessed. Richmond, Roanoke, Franklin and
Fairfax each name a county and an independent city, so those names alone are ambiguous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ingest.contracts.codes import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE_FIPS: Final = "51"

FORMER: Final = MappingProxyType({"51515": "51019", "51560": "51005", "51780": "51083"})
"""Independent cities that became towns, and the county that they are part of: Bedford (2013),
Clifton Forge (2001), South Boston (1995). Source: U.S. Census Bureau, county changes."""


class Found(StrEnum):
    """What became of a name."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Locality:
    """A county or an independent city. ``fips`` has five digits and is its ``locality_id``."""

    fips: str
    name: str
    short_name: str
    kind: str
    """``county`` or ``city``."""
    ori_code: str
    """The three digits after VA in an ORI of its agencies."""
    land_km2: float
    population: int
    """2024 estimate."""
    population_under_18: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """``fips`` is set only where ``found`` is FOUND; ``candidates`` only where it is AMBIGUOUS."""

    found: Found
    fips: str | None = None
    candidates: tuple[str, ...] = ()


@cache
def localities() -> Mapping[str, Locality]:
    """FIPS to locality, in the order of the FIPS codes."""
    rows = rows_of("va_localities.csv")
    return MappingProxyType(
        {
            row["fips"]: Locality(
                fips=row["fips"],
                name=row["name"],
                short_name=row["short_name"],
                kind=row["kind"],
                ori_code=row["ori_locality_code"],
                land_km2=float(row["land_km2"]),
                population=int(row["pop_2024"]),
                population_under_18=int(row["under18"]),
                latitude=float(row["lat"]),
                longitude=float(row["lon"]),
            )
            for row in sorted(rows, key=lambda row: row["fips"])
        }
    )


@cache
def agency_localities() -> Mapping[str, str | None]:
    """A Virginia ORI to the FIPS of its locality; None where it serves many or is unplaced."""
    return MappingProxyType(
        {row["ori"]: row["fips"] or None for row in rows_of("va_agencies_ori_to_fips.csv")}
    )


def locality_name(locality_id: str | None) -> str:
    """How to show a locality_id: ``Fairfax city``, ``BECKER, MN`` outside Virginia."""
    if locality_id is None:
        return "Locality unknown"
    if known := localities().get(locality_id):
        return known.name
    state, _, county = locality_id.partition(":")
    return f"{county}, {state}" if county else locality_id


def resolve(written: str | None) -> Resolution:
    """The locality that a FIPS code or a written name stands for.

    Understands "Fairfax County", "Fairfax Co.", "City of Fairfax", "Fairfax (city)", "Fairfax
    City, VA" and bare names that only one locality has. Case and spacing do not matter.
    """
    text = _normal(written or "")
    if not text:
        return Resolution(Found.UNKNOWN)
    if text.isdigit():
        fips = FORMER.get(text, text)
        known = fips in localities()
        return Resolution(Found.FOUND, fips) if known else Resolution(Found.UNKNOWN)
    fitting = _names().get(text, ())
    if len(fitting) == 1:
        return Resolution(Found.FOUND, fitting[0])
    if fitting:
        return Resolution(Found.AMBIGUOUS, candidates=fitting)
    return Resolution(Found.UNKNOWN)


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Normal form to FIPS codes. Full names are certain; a bare name may fit two."""
    certain: dict[str, tuple[str, ...]] = {}
    bare: dict[str, tuple[str, ...]] = {}
    for place in localities().values():
        short = _normal(place.short_name)
        for full in (
            f"{short} {place.kind}",
            f"{place.kind} of {short}",
            f"{short} {place.kind[:2]}",
        ):
            if full.endswith(" ci"):
                continue
            certain[full] = (place.fips,)
        bare[short] = (*bare.get(short, ()), place.fips)
    # "James City" and "Charles City" are counties: their bare name ends in the word "city".
    return MappingProxyType({**bare, **certain})


def _normal(written: str) -> str:
    text = re.sub(r"[^a-z0-9 ]+", " ", written.lower().replace("&", " and "))
    text = re.sub(r"\b(virginia|va|usa)\s*$", "", " ".join(text.split()))
    return " ".join(text.split())
