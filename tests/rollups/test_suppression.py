"""An onlooker who knows how cells add up learns nothing beyond the rule itself.

The attacker is a linear program of its own: it sees the shown cells, the relations, and that a
hidden cell counted at least one.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from rollups.suppression import Tables, attack, suppress

THRESHOLD = 10
CANDIDATES = 5
SLACK = 1e-6

Grid = list[list[int]]


def two_way(grid: Grid, *, threshold: int = THRESHOLD) -> Tables:
    """A table of places by periods with both margins and the total; zeros take no part."""
    body = np.asarray(grid, dtype=np.int64)
    with_margins = np.vstack(
        [np.hstack([body, body.sum(axis=1, keepdims=True)]), np.zeros((1, body.shape[1] + 1))]
    ).astype(np.int64)
    with_margins[-1] = with_margins[:-1].sum(axis=0)
    height, width = with_margins.shape
    number = np.full(with_margins.shape, -1)
    number[with_margins > 0] = np.arange((with_margins > 0).sum())
    rows = [
        [(int(number[r, c]), 1.0 if c < width - 1 else -1.0) for c in range(width)]
        for r in range(height)
    ] + [
        [(int(number[r, c]), 1.0 if r < height - 1 else -1.0) for r in range(height)]
        for c in range(width)
    ]
    kept = [[term for term in row if term[0] >= 0] for row in rows]
    kept = [row for row in kept if len(row) > 1]
    values = with_margins[with_margins > 0]
    size = values.size
    equal = np.zeros((len(kept), size))
    for index, row in enumerate(kept):
        for cell, factor in row:
            equal[index, cell] = factor
    return Tables(
        values=values,
        thresholds=np.full(size, threshold),
        costs=np.ones(size),
        equal=csr_array(equal),
        at_least=csr_array((0, size)),
    )


def assert_protected(tables: Tables, candidates: int = CANDIDATES) -> None:
    """Every small cell is hidden, and the attacker's range leaves enough candidates.

    Hiding everything is the yardstick for what the zeros alone give away.
    """
    hidden = suppress(tables, candidates)
    everything = np.ones(hidden.size, dtype=bool)
    assert hidden[tables.primary].all()
    for cell in np.flatnonzero(tables.primary):
        low, high = attack(tables, hidden, int(cell))
        least, most = attack(tables, everything, int(cell))
        assert high - low >= min(candidates - 1.0, most - least) - SLACK


grids = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.just(0), st.integers(1, 12), st.integers(1, 60)),
                 min_size=width, max_size=width),
        min_size=2, max_size=6,
    )
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(grids)
def test_no_small_number_can_be_bounded_in_a_table_with_margins(grid: Grid) -> None:
    assert_protected(two_way(grid))


@settings(max_examples=30, deadline=None)
@given(grids, st.integers(2, 15), st.integers(2, 12))
def test_it_holds_for_any_threshold_and_range(grid: Grid, threshold: int, candidates: int) -> None:
    assert_protected(two_way(grid, threshold=threshold), candidates)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(0, 30)), min_size=1,
             max_size=6)
)  # fmt: skip
def test_a_whole_that_its_parts_cover_does_not_give_a_part_away(
    places: list[tuple[int, int, int]],
) -> None:
    """whole >= each part, whole <= their sum (one incident may be of both kinds)."""
    values: list[int] = []
    for one, other, both in places:
        values += [one, other, one + other - min(both, one, other)]
    size = len(values)
    at_least = np.zeros((3 * len(places), size))
    for place in range(len(places)):
        one, other, whole = 3 * place, 3 * place + 1, 3 * place + 2
        at_least[one, [one, whole]] = -1, 1
        at_least[other, [other, whole]] = -1, 1
        at_least[whole, [one, other, whole]] = 1, 1, -1
    assert_protected(
        Tables(
            np.asarray(values),
            np.full(size, THRESHOLD),
            np.ones(size),
            csr_array((0, size)),
            csr_array(at_least),
        )
    )


def test_hiding_only_the_small_cell_would_give_it_away() -> None:
    """The attacker of these tests does find a number that is hidden alone."""
    tables = two_way([[3, 40], [50, 60]])
    assert attack(tables, tables.primary, 0) == (3.0, 3.0)
    hidden = suppress(tables, CANDIDATES)
    low, high = attack(tables, hidden, 0)
    assert high - low >= CANDIDATES - 1
    assert hidden.sum() == 4


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert not suppress(two_way([[30, 40], [50, 60]]), CANDIDATES).any()


def test_a_total_is_shown_only_where_it_leaves_enough_candidates() -> None:
    """With 10 = 5 + 3 + 2 shown each may be 1 to 8; with 3 = 1 + 1 + 1 nothing is left to guess."""
    ten = two_way([[5], [3], [2]])
    assert not suppress(ten, 5)[ten.values == 10].any()
    assert suppress(ten, 9)[ten.values == 10].all()
    eleven = two_way([[1] for _ in range(11)])
    assert suppress(eleven, 5)[eleven.values == 11].all()


@pytest.mark.parametrize("grid", [[[0, 0], [0, 0]], [[0, 12], [0, 0]]])
def test_empty_and_single_tables_are_fine(grid: Grid) -> None:
    assert not suppress(two_way(grid), CANDIDATES).any()
