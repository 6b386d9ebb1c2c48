"""What happened, and no file tells: effects of events, and telephone numbers that change hands."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

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
