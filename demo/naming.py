"""How people are named: the census lists and several naming traditions, nicknames, street names.

Source of the census lists: U.S. Census Bureau 1990, as shipped in the ``names`` package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from nicknames import NickNamer

from demo.chance import Bools, Floats, Texts, draw, texts
from demo.geography import data

TRADITIONS: Final = {
    "census": 0.775,
    "hispanic": 0.105,
    "vietnamese": 0.015,
    "korean": 0.015,
    "chinese": 0.015,
    "arabic": 0.015,
    "south_asian": 0.02,
    "ethiopian": 0.01,
    "filipino": 0.012,
    "west_african": 0.018,
}
"""Share of households by the naming tradition of its head (drawn, not measured)."""

RACES: Final[dict[str, dict[str, float]]] = {
    "census": {"W": 0.70, "B": 0.285, "I": 0.005, "A": 0.008, "P": 0.002},
    "hispanic": {"W": 0.88, "B": 0.08, "I": 0.04},
    "vietnamese": {"A": 1.0},
    "korean": {"A": 1.0},
    "chinese": {"A": 1.0},
    "arabic": {"W": 0.85, "B": 0.1, "A": 0.05},
    "south_asian": {"A": 1.0},
    "ethiopian": {"B": 1.0},
    "filipino": {"A": 0.9, "P": 0.1},
    "west_african": {"B": 1.0},
}
MODERN_FROM_YEAR: Final = 1998
"""Children born from this year on often carry a name that the census list of 1990 lacks."""


@dataclass(frozen=True, slots=True)
class NameLists:
    """One tradition's names with their weights."""

    female: Texts
    female_weight: Floats
    male: Texts
    male_weight: Floats
    family: Texts
    family_weight: Floats
    order: str


@cache
def tables() -> dict[str, Any]:
    """The package's own naming data."""
    return data("naming.toml")


@cache
def lists(tradition: str) -> NameLists:
    """The names of a tradition."""
    if tradition == "census":
        female, female_weight = _census("dist.female.first")
        male, male_weight = _census("dist.male.first")
        family, family_weight = _census("dist.all.last")
        return NameLists(female, female_weight, male, male_weight, family, family_weight, "western")
    table = tables()["tradition"][tradition]

    def ranked(names: list[str]) -> Floats:
        return 1.0 / np.sqrt(np.arange(1, len(names) + 1))

    return NameLists(
        texts(table["female"]),
        ranked(table["female"]),
        texts(table["male"]),
        ranked(table["male"]),
        texts(table["family"]),
        ranked(table["family"]),
        table["order"],
    )


def given_names(rng: np.random.Generator, tradition: Texts, female: Bools, modern: Bools) -> Texts:
    """A given name for each person; ``modern`` marks the young."""
    named = np.empty(len(tradition), dtype=object)
    recent = modern & (tradition == "census") & (rng.random(len(tradition)) < 0.6)
    for which in TRADITIONS:
        names = lists(which)
        for is_female in (False, True):
            mask = (tradition == which) & (female == is_female) & ~recent
            pool = names.female if is_female else names.male
            weight = names.female_weight if is_female else names.male_weight
            named[mask] = pool[draw(rng, weight, int(mask.sum()))]
    for is_female in (False, True):
        mask = recent & (female == is_female)
        pool = texts(tables()["modern"]["female" if is_female else "male"])
        named[mask] = pool[rng.integers(len(pool), size=int(mask.sum()))]
    return named


def surnames(rng: np.random.Generator, tradition: Texts) -> Texts:
    """A family name for each household head; two where the tradition gives two."""
    named = np.empty(len(tradition), dtype=object)
    for which in TRADITIONS:
        mask = tradition == which
        names = lists(which)
        count = int(mask.sum())
        first = names.family[draw(rng, names.family_weight, count)]
        if names.order == "two_surnames":
            second = names.family[draw(rng, names.family_weight, count)]
            both = rng.random(count) < 0.55
            first = texts(
                [f"{a} {b}" if two else a for a, b, two in zip(first, second, both, strict=True)]
            )
        named[mask] = first
    return named


@cache
def nicknames_of(given: str) -> tuple[str, ...]:
    """Usual nicknames, in a fixed order; empty where none is known."""
    found = _nicknamer().nicknames_of(given.lower())
    return tuple(sorted(name.title() for name in found if len(name) > 2))


@cache
def _nicknamer() -> NickNamer:
    return NickNamer()


def _census(name: str) -> tuple[Texts, Floats]:
    lines = files("names").joinpath(name).read_text(encoding="ascii").splitlines()
    parts = [line.split() for line in lines]
    weights = np.array([max(float(part[1]), 0.0005) for part in parts])
    return texts([_cased(part[0]) for part in parts]), weights


def _cased(upper: str) -> str:
    """A census name in ordinary spelling."""
    if upper.startswith("MC") and len(upper) > 4:
        return "Mc" + upper[2:].capitalize()
    return upper.capitalize()
