"""Emergency visits: everybody's now and then; after violence; of runaways and of exploited people.

Guarantees: a visit lies inside the world's years, its patient is two or older; an exploited person
is screened as one in some visits only, and somebody else now and then by mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw_texts, ints, texts
from demo.geography import data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.lives.setting import Setting

VISITS_PER_PERSON_YEAR: Final = 0.028
"""Far below the real rate: the feed holds the visits of departments that screen."""
YOUNGEST_DAYS: Final = 730
"""Infants go elsewhere: a slip in their birth date would lie after the visit."""
AFTER_INJURY: Final = {"M": 0.14, "L": 0.6, "B": 0.7, "N": 0.02}
OF_RUNAWAYS: Final = 0.3
OF_EXPLOITED: Final = 0.65
ORDINARY: Final = {"Illness": 0.45, "Injury": 0.3, "Mental Health": 0.07, "Pregnancy": 0.04,
                   "Overdose": 0.02, "Assault": 0.02, "Other": 0.1}  # fmt: skip
OF_RUNNING: Final = {"Injury": 0.25, "Mental Health": 0.3, "Overdose": 0.12, "Assault": 0.1,
                     "Illness": 0.2, "Other": 0.03}  # fmt: skip
OF_EXPLOITATION: Final = {"Assault": 0.22, "Sexual Assault": 0.2, "Overdose": 0.17, "Injury": 0.15,
                          "Pregnancy": 0.1, "Mental Health": 0.1, "Illness": 0.06}  # fmt: skip
DISCHARGES: Final = {"Home": 0.8, "Admitted": 0.13, "Transferred": 0.03,
                     "Left Against Advice": 0.035, "Died": 0.005}  # fmt: skip
FLEETING: Final = {"Home": 0.35, "Admitted": 0.13, "Left Against Advice": 0.3, "To Police": 0.12,
                   "To Social Services": 0.1}  # fmt: skip


def emergency_visits(setting: Setting, rng: np.random.Generator) -> None:
    """Append the years' visits."""
    people, settings, history = setting.people, setting.settings, setting.history
    count = round(len(people) * settings.years * VISITS_PER_PERSON_YEAR)
    anybody = rng.integers(len(people), size=count)
    day = rng.integers(settings.first_day, settings.last_day + 1, count)
    _visits(setting, rng, anybody, day, ORDINARY, DISCHARGES)

    victims = history.victims
    injury = victims.values("injury")
    chance = np.array([AFTER_INJURY.get(str(each), 0.0) for each in injury])
    hurt = np.flatnonzero((victims.ints("person") >= 0) & (rng.random(len(injury)) < chance))
    happened = history.incidents.ints("day")[victims.ints("incident")[hurt]]
    person, after = victims.ints("person")[hurt], happened + rng.integers(0, 2, len(hurt))
    _visits(setting, rng, person, after, {"Assault": 0.75, "Injury": 0.25}, DISCHARGES)

    episodes = history.episodes
    start, end = episodes.ints("start"), np.minimum(episodes.ints("end"), settings.last_day)
    there = episodes.values("exit_reason") == "Located in hospital"
    rows = np.flatnonzero(there | (rng.random(len(start)) < OF_RUNAWAYS))
    between = start[rows] + (rng.random(len(rows)) * (end - start + 4)[rows]).astype(np.int64)
    _visits(setting, rng, episodes.ints("person")[rows], np.where(there[rows], end[rows], between),
            OF_RUNNING, FLEETING)  # fmt: skip

    members = history.members
    first, last = members.ints("start"), members.ints("end")
    for turn in range(2):
        rows = np.flatnonzero(rng.random(len(first)) < OF_EXPLOITED / (1 + turn))
        held = (rng.random(len(rows)) * (last - first + 20)[rows]).astype(np.int64)
        alias = np.where(rng.random(len(rows)) < 0.5, members.ints("alias")[rows], -1)
        _visits(setting, rng, members.ints("person")[rows], first[rows] + held,
                OF_EXPLOITATION, FLEETING, alias, exploited=True)  # fmt: skip


def _visits(
    setting: Setting,
    rng: np.random.Generator,
    person: Ints,
    day: Ints,
    complaints: Mapping[str, float],
    discharges: Mapping[str, float],
    alias: Ints | None = None,
    *,
    exploited: bool = False,
) -> None:
    people, settings = setting.people, setting.settings
    alias = np.full(len(person), -1, dtype=np.int64) if alias is None else alias
    kept = (day >= settings.first_day) & (day <= settings.last_day)
    kept &= people.born[person] + YOUNGEST_DAYS <= day
    person, day, alias = person[kept], day[kept], alias[kept]
    complaint = draw_texts(rng, complaints, len(person))
    women = people.sex[person] == "F"
    grown = (people.age(person, day) >= 14) & (people.age(person, day) <= 48)
    complaint[(complaint == "Pregnancy") & ~(women & grown)] = "Illness"
    discharge = draw_texts(rng, discharges, len(person))
    minor = people.age(person, day) < 18
    discharge[(discharge == "To Social Services") & ~minor] = "Home"
    away = rng.random(len(person)) < (0.6 if exploited else 0.06)
    setting.history.visits.extend(
        len(person),
        person=person,
        day=day,
        alias=alias,
        hospital=_hospital(setting, rng, person, day, away),
        complaint=complaint,
        screening=_screened(rng, complaint, exploited=exploited),
        discharge=discharge,
    )


def _hospital(
    setting: Setting, rng: np.random.Generator, person: Ints, day: Ints, away: Bools
) -> Ints:
    """The hospital nearest to home, or any."""
    people, geography = setting.people, setting.geography
    stands = [geography.index(name) for name in data("hospitals.toml")["hospital"].values()]
    nearest = ints(
        [
            int(np.argmin([geography.distance_km(i, at) for at in stands]))
            for i in range(len(geography.fips))
        ]
    )
    home = people.address_locality[people.address(person, day)]
    return np.where(away, rng.integers(len(stands), size=len(person)), nearest[home])


def _screened(rng: np.random.Generator, complaint: Texts, *, exploited: bool) -> Texts:
    """Departments screen where the complaint prompts them, and see part of what is there."""
    prompts = np.isin(complaint, ["Assault", "Sexual Assault", "Overdose", "Mental Health"])
    done = rng.random(len(complaint)) < np.where(prompts, 0.7, 0.25)
    shares = {"Negative": 0.975, "Possible": 0.02, "Positive": 0.005}
    if exploited:
        shares = {"Negative": 0.35, "Possible": 0.3, "Positive": 0.35}
    found = draw_texts(rng, shares, len(complaint))
    return np.where(done, found, texts(["Not Done"] * len(complaint))).astype(object)
