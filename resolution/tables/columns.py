"""Which columns of a table speak of a person, told by their headers and by what they hold.

Guarantees: each column is used for one field or for none, each field has one column at most, and
what was taken for what is returned, so that it can be shown. A header alone never decides against
the content, and content never against a header. What the user names is taken as named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.proposal.meaning import Meaning, by_header, meaning_of
from ingest.proposal.profile import Profile, profile
from resolution.tables.choice import MOSTLY, Candidate, best_of, words_in
from resolution.tables.content import by_content, unsaid
from resolution.tables.errors import BadTable
from resolution.tables.headers import (
    NO_FULL_NAME,
    OF_A_ROLE,
    OF_OTHER_THINGS,
    OF_THE_PERSON,
    SAID,
    Field,
    said_by,
)
from resolution.tables.sexes import begin_as_sexes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb


COMPARED: Final = frozenset(Field) - {
    Field.OBSERVED_ON, Field.HOUSE_NUMBER, Field.SECOND_SURNAME, Field.OTHER_SURNAME,
    Field.BIRTH_DAY, Field.BIRTH_MONTH, Field.OTHER_BIRTH_DATE,
}  # fmt: skip
"""Fields that say something about a person on their own."""

MOST_SEXES: Final = 12
"""Different spellings in a column of sexes; of more, most begin as the two do."""
_WORD: Final = re.compile(r"[^\W\d_]")

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
    {
        Field.GIVEN_NAME,
        Field.MIDDLE_NAME,
        Field.SURNAME,
        Field.SECOND_SURNAME,
        Field.FULL_NAME,
        Field.CITY,
    }
)
_PEOPLES_NAMES: Final = frozenset({Field.GIVEN_NAME, Field.SURNAME, Field.FULL_NAME})
_OF_PEOPLE: Final = _PEOPLES_NAMES | {
    Field.BIRTH_DATE, Field.BIRTH_YEAR, Field.AGE, Field.SEX, Field.STRONG_ID,
}  # fmt: skip
_ID_NUMBER: Final = re.compile(r"id (no|nbr|num|number)")
_REST_OF_NAMES: Final = frozenset({Field.SURNAME, Field.SECOND_SURNAME, Field.FULL_NAME})
_TOLD_OTHERWISE: Final = frozenset({Field.OTHER_BIRTH_DATE})
_NUMBERS: Final = frozenset({Field.BIRTH_YEAR, Field.BIRTH_MONTH, Field.BIRTH_DAY})


@dataclass(frozen=True, slots=True)
class Recognised:
    """``fields``: field to column. ``by_content``: those that no header told. ``unused``: the
    columns that say something and were taken for nothing, with what they hold."""

    fields: dict[Field, str]
    by_content: frozenset[Field]
    unused: dict[str, Profile]


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
    if field is Field.SEX:
        return seen.longest <= 20 and (seen.values <= MOST_SEXES or begin_as_sexes(some))
    if field is Field.AGE:
        return digits >= 0.8 and seen.longest <= 5
    if field is Field.EMAIL:
        return sum("@" in value for value in some) >= 0.5 * len(some)
    if field is Field.STREET:
        return lettered >= 0.5
    if field is Field.BIRTH_DATE:
        return sum(any(c.isdigit() for c in value) for value in some) >= 0.5 * len(some)
    if field is Field.PHONE:
        return sum(sum(c.isdigit() for c in value) >= 7 for value in some) >= 0.5 * len(some)
    if field is Field.ZIP:
        return seen.longest <= 12
    if field is Field.OBSERVED_ON:
        return sum(sum(c.isdigit() for c in value) >= 4 for value in some) >= 0.5 * len(some)
    if field is Field.NAME_SUFFIX:
        return seen.longest <= 6 and seen.values <= 15
    if field is Field.STRONG_ID:
        return seen.longest <= 40 and seen.values >= 0.02 * seen.sound
    return True


def field_of(header: str, seen: Profile, *, guess: bool = True) -> Field | None:
    """What a column is likely to be, by its header and what it holds; None where unknown.

    With ``guess`` a header that says nothing is no hindrance: what it holds can tell.
    """
    said = said_by(header)
    for likely, pattern in SAID:
        if not pattern.search(said) or (likely is not None and not _holds(likely, seen)):
            continue
        if likely is Field.FULL_NAME and NO_FULL_NAME.search(said):
            continue
        return likely
    if OF_THE_PERSON.fullmatch(said) and words_in(seen, 2) >= MOSTLY:
        return Field.FULL_NAME
    # Of rows that are numbered no number returns.
    if _ID_NUMBER.fullmatch(said) and seen.values < seen.sound and _holds(Field.STRONG_ID, seen):
        return Field.STRONG_ID
    meaning = meaning_of(header, seen)
    if meaning not in by_header(header) and (not guess or OF_OTHER_THINGS.search(said)):
        return None
    return _MEANT.get(meaning)


def _offered(
    columns: Mapping[str, tuple[str, Profile]], named: Mapping[Field, str]
) -> dict[Field, list[Candidate]]:
    """``columns``: the words of the header and the profile by column."""
    offered: dict[Field, list[Candidate]] = {}
    for place, (column, (said, seen)) in enumerate(columns.items()):
        told = field_of(column, seen, guess=False)
        likely = told or field_of(column, seen)
        if likely is not None and likely not in named:
            one = Candidate(column, said, seen, told is None, place)
            offered.setdefault(likely, []).append(one)
    return offered


def _of_one_role(
    columns: Mapping[str, tuple[str, Profile]], named: Mapping[Field, str]
) -> dict[Field, list[Candidate]]:
    """A table that speaks of nobody but providers is one of providers; of several roles nobody
    knows whose it is."""
    roles = {role[0] for said, _ in columns.values() if (role := OF_A_ROLE.search(said))}
    of_others = any(OF_THE_PERSON.search(said) for said, _ in columns.values())
    if len(roles) != 1 or of_others or _PEOPLES_NAMES & named.keys():
        return {}
    offered: dict[Field, list[Candidate]] = {}
    for place, (column, (said, seen)) in enumerate(columns.items()):
        plain = " ".join(OF_A_ROLE.sub(" ", said).split())
        likely = field_of(plain, seen, guess=False) if plain else None
        if likely is not None and likely not in named:
            offered.setdefault(likely, []).append(Candidate(column, plain, seen, False, place))
    return offered


def recognise(
    con: duckdb.DuckDBPyConnection,
    table: duckdb.DuckDBPyRelation,
    *,
    named: Mapping[Field, str],
    left_out: frozenset[str],
) -> Recognised:
    """What the columns of ``table``, which are all text, were taken for.

    ``named`` is what the user said, columns of the table; ``left_out`` are columns that are never
    an input. Raises BadTable where no column can be compared.
    """
    taken = set(named.values()) | left_out
    profiles = {c: profile(con, table, c) for c in table.columns if c not in taken}
    columns = {column: (said_by(column), seen) for column, seen in profiles.items()}
    offered = _offered(columns, named)
    if not any(not one.guessed for field in _OF_PEOPLE for one in offered.get(field, ())):
        offered = _of_one_role(columns, named) or offered
    best = best_of(offered, named)
    told_fields = {field for field, one in best.items() if not one.guessed}
    # A part of a name that only its content shows, beside a name that is known, is likelier
    # somebody else's; so is a whole name beside both its parts.
    parts = {Field.GIVEN_NAME, Field.SURNAME}
    if (named.keys() | told_fields) & _PEOPLES_NAMES:
        not_guessed = _PEOPLES_NAMES
    elif parts <= best.keys():
        not_guessed = frozenset({Field.FULL_NAME})
    else:
        not_guessed = frozenset(parts if Field.FULL_NAME in best else ())
    found = {
        field: one.column
        for field, one in best.items()
        if field not in named and not (one.guessed and field in not_guessed)
    } | dict(named)
    # A given name of so many words holds the surname: nome, nombre.
    if (
        Field.GIVEN_NAME in found.keys() - named.keys()
        and not found.keys() & _REST_OF_NAMES
        and words_in(profiles[found[Field.GIVEN_NAME]], 3) >= 0.5
    ):
        found[Field.FULL_NAME] = found.pop(Field.GIVEN_NAME)
    unused = {c: seen for c, seen in profiles.items() if c not in found.values() and seen.sound}
    silent = {c: seen for c, seen in unused.items() if unsaid(c)}
    guessed_here = by_content(table, found, silent)
    found |= guessed_here
    if not COMPARED & found.keys():
        if not any(profile(con, table, column).some for column in table.columns):
            raise BadTable(
                f"none of the {len(table.columns)} columns holds a value in any row ("
                + ", ".join(table.columns)
                + "); see whether the file was written whole"
            )
        raise BadTable(
            "no column was recognised as a name, birth date, sex, phone, e-mail, address or "
            "identifier of a person. The columns are: "
            + ", ".join(table.columns)
            + ". Say which is which, for example --column surname="
            + table.columns[0]
        )
    return Recognised(
        {field: found[field] for field in Field if field in found},
        frozenset(found.keys() - named.keys() - told_fields - _TOLD_OTHERWISE),
        {c: seen for c, seen in unused.items() if c not in found.values()},
    )
