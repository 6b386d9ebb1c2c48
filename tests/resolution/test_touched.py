"""Which pairs of an increment have no score yet."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolution.clustering import smallest_of
from resolution.touched import unscored

LABELS = st.integers(0, 3)


@given(
    st.lists(st.tuples(LABELS, LABELS, st.booleans()), min_size=1, max_size=9),
    st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8))),
)
def test_what_is_missing_is_what_neither_an_old_part_nor_a_score_covers(
    records: list[tuple[int, int, bool]], scores: set[tuple[int, int]]
) -> None:
    """Parts merge, split and take in records whose scores are void, all at once."""
    part, before, again = (np.array(column) for column in zip(*records, strict=True))
    part = smallest_of(part)
    scored = {(one, two) for one, two in scores if one < two < len(records)}
    wanted = [
        (one, two)
        for one, two in combinations(range(len(records)), 2)
        if part[one] == part[two]
        and (again[one] or again[two] or before[one] != before[two])
        and (one, two) not in scored
    ]
    pairs = np.array(sorted(scored), dtype=np.int64).reshape(-1, 2)
    left, right = unscored(part, before, again, (pairs[:, 0], pairs[:, 1]))
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == wanted
