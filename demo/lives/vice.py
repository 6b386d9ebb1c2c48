"""Commercial sex outside the networks, and public events with the operations around them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import happens, pick, pick_weighted
from demo.geography import by_population, data
from demo.lives.operations import BUYERS_AT_EVENT, buyers, sting
from demo.settings import days

if TYPE_CHECKING:
    from demo.lives.setting import Setting

INCIDENTS: Final = 95


def commercial_sex(setting: Setting, rng: np.random.Generator) -> None:
    """Sellers, promoters and buyers; a few of the sellers are children."""
    people, settings, history = setting.people, setting.settings, setting.history
    everyone = np.arange(len(people))
    middle = np.full(len(people), (settings.first_day + settings.last_day) // 2)
    age = people.age(everyone, middle)
    size = settings.scale
    sellers = rng.permutation(everyone[(age >= 19) & (age <= 45)])
    sellers = sellers[(people.sex[sellers] == "F") | (rng.random(len(sellers)) < 0.15)]
    sellers = sellers[: max(20, int(60 * size))]
    minors = rng.permutation(everyone[(age >= 15) & (age <= 17)])[: max(10, int(40 * size))]
    buyers = rng.permutation(everyone[(age >= 21) & (age <= 65) & (people.sex == "M")])
    buyers = buyers[: max(30, int(150 * size))]
    for number in range(max(4, round(INCIDENTS * settings.scale * settings.years / 3))):
        day = int(rng.integers(settings.first_day, settings.last_day + 1))
        locality = _vice_locality(setting, rng)
        code = pick_weighted(rng, {"40A": 0.6, "40B": 0.15, "40C": 0.25})
        pool = buyers if code == "40C" else sellers
        person = int(pool[int(rng.integers(len(pool)))])
        if code == "40A" and number % 12 == 5:
            person = int(minors[int(rng.integers(len(minors)))])
        location = pick_weighted(rng, {"14": 0.55, "13": 0.2, "58": 0.13, "05": 0.12})
        kind = {"14": "hotel", "05": "spa"}.get(location)
        incident = setting.incident(
            rng, day=day, locality=locality, story="commercial_sex",
            place=setting.place_or_none(rng, kind, locality) if kind else -1,
        )  # fmt: skip
        history.offenses.add(
            incident=incident, code=code, location=location, using="C" if location == "58" else "N"
        )
        setting.society(incident)
        alias = setting.alias(rng, person, older=False) if happens(rng, 0.25) else -1
        history.offenders.add(incident=incident, person=person, alias=alias)
        if happens(rng, 0.65):
            history.arrestees.add(
                incident=incident, person=person, alias=alias, day=setting.within(day),
                type=pick(rng, ("O", "S", "T")), code=code, weapon="01",
            )  # fmt: skip


def public_events(setting: Setting, rng: np.random.Generator) -> None:
    """The years' events, and police operations at some of them."""
    settings, geography, history = setting.settings, setting.geography, setting.history
    men = buyers(setting)
    for year in range(settings.first_year, settings.first_year + settings.years):
        for event in data("events.toml")["event"]:
            start = days(date(year, event["month"], 1)) + int(rng.integers(5, 20))
            locality = geography.index(event["locality"])
            end = min(start + event["length_days"] - 1, settings.last_day)
            history.events.add(
                name=event["name"].format(year=year),
                kind=event["kind"],
                start=start,
                end=end,
                locality=locality,
                venue=event["venue"],
                attendance=int(round(event["attendance"] * rng.normal(1, 0.08), -2)),
            )
            if happens(rng, 0.3):
                operation = history.events.add(
                    name=f"Operation near {event['name'].format(year=year)}",
                    kind="operation",
                    start=start,
                    end=end,
                    locality=locality,
                    cause="event",
                )
                arrested = int(rng.integers(*BUYERS_AT_EVENT)) * min(settings.scale, 20)
                for buyer in rng.integers(len(men), size=max(1, round(arrested))).tolist():
                    sting(setting, rng, operation, -1, int(men[buyer]))


def _vice_locality(setting: Setting, rng: np.random.Generator) -> int:
    geography = setting.geography
    if happens(rng, 0.6):
        return pick(rng, geography.corridors[pick(rng, list(geography.corridors))])
    return int(by_population(geography, rng, 1)[0])
