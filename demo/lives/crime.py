"""Ordinary crime, in the proportions of a real state-year, drawn in one sweep.

Guarantees: crimes against society have one victim row of type S and no relationship; every
incident has at least one offense, one victim row and one offender row (sequence 0 where nobody is
known); offenders are 10 or older.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw, draw_texts, ints, texts
from demo.geography import data
from demo.lives.company import co_offenders, more_victims
from demo.lives.property import lose_things, seize_drugs

if TYPE_CHECKING:
    from demo.lives.setting import Setting

INCIDENTS_PER_PERSON_YEAR: Final = 0.28
DOMINANT_EXTRA: Final = 0.1
"""Share of the incidents that happen in the largest locality on top of its own."""
DOMESTIC: Final = {"13A": 0.24, "13B": 0.36, "13C": 0.33, "11A": 0.25, "11B": 0.4, "11D": 0.25,
                   "100": 0.2, "36B": 0.3}  # fmt: skip
"""Share of an offense that happens inside a household."""
ACTS: Final = {
    "35A": {"P": 0.7, "D": 0.15, "U": 0.1, "T": 0.05},
    "35B": {"P": 0.85, "U": 0.15},
    "370": {"P": 0.5, "E": 0.3, "D": 0.2},
    "280": {"B": 0.5, "P": 0.5},
    "520": {"P": 0.85, "U": 0.15},
    "250": {"C": 0.5, "P": 0.3, "D": 0.2},
    "720": {"A": 0.7, "I": 0.3},
    "13A": {"N": 0.97, "G": 0.03},
    "13B": {"N": 0.98, "J": 0.02},
    "120": {"N": 0.95, "G": 0.05},
}
WEAPONS: Final = {
    "13A": {"12": 0.4, "20": 0.2, "30": 0.12, "40": 0.18, "90": 0.1},
    "13B": {"40": 0.9, "99": 0.1},
    "120": {"12": 0.5, "40": 0.35, "20": 0.15},
    "09A": {"12": 0.8, "20": 0.2},
    "11A": {"40": 0.9, "99": 0.1},
    "11D": {"40": 0.9, "99": 0.1},
    "100": {"40": 0.6, "99": 0.3, "12": 0.1},
    "520": {"12": 0.85, "13": 0.15},
    "210": {"99": 1.0},
}
OUTSIDE_HOME: Final = {
    "AQ": 0.26, "BG": 0.24, "OK": 0.09, "ST": 0.105, "RU": 0.075, "OF": 0.035, "FR": 0.01,
    "NE": 0.015, "XS": 0.013, "CF": 0.011, "IL": 0.008, "EE": 0.004, "CS": 0.004, "ER": 0.002,
    "BE": 0.002, "HR": 0.001,
}  # fmt: skip
"""What a victim was who does not live with the offender."""
SOCIETY: Final = ("35A", "35B", "520", "720", "370")
AGAINST_PERSONS: Final = (
    "13A", "13B", "13C", "11A", "11B", "11C", "11D", "100", "120", "36B", "09A", "09B",
)  # fmt: skip
LOCATED: Final = {
    "shop": ("23C",),
    "vehicle": ("23F", "240", "23G"),
    "society": SOCIETY,
    "person": tuple(code for code in AGAINST_PERSONS if code != "120"),
}
"""Offenses by where they happen; all others are other."""


def ordinary_crime(setting: Setting, rng: np.random.Generator) -> None:
    """Append the years' ordinary incidents to the history."""
    table = data("offenses.toml")
    kinds: dict[str, dict[str, Any]] = table["offense"]
    settings, history = setting.settings, setting.history
    count = int(settings.persons * settings.years * INCIDENTS_PER_PERSON_YEAR)
    code = draw_texts(rng, {k: v["share"] for k, v in kinds.items()}, count)
    day = rng.integers(settings.first_day, settings.last_day + 1, count)
    hour = draw(rng, np.array(table["hour"]["share"]), count)
    hour[rng.random(count) < 0.01] = -1

    def of(field: str) -> Texts:
        return texts([kinds[str(c)][field] for c in code])

    victim_kind = of("victim")
    mixed = victim_kind == "mixed"
    victim_kind[mixed] = np.where(rng.random(int(mixed.sum())) < 0.74, "person", "business")
    offender = _offenders(setting, rng, code, of("men").astype(float), day)
    domestic = rng.random(count) < np.array([DOMESTIC.get(str(c), 0.0) for c in code])
    violent = np.isin(code, AGAINST_PERSONS)
    victim, domestic = _victims(setting, rng, offender, domestic, day, violent)
    known = rng.random(count) < of("known").astype(float)
    known |= domestic
    locality = setting.people.address_locality[setting.people.address(offender, day)]
    away = rng.random(count) < 0.12
    locality = np.where(away, locality[rng.permutation(count)], locality)
    # One agency dominates, as the largest city's does in most states.
    largest = int(np.argmax(setting.geography.population))
    drawn_there = rng.random(count) < DOMINANT_EXTRA
    locality[drawn_there] = largest
    agency = setting.agencies(rng, locality)
    agency[drawn_there] = setting.geography.agencies_of[largest][0]
    heard = setting.heard(agency, day)
    code, victim_kind, domestic, known = (
        code[heard], victim_kind[heard], domestic[heard], known[heard]
    )  # fmt: skip
    day, hour, offender, victim = day[heard], hour[heard], offender[heard], victim[heard]
    locality, agency, count = locality[heard], agency[heard], int(heard.sum())
    cleared = draw_texts(rng, {"N": 0.975, "B": 0.014, "D": 0.006, "E": 0.004, "A": 0.001}, count)
    arrested = known & (rng.random(count) < of("arrest").astype(float))
    cleared[arrested | ~known] = "N"
    reported = np.minimum(day + rng.geometric(0.55, count) - 1, settings.last_day)
    location = _locations(rng, code, table["location"])
    location[domestic & (rng.random(count) < 0.9)] = "20"
    at_home = location == "20"
    incident = history.incidents.extend(
        count,
        day=day,
        hour=hour,
        locality=locality,
        agency=agency,
        place=_places(setting, rng, location, locality),
        home_of=np.where(at_home, np.where(victim_kind == "person", victim, offender), -1),
        cleared=cleared,
        report_date=rng.random(count) < 0.07,
        reported=reported,
    )
    acts = np.full(count, "", dtype=object)
    weapon = np.full(count, "", dtype=object)
    for table_of, column in ((ACTS, acts), (WEAPONS, weapon)):
        for which, weights in table_of.items():
            mask = code == which
            column[mask] = draw_texts(rng, weights, int(mask.sum()))
    using = draw_texts(rng, {"N": 0.86, "A": 0.07, "D": 0.06, "C": 0.01}, count)
    history.offenses.extend(
        count,
        incident=incident,
        code=code,
        attempted=rng.random(count) < 0.04,
        location=location,
        acts=acts,
        using=using,
        weapon=weapon,
    )
    _second_offenses(setting, rng, incident, code, location, table["second"])
    victims = _victim_rows(setting, rng, incident, code, victim_kind, victim)
    offenders = _offender_rows(setting, rng, incident, offender, known, arrested)
    # Relationships are of crimes against persons and of robbery alone.
    against_person = np.isin(code, AGAINST_PERSONS)
    related = np.flatnonzero((victim_kind == "person") & known & against_person)
    history.relations.extend(
        len(related),
        victim=victims[related],
        offender=offenders[related],
        code=_relations(setting, rng, victim, offender, domestic)[related],
    )
    taken = np.flatnonzero(arrested)
    arrest_day = np.minimum(day + rng.geometric(0.25, count) - 1, settings.last_day)
    history.arrestees.extend(
        len(taken),
        incident=incident[taken],
        person=offender[taken],
        day=arrest_day[taken],
        type=draw_texts(rng, {"O": 0.45, "T": 0.25, "S": 0.3}, len(taken)),
        code=code[taken],
        weapon=draw_texts(rng, {"01": 0.93, "12": 0.05, "20": 0.02}, len(taken)),
        multiple=draw_texts(rng, {"N": 0.95, "C": 0.03, "M": 0.02}, len(taken)),
    )
    more_victims(
        setting, rng, incident, victim_kind == "person", victim,
        np.where(known & against_person, offenders, -1),
    )  # fmt: skip
    co_offenders(setting, rng, incident, known, offender, np.where(arrested, arrest_day, -1), code)
    seize_drugs(setting, rng, incident[code == "35A"], table["drug"])
    lose_things(setting, rng, incident, code)


def _offenders(
    setting: Setting, rng: np.random.Generator, code: Texts, men: Any, day: Ints
) -> Ints:
    """Who does it: young people more often, a few very often."""
    people, settings = setting.people, setting.settings
    everyone = np.arange(len(people))
    age = people.age(everyone, np.full(len(people), (settings.first_day + settings.last_day) // 2))
    drive = rng.gamma(0.6, 1.0, len(people))
    drive *= np.interp(
        age, [9, 12, 15, 18, 24, 35, 50, 70, 90], [0, 0.25, 1.0, 1.8, 1.8, 1.0, 0.6, 0.35, 0]
    )
    is_man = people.sex == "M"
    chosen_man = rng.random(len(code)) < men
    found = np.where(
        chosen_man,
        everyone[is_man][draw(rng, drive[is_man], len(code))],
        everyone[~is_man][draw(rng, drive[~is_man], len(code))],
    )
    too_young = people.age(found, day) < 10
    grown = everyone[age >= 18]
    found[too_young] = grown[draw(rng, drive[grown], int(too_young.sum()))]
    return ints(found)


def _victims(
    setting: Setting,
    rng: np.random.Generator,
    offender: Ints,
    domestic: Bools,
    day: Ints,
    violent: Bools,
) -> tuple[Ints, Bools]:
    """Somebody of the household, or of the same locality, or of anywhere; born by then.

    Property is adults'.
    """
    people = setting.people
    victim = rng.integers(len(people), size=len(offender))
    home = people.address_locality[people.first_address[offender]]
    near = rng.random(len(offender)) < 0.75
    domestic = domestic.copy()
    for i in range(len(offender)):
        if domestic[i]:
            family = [p for p in people.members[int(people.household[offender[i]])]
                      if p != offender[i] and people.born[p] < day[i] - 800]  # fmt: skip
            if family:
                victim[i] = family[int(rng.integers(len(family)))]
                continue
            domestic[i] = False
        if near[i]:
            neighbours = setting.by_locality[int(home[i])]
            victim[i] = neighbours[int(rng.integers(len(neighbours)))]
    wrong = (victim == offender) | (people.born[victim] > day - np.where(violent, 12, 18) * 365)
    wrong &= ~domestic
    grown = np.flatnonzero(people.born < setting.settings.first_day - 18 * 365)
    victim[wrong] = grown[rng.integers(len(grown), size=int(wrong.sum()))]
    wrong = victim == offender
    victim[wrong] = (victim[wrong] + 1) % len(people)
    return victim.astype(np.int64), domestic


def _victim_rows(
    setting: Setting,
    rng: np.random.Generator,
    incident: Ints,
    code: Texts,
    kind: Texts,
    victim: Ints,
) -> Ints:
    person = kind == "person"
    officer = person & np.isin(code, ["13A", "13B"]) & (rng.random(len(code)) < 0.05)
    types = np.where(
        kind == "society",
        "S",
        np.where(person, np.where(officer, "L", "I"), "B"),
    ).astype(object)
    other = (types == "B") & (rng.random(len(code)) < 0.25)
    types[other] = draw_texts(
        rng, {"U": 0.65, "G": 0.2, "O": 0.07, "R": 0.05, "F": 0.03}, int(other.sum())
    )
    injury = np.full(len(code), "", dtype=object)
    hurt = np.isin(code, ["13A", "13B", "11A", "11D", "100", "120"]) & person
    injury[hurt] = draw_texts(rng, {"N": 0.5, "M": 0.42, "L": 0.04, "B": 0.03, "U": 0.01},
                              int(hurt.sum()))  # fmt: skip
    return setting.history.victims.extend(
        len(code),
        incident=incident,
        person=np.where(person, victim, -1),
        type=types,
        injury=injury,
        named=person & (rng.random(len(code)) < 0.96),
    )


def _offender_rows(
    setting: Setting,
    rng: np.random.Generator,
    incident: Ints,
    offender: Ints,
    known: Bools,
    arrested: Bools,
) -> Ints:
    named = known & (arrested | (rng.random(len(known)) < 0.62))
    return setting.history.offenders.extend(
        len(incident),
        incident=incident,
        person=np.where(known, offender, -1),
        unknown=~known,
        named=named,
    )


def _relations(
    setting: Setting, rng: np.random.Generator, victim: Ints, offender: Ints, domestic: Bools
) -> Texts:
    """What the victim was of the offender."""
    people = setting.people
    code = draw_texts(rng, OUTSIDE_HOME, len(victim))
    for i in np.flatnonzero(domestic).tolist():
        code[i] = kinship(
            str(people.position[victim[i]]),
            str(people.position[offender[i]]),
            str(people.surname[victim[i]]) == str(people.surname[offender[i]]),
        )
    return code


def kinship(victim: str, offender: str, same_name: bool) -> str:
    """NIBRS relationship of two members of one household, by their positions in it."""
    adults = ("head", "partner")
    children = ("child", "stepchild")
    if victim in adults and offender in adults:
        return "SE" if same_name else "BG"
    if victim in children and offender in adults:
        if victim == "stepchild":
            return "SC" if offender == "head" else "CH"
        return "CH"
    if victim in adults and offender in children:
        return "SP" if offender == "stepchild" and victim == "head" else "PA"
    if victim in children and offender in children:
        return "SB" if victim == offender else "SS"
    if victim == "grandparent":
        return "PA" if offender in adults else "GP"
    if offender == "grandparent":
        return "CH" if victim in adults else "GC"
    return "CO"


def _places(setting: Setting, rng: np.random.Generator, location: Texts, locality: Ints) -> Ints:
    """A named place where the kind of location has one in the locality."""
    kinds = {"14": "hotel", "21": "restaurant", "53": "school", "23": "truck_stop", "05": "spa"}
    place = np.full(len(location), -1, dtype=np.int64)
    for i in np.flatnonzero(np.isin(location, list(kinds))).tolist():
        place[i] = setting.place_or_none(rng, kinds[str(location[i])], int(locality[i]))
    return place


def _locations(rng: np.random.Generator, code: Texts, shares: dict[str, dict[str, float]]) -> Texts:
    """The kind of place, as likely as for the kind of offense."""
    kind = np.full(len(code), "other", dtype=object)
    for name, codes in LOCATED.items():
        kind[np.isin(code, codes)] = name
    location = np.full(len(code), "", dtype=object)
    for name, weights in shares.items():
        mask = kind == name
        location[mask] = draw_texts(rng, weights, int(mask.sum()))
    return location


def _second_offenses(
    setting: Setting,
    rng: np.random.Generator,
    incident: Ints,
    code: Texts,
    location: Texts,
    shares: dict[str, dict[str, float]],
) -> None:
    """About one incident in ten holds a second offense."""
    second = np.full(len(code), "", dtype=object)
    for first, weights in shares.items():
        mask = code == first
        with_none = {"": 1 - sum(weights.values()), **weights}
        second[mask] = draw_texts(rng, with_none, int(mask.sum()))
    chosen = np.flatnonzero(second != "")
    society = np.isin(second[chosen], SOCIETY)
    setting.history.offenses.extend(
        len(chosen),
        incident=incident[chosen],
        code=second[chosen],
        location=location[chosen],
        acts=np.where(society, "P", ""),
        weapon=np.where(second[chosen] == "520", "12", ""),
    )
    needs = chosen[society & ~np.isin(code[chosen], SOCIETY)]
    setting.history.victims.extend(
        len(needs),
        incident=incident[needs],
        type=np.full(len(needs), "S", dtype=object),
        named=np.zeros(len(needs), dtype=bool),
        codes=second[needs],
    )
