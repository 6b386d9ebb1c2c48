"""Which records could be meant: found by value and by what is near it, ranked by rarity.

Guarantees: only the view's index is read, and of it only what the description touches; the work is
bounded by MAX_POSTINGS whatever is asked and however many records share a value; the same index
and description give the same candidates in the same order. What is dropped is counted.

A value that is near what was asked is worth log2(records / records at least that near): how
surprising it is that a record taken at random comes so close. What many share (year of birth, sex,
place) is not looked up but weighed among those found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resolution.index import (
    ACCOUNT,
    INDEXED_RECORD,
    NUMBERS,
    PHONE,
    PLATE,
    SEARCH_NEIGHBOUR,
    SEARCH_PERSON,
    SEARCH_PERSON_RECORD,
    SEARCH_POSTING,
    SEARCH_TRAIT,
    SEARCH_VALUE,
)
from resolution.mapped import MappedRows, read_ahead, read_numbers

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from resolution.model import Model

MAX_CANDIDATES: Final = 400
"""Records that are compared in full."""
MAX_POSTINGS: Final = 400_000
"""Records that are looked through, counted once for each value."""
MAX_FAR_POSTINGS: Final = 100_000
"""Beyond these, nothing is looked through that is far from what was asked."""
FAR: Final = 2
CONTACTS: Final = (PHONE, ACCOUNT, PLATE)
NEAR_YEARS: Final = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A description in the index's terms.

    Arrays of one length, one entry for each key: ``term`` (which part of the description), ``kind``
    (of resolution.index), ``far`` (0: the value itself), ``key``. ``traits``: the columns of
    SEARCH_TRAIT for each way in which the description may be meant.
    """

    term: NDArray[np.int32]
    kind: NDArray[np.uint8]
    far: NDArray[np.uint8]
    key: NDArray[np.uint64]
    traits: dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """``rid`` ascends; ``score``: how each fits at first sight, in bits. ``near`` maps a kind of
    contact to the bits (0: none) of the candidate's contact that is near what was asked, and not
    it. ``left_out``: records that were found and fit no worse, at first sight, than the last of
    these. ``too_common``: not all records of a value were looked through, or of none."""

    rid: NDArray[np.int32]
    score: NDArray[np.float64]
    near: dict[int, NDArray[np.float64]]
    left_out: int
    too_common: bool


class MappedIndex:
    """A view's index, mapped. Safe for several threads. Raises NoIndex."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        numbers = {table.name: read_numbers(table, folder) for table in NUMBERS}
        self.records = MappedRows(INDEXED_RECORD, folder)
        self._traits = numbers[SEARCH_TRAIT.name]
        self._first = numbers[SEARCH_VALUE.name]["first"]
        self._holders = numbers[SEARCH_VALUE.name]["records"]
        self._posting = numbers[SEARCH_POSTING.name]["rid"]
        self._key = numbers[SEARCH_NEIGHBOUR.name]["key"]
        self._value = numbers[SEARCH_NEIGHBOUR.name]["value"]
        self._first_of_person = numbers[SEARCH_PERSON.name]["first"]
        self._of_person = numbers[SEARCH_PERSON.name]["records"]
        self._record_of_person = numbers[SEARCH_PERSON_RECORD.name]["rid"]

    def read_ahead(self) -> None:
        """Let the system begin to read the files, which it gives back when memory is short."""
        for path in sorted(self._folder.iterdir()):
            read_ahead(path)

    def persons(self, rid: NDArray[np.int32]) -> NDArray[np.int32]:
        """The number of each record's person, in the order of person ids."""
        found: NDArray[np.int32] = self._traits["person"][rid]
        return found

    def records_of(self, persons: NDArray[np.int32], most: int) -> NDArray[np.int32]:
        """The records of these persons, of each at most ``most``, person by person."""
        held = np.minimum(self._of_person[persons], most)
        found: NDArray[np.int32] = self._record_of_person[
            _ranges(self._first_of_person[persons], held)
        ]
        return found

    def candidates(self, asked: Asked, model: Model) -> Candidates:
        """The records that most speaks for, at most MAX_CANDIDATES."""
        groups, dropped = self._groups(asked)
        # A mark for each record of the view: a tenth of the time of sorting what was found.
        marked = np.zeros(len(self.records), bool)
        for group in groups:
            marked[group.rids] = True
        found = np.flatnonzero(marked).astype(np.int32)
        if not len(found):
            return Candidates(found, np.empty(0), {}, 0, dropped > 0)
        place = np.empty(len(marked), np.int32)
        place[found] = np.arange(len(found), dtype=np.int32)
        score = self._trait_bits(found, asked.traits, model)
        near = {kind: np.zeros(len(found)) for kind in CONTACTS}
        for term in {group.term for group in groups}:
            bits = np.zeros(len(found))
            # From the farthest to the nearest: what is nearer overwrites.
            for group in sorted((g for g in groups if g.term == term), key=lambda g: -g.far):
                places = place[group.rids]
                bits[places] = group.bits
                if group.kind in near:
                    near[group.kind][places] = group.bits if group.far else 0.0
            score += bits
        chosen, left_out = _best(score)
        return Candidates(
            found[chosen],
            score[chosen],
            {kind: bits[chosen] for kind, bits in near.items()},
            left_out,
            dropped > 0,
        )

    def _groups(self, asked: Asked) -> tuple[list[_Group], int]:
        """The records of each part of the description at each distance, nearest first."""
        low = np.searchsorted(self._key, asked.key, "left")
        counts = np.searchsorted(self._key, asked.key, "right") - low
        value = self._value[_ranges(low, counts)].astype(np.int64)
        term, kind, far = (
            np.repeat(part, counts).astype(np.int64) for part in (asked.term, asked.kind, asked.far)
        )
        # A value that is found in several ways counts where it is nearest.
        order = np.lexsort((far, value, term))
        value, term, kind, far = value[order], term[order], kind[order], far[order]
        first = np.ones(len(value), bool)
        first[1:] = (value[1:] != value[:-1]) | (term[1:] != term[:-1])
        value, term, kind, far = value[first], term[first], kind[first], far[first]

        records, taken, dropped = max(1, len(self.records)), 0, 0
        groups: list[_Group] = []
        reached: dict[int, int] = {}
        for distance, part in sorted({*zip(far.tolist(), term.tolist(), strict=True)}):
            of_group = (far == distance) & (term == part)
            values = value[of_group]
            holders = self._holders[values]
            reached[part] = reached.get(part, 0) + int(holders.sum())
            # The rarest first: of what is too common, what tells most is looked through.
            rarest = np.lexsort((values, holders))
            values, holders = values[rarest], holders[rarest].astype(np.int64)
            room = max(0, (MAX_POSTINGS if distance < FAR else MAX_FAR_POSTINGS) - taken)
            before = np.cumsum(holders) - holders
            looked = np.clip(room - before, 0, holders)
            if distance < FAR:
                dropped += int((holders - looked).sum())
            taken += int(looked.sum())
            rids = self._posting[_ranges(self._first[values], looked)]
            bits = max(0.0, float(np.log2(records / max(1, reached[part]))))
            groups.append(_Group(part, int(kind[of_group][0]), distance, bits, rids))
        return groups, dropped

    def _trait_bits(
        self, found: NDArray[np.int32], asked: dict[str, NDArray[Any]], model: Model
    ) -> NDArray[np.float64]:
        """What year of birth, sex, place and initial add, among the records found."""
        against = {c.name: c.levels[-1].match_weight for c in model.comparisons}
        score = np.zeros(len(found))

        def add(known: NDArray[np.bool_], agrees: NDArray[np.bool_], bits_against: float) -> None:
            agrees &= known
            share = agrees.sum() / max(1, known.sum())
            bits = -np.log2(share) if share > 0 else 0.0
            score[:] += np.where(agrees, bits, np.where(known, min(0.0, bits_against), 0.0))

        low, high = (int(asked[name].max(initial=0)) for name in ("year_low", "year_high"))
        if low and high:
            lows, highs = self._traits["year_low"][found], self._traits["year_high"][found]
            known = (lows > 0) & (highs > 0)
            fits = (lows <= high) & (highs >= low)
            near = (lows <= high + NEAR_YEARS) & (highs >= low - NEAR_YEARS)
            add(known & (fits | ~near), fits, against["birth"])
        for name, comparison in (("sex", "sex"), ("zip", "area"), ("locality", "area")):
            wanted = asked[name].max(initial=0)
            if wanted:
                values = self._traits[name][found]
                add(values > 0, values == wanted, against[comparison])
        initials = {int(initial) for initial in asked["initial"] if initial}
        if initials:
            values = self._traits["initial"][found]
            agrees = np.logical_or.reduce([values == initial for initial in sorted(initials)])
            add(values > 0, agrees, 0.0)
        return score


@dataclass(frozen=True, slots=True)
class _Group:
    term: int
    kind: int
    far: int
    bits: float
    rids: NDArray[np.int32]


def _ranges(first: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """The numbers of each range [first, first + count), one range after the other."""
    counts = counts.astype(np.int64)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    starts: NDArray[np.int64] = np.repeat(first - (ends - counts), counts).astype(np.int64)
    return starts + np.arange(total, dtype=np.int64)


def _best(score: NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    """Places of the highest scores, ascending, and how many equal the last of them but are cut."""
    if len(score) <= MAX_CANDIDATES:
        return np.arange(len(score)), 0
    score = np.round(score, 6)
    least = np.partition(score, len(score) - MAX_CANDIDATES)[len(score) - MAX_CANDIDATES]
    above, equal = np.flatnonzero(score > least), np.flatnonzero(score == least)
    room = MAX_CANDIDATES - len(above)
    return np.sort(np.r_[above, equal[:room]]), len(equal) - room
