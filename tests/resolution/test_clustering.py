"""Average linkage under constraints: invariants over random weights."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

from resolution import clustering
from resolution.clustering import (
    MARGIN_CLIP,
    Constraints,
    Pairs,
    bounded_components,
    cluster,
    components,
    weakest_links,
)

SIZE = 9


def all_pairs(margins: list[float], size: int = SIZE) -> Pairs:
    left, right = np.triu_indices(size, k=1)
    return Pairs(left.astype(np.int64), right.astype(np.int64), np.array(margins, float))


def pairs_of(
    found: AbstractSet[tuple[int, int]],
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array(sorted(found), np.int64).reshape(-1, 2)


WEIGHTS = st.lists(
    st.floats(-20, 20), min_size=SIZE * (SIZE - 1) // 2, max_size=SIZE * (SIZE - 1) // 2
)
SOME_PAIRS = st.sets(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
    .filter(lambda p: p[0] != p[1])
    .map(lambda p: (min(p), max(p))),
    max_size=4,
)
ONE = np.zeros(SIZE, np.int64)


@given(WEIGHTS, SOME_PAIRS, SOME_PAIRS)
@settings(max_examples=200, deadline=None)
def test_constraints_hold_or_are_reported(
    weights: list[float], must: set[tuple[int, int]], cannot: set[tuple[int, int]]
) -> None:
    constraints = Constraints(pairs_of(must), pairs_of(cannot))
    found = cluster(SIZE, ONE, all_pairs(weights), constraints)
    for left, right in cannot:
        assert found.label[left] != found.label[right]
    contradicted = {tuple(pair) for pair in found.contradicted.tolist()}
    for left, right in must:
        assert (left, right) in contradicted or found.label[left] == found.label[right]
    if not cannot:
        assert not contradicted


@given(WEIGHTS, SOME_PAIRS, SOME_PAIRS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_pairs_does_not_matter(
    weights: list[float],
    must: set[tuple[int, int]],
    cannot: set[tuple[int, int]],
    chance: np.random.RandomState,
) -> None:
    pairs = all_pairs(weights)
    constraints = Constraints(pairs_of(must), pairs_of(cannot))
    order = list(range(len(pairs)))
    chance.shuffle(order)
    shuffled = Pairs(pairs.right[order], pairs.left[order], pairs.margin[order])
    first = cluster(SIZE, ONE, pairs, constraints)
    other = cluster(SIZE, ONE, shuffled, constraints)
    assert first.label.tolist() == other.label.tolist()


@given(WEIGHTS)
@settings(max_examples=100, deadline=None)
def test_a_cluster_holds_together_and_has_the_name_of_its_smallest(weights: list[float]) -> None:
    found = cluster(SIZE, ONE, all_pairs(weights), Constraints.none())
    margins = np.clip(all_pairs(weights).margin, -MARGIN_CLIP, MARGIN_CLIP)
    left, right = np.triu_indices(SIZE, k=1)
    for name in np.unique(found.label):
        members = np.flatnonzero(found.label == name)
        assert name == members.min()
        inside = np.isin(left, members) & np.isin(right, members)
        if inside.any():
            # Some pair must speak for it: no mean of evidence against can join.
            assert margins[inside].max() >= -1e-9


def test_two_families_joined_by_one_wrong_link_stay_two() -> None:
    weights = np.full((6, 6), -8.0)
    weights[:3, :3] = weights[3:, 3:] = 10.0
    weights[2, 3] = weights[3, 2] = 9.0
    left, right = np.triu_indices(6, k=1)
    pairs = Pairs(left.astype(np.int64), right.astype(np.int64), weights[left, right])
    found = cluster(6, np.zeros(6, np.int64), pairs, Constraints.none())
    assert found.label.tolist() == [0, 0, 0, 3, 3, 3]


def test_a_transitive_contradiction_takes_out_its_whole_group_and_no_other() -> None:
    constraints = Constraints(must=np.array([[0, 1], [1, 2], [4, 5]]), cannot=np.array([[0, 2]]))
    found = cluster(6, np.zeros(6, np.int64), all_pairs([-1.0] * 15, 6), constraints)
    assert found.contradicted.tolist() == [[0, 1], [1, 2]]
    assert found.label.tolist() == [0, 1, 2, 3, 4, 4]


def test_an_oversized_component_is_split_at_its_weaker_edges() -> None:
    chain = np.arange(20, dtype=np.int64)
    margin = np.where(chain % 5 == 4, 1.0, 6.0).astype(float)
    edges = Pairs(chain, chain + 1, margin)
    label, split = bounded_components(21, edges, np.empty((0, 2), np.int64), max_records=6)
    assert split == 1
    assert np.bincount(label).max() == 5
    whole, none_split = bounded_components(21, edges, np.empty((0, 2), np.int64), max_records=21)
    assert none_split == 0
    assert whole.tolist() == [0] * 21


def test_a_crowd_that_hangs_together_by_evidence_all_alike_is_joined_by_none() -> None:
    chain = np.arange(20_000, dtype=np.int64)
    edges = Pairs(chain, chain + 1, np.full(20_000, 4.5))
    label, split = bounded_components(20_001, edges, np.array([[3, 4]]), max_records=300)
    assert split == 1
    assert np.bincount(label).max() == 2
    assert label[4] == 3


MARGINS = st.sampled_from([-20.0, -6.0, -1.5, 0.0, 2.0, 6.0, 20.0]) | st.floats(-14, 14)


@given(st.lists(st.lists(MARGINS, min_size=10, max_size=10), min_size=1, max_size=8), st.data())
@settings(max_examples=100, deadline=None)
def test_many_components_are_clustered_as_scipy_clusters_each(
    worlds: list[list[float]], data: st.DataObject
) -> None:
    """Small components, and those that their extremes decide, never reach scipy."""
    lefts, rights, margins = [], [], []
    component: list[int] = []
    expected: list[int] = []
    for world in worlds:
        size, first = data.draw(st.integers(2, 5)), len(component)
        left, right = np.triu_indices(size, k=1)
        margin = np.clip(np.array(world[: len(left)]), -MARGIN_CLIP, MARGIN_CLIP)
        shift = max(margin.max(), 0.0)
        tree = linkage(shift - margin, method="average")
        numbers = fcluster(tree, t=shift, criterion="distance").tolist()
        expected += [first + numbers.index(number) for number in numbers]
        component += [first] * size
        lefts.append(left + first)
        rights.append(right + first)
        margins.append(world[: len(left)])
    pairs = Pairs(np.concatenate(lefts), np.concatenate(rights), np.concatenate(margins))
    found = cluster(len(component), np.array(component), pairs, Constraints.none())
    assert found.label.tolist() == expected


@given(WEIGHTS)
@settings(max_examples=50, deadline=None)
def test_the_weakest_link_of_the_strongest_tree(weights: list[float]) -> None:
    pairs = all_pairs(weights)
    label = np.array([0, 0, 0, 0, 4, 4, 4, 7, 8])
    inside = label[pairs.left] == label[pairs.right]
    homes, found = weakest_links(
        label, pairs.left[inside], pairs.right[inside], pairs.margin[inside]
    )
    assert homes.tolist() == [0, 4]
    for home, weakest in zip(homes, found, strict=True):
        members = label[pairs.left] == home
        for floor, whole in ((weakest, True), (np.nextafter(weakest, np.inf), False)):
            strong = inside & members & (pairs.margin >= floor)
            joined = components(SIZE, pairs.left[strong], pairs.right[strong])
            assert (len(set(joined[label == home].tolist())) == 1) is whole


def test_components_are_named_by_their_smallest_record() -> None:
    found = components(5, np.array([3, 1]), np.array([4, 3]))
    assert found.tolist() == [0, 1, 2, 1, 1]


def two_groups(between: float) -> Pairs:
    """Records 0-2 and 3-5: strong inside each, ``between`` across."""
    left, right = np.triu_indices(6, k=1)
    inside = (left < 3) == (right < 3)
    return Pairs(left.astype(np.int64), right.astype(np.int64), np.where(inside, 8.0, between))


def test_same_joins_the_persons_and_not_only_the_two_records() -> None:
    """Someone under two false names: nothing but the decision speaks for one person."""
    component = np.zeros(6, np.int64)
    same = Constraints(pairs_of({(0, 3)}), pairs_of(set()))
    assert cluster(6, component, two_groups(-12), same).label.tolist() == [0] * 6
    apart = Constraints(pairs_of({(0, 3)}), pairs_of({(1, 4)}))
    label = cluster(6, component, two_groups(-12), apart).label
    assert label[0] == label[3]
    assert label[1] != label[4]


def test_a_union_that_is_forbidden_leaves_the_other_unions_of_its_group_whole() -> None:
    """Persons 0-2, 3-5 and 6-8: the first two are parted, the third is one with the first."""
    left, right = np.triu_indices(9, k=1)
    pairs = all_pairs(np.where(left // 3 == right // 3, 8.0, -12.0).tolist())
    decided = Constraints(pairs_of({(0, 3), (2, 6)}), pairs_of({(1, 4)}))
    label = cluster(9, np.arange(9) // 3 * 3, pairs, decided).label
    assert label[0] == label[3]
    assert label[1] != label[4]
    assert label[6] == label[7] == label[8] == label[2]


@given(st.lists(st.floats(0, 9), min_size=24, max_size=24), st.integers(2, 8))
@settings(max_examples=60, deadline=None)
def test_a_large_component_is_split_by_its_own_edges_alone(
    margins: list[float], bound: int
) -> None:
    left = np.array([*range(12), *range(13, 25)], np.int64)
    edges = Pairs(left, left + 1, np.array(margins))
    must = np.empty((0, 2), np.int64)
    both, _ = bounded_components(26, edges, must, bound)
    alone = Pairs(left[12:] - 13, left[12:] - 12, edges.margin[12:])
    one, _ = bounded_components(13, alone, must, bound)
    assert (both[13:] - 13).tolist() == one.tolist()


def test_a_scrap_joins_the_person_that_it_fits_best_and_holds_nobody_together() -> None:
    # 0 and 1 are one person, 2 and 3 another; 4 is a scrap.
    def found(
        best: float,
        other: float,
        *,
        scraps: bool = True,
        cannot: frozenset[tuple[int, int]] = frozenset(),
    ) -> list[int]:
        margins = {(0, 1): 9.0, (2, 3): 9.0, (0, 4): best, (2, 4): other}
        pairs = all_pairs([margins.get((i, j), -6.0) for i in range(5) for j in range(i + 1, 5)], 5)
        constraints = Constraints(pairs_of(set()), pairs_of(cannot))
        named = np.array([4] if scraps else [], np.int64)
        label = cluster(5, np.zeros(5, np.int64), pairs, constraints, named).label
        return [int(home) for home in label]

    assert found(5.0, 1.0) == [0, 0, 2, 2, 0]
    assert found(5.0, 4.0) == [0, 0, 2, 2, 4]
    assert found(-1.0, -9.0) == [0, 0, 2, 2, 4]
    assert found(9.0, 1.0, cannot=frozenset({(1, 4)})) == [0, 0, 2, 2, 2]
    # Without that rule the mean over both records of the person outweighs the one pair.
    assert found(5.0, 1.0, scraps=False) == [0, 0, 2, 2, 4]


@given(WEIGHTS, SOME_PAIRS, SOME_PAIRS, st.sets(st.integers(0, SIZE - 1)))
@settings(max_examples=100, deadline=None)
def test_constraints_bind_scraps_too(
    weights: list[float],
    must: set[tuple[int, int]],
    cannot: set[tuple[int, int]],
    scraps: set[int],
) -> None:
    constraints = Constraints(pairs_of(must), pairs_of(cannot))
    found = cluster(SIZE, ONE, all_pairs(weights), constraints, np.array(sorted(scraps), np.int64))
    for left, right in cannot:
        assert found.label[left] != found.label[right]
    contradicted = {tuple(pair) for pair in found.contradicted.tolist()}
    for left, right in must:
        assert (left, right) in contradicted or found.label[left] == found.label[right]
    assert all(found.label[home] == home for home in found.label)


EDGES = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19), st.floats(0, 6)), max_size=40)


@given(EDGES, st.sets(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=3))
@settings(max_examples=150, deadline=None)
def test_components_do_not_depend_on_how_many_edges_are_looked_at_together(
    edges: list[tuple[int, int, float]], must: set[tuple[int, int]]
) -> None:
    left, right, margin = (np.array([edge[n] for edge in edges]) for n in range(3))
    pairs = Pairs(left.astype(np.int32), right.astype(np.int32), margin.astype(float))
    at_once = (
        components(20, pairs.left, pairs.right),
        bounded_components(20, pairs, pairs_of(must), 4),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering, "EDGES_AT_ONCE", 3)
        label = components(20, pairs.left, pairs.right)
        bounded, split = bounded_components(20, pairs, pairs_of(must), 4)
    assert (label == at_once[0]).all()
    assert (bounded == at_once[1][0]).all()
    assert split == at_once[1][1]
    # Each is named by its smallest record, and is closed under edges.
    assert (label <= np.arange(20)).all()
    assert (label[label] == label).all()
    assert (label[left.astype(int)] == label[right.astype(int)]).all()
