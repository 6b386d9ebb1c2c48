"""Names of localities: found, ambiguous or unknown, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contracts.localities import (
    Found,
    agency_localities,
    localities,
    locality_name,
    resolve,
)


def test_every_locality_is_there_once() -> None:
    assert len(localities()) == 133
    assert sum(place.kind == "county" for place in localities().values()) == 95
    assert sum(place.kind == "city" for place in localities().values()) == 38


@pytest.mark.parametrize("fips", sorted(localities()))
def test_every_full_name_and_code_finds_its_locality(fips: str) -> None:
    place = localities()[fips]
    assert resolve(place.name).fips == fips
    assert resolve(fips).fips == fips
    assert resolve(place.name.upper() + ", VA").fips == fips
    assert resolve(f"{place.kind} of {place.short_name}").fips == fips


@pytest.mark.parametrize(
    ("name", "county", "city"),
    [
        ("Richmond", "51159", "51760"),
        ("ROANOKE", "51161", "51770"),
        (" franklin ", "51067", "51620"),
        ("Fairfax, Virginia", "51059", "51600"),
    ],
)
def test_the_four_twins_are_never_guessed(name: str, county: str, city: str) -> None:
    answer = resolve(name)
    assert answer.found is Found.AMBIGUOUS
    assert answer.fips is None
    assert set(answer.candidates) == {county, city}
    assert resolve(f"{name.split(',')[0]} County").fips == county
    assert resolve(f"{name.split(',')[0]} (city)").fips == city
    assert resolve(f"{name.split(',')[0]} Co.").fips == county


def test_only_the_twins_are_ambiguous() -> None:
    ambiguous = {
        place.short_name
        for place in localities().values()
        if resolve(place.short_name).found is Found.AMBIGUOUS
    }
    assert ambiguous == {"Richmond", "Roanoke", "Franklin", "Fairfax"}


def test_counties_named_city_and_former_cities() -> None:
    assert resolve("James City").fips == "51095"
    assert resolve("Charles City County").fips == "51036"
    assert resolve("51515").fips == "51019"


def test_names_of_ids() -> None:
    assert locality_name("51760") == "Richmond city"
    assert locality_name("MN:BECKER") == "BECKER, MN"
    assert locality_name(None) == "Locality unknown"


def test_agencies_lie_in_known_localities() -> None:
    placed = {fips for fips in agency_localities().values() if fips is not None}
    assert placed <= set(localities())
    assert agency_localities()["VA0010000"] == "51001"


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    answer = resolve(text)
    assert (answer.fips is not None) == (answer.found is Found.FOUND)
