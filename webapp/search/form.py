"""What people type into the search forms, as a query.

Guarantees: every value is either understood or named as not understood; nothing is guessed
silently: an assumption (a plate without its state is Virginia's) is returned to be shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import phonenumbers

from ingest.contracts.localities import localities
from resolution.query import PersonQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final = (
    "name",
    "birth",
    "age",
    "sex",
    "phone",
    "plate",
    "handle",
    "address",
    "locality",
)
MAX_LENGTH: Final = 200
HOME_STATE: Final = "VA"
_OLDEST_YEAR: Final = 1900


@dataclass(slots=True)
class PersonForm:
    """A filled form; ``query`` is None while ``errors`` (by field) holds any, or all is empty."""

    values: dict[str, str]
    query: PersonQuery | None = None
    errors: dict[str, str] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any(self.values.values())


def read_person_form(typed: Mapping[str, str], today: date | None = None) -> PersonForm:
    """The form as typed; see PersonForm."""
    values = {name: typed.get(name, "").strip()[:MAX_LENGTH] for name in FIELDS}
    form = PersonForm(values)
    on = today or datetime.now(UTC).date()
    birth_date, birth_year, birth_month = _birth(form, on)
    address_line, city, zip_code = _address(form)
    query = PersonQuery(
        name=values["name"] or None,
        birth_date=birth_date,
        birth_year=birth_year,
        birth_month=birth_month,
        age=_age(form),
        age_on=on if values["age"] else None,
        sex=_sex(form),
        phone=_phone(form),
        plate=_plate(form),
        handle=_handle(form),
        address_line=address_line,
        city=city,
        zip=zip_code,
        locality_id=_locality(form),
    )
    if not form.errors and not form.is_empty:
        if not _says_whom(query):
            form.errors["name"] = (
                "Sex, age, year of birth and place describe too many: add a name of at least two "
                "letters, a whole date of birth, a street with its house number, or a number."
            )
        else:
            form.query = query
    return form


def _says_whom(query: PersonQuery) -> bool:
    """True where the search index could find somebody by what was typed."""
    letters = [character for character in query.name or "" if character.isalnum()]
    numbers = (query.birth_date, query.phone, query.plate, query.handle, query.address_line)
    # One sign of a script such as Chinese is a name.
    return (
        len(letters) > 1
        or any(letter.lower() == letter.upper() and not letter.isdigit() for letter in letters)
        or any(number is not None for number in numbers)
    )


def _birth(form: PersonForm, today: date) -> tuple[date | None, int | None, int | None]:
    """Day, year and month, as far as they were told."""
    typed = form.values["birth"]
    if not typed:
        return None, None, None
    if re.fullmatch(r"\d{4}", typed):
        if _OLDEST_YEAR <= int(typed) <= today.year:
            return None, int(typed), None
    else:
        for pattern in ("%Y-%m", "%m/%Y", "%b %Y", "%B %Y"):
            try:
                month = datetime.strptime(typed, pattern).replace(tzinfo=UTC).date()
            except ValueError:
                continue
            if month <= today and month.year >= _OLDEST_YEAR:
                return None, month.year, month.month
        for pattern in ("%Y-%m-%d", "%m/%d/%Y", "%d %b %Y", "%d %B %Y"):
            try:
                found = datetime.strptime(typed, pattern).replace(tzinfo=UTC).date()
            except ValueError:
                continue
            if found <= today and found.year >= _OLDEST_YEAR:
                return found, found.year, found.month
    form.errors["birth"] = (
        "Expected a past day such as 2009-03-14 or 03/14/2009, a month such as 2009-03, or a year."
    )
    return None, None, None


def _address(form: PersonForm) -> tuple[str | None, str | None, str | None]:
    """Street with its house number, city, ZIP code."""
    typed = form.values["address"]
    if not typed:
        return None, None, None
    ended = re.fullmatch(r"(.*?)[ ,]*\b(\d{5})(?:-\d{4})?", typed, re.ASCII)
    rest, zip_code = ended.groups() if ended else (typed, None)
    street, _, city = (part.strip() for part in rest.partition(","))
    city = re.sub(r"[ ,]*\b(VA|Virginia)$", "", city, flags=re.IGNORECASE)
    if street and not re.match(r"[0-9]+[A-Za-z]? +\w", street, re.ASCII):
        form.errors["address"] = (
            "Expected a house number and street, such as 4411 Columbia Pike, Arlington 22204, "
            "or a ZIP code."
        )
        return None, None, None
    return street or None, city or None, zip_code


def _locality(form: PersonForm) -> str | None:
    typed = form.values["locality"]
    if typed and typed not in localities():
        form.errors["locality"] = "Choose a county or city from the list."
        return None
    return typed or None


def _age(form: PersonForm) -> int | None:
    typed = form.values["age"]
    if not typed:
        return None
    if typed.isdecimal() and int(typed) <= 120:
        return int(typed)
    form.errors["age"] = "Expected a whole number of years, 0 to 120."
    return None


def _sex(form: PersonForm) -> str | None:
    typed = form.values["sex"]
    if typed in ("", "F", "M", "X"):
        return typed or None
    form.errors["sex"] = "Choose one of the list."
    return None


def _phone(form: PersonForm) -> str | None:
    typed = form.values["phone"]
    if not typed:
        return None
    found = as_phone(typed)
    if found is None:
        form.errors["phone"] = "Expected ten digits, such as (804) 555-0123."
    return found


def as_phone(typed: str) -> str | None:
    """A number as records hold it (E.164), or None where it is no possible number."""
    try:
        number = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _plate(form: PersonForm) -> str | None:
    typed = form.values["plate"].upper()
    if not typed:
        return None
    named = re.fullmatch(r"([A-Z]{2})[: ]\s*([A-Z0-9 -]+)", typed)
    state, plate = named.groups() if named else (HOME_STATE, typed)
    plate = re.sub(r"[ -]", "", plate)
    if not re.fullmatch(r"[A-Z0-9?]{2,8}", plate):
        form.errors["plate"] = "Expected state and plate, such as VA ABC-1234."
        return None
    if not named:
        form.assumptions.append(f"The plate was taken for Virginia's: {HOME_STATE} {plate}.")
    return f"{state}:{plate}"


def _handle(form: PersonForm) -> str | None:
    typed = form.values["handle"].lower()
    if not typed:
        return None
    site, colon, name = typed.rpartition(":")
    name = name.lstrip("@")
    if not name or " " in name:
        form.errors["handle"] = "Expected a name such as @someone, or site:someone."
        return None
    return f"{site}{colon}{name}"
