"""Decisions on pairs of records: who takes them, what binds, what contradicts, what a run takes."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from resolution.clustering import Constraints, checked_constraints
from resolution.contracts import DECISION, INCIDENT_DECISION, INCIDENT_MEMBERSHIP
from sharing.accounts import Role
from sharing.audit import AuditEvent, looks_at
from sharing.deciding import Judge, confirm, decide, hold_back, undo, waiting_for_second
from sharing.decision_snapshot import SNAPSHOT, fingerprint, read_decided, snapshot, without
from sharing.decisions import (
    About,
    Decision,
    Evidence,
    Judgement,
    Standing,
    conflicts,
    decisions_of,
    standings,
    verdicts,
    version,
)
from sharing.errors import AuditUnavailable, DecidedMeanwhile, DecisionRefused
from sharing.store import open_store
from sharing.two_people import said_by_one
from tests.factories import rows_of, write_rows
from tests.sharing.judging import (
    VIEW,
    WATERFALL,
    accounts,
    judge,
    judged,
    make_view,
    raw,
    seen,
    tag,
)
from tests.sharing.worlds import VIEW_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import ViewFolder
    from sharing.store import Store

SAME, DIFFERENT, UNSURE = Judgement.SAME, Judgement.DIFFERENT, Judgement.UNSURE
PERSONS = {
    "P1": {"a": "contact", "a2": "student"},
    "P2": {"b": "contact"},
    "P3": {"v": "victim", "v2": "contact"},
    "P4": {"o": "arrestee"},
    "P5": {"both": "victim", "both2": "offender"},
}


@pytest.fixture
def view(tmp_path: Path) -> ViewFolder:
    return make_view(tmp_path / "runs", PERSONS)


@pytest.fixture
def store(store: Store) -> Store:
    accounts(store, "jane", "joe", "ann")
    return store


def taken(store: Store, folder: Path) -> dict[frozenset[str], str] | None:
    """What a run takes: the verdict of each pair of the view's keys; None where no file is made."""
    path = snapshot(decisions_of(store, VIEW), VIEW_KEY, folder)
    if path is None:
        return None
    return {frozenset((r["record_key_l"], r["record_key_r"])): r["verdict"] for r in rows_of(path)}


def names(one: str, other: str) -> frozenset[str]:
    return frozenset((seen(one), seen(other)))


def test_the_snapshot_is_what_resolution_takes() -> None:
    assert [(c.name, c.type, c.key_of) for c in SNAPSHOT] == [
        (c.name, c.type, c.key_of) for c in DECISION
    ]
    assert (SNAPSHOT.name, SNAPSHOT.key) == (DECISION.name, DECISION.key)


def test_a_decision_keeps_record_keys_and_the_evidence_that_was_seen(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    made = judged(store, view, "jane", "a", "a2", SAME)
    assert made.pair == tuple(sorted((raw("a"), raw("a2"))))
    assert made.evidence == Evidence(1.5, "vast-person-1", "r1", json.dumps(WATERFALL), None)
    assert made.evidence.waterfall == tuple(WATERFALL)
    assert decisions_of(store, VIEW) == [made]
    assert taken(store, tmp_path / "run") == {names("a", "a2"): "same"}
    assert decisions_of(store, "services") == []
    [look] = looks_at(store, VIEW, seen("a"))
    assert look.event is AuditEvent.DECISION_MADE
    assert look.details == {
        "decision": made.decision_id,
        "about": "records",
        "judgement": "same",
        "reason": "because",
    }


def test_an_author_changes_their_mind_and_both_steps_stay_on_record(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    judged(store, view, "jane", "a", "b", SAME)
    judged(store, view, "jane", "b", "a", DIFFERENT)
    first, second = decisions_of(store, VIEW)
    assert (first.stands, first.undo_reason) == (False, "replaced by a newer one")
    assert verdicts([first, second]) == {second.pair: DIFFERENT}
    undo(
        store, view, VIEW_KEY, second.decision_id, judge("ann"), "wrong file", tag(store, "a", "b")
    )
    assert taken(store, tmp_path / "run") is None
    assert len(decisions_of(store, VIEW)) == 2
    with pytest.raises(DecisionRefused, match="no decision 2 stands"):
        undo(store, view, VIEW_KEY, 2, judge("ann"), "again", tag(store, "a", "b"))


def test_two_people_who_disagree_are_a_conflict_and_meanwhile_the_run_parts(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    said = judged(store, view, "jane", "a", "b", DIFFERENT)
    judged(store, view, "joe", "a", "b", SAME)
    [conflict] = conflicts(decisions_of(store, VIEW))
    assert {one.author for one in conflict.decisions} == {"jane", "joe"}
    assert taken(store, tmp_path / "run") == {names("a", "b"): "different"}
    undo(store, view, VIEW_KEY, said.decision_id, judge("joe"), "she agreed", tag(store, "a", "b"))
    assert conflicts(decisions_of(store, VIEW)) == []
    assert taken(store, tmp_path / "run") == {names("a", "b"): "same"}


def test_a_chain_that_a_difference_contradicts_is_shown_whole(
    store: Store, view: ViewFolder
) -> None:
    judged(store, view, "jane", "a", "b", SAME)
    judged(store, view, "joe", "b", "v", SAME)
    judged(store, view, "ann", "a2", "b", SAME)
    judged(store, view, "ann", "a", "v", DIFFERENT)
    [conflict] = conflicts(decisions_of(store, VIEW))
    assert [one.author for one in conflict.decisions] == ["jane", "joe", "ann"]


def test_a_difference_leaves_in_force_what_says_nothing_on_its_two(
    store: Store, view: ViewFolder
) -> None:
    """a=b=v=o=v2 and a is not v: v=o and o=v2 may be right all the same."""
    chain = ("a", "b", "v", "o", "v2")
    for one, other in pairwise(chain):
        made = judged(store, view, "jane", one, other, SAME)
        if made.needs_second:
            confirm(
                store, view, VIEW_KEY, made.decision_id, judge("ann"), "sure",
                tag(store, one, other),
            )  # fmt: skip
    judged(store, view, "joe", "a", "v", DIFFERENT)
    every = decisions_of(store, VIEW)
    contradicted, in_force = Standing.CONTRADICTED, Standing.IN_FORCE
    assert list(standings(every).values()) == [
        contradicted, contradicted, in_force, in_force, contradicted
    ]  # fmt: skip
    [conflict] = conflicts(every)
    assert [one.decision_id for one in conflict.decisions] == [1, 2, 5]
    # A second way from a to v: neither is right by itself, and both are told.
    judged(store, view, "jane", "a", "a2", SAME)
    judged(store, view, "jane", "a2", "v", SAME)
    judged(store, view, "jane", "a2", "b", SAME)
    every = decisions_of(store, VIEW)
    assert {n for n, worth in standings(every).items() if worth is in_force} == {3, 4}
    [conflict] = conflicts(every)
    assert {one.decision_id for one in conflict.chain} in ({1, 2}, {6, 7})
    assert sorted(one.decision_id for one in conflict.decisions) == [1, 2, 5, 6, 7, 8]


def test_what_waits_for_a_second_person_contradicts_nothing_yet(
    store: Store, view: ViewFolder
) -> None:
    waits = judged(store, view, "jane", "v2", "o", SAME)
    other = judged(store, view, "jane", "v2", "a", SAME)
    apart = judged(store, view, "joe", "o", "a", DIFFERENT)
    every = decisions_of(store, VIEW)
    assert standings(every) == {
        waits.decision_id: Standing.WAITING,
        other.decision_id: Standing.IN_FORCE,
        apart.decision_id: Standing.CONTRADICTED,
    }
    # Whoever is asked to confirm sees what it would contradict.
    [conflict] = conflicts(every)
    assert {one.decision_id for one in conflict.decisions} == {1, 2, 3}


def test_unsure_is_on_record_and_binds_nothing(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    judged(store, view, "jane", "a", "b", UNSURE)
    assert taken(store, tmp_path / "run") is None
    assert conflicts(decisions_of(store, VIEW)) == []


def test_a_victim_and_an_offender_take_two_people(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    made = judged(
        store, view, "jane", "v2", "o", SAME
    )  # v2 itself is a contact, its person a victim
    assert made.pending
    assert taken(store, tmp_path / "run") is None
    with pytest.raises(DecisionRefused, match="somebody else than its author"):
        confirm(store, view, VIEW_KEY, 1, judge("jane"), "sure", tag(store, "v2", "o"))
    with pytest.raises(DecisionRefused, match="confirm that decision"):
        judged(store, view, "joe", "v2", "o", SAME)
    before = fingerprint(read_decided(store, [VIEW]))
    confirm(store, view, VIEW_KEY, 1, judge("joe"), "fingerprints", tag(store, "v2", "o"))
    assert fingerprint(read_decided(store, [VIEW])) != before
    assert taken(store, tmp_path / "run") == {names("v2", "o"): "same"}
    with pytest.raises(DecisionRefused, match="waits for nobody"):
        confirm(store, view, VIEW_KEY, 1, judge("ann"), "sure", tag(store, "v2", "o"))


def test_no_detour_lets_one_account_do_it_alone(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    """Undoing and deciding again, replacing, or undoing and being confirmed by oneself."""
    judged(store, view, "jane", "v", "o", SAME)
    confirm(store, view, VIEW_KEY, 1, judge("joe"), "sure", tag(store, "v", "o"))
    undo(store, view, VIEW_KEY, 1, judge("jane"), "oops", tag(store, "v", "o"))
    again = judged(store, view, "jane", "v", "o", SAME)
    assert again.pending
    replaced = judged(store, view, "jane", "v", "o", SAME)
    assert replaced.pending
    for decision_id in (again.decision_id, replaced.decision_id, 1):
        with pytest.raises(DecisionRefused):
            confirm(store, view, VIEW_KEY, decision_id, judge("jane"), "sure", tag(store, "v", "o"))
    assert taken(store, tmp_path / "run") is None


def test_joins_through_others_count(store: Store, view: ViewFolder, tmp_path: Path) -> None:
    assert not judged(store, view, "jane", "v", "a", SAME).pending
    assert not judged(store, view, "jane", "a2", "b", SAME).pending
    assert judged(store, view, "jane", "b", "o", SAME).pending
    assert set(taken(store, tmp_path / "run") or ()) == {names("v", "a"), names("a2", "b")}


def test_the_other_order_counts_as_well(store: Store, view: ViewFolder) -> None:
    assert not judged(store, view, "jane", "a", "o", SAME).pending
    assert judged(store, view, "jane", "v2", "a2", SAME).pending
    # A step that was undone joins nothing any more.
    undo(store, view, VIEW_KEY, 1, judge("jane"), "no", tag(store, "a", "o"))
    assert not judged(store, view, "jane", "v2", "a2", SAME).pending


def test_to_keep_a_victim_and_an_offender_in_one_person_takes_two_as_well(
    store: Store, view: ViewFolder
) -> None:
    assert judged(store, view, "jane", "both", "both2", SAME).pending
    assert not judged(store, view, "jane", "both", "both2", DIFFERENT).pending


def test_what_a_run_held_back_waits_unless_it_is_two_peoples_by_then(
    store: Store, view: ViewFolder, tmp_path: Path
) -> None:
    made = [judged(store, view, "jane", "v", name, SAME) for name in ("a", "a2", "b")]
    at_the_run = read_decided(store, [VIEW])
    # While the run is made, another says one as well, and one is undone.
    judged(store, view, "joe", "v", "a2", SAME)
    undo(store, view, VIEW_KEY, made[2].decision_id, judge("jane"), "no", tag(store, "v", "b"))
    held = [one.decision_id for one in made]
    hold_back(store, VIEW, held)
    assert [one.pair for one in waiting_for_second(decisions_of(store, VIEW))] == [made[0].pair]
    assert taken(store, tmp_path / "run") == {names("v", "a2"): "same"}
    confirm(store, view, VIEW_KEY, held[0], judge("joe"), "prints", tag(store, "v", "a"))
    assert waiting_for_second(decisions_of(store, VIEW)) == []
    hold_back(store, VIEW, held)
    assert waiting_for_second(decisions_of(store, VIEW)) == []
    # What was read stays as it was, and what is hashed is what is written.
    assert len(verdicts(at_the_run[VIEW, About.RECORDS])) == 3
    assert fingerprint(without(at_the_run, held)) == fingerprint({})


def test_two_authors_of_the_same_judgement_are_two_people(store: Store, view: ViewFolder) -> None:
    judged(store, view, "jane", "a", "b", SAME)
    assert said_by_one(decisions_of(store, VIEW)) == {1}
    judged(store, view, "joe", "a", "b", SAME)
    assert said_by_one(decisions_of(store, VIEW)) == frozenset()


def test_the_second_learns_of_the_first(store: Store, view: ViewFolder) -> None:
    both_saw = tag(store, "a", "b")
    args = (store, view, VIEW_KEY, (seen("a"), seen("b")))
    decide(*args, SAME, judge("jane"), "one scar", both_saw)
    with pytest.raises(DecidedMeanwhile, match="nothing was written"):
        decide(*args, DIFFERENT, judge("joe"), "two scars", both_saw)
    [made] = decisions_of(store, VIEW)
    with pytest.raises(DecidedMeanwhile):
        undo(store, view, VIEW_KEY, made.decision_id, judge("joe"), "no", both_saw)
    assert decisions_of(store, VIEW) == [made]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_many_at_once_one_is_first(
    request: pytest.FixtureRequest, view: ViewFolder, tmp_path: Path, database: str
) -> None:
    url = (
        request.getfixturevalue("postgresql_url")
        if database == "postgresql"
        else f"sqlite:///{tmp_path / 'race.db'}"
    )
    store = open_store(url)
    try:
        with store.write() as connection:
            connection.execute(sa.text("DELETE FROM decision"))
            connection.execute(sa.text("DELETE FROM account"))
        people = [f"judge{n}" for n in range(4)]
        accounts(store, *people)
        start, both_saw, refused = threading.Barrier(4), tag(store, "a", "b"), []

        def try_it(who: str) -> None:
            start.wait()
            try:
                decide(
                    store, view, VIEW_KEY, (seen("a"), seen("b")), SAME, judge(who), "x", both_saw
                )
            except DecidedMeanwhile:
                refused.append(who)

        threads = [threading.Thread(target=try_it, args=(who,)) for who in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 3
        assert len(decisions_of(store, VIEW)) == 1
    finally:
        store.close()


def test_only_accounts_that_review_this_view_decide(store: Store, view: ViewFolder) -> None:
    accounts(store, "looker", role=Role.INVESTIGATOR)
    accounts(store, "elsewhere", view="services")
    for who in ("looker", "elsewhere", "nobody"):
        with pytest.raises(DecisionRefused, match="does not review the view"):
            judged(store, view, who, "a", "b", SAME)
    assert decisions_of(store, VIEW) == []


@pytest.mark.parametrize(
    ("keys", "reason", "told"),
    [
        ((seen("a"), seen("a")), "x", "two records, not one"),
        ((seen("a"), "short"), "x", "not record keys"),
        ((seen("a"), seen("b")), " ", "needs its reason"),
        ((seen("a"), seen("b")), "x" * 2001, "needs its reason"),
        ((seen("a"), seen("hidden")), "x", "does not hold both records"),
    ],
)
def test_what_is_no_decision_is_refused(
    store: Store, view: ViewFolder, keys: tuple[str, str], reason: str, told: str
) -> None:
    with pytest.raises(DecisionRefused, match=told):
        decide(store, view, VIEW_KEY, keys, SAME, judge("jane"), reason, tag(store, "a", "b"))
    assert decisions_of(store, VIEW) == []


def test_without_the_log_nothing_is_decided(store: Store, view: ViewFolder) -> None:
    with store.write() as connection:
        connection.execute(sa.text("DROP TABLE audit_subject_key"))
    with pytest.raises(AuditUnavailable):
        judged(store, view, "jane", "a", "b", SAME)
    assert decisions_of(store, VIEW) == []


def test_a_purpose_and_case_are_needed(store: Store, view: ViewFolder) -> None:
    from sharing.errors import AuditMisuse

    with pytest.raises(AuditMisuse):
        decide(
            store, view, VIEW_KEY, (seen("a"), seen("b")), SAME,
            Judge("jane", "quality_review", None), "x", tag(store, "a", "b"),
        )  # fmt: skip
    assert decisions_of(store, VIEW) == []


PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1])


@given(st.lists(st.tuples(PAIRS, st.sampled_from(Judgement), st.sampled_from("jkl")), max_size=12))
def test_every_difference_inside_a_group_of_sames_is_a_conflict(
    drawn: list[tuple[tuple[int, int], Judgement, str]],
) -> None:
    made = [decision(n, *pair, judgement, who) for n, (pair, judgement, who) in enumerate(drawn)]
    groups = {str(n): {str(n)} for n in range(6)}
    for one in made:
        if one.judgement is SAME:
            joined = groups[one.record_key_l] | groups[one.record_key_r]
            groups |= dict.fromkeys(joined, joined)
    wanted = {
        one.pair
        for one in made
        if one.judgement is DIFFERENT and one.record_key_l in groups[one.record_key_r]
    }
    found = conflicts(made)
    assert {conflict.decisions[-1].pair for conflict in found} == wanted
    assert len(found) == len(wanted)
    for conflict in found:
        assert conflict.decisions[-1].judgement is DIFFERENT


@given(st.lists(st.tuples(PAIRS, st.sampled_from(Judgement), st.sampled_from("jkl")), max_size=14))
def test_what_is_in_force_is_what_a_run_applies(
    drawn: list[tuple[tuple[int, int], Judgement, str]],
) -> None:
    made = [decision(n, *pair, judgement, who) for n, (pair, judgement, who) in enumerate(drawn)]
    taken = verdicts(made)

    def numbered(judgement: Judgement) -> Any:
        pairs = [list(map(int, pair)) for pair, said in taken.items() if said is judgement]
        return np.array(pairs, np.int64).reshape(-1, 2)

    applied, _ = checked_constraints(6, Constraints(numbered(SAME), numbered(DIFFERENT)))
    worth = standings(made)
    in_force = {
        one.pair
        for one in made
        if one.judgement is SAME and worth[one.decision_id] is Standing.IN_FORCE
    }
    assert in_force == {tuple(map(str, pair)) for pair in applied.must.tolist()}
    told = {one.decision_id for conflict in conflicts(made) for one in conflict.decisions}
    assert {n for n, one in worth.items() if one is Standing.CONTRADICTED} <= told


def decision(number: int, left: int, right: int, judgement: Judgement, who: str) -> Decision:
    return replace(BLANK, decision_id=number, record_key_l=str(left), record_key_r=str(right),
                   judgement=judgement, author=who)  # fmt: skip


BLANK = Decision(
    0, VIEW, "", "", SAME, "", "", None, Evidence(None, None, None, None, None),  # type: ignore[arg-type]
    False, None, None, None, None, None, None,
)  # fmt: skip


def report_view(folder: Path, kinds: dict[str, str]) -> ViewFolder:
    """A view that holds reports of these kinds, each an incident of its own."""
    view = make_view(folder, PERSONS)
    write_rows(
        view.records, "incident", [{"incident_key": seen(n), "kind": k} for n, k in kinds.items()]
    )
    members = [{"incident_key": seen(name), "incident_id": f"I{name}"} for name in kinds]
    write_rows(view.persons, INCIDENT_MEMBERSHIP, members)
    return view


def on_reports(
    store: Store, view: ViewFolder, who: str, one: str, other: str, judgement: Judgement
) -> Decision:
    pair = tuple(sorted((raw(one), raw(other))))
    every = decisions_of(store, VIEW, About.REPORTS)
    looked = version([d for d in every if d.pair == pair], view.run_id)
    return decide(
        store, view, VIEW_KEY, (seen(one), seen(other)), judgement, judge(who), "because", looked,
        About.REPORTS,
    )  # fmt: skip


def test_decisions_on_reports_are_kept_apart_from_those_on_records(
    store: Store, tmp_path: Path
) -> None:
    view = report_view(tmp_path / "runs", {"r": "incident", "s": "incident", "t": "tip"})
    before = fingerprint(read_decided(store, [VIEW]))
    made = on_reports(store, view, "jane", "r", "s", SAME)
    assert not made.needs_second
    assert decisions_of(store, VIEW) == []
    assert decisions_of(store, VIEW, About.REPORTS) == [made]
    assert fingerprint(read_decided(store, [VIEW])) != before
    assert snapshot(decisions_of(store, VIEW), VIEW_KEY, tmp_path / "persons") is None
    said = decisions_of(store, VIEW, About.REPORTS)
    path = snapshot(said, VIEW_KEY, tmp_path / "run", INCIDENT_DECISION)
    assert path is not None
    [row] = rows_of(path)
    assert {row["incident_key_l"], row["incident_key_r"]} == {seen("r"), seen("s")}
    # Another's contrary judgement parts them and is a conflict until one is undone.
    other = on_reports(store, view, "joe", "r", "s", DIFFERENT)
    [conflict] = conflicts(decisions_of(store, VIEW, About.REPORTS))
    assert len(conflict.decisions) == 2
    said = decisions_of(store, VIEW, About.REPORTS)
    assert snapshot(said, VIEW_KEY, tmp_path / "run2", INCIDENT_DECISION) is not None
    assert rows_of(tmp_path / "run2" / "incident_decision.parquet")[0]["verdict"] == "different"
    looked = version(decisions_of(store, VIEW, About.REPORTS), "r1")
    with pytest.raises(DecisionRefused, match="no decision"):
        undo(store, view, VIEW_KEY, other.decision_id, judge("joe"), "no", looked)
    undo(store, view, VIEW_KEY, other.decision_id, judge("joe"), "no", looked, About.REPORTS)
    assert conflicts(decisions_of(store, VIEW, About.REPORTS)) == []


def test_reports_that_cannot_be_decided_on(store: Store, tmp_path: Path) -> None:
    view = report_view(tmp_path / "runs", {"r": "incident", "t": "tip"})
    with pytest.raises(DecisionRefused, match="does not hold both reports"):
        on_reports(store, view, "jane", "r", "hidden", SAME)
    with pytest.raises(DecisionRefused, match="does not hold both reports"):
        on_reports(store, view, "jane", "a", "a2", SAME)
    with pytest.raises(DecisionRefused, match="a tip is an allegation"):
        on_reports(store, view, "jane", "r", "t", SAME)
    on_reports(store, view, "jane", "r", "t", DIFFERENT)
    assert len(decisions_of(store, VIEW, About.REPORTS)) == 1
