"""The state: its real localities and agencies, and invented streets, hotels and other places.

Localities and agencies come from ingest's reference tables (U.S. Census Bureau, FBI); every street
address and every named place is invented.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import Floats, Ints, Texts, draw, texts
from demo.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

PLACE_KINDS: Final = {
    "hotel": "14",
    "restaurant": "21",
    "spa": "05",
    "truck_stop": "23",
    "bar": "03",
    "farm": "46",
    "terminal": "01",
    "mall": "55",
    "shelter": "54",
    "school": "53",
    "arena": "39",
}
"""Kinds of named places and their NIBRS location code."""

AMBIGUOUS: Final = ("Richmond", "Roanoke", "Fairfax", "Franklin")
"""Short names that a county and an independent city share."""


def reference(name: str) -> Traversable:
    """A file of ingest's reference folder."""
    return files("ingest").joinpath("reference", *name.split("/"))


def data(name: str) -> dict[str, Any]:
    """A table of this package's data folder."""
    return tomllib.loads(files("demo").joinpath("data", name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Agency:
    """A police agency. ``agency_id`` is its number in the NIBRS files."""

    agency_id: int
    ori: str
    name: str
    kind: str
    fips: str


@dataclass(frozen=True, slots=True)
class Geography:
    """Localities as columns in FIPS order, agencies, and named places as columns."""

    fips: Texts
    name: Texts
    short_name: Texts
    is_city: Texts
    population: Ints
    young_share: Floats
    lat: Floats
    lon: Floats
    agencies: tuple[Agency, ...]
    agencies_of: tuple[tuple[int, ...], ...]
    corridors: dict[str, tuple[int, ...]]
    outside: dict[str, tuple[str, ...]]
    places: Rows
    places_of: dict[str, dict[int, list[int]]]
    facilities: dict[str, tuple[str, ...]]
    streets: tuple[str, ...]
    street_kinds: tuple[str, ...]

    def index(self, name: str) -> int:
        """The index of the locality of that full name."""
        return int(np.flatnonzero(self.name == name)[0])

    def zip_code(self, locality: int, number: int) -> str:
        """One of the locality's ZIP codes (in Virginia's range, not the real ones)."""
        base = 20100 + (int(self.fips[locality][2:]) * 37) % 4500
        return f"{base + number % (1 + int(self.population[locality]) // 60000):05d}"

    def city(self, locality: int) -> str:
        """The post town as agencies write it."""
        return str(self.short_name[locality])

    def zip_codes(self, locality: Ints, numbers: Ints) -> Texts:
        """``zip_code`` of columns."""
        base = 20100 + (np.array([int(code[2:]) for code in self.fips]) * 37) % 4500
        offices = 1 + self.population // 60000
        return texts((base[locality] + numbers % offices[locality]).astype(str))

    def cities(self, locality: Ints) -> Texts:
        """The post towns in upper case."""
        return texts([str(name).upper() for name in self.short_name])[locality]

    def address_lines(self, rng: np.random.Generator, count: int) -> Texts:
        """Invented street addresses."""
        street = texts([name.upper() for name in self.streets])
        kind = texts(self.street_kinds)
        columns = zip(
            rng.integers(100, 9900, count).tolist(),
            street[rng.integers(len(street), size=count)],
            kind[rng.integers(len(kind), size=count)],
            np.where(rng.random(count) < 0.22, rng.integers(1, 40, count), 0).tolist(),
            strict=True,
        )
        return texts(
            [
                f"{number} {name} {suffix} APT {flat}" if flat else f"{number} {name} {suffix}"
                for number, name, suffix, flat in columns
            ]
        )

    def homes(self, rng: np.random.Generator, locality: Ints) -> Texts:
        """An invented address in each of the localities; no two of one locality are the same."""
        lines = self.address_lines(rng, len(locality))
        again = np.arange(len(locality))
        taken: set[tuple[int, str]] = set()
        while len(again):
            double = []
            for i, where in zip(again.tolist(), locality[again].tolist(), strict=True):
                if (where, lines[i]) in taken:
                    double.append(i)
                taken.add((where, lines[i]))
            again = np.array(double, dtype=np.int64)
            lines[again] = self.address_lines(rng, len(again))
        return lines

    def distance_km(self, one: int, other: int) -> float:
        """Great-circle distance between two localities' points."""
        lat1, lat2 = np.radians(self.lat[one]), np.radians(self.lat[other])
        half = (
            np.sin((lat2 - lat1) / 2) ** 2
            + np.cos(lat1)
            * np.cos(lat2)
            * np.sin(np.radians(self.lon[other] - self.lon[one]) / 2) ** 2
        )
        return float(2 * 6371 * np.arcsin(np.sqrt(half)))

    def nearby(self, locality: int, within_km: float) -> list[int]:
        """Other localities within the distance."""
        near = np.hypot(
            (self.lat - self.lat[locality]) * 111.2,
            (self.lon - self.lon[locality]) * 111.2 * np.cos(np.radians(self.lat[locality])),
        )
        return [int(i) for i in np.flatnonzero(near <= within_km) if i != locality]

    def places_at(self, kind: str, locality: int) -> list[int]:
        """Indices of the locality's places of a kind (possibly none)."""
        return self.places_of[kind].get(locality, [])


def load_geography(rng: np.random.Generator) -> Geography:
    """Read the reference tables and invent the places."""
    with reference("va_localities.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["fips"])
    invented = data("geography.toml")
    names = texts([row["name"] for row in rows])
    index = {str(name): i for i, name in enumerate(names)}
    agencies, agencies_of = _agencies([row["fips"] for row in rows])
    population = np.array([int(row["pop_2024"]) for row in rows])
    geography = Geography(
        fips=texts([row["fips"] for row in rows]),
        name=names,
        short_name=texts([row["short_name"] for row in rows]),
        is_city=texts([row["kind"] == "city" for row in rows]),
        population=population,
        young_share=np.array([int(row["under18"]) for row in rows]) / population,
        lat=np.array([float(row["lat"]) for row in rows]),
        lon=np.array([float(row["lon"]) for row in rows]),
        agencies=agencies,
        agencies_of=agencies_of,
        corridors={
            road: tuple(index[name] for name in stops)
            for road, stops in invented["corridors"].items()
        },
        outside={road: tuple(stops) for road, stops in invented["outside"].items()},
        places=Rows(
            name="", kind="", code="", line="", city="", zip="", locality=-1, lat=0.0, lon=0.0
        ),
        places_of={kind: {} for kind in PLACE_KINDS},
        facilities={kind: tuple(found) for kind, found in invented["facilities"].items()},
        streets=tuple(invented["streets"]["names"]),
        street_kinds=tuple(invented["streets"]["kinds"]),
    )
    _invent_places(geography, invented["places"], rng)
    return geography


def _agencies(fips: Sequence[str]) -> tuple[tuple[Agency, ...], tuple[tuple[int, ...], ...]]:
    """All agencies, and per locality the indices of those that report, the main one first."""
    with reference("va_agencies_ori_to_fips.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["ori"])
    agencies = tuple(
        Agency(20000 + i, row["ori"], row["agency_name"], row["agency_type"], row["fips"])
        for i, row in enumerate(rows)
    )

    def rank(i: int) -> tuple[int, str]:
        row = rows[i]
        own = row["locality"] and row["agency_name"].startswith(row["locality"].split()[0])
        police = "Police Department" in row["agency_name"]
        return (0 if own and police else 1 if own else 2, row["ori"])

    reporting: list[tuple[int, ...]] = []
    for code in fips:
        local = [
            i
            for i, row in enumerate(rows)
            if row["fips"] == code
            and row["agency_type"] in ("City", "County", "State Police")
            and "Nansemond" not in row["agency_name"]
        ]
        ordered = sorted(local, key=lambda i: (rows[i]["agency_type"] == "State Police", rank(i)))
        reporting.append(tuple(ordered[:3]))
    return agencies, tuple(reporting)


def _invent_places(
    geography: Geography, names: dict[str, list[str]], rng: np.random.Generator
) -> None:
    """Hotels everywhere, more along the interstates; a few of each other kind."""
    on_road = {i for stops in geography.corridors.values() for i in stops}
    for locality in range(len(geography.fips)):
        people = int(geography.population[locality])
        for kind, code in PLACE_KINDS.items():
            if kind == "hotel":
                count = 1 + people // 60000 + 3 * (locality in on_road)
                options = [f"{a} {b}" for a in names["hotel_first"] for b in names["hotel_last"]]
            else:
                count = int(rng.random() < 0.5) + people // 120000
                options = names[kind]
            chosen = rng.choice(len(options), size=min(count, len(options)), replace=False)
            for which in chosen:
                i = geography.places.add(
                    name=f"{options[int(which)]}",
                    kind=kind,
                    code=code,
                    line=str(geography.address_lines(rng, 1)[0]).split(" APT ")[0],
                    city=geography.city(locality).upper(),
                    zip=geography.zip_code(locality, int(rng.integers(8))),
                    locality=locality,
                    lat=round(float(geography.lat[locality] + rng.normal(0, 0.03)), 5),
                    lon=round(float(geography.lon[locality] + rng.normal(0, 0.03)), 5),
                )
                geography.places_of[kind].setdefault(locality, []).append(i)


def by_population(geography: Geography, rng: np.random.Generator, size: int) -> Ints:
    """Localities drawn by population, the largest a little tamed so that small ones appear."""
    return draw(rng, geography.population.astype(float) ** 0.85, size)
