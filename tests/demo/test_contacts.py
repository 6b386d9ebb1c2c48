"""Contacts and addresses of large worlds: nobody shares by accident, nothing could be real."""

from __future__ import annotations

import numpy as np
import phonenumbers
import pytest

from demo.chance import stream
from demo.contacts import AREA_CODES, UNASSIGNED, Contacts
from demo.errors import ImpossibleWorld
from demo.geography import load_geography

BEYOND_VIRGINIA = 100_000
"""Persons for whom Virginia's area codes do not give enough fictional numbers."""


def test_numbers_of_a_large_world_are_distinct_possible_and_nobodys() -> None:
    contacts = Contacts(stream(1, "contacts"), BEYOND_VIRGINIA)
    phones = contacts.phones(np.ones(BEYOND_VIRGINIA * 3 // 2, dtype=bool)).tolist()
    assert len(set(phones)) == len(phones)
    areas = {phone[2:5] for phone in phones}
    assert areas == {*AREA_CODES, *UNASSIGNED}
    assert {phone[5:8] for phone in phones} == {"555"}
    for phone in phones[::5000]:
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone))


def test_a_small_world_telephones_within_virginia() -> None:
    contacts = Contacts(stream(1, "contacts"), 3000)
    phones = contacts.phones(np.arange(4000) % 2 == 0)
    assert {phone[2:5] for phone in phones[::2]} <= set(AREA_CODES)
    assert set(phones[1::2]) == {""}


def test_a_world_never_uses_a_number_again() -> None:
    contacts = Contacts(stream(1, "contacts"), 3000)
    contacts.phones(np.ones(len(AREA_CODES) * 10_000, dtype=bool))
    with pytest.raises(ImpossibleWorld, match="fewer persons"):
        contacts.phone()


def test_homes_of_one_locality_are_distinct() -> None:
    geography = load_geography(stream(1, "geography"))
    locality = np.repeat(np.arange(3), 60_000)
    lines = geography.homes(stream(1, "homes"), locality)
    assert len(set(zip(locality.tolist(), lines, strict=True))) == len(locality)
    drawn = geography.address_lines(stream(1, "homes"), 60_000)
    assert len(set(drawn)) < len(drawn), "so many lines do repeat by chance"
