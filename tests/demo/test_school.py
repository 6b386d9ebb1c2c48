"""Absences from school, as the divisions' files tell them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from runs.keys import record_key
from tests.demo.deliveries import final_rows, sent_rows
from tests.factories import rows_of

if TYPE_CHECKING:
    from tests.demo.conftest import Made

Row = dict[str, str]
OPEN = date.max


@pytest.fixture(scope="module")
def students(standard: Made) -> dict[tuple[str, ...], Row]:
    found: dict[tuple[str, ...], Row] = {}
    for folder in sorted((standard.path / "feeds" / "school-attendance").iterdir()):
        rows = [row for name, row in sent_rows(folder) if name == "students.csv"]
        found |= {(row["Division FIPS"], row["Student Number"]): row for row in rows}
    return found


@pytest.fixture(scope="module")
def spells(standard: Made) -> dict[tuple[str, ...], list[Row]]:
    """Each student's spells in the last delivery of each, by their first day."""
    found: dict[tuple[str, ...], dict[str, Row]] = defaultdict(dict)
    for folder in sorted((standard.path / "feeds" / "school-attendance").iterdir()):
        for name, row in sent_rows(folder):
            if name == "absences.csv":
                key = (row["Division FIPS"], row["Student Number"])
                found[key][row["First Day Absent"]] = row
    return {key: [rows[day] for day in sorted(rows)] for key, rows in found.items()}


def _end(row: Row) -> date:
    return date.fromisoformat(row["Last Day Absent"]) if row["Last Day Absent"] else OPEN


def test_spells_are_long_apart_and_on_school_days(
    students: dict[tuple[str, ...], Row], spells: dict[tuple[str, ...], list[Row]]
) -> None:
    assert students.keys() == spells.keys()
    assert 250 <= sum(map(len, spells.values())) <= 900
    for key, of_student in spells.items():
        for row in of_student:
            start = date.fromisoformat(row["First Day Absent"])
            assert start.weekday() < 5
            assert start.month != 7
            assert int(row["School Days"]) >= 3
            assert _end(row) == OPEN or (_end(row) - start).days + 1 >= int(row["School Days"])
            assert start >= date.fromisoformat(students[key]["Enrolled"])
        for one, other in pairwise(of_student):
            assert _end(one).isoformat() < other["First Day Absent"]


def test_a_missing_child_is_absent_as_long_as_missing(
    standard: Made,
    students: dict[tuple[str, ...], Row],
    spells: dict[tuple[str, ...], list[Row]],
) -> None:
    """Every episode of an enrolled child that takes many school days is one spell."""
    who = {
        row["record_key"]: row["person_id"]
        for row in rows_of(standard.path / "truth" / "record.parquet")
    }
    of_person: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for key in students:
        of_person[who[record_key("person", "school-attendance", *key)]].append(key)
    lasted = ended = 0
    for (case,), row in final_rows(
        standard.path / "feeds" / "clearinghouse", "Case Number"
    ).items():
        start, end = _american(row["Last Contact Date"]), _american(row["Exit Date"])
        for key in of_person[who[record_key("person", "clearinghouse", case)]]:
            met = [s for s in spells[key] if _end(s) >= start and
                   date.fromisoformat(s["First Day Absent"]) < end]  # fmt: skip
            for spell in met:
                assert spell["Type"] == "Unexcused"
                assert date.fromisoformat(spell["First Day Absent"]) >= start
                assert _end(spell) < end or end == OPEN
                ended += end < OPEN and (end - _end(spell)) <= timedelta(4)
                lasted += 1
            assert len(met) <= 1
    assert lasted >= 40
    assert ended >= 30


def test_trafficked_children_were_often_absent_before(
    standard: Made, spells: dict[tuple[str, ...], list[Row]]
) -> None:
    who = {
        row["record_key"]: row["person_id"]
        for row in rows_of(standard.path / "truth" / "record.parquet")
        if row["feed"] == "school-attendance"
    }
    victims = {
        row["person_id"]
        for row in rows_of(standard.path / "truth" / "network_member.parquet")
        if row["role"] == "victim"
    }
    counts: dict[bool, list[int]] = {True: [], False: []}
    for key, of_student in spells.items():
        unexcused = sum(row["Type"] == "Unexcused" for row in of_student)
        counts[who[record_key("person", "school-attendance", *key)] in victims].append(unexcused)
    assert len(counts[True]) >= 15
    assert sum(counts[True]) / len(counts[True]) > 1.5 * sum(counts[False]) / len(counts[False])


def test_some_divisions_sent_twice_and_some_students_left(
    standard: Made, students: dict[tuple[str, ...], Row]
) -> None:
    folders = [f.name for f in (standard.path / "feeds" / "school-attendance").iterdir()]
    divisions = [name.split("_")[0] for name in folders]
    assert len(divisions) - len(set(divisions)) == 3
    reasons = {row["Withdrawal Reason"] for row in students.values()}
    assert reasons == {"", "Moved", "Graduated", "Not attending", "Other"}
    assert {row["Chronic Absence"] for row in students.values()} == {"Y", "N"}
    assert any(row["Address Confidential"] == "Y" for row in students.values())


def _american(value: str) -> date:
    if not value:
        return OPEN
    month, day, year = value.split("/")
    return date(int(year), int(month), int(day))
