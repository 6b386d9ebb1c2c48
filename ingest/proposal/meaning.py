"""What a column is likely to mean, by its header and by what it holds.

Guarantees: a header alone never decides against the content: a phone column holds phones. What
cannot be told stays unknown; a wrong guess about a person is worse than none.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import names  # type: ignore[import-untyped]

from ingest.contracts.columns import Kind
from ingest.functions import locality_id, phone_e164

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.proposal.profile import Profile


class Meaning(StrEnum):
    """The value is how a report names it."""

    SURNAME = "surname"
    GIVEN_NAME = "given name"
    MIDDLE_NAME = "middle name"
    FULL_NAME = "full name"
    NAME_SUFFIX = "name suffix"
    ALIASES = "aliases"
    BIRTH_DATE = "date of birth"
    BIRTH_YEAR = "year of birth"
    AGE = "age"
    SEX = "sex"
    RACE = "race"
    ETHNICITY = "ethnicity"
    PHONE = "phone"
    EMAIL = "e-mail"
    HANDLE = "online handle"
    PLATE = "plate"
    PLATE_STATE = "state of the plate"
    ADDRESS = "address"
    CITY = "city"
    ZIP = "ZIP code"
    LOCALITY = "locality"
    FIPS = "FIPS code of a locality"
    PROTECTED = "address protected"
    STRONG_ID = "number issued to one person"
    CASE_NUMBER = "case number"
    ORI = "agency (ORI)"
    OBSERVED_ON = "day of the record"
    DATE = "date"
    FREE_TEXT = "free text"
    CODE = "code"
    UNKNOWN = "-"


PERSONAL: Final = frozenset(
    {
        Meaning.SURNAME,
        Meaning.GIVEN_NAME,
        Meaning.MIDDLE_NAME,
        Meaning.FULL_NAME,
        Meaning.ALIASES,
        Meaning.BIRTH_DATE,
        Meaning.BIRTH_YEAR,
        Meaning.AGE,
        Meaning.PHONE,
        Meaning.EMAIL,
        Meaning.HANDLE,
        Meaning.PLATE,
        Meaning.ADDRESS,
        Meaning.CITY,
        Meaning.ZIP,
        Meaning.STRONG_ID,
        Meaning.CASE_NUMBER,
        Meaning.FREE_TEXT,
    }
)
"""No value of such a column is ever written into a proposal."""

_OF_CODES: Final = frozenset(
    [
        "type",
        "status",
        "code",
        "category",
        "class",
        "reason",
        "channel",
        "color",
        "colour",
        "method",
        "outcome",
        "disposition",
        "mode",
        "kind",
        "level",
        "source",
        "unit",
        "grade",
        "state",
    ]
)
_OPEN: Final = frozenset(
    {"name", "officer", "worker", "clerk", "investigator", "place", "venue", "location",
     "facility", "school", "building", "hospital", "city", "town", "street", "county", "address",
     "employer", "business"}
)  # fmt: skip
_NOT_A_PERSON: Final = re.compile(
    r"\b(facility|agency|school|place|business|venue|event|street|company|employer|officer|"
    r"reporting|worker|file|offense|offence|charge|drug|vehicle|make|model|county|state|program)\b"
)

_HEADERS: Final[tuple[tuple[Meaning, str], ...]] = (
    (Meaning.PROTECTED, r"\b(protected|confidential|acp|safe at home)\b"),
    (Meaning.FREE_TEXT, r"\b(notes?|narrative|comments?|remarks?|description|summary|details)\b"),
    (Meaning.BIRTH_YEAR, r"\b(birth year|year of birth|yob|birthyear)\b"),
    (
        Meaning.BIRTH_DATE,
        r"\b(dob|d o b|birth ?date|date ?of ?birth|born|birth ?day|soc sec dob)\b",
    ),
    (Meaning.EMAIL, r"\b(e ?mail)\b"),
    (Meaning.HANDLE, r"\b(handle|screen ?name|user ?name|social media|instagram|snapchat)\b"),
    (Meaning.PLATE_STATE, r"\b(plate|lic|license|licence|tag|reg) (st|state)\b|\bplate state\b"),
    (
        Meaning.PLATE,
        r"\b(plate|license plate|lic plate|tag (no|number)|veh(icle)? (tag|plate|lic))\b",
    ),
    (Meaning.PHONE, r"\b(phones?|tel|telephone|cell|mobile)\b"),
    (Meaning.ALIASES, r"\b(alias|aliases|aka|street names|nick ?names?|moniker|other names?)\b"),
    (Meaning.NAME_SUFFIX, r"\b(suffix|name suffix|generation)\b"),
    (Meaning.MIDDLE_NAME, r"\b(middle|mname|middle ?name|mi|middle initial|name middle)\b"),
    (
        Meaning.SURNAME,
        r"\b(last ?name|surname|lname|family ?name|name last|last nm|nachname)\b|^last$",
    ),
    (
        Meaning.GIVEN_NAME,
        r"\b(first ?name|given ?name|fname|forename|name first|first nm)\b|^(first|given)$",
    ),
    (
        Meaning.FULL_NAME,
        (
            r"\b(full ?name|(person|subject|suspect|victim|client|child|offender|arrestee|student|"
            r"patient|caller|party|contact)s? name|name of (person|subject|suspect|victim|child))\b"
            r"|^name$"
        ),
    ),
    (
        Meaning.STRONG_ID,
        (
            r"\b(ssn|social security|soc sec id|fbi (no|number|id)|sid|oln|driver'?s? lic\w*|"
            r"(juvenile|client|person|student|inmate|patient) "
            r"(id|no|num|number|key)|pid)\b"
        ),
    ),
    (Meaning.SEX, r"\b(sex|gender)\b"),
    (Meaning.ETHNICITY, r"\b(ethnicity|ethnic|hispanic|latino)\b"),
    (Meaning.RACE, r"\brace\b"),
    (Meaning.AGE, r"\b(age|years old)\b(?! (id|code|group))"),
    (Meaning.ZIP, r"\b(zip|zip ?code|postal ?code|postcode)\b"),
    (Meaning.FIPS, r"\bfips\b"),
    (Meaning.ORI, r"\bori\b"),
    (Meaning.ADDRESS, r"\b(address|addr|street|residence)\b"),
    (Meaning.LOCALITY, r"\b(locality|county|jurisdiction|independent city)\b"),
    (Meaning.CITY, r"\b(city|town|suburb)\b"),
    (
        Meaning.OBSERVED_ON,
        (
            r"\b(contact|incident|occur\w*|entry|entered|report\w*|received|intake|stop|"
            r"start|offense|offence|arrest|seen|event|admission|filed|created)\b"
        ),
    ),
    (
        Meaning.CASE_NUMBER,
        (
            r"\b(case|incident|report|entry|complaint|docket|file|signal|event|contact|"
            r"record|intake|lab|placement|rec) ?(id|no|num|number|key|#)\b|^(id|no|number)$"
        ),
    ),
)

_PHONE: Final = re.compile(r"[+(]?\d[\d ().x-]{6,18}\d")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
_ADDRESS: Final = re.compile(r"\d+[A-Za-z]?\s+\S+(\s+\S+)+")
_PLATE: Final = re.compile(r"(?=.*\d)([A-Z]{2}:)?[A-Z0-9?]{2,4}[- ]?[A-Z0-9?]{1,5}", re.IGNORECASE)
_LAST_FIRST: Final = re.compile(r"[^\W\d_][^\d,]*, [^\W\d_][^\d,]+")
_NAME: Final = re.compile(r"[^\W\d_][^\d@/;]*")
_HANDLE: Final = re.compile(r"@?\S*[^\W\d_]\S*|\w+: ?\S+")
_STATE: Final = re.compile(r".*, [A-Z]{2}")

SEX_WORDS: Final = {"M": "M", "MALE": "M", "F": "F", "FEMALE": "F", "X": "X", "NONBINARY": "X",
                    "NON-BINARY": "X", "U": "", "UNK": "", "UNKNOWN": ""}  # fmt: skip
RACE_WORDS: Final = {"W": "W", "WHITE": "W", "B": "B", "BLACK": "B", "AFRICAN AMERICAN": "B",
                     "BLACK OR AFRICAN AMERICAN": "B", "I": "I", "AMERICAN INDIAN": "I",
                     "AMERICAN INDIAN OR ALASKA NATIVE": "I", "NATIVE AMERICAN": "I", "A": "A",
                     "ASIAN": "A", "P": "P", "PACIFIC ISLANDER": "P",
                     "NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER": "P", "H": "", "HISPANIC": "",
                     "O": "", "OTHER": "", "U": "", "UNK": "", "UNKNOWN": "", "M": "",
                     "MULTIPLE": ""}  # fmt: skip
ETHNICITY_WORDS: Final = {"H": "H", "HISPANIC": "H", "HISPANIC OR LATINO": "H", "Y": "H",
                          "YES": "H", "N": "N", "NON-HISPANIC": "N", "NOT HISPANIC": "N",
                          "NOT HISPANIC OR LATINO": "N", "NO": "N", "U": "", "UNK": "",
                          "UNKNOWN": "", "M": ""}  # fmt: skip


def words_of(header: str) -> str:
    """A header as its words: ``juvenile.name.first`` and LastName as they are spoken."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    return " ".join(re.sub(r"[^A-Za-z0-9#']+", " ", split).casefold().split())


def by_header(header: str) -> list[Meaning]:
    """What the header speaks of, the more particular first."""
    said = words_of(header)
    # The last part of a path speaks for itself: ``p.n.last``.
    last = words_of(header.rsplit(".", maxsplit=1)[-1])
    return [
        meaning
        for meaning, pattern in _HEADERS
        if re.search(pattern, said) or re.search(pattern, last)
    ]


def meaning_of(header: str, seen: Profile) -> Meaning:
    """The likely meaning of a column; UNKNOWN where header and content do not agree."""
    if not seen.sound:
        return Meaning.UNKNOWN
    named = by_header(header)
    about_things = bool(_NOT_A_PERSON.search(words_of(header)))
    for meaning in named:
        if meaning in _NAMES and about_things:
            continue
        if _AGREES[meaning](seen):
            return meaning
    return _by_content(seen, about_things)


def _by_content(seen: Profile, about_things: bool) -> Meaning:
    if _is_date(seen):
        return Meaning.DATE
    if _share(seen.some, _is_email) >= 0.9:
        return Meaning.EMAIL
    if seen.longest >= 7 and _share(seen.some, _is_written_phone) >= 0.9:
        return Meaning.PHONE
    if seen.mean_length > 45 and seen.values > 0.2 * seen.sound:
        return Meaning.FREE_TEXT
    if seen.values >= 20:
        if seen.fits(Kind.ORI) and seen.counts["like_ori"] == seen.sound:
            return Meaning.ORI
        if _share(seen.some, lambda value: locality_id(value) is not None) >= 0.8:
            return Meaning.FIPS if seen.fits(Kind.FIPS) else Meaning.LOCALITY
        if _share(seen.some, _is_address) >= 0.8:
            return Meaning.ADDRESS
        if _share(seen.some, _is_last_first) >= 0.8 and not about_things:
            return Meaning.FULL_NAME
        return Meaning.UNKNOWN if about_things else _like_names(seen)
    return Meaning.UNKNOWN


def _like_names(seen: Profile) -> Meaning:
    surnames = _share(seen.some, lambda value: value.casefold() in _surnames())
    given = _share(seen.some, lambda value: value.casefold() in _given_names())
    if max(surnames, given) < 0.6:
        return Meaning.UNKNOWN
    return Meaning.GIVEN_NAME if given >= surnames - 0.1 and given >= 0.6 else Meaning.SURNAME


def may_be_names(header: str, seen: Profile) -> bool:
    """Whether the few values of a column could be people or places, which no list ends."""
    if _OPEN & set(words_of(header).split()):
        return True
    if _OF_CODES & set(words_of(header).split()):
        return False
    words = [value.split(",")[0].split(" ")[0] for value in seen.codes if len(value) > 2]
    listed = _surnames() | _given_names()
    return _share(words, lambda word: word.casefold() in listed) > 0.5


def name_order(seen: Profile) -> str:
    """How a full name is written: ``surname, given`` or ``given surname``."""
    return "surname, given" if _share(seen.some, _is_last_first) >= 0.5 else "given surname"


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values) if values else 0.0


def _is_email(value: str) -> bool:
    return bool(_EMAIL.fullmatch(value))


def _is_written_phone(value: str) -> bool:
    """Ten digits alone may be any number: signs between them tell a phone."""
    return bool(_PHONE.fullmatch(value)) and not value.isdigit() and phone_e164(value) is not None


def _is_address(value: str) -> bool:
    return bool(_ADDRESS.fullmatch(value))


def _is_last_first(value: str) -> bool:
    return bool(_LAST_FIRST.fullmatch(value)) and not _STATE.fullmatch(value)


def _is_date(seen: Profile) -> bool:
    return any(seen.fits(kind) for kind in (Kind.ISO_DATE, Kind.US_DATE, Kind.NIBRS_DATE))


def _mostly(pattern: re.Pattern[str], least: float = 0.7) -> Callable[[Profile], bool]:
    return lambda seen: (
        seen.fits(Kind.LIST)
        or _share(seen.some, lambda value: bool(pattern.fullmatch(value))) >= least
    )


def _any(_: Profile) -> bool:
    return True


def _words(known: dict[str, str]) -> Callable[[Profile], bool]:
    return lambda seen: (
        bool(seen.codes) and all(" ".join(v.split()).upper() in known for v in seen.codes)
    )


def _is_identifier(seen: Profile) -> bool:
    return not _is_date(seen) and seen.longest <= 40 and seen.values >= 0.02 * seen.sound


def _is_some_date(seen: Profile) -> bool:
    """Also one with a few faulty days: its column is named, and read day by day."""
    kinds = (Kind.ISO_DATE, Kind.US_DATE, Kind.ISO_DATE_OR_YEAR, Kind.US_DATE_OR_YEAR)
    return any(seen.nearly(kind) for kind in kinds) and not seen.fits("year")


def _phones(seen: Profile) -> bool:
    if seen.fits(Kind.LIST):
        return True
    return _share(seen.some, lambda v: sum(sign.isdigit() for sign in v) >= 7 or "?" in v) >= 0.7


_AGREES: Final[dict[Meaning, Callable[[Profile], bool]]] = {
    Meaning.SURNAME: _mostly(_NAME),
    Meaning.GIVEN_NAME: _mostly(_NAME),
    Meaning.MIDDLE_NAME: _mostly(_NAME),
    Meaning.FULL_NAME: _mostly(_NAME),
    Meaning.NAME_SUFFIX: lambda seen: seen.longest <= 6 and seen.values <= 15,
    Meaning.ALIASES: _mostly(re.compile(r"(?s).*[^\W\d_].*")),
    Meaning.BIRTH_DATE: lambda seen: _is_some_date(seen) or seen.nearly("compact_date"),
    Meaning.BIRTH_YEAR: lambda seen: seen.fits("year"),
    Meaning.AGE: lambda seen: seen.fits(Kind.AGE_RANGE),
    Meaning.SEX: _words(SEX_WORDS),
    Meaning.RACE: _words(RACE_WORDS),
    Meaning.ETHNICITY: _words(ETHNICITY_WORDS),
    Meaning.PHONE: _phones,
    Meaning.EMAIL: _mostly(_EMAIL),
    Meaning.HANDLE: _mostly(_HANDLE),
    Meaning.PLATE: _mostly(_PLATE),
    Meaning.PLATE_STATE: lambda seen: seen.longest <= 2,
    Meaning.ADDRESS: lambda seen: _share(seen.some, _is_address) >= 0.5,
    Meaning.CITY: _mostly(_NAME),
    Meaning.ZIP: lambda seen: seen.fits(Kind.ZIP),
    Meaning.LOCALITY: _mostly(_NAME),
    Meaning.FIPS: lambda seen: seen.fits(Kind.FIPS),
    Meaning.PROTECTED: lambda seen: seen.fits(Kind.FLAG),
    Meaning.STRONG_ID: _is_identifier,
    Meaning.CASE_NUMBER: _is_identifier,
    Meaning.ORI: lambda seen: seen.fits(Kind.ORI),
    Meaning.OBSERVED_ON: lambda seen: _is_date(seen) or seen.nearly(Kind.US_DATE),
    Meaning.FREE_TEXT: lambda seen: not _is_date(seen) and seen.mean_length > 15,
}
_NAMES: Final = frozenset(
    {Meaning.SURNAME, Meaning.GIVEN_NAME, Meaning.MIDDLE_NAME, Meaning.FULL_NAME}
)


@cache
def _listed(*files: str) -> frozenset[str]:
    """Names of the 1990 census, as packaged by ``names``."""
    folder = Path(names.__file__).parent
    lines = [line for file in files for line in (folder / file).read_text("ascii").splitlines()]
    return frozenset(line.split()[0].casefold() for line in lines)


def _surnames() -> frozenset[str]:
    return _listed("dist.all.last")


def _given_names() -> frozenset[str]:
    return _listed("dist.female.first", "dist.male.first")
