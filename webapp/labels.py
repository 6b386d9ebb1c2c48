"""Codes in words, as pages show them.

Guarantees: a code without a word is shown as it is, never hidden; NIBRS codes are worded by
``ingest.contracts.codes``; null is a dash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.contracts.codes import CodeList
from ingest.contracts.codes import label as code_label
from ingest.contracts.localities import locality_name
from sharing.purposes import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NO_VALUE: Final = "\N{EN DASH}"
"""Stands where nothing is recorded."""

FEEDS: Final = {
    "nibrs": "Police incident reports (NIBRS)",
    "local-police": "Police incident reports (local copies)",
    "clearinghouse": "Missing children clearinghouse",
    "social-services": "Social services",
    "juvenile-justice": "Juvenile justice",
    "forensic-lab": "Forensic laboratory",
    "hotline": "Trafficking hotline",
    "courts": "Courts",
    "hospital": "Hospitals (emergency visits)",
    "events": "Public events and police operations",
    "school-attendance": "School attendance",
    "service-directory": "Service directory (referrals)",
}
ROLES: Final = {
    "victim": "Victim",
    "offender": "Offender",
    "arrestee": "Arrestee",
    "missing_child": "Missing child",
    "client": "Client",
    "subject": "Subject",
    "contact": "Contact",
    "student": "Student",
    "defendant": "Defendant",
    "petitioner": "Petitioner",
    "respondent": "Respondent",
    "child": "Child of an order",
    "patient": "Patient",
}
ACCOUNT_ROLES: Final = {
    "investigator": "Investigator",
    "case_worker": "Case worker",
    "analyst": "Analyst",
    "steward": "Data steward",
    "reviewer": "Reviewer",
    "administrator": "Administrator",
    "visitor": "Visitor",
}
SEXES: Final = {"F": "Female", "M": "Male", "X": "Another or unspecified"}
NODE_KINDS: Final = {
    "Location": "Place",
    "DrugSeizure": "Drug seizure",
    "MissingEpisode": "Missing episode",
    "ContactPoint": "Contact point",
}
CONTACT_KINDS: Final = {
    "phone": "Phone",
    "vehicle": "Vehicle",
    "handle": "Online handle",
    "email": "E-mail",
    "address": "Address",
}
_SMALL_WORDS: Final = re.compile(r"[_\s]+")


def words(value: str | None) -> str:
    """An enumerated value as words: ``returned_on_own`` is ``Returned on own``."""
    if not value:
        return NO_VALUE
    text = _SMALL_WORDS.sub(" ", value).strip()
    return text[:1].upper() + text[1:]


def _from(known: Mapping[str, str]) -> Callable[[str | None], str]:
    return lambda value: NO_VALUE if not value else known.get(value) or words(value)


def _code(code_list: CodeList) -> Callable[[str | None], str]:
    return lambda value: NO_VALUE if not value else code_label(code_list, value)


def locality(locality_id: str | None) -> str:
    """A locality's name; outside Virginia the name that the id carries."""
    return locality_name(locality_id) if locality_id else NO_VALUE


def offense_codes(codes: Iterable[str] | None) -> str:
    """Offenses in words, each with its code."""
    return "; ".join(f"{code_label(CodeList.OFFENSE, code)} ({code})" for code in codes or ())


def contact_value(value: str | None, kind: str | None) -> str:
    """A phone, plate or handle as people write it: ``+18045550123`` is ``(804) 555-0123``."""
    if not value:
        return NO_VALUE
    north_american = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", value)
    if kind == "phone" and north_american:
        area, exchange, line = north_american.groups()
        return f"({area}) {exchange}-{line}"
    if kind == "vehicle" and ":" in value:
        state, plate = value.split(":", 1)
        return f"{state} {plate}".strip()
    return value


sex: Final = _from(SEXES)
role: Final = _from(ROLES)
feed: Final = _from(FEEDS)
race: Final = _code(CodeList.RACE)
contact_kind: Final = _from(CONTACT_KINDS)


def purpose(value: str | None) -> str:
    """A purpose as its form words it."""
    return Purpose(value).text if value in set(Purpose) else words(value)


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "words": words,
    "purpose": purpose,
    "sex": sex,
    "role": role,
    "account_role": _from(ACCOUNT_ROLES),
    "feed": feed,
    "kind": _from(NODE_KINDS),
    "race": race,
    "ethnicity": _code(CodeList.ETHNICITY),
    "offense": _code(CodeList.OFFENSE),
    "offenses": offense_codes,
    "location_type": _code(CodeList.LOCATION),
    "drug": _code(CodeList.DRUG),
    "relationship": _code(CodeList.RELATIONSHIP),
    "arrest_type": _code(CodeList.ARREST_TYPE),
    "locality": locality,
    "contact_kind": contact_kind,
    "contact_value": contact_value,
}
"""Template filters by name."""
