"""What would stand together: the run's own answer, also to questions that it was not asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from resolution.clustering import Constraints, Pairs, cluster
from resolution.contracts import LINK, MEMBERSHIP
from resolution.counterfactual import (
    MOST_RECORDS,
    Evidence,
    evidence_between,
    mean_margin,
    parts_by_evidence,
    together,
)
from runs.home import ViewFolder
from tests.factories import key, write_rows

SIZE = 7
KEYS = tuple(f"{n:032x}" for n in range(SIZE))
# Distinct and never 0 in the mean: which of two equal merges comes first is not promised.
MARGINS = st.lists(st.integers(-2000, 2000), min_size=21, max_size=21, unique=True).map(
    lambda drawn: [value / 100 + 0.0037 for value in drawn]
)
LEFT, RIGHT = np.triu_indices(SIZE, k=1)


def evidence(margins: list[float], keep: set[int]) -> Evidence:
    pairs = zip(LEFT.tolist(), RIGHT.tolist(), margins, strict=True)
    return Evidence(
        {KEYS[n]: "P" for n in sorted(keep)},
        {(KEYS[a], KEYS[b]): m for a, b, m in pairs if {a, b} <= keep},
        {},
    )


PERSONS = st.lists(st.sampled_from("PQR"), min_size=SIZE, max_size=SIZE)


@given(MARGINS, PERSONS, st.sets(st.integers(0, SIZE - 1)))
@settings(max_examples=200, deadline=None)
def test_with_nothing_different_the_answer_is_today(
    margins: list[float], persons: list[str], scraps: set[int]
) -> None:
    """Whatever joined or parted the records: the linkage, or what knows more than pairs."""
    drawn = evidence(margins, set(range(SIZE)))
    today = Evidence(
        dict(zip(KEYS, persons, strict=True)),
        drawn.margins,
        {},
        frozenset(KEYS[n] for n in scraps),
    )
    groups = {frozenset(k for k, p in zip(KEYS, persons, strict=True) if p == one)
              for one in set(persons)}  # fmt: skip
    assert {frozenset(group) for group in together(today)} == groups


@given(MARGINS)
@settings(max_examples=200, deadline=None)
def test_inside_a_person_the_answer_does_not_depend_on_what_is_outside(
    margins: list[float],
) -> None:
    pairs = Pairs(LEFT.astype(np.int64), RIGHT.astype(np.int64), np.array(margins))
    label = cluster(SIZE, np.zeros(SIZE, np.int64), pairs, Constraints.none()).label
    for person in set(label.tolist()):
        members = set(np.flatnonzero(label == person).tolist())
        assert together(evidence(margins, members)) == (tuple(KEYS[n] for n in sorted(members)),)


def bridge() -> Evidence:
    """Records 0-2 and 3-5, strong inside; every pair across weak, record 6 holds the two."""
    margins = {}
    for left, right in zip(LEFT.tolist(), RIGHT.tolist(), strict=True):
        inside = (left < 3) == (right < 3) and right < 6
        margins[(KEYS[left], KEYS[right])] = 8.0 if inside else 9.0 if right == 6 else -2.0
    return Evidence(dict.fromkeys(KEYS, "P"), margins, {})


def test_a_record_that_holds_two_halves_is_found() -> None:
    assert together(bridge()) == (KEYS,)
    assert together(bridge(), without_record=KEYS[6]) == (KEYS[:3], KEYS[3:6])
    assert together(bridge(), without_record=KEYS[0]) == (KEYS[1:],)


def test_without_a_link_the_others_decide() -> None:
    three = Evidence(
        dict.fromkeys(KEYS[:3], "P"), {(a, b): 8.0 for a in KEYS[:3] for b in KEYS[:3] if a < b}, {}
    )
    assert together(three, without_link=(KEYS[2], KEYS[0])) == (KEYS[:3],)
    two = Evidence(dict.fromkeys(KEYS[:2], "P"), {(KEYS[0], KEYS[1]): 5.0}, {})
    assert together(two) == (KEYS[:2],)
    assert together(two, without_link=(KEYS[1], KEYS[0])) == (KEYS[:1], KEYS[1:2])
    assert mean_margin(two, KEYS[:1], KEYS[1:2]) == 5.0
    assert mean_margin(two, KEYS[:1], KEYS[2:3]) == -12.0


def test_decisions_and_facts_bind_as_in_a_run() -> None:
    person = {k: "P" if n < 3 else "Q" for n, k in enumerate(KEYS[:6])}
    halves = Evidence(person, {p: m for p, m in bridge().margins.items() if KEYS[6] not in p}, {})
    assert together(halves) == (KEYS[:3], KEYS[3:6])
    assert together(halves, same=[(KEYS[5], KEYS[0])]) == (KEYS[:6],)
    parted = together(halves, different=[(KEYS[0], KEYS[1])])
    assert len(parted) == 3
    twins = Evidence(person, halves.margins, {(KEYS[1], KEYS[4]): "incident"})
    found = together(twins, same=[(KEYS[5], KEYS[0])])
    group = next(g for g in found if KEYS[0] in g)
    assert KEYS[5] in group
    assert not {KEYS[1], KEYS[4]} <= set(group)


def test_what_more_than_pairs_joined_falls_apart_without_the_pair_that_tied_it() -> None:
    """Two halves under two names, joined by one strong pair although the mean speaks against."""
    margins = {p: m for p, m in bridge().margins.items() if KEYS[6] not in p}
    margins[(KEYS[0], KEYS[3])] = 5.0
    margins |= {p: -9.0 for p, m in margins.items() if m < 0}
    one = Evidence(dict.fromkeys(KEYS[:6], "P"), margins, {})
    assert together(one) == (KEYS[:6],)
    assert together(one, without_link=(KEYS[0], KEYS[3])) == (KEYS[:3], KEYS[3:6])
    assert together(one, without_record=KEYS[3]) == (KEYS[:3], KEYS[4:6])
    assert together(one, different=[(KEYS[1], KEYS[4])]) == (KEYS[:3], KEYS[3:6])


def test_a_scrap_holds_nobody_together() -> None:
    scrap = Evidence(
        dict.fromkeys(KEYS, "P"), bridge().margins | {(KEYS[0], KEYS[3]): 1.0}, {},
        frozenset({KEYS[6]}),
    )  # fmt: skip
    assert together(scrap, without_record=KEYS[6]) == (KEYS[:6],)


def test_what_the_view_holds_is_read(tmp_path: Path) -> None:
    folder = ViewFolder(tmp_path / "v", "r1", "v")
    keys = sorted(key("person", str(n)) for n in range(3))
    write_rows(
        folder.persons,
        MEMBERSHIP,
        [{"record_key": k, "person_id": p} for k, p in zip(keys, "PPQ", strict=True)],
    )
    common: dict[str, Any] = {"incident_key": key("incident"), "feed": "nibrs", "role": "victim"}
    write_rows(folder.records, "person_record", [{"record_key": k, **common} for k in keys[1:]])
    order = {"court_order_key": key("o"), "petitioner_key": keys[0], "child_key": keys[1]}
    write_rows(folder.records, "court_order", [order])
    write_rows(
        folder.persons,
        LINK,
        [
            {"record_key_l": keys[0], "record_key_r": keys[1], "margin": 4.0},
            {"record_key_l": keys[1], "record_key_r": keys[2], "margin": 9.0},
        ],
    )
    both = evidence_between(folder, ["P", "Q"])
    assert both is not None
    assert both.person == dict(zip(keys, "PPQ", strict=True))
    assert both.scraps == frozenset()  # no record of this view shows a surname
    assert both.margins == {(keys[0], keys[1]): 4.0, (keys[1], keys[2]): 9.0}
    assert both.apart == {(keys[0], keys[1]): "order", (keys[1], keys[2]): "incident"}
    one = evidence_between(folder, ["P"])
    assert one is not None
    assert list(one.margins) == [(keys[0], keys[1])]


def test_the_parts_that_evidence_alone_makes_of_a_person(tmp_path: Path) -> None:
    folder = ViewFolder(tmp_path / "v", "r1", "v")
    crowd = [f"{n:032x}" for n in range(100, 101 + MOST_RECORDS)]
    held = {**dict.fromkeys(KEYS, "P"), **dict.fromkeys(crowd, "CROWD")}
    write_rows(
        folder.persons, MEMBERSHIP, [{"record_key": k, "person_id": p} for k, p in held.items()]
    )
    write_rows(folder.records, "person_record", [{"record_key": k} for k in KEYS])
    # 0-1 and 2-3 are two persons by their means, though one pair across speaks for joining.
    strong = {(0, 1): 8.0, (2, 3): 8.0, (1, 2): 0.5, (1, 3): -9.0, (4, 5): 8.0}
    write_rows(
        folder.persons,
        LINK,
        [
            {"record_key_l": KEYS[left], "record_key_r": KEYS[right], "margin": margin}
            for (left, right), margin in strong.items()
        ],
    )

    def parts(*same: tuple[int, int], apart: tuple[int, int] | None = None) -> set[frozenset[str]]:
        found = parts_by_evidence(
            folder,
            ["P"],
            same=[(KEYS[left], KEYS[right]) for left, right in same],
            different=[] if apart is None else [(KEYS[apart[0]], KEYS[apart[1]])],
        )
        return {
            frozenset(str(KEYS.index(k)) for k in found if found[k] == name)
            for name in found.values()
        }

    def groups(*texts: str) -> set[frozenset[str]]:
        return {frozenset(text) for text in texts}

    assert parts((0, 2), (3, 4), (5, 6)) == groups("01", "23", "45", "6")
    assert parts((0, 2), (3, 4), (4, 5), (5, 6), apart=(4, 5)) == groups("01", "23", "4", "5", "6")
    # Nothing decided explains that 6 is here: who may be tied counts as tied.
    assert parts((0, 2), (3, 4)) == groups("0123", "45", "6")
    one = parts_by_evidence(folder, ["P", "CROWD"], same=[], different=[])
    assert {one[key] for key in crowd} == {"CROWD"}
