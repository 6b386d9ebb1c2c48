"""Children in care, and the families that social services know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.chance import Ints, happens, pick, pick_weighted
from demo.households import NEVER

if TYPE_CHECKING:
    from demo.lives.setting import Setting

KINDS = {"Foster home": 0.56, "Group home": 0.17, "Kinship": 0.17, "Residential": 0.06,
         "Shelter": 0.04}  # fmt: skip
ENDS = {"Returned home": 0.45, "Released": 0.2, "Other": 0.15, "Aged out": 0.2}
KNOWN_TWICE = 0.03
"""Share of clients who were given a second client number by oversight."""
SHARE_IN_CARE = 0.15
"""Of children; far above the real share, as the world is of people whom agencies meet."""


def children_in_care(setting: Setting, rng: np.random.Generator) -> Ints:
    """Append placements and clients; returns the children who were in care at some time."""
    people, settings, history = setting.people, setting.settings, setting.history
    everyone = np.arange(len(people))
    age = people.age(everyone, np.full(len(people), settings.first_day))
    minor = everyone[(age >= 0) & (age < 16)]
    chosen = np.sort(rng.permutation(minor)[: int(len(minor) * SHARE_IN_CARE)])
    for child in chosen.tolist():
        day = settings.first_day + int(rng.integers(-300, 700))
        day = max(day, int(people.born[child]) + 30)
        history.clients.add(person=child, day=day, protected=happens(rng, 0.06))
        home = people.locality_on(child, day)
        near = [*setting.geography.nearby(home, 70), home]
        for number in range(8):
            kind = pick_weighted(rng, KINDS)
            locality = home if happens(rng, 0.45) else pick(rng, near)
            end = day + int(rng.gamma(1.6, 110)) + 3
            last = number >= 1 and happens(rng, 0.35)
            open_still = end > settings.last_day
            reason = pick_weighted(rng, ENDS) if last else "Moved"
            if reason == "Aged out" and people.age_on(child, end) < 17:
                reason = "Returned home"
            history.place(
                person=child,
                kind=kind,
                facility=_facility(setting, rng, kind),
                locality=locality,
                start=day,
                end=NEVER if open_still else end,
                reason="" if open_still else reason,
            )
            if open_still or last:
                break
            day = end + (0 if happens(rng, 0.9) else 1)
    _other_clients(setting, rng, set(chosen.tolist()))
    _known_twice(setting, rng)
    return chosen


def placement_on(setting: Setting, person: int, day: int) -> int:
    """The row of the placement in which the person is on that day, or -1."""
    history = setting.history
    for row in reversed(history.placements_of.get(person, ())):
        if history.placements.get("start", row) <= day < history.placements.get("end", row):
            return row
    return -1


def _facility(setting: Setting, rng: np.random.Generator, kind: str) -> str:
    names = {"Group home": "group_home", "Residential": "residential", "Shelter": "shelter"}
    return pick(rng, setting.geography.facilities[names[kind]]) if kind in names else ""


def _other_clients(setting: Setting, rng: np.random.Generator, known: set[int]) -> None:
    """Parents and other children whom social services met without a placement."""
    people, settings = setting.people, setting.settings
    for person in rng.permutation(len(people))[: int(len(people) * 0.085)].tolist():
        if person not in known and people.born[person] < settings.last_day - 400:
            setting.history.clients.add(
                person=person,
                day=int(rng.integers(settings.first_day, settings.last_day)),
                protected=happens(rng, 0.05),
            )


def _known_twice(setting: Setting, rng: np.random.Generator) -> None:
    """Some clients are entered again, months later, as if they were new."""
    clients = setting.history.clients
    for row in np.flatnonzero(rng.random(len(clients)) < KNOWN_TWICE).tolist():
        setting.history.clients.add(
            person=clients.get("person", row),
            day=setting.within(clients.get("day", row) + int(rng.integers(60, 500))),
            protected=clients.get("protected", row),
        )
