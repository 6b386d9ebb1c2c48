"""What follows from crime: intakes of juveniles, and the laboratory's analyses of seizures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import happens, pick, pick_weighted
from demo.geography import data
from demo.households import NEVER

if TYPE_CHECKING:
    from demo.lives.setting import Setting

STATUS_OFFENCES: Final = {"90I": 0.5, "90B": 0.2, "90G": 0.15, "90Z": 0.15}
DELINQUENCY: Final = {"13B": 0.3, "23C": 0.22, "35A": 0.16, "290": 0.12, "520": 0.05, "240": 0.08,
                      "90J": 0.07}  # fmt: skip
EXTRA_INTAKES: Final = 170
RELEASES: Final = {"returned_home": 0.66, "released": 0.2, "moved": 0.1, "other": 0.04}


def juvenile_intakes(setting: Setting, rng: np.random.Generator) -> None:
    """Intakes of arrested juveniles, of runaways, and of others."""
    people, history, settings = setting.people, setting.history, setting.settings
    persons, arrest_days = history.arrestees.ints("person"), history.arrestees.ints("day")
    codes, aliases = history.arrestees.values("code"), history.arrestees.ints("alias")
    young = np.flatnonzero(people.age(persons, arrest_days) < 18)
    for i in young.tolist():
        if happens(rng, 0.75):
            day = setting.within(int(arrest_days[i]) + int(rng.integers(0, 6)))
            _intake(setting, rng, int(persons[i]), day, str(codes[i]), int(aliases[i]))
    ended = history.episodes.ints("end")
    runaways = (history.episodes.values("circumstance") == "Runaway") & (ended < NEVER)
    for row in np.flatnonzero(runaways).tolist():
        if happens(rng, 0.22):
            day = setting.within(int(ended[row]) + 1)
            _intake(setting, rng, int(history.episodes.get("person", row)), day, "90I", -1)
    age = people.age(np.arange(len(people)), np.full(len(people), settings.first_day))
    teens = np.flatnonzero((age >= 10) & (age < 16))
    for _ in range(round(EXTRA_INTAKES * settings.scale * settings.years / 3)):
        person = int(teens[int(rng.integers(max(1, len(teens) // 2)))])
        day = int(rng.integers(settings.first_day, settings.last_day))
        if 10 <= people.age_on(person, day) < 18:
            code = pick_weighted(rng, STATUS_OFFENCES if happens(rng, 0.4) else DELINQUENCY)
            _intake(setting, rng, person, day, code, -1)


def _intake(
    setting: Setting, rng: np.random.Generator, person: int, day: int, code: str, alias: int
) -> None:
    detained = happens(rng, 0.1 if code.startswith("90") else 0.35)
    release = day + int(rng.gamma(1.5, 14)) + 1 if detained else NEVER
    released = release <= setting.settings.last_day
    setting.history.intakes.add(
        person=person,
        day=day,
        locality=setting.people.locality_on(person, day),
        code=code,
        detained=detained,
        facility=pick(rng, setting.geography.facilities["detention"]) if detained else "",
        release=release if released else NEVER,
        reason=pick_weighted(rng, RELEASES) if detained and released else "",
        alias=alias if happens(rng, 0.3) else -1,
    )


def laboratory(setting: Setting, rng: np.random.Generator) -> None:
    """Two thirds of the seizures go to the laboratory, some as several items."""
    history, settings = setting.history, setting.settings
    substances = data("offenses.toml")["substance"]
    incidents = history.drugs.ints("incident")
    suspects = _first_suspect(setting)
    items: dict[int, int] = {}
    named: dict[int, bool] = {}
    for row in range(len(history.drugs)):
        incident = int(incidents[row])
        received = int(history.incidents.get("day", incident)) + int(rng.integers(2, 25))
        reported = received + int(rng.gamma(4, 16))
        if reported > settings.last_day or not happens(rng, 0.68):
            continue
        code = str(history.drugs.get("code", row))
        named.setdefault(incident, happens(rng, 0.9))
        for _ in range(1 + happens(rng, 0.35)):
            items[incident] = items.get(incident, 0) + 1
            found = pick_weighted(rng, substances.get(code, {"NO CONTROLLED SUBSTANCE": 1.0}))
            if happens(rng, 0.04):
                found = "NO CONTROLLED SUBSTANCE"
            history.lab_items.add(
                incident=incident,
                item=items[incident],
                received=received,
                reported=reported,
                substance=found,
                code=code,
                quantity=round(float(history.drugs.get("quantity", row)) * rng.uniform(0.7, 1), 3),
                measure=history.drugs.get("measure", row),
                person=suspects.get(incident, -1) if named[incident] else -1,
            )


def _first_suspect(setting: Setting) -> dict[int, int]:
    history = setting.history
    found: dict[int, int] = {}
    for rows in (history.arrestees, history.offenders):
        pairs = zip(rows.ints("incident").tolist(), rows.ints("person").tolist(), strict=True)
        for incident, person in pairs:
            if person >= 0:
                found.setdefault(incident, person)
    return found
