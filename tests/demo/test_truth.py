"""The truth names every record in the feeds, and the ties that it claims hold."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from runs.keys import record_key
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import Made


def _rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(folder.glob(pattern)):
        with path.open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def truth(standard: Made) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: rows_of(path) for path in (standard.path / "truth").glob("*.parquet")}


def _keys_in_files(feeds: Path) -> dict[str, set[str]]:
    nibrs = feeds / "nibrs"
    individuals = {"4", "5"}
    found: dict[str, set[str]] = defaultdict(set)
    for pattern, letter, column in (
        ("*/NIBRS_VICTIM.csv", "V", "victim_id"),
        ("*/NIBRS_OFFENDER.csv", "O", "offender_id"),
        ("*/NIBRS_ARRESTEE.csv", "A", "arrestee_id"),
    ):
        for row in _rows(nibrs, pattern):
            if row.get("victim_type_id", "4") in individuals and row.get("offender_seq_num") != "0":
                found["nibrs"].add(record_key("person", "nibrs", letter, row[column]))
    for row in _rows(feeds / "clearinghouse", "*.csv"):
        found["clearinghouse"].add(record_key("person", "clearinghouse", row["Case Number"]))
    book = load_workbook(feeds / "social-services" / "clients_and_placements.xlsx", read_only=True)
    for cells in list(book["Clients"].iter_rows(values_only=True))[1:]:
        found["social-services"].add(record_key("person", "social-services", str(cells[0])))
    book.close()
    for path in (feeds / "juvenile-justice").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            intake = json.loads(line)["intake_id"]
            if "X" in intake:  # entered by mistake, and taken back
                continue
            found["juvenile-justice"].add(record_key("person", "juvenile-justice", intake))
    for row in _rows(feeds / "school-attendance", "*/students.csv"):
        division, number = row["Division FIPS"], row["Student Number"]
        found["school-attendance"].add(record_key("person", "school-attendance", division, number))
    for row in _rows(feeds / "forensic-lab", "*.csv"):
        if row["Suspect Last Name"] and "X" not in row["Lab Number"]:
            key = record_key("person", "forensic-lab", row["Lab Number"], row["Item"])
            found["forensic-lab"].add(key)
    for row in _rows(feeds / "hospital", "*.csv"):
        found["hospital"].add(record_key("person", "hospital", row["Visit ID"]))
    for row in _rows(feeds / "service-directory", "referrals_*.csv"):
        if row["Release on File"] != "None" and "X" not in row["Referral No"]:
            key = record_key("person", "service-directory", row["Referral No"])
            found["service-directory"].add(key)
    for row in _rows(feeds / "courts", "charges_*.csv"):
        parts = ("charge", row["Case Number"], row["Charge No"])
        found["courts"].add(record_key("person", "courts", *parts))
    for row in _rows(feeds / "courts", "orders_*.csv"):
        for part in ("petitioner", "respondent", "child"):
            if row[part.capitalize()]:
                key = record_key("person", "courts", "order", row["Order Number"], part)
                found["courts"].add(key)
    for row in _rows(feeds / "hotline", "*.csv"):
        if "X" in row["Signal ID"]:
            continue
        if row["Victim First Name"] or row["Victim Age"] or row["Victim Sex"]:
            found["hotline"].add(record_key("person", "hotline", row["Signal ID"], "victim"))
        if row["Suspect Name"]:
            found["hotline"].add(record_key("person", "hotline", row["Signal ID"], "suspect"))
    numbers = {
        (row["ori"], row["incident_id"]): row["local_incident_number"]
        for row in _local_rows(feeds, "LPD_INCIDENT.csv")
    }
    for row in _local_rows(feeds, "LPD_PERSON.csv"):
        number = numbers[row["ori"], row["incident_id"]]
        party = (row["ori"], number, row["person_type"], row["seq_num"])
        found["local-police"].add(record_key("person", "local-police", *party))
    return found


def _local_rows(feeds: Path, name: str) -> list[dict[str, str]]:
    """Rows of every department, in the names of today's layout."""
    rows = _rows(feeds / "local-police", f"*/{name}")
    return [{column.lower(): value for column, value in row.items()} for row in rows]


def test_every_record_of_a_person_has_its_truth(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    told: dict[str, set[str]] = defaultdict(set)
    for row in truth["record"]:
        told[row["feed"]].add(row["record_key"])
    assert told == _keys_in_files(standard.path / "feeds")
    assert {feed: len(keys) for feed, keys in told.items()} == standard.summary.records
    people = {row["person_id"] for row in truth["person"]}
    about = {row["person_id"] for row in truth["record"] if row["person_id"] is not None}
    assert about <= people


def test_ties_are_about_the_missing_child(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    who = {row["record_key"]: row["person_id"] for row in truth["record"]}
    child_of = {
        record_key("episode", "clearinghouse", row["Case Number"]): who[
            record_key("person", "clearinghouse", row["Case Number"])
        ]
        for row in _rows(standard.path / "feeds" / "clearinghouse", "*.csv")
    }
    people = [row for row in truth["episode_link"] if row["tied_kind"] == "person_record"]
    assert len(people) >= 30
    for row in people:
        assert who[row["tied_key"]] == child_of[row["episode_key"]]
    false_name = {row["record_key"] for row in truth["record"] if row["false_identity"]}
    assert sum(row["tied_key"] in false_name for row in people) >= 10


def test_ties_lie_inside_the_episode(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    feeds = standard.path / "feeds"
    span = {}
    for row in _rows(feeds / "clearinghouse", "*.csv"):
        days = [_american(row[name]) for name in ("Last Contact Date", "Exit Date")]
        span[record_key("episode", "clearinghouse", row["Case Number"])] = days
    days_of = {row["incident_id"]: row["incident_date"]
               for row in _rows(feeds / "nibrs", "*/NIBRS_incident.csv")}  # fmt: skip
    happened = {
        record_key("incident", row["ori"], row["incident_number"]): date.fromisoformat(
            days_of[row["incident_id"]]
        )
        for row in _rows(feeds / "nibrs", "*/INCIDENT_SUPPLEMENT.csv")
    }
    assert len(happened) == standard.summary.incidents, "incident numbers are unique per agency"
    checked = 0
    for row in truth["episode_link"]:
        if row["tied_kind"] == "incident" and row["tied_key"] in happened:
            start, end = span[row["episode_key"]]
            assert start is not None
            assert start <= happened[row["tied_key"]]
            assert end is None or (happened[row["tied_key"]] - end).days <= 1
            checked += 1
    assert checked >= 30


def test_open_cases_have_something_to_find(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    """On the last day some children are missing who were seen with a network."""
    still = {
        record_key("episode", "clearinghouse", row["Case Number"])
        for row in _rows(standard.path / "feeds" / "clearinghouse", "*.csv")
        if not row["Exit Date"]
    }
    assert len(still) >= 10
    assert len(still & {row["episode_key"] for row in truth["episode_link"]}) >= 3


def test_hard_groups_are_there(truth: dict[str, list[dict[str, Any]]]) -> None:
    count: dict[str, int] = defaultdict(int)
    for row in truth["person"]:
        for group in row["groups"]:
            count[group] += 1
    for group in ("twin", "namesake", "moved", "maiden_name", "two_surnames", "family_name_first",
                  "alias", "victim", "trafficker", "missing", "minor"):  # fmt: skip
        assert count[group] >= 10, group


def _american(value: str) -> date | None:
    if not value:
        return None
    month, day, year = value.split("/")
    return date(int(year), int(month), int(day))


def test_every_report_has_one_true_incident(truth: dict[str, list[dict[str, Any]]]) -> None:
    reports = truth["report"]
    assert len({row["incident_key"] for row in reports}) == len(reports)
    feeds: dict[str, list[str]] = defaultdict(list)
    for row in reports:
        feeds[row["true_incident_id"]].append(row["feed"])
    # Everything that a department reports, the state has too; a tip is a thing of its own.
    assert all(found.count("nibrs") == 1 for found in feeds.values() if "local-police" in found)
    assert all(found == ["hotline"] for found in feeds.values() if "hotline" in found)
    assert any(row["joint"] for row in reports)
