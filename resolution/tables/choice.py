"""Of several columns for one field the one that speaks of the person, and where they live now.

Guarantees: what a header says comes before what was guessed; beside both parts of a name no other
full name is taken; a birth name is the surname where it is told as often as the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from resolution.tables.headers import BIRTH_NAME, MARRIED_NAME, OF_BIRTH, OF_THE_PERSON, Field
from resolution.tables.vocabulary import pattern_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ingest.proposal.profile import Profile

MOSTLY: Final = 0.7
AS_OFTEN: Final = 0.9
"""A birth name that fewer rows tell is only known of those who married."""
SPARSE: Final = 0.5
"""Told in so few of the rows in which a rival is, a column is not the first to be looked at."""

_ASIDE: Final = re.compile(
    r"\b(work|office|business|fax|alt\w*|other|second\w*|mail\w*|previous|former|old|prior|temp\w*|"
    r"contact|insured|subscriber|policy|guarantor|owner|account|zip 4)\b"
)
"""Still the person's, or likely so, but not the first to be looked at."""
_PLAIN: Final = re.compile(
    r"((full|whole|complete|legal|display|original|raw|nm|names?|txt|text|no) ?)+"
)
_BARE: Final = re.compile(
    r"\b(nome|nombres?|noms?|имя|imie|jmeno|nume|isim|adi?|ονομα|ten|ime)( \w+)?"
)
"""What is a given name or a surname to some, and a name to others."""
_NAME: Final = pattern_of("name", "whole_name")
_PARTS: Final = frozenset({Field.GIVEN_NAME, Field.SURNAME, Field.SECOND_SURNAME, Field.FULL_NAME})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may be of a field. ``said`` are the words of its header; ``guessed``: the
    header says nothing; ``place``: in the table, from 0."""

    column: str
    said: str
    seen: Profile
    guessed: bool
    place: int


def words_in(seen: Profile, least: int) -> float:
    """The share of values of at least so many words."""
    some = [len(re.split(r"[\s,]+", value.strip(" ,"))) for value in seen.some]
    return sum(count >= least for count in some) / len(some) if some else 0.0


def _plain(said: str) -> bool:
    return bool(_PLAIN.fullmatch(said) or _NAME.fullmatch(said) or _BARE.fullmatch(said))


def _rank(field: Field, told: Candidate, rows: int = 0) -> tuple[bool, int, bool, int, int]:
    """The smallest is the best. ``rows``: in how many the fullest of its rivals says something."""
    aside = bool(_ASIDE.search(told.said))
    if field is Field.FULL_NAME:
        of_the_person = bool(OF_THE_PERSON.search(told.said)) and not aside
        whose = 0 if of_the_person else 1 if _plain(told.said) else 2
        return (told.guessed, whose, False, -told.seen.values, told.place)
    aside |= field is Field.CITY and bool(OF_BIRTH.search(told.said))
    # The plainest header: surname before first_and_surname.
    sparse = told.seen.sound < SPARSE * rows
    return (told.guessed, aside, sparse, len(told.said.split()), told.place)


def best_of(
    offered: Mapping[Field, Sequence[Candidate]], named: Collection[Field]
) -> dict[Field, Candidate]:
    """For each field one of its candidates; a second date of birth is the other one, a second
    surname (of birth, of marriage) too. ``named``: fields that the user told."""
    best = {field: _best(field, columns) for field, columns in offered.items()}
    dates = [told for told in offered.get(Field.BIRTH_DATE, ()) if not told.guessed]
    if len(dates) > 1:
        # As it was written, beside as somebody read it.
        others = [told for told in dates if told is not best[Field.BIRTH_DATE]]
        best[Field.OTHER_BIRTH_DATE] = _best(Field.BIRTH_DATE, others)
    _surnames(best, [told for told in offered.get(Field.SURNAME, ()) if not told.guessed])
    if not _PARTS & set(named):
        _parts_of_names(best)
    return best


def _best(field: Field, columns: Sequence[Candidate]) -> Candidate:
    rows = max((one.seen.sound for one in columns if not one.guessed), default=0)
    return min(columns, key=lambda one: _rank(field, one, rows))


def _surnames(best: dict[Field, Candidate], told: Sequence[Candidate]) -> None:
    births = [one for one in told if BIRTH_NAME.search(one.said)]
    others = sorted(
        (one for one in told if one not in births),
        key=lambda one: (
            bool(MARRIED_NAME.search(one.said)),
            one is not best[Field.SURNAME],
            _rank(Field.SURNAME, one),
        ),
    )
    if births and others:
        birth, other = births[0], others[0]
        if birth.seen.sound < AS_OFTEN * other.seen.sound:
            birth, other = other, birth
        best[Field.SURNAME], best[Field.OTHER_SURNAME] = birth, other
    elif len(others) > 1 and MARRIED_NAME.search(others[-1].said):
        best[Field.SURNAME], best[Field.OTHER_SURNAME] = others[0], others[-1]


def _parts_of_names(best: dict[Field, Candidate]) -> None:
    """Name is a surname beside Vorname, and the whole name where it holds several words."""
    told = {field: one for field, one in best.items() if not one.guessed}
    given, surname, full = (
        told.get(field) for field in (Field.GIVEN_NAME, Field.SURNAME, Field.FULL_NAME)
    )
    if given and surname:
        if full and _rank(Field.FULL_NAME, full)[1] == 2:
            del best[Field.FULL_NAME]
    elif full and (given or surname):
        if _plain(full.said) and words_in(full.seen, 2) < 1 - MOSTLY:
            del best[Field.FULL_NAME]
            best[Field.SURNAME if given else Field.GIVEN_NAME] = full
    elif one := given or surname:
        bare = _BARE.fullmatch(one.said) and Field.SECOND_SURNAME not in best
        if bare and (words_in(one.seen, 3) >= 0.5 or words_in(one.seen, 2) >= AS_OFTEN):
            del best[Field.GIVEN_NAME if given else Field.SURNAME]
            best[Field.FULL_NAME] = one
