"""Feeds that an installation adds to the shipped ones, without touching the product."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ingest.check import check
from ingest.contracts.feeds import FEEDS, load_contracts
from ingest.errors import ContractRefused, LostRows
from ingest.landing import land
from ingest.load import load_records
from pipeline.inputs import own_feeds
from runs.home import Home
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = """
feed = "campus"
title = "Campus field contacts"
publisher = "Campus police"
dataset = "Field contacts"
mode = "delta"
agency = { id = "VA-CAMPUS", name = "Campus police", kind = "police" }
[[files]]
kind = "contact"
key = ["contact_no"]
[files.columns]
contact_no = { required = true }
subject = { blank = ["UNK", "n/a"] }
born = { kind = "iso_date", blank = ["00/00/0000"] }
"""
PERSONS = """
SELECT record_key(['person', 'campus', contact_no]) AS record_key, 'subject' AS role,
       subject AS surname, born AS birth_date, 'VA-CAMPUS' AS agency_id, delivery, source_line
FROM contact
"""
ROWS = "contact no,subject,born\n1,Doe,2001-02-03\n2,unk,00/00/0000\n3,Roe,\n"


def quiet(_: str) -> None:
    """A progress that says nothing."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    folder = home.feeds / "campus"
    folder.mkdir(parents=True)
    (folder / "contract.toml").write_text(CONTRACT)
    (folder / "person_record.sql").write_text(PERSONS)
    return home


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(ROWS)
    return path


def test_an_own_feed_is_checked_landed_and_loaded(home: Home, delivery: Path) -> None:
    (refused,) = check(delivery).files
    assert refused.refused
    report = check(delivery, home.feeds, tables=True)
    assert report.whole
    assert report.tables["campus"]["person_record"] == 3
    (landed,) = land(home, delivery, progress=quiet).landed
    assert landed.feed == "campus"
    records = home.path / "records"
    load_records(home, records, home.path / "scratch", progress=quiet)
    found = {row["source_line"]: row for row in rows_of(records / "person_record.parquet")}
    assert [found[line]["surname"] for line in (2, 3, 4)] == ["Doe", None, "Roe"]
    assert found[3]["birth_date"] is None
    assert {row["feed"] for row in found.values()} == {"campus"}


def test_the_environment_names_another_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "contracts"
    monkeypatch.setenv("VAST_FEEDS", str(elsewhere))
    assert home.feeds == elsewhere
    assert "campus" not in load_contracts(home.feeds)


def test_an_own_feed_stands_in_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    shutil.copytree(FEEDS / "events", tmp_path / "events")
    contract = tmp_path / "events" / "contract.toml"
    contract.write_text(contract.read_text().replace('title = "', 'title = "Our ', 1))
    assert load_contracts(tmp_path)["events"].title.startswith("Our ")
    assert load_contracts(tmp_path)["events"].folder == tmp_path / "events"
    assert load_contracts()["events"].folder == FEEDS / "events"


def test_a_landed_feed_without_its_contract_is_not_passed_over(home: Home, delivery: Path) -> None:
    land(home, delivery, progress=quiet)
    (home.feeds / "campus").rename(home.path / "gone")
    with pytest.raises(ContractRefused, match=r"campus have landed.*VAST_FEEDS"):
        load_records(home, home.path / "records", home.path / "scratch", progress=quiet)


def test_a_corrected_contract_or_its_sql_is_another_input(home: Home) -> None:
    first = own_feeds(home)
    assert set(first) == {"feed campus"}
    (home.feeds / "campus" / "person_record.sql").write_text(PERSONS.replace("subject'", "client'"))
    second = own_feeds(home)
    (home.feeds / "campus" / "contract.toml").write_text(CONTRACT + "seen = {}\n")
    assert len({*first.values(), *second.values(), *own_feeds(home).values()}) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("subject AS surname", "nosuch AS surname", '"nosuch" not found'),
        ("SELECT", "SELEC", "syntax error"),
        ("born AS birth_date", "CAST(subject AS DATE) AS birth_date", "ConversionException$"),
        ("subject AS surname", "subject AS family", "person_record lacks"),
    ],
)
def test_sql_that_fails_says_why_without_a_value(
    home: Home, delivery: Path, old: str, new: str, said: str
) -> None:
    (home.feeds / "campus" / "person_record.sql").write_text(PERSONS.replace(old, new, 1))
    with pytest.raises(ContractRefused, match=said) as refused:
        check(delivery, home.feeds, tables=True)
    assert "Doe" not in str(refused.value)


def test_sql_that_repeats_rows_is_told_by_the_dry_run(home: Home, delivery: Path) -> None:
    text = PERSONS + "UNION ALL " + PERSONS
    (home.feeds / "campus" / "person_record.sql").write_text(text)
    with pytest.raises(LostRows, match="repeats rows"):
        check(delivery, home.feeds, tables=True)
