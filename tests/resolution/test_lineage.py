"""Person ids last, and every id that was shown has an answer."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from resolution.lineage import Change, assign, person_id
from tests.factories import rows_of
from tests.resolution.people import VIEW_KEY, persons, record, resolve, robert

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import ViewFolder

NONE: frozenset[str] = frozenset()


def test_ids_are_keyed_opaque_and_of_the_declared_form() -> None:
    one = person_id(VIEW_KEY, "a" * 32)
    assert len(one) == 16
    assert one.startswith("P")
    assert one != person_id(bytes(32), "a" * 32)
    assert one != person_id(VIEW_KEY, "a" * 32, attempt=1)


def test_an_id_goes_with_the_larger_part_and_the_rest_says_where_it_came_from() -> None:
    ids = assign(VIEW_KEY, ["a", "c"], [("P1", "a", 3), ("P1", "c", 1)], NONE, frozenset({"P1"}))
    fresh = person_id(VIEW_KEY, "c")
    assert ids.person_id == {"a": "P1", "c": fresh}
    assert set(ids.changes) == {Change(fresh, "created"), Change(fresh, "split_from", "P1")}


def test_a_merged_id_answers_with_what_replaced_it() -> None:
    ids = assign(VIEW_KEY, ["a"], [("P1", "a", 1), ("P2", "a", 2)], NONE, frozenset({"P1", "P2"}))
    assert ids.person_id == {"a": "P2"}
    assert ids.changes == (Change("P1", "merged_into", "P2"),)


def test_an_id_whose_records_are_gone_is_retired() -> None:
    ids = assign(VIEW_KEY, [], [], NONE, frozenset({"P1"}))
    assert ids.changes == (Change("P1", "retired"),)


def test_an_id_that_was_ever_used_is_not_used_again() -> None:
    used = frozenset({person_id(VIEW_KEY, "a")})
    ids = assign(VIEW_KEY, ["a"], [], used, NONE)
    assert ids.person_id == {"a": person_id(VIEW_KEY, "a", attempt=1)}


@st.composite
def partitions(draw: st.DrawFn) -> tuple[dict[int, int], dict[int, int]]:
    records = st.integers(0, 12)
    old = draw(st.dictionaries(records, st.integers(0, 4)))
    new = draw(st.dictionaries(records, st.integers(0, 4)))
    return old, new


@given(partitions(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_every_cluster_has_one_id_and_every_old_id_an_answer(
    both: tuple[dict[int, int], dict[int, int]], chance: random.Random
) -> None:
    old, new = both
    names = {c: f"k{min(r for r in new if new[r] == c):02d}" for c in set(new.values())}
    overlaps: dict[tuple[str, str], int] = {}
    for number, cluster in new.items():
        if number in old:
            pair = (f"P{old[number]}", names[cluster])
            overlaps[pair] = overlaps.get(pair, 0) + 1
    rows = [(o, c, n) for (o, c), n in overlaps.items()]
    live = frozenset(f"P{cluster}" for cluster in old.values())
    ids = assign(VIEW_KEY, names.values(), rows, live, live)
    assert set(ids.person_id) == set(names.values())
    assert len(set(ids.person_id.values())) == len(names)
    answered = {c.person_id for c in ids.changes if c.change in {"merged_into", "retired"}}
    assert answered | (live & set(ids.person_id.values())) == live
    assert not answered & set(ids.person_id.values())
    created = {c.person_id for c in ids.changes if c.change == "created"}
    assert created == set(ids.person_id.values()) - live
    chance.shuffle(rows)
    assert assign(VIEW_KEY, sorted(names.values(), reverse=True), rows, live, live) == ids


def test_ids_through_three_runs(tmp_path: Path) -> None:
    ida = [record(n, given_name="Ida", surname="Quist", strong_id=f"dl:{n}") for n in ("x", "y")]
    first, _ = resolve(tmp_path, [robert("a"), robert("b"), *ida])
    before = persons(first)
    rob = robert("c", given_name="Rob")
    second, _ = resolve(tmp_path, [robert("b"), rob, *ida], run_id="r2", parent="r1")
    after = persons(second)
    b, c = robert("b")["record_key"], rob["record_key"]
    assert after[b] == after[c] == before[b]
    third, _ = resolve(tmp_path, ida, run_id="r3", parent="r2")
    history = {
        (r["person_id"], r["run_id"], r["change"])
        for r in rows_of(third.persons / "lineage.parquet")
    }
    assert (before[b], "r1", "created") in history
    assert (before[b], "r3", "retired") in history
    # Rolled back to the first run, ids continue from there.
    again, _ = resolve(tmp_path, [robert("a"), robert("b"), *ida], run_id="r4", parent="r1")
    assert persons(again) == before


def changes_of(view: ViewFolder, run_id: str) -> set[tuple[str, str, str]]:
    """What a run wrote down: id, change, other."""
    return {
        (r["person_id"], r["change"], r["other_person_id"])
        for r in rows_of(view.persons / "lineage.parquet")
        if r["run_id"] == run_id
    }


def test_records_that_come_back_have_their_old_id(tmp_path: Path) -> None:
    """An agreement lapses for a day, or for two."""
    ida = record("x", given_name="Ida", surname="Quist", strong_id="dl:x")
    roberts = [robert("a"), robert("b")]
    first, _ = resolve(tmp_path, [*roberts, ida])
    old = persons(first)[roberts[0]["record_key"]]
    resolve(tmp_path, [ida], run_id="r2", parent="r1")
    resolve(tmp_path, [ida], run_id="r3", parent="r2")
    fourth, _ = resolve(tmp_path, [*roberts, ida], run_id="r4", parent="r3")
    assert persons(fourth) == persons(first)
    assert changes_of(fourth, "r4") == {(old, "returned", "")}
    # And again: what came back is no longer away.
    fifth, _ = resolve(tmp_path, [ida], run_id="r5", parent="r4")
    assert changes_of(fifth, "r5") == {(old, "retired", "")}
    sixth, _ = resolve(tmp_path, [robert("b"), ida], run_id="r6", parent="r5")
    assert persons(sixth)[robert("b")["record_key"]] == old


def test_a_record_that_comes_back_to_somebody_else_says_who_it_was(tmp_path: Path) -> None:
    first, _ = resolve(tmp_path, [robert("b")])
    old = persons(first)[robert("b")["record_key"]]
    ann = record("n", given_name="Ann", surname="Oh", strong_id="dl:n")
    resolve(tmp_path, [ann], run_id="r2", parent="r1")
    third, _ = resolve(tmp_path, [ann, robert("c")], run_id="r3", parent="r2")
    now = persons(third)[robert("c")["record_key"]]
    fourth, _ = resolve(tmp_path, [ann, robert("c"), robert("b")], run_id="r4", parent="r3")
    assert persons(fourth)[robert("b")["record_key"]] == now != old
    assert changes_of(fourth, "r4") == {(old, "merged_into", now)}
    # Merged, it is that one for good, also where its record is alone again.
    resolve(tmp_path, [ann], run_id="r5", parent="r4")
    sixth, _ = resolve(tmp_path, [ann, robert("b")], run_id="r6", parent="r5")
    assert persons(sixth)[robert("b")["record_key"]] == now


def test_a_record_that_comes_back_apart_takes_no_id_from_who_stayed(tmp_path: Path) -> None:
    stayed = robert("a")
    first, _ = resolve(tmp_path, [stayed, robert("b"), robert("c")])
    old = persons(first)[stayed["record_key"]]
    resolve(tmp_path, [stayed], run_id="r2", parent="r1")
    # As somebody else, by what is now known of them.
    others = [
        robert(n, given_name="Tane", surname="Ngata", birth_date=date(1961, 9, 2)) for n in "bc"
    ]
    third, _ = resolve(tmp_path, [stayed, *others], run_id="r3", parent="r2")
    found = persons(third)
    assert found[stayed["record_key"]] == old
    apart = {found[row["record_key"]] for row in others} - {old}
    assert apart
    assert {(one, "split_from", old) for one in apart} <= changes_of(third, "r3")
