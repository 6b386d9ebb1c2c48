"""What every story is told with: the state, its people, the history so far, and shared moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from demo.chance import Bools, Ints, happens, ints, pick, stream
from demo.contacts import Contacts
from demo.geography import Geography
from demo.households import NEVER
from demo.lives.history import History
from demo.lives.silence import month_of, silent_months
from demo.naming import lists, tables
from demo.people import People
from demo.settings import WorldSettings


@dataclass(frozen=True)
class Setting:
    """The world as the stories find it."""

    settings: WorldSettings
    geography: Geography
    people: People
    contacts: Contacts
    history: History

    @cached_property
    def by_locality(self) -> dict[int, Ints]:
        """People by the locality of their first address."""
        home = self.people.address_locality[self.people.first_address]
        order = np.argsort(home, kind="stable")
        edges = np.searchsorted(home[order], np.arange(len(self.geography.fips) + 1))
        return {
            i: order[edges[i] : edges[i + 1]].astype(np.int64)
            for i in range(len(self.geography.fips))
        }

    @cached_property
    def silent(self) -> frozenset[tuple[int, int]]:
        """Agencies (index) and months (since 1970-01) that the state heard nothing of."""
        return silent_months(
            self.settings, self.geography, stream(self.settings.seed, "silent months")
        )

    def within(self, day: int) -> int:
        """The day, held inside the world's years."""
        return min(max(int(day), self.settings.first_day), self.settings.last_day)

    def agency(self, rng: np.random.Generator, locality: int) -> int:
        """An agency of the locality: mostly its main one."""
        options = self.geography.agencies_of[locality]
        if len(options) == 1 or happens(rng, 0.8):
            return options[0]
        return pick(rng, options[1:])

    def agencies(self, rng: np.random.Generator, locality: Ints) -> Ints:
        """``agency`` of a column."""
        options = self.geography.agencies_of
        count = np.array([len(found) for found in options])[locality]
        table = np.array([[*found, *(3 - len(found)) * found[:1]] for found in options])
        other = 1 + (rng.random(len(locality)) * (count - 1)).astype(np.int64)
        which = np.where((count == 1) | (rng.random(len(locality)) < 0.8), 0, other)
        return ints(table[locality, which])

    def heard(self, agency: Ints, day: Ints) -> Bools:
        """Which of the agencies' incidents of those days reached the state."""
        month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        silent = np.array([one * 10_000 + other for one, other in sorted(self.silent)])
        return ~np.isin(agency * 10_000 + month, silent)

    def incident(self, rng: np.random.Generator, **values: Any) -> int:
        """Add an incident; the agency and the report's day are filled in where not given."""
        day = self.within(values.pop("day"))
        values.setdefault("agency", self._reporting(self.agency(rng, values["locality"]), day))
        values.setdefault("hour", int(rng.integers(24)) if happens(rng, 0.93) else -1)
        values.setdefault("reported", min(day + int(rng.integers(0, 3)), self.settings.last_day))
        return self.history.incidents.add(day=day, **values)

    def _reporting(self, agency: int, day: int) -> int:
        """The agency, or another of its locality where it reports nothing in that month."""
        month = month_of(day)
        if (agency, month) not in self.silent:
            return agency
        options = next(found for found in self.geography.agencies_of if agency in found)
        return next(other for other in options if (other, month) not in self.silent)

    def unknown_offender(self, incident: int) -> int:
        """The row of an offender of whom nothing is known."""
        return self.history.offenders.add(incident=incident, unknown=True, named=False)

    def society(self, incident: int) -> int:
        """The victim row of a crime against society."""
        return self.history.victims.add(incident=incident, type="S", named=False)

    def alias(
        self, rng: np.random.Generator, person: int, *, older: bool, street: bool = True
    ) -> int:
        """A false identity for the person; ``older`` makes a child say that they are of age."""
        people = self.people
        sex = "female" if people.sex[person] == "F" else "male"
        census = lists("census")
        pool = (census.female if sex == "female" else census.male)[:200]
        true_born = int(people.born[person])
        born = true_born
        if older:
            born = true_born - int(rng.integers(3, 8)) * 365 - int(rng.integers(200))
        keeps_given = happens(rng, 0.25)
        keeps_family = happens(rng, 0.3) and not keeps_given
        return self.history.aliases.add(
            person=person,
            given=str(people.given[person]) if keeps_given else str(pick(rng, list(pool))),
            surname=str(people.surname[person])
            if keeps_family
            else str(pick(rng, list(census.family[:400]))),
            born=born if older or not happens(rng, 0.5) else NEVER,
            street=self.street_name(person) if street else "",
        )

    def street_name(self, person: int) -> str:
        """What people on the street call the person: always the same."""
        sex = "female" if self.people.sex[person] == "F" else "male"
        names: list[str] = tables()["street_names"][sex]
        return names[person % len(names)]

    def place_or_none(self, rng: np.random.Generator, kind: str, locality: int) -> int:
        options = self.geography.places_at(kind, locality)
        return pick(rng, options) if options else -1
