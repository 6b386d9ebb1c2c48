"""The real state-year: every row of every file is loaded, declared unused or quarantined."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from ingest.contracts.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ingest.conftest import Loaded


def _lines(folder: Path) -> dict[str, int]:
    """Rows of each file by an independent reader."""
    counts = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            counts[path.name] = sum(1 for _ in csv.reader(file)) - 1
    return counts


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_every_file_is_accounted_for(mn_2018: Loaded, mn_2018_folder: Path) -> None:
    files = {report.path: report for report in mn_2018.report.files}
    assert {path: report.rows_in for path, report in files.items()} == _lines(mn_2018_folder)
    assert len(files) == 42
    assert sum(report.rows_in for report in files.values()) == 227_682
    assert not any(report.refused or report.duplicates or report.notes for report in files.values())
    # The only real fault: two months of an agency that agencies.csv does not have.
    assert {path: report.reasons for path, report in files.items() if report.reasons} == {
        "NIBRS_month.csv": {"agency_id names no row of agencies in this delivery": 2}
    }


def test_rows_of_the_tables(mn_2018: Loaded) -> None:
    tables = mn_2018.report.tables
    expected = {
        "incident": 18_779,
        "offense": 21_361,
        "involvement": 21_377 + 21_333 + 7_394,
        "person_record": (21_377 - 7_192) + (21_333 - 8_047) + 7_394,
        "arrest": 7_394,
        "victim_offense": 23_401,
        "relationship": 4_829,
        "drug_seizure": 2_644,
        "agency": 73,
        "reporting_month": 645,
    }
    assert {name: tables[name] for name in expected} == expected
    for table in TABLES:
        assert table.path(mn_2018.records).exists(), table.name
        assert expected.get(table.name, 0) == tables[table.name]


def test_only_natural_persons_become_records(mn_2018: Loaded) -> None:
    parties = mn_2018.rows("involvement")
    of = Counter((row["role"], row["record_key"] is None) for row in parties)
    assert of["victim", True] == 7_192
    assert of["offender", True] == 8_047
    assert of["arrestee", True] == 0
    assert all(
        row["record_key"] in (None, row["involvement_key"])
        and (row["record_key"] is None) == (row["party_type"] not in ("I", "L"))
        for row in parties
    )
    unknown = [row for row in parties if row["role"] == "offender" and row["record_key"] is None]
    assert {(row["sequence"], row["party_type"]) for row in unknown} == {(0, "U")}


def test_codes_not_ids(mn_2018: Loaded, mn_2018_folder: Path) -> None:
    offenses = Counter(row["offense_code"] for row in mn_2018.rows("offense"))
    assert (offenses["64A"], offenses["64B"], offenses["35A"], offenses["100"]) == (6, 0, 2_146, 37)
    persons = mn_2018.rows("person_record")
    assert {row["race"] for row in persons} <= {"W", "B", "I", "A", "P", None}
    assert {row["sex"] for row in persons} == {"M", "F", None}
    assert {row["ethnicity"] for row in persons} == {"H", "N", None}
    # race_id 2 is Black in this release and would be nobody in a later one.
    in_files = sum(
        row["RACE_ID"] == "2"
        for name in ("VICTIM", "OFFENDER", "ARRESTEE")
        for row in _rows(mn_2018_folder / f"NIBRS_{name}.csv")
    )
    assert sum(row["race"] == "B" for row in persons) == in_files > 4_000
    assert all((row["age_low_years"] or 0) <= (row["age_high_years"] or 0) for row in persons)


def test_places_and_dates(mn_2018: Loaded, mn_2018_folder: Path) -> None:
    incidents = mn_2018.rows("incident")
    assert {row["occurred_on"].year for row in incidents} == {2018}
    assert all(row["locality_id"].startswith("MN:") for row in incidents if row["locality_id"])
    # TODD; DOUGLAS and the like: an agency of several counties, or of none, has no locality.
    lists = [
        row
        for row in _rows(mn_2018_folder / "agencies.csv")
        if ";" in row["COUNTY_NAME"] or row["COUNTY_NAME"] in ("", "NOT SPECIFIED")
    ]
    unplaced = {r["agency_id_of"] for r in mn_2018.rows("agency") if r["locality_id"] is None}
    assert {row["ORI"] for row in lists} == unplaced != set()
    # Three months were not received (U); two of them are the quarantined rows.
    assert sum(row["reported"] for row in mn_2018.rows("reporting_month")) == 644


def test_the_manifest_gets_the_counts(mn_2018: Loaded) -> None:
    (entry,) = mn_2018.report.feeds_json()
    assert entry["rows_in"] == entry["loaded"] + entry["quarantined"] + entry["duplicates"]
    assert (entry["rows_in"], entry["quarantined"], len(entry["files"])) == (227_682, 2, 42)
    (delivery,) = mn_2018.report.deliveries()
    assert (delivery.feed, delivery.as_of) == ("nibrs", "2018-12-31")
    (first, second) = mn_2018.rows("quarantine")
    assert {first["field"], second["field"]} == {"agency_id"}
    assert first["line"] > 1
