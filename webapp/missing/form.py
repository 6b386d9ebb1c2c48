"""The form for a child just reported: text in, a checked description out.

Guarantees: a fault is told beside its field in plain words; nothing typed is kept on the server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import phonenumbers

from casework.description import EpisodeDescription
from casework.errors import DescriptionInvalid
from ingest.contracts.localities import localities

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final = (
    "given_name",
    "surname",
    "aliases",
    "birth_date",
    "age_years",
    "sex",
    "missing_from_on",
    "found_on",
    "last_seen_locality_id",
    "phones",
    "plates",
    "handles",
)
SEXES: Final = {"": "not known", "F": "female", "M": "male", "X": "other"}
LONGEST: Final = 200
MANY: Final = 10


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed, what is wrong with it by field, and the description where nothing is."""

    typed: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    description: EpisodeDescription | None = None


def fill(values: Mapping[str, str], today: date) -> Filled:
    """Read the form's values. ``faults['']`` is about the whole."""
    typed = {name: values.get(name, "").strip()[:LONGEST] for name in FIELDS}
    faults: dict[str, str] = {}
    gone = _day(typed, "missing_from_on", faults, today)
    born = _day(typed, "birth_date", faults, today)
    found = _day(typed, "found_on", faults, today)
    age = _age(typed, faults)
    phones = _phones(typed, faults)
    if gone is None and "missing_from_on" not in faults:
        faults["missing_from_on"] = "Enter the day of last contact"
    if typed["sex"] not in SEXES:
        faults["sex"] = "Choose one of the answers"
    if typed["last_seen_locality_id"] and typed["last_seen_locality_id"] not in localities():
        faults["last_seen_locality_id"] = "Choose a county or city from the list"
    if faults or gone is None:
        return Filled(typed, faults)
    try:
        description = EpisodeDescription(
            missing_from_on=gone,
            given_name=typed["given_name"] or None,
            surname=typed["surname"] or None,
            aliases=_several(typed["aliases"]),
            birth_date=born,
            age_years=age,
            sex=typed["sex"] or None,
            found_on=found,
            last_seen_locality_id=typed["last_seen_locality_id"] or None,
            phones=phones,
            plates=tuple(_plate(plate) for plate in _several(typed["plates"])),
            handles=tuple(handle.lower().lstrip("@") for handle in _several(typed["handles"])),
        )
    except DescriptionInvalid as error:
        return Filled(typed, {"": str(error).capitalize()})
    return Filled(typed, {}, description)


def _day(typed: dict[str, str], name: str, faults: dict[str, str], today: date) -> date | None:
    if not typed[name]:
        return None
    try:
        day = date.fromisoformat(typed[name])
    except ValueError:
        faults[name] = "Enter a date as year-month-day, for example 2025-03-01"
        return None
    if day > today:
        faults[name] = "This day lies in the future"
        return None
    return day


def _age(typed: dict[str, str], faults: dict[str, str]) -> int | None:
    if not typed["age_years"]:
        return None
    if not re.fullmatch(r"[0-9]{1,2}", typed["age_years"]):
        faults["age_years"] = "Enter the age in whole years"
        return None
    return int(typed["age_years"])


def _phones(typed: dict[str, str], faults: dict[str, str]) -> tuple[str, ...]:
    found = []
    for text in _several(typed["phones"]):
        try:
            number = phonenumbers.parse(text, "US")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            faults["phones"] = "Enter each phone with its area code, for example 703-555-0123"
            return ()
        found.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return tuple(found)


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[;,\n]", text) if part.strip())[:MANY]


def _plate(text: str) -> str:
    state, colon, number = text.upper().partition(":")
    bare = re.sub(r"[^A-Z0-9?]", "", number if colon else state)
    return f"{state.strip()}:{bare}" if colon else f"VA:{bare}"
