"""Every id that was ever shown has an answer."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from resolution.contracts import LINEAGE, MEMBERSHIP, PERSON
from resolution.lineage import MEMBERSHIP_HISTORY
from runs.home import ViewFolder
from tests.factories import key, write_rows
from tests.resolution.people import persons, record, resolve, robert
from tests.resolution.reports import Reports, incidents
from webapp.heirs import PERSONS, heirs_of
from webapp.network.reports import living_incidents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

A, B, C = (key("person", "test", name) for name in "abc")


def view(
    folder: Path, members: dict[str, str], changes: Sequence[tuple[str, str, str]]
) -> ViewFolder:
    """A view's run with what became of ids: id, change, other."""
    made = ViewFolder(folder / "view", "run-2", "investigation")
    write_rows(made.persons, PERSON, [{"person_id": one} for one in sorted(set(members.values()))])
    rows = [{"record_key": record_key, "person_id": one} for record_key, one in members.items()]
    write_rows(made.persons, MEMBERSHIP, rows)
    lines = [
        {"person_id": person, "run_id": "run-2", "change": change, "other_person_id": other}
        for person, change, other in changes
    ]
    write_rows(made.persons, LINEAGE, lines)
    return made


@pytest.fixture
def history(tmp_path: Path) -> ViewFolder:
    """P1 was merged into P2, P2 into P3; P4 was split from P3; P9 was retired."""
    changes = [
        ("P1", "created", ""),
        ("P1", "merged_into", "P2"),
        ("P2", "merged_into", "P3"),
        ("P4", "split_from", "P3"),
        ("P9", "retired", ""),
    ]
    return view(tmp_path, {A: "P3", B: "P4"}, changes)


def test_old_ids_lead_to_todays_persons(history: ViewFolder) -> None:
    nowhere = history.path / "lineage"
    assert heirs_of(PERSONS, history, nowhere, "P1") == ("P3", "P4")
    assert heirs_of(PERSONS, history, nowhere, "P2") == ("P3", "P4")
    assert heirs_of(PERSONS, history, nowhere, "P9") == ()
    assert heirs_of(PERSONS, history, nowhere, "P7") is None


def test_an_id_is_followed_however_often_it_was_merged_and_round_a_circle(tmp_path: Path) -> None:
    steps = [(f"P{n}", "merged_into", f"P{n + 1}") for n in range(300)]
    merged = view(tmp_path, {A: "P300"}, [*steps, ("P9", "merged_into", "P3")])
    assert heirs_of(PERSONS, merged, tmp_path / "lineage", "P0") == ("P300",)


def remember(lineage: Path, run_id: str, members: dict[str, str]) -> None:
    rows = [{"record_key": record_key, "person_id": one} for record_key, one in members.items()]
    write_rows(lineage / run_id, MEMBERSHIP_HISTORY, rows)


def test_an_id_of_a_run_that_was_rolled_back_leads_to_who_holds_its_records(
    history: ViewFolder,
) -> None:
    """Run 3 was published, showed P7 and P8, and run 2 is served again; run 3 may be pruned."""
    lineage = history.path / "lineage"
    remember(lineage, "run-3", {A: "P7", B: "P7", C: "P8"})
    remember(lineage, "run-2", {})
    for number in range(200):
        (lineage / f"run-4{number:03}").mkdir()
    assert heirs_of(PERSONS, history, lineage, "P7") == ("P3", "P4")
    assert heirs_of(PERSONS, history, lineage, "P8") == ()
    assert heirs_of(PERSONS, history, lineage, "P6") is None


IDA = [
    record(n, given_name="Ida", surname="Quist", birth_date=date(1990, 2, 3), strong_id=f"dl:{n}")
    for n in "xy"
]


def test_records_that_were_away_for_a_run_still_answer_for_their_old_id(tmp_path: Path) -> None:
    lineage = tmp_path / "lineage"
    roberts = [robert("a"), robert("b")]
    first, _ = resolve(tmp_path, [*roberts, *IDA])
    old = persons(first)[roberts[0]["record_key"]]
    second, _ = resolve(tmp_path, IDA, run_id="r2", parent="r1")
    assert heirs_of(PERSONS, second, lineage, old) == ()
    third, _ = resolve(tmp_path, [*roberts, *IDA], run_id="r3", parent="r2")
    assert heirs_of(PERSONS, third, lineage, old) == (persons(third)[roberts[0]["record_key"]],)
    # Only one of its two records comes back: the other is not told of.
    alone, _ = resolve(tmp_path, [*roberts[:1], *IDA], run_id="r4", parent="r2")
    assert heirs_of(PERSONS, alone, lineage, old) == (persons(alone)[roberts[0]["record_key"]],)


def test_an_incidents_id_of_a_run_that_was_rolled_back_leads_to_todays(tmp_path: Path) -> None:
    rows, lineage = Reports(), tmp_path / "lineage"
    report = rows.report("a", persons=("Ada", "Ben"))
    first, _ = rows.resolve(tmp_path)
    late = rows.report("z", persons=("Zoe",), ori="VA09", locality_id="51001")
    rolled_back, _ = rows.resolve(tmp_path, run_id="r2", parent="r1")
    old = incidents(rolled_back)[late]
    # Under the first run as parent, the same report founds another incident with an earlier one.
    earlier = rows.report("y", feed="local", persons=("Zoe",), ori="VA09", locality_id="51001")
    third, _ = rows.resolve(tmp_path, run_id="r3", parent="r1")
    shutil.rmtree(rolled_back.path)
    today = incidents(third)
    assert today[late] == today[earlier]
    assert living_incidents(third, lineage, old) == (today[late],)
    assert living_incidents(third, lineage, report) == (today[report],)
    assert living_incidents(first, lineage, old) == ()
    assert living_incidents(third, lineage, "I" + "A" * 15) is None
