"""What the courts' charges and orders become, and what of an order is not kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingest.contracts.tables import TABLES
from runs.keys import record_key
from tests.ingest.deliveries import CHARGES, charges, orders, write_csv
from tests.ingest.test_feeds import INCIDENT, by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ingest.conftest import Loaded


def test_a_charge_names_its_defendant_and_incident(small_world: Loaded) -> None:
    (charge,) = small_world.rows("court_charge")
    assert charge["record_key"] == record_key("person", "courts", "charge", "GC2024-000001", "1")
    assert charge["incident_key"] == INCIDENT
    assert (charge["statute"], charge["level"]) == ("18.2-357.1", "felony")
    assert (charge["filed_on"], charge["disposition"]) == (date(2024, 2, 1), None)
    defendant = by(small_world.rows("person_record"), "record_key")[charge["record_key"]]
    assert defendant["role"] == "defendant"
    # An incident that two charges share would tell their one defendant apart.
    assert defendant["incident_key"] is None


def test_an_order_names_its_parties(small_world: Loaded) -> None:
    (order,) = small_world.rows("court_order")
    records = by(small_world.rows("person_record"), "record_key")
    parties = [records[order[f"{part}_key"]] for part in ("petitioner", "respondent", "child")]
    assert [party["role"] for party in parties] == ["petitioner", "respondent", "child"]
    assert [party["given_name"] for party in parties] == ["ANN", "LEE", "KIM"]
    assert [party["birth_year"] for party in parties] == [1985, None, 2009]
    assert [party["household_protected"] for party in parties] == [True, False, True]
    assert (order["kind"], order["about_child"]) == ("protective", True)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("DOE, RAY ALLEN JR", ("RAY", "ALLEN", "DOE", "JR")),
        ("De La Cruz ,  ana", ("ANA", None, "DE LA CRUZ", None)),
        ("ROE, LEE MARIE ANN", ("LEE", "MARIE ANN", "ROE", None)),
        ("ROE, JOHN III", ("JOHN", None, "ROE", "III")),
        ("ROE, JR", ("JR", None, "ROE", None)),
        ("MADONNA", (None, None, "MADONNA", None)),
        ("ROE,", (None, None, "ROE", None)),
        (", LEE", ("LEE", None, None, None)),
    ],
)
def test_parties_are_last_comma_first(
    tmp_path: Path,
    loaded_from: Callable[..., Loaded],
    written: str,
    parts: tuple[str | None, ...],
) -> None:
    (row,) = loaded_from(charges(tmp_path, {"Defendant": written})).rows("person_record")
    names = ("given_name", "middle_name", "surname", "name_suffix")
    assert tuple(row[name] for name in names) == parts


def test_a_confidential_address_is_not_kept(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    told = {"Petitioner Address": "9 Secret Rd", "Petitioner City": "Hideaway",
            "Petitioner ZIP": "23999"}  # fmt: skip
    hidden = loaded_from(orders(tmp_path, told, name="a.csv"))
    assert len(hidden.rows("court_order")) == 1
    everything = "".join(str(hidden.rows(table.name)) for table in TABLES)
    assert not [word for word in ("SECRET", "HIDEAWAY", "23999") if word in everything.upper()]
    open_too = orders(tmp_path, told, {**told, "Address Confidential": "N"}, name="b.csv")
    petitioners = {
        row["source_id"]: (row["address_line"], row["city"], row["zip"])
        for row in loaded_from(open_too).rows("person_record")
        if row["role"] == "petitioner"
    }
    assert petitioners == {
        "JA-1": (None, None, None),
        "JA-2": ("9 SECRET RD", "HIDEAWAY", "23999"),
    }


def test_an_agency_may_petition_and_adults_may_be_alone(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    change = {"Petitioner": "", "Child": "", "Child DOB": ""}
    loaded = loaded_from(orders(tmp_path, change))
    (order,) = loaded.rows("court_order")
    assert (order["petitioner_key"], order["child_key"], order["about_child"]) == (
        None,
        None,
        False,
    )
    assert [row["role"] for row in loaded.rows("person_record")] == ["respondent"]


def test_a_disposition_completes_a_charge_and_an_expungement_takes_it_back(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    first = charges(tmp_path, {}, {}, name="a.csv")
    ended = {"Disposition": "Nolle Prosequi", "Disposition Date": "05/01/2024"}
    second = charges(tmp_path, ended, name="b.csv")
    gone = {"Case Number": "GC2024-000001", "Charge No": "2", "Record Status": "Expunged"}
    third = write_csv(tmp_path / "c.csv", [*CHARGES, "Record Status"], [gone])
    loaded = loaded_from(first, second, third)
    (charge,) = loaded.rows("court_charge")
    assert (charge["disposition"], charge["disposed_on"]) == ("nolle_prosequi", date(2024, 5, 1))
    assert len(loaded.rows("person_record")) == 1


def test_what_cannot_be_is_quarantined(tmp_path: Path, loaded_from: Callable[..., Loaded]) -> None:
    early = {"Disposition": "Guilty", "Disposition Date": "01/31/2024"}
    undated = {"Disposition": "Guilty"}
    loaded = loaded_from(
        charges(tmp_path, {}, early, undated),
        orders(tmp_path, {}, {"Expires Date": "02/28/2024"}, {"Dissolved Date": "02/28/2024"}),
    )
    reasons: dict[str, int] = {}
    for file in loaded.report.files:
        reasons |= file.reasons
    assert reasons == {
        "disposition_date is before the filing": 1,
        "disposition has no date, or a date has no disposition": 1,
        "expires_date is before the issue": 1,
        "dissolved_date is before the issue": 1,
    }
    assert len(loaded.rows("court_charge")) == len(loaded.rows("court_order")) == 1
