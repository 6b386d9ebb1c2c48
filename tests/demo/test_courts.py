"""Charges follow arrests, protective orders violence; custody goes with family abductions."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from demo.world import make_world
from runs.keys import record_key
from tests.demo.deliveries import sent_rows
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import Made

Row = dict[str, str]


def _final(feeds: Path, stem: str, *key: str) -> list[Row]:
    found = {}
    for name, row in sent_rows(feeds / "courts"):
        if name.startswith(stem):
            found[tuple(row[column] for column in key)] = row
    return list(found.values())


@pytest.fixture(scope="module")
def charges(standard: Made) -> list[Row]:
    return _final(standard.path / "feeds", "charges", "Case Number", "Charge No")


@pytest.fixture(scope="module")
def orders(standard: Made) -> list[Row]:
    return _final(standard.path / "feeds", "orders", "Order Number")


def test_there_are_a_few_hundred_of_both(charges: list[Row], orders: list[Row]) -> None:
    assert 300 <= len(charges) <= 1000
    assert 150 <= len(orders) <= 600
    kinds = Counter(row["Order Type"] for row in orders)
    assert min(kinds.values()) >= 25
    assert len(kinds) == 4
    defendants = Counter(row["Defendant"] for row in charges)
    assert sum(count >= 3 for count in defendants.values()) >= 10


def test_days_are_in_order(charges: list[Row], orders: list[Row]) -> None:
    for row in charges:
        happened, filed = _day(row["Offense Date"]), _day(row["Filed Date"])
        assert happened <= filed <= date(2025, 12, 31)
        assert bool(row["Disposition"]) == bool(row["Disposition Date"])
        if row["Disposition"]:
            assert filed < _day(row["Disposition Date"]) <= date(2025, 12, 31)
    assert sum(not row["Disposition"] for row in charges) >= 20
    for row in orders:
        issued = _day(row["Issued Date"])
        assert issued <= date(2025, 12, 31)
        for later in ("Served Date", "Expires Date", "Dissolved Date"):
            assert not row[later] or issued <= _day(row[later])


def test_parties_differ_and_hide(orders: list[Row]) -> None:
    for row in orders:
        assert row["Respondent"]
        assert "," in row["Respondent"]
        assert row["Petitioner"] != row["Respondent"]
        assert bool(row["Custody To"]) == (row["Order Type"] == "Custody Order")
    hidden = [row for row in orders if row["Address Confidential"] == "Y"]
    assert len(hidden) > 60
    typed = sum(bool(row["Petitioner Address"]) for row in hidden)
    assert 1 <= typed < len(hidden) / 5


def test_traffickers_come_to_court(standard: Made, charges: list[Row]) -> None:
    members = rows_of(standard.path / "truth" / "network_member.parquet")
    who = {row["person_id"] for row in members if row["role"] in ("leader", "associate")}
    records = rows_of(standard.path / "truth" / "record.parquet")
    defendants = [row for row in records if row["role"] == "defendant"]
    assert len(defendants) == len(charges)
    charged = {row["person_id"] for row in defendants}
    assert len(charged & who) >= 10
    assert len(charged - who) >= 150
    assert sum(row["Code Section"] == "18.2-357.1" for row in charges) >= 10
    # An exploited person is charged too, some under the name that they were told to give.
    exploited = {row["person_id"] for row in members if row["role"] == "victim"}
    assert sum(row["person_id"] in exploited for row in defendants) >= 3
    assert any(row["false_identity"] for row in defendants)


def test_a_child_taken_by_family_has_a_custody_order(standard: Made) -> None:
    who = {
        row["record_key"]: row["person_id"]
        for row in rows_of(standard.path / "truth" / "record.parquet")
        if row["feed"] == "courts" and row["role"] == "child"
    }
    taken = {
        record_key("person", "clearinghouse", row["Case Number"])
        for _, row in sent_rows(standard.path / "feeds" / "clearinghouse")
        if row["Circumstance"] == "Family abduction"
    }
    children = {
        row["person_id"]
        for row in rows_of(standard.path / "truth" / "record.parquet")
        if row["record_key"] in taken
    }
    assert len(children) >= 5
    assert len(children & set(who.values())) / len(children) > 0.8


def test_a_world_of_few_has_courts_too(tmp_path: Path) -> None:
    made = make_world(tmp_path / "w", persons=200, years=1, seed=3, progress=lambda _line: None)
    assert made.records["courts"] > 5


def _day(text: str) -> date:
    month, day, year = text.split("/")
    return date(int(year), int(month), int(day))
