"""What a person's other records and the reports around them add to a pair: people who share a
name, records with a scrap of one, and people under another name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories import key
from tests.resolution.people import Row, links, persons, record, resolve, robert, same

if TYPE_CHECKING:
    from pathlib import Path

PHONE = "+18045550142"


def incident(name: str, **values: Any) -> Row:
    return {"incident_key": key("incident", name), "feed": "nibrs", "kind": "incident", **values}


def contact(name: str, value: str = PHONE, **values: Any) -> Row:
    return {
        "contact_mention_key": key("mention", name, value),
        "contact_point_key": key("contact", value),
        "kind": "phone",
        "value": value,
        "incident_key": key("incident", name),
        "feed": "nibrs",
        **values,
    }


def in_incident(name: str, **values: Any) -> Row:
    return {"incident_key": key("incident", name), **values}


def namesakes(second: date) -> list[Row]:
    return [
        robert(f"{place} {n}", birth_date=born, address_line=None, city=None, zip=None, sex=None,
               **in_incident(f"{place} {n}"))
        for place, born in (("one", date(1984, 3, 7)), ("other", second))
        for n in range(3)
    ]  # fmt: skip


def test_two_dates_of_birth_that_keep_returning_are_two_people(tmp_path: Path) -> None:
    apart, _ = resolve(tmp_path / "apart", namesakes(date(1989, 11, 21)))
    assert len(set(persons(apart).values())) == 2
    assert same(apart, "one 0", "one 2")
    # A slip of the pen that was copied from report to report is no second person.
    slip, _ = resolve(tmp_path / "slip", namesakes(date(1984, 7, 3)))
    assert len(set(persons(slip).values())) == 1


SCRAP = {"given_name": "Robert", "surname": None, "role": "subject", "birth_date": None}


@pytest.mark.parametrize("shared", [True, False])
def test_a_first_name_beside_a_known_phone_is_the_person_who_uses_it(
    tmp_path: Path, shared: bool
) -> None:
    rows = [
        *(robert(f"report {n}", **in_incident(f"report {n}")) for n in range(3)),
        record("tip", **{**SCRAP, **in_incident("tip")}),
        record("namesake", given_name="Robert", surname="Adams", birth_date=date(1970, 1, 2)),
    ]
    around = {
        "contact_point": [
            contact("report 1"),
            contact("tip", PHONE if shared else "+18045550199"),
        ]
    }
    view, _ = resolve(tmp_path, rows, around=around)
    assert same(view, "report 0", "tip") == shared
    assert len(set(persons(view).values())) == (2 if shared else 3)


def test_two_who_fit_a_first_name_alike_get_none_of_it(tmp_path: Path) -> None:
    rows = [
        robert("one", **in_incident("one")),
        record("other", given_name="Robert", surname="Adams", birth_date=date(1970, 1, 2), sex="M",
               **in_incident("other")),
        record("tip", **{**SCRAP, **in_incident("tip")}),
    ]  # fmt: skip
    around = {"contact_point": [contact(name) for name in ("one", "other", "tip")]}
    view, _ = resolve(tmp_path, rows, around=around)
    assert len(set(persons(view).values())) == 3


OTHER_NAME = {"given_name": "Christina", "surname": "Hendley", "sex": "F"}


@pytest.mark.parametrize(
    ("changed", "joined"),
    [
        ({}, True),
        ({"sex": "M"}, False),
        ({"birth_date": date(1984, 3, 8)}, False),
        (in_incident("elsewhere"), False),
    ],
)
def test_another_name_on_one_day_of_birth_beside_one_phone(
    tmp_path: Path, changed: Row, joined: bool
) -> None:
    born = {"birth_date": date(1984, 3, 7)}
    rows = [
        record(f"true {n}", given_name="Edna", surname="Barnett", sex="F", **born,
               **in_incident(f"true {n}"))
        for n in range(3)
    ] + [
        record(f"false {n}", **{**OTHER_NAME, **born, **in_incident(f"false {n}"), **changed})
        for n in range(2)
    ]  # fmt: skip
    around = {"contact_point": [contact("true 1"), contact("false 0"), contact("elsewhere", "+1")]}
    view, _ = resolve(tmp_path, rows, around=around)
    assert same(view, "true 0", "true 2")
    assert same(view, "true 0", "false 1") == joined
    if joined:
        words = {bar["level"] for link in links(view).values() for bar in link["waterfall"]}
        assert any("the other name may be false" in level for level in words)


def test_a_court_knows_its_defendant_by_the_incident(tmp_path: Path) -> None:
    rows = [
        record("arrested", given_name="Ann", surname="Lee", role="arrestee",
               **in_incident("report")),
        record("charged", given_name="Anne", surname="Lee", role="defendant", feed="courts"),
    ]  # fmt: skip
    charge = {
        "court_charge_key": key("charge"),
        "record_key": rows[1]["record_key"],
        "incident_key": key("incident", "report"),
        "feed": "courts",
    }
    alone, _ = resolve(tmp_path / "alone", rows)
    assert not same(alone, "arrested", "charged")
    view, _ = resolve(tmp_path / "charged", rows, around={"court_charge": [charge]})
    assert same(view, "arrested", "charged")
