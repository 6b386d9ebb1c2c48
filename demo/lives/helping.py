"""Services that help, and who was referred to them: exploited, found and beaten people.

Guarantees: a referral lies inside the world's years and follows what it came of; its outcome is not
before it; a service of children takes only children.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Floats, Ints, Texts, choose, draw, draw_texts, ints
from demo.geography import data
from demo.households import NEVER

if TYPE_CHECKING:
    from demo.lives.setting import Setting

OF_TRAFFICKING: Final = 0.8
OF_SCREENED: Final = {"Positive": 0.75, "Possible": 0.4}
OF_RETURNED: Final = 0.4
OF_ORDERS: Final = 0.55
OF_INJURED: Final = 0.12
FOR_CHILDREN: Final = {"CAC": 0.5, "CNS": 0.28, "MED": 0.14, "SH": 0.08}
FOR_ADULTS: Final = {"SH": 0.32, "CNS": 0.3, "LGL": 0.25, "MED": 0.13}
OUTCOMES: Final = {"ENR": 0.5, "WL": 0.09, "DEC": 0.14, "NS": 0.15, "UTR": 0.12}
RELEASES: Final = {"None": 0.24, "Agencies": 0.36, "Agencies+Police": 0.4}
GIVES_THEIRS: Final = 0.3
"""Share of a shelter's clients who give its number as theirs."""
YOUNGEST_DAYS: Final = 730


def services(setting: Setting, rng: np.random.Generator) -> None:
    """Append the directory's services."""
    geography, table = setting.geography, data("services.toml")
    for kind, of_kind in table["service"].items():
        for name, where in of_kind.items():
            locality = geography.index(where)
            setting.history.services.add(
                name=name,
                kind=kind,
                locality=locality,
                phone=setting.contacts.phone(),
                line=geography.address_lines(rng, 1)[0],
                zip=geography.zip_code(locality, int(rng.integers(50))),
                confidential=name in table["confidential"],
            )


def referrals(setting: Setting, rng: np.random.Generator) -> None:
    """Append the years' referrals, each after what it came of."""
    history = setting.history
    incidents, victims = history.incidents, history.victims
    of = victims.ints("incident")
    known = (victims.ints("person") >= 0) & victims.values("named").astype(bool)
    exploited = incidents.values("story")[of] == "trafficking"
    hurt = np.isin(victims.values("injury"), ["B", "L", "M"]) & ~exploited
    for chosen, share, by in (
        (exploited, OF_TRAFFICKING, {"LE": 0.75, "DSS": 0.15, "HL": 0.1}),
        (hurt, OF_INJURED, {"LE": 0.6, "SELF": 0.3, "OTH": 0.1}),
    ):
        rows = np.flatnonzero(known & chosen & (rng.random(len(of)) < share))
        _refer(setting, rng, victims.ints("person")[rows], incidents.ints("day")[of[rows]], by,
               victims.ints("alias")[rows])  # fmt: skip

    visits = history.visits
    chance = np.array([OF_SCREENED.get(str(each), 0.0) for each in visits.values("screening")])
    rows = np.flatnonzero(rng.random(len(visits)) < chance)
    _refer(setting, rng, visits.ints("person")[rows], visits.ints("day")[rows],
           {"HOSP": 0.9, "HL": 0.1}, visits.ints("alias")[rows])  # fmt: skip

    episodes = history.episodes
    back = episodes.ints("end") < NEVER
    rows = np.flatnonzero(back & (rng.random(len(episodes)) < OF_RETURNED))
    _refer(setting, rng, episodes.ints("person")[rows], episodes.ints("end")[rows],
           {"DSS": 0.6, "LE": 0.2, "SCH": 0.2})  # fmt: skip

    orders = history.orders
    asked = orders.ints("petitioner") >= 0
    rows = np.flatnonzero(asked & (rng.random(len(orders)) < OF_ORDERS))
    _refer(setting, rng, orders.ints("petitioner")[rows], orders.ints("issued")[rows],
           {"CRT": 0.7, "SELF": 0.3})  # fmt: skip


def _refer(
    setting: Setting,
    rng: np.random.Generator,
    person: Ints,
    after: Ints,
    by: dict[str, float],
    alias: Ints | None = None,
) -> None:
    people, last = setting.people, setting.settings.last_day
    alias = np.full(len(person), -1, dtype=np.int64) if alias is None else alias
    day = after + rng.geometric(0.35, len(person)) - 1
    kept = (day >= setting.settings.first_day) & (day <= last)
    kept &= people.born[person] + YOUNGEST_DAYS <= day
    person, day, alias = person[kept], day[kept], alias[kept]
    n = len(person)
    minor = people.age(person, day) < 18
    kind = choose(minor, draw_texts(rng, FOR_CHILDREN, n), draw_texts(rng, FOR_ADULTS, n))
    home = people.address_locality[people.address(person, day)]
    decided = day + 1 + rng.geometric(0.06, n)
    open_still = decided > last
    setting.history.referrals.extend(
        n,
        person=person,
        alias=alias,
        day=day,
        service=_service(setting, rng, kind, home),
        by=draw_texts(rng, by, n),
        release=draw_texts(rng, RELEASES, n),
        outcome=choose(open_still, "", draw_texts(rng, OUTCOMES, n)),
        decided=np.where(open_still, NEVER, decided),
        gives_theirs=(kind == "SH") & (rng.random(n) < GIVES_THEIRS),
    )


def _service(setting: Setting, rng: np.random.Generator, kind: Texts, home: Ints) -> Ints:
    """A service of the kind: the nearer to home, the likelier."""
    table, geography = setting.history.services, setting.geography
    stands, kinds = table.ints("locality"), table.values("kind")
    found = np.full(len(kind), -1, dtype=np.int64)
    for each in sorted(set(kinds.tolist())):
        of_kind = np.flatnonzero(kinds == each)
        for locality in np.unique(home[kind == each]).tolist():
            asked: Bools = (kind == each) & (home == locality)
            near: Floats = np.array(
                [(20 + geography.distance_km(locality, at)) ** -2.5 for at in stands[of_kind]]
            )
            found[asked] = of_kind[draw(rng, near, int(asked.sum()))]
    return ints(found)
