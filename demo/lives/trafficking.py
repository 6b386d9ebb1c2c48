"""Trafficking networks: who runs them, whom they exploit, where they go, and what comes to light.

A network has leaders and associates, burner phones, vehicles and handles, and moves along an
interstate's localities (sex trafficking) or works at a few sites (labour trafficking). Each victim
is with it for a while; a child victim is missing meanwhile, mostly. Each stay may leave a trace:
a police incident, a drug seizure, an arrest of a victim for prostitution, a tip.

Guarantees: a child victim's membership lies inside one missing episode where one was made; every
tie between an episode and what happened to the child is written to the history's ``ties``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Ints, draw, happens, pick, pick_weighted
from demo.contacts import AD_SITE
from demo.households import NEVER
from demo.lives import traces
from demo.lives.missing import begin_episode
from demo.lives.tipping import tip

if TYPE_CHECKING:
    from demo.lives.setting import Setting

SEX_NETWORKS: Final = 17
LABOR_NETWORKS: Final = 8
CURRENT_NETWORKS: Final = 4
"""Sex trafficking networks that still hold a missing child on the last day."""
PAIRS: Final = 22
"""Cases of one offender and one victim: a partner, a relative, an employer."""


@dataclass(frozen=True, slots=True)
class Member:
    """A victim's time with a network. ``episode`` and ``alias`` are rows of the history or -1."""

    person: int
    start: int
    end: int
    alias: int
    episode: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A network's days in one locality, both included."""

    start: int
    end: int
    locality: int


@dataclass(slots=True)
class Network:
    """One network while its story is told."""

    row: int
    kind: str
    leaders: list[int]
    associates: list[int]
    phones: list[str]
    plates: list[str]
    handles: list[str]
    route: list[int]
    road: str
    places: dict[int, list[int]]
    start: int
    end: int
    members: list[Member] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    """Victims whom the police have met."""
    stays: list[Stay] = field(default_factory=list)

    @property
    def code(self) -> str:
        return "64A" if self.kind == "sex" else "64B"

    def present(self, day: int) -> list[Member]:
        return [member for member in self.members if member.start <= day <= member.end]

    def is_in(self, locality: int, day: int) -> bool:
        return any(s.locality == locality and s.start <= day <= s.end for s in self.stays)


def trafficking(setting: Setting, rng: np.random.Generator, in_care: Ints) -> list[Network]:
    """Append the networks and everything that they leave in the history; returns the networks."""
    networks: list[Network] = []
    casting = _Casting(setting, rng, in_care)
    scale = setting.settings.scale * setting.settings.years / 3
    current = max(1, round(CURRENT_NETWORKS * setting.settings.scale))
    for kind, count in (("sex", SEX_NETWORKS), ("labor", LABOR_NETWORKS)):
        for number in range(max(1, round(count * scale))):
            is_current = kind == "sex" and number < current
            network = _found(setting, rng, casting, kind, is_current)
            if network is None:
                return networks
            networks.append(network)
            if is_current:
                _still_held(setting, rng, casting, network)
            _live(setting, rng, network)
            traces.come_to_light(setting, rng, network)
    for _ in range(max(2, round(PAIRS * scale))):
        _pair(setting, rng, casting)
    return networks


class _Casting:
    """Finds people for roles; nobody plays two."""

    def __init__(self, setting: Setting, rng: np.random.Generator, in_care: Ints) -> None:
        people, settings = setting.people, setting.settings
        middle = (settings.first_day + settings.last_day) // 2
        everyone = np.arange(len(people))
        age = people.age(everyone, np.full(len(people), middle))
        female = people.sex == "F"
        risk = rng.gamma(0.5, 1.0, len(people)) + np.where(np.isin(everyone, in_care), 1.5, 0.0)
        risk *= np.where(female, 1.0, 0.3)
        order = np.argsort(-risk, kind="stable")
        pools = {
            "child": [int(i) for i in order if 13 <= age[i] <= 17],
            "adult": [int(i) for i in order if 18 <= age[i] <= 34],
            "worker": [int(i) for i in rng.permutation(everyone) if 17 <= age[i] <= 55],
            "leader": [
                int(i) for i in rng.permutation(everyone)
                if 22 <= age[i] <= 52 and (not female[i] or rng.random() < 0.3)
            ],
            "associate": [int(i) for i in rng.permutation(everyone) if 21 <= age[i] <= 45],
        }  # fmt: skip
        self._pools = {role: deque(pool) for role, pool in pools.items()}
        self._taken: set[int] = set()

    def cast(self, role: str) -> int:
        """The next free person for the role; -1 where the world has nobody left."""
        pool = self._pools[role]
        while pool:
            person = pool.popleft()
            if person not in self._taken:
                self._taken.add(person)
                return person
        return -1

    def take(self, person: int) -> bool:
        """Reserve a certain person; false where taken."""
        if person in self._taken:
            return False
        self._taken.add(person)
        return True


def _found(
    setting: Setting, rng: np.random.Generator, casting: _Casting, kind: str, current: bool
) -> Network | None:
    """A new network with its people, means and route; None where the world has nobody left."""
    settings, geography, history = setting.settings, setting.geography, setting.history
    road = pick(rng, list(geography.corridors))
    stops = geography.corridors[road]
    reach = int(rng.integers(3, 7)) if kind == "sex" else int(rng.integers(1, 3))
    windows = [stops[i : i + reach] for i in range(len(stops) - reach + 1)]
    busy = np.array([geography.population[list(stretch)].sum() for stretch in windows])
    route = list(windows[int(draw(rng, busy**0.7, 1)[0])])
    site = "hotel" if kind == "sex" else pick(rng, ("restaurant", "farm", "spa", "hotel"))
    places: dict[int, list[int]] = {}
    for locality in route:
        options = geography.places_at(site, locality) or geography.places_at("hotel", locality)
        chosen = rng.permutation(len(options))[:2]
        places[locality] = [options[int(i)] for i in chosen]
    start = int(rng.integers(settings.first_day - 60, settings.last_day - 150))
    end = min(start + int(rng.integers(90, 560)), settings.last_day)
    if current:
        start, end = settings.last_day - int(rng.integers(120, 330)), settings.last_day
    leaders = [casting.cast("leader") for _ in range(1 + happens(rng, 0.35))]
    associates = [casting.cast("associate") for _ in range(int(rng.integers(1, 5)))]
    leaders = [person for person in leaders if person >= 0]
    associates = [person for person in associates if person >= 0]
    if not leaders or not associates:
        return None
    plates = [str(setting.people.plate[leaders[0]]) or setting.contacts.plate()]
    if happens(rng, 0.6):
        plates.append(setting.contacts.plate(pick(rng, ("VA", "MD", "NC"))))
    network = Network(
        row=history.networks.add(
            kind=kind,
            road=road,
            start=start,
            end=end,
            leaders=tuple(leaders),
            associates=tuple(associates),
        ),
        kind=kind,
        leaders=leaders,
        associates=associates,
        phones=[setting.contacts.phone() for _ in range(int(rng.integers(1, 4)))],
        plates=plates,
        handles=[
            setting.contacts.handle(
                str(setting.people.given[leaders[0]]), AD_SITE if kind == "sex" else None
            )
            for _ in range(int(rng.integers(1, 3)))
        ],
        route=route,
        road=road,
        places=places,
        start=start,
        end=end,
    )
    for _ in range(int(rng.integers(3, 8))):
        _recruit(setting, rng, casting, network)
    return network


def _recruit(
    setting: Setting, rng: np.random.Generator, casting: _Casting, network: Network
) -> None:
    """One victim joins; a child mostly runs away to the network or is kept by it."""
    people, history = setting.people, setting.history
    is_child = network.kind == "sex" and happens(rng, 0.52)
    person = casting.cast("child" if is_child else "adult" if network.kind == "sex" else "worker")
    if person < 0:
        return
    latest = max(network.start + 5, network.end - 20)
    start = int(rng.integers(network.start, latest))
    start = max(start, setting.settings.first_day + 3)
    length = int(rng.gamma(2.0, 16)) + 6 if is_child else int(rng.gamma(2.0, 60)) + 15
    end = min(start + length, network.end)
    age = people.age_on(person, start)
    if age < 12:
        return
    episode = -1
    if age < 18 and happens(rng, 0.92):
        ran = start - int(rng.integers(0, 9))
        over = end + int(rng.integers(0, 4))
        still_missing = over > setting.settings.last_day - 25 and happens(rng, 0.7)
        if not history.overlaps(person, ran, NEVER if still_missing else over):
            episode = begin_episode(setting, rng, person, ran, NEVER if still_missing else over)
            history.episodes.put("network", episode, network.row)
    _join(setting, rng, network, person, start, end, episode)


def _still_held(
    setting: Setting, rng: np.random.Generator, casting: _Casting, network: Network
) -> None:
    """A child who is with the network, and missing, on the last day; somebody has seen it."""
    last = setting.settings.last_day
    start = last - int(rng.integers(12, 50))
    ran = start - int(rng.integers(1, 6))
    person = casting.cast("child")
    while person >= 0 and not (
        13 <= setting.people.age_on(person, last) <= 17
        and not setting.history.overlaps(person, ran, NEVER)
    ):
        person = casting.cast("child")
    if person < 0:
        return
    episode = begin_episode(setting, rng, person, ran, NEVER)
    setting.history.episodes.put("network", episode, network.row)
    member = _join(setting, rng, network, person, start, last, episode)
    locality = pick(rng, network.route)
    place = pick(rng, network.places[locality]) if network.places[locality] else -1
    tip(setting, rng, network, last - int(rng.integers(2, 10)), locality, place, member)
    if happens(rng, 0.6):
        locality = pick(rng, network.route)
        place = pick(rng, network.places[locality]) if network.places[locality] else -1
        day = last - int(rng.integers(1, 10))
        traces.victim_arrested(setting, rng, network, day, locality, place, member)


def _join(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    person: int,
    start: int,
    end: int,
    episode: int,
) -> Member:
    """The person becomes a member, with a street name or a false identity mostly."""
    street = network.kind == "sex" and happens(rng, 0.75)
    people, history = setting.people, setting.history
    uses_alias = network.kind == "sex" and (street or happens(rng, 0.5))
    alias = (
        setting.alias(rng, person, older=people.age_on(person, start) < 18, street=street)
        if uses_alias
        else -1
    )
    member = Member(person, start, end, alias, episode)
    network.members.append(member)
    history.members.add(
        network=network.row,
        person=person,
        role="victim",
        start=start,
        end=end,
        episode=episode,
        alias=alias,
    )
    return member


def _live(setting: Setting, rng: np.random.Generator, network: Network) -> None:
    """Move from stay to stay; each may leave a trace."""
    first = max(network.start, setting.settings.first_day)
    day, stop, step = first, 0, 1
    while day < network.end:
        locality = network.route[stop]
        nights = int(rng.integers(3, 12)) if network.kind == "sex" else int(rng.integers(15, 50))
        network.stays.append(Stay(day, day + nights - 1, locality))
        present = network.present(day)
        if present and network.places[locality]:
            place = pick(rng, network.places[locality])
            traces.of_stay(setting, rng, network, day, locality, place, present)
        day += nights
        if len(network.route) > 1:
            if stop + step in (-1, len(network.route)):
                step = -step
            stop += step


def _pair(setting: Setting, rng: np.random.Generator, casting: _Casting) -> None:
    """A partner, a relative or an employer exploits one person."""
    people, settings = setting.people, setting.settings
    how = pick_weighted(rng, {"partner": 0.5, "family": 0.3, "employer": 0.2})
    victim = casting.cast(
        "worker" if how == "employer" else "child" if how == "family" else "adult"
    )
    if victim < 0:
        return
    offender = -1
    if how == "family":
        adults = [
            p for p in people.members[int(people.household[victim])]
            if people.position[p] in ("head", "partner") and p != victim
        ]  # fmt: skip
        offender = adults[-1] if adults and casting.take(adults[-1]) else -1
    if offender < 0:
        offender = casting.cast("leader")
    if offender < 0:
        return
    day = int(rng.integers(settings.first_day, settings.last_day - 10))
    traces.lone_case(setting, rng, how, victim, offender, day)
