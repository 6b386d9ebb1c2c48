"""What an agency's record says of a person: the person, through the agency's habits and errors.

Guarantees: who a record is about never depends on the errors; a person who gives a false identity
is recorded under it, not under their own; equal seeds give equal records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw_texts, texts
from demo.households import NEVER
from demo.seen.spelling import misspell, one_surname, plain, slipped_date, swapped_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.lives.setting import Setting

FAMILY_FIRST: Final = ("vietnamese", "korean", "chinese")


@dataclass(frozen=True, slots=True)
class Habits:
    """How an agency writes: the share of records with each habit or error."""

    nickname: float = 0.05
    misspelt: float = 0.05
    names_swapped: float = 0.01
    middle_missing: float = 0.35
    middle_initial: float = 0.4
    birth_swapped: float = 0.015
    birth_slipped: float = 0.02
    birth_year_only: float = 0.02
    birth_missing: float = 0.03
    sex_missing: float = 0.01
    race_missing: float = 0.05
    race_differs: float = 0.03
    ethnicity_missing: float = 0.2
    address_missing: float = 0.15
    address_stale: float = 0.12
    phone_missing: float = 0.35
    also_known_as: float = 0.15
    keeps_accents: float = 0.1
    upper_case: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the records say, as columns; '' where nothing is said. ``birth`` is ISO, YYYY or '';
    ``claimed_born`` is the birth day that the person gave; ``address`` the row of the address that
    the record holds, -1 for none; ``phone`` is E.164."""

    given: Texts
    middle: Texts
    surname: Texts
    suffix: Texts
    aliases: Texts
    birth: Texts
    claimed_born: Ints
    sex: Texts
    race: Texts
    ethnicity: Texts
    address: Ints
    line: Texts
    city: Texts
    zip: Texts
    phone: Texts


def see(
    setting: Setting,
    rng: np.random.Generator,
    person: Ints,
    day: Ints,
    habits: Habits,
    alias: Ints | None = None,
) -> Seen:
    """The records of these people on these days; ``alias`` is a row of the history or -1."""
    people, aliases = setting.people, setting.history.aliases
    n = len(person)
    alias = np.full(n, -1, dtype=np.int64) if alias is None else alias
    false = alias >= 0
    given, surname = people.given[person].copy(), people.surname[person].copy()
    middle, suffix = people.middle[person].copy(), people.suffix[person].copy()
    born = people.born[person].copy()

    def some(share: float) -> Bools:
        return rng.random(n) < share

    maiden = some(0.12) & (people.birth_surname[person] != "")
    surname[maiden] = people.birth_surname[person][maiden]
    nick = some(habits.nickname) & (people.nickname[person] != "")
    given[nick] = people.nickname[person][nick]
    _apply(surname, people.tradition[person] == "hispanic", lambda s: one_surname(rng, s))
    if false.any():
        rows = alias[false]
        given[false] = aliases.values("given")[rows]
        surname[false] = aliases.values("surname")[rows]
        said = aliases.ints("born")[rows]
        born[false] = np.where(said < NEVER, said, born[false])
        middle[false] = ""
        suffix[false] = ""
    known_as = _also_known_as(setting, rng, person, alias, some(habits.also_known_as))
    _apply(given, some(habits.misspelt), lambda s: misspell(rng, s))
    _apply(surname, some(habits.misspelt * 1.2), lambda s: misspell(rng, s))
    swap = some(habits.names_swapped)
    swap |= np.isin(people.tradition[person], FAMILY_FIRST) & some(0.12)
    given, surname = np.where(swap, surname, given), np.where(swap, given, surname)
    middle[some(habits.middle_missing)] = ""
    _apply(middle, some(habits.middle_initial), lambda s: s[:1])
    suffix[some(0.4)] = ""
    bare = ~some(habits.keeps_accents)
    for column in (given, middle, surname):
        _apply(column, bare, plain)
        if habits.upper_case:
            _apply(column, np.ones(n, dtype=bool), str.upper)
    birth = texts(np.datetime_as_string(born.astype("datetime64[D]")).tolist() if n else [])
    _apply(birth, some(habits.birth_swapped), swapped_date)
    _apply(birth, some(habits.birth_slipped), lambda s: slipped_date(rng, s))
    _apply(birth, some(habits.birth_year_only), lambda s: s[:4])
    birth[some(habits.birth_missing)] = ""
    sex, race = people.sex[person].copy(), people.race[person].copy()
    sex[some(habits.sex_missing)] = ""
    other = some(habits.race_differs)
    race[other] = draw_texts(rng, {"W": 0.5, "B": 0.3, "A": 0.1, "I": 0.1}, int(other.sum()))
    race[some(habits.race_missing)] = "U"
    ethnicity = people.ethnicity[person].copy()
    ethnicity[some(habits.ethnicity_missing)] = ""
    address = people.address(person, day)
    stale = some(habits.address_stale)
    address = np.where(stale, people.first_address[person], address)
    address = np.where(some(habits.address_missing) | (false & some(0.7)), -1, address)
    has = address >= 0
    phone = people.phone(person, day).copy()
    phone[some(habits.phone_missing) | false] = ""
    return Seen(
        given=given,
        middle=middle,
        surname=surname,
        suffix=suffix,
        aliases=known_as,
        birth=birth,
        claimed_born=born,
        sex=sex,
        race=race,
        ethnicity=ethnicity,
        address=address,
        line=np.where(has, people.address_line[address], ""),
        city=np.where(has, people.address_city[address], ""),
        zip=np.where(has, people.address_zip[address], ""),
        phone=phone,
    )


def _apply(column: Texts, mask: Bools, change: Callable[[str], str]) -> None:
    for i in np.flatnonzero(mask).tolist():
        if column[i]:
            column[i] = change(column[i])


def _also_known_as(
    setting: Setting, rng: np.random.Generator, person: Ints, alias: Ints, chosen: Bools
) -> Texts:
    """Other names that the agency has heard, separated by semicolons."""
    people, aliases = setting.people, setting.history.aliases
    rows_of: dict[int, list[int]] = {}
    for row, owner in enumerate(aliases.values("person").tolist()):
        rows_of.setdefault(int(owner), []).append(row)
    known = np.full(len(person), "", dtype=object)
    for i in np.flatnonzero(chosen | (alias >= 0)).tolist():
        who = int(person[i])
        heard: list[str] = []
        if alias[i] >= 0:
            heard.append(aliases.get("street", int(alias[i])))
            if rng.random() < 0.25:
                heard.append(f"{people.given[who]} {people.surname[who]}")
        else:
            for row in rows_of.get(who, []):
                if rng.random() < 0.7:
                    heard.append(aliases.get("street", row))
                    heard.append(f"{aliases.get('given', row)} {aliases.get('surname', row)}")
            if people.nickname[who] and rng.random() < 0.5:
                heard.append(f"{people.nickname[who]} {people.surname[who]}")
            if people.birth_surname[who] and rng.random() < 0.4:
                heard.append(f"{people.given[who]} {people.birth_surname[who]}")
        known[i] = ";".join(dict.fromkeys(plain(name) for name in heard if name))
    return known
