"""What each feed's rows become."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingest.contracts.feeds import FEEDS, FeedContract, load_contract, load_contracts
from ingest.contracts.tables import BY_NAME, TABLES
from ingest.errors import ContractRefused
from runs.keys import record_key
from tests.ingest.deliveries import (
    CLIENT,
    PLACEMENT,
    SPELL,
    STUDENT,
    hotline,
    school_attendance,
    social_services,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from tests.ingest.conftest import Loaded

INCIDENT = record_key("incident", "VA0430000", "24-000001")
PHONE = record_key("contact_point", "phone", "+18045550123")


def by(rows: list[dict[str, Any]], column: str) -> dict[Any, dict[str, Any]]:
    return {row[column]: row for row in rows}


def test_every_table_is_written_with_its_schema(small_world: Loaded) -> None:
    for table in TABLES:
        assert table.path(small_world.records).exists()
        assert small_world.report.tables[table.name] > 0
    for row in small_world.rows("person_record"):
        assert row["delivery"]
        assert row["source_line"]
        assert row["agency_id"]


def test_nibrs_2021_parties(small_world: Loaded) -> None:
    records = by(small_world.rows("person_record"), "record_key")
    victim = records[record_key("person", "nibrs", "V", "101")]
    assert (victim["given_name"], victim["surname"], victim["aliases"]) == (
        "Kim",
        "Doe",
        ["Kimmy", "Star"],
    )
    assert (victim["birth_date"], victim["birth_year"], victim["age_low_years"]) == (None, 2007, 16)
    assert (victim["phones"], victim["plates"], victim["handles"]) == (
        ["+18045550123"],
        ["VA:ABC123"],
        ["pikgram:kim"],
    )
    # race_id 20 is Black and ethnicity_id 20 not Hispanic in this release.
    assert (victim["race"], victim["ethnicity"]) == ("B", "N")
    ranged = records[record_key("person", "nibrs", "V", "102")]
    assert (ranged["age_low_years"], ranged["age_high_years"]) == (14, 17)
    parties = [row for row in small_world.rows("involvement") if row["feed"] == "nibrs"]
    assert sorted((r["role"], r["sequence"], r["record_key"] is None) for r in parties) == [
        ("arrestee", 1, False),
        ("offender", 0, True),
        ("offender", 1, False),
        ("victim", 1, False),
        ("victim", 1, True),
        ("victim", 2, False),
    ]


def test_nibrs_2021_incidents(small_world: Loaded) -> None:
    incidents = by(small_world.rows("incident"), "incident_key")
    numbered = incidents[INCIDENT]
    assert (numbered["incident_number"], numbered["locality_id"]) == ("24-000001", "51087")
    assert (numbered["occurred_hour"], numbered["date_is_report"]) == (23, False)
    bare = incidents[record_key("incident", "nibrs", "2")]
    # No supplement: the agency's own county, by its ORI; the date is the report's.
    assert (bare["locality_id"], bare["date_is_report"]) == ("51087", True)
    assert bare["reported_on"] == date(2024, 1, 9)
    offense = by(small_world.rows("offense"), "offense_code")["64A"]
    assert (offense["attempted"], offense["location_code"]) == (False, "14")
    assert (offense["criminal_activity"], offense["suspected_using"]) == (["E"], ["C"])
    (relationship,) = small_world.rows("relationship")
    assert relationship["relationship_code"] == "AQ"
    place = by(small_world.rows("location"), "location_key")[numbered["location_key"]]
    assert (place["name"], place["address_line"], place["location_code"]) == (
        "Sunset Motel",
        "1 BROAD ST",
        "14",
    )


def test_a_phone_meets_across_feeds(small_world: Loaded) -> None:
    mentions = [
        row for row in small_world.rows("contact_point") if row["contact_point_key"] == PHONE
    ]
    assert {row["feed"] for row in mentions} == {
        *("nibrs", "clearinghouse", "social-services", "juvenile-justice", "hotline")
    }
    # In a tip it belongs to nobody known.
    (tip,) = [row for row in mentions if row["feed"] == "hotline"]
    assert (tip["record_key"], tip["incident_key"]) == (
        None,
        record_key("incident", "hotline", "S-1"),
    )
    addresses = {
        row["contact_point_key"]
        for row in small_world.rows("contact_point")
        if row["kind"] == "address"
    }
    assert addresses == {
        record_key("contact_point", "address", "12 MAIN ST, HENRICO"),
        record_key("contact_point", "address", "9 OAK ST, HENRICO"),
    }


def test_partial_contacts_are_said_to_be(small_world: Loaded) -> None:
    (plate,) = [r for r in small_world.rows("contact_point") if r["value"] == "VA:AQB12?4"]
    assert plate["partial"]


def test_clearinghouse(small_world: Loaded) -> None:
    (episode,) = small_world.rows("missing_episode")
    assert episode["episode_key"] == record_key("episode", "clearinghouse", "MC-1")
    assert episode["record_key"] == record_key("person", "clearinghouse", "MC-1")
    assert (episode["missing_from_on"], episode["reported_on"]) == (
        date(2024, 3, 1),
        date(2024, 3, 2),
    )
    assert (episode["last_seen_locality_id"], episode["residence_locality_id"]) == (None, "51087")
    assert episode["found_locality_id"] == "MD:BALTIMORE"
    assert (episode["missing_from_type"], episode["circumstance"]) == ("group_home", "runaway")


def test_protected_addresses_never_leave(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    hidden = {**CLIENT, "Client ID": "C-2", "Address": "9 Secret Rd", "Protected Address": "Y"}
    loaded = loaded_from(social_services(tmp_path / "c.xlsx", [CLIENT, hidden], [PLACEMENT]))
    records = by(loaded.rows("person_record"), "source_id")
    assert records["C-2"]["household_protected"]
    assert {records["C-2"][c] for c in ("address_line", "city", "zip", "locality_id")} == {None}
    assert records["C-1"]["address_line"] == "12 MAIN ST"
    everything = "".join(str(loaded.rows(table.name)) for table in TABLES)
    assert "SECRET" not in everything.upper()


def test_hotline_suspects(small_world: Loaded) -> None:
    records = by(small_world.rows("person_record"), "record_key")
    suspect = records[record_key("person", "hotline", "S-1", "suspect")]
    assert (suspect["given_name"], suspect["surname"], suspect["role"]) == ("Ray", "Doe", "subject")
    victim = records[record_key("person", "hotline", "S-1", "victim")]
    assert (victim["age_low_years"], victim["age_high_years"]) == (15, 17)


def test_lab_items_meet_their_incident(small_world: Loaded) -> None:
    (confirmed,) = [row for row in small_world.rows("drug_seizure") if row["confirmed"]]
    assert (confirmed["incident_key"], confirmed["substance"]) == (INCIDENT, "FENTANYL")


def test_a_place_is_one_row_however_it_is_spelled(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    place = {"Place Name": "Sunset Motel", "Locality": "Henrico County"}
    loaded = loaded_from(hotline(tmp_path, place, {**place, "Place Name": "SUNSET  MOTEL."}))
    (motel,) = loaded.rows("location")
    assert motel["location_key"] == record_key("location", "SUNSET MOTEL", "", "51087")
    assert {row["location_key"] for row in loaded.rows("incident")} == {motel["location_key"]}


def test_stays(small_world: Loaded) -> None:
    kinds = by(small_world.rows("placement"), "kind")
    assert kinds["group_home"]["end_reason"] == "ran_away"
    assert kinds["detention"]["record_key"] == record_key("person", "juvenile-justice", "J-1")


def test_students_and_their_absences(small_world: Loaded) -> None:
    (student,) = [r for r in small_world.rows("person_record") if r["role"] == "student"]
    assert student["record_key"] == record_key("person", "school-attendance", "51087", "4000001")
    assert (student["birth_date"], student["observed_on"]) == (date(2009, 5, 20), date(2024, 3, 1))
    (roll,) = small_world.rows("enrolment")
    assert (roll["school"], roll["locality_id"]) == ("Oak High School", "51087")
    assert (roll["record_key"], roll["chronic_absence"]) == (student["record_key"], True)
    (spell,) = small_world.rows("absence")
    assert (spell["record_key"], spell["enrolment_key"]) == (
        student["record_key"],
        roll["enrolment_key"],
    )
    assert (spell["began_on"], spell["ended_on"], spell["school_days"], spell["kind"]) == (
        date(2024, 3, 1),
        date(2024, 3, 6),
        4,
        "unexcused",
    )


def test_a_divisions_files_replace_its_own_alone(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    elsewhere = {"Division FIPS": "51760"}
    loaded = loaded_from(
        school_attendance(
            tmp_path / "a" / "1", [{**STUDENT, **elsewhere}], [{**SPELL, **elsewhere}]
        ),
        school_attendance(tmp_path / "b" / "1"),
        school_attendance(
            tmp_path / "b" / "2",
            [{**STUDENT, "School": "Elm High School"}],
            [{**SPELL, "Last Day Absent": "2024-03-01", "First Day Absent": "2024-02-27"}],
        ),
    )
    rolls = by(loaded.rows("enrolment"), "locality_id")
    assert {place: row["school"] for place, row in rolls.items()} == {
        "51760": "Oak High School",
        "51087": "Elm High School",
    }
    assert {row["began_on"] for row in loaded.rows("absence")} == {
        date(2024, 3, 1),
        date(2024, 2, 27),
    }


def test_a_school_of_a_confidential_address_is_not_kept(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    loaded = loaded_from(school_attendance(tmp_path, [{**STUDENT, "Address Confidential": "Y"}]))
    (roll,) = loaded.rows("enrolment")
    assert (roll["school"], roll["locality_id"]) == (None, None)
    (student,) = loaded.rows("person_record")
    assert student["household_protected"]
    everything = "".join(str(loaded.rows(table.name)) for table in TABLES)
    assert "Oak High" not in everything
    assert "51087" not in everything


def test_every_shipped_contract_loads_and_fills_declared_tables() -> None:
    contracts = load_contracts()
    assert contracts.keys() == {path.parent.name for path in FEEDS.glob("*/contract.toml")}
    assert len(contracts) >= 8
    for contract in contracts.values():
        sql = {path.stem for path in contract.folder.glob("*.sql")} - {"prepare", "rules"}
        assert sql <= set(BY_NAME)
        assert sql


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('key = ["event_id"]', 'key = ["number"]', "name no column"),
        ("venue = {}", 'venue = { header = "Name" }', "claim"),
        ("venue = {}", 'venue = { codes = "COLOURS" }', "COLOURS"),
        ('mode = "full"', 'mode = "sometimes"', "mode"),
        ('feed = "events"', 'feed = "other"', "folder"),
        ("[[files]]", "[[files", "TOML"),
        ('kind = "event"', 'kind = "event"\nunused = ["Venue"]', "used and unused"),
    ],
)
def test_a_bad_contract_is_refused_whole(tmp_path: Path, old: str, new: str, word: str) -> None:
    text = (FEEDS / "events" / "contract.toml").read_text()
    assert old in text
    path = tmp_path / "events" / "contract.toml"
    path.parent.mkdir()
    path.write_text(text)
    assert isinstance(load_contract(path), FeedContract)
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ContractRefused, match=word):
        load_contract(path)
