"""Searching as a person and by words: what is understood, found, said, and put on record."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.audit import AuditEvent, looks_at
from sharing.store import Store
from tests.webapp.conftest import CASE, SignedIn, Somebody
from webapp.search.form import FIELDS, as_phone, read_person_form
from webapp.search.sealed import seal, unseal

TODAY = date(2026, 1, 15)
KEY = bytes(range(32))


@given(st.fixed_dictionaries({name: st.text(max_size=30) for name in FIELDS}))
def test_whatever_is_typed_is_understood_or_named(typed: dict[str, str]) -> None:
    form = read_person_form(typed, TODAY)
    assert (form.query is not None) == (not form.errors and not form.is_empty)
    assert form.errors.keys() <= set(FIELDS)


@pytest.mark.parametrize(
    ("typed", "born", "year"),
    [
        ("2009-03-14", date(2009, 3, 14), 2009),
        ("03/14/2009", date(2009, 3, 14), 2009),
        ("14 Mar 2009", date(2009, 3, 14), 2009),
        ("2009", None, 2009),
    ],
)
def test_ways_to_write_a_birth(typed: str, born: date | None, year: int) -> None:
    query = read_person_form({"name": "Poe", "birth": typed}, TODAY).query
    assert query is not None
    assert (query.birth_date, query.birth_year) == (born, year)


@pytest.mark.parametrize("typed", ["2009-03", "03/2009", "Mar 2009"])
def test_a_month_of_birth_without_its_day(typed: str) -> None:
    query = read_person_form({"name": "Poe", "birth": typed}, TODAY).query
    assert query is not None
    assert (query.birth_date, query.birth_year, query.birth_month) == (None, 2009, 3)


def test_an_address_in_one_line() -> None:
    typed = {"address": "4411 Columbia Pike Apt 9, Arlington, VA 22204-1234", "locality": "51013"}
    query = read_person_form(typed, TODAY).query
    assert query is not None
    assert query.address_line == "4411 Columbia Pike Apt 9"
    assert (query.city, query.zip, query.locality_id) == ("Arlington", "22204", "51013")


@pytest.mark.parametrize(
    ("field", "typed"), [("address", "Columbia Pike"), ("locality", "99999"), ("locality", "x")]
)
def test_a_place_that_cannot_be_looked_up_is_named(field: str, typed: str) -> None:
    assert field in read_person_form({"name": "Poe", field: typed}, TODAY).errors


@pytest.mark.parametrize("typed", ["2027-01-01", "31/31/2009", "last spring", "1066"])
def test_an_impossible_birth_is_named(typed: str) -> None:
    assert "birth" in read_person_form({"birth": typed}, TODAY).errors


def test_numbers_as_records_hold_them() -> None:
    query = read_person_form(
        {"phone": "(804) 555-0123", "plate": "nc abc-1234", "handle": "Meetly:@Jay"}, TODAY
    ).query
    assert query is not None
    assert (query.phone, query.plate, query.handle) == ("+18045550123", "NC:ABC1234", "meetly:jay")


def test_a_plate_without_a_state_is_virginias_and_said_so() -> None:
    form = read_person_form({"plate": "ABC 1234"}, TODAY)
    assert form.query is not None
    assert form.query.plate == "VA:ABC1234"
    assert form.assumptions


@pytest.mark.parametrize(
    "typed",
    [
        {"sex": "F"},
        {"birth": "2008"},
        {"age": "17", "sex": "F"},
        {"name": "S"},
        {"address": "22204"},
    ],
)
def test_what_describes_too_many_is_refused(typed: dict[str, str]) -> None:
    assert "name" in read_person_form(typed, TODAY).errors


def test_words_that_are_no_number() -> None:
    assert as_phone("Redbud Hotel") is None


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=40), max_size=5))
def test_a_sealed_search_opens_for_its_account_only(form: dict[str, str]) -> None:
    sealed = seal(form, KEY, "investigator")
    assert unseal(sealed, KEY, "investigator") == form
    assert unseal(sealed, KEY, "analyst") is None
    assert unseal(sealed, KEY[::-1], "investigator") is None


@given(st.text(max_size=60))
def test_any_other_text_opens_nothing(text: str) -> None:
    assert unseal(text, KEY, "investigator") is None


def test_a_person_is_found_and_the_address_tells_nothing(
    signed_in: SignedIn, somebody: Somebody, web_store: Store
) -> None:
    visit = signed_in("investigator")
    name = f"{somebody.given_name} {somebody.surname}"
    answer = visit.send("/search", "/search", {"name": name})
    assert answer.status_code == 303
    assert somebody.surname.lower() not in answer.location.lower()
    page = visit.get(answer.location)
    assert f"/persons/{somebody.person_id}" in page.links
    look = looks_at(web_store, "investigation", somebody.person_id)[-1]
    assert look.event is AuditEvent.SEARCH
    assert look.case_number == CASE
    assert look.details is not None
    assert look.details["query"] == {"name": name}


def test_a_search_by_sex_alone_is_refused_with_a_reason(signed_in: SignedIn) -> None:
    visit = signed_in("investigator")
    answer = visit.send("/search", "/search", {"sex": "F"})
    assert "describe too many" in visit.get(answer.location, status=400).text


def test_another_accounts_search_is_an_empty_form(signed_in: SignedIn) -> None:
    answer = signed_in("investigator").send("/search", "/search", {"name": "Smith"})
    assert "may be meant" not in signed_in("caseworker").get(answer.location).text


def test_words_find_places_and_lead_to_the_network(signed_in: SignedIn) -> None:
    visit = signed_in("investigator")
    forms = [form for form in visit.get("/search").forms if "words" in form.fields]
    answer = visit.client.post("/search", data=forms[0].fields | {"words": 'hotel (~*"'})
    page = visit.get(answer.location)
    assert any(link.startswith("/network?start=Location:") for link in page.links)


def test_analysts_search_no_contacts(signed_in: SignedIn) -> None:
    visit = signed_in("analyst")
    forms = [form for form in visit.get("/search").forms if "words" in form.fields]
    answer = visit.client.post("/search", data=forms[0].fields | {"words": "hotel"})
    assert not any("ContactPoint" in link for link in visit.get(answer.location).links)
