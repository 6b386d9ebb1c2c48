"""What a person's other records add to the one that fits a description best.

Guarantees: of each comparison one record's finding counts, or one mean over several, never both;
what a person's records are silent about adds nothing. A record that does not tell what was asked
for (a hotline's caller has a phone and no name) takes it from the person's others: the mean of
their Bayes factors, as if the description had been taken from one of them at random. So a person
of thirty records fits no better for their number: one of thirty phones is worth a thirtieth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from resolution.comparisons import AREA, BY_NAME, COMPARISONS, CONTACT, GIVEN_NAME, HOUSEHOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Marks = NDArray[np.bool_]

_CLIP: Final = 60.0
_OF_QUERIES: Final = tuple(c for c in COMPARISONS if c.name not in ("incident", "circle"))
"""Nobody describes a person by the incidents of a record."""

_UNKNOWN: Final = {HOUSEHOLD.name: ("unknown",)}
"""Levels that say nothing, like a comparison that is not recorded."""
_BOTH_NAMES: Final = ("swapped", "alias", "crossed")
"""Levels of the given name that the surname takes part in."""
_WHOLE_HOME: Final = ("same_both", "similar_both", "same_address")
"""Levels of the household that an address or a phone takes part in."""
_PHONES: Final = ("phone", "family_phone")


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs of a record and a way of meaning the description. ``level`` (-1: not recorded in both)
    and ``bits`` by comparison; ``person`` and ``meant`` of each pair."""

    person: NDArray[np.int32]
    meant: NDArray[np.int32]
    level: dict[str, NDArray[np.int8]]
    bits: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Added:
    """``bits`` by comparison: what each pair takes from the person's other records, 0 for nothing.
    ``group``: a number for each person and way of meaning; ``scored``: the pairs themselves."""

    bits: dict[str, Floats]
    group: Integers
    scored: Scored

    @property
    def total(self) -> Floats:
        return np.asarray(np.add.reduce([*self.bits.values()]))

    def source(self, name: str, pair: int) -> int:
        """The pair that speaks most for what ``pair`` takes of the comparison; -1 where it is taken
        from an address."""
        others = np.flatnonzero((self.group == self.group[pair]) & _tells(self.scored, name))
        if not len(others):
            return -1
        return int(others[np.argmax(self.scored.bits[name][others])])


def added(scored: Scored, surname_bits: Floats, same_zip_bits: float) -> Added:
    """What each pair's record is silent about, from the other records of its person.

    ``surname_bits``: of each pair, what its level of the household is worth for the surname alone;
    ``same_zip_bits``: what one ZIP code is worth, which one address implies.
    """
    meanings = int(scored.meant.max(initial=0)) + 1
    _, group = np.unique(scored.person.astype(np.int64) * meanings + scored.meant,
                         return_inverse=True)  # fmt: skip
    tells = {c.name: _tells(scored, c.name) for c in _OF_QUERIES}
    bits = {
        name: np.where(told, 0.0, _mean(group, scored.bits[name], told))
        for name, told in tells.items()
    }
    # The area is not compared where the address is the same, which is the household's to say.
    at_home = _at(scored, HOUSEHOLD.name, _WHOLE_HOME) & (scored.level[AREA.name] < 0)
    at_home &= ~_at(scored, CONTACT.name, _PHONES)
    where = _mean(
        group,
        np.where(at_home, same_zip_bits, scored.bits[AREA.name]),
        tells[AREA.name] | at_home,
    )
    bits[AREA.name] = np.where(tells[AREA.name], 0.0, where)
    # A surname that speaks already is not counted again through the given name.
    given, home, area, contact = GIVEN_NAME.name, HOUSEHOLD.name, AREA.name, CONTACT.name
    alone = _mean(group, scored.bits[given], tells[given] & ~_at(scored, given, _BOTH_NAMES))
    bits[given] = np.where(~tells[given] & (scored.bits[home] > 0), alone, bits[given])
    # Nor an address or a phone through the household: either the household with what it holds, or
    # the surname of it, the area and the contact each by itself.
    bits[area] = np.where(_at(scored, home, _WHOLE_HOME), 0.0, bits[area])
    surname = _mean(group, surname_bits, tells[home] & ~_at(scored, home, ("same_address",)))
    places = (scored.bits[area] > 0) | (scored.bits[contact] > 0)
    by_itself = places | (surname + bits[area] + bits[contact] > bits[home])
    whole = ~tells[home] & ~by_itself
    bits[home] = np.where(~tells[home] & by_itself, surname, bits[home])
    for name in (area, contact):
        bits[name] = np.where(whole, np.minimum(bits[name], 0.0), bits[name])
    return Added(bits, group, scored)


def _mean(group: Integers, bits: Floats, tells: Marks) -> Floats:
    """For each pair log2 of the mean Bayes factor of its group's pairs that tell; 0 for none."""
    number = np.bincount(group, weights=tells)
    factors = np.where(tells, np.exp2(np.clip(bits, -_CLIP, _CLIP)), 0.0)
    mean = np.bincount(group, weights=factors) / np.maximum(number, 1)
    return np.asarray(np.log2(np.where(number > 0, mean, 1.0))[group])


def _tells(scored: Scored, name: str) -> Marks:
    return (scored.level[name] >= 0) & ~_at(scored, name, _UNKNOWN.get(name, ()))


def _at(scored: Scored, name: str, levels: tuple[str, ...]) -> Marks:
    found = np.zeros(len(scored.person), bool)
    for number, level in enumerate(BY_NAME[name].levels):
        if level.name in levels:
            found |= scored.level[name] == number
    return found
