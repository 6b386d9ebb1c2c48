"""Weights of pairs of reports.

Guarantees: a pair's weight is the prior plus one weight a comparison, by the model as it is. Each
source reports an incident once: where several reports of one source fit the same report, a pair's
odds are divided by one plus the odds of its rivals, so that reports which look alike are not joined
at random. Sums run in the order of the pairs' numbers: the same pairs give the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from resolution.incidents.comparisons import COMPARISONS

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from resolution.incidents.model import IncidentModel

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

RIVAL_CLIP: Final = 30.0
"""A rival counts at most this many bits: enough to outweigh, and sums keep their precision."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs by number, ordered. ``level``: shape (pairs, comparisons), 0 = says nothing.
    ``rivals``: bits (0 or less) that other reports of the same source take away; part of
    ``weight``."""

    left: Integers
    right: Integers
    level: NDArray[np.int8]
    rivals: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.left)


def level_weights(model: IncidentModel) -> list[Floats]:
    """For each comparison the weights (log2) by level number; 0 for level 0."""
    return [
        np.array([0.0, *(level.match_weight for level in comparison.levels)])
        for comparison in model.comparisons
    ]


def read_levels(con: duckdb.DuckDBPyConnection) -> tuple[Integers, Integers, NDArray[np.int8]]:
    """``pair_level`` in the order of the pairs' numbers."""
    found = con.table("pair_level").order("iid_l, iid_r").fetchnumpy()
    level = np.stack([np.asarray(found[c.name], np.int8) for c in COMPARISONS], axis=1)
    return found["iid_l"].astype(np.int64), found["iid_r"].astype(np.int64), level


def score(
    model: IncidentModel,
    source: Integers,
    left: Integers,
    right: Integers,
    level: NDArray[np.int8],
) -> Scored:
    """``source`` of each report by its number; pairs in the order of their numbers."""
    weight = np.full(len(left), model.prior_match_weight)
    for index, bits in enumerate(level_weights(model)):
        weight += bits[level[:, index]]
    taken = taken_by_rivals(*rival_groups(source, left, right), weight)
    return Scored(left, right, level, taken, weight + taken)


def rival_groups(source: Integers, left: Integers, right: Integers) -> tuple[Integers, Integers]:
    """Two numbers for each pair: pairs that share one are rivals, as one report of one source."""
    sources = int(source.max(initial=0)) + 1
    return (
        np.unique(left * sources + source[right], return_inverse=True)[1],
        np.unique(right * sources + source[left], return_inverse=True)[1],
    )


def taken_by_rivals(one: Integers, other: Integers, weight: Floats) -> Floats:
    """Bits (0 or less) that a pair loses to its rivals, of the side where they are stronger."""
    odds = np.exp2(np.clip(weight, -60.0, RIVAL_CLIP))
    rivals = np.maximum(_others(one, odds), _others(other, odds))
    return np.asarray(-np.log2(1.0 + rivals))


def _others(group: Integers, odds: Floats) -> Floats:
    """For each pair the sum of the other odds of its group."""
    if not len(group):
        return np.empty(0)
    total = np.bincount(group, weights=odds)
    alone = np.bincount(group) == 1
    return np.where(alone[group], 0.0, np.maximum(total[group] - odds, 0.0))
