"""Which must-links give way: against every chain, listed one by one."""

from __future__ import annotations

import time
from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from resolution.clustering import Constraints, checked_constraints
from resolution.contradictions import giving_way

SIZE = 8
PAIRS = st.sets(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda p: p[0] < p[1]),
    max_size=11,
)
Pair = tuple[int, int]


def left_out(must: list[Pair], cannot: list[Pair]) -> set[Pair]:
    return {pair for pair, out in zip(must, giving_way(must, cannot), strict=True) if out}


def on_chains(must: set[Pair], cannot: set[Pair]) -> set[Pair]:
    """The rule in words: every chain without repetition, one after another."""
    graph: nx.Graph[int] = nx.Graph(must - cannot)
    found = must & cannot
    for one, other in cannot:
        if one in graph and other in graph:
            for chain in nx.all_simple_paths(graph, one, other):
                found |= {(min(step), max(step)) for step in pairwise(chain)}
    return found


@given(PAIRS, PAIRS)
@settings(max_examples=400, deadline=None)
def test_what_gives_way_is_what_lies_on_a_chain_between_two_who_are_apart(
    must: set[Pair], cannot: set[Pair]
) -> None:
    found = left_out(sorted(must), sorted(cannot))
    assert found == on_chains(must, cannot)
    rest = nx.Graph(must - found)
    for one, other in cannot:
        assert not (one in rest and other in rest and nx.has_path(rest, one, other))


@given(PAIRS, PAIRS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_neither_order_nor_side_nor_repetition_matters(
    must: set[Pair], cannot: set[Pair], chance: np.random.RandomState
) -> None:
    drawn = [list(pairs) * 2 for pairs in (must, cannot)]
    for pairs in drawn:
        chance.shuffle(pairs)
    one, other = ([(right, left) for left, right in pairs] for pairs in drawn)
    found = left_out(one, other)
    assert {(right, left) for left, right in found} == left_out(sorted(must), sorted(cannot))


@given(PAIRS, PAIRS)
@settings(max_examples=200, deadline=None)
def test_a_run_applies_the_rule(must: set[Pair], cannot: set[Pair]) -> None:
    constraints = Constraints(
        *(np.array(sorted(pairs), np.int64).reshape(-1, 2) for pairs in (must, cannot))
    )
    kept, contradicted = checked_constraints(SIZE, constraints)
    assert set(map(tuple, contradicted.tolist())) == on_chains(must, cannot)
    assert set(map(tuple, kept.must.tolist())) == must - on_chains(must, cannot)


def test_names_of_any_kind_and_what_hangs_beside_the_chain() -> None:
    must = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("b", "x")]
    assert giving_way(must, [("c", "a")]) == [True, True, False, False, False]
    assert giving_way(must, [("c", "z"), ("y", "z")]) == [False] * 5
    # Told twice over: neither way is right by itself.
    assert giving_way([*must, ("a", "x")], [("c", "a")]) == [True, True, False, False, True, True]
    # What is contradicted by itself leads nowhere.
    assert giving_way(must, [("b", "a"), ("a", "c")]) == [True, False, False, False, False]


def test_a_long_chain_with_many_contradictions_takes_seconds_at_most() -> None:
    """Each chain by itself would be billions of steps."""
    size = 100_000
    must = [(n, n + 1) for n in range(size)] + [(n, n + 2) for n in range(0, size - 2, 5)]
    cannot = [(n, size - n) for n in range(0, size // 2 - 10, 2)]
    started = time.process_time()
    assert all(giving_way(must, cannot))
    assert time.process_time() - started < 20
