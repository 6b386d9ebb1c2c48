"""Copies of incidents that local departments send themselves: their layouts, their truth, and that
no measure counts them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingest.contracts.packs import load_pack
from ingest.landing import land
from ingest.load import load_records
from rollups.counting import count
from runs.home import Home
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import Made

FEED = "local-police"


def _load(feeds: Path, folder: Path) -> Path:
    home = Home(folder / "home")
    home.prepare()
    land(home, feeds, progress=lambda _line: None)
    load_records(home, folder / "records", folder / "scratch", progress=lambda _line: None)
    return folder / "records"


@pytest.fixture(scope="module")
def records(standard: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _load(standard.path / "feeds", tmp_path_factory.mktemp("with"))


def _counts(records: Path) -> set[tuple[Any, ...]]:
    with duckdb.connect() as con:
        count(con, records, load_pack("trafficking"))
        return set(con.table("base").fetchall())


def test_measures_are_the_same_without_the_copies(records: Path, tmp_path: Path) -> None:
    without = tmp_path / "without"
    without.mkdir()
    with duckdb.connect() as con:
        for table in records.glob("*.parquet"):
            rows = con.read_parquet(str(table)).filter(f"feed <> '{FEED}'")
            rows.write_parquet(str(without / table.name))
    copied = Counter(row["feed"] for row in rows_of(records / "incident.parquet"))
    assert copied[FEED] >= 50, "there is something that could count twice"
    assert _counts(records) == _counts(without)


def test_departments_write_in_both_layouts(standard: Made) -> None:
    heads = Counter(
        path.read_text(encoding="utf-8").splitlines()[0].split(",")[0]
        for path in (standard.path / "feeds" / FEED).glob("*/LPD_INCIDENT.csv")
    )
    assert heads == {"data_year": 2, '"DATA_YEAR"': 1}


def test_every_report_has_its_true_incident(standard: Made, records: Path) -> None:
    truth = {row["incident_key"]: row for row in rows_of(standard.path / "truth/incident.parquet")}
    reports = {
        row["incident_key"]: row
        for row in rows_of(records / "incident.parquet")
        if row["kind"] == "incident"
    }
    assert truth.keys() == reports.keys()
    of: dict[str, list[str]] = defaultdict(list)
    for key, row in truth.items():
        assert (row["feed"], row["agency_id"]) == (reports[key]["feed"], reports[key]["agency_id"])
        of[row["incident_id"]].append(key)
    joint = [row for row in truth.values() if row["joint"]]
    assert len(joint) >= 5
    days_apart = Counter[int]()
    for keys in of.values():
        states = [key for key in keys if truth[key]["feed"] == "nibrs"]
        assert len(states) == 1, "the state has each incident once"
        for key in set(keys) - set(states):
            same = truth[key]["agency_id"] == truth[states[0]]["agency_id"]
            assert same != truth[key]["joint"]
            apart = reports[key]["occurred_on"] - reports[states[0]]["occurred_on"]
            days_apart[apart.days] += 1
    assert days_apart[0] > 0.8 * days_apart.total()
    assert days_apart[0] < days_apart.total()
