"""No run has a victim and an offender in one person by the word of one account."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.two_people import resolve_by_two
from resolution.index import ACCEPTED_MODEL
from resolution.resolve import Memory, ResolutionSummary, resolve_view
from runs.home import ViewFolder
from runs.manifest import ViewManifest, write_manifest
from sharing.deciding import confirm, hold_back, undo, waiting_for_second
from sharing.decision_snapshot import fingerprint, read_decided
from sharing.decisions import Judgement, decisions_of
from sharing.store import Store, open_store
from tests.factories import rows_of, write_rows
from tests.resolution.people import ALL_COLUMNS, Row, record, robert
from tests.sharing.judging import VIEW, accounts, judge, judged, seen, tag
from tests.sharing.worlds import VIEW_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAME, DIFFERENT = Judgement.SAME, Judgement.DIFFERENT


def ahmed(name: str, **values: Any) -> Row:
    return named(
        record(
            name, given_name="Ahmed", surname="Okonkwo", birth_date=date(1990, 9, 9), sex="M",
            **values,
        ),
        name,
    )  # fmt: skip


def bob(name: str, **values: Any) -> Row:
    return named(robert(name, **values), name)


def named(row: Row, name: str) -> Row:
    return {**row, "record_key": seen(name)}


@dataclass
class Line:
    """Runs of one view, one after another, and the decisions that they take."""

    folder: Path
    store: Store
    attempts: int = 0

    def run(self, run_id: str, rows: list[Row], parent: str | None = None) -> ViewFolder:
        view = ViewFolder(self.folder / run_id / "views" / VIEW, run_id, VIEW)
        write_rows(view.records, "person_record", rows)
        state = self.folder / "state"

        def resolve(decisions: Path | None) -> ResolutionSummary:
            self.attempts += 1
            for left in (view.persons, state / run_id, self.folder / "lineage" / run_id):
                shutil.rmtree(left, ignore_errors=True)
            return resolve_view(
                view.records, view, self.folder / "lineage", ACCEPTED_MODEL, VIEW_KEY, run_id,
                shown_columns=ALL_COLUMNS, decisions=decisions, parent_run_id=parent,
                scratch=self.folder / "scratch", progress=lambda line: None,
                memory=Memory(
                    state / run_id,
                    None if parent is None else state / parent,
                    None if parent is None else self.folder / parent / "views" / VIEW / "persons",
                    most_changed=1,
                ),
            )  # fmt: skip

        taken = decisions_of(self.store, VIEW)
        _, held = resolve_by_two(
            view, VIEW_KEY, taken, self.folder / run_id, resolve, lambda line: None
        )
        hold_back(self.store, VIEW, held)
        write_manifest(
            view.manifest,
            ViewManifest(
                view=VIEW, run_id=run_id, created_at=datetime(2025, 1, 1, tzinfo=UTC),
                synthetic=True, deliveries=(), counts={}, files=(), model="m",
            ),
        )  # fmt: skip
        return view

    def waiting(self) -> list[int]:
        return [one.decision_id for one in waiting_for_second(decisions_of(self.store, VIEW))]


def together(view: ViewFolder, *names: str) -> bool:
    person = {r["record_key"]: r["person_id"] for r in rows_of(view.persons / "membership.parquet")}
    return len({person[seen(name)] for name in names}) == 1


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    store = open_store(f"sqlite:///{tmp_path / 'vast.db'}")
    accounts(store, "jane", "joe")
    yield Line(tmp_path, store)
    store.close()


def test_undoing_a_difference_joins_no_victim_with_an_offender(line: Line) -> None:
    """One account parts a victim's records, says one is an arrestee's, and undoes the first."""
    rows = [bob("v", role="victim"), bob("n", role="contact"), ahmed("o", role="arrestee")]
    first = line.run("r0", rows)
    assert together(first, "v", "n")
    apart = judged(line.store, first, "jane", "v", "n", DIFFERENT)
    second = line.run("r1", rows, "r0")
    joins = judged(line.store, second, "jane", "n", "o", SAME)
    assert not joins.pending
    undo(
        line.store, second, VIEW_KEY, apart.decision_id, judge("jane"), "slip",
        tag(line.store, "v", "n", "r1"),
    )  # fmt: skip
    third = line.run("r2", rows, "r1")
    assert together(third, "v", "n")
    assert not together(third, "v", "o")
    assert line.waiting() == [joins.decision_id]
    # Nothing is found twice, nothing is to be made again; confirming is something new.
    attempts, taken = line.attempts, fingerprint(read_decided(line.store, [VIEW]))
    line.run("r3", rows, "r2")
    assert line.attempts == attempts + 1
    confirm(
        line.store, third, VIEW_KEY, joins.decision_id, judge("joe"), "prints",
        tag(line.store, "n", "o", "r2"),
    )  # fmt: skip
    assert fingerprint(read_decided(line.store, [VIEW])) != taken
    assert together(line.run("r4", rows, "r3"), "v", "n", "o")
    assert line.waiting() == []


@pytest.mark.parametrize("later", ["role", "record"])
def test_what_comes_later_holds_the_decision_back_not_the_run(line: Line, later: str) -> None:
    rows = [bob("n", role="contact"), ahmed("o", role="arrestee")]
    made = judged(line.store, line.run("r0", rows), "jane", "n", "o", SAME)
    assert together(line.run("r1", rows, "r0"), "n", "o")
    if later == "role":
        rows[0]["role"] = "victim"
    else:
        rows.append(bob("v", role="victim"))
    assert not together(line.run("r2", rows, "r1"), "n", "o")
    assert line.waiting() == [made.decision_id]


def test_a_person_of_both_sides_by_evidence_gains_a_contact_by_one_account(line: Line) -> None:
    rows = [bob("v", role="victim"), bob("w", role="arrestee"), ahmed("c", role="contact")]
    view = line.run("r0", rows)
    assert together(view, "v", "w")
    assert not judged(line.store, view, "jane", "w", "c", SAME).pending
    for number in (1, 2):
        view = line.run(f"r{number}", rows, f"r{number - 1}")
        assert together(view, "v", "w", "c")
    assert line.waiting() == []
    assert line.attempts == 3


def test_of_a_chain_the_step_that_completes_it_waits(line: Line) -> None:
    rows = [bob("v", role="victim"), ahmed("o", role="contact")]
    rows.append(named(record("c", given_name="Lena", surname="Quist", role="contact"), "c"))
    view = line.run("r0", rows)
    steps = [judged(line.store, view, "jane", "v", "c", SAME)]
    steps.append(judged(line.store, view, "joe", "c", "o", SAME))
    rows[1]["role"] = "defendant"
    found = line.run("r1", rows, "r0")
    assert together(found, "v", "c")
    assert not together(found, "c", "o")
    assert line.waiting() == [steps[1].decision_id]


def test_two_people_may(line: Line) -> None:
    rows = [bob("n", role="contact"), ahmed("o", role="arrestee")]
    view = line.run("r0", rows)
    for who in ("jane", "joe"):
        judged(line.store, view, who, "n", "o", SAME)
    rows[0]["role"] = "victim"
    assert together(line.run("r1", rows, "r0"), "n", "o")
    assert line.waiting() == []
