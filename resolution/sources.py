"""Which values of the tables each compared feature is made of.

Guarantees: every feature that a comparison may read is here, with every column whose value changes
it; so what a comparison gives away follows from the features that its conditions read. Keys are not
among the columns: a view holds them with their rows, whatever else it shows of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _of(*names: str) -> frozenset[str]:
    return frozenset(name if "." in name else f"person_record.{name}" for name in names)


_BORN: Final = _of("birth_date", "birth_year")
_AGED: Final = _BORN | _of("age_low_years", "observed_on")
_STREET: Final = _of("address_line", "household_protected")

SOURCES: Final[Mapping[str, frozenset[str]]] = {
    "role": _of("role"),
    "incident_key": _of(),
    "sex": _of("sex"),
    "given": _of("given_name", "surname", "aliases"),
    "given_first": _of("given_name"),
    "given_key": _of("given_name", "surname", "aliases"),
    "givens": _of("given_name", "middle_name", "aliases"),
    "givens_keys": _of("given_name", "middle_name", "aliases"),
    "roots": _of("given_name", "surname", "aliases"),
    "surname": _of("surname"),
    "surname_key": _of("surname"),
    "surnames": _of("surname", "aliases"),
    "full_names": _of("given_name", "surname", "aliases"),
    "middle": _of("middle_name"),
    "suffix": _of("name_suffix"),
    "birth": _of("birth_date"),
    "birth_year": _BORN,
    "birth_month": _of("birth_date"),
    "birth_day": _of("birth_date"),
    "year_low": _AGED | _of("age_high_years"),
    "year_high": _AGED,
    "phones": _of("phones"),
    "accounts": _of("emails", "handles"),
    "email": _of("emails"),
    "plates": _of("plates"),
    "strong_id": _of("strong_id"),
    "scheme": _of("strong_id"),
    "house": _STREET,
    "street": _STREET,
    "zip": _of("zip", "household_protected"),
    "city": _of("city", "household_protected"),
    "locality": _of("locality_id", "city", "household_protected"),
    "circle": _of("contact_point.value", "contact_point.kind", "contact_point.partial"),
    "scenes": _of("incident.locality_id", "locality_id", "household_protected"),
    # A location's key is made of these: that two are one place tells that they agree.
    "place": _of("location.name", "location.address_line", "location.locality_id"),
}
"""By feature; columns as table.column."""
