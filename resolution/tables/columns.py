"""Which columns of a table speak of a person, told by their headers and by what they hold.

Guarantees: each column is used for one field or for none, each field has one column at most, and
what was taken for what is returned, so that it can be shown. A header alone never decides against
the content. What the user names is taken as named.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ingest.proposal.meaning import Meaning, meaning_of, words_of
from ingest.proposal.profile import Profile, profile
from resolution.tables.errors import BadTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb


class Field(StrEnum):
    """The value is how the field is named on the command line and in the report."""

    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"
    SURNAME = "surname"
    FULL_NAME = "full_name"
    NAME_SUFFIX = "name_suffix"
    ALIAS = "alias"
    BIRTH_DATE = "birth_date"
    BIRTH_YEAR = "birth_year"
    BIRTH_MONTH = "birth_month"
    BIRTH_DAY = "birth_day"
    AGE = "age"
    OBSERVED_ON = "observed_on"
    SEX = "sex"
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    PLATE = "plate"
    HOUSE_NUMBER = "house_number"
    STREET = "street"
    CITY = "city"
    ZIP = "zip"
    STRONG_ID = "strong_id"


COMPARED: Final = frozenset(Field) - {Field.OBSERVED_ON, Field.HOUSE_NUMBER}
"""Fields that say something about a person on their own."""

_WORD: Final = re.compile(r"[^\W\d_]")

_IDENTIFIER: Final = (
    r"\b(ssn|social security|soc sec|nino|nhs|national (id|insurance)|passport|"
    r"driver'?s? licen[cs]e|medicare|tax id)\b"
)

# Headers that tables of people use and agencies' feeds do not, the more particular first. A field
# of None keeps a column from being taken for something else.
_SAID: Final[tuple[tuple[Field | None, re.Pattern[str]], ...]] = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        (None, r"\b(unit|apartment|apt|suite|flat) ?(no|num|number|nbr)?$|\baddress ?[23]$"),
        (None, r"\b(cluster|entity|household|group|record|rec|row|unique|source|dataset)\b.*\bid$"),
        (Field.HOUSE_NUMBER, r"\b(street|house|building|st) ?(no|num|number|nbr|nr)\b"),
        (Field.BIRTH_MONTH, r"\b(birth month|month of birth|dob month|dobm|bm)\b|^mob$"),
        (Field.BIRTH_DAY, r"\b(birth day|day of birth|dob day|dobd|bd)\b$"),
        (Field.BIRTH_YEAR, r"\b(birth year|year of birth|dob year|yob|by)\b|^birthyear"),
        (
            Field.BIRTH_DATE,
            (
                r"\b(dob|birth ?date|date of birth|birthdate|b ?date|geburtsdatum|"
                r"geburtstag|fecha (de )?nac\w*|date (de )?naissance|data (di )?nascita|"
                r"data (de )?nascimento|geboortedatum)\b"
            ),
        ),
        (Field.STRONG_ID, _IDENTIFIER),
        (Field.STREET, r"\b(street name|address ?1|address line ?1?|street|address|addr)\b"),
        (
            Field.ZIP,
            (
                r"\b(zip|zip ?code|postcode|postal ?code|post ?code|plz|postleitzahl|"
                r"code postal|codigo postal|cap|cep)\b"
            ),
        ),
        (
            Field.CITY,
            (
                r"\b(city|town|suburb|municipality|place of birth|birth ?place|village|"
                r"ort|wohnort|stadt|ville|ciudad|municipio|comune|citta|cidade)\b"
            ),
        ),
        (
            Field.GIVEN_NAME,
            (
                r"\b(first ?name|given ?name|fname|forename|vorname|name1|"
                r"nombres?|prenom|nome|voornaam|(nm|name) first|first nm)\b"
            ),
        ),
        (
            Field.SURNAME,
            (
                r"\b(last ?name|surname|lname|family ?name|nachname|familienname|"
                r"apellidos?|nom( de famille)?|cognome|sobrenome|achternaam|(nm|name) last|"
                r"last nm)\b"
            ),
        ),
        (Field.PHONE, r"\b(telefono|telefon|telephone|celular|movil|handy|mobile|phone)\b"),
        (Field.STREET, r"\b(strasse|direccion|domicilio|adresse|rue|calle|indirizzo|endereco)\b"),
        (
            Field.MIDDLE_NAME,
            (
                r"\b(middle ?(name|initial|nm)?|mname|second (given )?name|(nm|name) middle|mi|"
                r"zweitname|segundo nombre)\b"
            ),
        ),
        # Another kind of name is no full name.
        (
            Field.FULL_NAME,
            (
                r"\b(full ?name|whole ?name|person name)\b|"
                r"(?<!middle )(?<!maiden )(?<!nick )(?<!suffix )(?<!place )\bname$"
            ),
        ),
    )
)

_MEANT: Final = {
    Meaning.GIVEN_NAME: Field.GIVEN_NAME,
    Meaning.MIDDLE_NAME: Field.MIDDLE_NAME,
    Meaning.SURNAME: Field.SURNAME,
    Meaning.FULL_NAME: Field.FULL_NAME,
    Meaning.NAME_SUFFIX: Field.NAME_SUFFIX,
    Meaning.ALIASES: Field.ALIAS,
    Meaning.BIRTH_DATE: Field.BIRTH_DATE,
    Meaning.BIRTH_YEAR: Field.BIRTH_YEAR,
    Meaning.AGE: Field.AGE,
    Meaning.SEX: Field.SEX,
    Meaning.PHONE: Field.PHONE,
    Meaning.EMAIL: Field.EMAIL,
    Meaning.HANDLE: Field.HANDLE,
    Meaning.PLATE: Field.PLATE,
    Meaning.ADDRESS: Field.STREET,
    Meaning.CITY: Field.CITY,
    Meaning.LOCALITY: Field.CITY,
    Meaning.ZIP: Field.ZIP,
    Meaning.OBSERVED_ON: Field.OBSERVED_ON,
}
_NAMES: Final = frozenset(
    {Field.GIVEN_NAME, Field.MIDDLE_NAME, Field.SURNAME, Field.FULL_NAME, Field.CITY}
)
_NUMBERS: Final = frozenset({Field.BIRTH_YEAR, Field.BIRTH_MONTH, Field.BIRTH_DAY})


def _holds(field: Field, seen: Profile) -> bool:
    """Whether the content does not speak against the header."""
    some = seen.some
    if not some:
        return False
    lettered = sum(bool(_WORD.search(value)) for value in some) / len(some)
    digits = sum(value.replace(".0", "").isdigit() for value in some) / len(some)
    if field in _NAMES:
        return lettered >= 0.5
    if field in _NUMBERS:
        return digits >= 0.5 and seen.longest <= 6
    if field is Field.BIRTH_DATE:
        return sum(any(c.isdigit() for c in value) for value in some) >= 0.5 * len(some)
    if field is Field.PHONE:
        return sum(sum(c.isdigit() for c in value) >= 7 for value in some) >= 0.5 * len(some)
    if field is Field.ZIP:
        return seen.longest <= 12
    if field is Field.STRONG_ID:
        return seen.longest <= 40 and seen.values >= 0.02 * seen.sound
    return True


def field_of(header: str, seen: Profile) -> Field | None:
    """What a column is likely to be, by its header and what it holds; None where unknown."""
    said = words_of(header)
    for likely, pattern in _SAID:
        if pattern.search(said) and (likely is None or _holds(likely, seen)):
            return likely
    return _MEANT.get(meaning_of(header, seen))


def recognise(
    con: duckdb.DuckDBPyConnection,
    table: duckdb.DuckDBPyRelation,
    *,
    named: Mapping[Field, str],
    left_out: frozenset[str],
) -> dict[Field, str]:
    """Field to column of ``table``, whose columns are all text.

    ``named`` is what the user said; ``left_out`` are columns that are never an input. Raises
    BadTable where a named column is not in the table, or no column can be compared.
    """
    for field, column in named.items():
        if column not in table.columns:
            raise BadTable(
                f"--column {field}={column}: the table has no column of that name; it has: "
                + ", ".join(table.columns)
            )
    taken = set(named.values()) | left_out
    offered: dict[Field, list[tuple[tuple[bool, int, int], str]]] = {}
    for place, column in enumerate(table.columns):
        if column in taken:
            continue
        seen = profile(con, table, column)
        likely = field_of(column, seen)
        if likely is not None and likely not in named:
            # Of several, the plainest header: surname before first_and_surname; where somebody
            # lives before where they were born.
            said = words_of(column)
            rank = (likely is Field.CITY and "birth" in said, len(said.split()), place)
            offered.setdefault(likely, []).append((rank, column))
    found = {field: min(columns)[1] for field, columns in offered.items()} | dict(named)
    if Field.GIVEN_NAME in found and Field.SURNAME in found:
        found.pop(Field.FULL_NAME, None)
    if not COMPARED & found.keys():
        raise BadTable(
            "no column was recognised as a name, birth date, sex, phone, e-mail, address or "
            "identifier of a person. The columns are: "
            + ", ".join(table.columns)
            + ". Say which is which, for example --column surname="
            + table.columns[0]
        )
    return {field: found[field] for field in Field if field in found}
