"""Scored pairs in, clusters out: average linkage under must-link and cannot-link.

Guarantees: records that a must-link joins (also through others) share a cluster; records that a
cannot-link parts never do; where the two contradict each other, the cannot-links are applied, the
must-links that lead from one parted record to the other are not (resolution.contradictions), and
those are reported. A must-link joins the whole persons that hold its two records, unless it is a
step between persons that a cannot-link parts: then it joins the two records, and the others of
those two persons follow their evidence (docs/decisions/0008). The result depends on the numbered
records, their weights and the constraints only, not on the order of the pairs.

A connected component is not a person: one wrong link would join two families. So all pairs inside
a component are scored first, and two groups join only where the mean over all their pairs speaks
for it (average linkage; notes in docs/decisions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from resolution.contradictions import giving_way

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.integer]
    Floats = NDArray[np.float64]

CONSTRAINT: Final = 1e9
"""Distance of a constraint: no mean over a bounded component outweighs it."""

MARGIN_CLIP: Final = 12.0
"""One pair's evidence counts at most this many bits in a mean, so that it cannot decide alone."""

SCRAP_LEAD: Final = 3.0
"""By so many bits the person that a scrap fits best must lead over the next one."""

EDGES_AT_ONCE: Final = 8_000_000
"""Edges whose components are sought together, which bounds memory; no result depends on it."""

ALIKE: Final = 10
"""Times the largest component: how many records may hang together by evidence all alike."""

CERTAIN: Final = 1e-6
"""Bits beyond which rounding cannot turn a mean around."""

_NO_PAIRS: Final = np.empty((0, 2), dtype=np.int64)
_NO_RECORDS: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of record numbers; ``margin`` is match weight minus the pair's threshold, in bits."""

    left: Numbers
    right: Numbers
    margin: Floats

    def __len__(self) -> int:
        return len(self.left)

    def at_least(self, margin: float) -> Pairs:
        return self.at(self.margin >= margin)

    def at(self, chosen: Integers | NDArray[np.bool_]) -> Pairs:
        return Pairs(self.left[chosen], self.right[chosen], self.margin[chosen])


@dataclass(frozen=True, slots=True)
class Constraints:
    """Pairs of record numbers, shape (n, 2)."""

    must: Integers
    cannot: Integers

    @classmethod
    def none(cls) -> Constraints:
        return cls(_NO_PAIRS, _NO_PAIRS)


@dataclass(frozen=True, slots=True)
class Clusters:
    """``label[i]`` is the smallest record number of record i's cluster.

    ``contradicted`` holds the must-links, shape (n, 2), that cannot-links ruled out.
    """

    label: Integers
    contradicted: Integers


def components(records: int, left: Numbers, right: Numbers) -> Integers:
    """For each record the smallest record number of its connected component."""
    label = np.arange(records, dtype=np.int64)
    # What scipy makes of an edge is forty bytes, and of ten million records there are a hundred
    # million; what some edges connect is one for the next.
    for first in range(0, len(left), EDGES_AT_ONCE):
        one, two = left[first : first + EDGES_AT_ONCE], right[first : first + EDGES_AT_ONCE]
        ones = np.ones(len(one), dtype=np.int8)
        graph = coo_array((ones, (label[one], label[two])), shape=(records, records))
        _, found = connected_components(graph, directed=False)
        label = smallest_of(found.astype(np.int64))[label]
    return label


def smallest_of(groups: Integers) -> Integers:
    """Relabel groups by their smallest member; they are numbers from 0 up, without large gaps."""
    first = np.empty(int(groups.max(initial=-1)) + 1, dtype=np.int64)
    # Of several values for one place the last stands: from behind, that of the smallest member.
    first[groups[::-1]] = np.arange(len(groups) - 1, -1, -1)
    return first[groups]


def bounded_components(
    records: int, edges: Pairs, must: Integers, max_records: int
) -> tuple[Integers, int]:
    """Components, where those above ``max_records`` are split by dropping weaker edges.

    Returns the labels and the number of components that had to be split. Each is split by its own
    edges alone: what becomes of it does not depend on the others. Must-links are never dropped.
    Edges that are all of one strength (within a bit) are kept up to ALIKE times the bound; beyond,
    they tell nobody from anybody, and none of them joins.
    """
    label = components(records, edges.left, edges.right)
    if len(must):
        label = components(records, label[must[:, 0]], label[must[:, 1]])[label]
    split = int((np.bincount(label, minlength=records) > max_records).sum())
    ties = must
    floor = 1.0
    while True:
        large = np.bincount(label, minlength=records) > max_records
        edges = edges.at(large[label[edges.left]])
        strongest = np.full(records, -np.inf)
        np.maximum.at(strongest, label[edges.left], edges.margin)
        divisible = large & (strongest >= floor)
        if not divisible.any():
            break
        # The others are what they will be; what is left to do shrinks from round to round.
        edges = edges.at(divisible[label[edges.left]] & (edges.margin >= floor))
        members = np.flatnonzero(divisible[label])
        ties = ties[divisible[label[ties[:, 0]]]]
        label[members] = _components_of(members, records, edges, ties)
        floor += 1.0
    alike = np.bincount(label, minlength=records) > ALIKE * max_records
    if alike.any():
        members = np.flatnonzero(alike[label])
        none = edges.at(np.empty(0, dtype=np.int64))
        label[members] = _components_of(members, records, none, must[alike[label[must[:, 0]]]])
    return label, split


def _components_of(members: Integers, records: int, edges: Pairs, must: Integers) -> Integers:
    """Components of some of the records, whose edges and must-links are given."""
    place = np.zeros(records, dtype=np.int64)
    place[members] = np.arange(len(members))
    label = components(len(members), place[edges.left], place[edges.right])
    if len(must):
        ties = label[place[must]]
        label = components(len(members), ties[:, 0], ties[:, 1])[label]
    return members[label]


def strongest_forest(records: int, edges: Pairs) -> Pairs:
    """The edges of a spanning forest in which every path is as strong as can be.

    It connects at any strength what all the edges connect, so that components and their parts
    (see ``bounded_components``) can be made from it: one edge fewer than records at most.
    """
    order = np.lexsort((edges.right, edges.left, -edges.margin))
    rank = np.empty(len(order))
    rank[order] = np.arange(1, len(order) + 1)
    graph = coo_array((rank, (edges.left, edges.right)), shape=(records, records))
    chosen = order[minimum_spanning_tree(graph.tocsr()).data.astype(np.int64) - 1]
    return edges.at(np.sort(chosen))


def checked_constraints(records: int, constraints: Constraints) -> tuple[Constraints, Integers]:
    """Take out the must-links that give way to cannot-links, and return them too."""
    must, cannot = constraints.must, constraints.cannot
    if not len(must) or not len(cannot):
        return constraints, _NO_PAIRS
    # Most groups are contradicted by nothing: of millions of cannot-links few are looked at.
    group = components(records, must[:, 0], must[:, 1])
    inside = cannot[group[cannot[:, 0]] == group[cannot[:, 1]]]
    concerned = np.flatnonzero(np.isin(group[must[:, 0]], group[inside[:, 0]]))
    way = giving_way(list(map(tuple, must[concerned].tolist())), list(map(tuple, inside.tolist())))
    contradicted = np.zeros(len(must), dtype=bool)
    contradicted[concerned] = way
    return Constraints(must[~contradicted], cannot), must[contradicted]


def cluster(
    records: int,
    component: Integers,
    pairs: Pairs,
    constraints: Constraints,
    scraps: Integers = _NO_RECORDS,
) -> Clusters:
    """Cluster the records of each component.

    ``pairs`` holds every pair inside a component once, scored; a pair that is absent counts as
    strong evidence against. ``component`` labels each record by its component's smallest record.
    ``scraps`` are records that say too little to hold others together: each joins the one person
    that it fits best by its best pair, where that person leads by SCRAP_LEAD. Scraps that join
    nobody are clustered among themselves. A scrap that a must-link names is none.
    """
    constraints, contradicted = checked_constraints(records, constraints)
    scrap = np.zeros(records, dtype=bool)
    scrap[scraps] = True
    scrap[constraints.must.ravel()] = False
    alone = records + np.arange(records)
    cannot = Constraints(_NO_PAIRS, constraints.cannot)
    label = _linkage(records, smallest_of(np.where(scrap, alone, component)), pairs, cannot)
    if scrap.any():
        home = _homes(label, scrap, component, pairs, constraints.cannot)
        label = np.where(home >= 0, home, label)
        left = scrap & (home < 0)
        among = smallest_of(np.where(left, component, alone))
        label = np.where(left, _linkage(records, among, pairs, cannot), label)
        label = smallest_of(label)
    if len(constraints.must):
        label = _united(records, label, pairs, constraints)
    return Clusters(label, contradicted)


def _homes(
    label: Integers,
    scrap: NDArray[np.bool_],
    component: Integers,
    pairs: Pairs,
    cannot: Integers,
) -> Integers:
    """For each scrap the label of the person that it joins; -1 for none, and for other records."""
    home = np.full(len(label), -1, dtype=np.int64)
    one = scrap[pairs.left] != scrap[pairs.right]
    one &= component[pairs.left] == component[pairs.right]
    turned = scrap[pairs.right[one]]
    record = np.where(turned, pairs.right[one], pairs.left[one])
    person = label[np.where(turned, pairs.left[one], pairs.right[one])]
    margin = pairs.margin[one]
    # A person to whom one record must not belong is none to choose.
    both = np.r_[cannot, cannot[:, ::-1]]
    both = both[scrap[both[:, 0]]]
    ruled_out = np.isin(record * len(label) + person, both[:, 0] * len(label) + label[both[:, 1]])
    record, person, margin = record[~ruled_out], person[~ruled_out], margin[~ruled_out]
    order = np.lexsort((-margin, person, record))
    record, person, margin = record[order], person[order], margin[order]
    best = np.r_[True, (record[1:] != record[:-1]) | (person[1:] != person[:-1])][: len(record)]
    record, person, margin = record[best], person[best], margin[best]
    order = np.lexsort((person, -margin, record))
    record, person, margin = record[order], person[order], margin[order]
    first = np.r_[True, record[1:] != record[:-1]][: len(record)]
    followed = np.r_[record[1:] == record[:-1], False][: len(record)]
    lead = np.where(followed, margin - np.r_[margin[1:], 0.0][: len(record)], np.inf)
    chosen = first & (margin >= 0) & (lead >= SCRAP_LEAD)
    home[record[chosen]] = person[chosen]
    # Two that must stay apart and fit one person best: nobody can say which of them it is.
    torn = cannot[(home[cannot[:, 0]] >= 0) & (home[cannot[:, 0]] == home[cannot[:, 1]])]
    home[torn.ravel()] = -1
    return home


def _united(records: int, label: Integers, pairs: Pairs, constraints: Constraints) -> Integers:
    """Join the clusters that must-links connect. Those that are a step between two clusters that a
    cannot-link parts join the records that they name, and let the linkage decide about the rest of
    the two clusters that they touch; all others join whole clusters."""
    must, cannot = constraints.must, constraints.cannot
    united = components(records, label[must[:, 0]], label[must[:, 1]])[label]
    within = cannot[united[cannot[:, 0]] == united[cannot[:, 1]]]
    if not len(within):
        return united
    steps = label[must]
    concerned = np.isin(united[must[:, 0]], united[within[:, 0]]) & (steps[:, 0] != steps[:, 1])
    concerned[concerned] = giving_way(
        list(map(tuple, steps[concerned].tolist())), list(map(tuple, label[within].tolist()))
    )
    # Whoever is not concerned is a component of its own here, so that the linkage leaves it alone.
    torn = np.isin(label, steps[concerned])
    together = components(records, steps[concerned, 0], steps[concerned, 1])[label]
    again = _linkage(records, np.where(torn, together, np.arange(records)), pairs, constraints)
    again = np.where(torn, again, label)
    joined = components(records, again[must[:, 0]], again[must[:, 1]])[again]
    # A cluster that was taken apart can hang together again through others. Rare; then evidence
    # decides about the whole group.
    broken = cannot[joined[cannot[:, 0]] == joined[cannot[:, 1]]]
    if len(broken):
        forbidden = np.isin(united, united[broken[:, 0]])
        of_group = np.where(forbidden, united, np.arange(records))
        again = _linkage(records, of_group, pairs, constraints)
        joined = np.where(forbidden, again, joined)
    return smallest_of(joined)


def _linkage(records: int, component: Integers, pairs: Pairs, constraints: Constraints) -> Integers:
    """Average linkage inside each component; for each record its cluster's smallest record."""
    margin = np.clip(pairs.margin, -MARGIN_CLIP, MARGIN_CLIP)
    inside = component[pairs.left] == component[pairs.right]
    left = np.r_[pairs.left[inside], constraints.must[:, 0], constraints.cannot[:, 0]]
    right = np.r_[pairs.right[inside], constraints.must[:, 1], constraints.cannot[:, 1]]
    distance = np.r_[
        -margin[inside],
        np.full(len(constraints.must), -CONSTRAINT),
        np.full(len(constraints.cannot), CONSTRAINT),
    ]
    together = component[left] == component[right]
    distance = distance[together]
    left, right = (
        np.minimum(left[together], right[together]),
        np.maximum(left[together], right[together]),
    )
    # Constraints come last, so that they replace the pair's own evidence below.
    order = np.argsort(component[left], kind="stable")
    left, right, distance = left[order], right[order], distance[order]
    label = np.arange(records, dtype=np.int64)
    if not len(left):
        return label
    homes, starts, scored = np.unique(component[left], return_index=True, return_counts=True)
    sizes = np.bincount(component, minlength=records)[homes]
    weakest = np.maximum.reduceat(distance, starts)
    strongest = np.minimum.reduceat(distance, starts)
    # All means lie between the extremes: most components are decided by those.
    apart = strongest > CERTAIN
    whole = (weakest < -CERTAIN) & (strongest > -CONSTRAINT) & (2 * scored == sizes * (sizes - 1))
    place = _places(component)
    cut = ~apart & ~whole
    taken = np.repeat(cut, scored)
    cluster_of = _cut(
        sizes[cut],
        np.repeat(np.arange(int(cut.sum())), scored[cut]),
        place[left[taken]],
        place[right[taken]],
        distance[taken],
    )
    joined = np.zeros(records, dtype=bool)
    joined[homes[whole]] = True
    label = np.where(joined[component], component, label)
    number = np.full(records, -1)
    number[homes[cut]] = np.arange(int(cut.sum()))
    members = np.flatnonzero(number[component] >= 0)
    members = members[np.argsort(component[members], kind="stable")]
    label[members] = members[cluster_of]
    return label


def _places(component: Integers) -> Integers:
    """For each record how many smaller ones its component has."""
    order = np.argsort(component, kind="stable")
    _, starts, sizes = np.unique(component[order], return_index=True, return_counts=True)
    place = np.empty(len(component), dtype=np.int64)
    place[order] = np.arange(len(component)) - np.repeat(starts, sizes)
    return place


def _cut(
    sizes: Integers, home: Integers, left: Integers, right: Integers, distance: Floats
) -> Integers:
    """Average linkage in each of several components, cut where the mean turns against.

    ``sizes``: records in each. ``home``, ascending, is a pair's component; ``left`` < ``right``
    are places in it. The components' records stand one after another; returns for each where the
    first record of its cluster stands.
    """
    # The pairs of a component as scipy condenses them: those of its first record, its second, ...
    pairs = sizes * (sizes - 1) // 2
    pair_starts, starts = np.cumsum(pairs) - pairs, np.cumsum(sizes) - sizes
    condensed = np.full(int(pairs.sum()), MARGIN_CLIP)
    condensed[
        pair_starts[home] + left * sizes[home] - left * (left + 1) // 2 + right - left - 1
    ] = distance
    # scipy wants distances from 0 up; the shift moves every mean alike.
    shift = np.zeros(len(sizes))
    if len(sizes):
        shift = -np.minimum(np.minimum.reduceat(condensed, pair_starts), 0.0)
    condensed += np.repeat(shift, pairs)
    group = np.arange(int(sizes.sum()), dtype=np.int64)
    two, three = np.flatnonzero(sizes == 2), np.flatnonzero(sizes == 3)
    joined = two[condensed[pair_starts[two]] <= shift[two]]
    group[starts[joined] + 1] = starts[joined]
    _cut_threes(group, condensed, pair_starts[three], starts[three], shift[three])
    for number in np.flatnonzero(sizes > 3):
        at, first = pair_starts[number], starts[number]
        tree = linkage(condensed[at : at + pairs[number]], method="average")
        # Clusters are numbered from 1 up.
        group[first : first + sizes[number]] = (
            first - 1 + fcluster(tree, t=shift[number], criterion="distance")
        )
    return smallest_of(group)


def _cut_threes(
    group: Integers, condensed: Floats, at: Integers, first: Integers, shift: Floats
) -> None:
    """The same for components of three, all at once."""
    distance = condensed[at[:, np.newaxis] + np.arange(3)]  # of 0-1, 0-2 and 1-2
    nearest = distance.argmin(axis=1)
    rows = np.arange(len(at))
    height = distance[rows, nearest]
    mean = (distance[rows, (nearest + 1) % 3] + distance[rows, (nearest + 2) % 3]) / 2
    for pair, (one, other) in enumerate(((0, 1), (0, 2), (1, 2))):
        joined = first[(nearest == pair) & (height <= shift)]
        group[joined + other] = joined + one
    whole = first[(height <= shift) & (mean <= shift)]
    for place in (1, 2):
        group[whole + place] = whole


def weakest_links(
    label: Integers, left: Integers, right: Integers, weight: Floats
) -> tuple[Integers, Floats]:
    """The weakest link of each cluster's strongest tree: cluster labels, and weights (log2).

    Links are taken from the strongest down until they connect the cluster's records; the last one
    taken is what holds the cluster together. ``left``, ``right``: pairs inside clusters.
    """
    order = np.argsort(-weight, kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(1, len(order) + 1)
    graph = coo_array((rank, (left, right)), shape=(len(label), len(label)))
    tree = coo_array(minimum_spanning_tree(graph.tocsr()))
    last = np.zeros(len(label), dtype=np.int64)
    np.maximum.at(last, label[tree.row], tree.data.astype(np.int64))
    homes = np.flatnonzero(last)
    return homes, weight[order[last[homes] - 1]]
