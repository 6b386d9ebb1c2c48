"""Who lives in the world: people in households, with names, birth dates, homes and telephones.

Guarantees: exactly the asked number of people; children live with adults who are at least 15 years
older; siblings share a home and mostly a surname; twins share a birth date; some people are
namesakes of people elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw, draw_texts, ints, texts
from demo.contacts import Contacts
from demo.geography import Geography, by_population
from demo.naming import (
    MODERN_FROM_YEAR,
    RACES,
    TRADITIONS,
    given_names,
    nicknames_of,
    surnames,
)
from demo.settings import WorldSettings, days

HOUSEHOLDS: Final = {
    "single": 0.23,
    "couple": 0.15,
    "family": 0.24,
    "one_parent": 0.19,
    "blended": 0.09,
    "three_generations": 0.06,
    "housemates": 0.04,
}
"""Kinds of households. Families are over-represented: the world is of people whom agencies meet."""

YEAR_DAYS: Final = 365.25
NEVER: Final = 10**6
"""A day after every world's end."""


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
    homes = _Households(settings, geography, rng)
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
    phones = np.where(has_phone, contacts.phones(n), "")
    changed = np.where(
        rng.random(n) < 0.3,
        rng.integers(settings.first_day, settings.last_day, n),
        NEVER,
    ).astype(np.int64)
    later = np.where(has_phone & (changed < NEVER), contacts.phones(n), phones)
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


class _Households:
    """The households as columns, and who belongs to them."""

    def __init__(
        self, settings: WorldSettings, geography: Geography, rng: np.random.Generator
    ) -> None:
        self._settings = settings
        count = settings.persons  # more than enough: no household is empty
        self.locality = by_population(geography, rng, count)
        weights = np.array(list(HOUSEHOLDS.values()))
        kind = draw(rng, weights, count)
        young = geography.young_share[self.locality] / 0.21
        redraw = (kind >= 2) & (kind <= 5) & (rng.random(count) > young)
        kind[redraw] = draw(rng, weights[:2], int(redraw.sum()))
        self.kind = texts(list(HOUSEHOLDS))[kind]
        self.tradition = draw_texts(rng, TRADITIONS, count)
        with_children = (kind >= 2) & (kind <= 5)
        self.children = np.where(with_children, 1 + draw(rng, np.array([35, 36, 19, 10]), count), 0)
        self.others = np.where(self.kind == "housemates", 1 + draw(rng, np.array([5, 3]), count), 0)
        coupled = np.isin(self.kind, ["couple", "family", "blended"])
        coupled |= (self.kind == "three_generations") & (rng.random(count) < 0.6)
        self.partner = coupled.astype(np.int64)
        self.grandparent = (self.kind == "three_generations").astype(np.int64)
        self._rng = rng
        size = 1 + self.partner + self.children + self.others + self.grandparent
        self.count = int(np.searchsorted(np.cumsum(size), settings.persons) + 1)
        self._size = size[: self.count]

    def members(self) -> tuple[Ints, Texts, Ints]:
        """Household, position and birth day of every person, household by household."""
        rng, n_homes = self._rng, self.count
        household = np.repeat(np.arange(n_homes), self._size)
        start = np.cumsum(self._size) - self._size
        rank = np.arange(len(household)) - start[household]
        partner = self.partner[household]
        children = self.children[household]
        others = self.others[household]
        position = np.full(len(household), "grandparent", dtype=object)
        position[rank < 1 + partner + children + others] = "housemate"
        position[rank < 1 + partner + children] = "child"
        position[(partner == 1) & (rank == 1)] = "partner"
        position[rank == 0] = "head"
        child_rank = rank - 1 - partner
        blended = (self.kind[household] == "blended") & (position == "child")
        position[blended & (child_rank % 2 == 1)] = "stepchild"
        position[blended & (children == 1) & (rng.random(len(household)) < 0.6)] = "stepchild"

        end = self._settings.last_day
        gaps = rng.gamma(2.2, 1.3, (n_homes, 4)) + 0.9
        youngest = rng.uniform(0.5, 17.5, n_homes)
        ages = np.column_stack([youngest, youngest[:, None] + np.cumsum(gaps[:, :3], axis=1)])
        oldest = ages[np.arange(n_homes), np.maximum(self.children[:n_homes] - 1, 0)]
        has_children = self.children[:n_homes] > 0
        alone = np.clip(18 + rng.gamma(2.0, 13.0, n_homes), 18.5, 92)
        parent = oldest + np.clip(rng.normal(27, 5.5, n_homes), 16.5, 43)
        head = np.where(has_children, parent, alone)
        age = head[household]
        at = np.flatnonzero(position == "partner")
        # A parent stays at least 15.5 years older than the oldest child.
        floor = np.where(has_children, oldest + 15.5, 18.5)[household[at]]
        age[at] = np.maximum(age[at] + rng.normal(-1, 4, len(at)), floor)
        is_child = np.isin(position, ["child", "stepchild"])
        age[is_child] = ages[household[is_child], child_rank[is_child]]
        at = np.flatnonzero(position == "grandparent")
        age[at] = np.minimum(age[at] + np.clip(rng.normal(27, 5, len(at)), 16, 42), 97)
        at = np.flatnonzero(position == "housemate")
        age[at] = np.clip(18 + rng.gamma(2.0, 6.0, len(at)), 18.5, 80)
        born = (end - age * YEAR_DAYS - rng.uniform(0, 1, len(age))).astype(np.int64)
        wanted = self._settings.persons
        self._heads = start
        return household[:wanted], position[:wanted], born[:wanted]

    def head_of(self, household: Ints) -> Ints:
        return ints(self._heads[household])

    def make_twins(
        self, household: Ints, position: Texts, born: Ints, rng: np.random.Generator
    ) -> Bools:
        """Give some neighbouring siblings one birth date; returns who is a twin."""
        pairs = np.flatnonzero(
            (position[:-1] == "child")
            & (position[1:] == "child")
            & (household[:-1] == household[1:])
        )
        chosen = pairs[rng.random(len(pairs)) < 0.035]
        twin = np.zeros(len(born), dtype=bool)
        for first in chosen.tolist():
            if not twin[first]:
                born[first + 1] = born[first]
                twin[first : first + 2] = True
        return twin

    def addresses(
        self, geography: Geography, rng: np.random.Generator
    ) -> tuple[Texts, Texts, Texts, Ints]:
        """Line, city, ZIP and locality: per household its first and its second address, and one for
        those who leave alone."""
        first = self.locality[: self.count]
        far = by_population(geography, rng, self.count)
        second = np.where(rng.random(self.count) < 0.6, first, far)
        third = np.where(rng.random(self.count) < 0.7, first, far)
        locality = np.concatenate([first, second, third])
        lines = texts([geography.address_line(rng) for _ in range(len(locality))])
        cities = texts([geography.city(i).upper() for i in locality.tolist()])
        numbers = rng.integers(0, 40, len(locality)).tolist()
        zips = texts(
            [geography.zip_code(i, k) for i, k in zip(locality.tolist(), numbers, strict=True)]
        )
        return lines, cities, zips, locality.astype(np.int64)

    def residence(
        self, household: Ints, position: Texts, born: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints]:
        """First address, second address, day of the move (NEVER: none)."""
        begin, end = self._settings.first_day, self._settings.last_day
        home_move = np.where(
            rng.random(self.count) < 0.22, rng.integers(begin, end, self.count), NEVER
        )
        moved = home_move[household]
        second = household + self.count
        # Young adults leave their parents.
        adult_on = born + int(18.5 * YEAR_DAYS)
        leaves = np.isin(position, ["child", "stepchild"]) & (adult_on < end - 60)
        leaves &= rng.random(len(household)) < 0.6
        moved = np.where(leaves, np.maximum(adult_on, begin - 400), moved)
        second = np.where(leaves, household + 2 * self.count, second)
        return household.copy(), second.astype(np.int64), moved.astype(np.int64)


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
    for i in heads[rng.random(len(heads)) < 0.06].tolist():
        alike = np.flatnonzero(
            (female == female[i]) & (tradition == tradition[i]) & (abs(born - born[i]) < 2500)
        )
        other = int(alike[int(rng.integers(len(alike)))])
        if other != i and of[other] < 0:
            given[i], surname[i], of[i] = given[other], surname[other], other
            if rng.random() < 0.15:
                born[i] = born[other]
    return of
