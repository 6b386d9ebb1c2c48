"""What the service directory's lists and referrals become, and what of them must not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ingest.contracts.tables import TABLES
from runs.keys import record_key
from tests.ingest.deliveries import referrals, services
from tests.ingest.test_feeds import by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ingest.conftest import Loaded

UNNAMED = dict.fromkeys(
    ("Client Last", "Client First", "Client DOB", "Client Age", "Client Phone", "Client ZIP"), ""
)
CONFIDENTIAL = {"Location Confidential": "Y", "Svc Name": "Secret House", "Svc Type": "SH"}


def test_a_referral_its_client_and_its_service(small_world: Loaded) -> None:
    (referral,) = small_world.rows("referral")
    assert referral["record_key"] == record_key("person", "service-directory", "RF-1")
    assert (referral["referred_on"], referral["referred_by"]) == (date(2024, 3, 5), "police")
    assert (referral["outcome"], referral["outcome_on"]) == ("engaged", date(2024, 3, 19))
    (service,) = small_world.rows("service")
    assert referral["service_key"] == service["service_key"]
    assert (service["kind"], service["phone"]) == ("child_advocacy", "+18045550177")
    assert (service["name"], service["address_line"], service["locality_id"]) == (
        "Redbud Child Advocacy Center",
        "3 ELM ST",
        "51087",
    )
    client = by(small_world.rows("person_record"), "record_key")[referral["record_key"]]
    assert (client["role"], client["phones"], client["zip"]) == (
        "client",
        ["+18045550199"],
        "23220",
    )
    assert (client["age_low_years"], client["household_protected"]) == (14, False)


def test_a_number_of_the_directory_is_no_clients(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    services(tmp_path, {}, {"Main Phone": "804.555.0188"})
    # Of any service in the directory, and in whatever form it was given.
    theirs = {"Client Phone": "(804) 555-0188"}
    loaded = loaded_from(referrals(tmp_path, {}, theirs).parent)
    people = by(loaded.rows("person_record"), "source_id")
    assert [people[no]["phones"] for no in ("RF-1", "RF-2")] == [["+18045550199"], None]
    assert [row["value"] for row in loaded.rows("contact_point")] == ["+18045550199"]
    assert {row["phone"] for row in loaded.rows("service")} == {"+18045550177", "+18045550188"}


def test_without_a_release_nobody_is_named(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    services(tmp_path)
    without = {"Release on File": "None"}
    loaded = loaded_from(
        referrals(
            tmp_path,
            {},
            {**UNNAMED, **without},
            {**without, "Client Last": "Secretly"},
            {**UNNAMED, **without, "Client Phone": "804-555-0166"},
            {"Release on File": ""},
        ).parent
    )
    file = next(file for file in loaded.report.files if file.kind == "referral")
    assert file.reasons == {
        "release is none, but the row describes the client; it must not be sent": 2,
        "release is blank, expected a value": 1,
    }
    assert [row["source_id"] for row in loaded.rows("person_record")] == ["RF-1"]
    assert sorted(row["release"] for row in loaded.rows("referral")) == ["none", "police"]
    assert [row["record_key"] is None for row in loaded.rows("referral")].count(True) == 1
    everything = "".join(str(loaded.rows(table.name)) for table in TABLES)
    assert "SECRETLY" not in everything.upper()
    assert "5550166" not in everything


def test_a_confidential_service_is_nowhere(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    services(tmp_path, {**CONFIDENTIAL, "Street": "9 Hidden Ln", "County FIPS": "51770"})
    loaded = loaded_from(referrals(tmp_path, {"Client ZIP": "24011"}).parent)
    (service,) = loaded.rows("service")
    assert (service["confidential"], service["kind"]) == (True, "shelter")
    hidden = ("name", "address_line", "city", "zip", "locality_id")
    assert {service[column] for column in hidden} == {None}
    (client,) = loaded.rows("person_record")
    assert (client["household_protected"], client["zip"]) == (True, None)
    everything = "".join(str(loaded.rows(table.name)) for table in TABLES).upper()
    assert not [word for word in ("SECRET", "HIDDEN", "24011", "51770") if word in everything]


def test_a_service_that_is_not_listed_may_be_confidential(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    services(tmp_path)
    (client,) = loaded_from(referrals(tmp_path, {"Svc ID": "SV9999"}).parent).rows("person_record")
    assert (client["household_protected"], client["zip"]) == (True, None)


def test_lists_and_referrals_are_corrected_and_taken_back(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    services(tmp_path, {"Main Phone": "804-555-017"}, {}, name="services_1.csv")
    services(tmp_path, {}, {"Listing": "Closed"}, name="services_2.csv")
    referrals(tmp_path, {"Outcome": "", "Outcome Date": ""}, {}, name="referrals_1.csv")
    loaded = loaded_from(
        referrals(tmp_path, {}, {"Entry Status": "Void"}, name="referrals_2.csv").parent
    )
    assert [row["phone"] for row in loaded.rows("service")] == ["+18045550177"]
    assert [row["outcome"] for row in loaded.rows("referral")] == ["engaged"]
    assert len(loaded.rows("person_record")) == 1


def test_nothing_is_decided_or_born_after_it_should(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    services(tmp_path)
    loaded = loaded_from(
        referrals(tmp_path, {"Outcome Date": "03/04/2024"}, {"Client DOB": "2025"}, {}).parent
    )
    file = next(file for file in loaded.report.files if file.kind == "referral")
    assert file.reasons == {
        "outcome_date is before the referral": 1,
        "dob is after the referral": 1,
    }
