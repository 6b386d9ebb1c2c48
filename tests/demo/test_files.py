"""The feeds' files: the published layout, the rules of NIBRS, and values that cannot be real."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from openpyxl import load_workbook

from ingest.contracts.localities import localities
from tests.demo.deliveries import final_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.demo.conftest import Made

LAYOUT = Path(__file__).parent / "nibrs_layout_2021.csv"
"""Columns of the FBI's state files of 2021 and later. Source: FBI Crime Data Explorer."""


@pytest.fixture(scope="module")
def nibrs(standard: Made) -> Iterator[duckdb.DuckDBPyConnection]:
    """The three years' tables, named like the files in lower case."""
    with duckdb.connect() as con:
        folder = standard.path / "feeds" / "nibrs"
        for path in (folder / "VA-2024").glob("*.csv"):
            con.read_csv(str(folder / "*" / path.name), all_varchar=True).create(path.stem.lower())
        yield con


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])


def test_headers_are_those_of_the_published_layout(standard: Made) -> None:
    wanted: dict[str, list[str]] = defaultdict(list)
    with LAYOUT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wanted[row["file"]].append(row["column"])
    for year in (2023, 2024, 2025):
        seen = set()
        for path in (standard.path / "feeds" / "nibrs" / f"VA-{year}").glob("*.csv"):
            if "SUPPLEMENT" in path.name:
                continue
            with path.open(encoding="utf-8", newline="") as file:
                assert next(csv.reader(file)) == wanted[path.stem.lower()], path.name
            seen.add(path.stem.lower())
        without_rows = {"nibrs_arrestee_groupb", "nibrs_arrestee_groupb_weapon"}
        assert wanted.keys() - seen == without_rows


@pytest.mark.parametrize(
    ("child", "column", "parent"),
    [
        ("nibrs_offense", "incident_id", "nibrs_incident"),
        ("nibrs_victim", "incident_id", "nibrs_incident"),
        ("nibrs_offender", "incident_id", "nibrs_incident"),
        ("nibrs_arrestee", "incident_id", "nibrs_incident"),
        ("nibrs_incident", "nibrs_month_id", "nibrs_month"),
        ("nibrs_incident", "agency_id", "agencies"),
        ("nibrs_victim_offense", "victim_id", "nibrs_victim"),
        ("nibrs_victim_offense", "offense_id", "nibrs_offense"),
        ("nibrs_victim_offender_rel", "offender_id", "nibrs_offender"),
        ("nibrs_suspected_drug", "property_id", "nibrs_property"),
        ("nibrs_property_desc", "property_id", "nibrs_property"),
        ("name_supplement", "incident_id", "nibrs_incident"),
        ("nibrs_victim", "age_id", "nibrs_age"),
        ("nibrs_offender", "race_id", "ref_race"),
        ("nibrs_offense", "offense_code", "nibrs_offense_type"),
        ("nibrs_offense", "location_id", "nibrs_location_type"),
    ],
)
def test_ids_join(nibrs: duckdb.DuckDBPyConnection, child: str, column: str, parent: str) -> None:
    lost = nibrs.table(child).filter(f"{column} IS NOT NULL").project(column)
    held = nibrs.table(parent).project(column)
    assert len(lost.distinct().fetchall()) >= 1
    assert lost.distinct().except_(held.distinct()).fetchall() == []


def test_crimes_against_society_have_society_as_victim(nibrs: duckdb.DuckDBPyConnection) -> None:
    """And society has no age, sex, race or relationship; people are victims of the others."""
    wrong = """
        SELECT count(*) FROM nibrs_victim_offense vo
        JOIN nibrs_victim v USING (victim_id) JOIN nibrs_offense o USING (offense_id)
        JOIN nibrs_victim_type t USING (victim_type_id)
        JOIN (SELECT DISTINCT offense_code, crime_against FROM nibrs_offense_type)
            USING (offense_code)
        WHERE (crime_against = 'Society') <> (victim_type_code = 'S')"""
    assert _one(nibrs, wrong) == 0
    described = """
        SELECT count(*) FROM nibrs_victim WHERE victim_type_id NOT IN ('4', '5')
        AND coalesce(age_id, sex_code, race_id, ethnicity_id, resident_status_code) IS NOT NULL"""
    assert _one(nibrs, described) == 0
    assert _one(nibrs, "SELECT count(*) FROM nibrs_victim WHERE victim_type_id = '8'") > 200
    trafficked = """
        SELECT count(DISTINCT victim_id) FROM nibrs_victim_offense
        JOIN nibrs_offense USING (offense_id) JOIN nibrs_victim USING (victim_id)
        WHERE offense_code IN ('64A', '64B') AND victim_type_id = '4'"""
    assert _one(nibrs, trafficked) >= 120


def test_every_incident_has_its_parts(nibrs: duckdb.DuckDBPyConnection) -> None:
    for table in ("nibrs_offense", "nibrs_victim", "nibrs_offender", "incident_supplement"):
        incidents = nibrs.table("nibrs_incident").project("incident_id")
        with_row = nibrs.table(table).project("incident_id").distinct()
        assert incidents.except_(with_row).fetchall() == [], table
    no_offense = (
        "SELECT count(*) FROM nibrs_victim ANTI JOIN nibrs_victim_offense USING (victim_id)"
    )
    assert _one(nibrs, no_offense) == 0


def test_unknown_offenders_have_sequence_0_and_no_values(nibrs: duckdb.DuckDBPyConnection) -> None:
    unknown = "SELECT count(*) FROM nibrs_offender WHERE offender_seq_num = '0'"
    assert _one(nibrs, unknown) > 500
    assert _one(nibrs, unknown + " AND coalesce(age_id, age_num, sex_code) IS NOT NULL") == 0
    related = """SELECT count(*) FROM nibrs_victim_offender_rel
        JOIN nibrs_offender USING (offender_id) WHERE offender_seq_num = '0'"""
    assert _one(nibrs, related) == 0
    named = """SELECT count(*) FROM name_supplement n JOIN nibrs_offender o
        ON n.incident_id = o.incident_id AND n.seq_num = o.offender_seq_num
        AND n.person_type = 'O' WHERE o.offender_seq_num = '0'"""
    assert _one(nibrs, named) == 0


def test_arrests_do_not_precede_incidents(nibrs: duckdb.DuckDBPyConnection) -> None:
    early = """SELECT count(*) FROM nibrs_arrestee JOIN nibrs_incident USING (incident_id)
        WHERE arrest_date < incident_date"""
    assert _one(nibrs, early) == 0


def test_no_telephone_and_no_plate_could_be_real(standard: Made) -> None:
    phones: set[str] = set()
    plates: set[str] = set()
    for path in (standard.path / "feeds").glob("**/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                phones.update(row[c] for c in ("phone", "Phone", "Child Phone") if row.get(c))
                plates.update(row[c] for c in ("plate", "Plate") if row.get(c))
    for path in (standard.path / "feeds").glob("**/*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            phones.update(json.loads(line)["phones"])
    assert len(phones) > 500
    assert len(plates) > 50
    for phone in phones:
        digits = re.sub(r"\D", "", phone)
        assert digits[-7:-4] == "555", phone
    for plate in plates:
        assert re.fullmatch(r"(VA:|MD:|NC:)?[A-Z]Q[A-Z][- ]?[0-9?]{4}", plate), plate


def test_a_child_is_missing_once_at_a_time(standard: Made) -> None:
    spans: dict[tuple[str, str, str], list[tuple[date, date]]] = defaultdict(list)
    reasons: Counter[str] = Counter()
    entries = final_rows(standard.path / "feeds" / "clearinghouse", "Case Number")
    for row in entries.values():
        start, entry = _american(row["Last Contact Date"]), _american(row["Entry Date"])
        end = _american(row["Exit Date"]) if row["Exit Date"] else date(2026, 1, 1)
        assert start <= entry
        assert start <= end
        assert row["Age"] == "" or 0 <= int(row["Age"]) < 18
        assert bool(row["Exit Date"]) == bool(row["Exit Reason"])
        reasons[row["Exit Reason"]] += 1
        name = (row["Last Name"], row["First Name"], row["DOB"])
        spans[name].append((start, end))
    assert reasons["Located by law enforcement"] > 50
    assert any(len(found) >= 3 for found in spans.values())
    for found in spans.values():
        ordered = sorted(found)
        for one, other in pairwise(ordered):
            assert one[1] <= other[0]


def test_some_names_of_localities_are_ambiguous_and_most_are_not(standard: Made) -> None:
    written: Counter[str] = Counter()
    for path in (standard.path / "feeds" / "clearinghouse").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            written.update(row["Last Seen Locality"] for row in csv.DictReader(file))
    known = {locality.name for locality in localities().values()}
    full = sum(count for name, count in written.items() if name in known)
    assert full / written.total() > 0.8
    ambiguous = {"Richmond", "Fairfax", "Roanoke", "Franklin"}
    assert ambiguous & written.keys()


def test_the_workbook_joins_and_has_dates(standard: Made) -> None:
    path = standard.path / "feeds" / "social-services" / "clients_and_placements.xlsx"
    book = load_workbook(path, read_only=True)
    clients = list(book["Clients"].iter_rows(values_only=True))
    placements = list(book["Placements"].iter_rows(values_only=True))
    book.close()
    assert clients[0][:4] == ("Client ID", "Last Name", "First Name", "Middle Name")
    assert placements[0][-3:] == ("Start Date", "End Date", "End Reason")
    ids = {row[0] for row in clients[1:]}
    assert len(ids) == len(clients) - 1
    assert {row[1] for row in placements[1:]} <= ids
    assert sum(row[4] is not None and not isinstance(row[4], str) for row in clients[1:]) > 250
    ended = [row for row in placements[1:] if len(row) > 7 and row[7]]
    assert {row[7] for row in ended} <= {
        "Returned home", "Moved", "Ran away", "Aged out", "Released", "Other",
    }  # fmt: skip
    assert sum(row[7] == "Ran away" for row in ended) >= 10


def _american(value: str) -> date:
    month, day, year = value.split("/")
    return date(int(year), int(month), int(day))
