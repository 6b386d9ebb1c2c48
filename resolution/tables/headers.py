"""What headers of tables of people say, in the languages and spellings that occur.

Guarantees: headers are looked at without accents, case and punctuation; the more particular
reading comes first; a header that speaks of somebody else (an employer, a mother), or of race,
ethnicity, religion or nationality, speaks of none of the fields. What is not English stands in
terms.tsv.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from resolution.tables.vocabulary import any_of, only, pattern_of, said_for, spoken


class Field(StrEnum):
    """The value is how the field is named on the command line and in the report."""

    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"
    SURNAME = "surname"
    SECOND_SURNAME = "second_surname"
    OTHER_SURNAME = "other_surname"
    FULL_NAME = "full_name"
    NAME_SUFFIX = "name_suffix"
    ALIAS = "alias"
    BIRTH_DATE = "birth_date"
    OTHER_BIRTH_DATE = "other_birth_date"
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


IGNORED: Final = "ignore"
"""Said instead of a field: the column is not used at all."""

BIRTH_NAME: Final = pattern_of("birth_name")
MARRIED_NAME: Final = pattern_of("married_name")
SENSITIVE: Final = pattern_of("sensitive")
OF_A_PARENT: Final = pattern_of("parent")
OF_A_ROLE: Final = pattern_of("role")
OF_THE_PERSON: Final = pattern_of("subject")
OF_BIRTH: Final = pattern_of("birth")
PART_OF_AN_ID: Final = re.compile(
    r"\b(ssn|ss|social( security)?)( no| num(ber)?)? ?(last )?(4|four)\b"
    r"|\blast (4|four)\b.*\b(ssn|ss|social)\b"
)
"""Thousands of people have the same four figures: nothing that was issued to one."""

_PERSON: Final = "(" + "|".join(term for term in said_for("subject")) + ")"
_SEEN_AT: Final = (
    "(snapshot|census|report|interview|survey|extract|observation|observed|file|admit|visit|"
    "encounter|booking)"
)

# A field of None keeps a column from being taken for something else.
SAID: Final[tuple[tuple[Field | None, re.Pattern[str]], ...]] = tuple(
    (field, re.compile("|".join(patterns)))
    for field, patterns in (
        (None, (SENSITIVE.pattern, PART_OF_AN_ID.pattern)),
        (None, (r"\b(unit|apartment|apt|suite|flat) ?(no|num|number|nbr)?$",)),
        (None, (r"\b(address|addr|line|adresse|direccion) ?[234]$", r"\bip address\b")),
        (
            None,
            (r"\b(cluster|entity|household|group|record|rec|row|unique|source|dataset)\b.*\bid$",),
        ),
        (None, (*said_for("parent", "kin", "role"), r"\w\w by$")),
        (
            Field.EMAIL,
            (any_of("e mail", "e mail address", "mail address"), only("mail", "eml"),
             *said_for("email")),
        ),
        (
            Field.HOUSE_NUMBER,
            (r"\b(street|house|building|st|civic) ?(no|num|number|nbr|nr)\b",
             *said_for("house_number")),
        ),
        (
            Field.BIRTH_MONTH,
            (r"\b((birth|brth|bth|b|dob) ?(month|mon|mth|mnth|mo|mm|m)|month (of )?birth)\b",
             only("mob"), *said_for("birth_month")),
        ),
        (
            Field.BIRTH_DAY,
            (r"\b((birth|brth|bth) ?(day|dd)|day of birth|dob ?(day|dd|d)|dobd|bd)$",
             *said_for("birth_day")),
        ),
        (
            Field.BIRTH_YEAR,
            (r"\b((birth|brth|bth|b|dob) ?(year|yr|yyyy)|year ?(of ?)?birth|dob ?y|yob|by)\b",
             *said_for("birth_year")),
        ),
        (
            Field.BIRTH_DATE,
            (any_of("dob", "(birth|bir|brth|bth|brt) ?(date|dt|dat)",
                    "(date|dt|day) (of )?(birth|brth|bth)", "b (date|day)", "birth day"),
             only("born", "birth"), *said_for("birth_date")),
        ),
        (
            Field.OBSERVED_ON,
            (rf"\b{_SEEN_AT} (dt|date|on|year|yr|day)$", only("as of( date| dt)?")),
        ),
        (
            Field.STRONG_ID,
            (any_of("ssn", "social security", "soc sec", "nino", "nhs", "national (id|insurance)",
                    "passport", "driver'?s? licen[cs]e", "medicare", "tax id"),
             *said_for("strong_id")),
        ),
        (Field.SURNAME, (BIRTH_NAME.pattern, MARRIED_NAME.pattern)),
        (Field.ALIAS, (any_of("nick ?names?", "alias(es)?", "aka", "also known as"),)),
        (
            Field.STREET,
            (any_of("street name", "street address", "address 1", "addr 1", "address line 1",
                    "street", r"\w*address", "addr"),),
        ),
        (
            Field.ZIP,
            (any_of("zip", "zip code", "zip 5", "postcode", "postal code", "post code", "p code"),
             only("postal"), *said_for("zip")),
        ),
        (
            Field.CITY,
            (any_of("city", "city name", "town", "suburb", "municipality", "place of birth",
                    "birth place", "village", "parish"), *said_for("city")),
        ),
        (
            Field.PHONE,
            (any_of("telephone", "mobile", "(phone|hphone|cphone)( no| num| number| nbr)? ?[1-9]?",
                    "cell", "tel", "contact (no|number)", "msisdn", "gsm"),
             only("ph( no| num| number)?( ?[1-9])?", "mob( no| num| number)?( ?[1-9])?", "contact"),
             *said_for("phone")),
        ),
        (Field.STREET, (any_of("residence"), *said_for("street"))),
        (
            Field.NAME_SUFFIX,
            (any_of("(name|nm|gen) (suffix|sufx|sfx)", "(suffix|sufx|sfx) (nm|name)"),
             only("suffix", "sufx", "sfx")),
        ),
        (Field.SECOND_SURNAME, (any_of("second surname", "surname 2"),
                                *said_for("second_surname"))),
        (
            Field.FULL_NAME,
            (any_of("(first|given) (name )?(and )?(last|sur|family) name", "first and surname",
                    "last (name )?first( name)?", "full (name|nm)", "(name|nm) full"),
             *said_for("whole_name")),
        ),
        (Field.GIVEN_NAME, (any_of("(first|given) (and )?middle( names?)?"),)),
        (
            Field.MIDDLE_NAME,
            (any_of("middle ?(name|initial|init|nm)?", "mid ?l?( name)?", "m name",
                    "m (init|initial)", "second (given )?name", "(nm|name) middle", "mi"),
             *said_for("middle_name")),
        ),
        (
            Field.GIVEN_NAME,
            (any_of("(first|frst|fst|given) (names?|nm)", "f name", "forenames?",
                    "christian names?", "name 1", "(nm|name) (first|given)", "first"),
             only("given", "givn", "fn", "fore", "first n", "preferred name"),
             *said_for("given_name")),
        ),
        (
            Field.SURNAME,
            (any_of("(last|lst|family|fam) (name|nm)", "surnames?", "l name", "s name",
                    "(nm|name) last", "name 2"),
             r"\blast$", only("family", "ln", "sn", "surn", "sur", "last n"), *said_for("surname")),
        ),
        (Field.SEX, (any_of("sex", "gender", "gndr"), only("m f", "mf"), *said_for("sex"))),
        (
            Field.AGE,
            (only("age", "age (in )?years", "years old"), f"{_PERSON} age$", *said_for("age")),
        ),
        (
            Field.FULL_NAME,
            (any_of("whole name", "person name", "names?"), *said_for("name"),
             # Another kind of name is no full name.
             r"(?<!middle )(?<!suffix )(?<!place )\b(name|nm)$",
             # Brazil's registers write nm and no for nome.
             rf"^(nm|no) {_PERSON}$"),
        ),
    )
)  # fmt: skip

NO_FULL_NAME: Final = re.compile(
    any_of("prefix", "suffix", "title", "street", "city", "county", "state", "place", "file",
           "school", "party", "type", "code", "user name", "screen", "business", "organi[sz]ation",
           "facility", "agency", "product", "country", "region", "district", "hospital", "clinic",
           "court", "church", "bank", "plan", "insurance", "study", "drug", "medication",
           "disease", "diagnosis", "ship", "vessel", "event", "course", "class", "team", "club",
           "brand", "store", "department", "project", "sample", "test", "variable", "field",
           "column", "table", "pet", "animal", "program")
)  # fmt: skip

OF_OTHER_THINGS: Final = re.compile(
    any_of("occupation", "job", "title", "profession", "trade", "work", "employer", "beruf",
           "industry", "department", "role", "place", "origin", "country", r"nation\w*", "color",
           "colour", "school", "product", "category", "type", "status", "birth")
    + "|" + "|".join(said_for("birth"))
)  # fmt: skip
"""Trades and places are surnames too (mason, cook, york)."""


def said_by(header: str) -> str:
    """A header's words without accents: Geb.-Datum, Prénom and birthDate as they are looked for."""
    return spoken(header)
