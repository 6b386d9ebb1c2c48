"""Who holds a blocking key, before and after a change: counts and members, by binary search.

Guarantees: agrees with resolution.blocking. A key that more records hold than the limit is
narrowed: its holders form groups by ``narrow`` (names and year of birth), and a group is used where
it is small enough. What changes sides of the limit, in either direction, touches all its holders.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from resolution.crowded import CONTACT_RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Hashes = NDArray[np.uint64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KeyRows:
    """Blocking keys ordered by key, ``narrow`` of the number, and number."""

    key: Hashes
    number: NDArray[np.int32]
    rule: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.key)

    def where(self, chosen: Flags) -> KeyRows:
        """The rows of the numbers that ``chosen`` (a flag for each number) has."""
        if not len(self) or not chosen.any():
            at = np.empty(0, dtype=np.int64)
        else:
            at = np.flatnonzero(chosen[self.number])
        return KeyRows(self.key[at], self.number[at], self.rule[at])

    def dead(self, alive: Flags) -> Integers:
        """Places of the rows whose numbers are not alive, ascending."""
        if not len(self) or alive.all():
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(~alive[self.number])


def joined(parts: Sequence[KeyRows], narrow: Hashes) -> KeyRows:
    """Several rows as one, in order; ``narrow`` has one value a number."""
    key = np.concatenate([part.key for part in parts])
    number = np.concatenate([part.number for part in parts])
    rule = np.concatenate([part.rule for part in parts])
    order = np.lexsort((number, narrow[number], key))
    return KeyRows(key[order], number[order], rule[order])


class Holders:
    """The holders of keys among several segments, of which ``alive`` tells who counts."""

    def __init__(self, segments: Sequence[KeyRows], narrow: Hashes, alive: Flags) -> None:
        self._segments = segments
        self._narrow = narrow
        self._alive = alive
        self._dead = [segment.dead(alive) for segment in segments]

    def count(self, key: Hashes, narrow: Hashes | None = None) -> Integers:
        """How many hold each key, or each key and ``narrow``."""
        total = np.zeros(len(key), dtype=np.int64)
        for segment, dead in zip(self._segments, self._dead, strict=True):
            low, high = self._range(segment, key, narrow)
            gone = np.searchsorted(dead, high) - np.searchsorted(dead, low)
            total += high - low - gone
        return total

    def of(self, key: Hashes, narrow: Hashes | None = None) -> tuple[Integers, Integers]:
        """Which of the keys (its place in ``key``), and a number that holds it."""
        places, numbers = [], []
        for segment in self._segments:
            low, high = self._range(segment, key, narrow)
            size = high - low
            place = np.repeat(np.arange(len(key)), size)
            at = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + low[place]
            number = segment.number[at].astype(np.int64)
            keep = self._alive[number]
            places.append(place[keep])
            numbers.append(number[keep])
        return np.concatenate(places), np.concatenate(numbers)

    def _range(
        self, segment: KeyRows, key: Hashes, narrow: Hashes | None
    ) -> tuple[Integers, Integers]:
        low = np.searchsorted(segment.key, key, side="left")
        high = np.searchsorted(segment.key, key, side="right")
        if narrow is None:
            return low, high
        return (
            self._bisect(segment, low, high, narrow, after_equal=False),
            self._bisect(segment, low, high, narrow, after_equal=True),
        )

    def _bisect(
        self, segment: KeyRows, low: Integers, high: Integers, wanted: Hashes, *, after_equal: bool
    ) -> Integers:
        low, high = low.copy(), high.copy()
        while True:
            open_ = np.flatnonzero(low < high)
            if not len(open_):
                return low
            middle = (low[open_] + high[open_]) // 2
            found = self._narrow[segment.number[middle]]
            right = found <= wanted[open_] if after_equal else found < wanted[open_]
            low[open_[right]] = middle[right] + 1
            high[open_[~right]] = middle[~right]


@dataclass(frozen=True, slots=True)
class Crossing:
    """``touched``: numbers whose key changed sides of the limit. ``dropped``: by rule, how many
    more keys (fewer: negative) are too common even when narrowed. ``crowded`` and ``freed``: keys
    of contacts that are too common now, or no longer (resolution.crowded)."""

    touched: Integers
    dropped: Counter[int]
    crowded: Hashes
    freed: Hashes


def crossings(
    before: Holders, after: Holders, changed: KeyRows, narrow: Hashes, limit: int
) -> Crossing:
    """What becomes of the keys of the records that came or went (``changed``)."""
    key, first = np.unique(changed.key, return_index=True)
    rule = changed.rule[first]
    was, now = before.count(key) > limit, after.count(key) > limit
    dropped: Counter[int] = Counter()
    touched = [after.of(key[was != now])[1]]
    contact = np.isin(rule, CONTACT_RULES)
    crowded_keys, freed = key[contact & now & ~was], key[contact & was & ~now]
    for holders, crowded, sign in ((before, was & ~now, -1), (after, now & ~was, 1)):
        rules = rule[crowded]
        place, number = holders.of(key[crowded])
        groups, sizes = _groups(place, narrow[number])
        dropped.update(_signed(rules[groups[sizes > limit]], sign))
    both = np.isin(changed.key, key[was & now])
    group_key, group_narrow, group_rule = _distinct(changed, both, narrow)
    was, now = (
        before.count(group_key, group_narrow) > limit,
        after.count(group_key, group_narrow) > limit,
    )
    touched.append(after.of(group_key[was != now], group_narrow[was != now])[1])
    dropped.update(_signed(group_rule[now & ~was], 1))
    dropped.update(_signed(group_rule[was & ~now], -1))
    return Crossing(np.unique(np.concatenate(touched)), dropped, crowded_keys, freed)


def _signed(rules: NDArray[np.uint8], sign: int) -> dict[int, int]:
    return {rule: sign * count for rule, count in Counter(rules.tolist()).items()}


def _groups(place: Integers, narrow: Hashes) -> tuple[Integers, Integers]:
    """For each (place, narrow) its place, and how many there are."""
    order = np.lexsort((narrow, place))
    place, narrow = place[order], narrow[order]
    first = np.flatnonzero(
        np.r_[True, (place[1:] != place[:-1]) | (narrow[1:] != narrow[:-1])][: len(place)]
    )
    return place[first], np.diff(np.r_[first, len(place)])


def _distinct(rows: KeyRows, chosen: Flags, narrow: Hashes) -> tuple[Hashes, Hashes, Any]:
    key, rule, of = rows.key[chosen], rows.rule[chosen], narrow[rows.number[chosen]]
    order = np.lexsort((of, key))
    key, rule, of = key[order], rule[order], of[order]
    first = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]) | (of[1:] != of[:-1])][: len(key)])
    return key[first], of[first], rule[first]


def candidate_pairs(
    holders: Holders, rows: KeyRows, narrow: Hashes, limit: int
) -> tuple[Integers, Integers]:
    """Pairs (the number that a row is of, another holder of its key, or of its narrowed key)."""
    key, place = np.unique(rows.key, return_inverse=True)
    plain = (holders.count(key) <= limit)[place]
    found = []
    at, other = holders.of(rows.key[plain])
    found.append((rows.number[plain][at], other))
    key, of, number = rows.key[~plain], narrow[rows.number[~plain]], rows.number[~plain]
    used = holders.count(key, of) <= limit
    at, other = holders.of(key[used], of[used])
    found.append((number[used][at], other))
    one = np.concatenate([pair[0] for pair in found]).astype(np.int64)
    two = np.concatenate([pair[1] for pair in found])
    return one[one != two], two[one != two]
