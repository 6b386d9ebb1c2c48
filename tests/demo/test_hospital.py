"""Emergency visits: ordinary people's, and more of those who run away or are exploited."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from runs.keys import record_key
from tests.demo.deliveries import final_rows
from tests.factories import rows_of

if TYPE_CHECKING:
    from tests.demo.conftest import Made

Row = dict[str, str]


@pytest.fixture(scope="module")
def visits(standard: Made) -> dict[str, Row]:
    """Each visit's last version, by the key of its person record."""
    rows = final_rows(standard.path / "feeds" / "hospital", "Visit ID")
    return {record_key("person", "hospital", visit): row for (visit,), row in rows.items()}


@pytest.fixture(scope="module")
def patients(standard: Made) -> dict[str, str]:
    return {
        row["record_key"]: row["person_id"]
        for row in rows_of(standard.path / "truth" / "record.parquet")
        if row["feed"] == "hospital"
    }


def test_a_few_hundred_visits_of_every_kind(visits: dict[str, Row]) -> None:
    assert 300 <= len(visits) <= 900
    assert len({row["Complaint Class"] for row in visits.values()}) == 8
    assert {row["Part 2 Program"] for row in visits.values()} == {"N"}
    assert all(bool(row["DOB"]) != bool(row["Age"]) for row in visits.values())
    screened = Counter(row["Trafficking Screening"] for row in visits.values())
    assert screened["Positive"] >= 15
    assert screened["Not Done"] > len(visits) / 4


def test_the_exploited_and_the_runaways_come_more_often(
    standard: Made, visits: dict[str, Row], patients: dict[str, str]
) -> None:
    groups = {
        row["person_id"]: set(row["groups"])
        for row in rows_of(standard.path / "truth" / "person.parquet")
    }
    come = Counter(patients.values())

    def rate(group: str) -> float:
        inside = [person for person, of in groups.items() if group in of]
        return sum(come[person] for person in inside) / len(inside)

    everybody = len(visits) / len(groups)
    assert rate("victim") > 4 * everybody
    assert rate("missing") > 2 * everybody
    ordinary = [p for p in come if not groups[p] & {"victim", "missing"}]
    assert len(ordinary) > 150
    positive = [key for key, row in visits.items() if row["Trafficking Screening"] == "Positive"]
    true = sum("victim" in groups[patients[key]] for key in positive)
    assert 0.6 < true / len(positive) <= 1


def test_a_number_is_kept_by_a_person_within_a_hospital(
    visits: dict[str, Row], patients: dict[str, str]
) -> None:
    owners = defaultdict(set)
    numbers = defaultdict(list)
    for key, row in visits.items():
        owners[row["Facility"], row["MRN"]].add(patients[key])
        numbers[row["Facility"], patients[key]].append(row["MRN"])
    assert {len(found) for found in owners.values()} == {1}
    several = [found for found in numbers.values() if len(found) > 1]
    assert len(several) >= 15
    assert sum(len(set(found)) == 1 for found in several) > len(several) / 3
