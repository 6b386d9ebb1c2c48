"""What happened, and no file tells: effects of events, and telephone numbers that change hands."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from runs.keys import record_key
from tests.demo.deliveries import final_rows
from tests.factories import rows_of

if TYPE_CHECKING:
    from tests.demo.conftest import Made


@pytest.fixture(scope="module")
def truth(standard: Made) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: rows_of(path) for path in (standard.path / "truth").glob("*.parquet")}


def test_most_events_do_nothing_and_a_few_a_little(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    effects = truth["event_effect"]
    real = [row for row in effects if row["effect"] is not None]
    assert 2 <= len(real) < len(effects) / 2
    assert all((row["expected_extra"] > 0) == (row["effect"] is not None) for row in effects)
    assert all(row["extra"] == 0 for row in effects if row["effect"] is None)
    assert 0 < sum(row["extra"] for row in real) < 10 * len(real)
    path = standard.path / "feeds" / "events" / "events.csv"
    with path.open(encoding="utf-8", newline="") as file:
        calendar = {row["Event ID"]: row for row in csv.DictReader(file)}
    public = {key for key, row in calendar.items() if row["Type"] != "operation"}
    assert {row["event_id"] for row in effects} == public
    for row in effects:
        listed = calendar[row["event_id"]]
        assert date.fromisoformat(listed["Start Date"]) == row["first_day"]
        assert listed["Locality FIPS"] == row["locality_id"]


def test_an_operation_follows_a_networks_reports_and_finds_some(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    operations = {row["event_id"]: row for row in truth["operation"]}
    path = standard.path / "feeds" / "events" / "events.csv"
    with path.open(encoding="utf-8", newline="") as file:
        marked = {row["Event ID"]: row for row in csv.DictReader(file)
                  if row["Type"] == "operation"}  # fmt: skip
    assert operations.keys() == marked.keys()
    reports = _police_reports(standard)
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in truth["operation_report"]:
        told[row["event_id"], row["how"]].append(row["incident_key"])
    for event, row in operations.items():
        assert marked[event]["Locality FIPS"] == row["locality_id"]
        assert not marked[event]["Venue"], "the calendar does not say which place was watched"
        first, last = row["first_day"], row["last_day"]
        assert date.fromisoformat(marked[event]["Start Date"]) == first
        assert date.fromisoformat(marked[event]["End Date"]) == last
        assert len(told[event, "found"]) == row["found"] >= 1
        assert all(first <= reports[key] <= last for key in told[event, "found"])
        assert (row["cause"] == "circuit") == (len(told[event, "led_to"]) == 2)
        assert (row["cause"] == "circuit") == (row["network_id"] is not None)
        assert all(reports[key] < first for key in told[event, "led_to"])
    circuit = [row for row in operations.values() if row["cause"] == "circuit"]
    assert 5 <= len(circuit) <= 20
    assert sum(row["victims_met"] > 0 for row in circuit) >= 2, "the network was there"
    assert sum(row["victims_met"] == 0 for row in circuit) >= 2, "it had moved on"


def test_an_operation_is_where_its_network_works(
    standard: Made, truth: dict[str, list[dict[str, Any]]]
) -> None:
    """Those whom an operation met as victims belong to the network that drew it."""
    networks = {row["network_id"]: set[str]() for row in truth["network_member"]}
    for row in truth["network_member"]:
        networks[row["network_id"]].add(row["person_id"])
    who = {row["record_key"]: row["person_id"] for row in truth["record"]}
    met: dict[str, set[str]] = defaultdict(set)
    folder = standard.path / "feeds" / "nibrs"
    keys = {number: key for key, number in _incident_ids(standard).items()}
    for path in sorted(folder.glob("*/NIBRS_VICTIM.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                person = who.get(record_key("person", "nibrs", "V", line["victim_id"]))
                if person:
                    met[keys[line["incident_id"]]].add(person)
    found: dict[str, set[str]] = defaultdict(set)
    for row in truth["operation_report"]:
        if row["how"] == "found":
            found[row["event_id"]] |= met[row["incident_key"]]
    for row in truth["operation"]:
        assert len(found[row["event_id"]]) == row["victims_met"]
        assert found[row["event_id"]] <= networks.get(row["network_id"], set())


def _incident_ids(standard: Made) -> dict[str, str]:
    """The state's number of each incident in its files, by the report's key."""
    found = {}
    for path in sorted((standard.path / "feeds" / "nibrs").glob("*/INCIDENT_SUPPLEMENT.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = record_key("incident", row["ori"], row["incident_number"])
                found[key] = row["incident_id"]
    return found


def _police_reports(standard: Made) -> dict[str, date]:
    """The day of each report to the state and of each tip, by its key."""
    feeds = standard.path / "feeds"
    days: dict[str, str] = {}
    for path in sorted((feeds / "nibrs").glob("*/NIBRS_incident.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            days |= {row["incident_id"]: row["incident_date"] for row in csv.DictReader(file)}
    found = {key: date.fromisoformat(days[number]) for key, number in
             _incident_ids(standard).items()}  # fmt: skip
    for (signal,), row in final_rows(feeds / "hotline", "Signal ID").items():
        key = record_key("incident", "hotline", signal)
        found[key] = date.fromisoformat(row["Received"][:10])
    return found


def test_a_number_changes_hands_between_strangers(truth: dict[str, list[dict[str, Any]]]) -> None:
    household = {row["person_id"]: row["household_id"] for row in truth["person"]}
    users: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in truth["contact_use"]:
        users[row["contact_key"]].append(row)
    assert len(users) >= 10
    for found in users.values():
        (first,) = (row for row in found if row["first_day"] is None)
        (second,) = (row for row in found if row["last_day"] is None)
        assert (second["first_day"] - first["last_day"]).days >= 45
        assert household[first["person_id"]] != household[second["person_id"]]
