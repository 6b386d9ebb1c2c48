"""A person as somebody describes them, and the records that the description could be.

Guarantees: whatever is asked becomes rows of person_record of bounded length, one for each way in
which its name may be meant; nothing is guessed that was not said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]

from resolution.matching import PERSON_RECORD_SCHEMA

if TYPE_CHECKING:
    from datetime import date

MAX_NAME: Final = 200
_NOT_PLATE: Final = re.compile(r"[^A-Z0-9:?]")


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """What is known of a person. Any part may be missing; a name or number may be misspelt.

    ``name``: "First Last", "Last, First" or one name. ``age``: years on ``age_on``. ``phone``: a
    number of the United States in any form, else E.164. ``plate``: with its state ("VA:ABC1234")
    or without; ``handle``: with its site ("chirper:name") or without. ``locality_id``: FIPS code.
    ``birth_month``: 1 to 12, where the day is not known; counts with ``birth_year`` only.
    """

    name: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    birth_month: int | None = None
    age: int | None = None
    age_on: date | None = None
    sex: str | None = None
    phone: str | None = None
    email: str | None = None
    handle: str | None = None
    plate: str | None = None
    strong_id: str | None = None
    address_line: str | None = None
    city: str | None = None
    zip: str | None = None
    locality_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Names:
    given: str | None = None
    middle: str | None = None
    surname: str | None = None
    alias: str | None = None


def _variants(name: str | None) -> list[_Names]:
    """How a name may be meant."""
    if name is None or not name.strip():
        return [_Names()]
    name = name.strip()[:MAX_NAME]
    if "," in name:
        last, _, first = name.partition(",")
        given, _, middle = first.strip().partition(" ")
        return [_Names(given or None, middle or None, last.strip() or None)]
    words = name.split()
    if len(words) == 1:
        return [_Names(given=name, alias=name), _Names(surname=name)]
    found = [_Names(words[0], " ".join(words[1:-1]) or None, words[-1])]
    if len(words) > 2:
        found.append(_Names(words[0], None, " ".join(words[1:])))
        found.append(_Names(" ".join(words[:-1]), None, words[-1]))
    return found


def _phones(text: str | None) -> list[str] | None:
    digits = "".join(character for character in text or "" if character.isdigit())
    if not digits:
        return None
    national = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return [f"+1{national}" if len(national) == 10 else f"+{digits}"]


def as_records(query: PersonQuery) -> pa.Table:
    """The query as rows of person_record, one for each way in which its name may be meant."""
    common: dict[str, Any] = {
        "birth_date": query.birth_date,
        "birth_year": query.birth_year,
        "age_low_years": query.age,
        "age_high_years": query.age,
        "observed_on": query.age_on,
        "sex": query.sex,
        "phones": _phones(query.phone),
        "emails": [query.email.lower()] if query.email else None,
        "handles": [query.handle.strip().lower()] if query.handle else None,
        "plates": [_NOT_PLATE.sub("", query.plate.upper())] if query.plate else None,
        "strong_id": query.strong_id,
        "address_line": query.address_line,
        "city": query.city,
        "zip": query.zip,
        "locality_id": query.locality_id,
    }
    rows = [
        {
            **common,
            "record_key": str(number),
            "given_name": names.given,
            "middle_name": names.middle,
            "surname": names.surname,
            "aliases": [names.alias] if names.alias else None,
        }
        for number, names in enumerate(_variants(query.name))
    ]
    return pa.Table.from_pylist(rows, schema=PERSON_RECORD_SCHEMA)
