"""What emergency visits become, and which must not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ingest.contracts.tables import TABLES
from runs.keys import record_key
from tests.ingest.deliveries import hospital
from tests.ingest.test_feeds import by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ingest.conftest import Loaded


def test_a_visit_and_its_patient(small_world: Loaded) -> None:
    (visit,) = small_world.rows("medical_visit")
    assert visit["record_key"] == record_key("person", "hospital", "EV-1")
    assert (visit["visited_on"], visit["locality_id"]) == (date(2024, 3, 4), "51760")
    assert (visit["complaint"], visit["screening_result"], visit["discharge"]) == (
        "assault",
        "likely",
        "to_social_services",
    )
    patient = by(small_world.rows("person_record"), "record_key")[visit["record_key"]]
    assert (patient["role"], patient["strong_id"]) == ("patient", "MRN-STANNESHOSPITAL:1234567")
    # Fourteen by the birth date: the birthday of the year has not come.
    assert (patient["age_low_years"], patient["age_high_years"]) == (14, 14)


def test_a_number_means_a_person_within_its_hospital(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    elsewhere = {"Facility": "Other Hospital"}
    path = hospital(tmp_path, {}, {"Facility": "ST ANNES HOSPITAL"}, elsewhere, {"MRN": ""})
    ids = [row["strong_id"] for row in loaded_from(path).rows("person_record")]
    assert sorted(ids, key=str) == [
        "MRN-OTHERHOSPITAL:1234567",
        "MRN-STANNESHOSPITAL:1234567",
        "MRN-STANNESHOSPITAL:1234567",
        None,
    ]


def test_an_age_stands_where_no_birth_date_does(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    loaded = loaded_from(hospital(tmp_path, {"DOB": "", "Age": "16"}, {"DOB": "", "Age": ""}))
    ages = by(loaded.rows("person_record"), "source_id")
    assert [ages[f"EV-{n}"]["age_high_years"] for n in (1, 2)] == [16, None]


def test_a_visit_under_part_2_leaves_no_row(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    hidden = {"Part 2 Program": "Y", "Patient Last Name": "Secretly"}
    loaded = loaded_from(hospital(tmp_path, {}, hidden, {"Part 2 Program": ""}))
    (file,) = loaded.report.files
    assert file.reasons == {
        "part_2 marks a visit under 42 CFR Part 2, which must not be sent": 1,
        "part_2 is blank, expected a value": 1,
    }
    assert [row["source_id"] for row in loaded.rows("person_record")] == ["EV-1"]
    everything = "".join(str(loaded.rows(table.name)) for table in TABLES)
    assert "SECRETLY" not in everything.upper()


def test_nobody_is_born_after_the_visit(tmp_path: Path, loaded_from: Callable[..., Loaded]) -> None:
    loaded = loaded_from(
        hospital(tmp_path, {"DOB": "03/05/2024"}, {"DOB": "2025"}, {"DOB": "2024"})
    )
    (file,) = loaded.report.files
    assert file.reasons == {"dob is after the visit": 2}
