"""Which components a change touches, and what they are afterwards.

Guarantees: the same components, and the same parts of large ones, as a full resolution makes of all
pairs (resolution.clustering.bounded_components). Candidates at or above review tie a large share of
a view's records into one component, so that to touch a component is not to resolve it: what counts
is which of its parts have other members, or a record or pair that is new. Parts follow from a
spanning forest of strongest edges, which is kept; other edges are looked at only where one of the
forest's is gone, and of them those that lie between what is left of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from resolution.clustering import (
    Pairs,
    bounded_components,
    components,
    smallest_of,
    strongest_forest,
)
from resolution.state import BLOCKED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolution.changes import Work
    from resolution.model import Thresholds
    from resolution.state import State

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs of numbers, left with the smaller record key; ``margin`` over the review threshold."""

    left: Integers
    right: Integers
    weight: NDArray[np.float64]
    probability: NDArray[np.float64]
    margin: NDArray[np.float64]
    levels: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.left)

    def at(self, chosen: Flags) -> Scored:
        return Scored(
            self.left[chosen],
            self.right[chosen],
            self.weight[chosen],
            self.probability[chosen],
            self.margin[chosen],
            self.levels[chosen],
        )

    @property
    def code(self) -> NDArray[np.uint64]:
        return code_of(self.left, self.right)


def code_of(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.uint64]:
    """A pair of numbers as one."""
    return (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)


@dataclass(frozen=True, slots=True)
class Touched:
    """``members``: a flag for each number, of records to resolve again: whole parts of components.
    ``part`` and ``component``: a label for each number. ``forest``: of all numbers."""

    members: Flags
    part: NDArray[np.int32]
    component: NDArray[np.int32]
    forest: Pairs


def touch(
    state: State,
    work: Work,
    gone: Integers,
    scored: Scored,
    decided: Integers,
    must: Integers,
    child: Flags,
    thresholds: Thresholds,
    max_records: int,
) -> Touched:
    """``scored``: all candidates with a dirty member. ``decided``, ``must``: pairs of numbers on
    which there is a decision, and those that one joins; shape (n, 2). ``child``: by number."""
    known, total = len(state.alive), len(work.alive)
    loose = work.dirty.copy()
    loose[gone] = True
    holds = (scored.margin >= 0) | np.isin(
        scored.code, np.r_[code_of(*decided.T), code_of(*decided[:, ::-1].T)]
    )
    ends = np.r_[scored.left[holds], scored.right[holds]]
    component = np.r_[state.component, np.arange(known, total, dtype=np.int32)].astype(np.int64)
    ties = np.r_[np.stack([scored.left[holds], scored.right[holds]], axis=1), decided]
    tied, ends_of = np.unique(component[ties], return_inverse=True)
    ends_of = ends_of.reshape(-1, 2)
    joined = np.arange(total)
    joined[tied] = tied[components(len(tied), ends_of[:, 0], ends_of[:, 1])]
    component = joined[component]
    home = np.zeros(total, dtype=bool)
    home[component[np.flatnonzero(loose)]] = True
    home[component[ends]] = True
    concerned = home[component]
    strong = scored.at(scored.margin >= 0)
    edges = _edges(state, work, loose, concerned, component, strong, child, thresholds)
    members = np.flatnonzero(concerned & work.alive)
    members = members[np.argsort(work.high[members], kind="stable")]
    place = np.full(total, -1, dtype=np.int64)
    place[members] = np.arange(len(members))
    forest = strongest_forest(
        len(members), Pairs(place[edges.left], place[edges.right], edges.margin)
    )
    inside = must[(place[must] >= 0).all(axis=1)]
    found, _ = bounded_components(len(members), forest, place[inside], max_records)
    part = np.r_[state.part, np.arange(known, total, dtype=np.int32)].astype(np.int64)
    old = part[members]
    part[members] = members[found]
    again = np.zeros(total, dtype=bool)
    again[part[ends]] = True
    again[part[np.flatnonzero(work.dirty)]] = True
    again[_other_members(old, part[members], state.part[gone].astype(np.int64))] = True
    outside = ~concerned[state.forest.left]
    return Touched(
        members=concerned & work.alive & again[part],
        part=part.astype(np.int32),
        component=component.astype(np.int32),
        forest=Pairs(
            np.r_[state.forest.left[outside], members[forest.left]],
            np.r_[state.forest.right[outside], members[forest.right]],
            np.r_[state.forest.margin[outside], forest.margin],
        ),
    )


def _edges(
    state: State,
    work: Work,
    loose: Flags,
    concerned: Flags,
    component: Integers,
    strong: Scored,
    child: Flags,
    thresholds: Thresholds,
) -> Pairs:
    """Edges that connect the concerned components as all their edges do."""
    left, right = state.forest.left, state.forest.right
    at_risk = np.flatnonzero(loose[left] | loose[right])
    kept = np.isin(code_of(left[at_risk], right[at_risk]), strong.code)
    broken = np.zeros(len(component), dtype=bool)
    broken[component[left[at_risk[~kept]]]] = True
    stands = ~loose[left] & ~loose[right]
    here = stands & concerned[left]
    parts = [
        Pairs(strong.left, strong.right, strong.margin),
        Pairs(left[here], right[here], state.forest.margin[here]),
    ]
    if broken.any():
        # What stands of a strongest forest stays in it; only what lies between its trees may join.
        whose = stands & broken[component[left]]
        tree = components(len(component), left[whose], right[whose])
        apart = broken[component]
        cut = apart & work.alive & ~work.dirty & ~_largest_of(component, tree, apart)
        for segment, void in ((state.base, state.void), (state.delta, None)):
            one, two = segment["pair_left"], segment["pair_right"]
            at = np.flatnonzero(cut[one] | cut[two])
            one, two = one[at].astype(np.int64), two[at].astype(np.int64)
            between = (tree[one] != tree[two]) & ~loose[one] & ~loose[two]
            between &= work.alive[one] & work.alive[two]
            between &= (segment["pair_flags"][at] & BLOCKED) > 0
            if void is not None:
                between &= ~void[at]
            at, one, two = at[between], one[between], two[between]
            young = child[one] | child[two]
            least = np.where(young, thresholds.review_child, thresholds.review)
            margin = segment["pair_weight"][at] - least
            parts.append(Pairs(one, two, margin).at_least(0))
    return Pairs(
        np.concatenate([pairs.left for pairs in parts]),
        np.concatenate([pairs.right for pairs in parts]),
        np.concatenate([pairs.margin for pairs in parts]),
    )


def _largest_of(component: Integers, tree: Integers, asked: Flags) -> Flags:
    """Who is in the largest tree of a component; ``tree`` labels by the smallest member. Of several
    that are largest it is the one with the smallest label. ``asked``: a flag for each record, of
    whole components; nobody is chosen in others."""
    root = np.flatnonzero((tree == np.arange(len(tree))) & asked)
    size = np.bincount(tree, minlength=len(tree))[root]
    root = root[np.lexsort((root, -size, component[root]))]
    _, first = np.unique(component[root], return_index=True)
    chosen = np.zeros(len(tree), dtype=bool)
    chosen[root[first]] = True
    return chosen[tree]


def unscored(
    part: Integers, before: Integers, again: Flags, scored: tuple[Integers, Integers]
) -> tuple[Integers, Integers]:
    """Pairs of places that lie in one part and have no score yet, the smaller left.

    ``part``, ``before``: a label for each place, of its part now and in the parent run, inside
    which every pair was scored. ``again``: a flag for each place, where those scores are void.
    ``scored``: pairs that have a score nevertheless.
    """
    records = len(part)
    place = np.arange(records)
    group = smallest_of(np.where(again, before.max(initial=0) + 1 + place, before))
    # An old part may lie in several now.
    _, both = np.unique(part * records + group, return_inverse=True)
    group = smallest_of(both)
    order = np.lexsort((place, part))
    _, starts, sizes = np.unique(part[order], return_index=True, return_counts=True)
    home = np.empty(records, dtype=np.int64)
    home[order] = np.repeat(np.arange(len(starts)), sizes)
    # Who is not of a part's largest group is paired with everybody of the part.
    largest = _largest_of(part, group, np.ones(records, dtype=bool))
    one = np.flatnonzero(~largest)
    size = sizes[home[one]]
    left = np.repeat(one, size)
    at = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    right = order[at + np.repeat(starts[home[one]], size)]
    open_ = group[left] != group[right]
    left, right = left[open_], right[open_]
    pairs = np.unique(code_of(np.minimum(left, right), np.maximum(left, right)))
    across = group[scored[0]] != group[scored[1]]
    known = code_of(scored[0][across], scored[1][across])
    pairs = np.setdiff1d(pairs, known, assume_unique=True)
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(
        np.int64
    )


def _other_members(old: Integers, new: Integers, lost: Integers) -> Integers:
    """The new parts that are not just what one old part was. ``lost``: old parts that lost a
    member altogether."""
    codes = np.unique(code_of(old, new))
    old = (codes >> np.uint64(32)).astype(np.int64)
    new = (codes & np.uint64(0xFFFFFFFF)).astype(np.int64)
    _, old_at, old_times = np.unique(old, return_inverse=True, return_counts=True)
    _, new_at, new_times = np.unique(new, return_inverse=True, return_counts=True)
    other = (old_times[old_at] > 1) | (new_times[new_at] > 1) | np.isin(old, lost)
    return np.unique(new[other])
