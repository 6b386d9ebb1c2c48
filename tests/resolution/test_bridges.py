"""What joins persons beyond the mean: the strongest first, past what a cannot-link parts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolution.bridges import join_bridged
from resolution.clustering import Pairs, smallest_of
from resolution.contracts import DECISION
from resolution.counterfactual import evidence_between, together
from tests.factories import key, write_rows
from tests.resolution.people import persons, record, resolve
from tests.resolution.test_around import contact, in_incident
from tests.resolution.test_clustering import pairs_of

if TYPE_CHECKING:
    from pathlib import Path

    from resolution.counterfactual import Groups
    from runs.home import ViewFolder
    from tests.resolution.people import Row

SIZE = 8
PAIR = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda p: p[0] < p[1])
BRIDGES = st.dictionaries(PAIR, st.integers(0, 4).map(float), max_size=10)
LABELS = st.lists(st.integers(0, SIZE - 1), min_size=SIZE, max_size=SIZE).map(
    lambda drawn: smallest_of(np.array(drawn, np.int64))
)


def bridges(margins: dict[tuple[int, int], float], order: list[tuple[int, int]]) -> Pairs:
    left, right = np.array(order, np.int64).reshape(-1, 2).T
    return Pairs(left, right, np.array([margins[min(p), max(p)] for p in order], float))


@given(LABELS, BRIDGES, st.sets(PAIR, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_one_bridge_after_another_unless_something_keeps_the_two_apart(
    label: np.ndarray[tuple[int], np.dtype[np.int64]],
    margins: dict[tuple[int, int], float],
    drawn: set[tuple[int, int]],
    chance: np.random.RandomState,
) -> None:
    cannot = {pair for pair in drawn if label[pair[0]] != label[pair[1]]}
    order = list(margins)
    found = join_bridged(label, bridges(margins, order), pairs_of(cannot))
    wanted = label.tolist()
    for left, right in sorted(margins, key=lambda pair: (-margins[pair], pair)):
        ends = {wanted[left], wanted[right]}
        if not any({wanted[one], wanted[other]} == ends for one, other in cannot):
            wanted = [min(ends) if home in ends else home for home in wanted]
    assert found.tolist() == wanted
    assert all(found[left] != found[right] for left, right in cannot)
    chance.shuffle(order)
    turned = [pair[::-1] if chance.random() < 0.5 else pair for pair in order]
    again = join_bridged(label, bridges(margins, turned), pairs_of(cannot)[::-1, ::-1])
    assert again.tolist() == wanted


NAMES = {"Zelinski": "Robert", "Okafor": "Darnell", "Santos": "Miguel"}


def three_names() -> tuple[list[Row], dict[str, list[Row]]]:
    """Two records under each of three names: one day of birth, and one phone."""
    rows = [
        record(
            f"{surname} {n}", given_name=given, surname=surname, birth_date=date(1984, 3, 7),
            sex="M", role="arrestee", **in_incident(f"{surname} {n}"),
        )
        for surname, given in NAMES.items()
        for n in range(2)
    ]  # fmt: skip
    return rows, {"contact_point": [contact(f"{surname} 0") for surname in NAMES]}


def groups_of(view: ViewFolder) -> Groups:
    found: dict[str, list[str]] = {}
    for record_key, person in sorted(persons(view).items()):
        found.setdefault(person, []).append(record_key)
    return tuple(sorted(map(tuple, found.values()), key=lambda group: (-len(group), group)))


@pytest.mark.parametrize("apart", [("Zelinski", "Santos"), ("Okafor", "Santos")])
def test_a_different_between_two_names_leaves_the_third_with_one_of_them_as_promised(
    tmp_path: Path, apart: tuple[str, str]
) -> None:
    rows, around = three_names()
    base, _ = resolve(tmp_path / "base", rows, around=around)
    assert len(groups_of(base)) == 1
    low, high = sorted(key("person", "nibrs", f"{surname} 1") for surname in apart)
    said = write_rows(
        tmp_path / "said",
        DECISION,
        [{"record_key_l": low, "record_key_r": high, "verdict": "different"}],
    )
    decided, _ = resolve(tmp_path / "decided", rows, around=around, decisions=said)
    assert sorted(map(len, groups_of(decided))) == [2, 4]
    evidence = evidence_between(base, set(persons(base).values()))
    assert evidence is not None
    assert together(evidence, different=[(low, high)]) == groups_of(decided)
    turned, _ = resolve(tmp_path / "turned", rows[::-1], around=around, decisions=said)
    assert groups_of(turned) == groups_of(decided)
