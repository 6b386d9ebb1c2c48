"""Who lives in the world: people in households, with names, birth dates, homes and telephones.

Guarantees: exactly the asked number of people; children live with adults who are at least 15 years
older; siblings share a home and mostly a surname; twins share a birth date; some people are
namesakes of people elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from demo.chance import Bools, Ints, Texts, draw_texts, ints, texts
from demo.contacts import Contacts
from demo.geography import Geography
from demo.households import NEVER, YEAR_DAYS, Households
from demo.naming import (
    MODERN_FROM_YEAR,
    RACES,
    TRADITIONS,
    given_names,
    nicknames_of,
    surnames,
)
from demo.settings import WorldSettings, days


@dataclass(frozen=True, slots=True)
class People:
    """People as columns; ``born`` and other days count from 1970-01-01.

    ``first_address`` holds until ``moved_on`` (NEVER: did not move), then ``second_address``;
    likewise ``first_phone`` and ``second_phone`` with ``phone_changed_on``. Empty text means none.
    """

    given: Texts
    middle: Texts
    surname: Texts
    suffix: Texts
    nickname: Texts
    birth_surname: Texts
    tradition: Texts
    sex: Texts
    race: Texts
    ethnicity: Texts
    born: Ints
    household: Ints
    position: Texts
    twin: Bools
    namesake_of: Ints
    first_address: Ints
    second_address: Ints
    moved_on: Ints
    first_phone: Texts
    second_phone: Texts
    phone_changed_on: Ints
    handle: Texts
    plate: Texts
    address_line: Texts
    address_city: Texts
    address_zip: Texts
    address_locality: Ints
    members: dict[int, tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.given)

    def person_id(self, person: int) -> str:
        """The truth's id of a person."""
        return f"SYN{person:07d}"

    def age(self, person: Ints, day: Ints) -> Ints:
        """Completed years (within a day of exact)."""
        return ints(np.floor((day - self.born[person] + 0.25) / YEAR_DAYS))

    def age_on(self, person: int, day: int) -> int:
        return int((day - int(self.born[person]) + 0.25) // YEAR_DAYS)

    def address(self, person: Ints, day: Ints) -> Ints:
        """Index of the address where each person lives on each day."""
        found = np.where(
            day < self.moved_on[person], self.first_address[person], self.second_address[person]
        )
        return found.astype(np.int64)

    def address_on(self, person: int, day: int) -> int:
        return int(
            self.first_address[person]
            if day < self.moved_on[person]
            else self.second_address[person]
        )

    def locality_on(self, person: int, day: int) -> int:
        return int(self.address_locality[self.address_on(person, day)])

    def phone(self, person: Ints, day: Ints) -> Texts:
        """The number each person uses on each day ('' = none)."""
        return np.where(
            day < self.phone_changed_on[person],
            self.first_phone[person],
            self.second_phone[person],
        )

    def phone_on(self, person: int, day: int) -> str:
        early = day < int(self.phone_changed_on[person])
        return str(self.first_phone[person] if early else self.second_phone[person])


def make_people(
    settings: WorldSettings, geography: Geography, contacts: Contacts, rng: np.random.Generator
) -> People:
    """Draw the people."""
    homes = Households(settings, geography, rng)
    household, position, born = homes.members()
    n = len(household)
    female = rng.random(n) < 0.5
    couple = position == "partner"
    heads = homes.head_of(household)
    # Most couples are of two sexes; a twentieth are not.
    same = rng.random(n) < 0.05
    female = np.where(couple & ~same, ~female[heads], female)
    tradition = homes.tradition[household].copy()
    mixed = couple & (rng.random(n) < 0.12)
    tradition[mixed] = draw_texts(rng, TRADITIONS, int(mixed.sum()))
    year = 1970 + born / YEAR_DAYS
    modern = (year >= MODERN_FROM_YEAR).astype(bool)
    given = given_names(rng, tradition, female, modern)
    middle = given_names(rng, tradition, female, modern)
    middle[rng.random(n) < 0.15] = ""

    own = surnames(rng, tradition)
    head_name = own[heads]
    # Partners take the head's name in three cases of five; stepchildren keep another name.
    takes = (position == "partner") & (rng.random(n) < 0.6)
    shares = np.isin(position, ["child", "grandchild"]) | takes
    shares |= (position == "grandparent") & (rng.random(n) < 0.5)
    surname = np.where(shares, head_name, own)
    _share_step_surnames(surname, household, position)
    birth_surname = np.where(takes, own, "")
    twin = homes.make_twins(household, position, born, rng)
    race = np.empty(n, dtype=object)
    for which in TRADITIONS:
        mask = tradition == which
        race[mask] = draw_texts(rng, RACES[which], int(mask.sum()))
    inherits = np.isin(position, ["child", "grandparent"]) & (rng.random(n) < 0.93)
    race = np.where(inherits, race[heads], race)
    suffix = _suffixes(position, female, heads, given, surname, rng)
    namesake_of = _namesakes(position, female, tradition, given, surname, born, rng)
    nickname = texts(
        [
            options[int(turn * len(options))] if (options := nicknames_of(str(name))) else ""
            for name, turn in zip(given, rng.random(n), strict=True)
        ]
    )
    addresses = homes.addresses(geography, rng)
    first, second, moved = homes.residence(household, position, born, rng)
    old_enough = (settings.last_day - born) > 11 * YEAR_DAYS
    has_phone = old_enough & (rng.random(n) < 0.94)
    phones = contacts.phones(has_phone)
    changed = np.where(
        rng.random(n) < 0.3,
        rng.integers(settings.first_day, settings.last_day, n),
        NEVER,
    ).astype(np.int64)
    changes = has_phone & (changed < NEVER)
    later = np.where(changes, contacts.phones(changes), phones)
    online = old_enough & (rng.random(n) < 0.5) & (born > days_of_year(1975))
    drives = (settings.last_day - born > 18 * YEAR_DAYS) & (rng.random(n) < 0.6)
    members: dict[int, list[int]] = {}
    for i, home in enumerate(household.tolist()):
        members.setdefault(home, []).append(i)
    return People(
        given=given,
        middle=middle,
        surname=surname,
        suffix=suffix,
        nickname=nickname,
        birth_surname=birth_surname,
        tradition=tradition,
        sex=np.where(female, "F", "M").astype(object),
        race=race,
        ethnicity=np.where(tradition == "hispanic", "H", "N").astype(object),
        born=born,
        household=household,
        position=position,
        twin=twin,
        namesake_of=namesake_of,
        first_address=first,
        second_address=second,
        moved_on=moved,
        first_phone=phones,
        second_phone=later,
        phone_changed_on=changed,
        handle=texts(
            [contacts.handle(str(g)) if on else "" for g, on in zip(given, online, strict=True)]
        ),
        plate=texts([contacts.plate() if yes else "" for yes in drives]),
        address_line=addresses[0],
        address_city=addresses[1],
        address_zip=addresses[2],
        address_locality=addresses[3],
        members={home: tuple(found) for home, found in members.items()},
    )


def days_of_year(year: int) -> int:
    """The first day of a year."""

    return days(date(year, 1, 1))


def _share_step_surnames(surname: Texts, household: Ints, position: Texts) -> None:
    """Stepchildren of one household share their name with one another, not with the head."""
    first: dict[int, str] = {}
    for i in np.flatnonzero(position == "stepchild").tolist():
        surname[i] = first.setdefault(int(household[i]), str(surname[i]))


def _suffixes(
    position: Texts,
    female: Bools,
    heads: Ints,
    given: Texts,
    surname: Texts,
    rng: np.random.Generator,
) -> Texts:
    """Some sons carry their father's whole name."""
    suffix = np.full(len(given), "", dtype=object)
    sons = (position == "child") & ~female & ~female[heads] & (rng.random(len(given)) < 0.05)
    taken: set[int] = set()
    for i in np.flatnonzero(sons).tolist():
        father = int(heads[i])
        if father in taken:
            continue
        taken.add(father)
        given[i], suffix[i], suffix[father] = given[father], "JR", "SR"
        surname[i] = surname[father]
    return suffix


def _namesakes(
    position: Texts,
    female: Bools,
    tradition: Texts,
    given: Texts,
    surname: Texts,
    born: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Give one person in fifty the name of another of the same sex, often of the same age."""
    of = np.full(len(given), -1, dtype=np.int64)
    heads = np.flatnonzero((position == "head") | (position == "housemate"))
    by_age = np.argsort(born, kind="stable")
    groups = {
        (is_female, which): by_age[(female[by_age] == is_female) & (tradition[by_age] == which)]
        for is_female in (False, True)
        for which in TRADITIONS
    }
    births = {key: born[rows] for key, rows in groups.items()}
    for i in heads[rng.random(len(heads)) < 0.06].tolist():
        key = (bool(female[i]), str(tradition[i]))
        first, end = np.searchsorted(births[key], [born[i] - 2499, born[i] + 2500])
        other = int(groups[key][int(rng.integers(first, end))])
        if other != i and of[other] < 0:
            given[i], surname[i], of[i] = given[other], surname[other], other
            if rng.random() < 0.15:
                born[i] = born[other]
    return of
