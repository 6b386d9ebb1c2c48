"""Hotline tips: scraps of what somebody saw, some of it true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import happens, pick, pick_weighted
from demo.naming import lists

if TYPE_CHECKING:
    from demo.lives.setting import Setting
    from demo.lives.trafficking import Member, Network

CHANNELS: Final = {"call": 0.52, "text": 0.24, "web": 0.2, "email": 0.04}
SEX_SUMMARIES: Final = (
    "Caller saw several young women and many visitors at a hotel.",
    "Caller says a girl is advertised online and moved between hotels.",
    "Front desk reports a man paying cash for two rooms, many visitors at night.",
    "Texter fears for a friend who is not allowed to leave.",
    "Driver saw a girl being passed between cars at night.",
)
LABOR_SUMMARIES: Final = (
    "Caller says that workers sleep at the workplace and their papers were taken.",
    "Worker reports debts to the employer and threats.",
    "Customer saw workers who may not speak to anybody.",
)
NOISE: Final = (
    "Caller is worried about a neighbour's visitors.",
    "Caller saw a young person alone at a bus stop.",
    "Web form about a suspicious advertisement.",
    "Caller asks for help with a custody dispute.",
)
NOISE_TIPS: Final = 75


def tip(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    day: int,
    locality: int,
    place: int,
    member: Member,
) -> None:
    """A tip about a network and perhaps one of its victims."""
    people, history, geography = setting.people, setting.history, setting.geography
    about_victim = happens(rng, 0.7)
    about_suspect = happens(rng, 0.55)
    suspect = pick(rng, network.leaders + network.associates)
    age = people.age_on(member.person, day)
    own_phone = people.phone_on(member.person, day)
    roll = rng.random()
    phone = pick(rng, network.phones) if roll < 0.42 else own_phone if roll < 0.52 else ""
    plate = pick(rng, network.plates) if happens(rng, 0.3) else ""
    handle = pick(rng, network.handles) if happens(rng, 0.22) else ""
    row = history.tips.add(
        day=setting.within(day + int(rng.integers(0, 4))),
        minute=int(rng.integers(24 * 60)),
        channel=pick_weighted(rng, CHANNELS),
        locality=locality if happens(rng, 0.93) else -1,
        place=place if place >= 0 and happens(rng, 0.72) else -1,
        place_code=geography.places.get("code", place) if place >= 0 else "",
        victim=member.person if about_victim else -1,
        victim_called=_victim_called(setting, rng, member) if about_victim else "",
        victim_age=_seen_age(rng, age) if about_victim and happens(rng, 0.75) else "",
        victim_sex=str(people.sex[member.person]) if about_victim and happens(rng, 0.9) else "",
        suspect=suspect if about_suspect else -1,
        suspect_called=_suspect_called(setting, rng, suspect) if about_suspect else "",
        phone=phone,
        plate=_half_seen(rng, plate),
        handle=handle,
        exploitation=network.kind if happens(rng, 0.8) else "unsure",
        summary=pick(rng, SEX_SUMMARIES if network.kind == "sex" else LABOR_SUMMARIES),
        network=network.row,
    )
    if member.episode >= 0 and history.episodes.get("start", member.episode) <= day:
        if about_victim:
            history.ties.add(
                episode=member.episode, kind="tip", row=row, how="the tip is about this child"
            )
        if phone and phone == own_phone:
            history.ties.add(
                episode=member.episode, kind="phone", value=phone,
                how="the child's own number in a tip",
            )  # fmt: skip
        if about_victim and history.tips.get("place", row) >= 0:
            history.ties.add(
                episode=member.episode, kind="place",
                value=geography.places.get("name", place), how="the child was seen here",
            )  # fmt: skip


def noise_tips(setting: Setting, rng: np.random.Generator) -> None:
    """Tips that lead nowhere, a few of them about real places and people."""
    settings, geography, history = setting.settings, setting.geography, setting.history
    names = lists("census")
    for _ in range(max(3, round(NOISE_TIPS * settings.scale * settings.years / 3))):
        locality = int(rng.integers(len(geography.fips)))
        if happens(rng, 0.7):
            locality = int(np.argsort(-geography.population)[int(rng.integers(25))])
        place = setting.place_or_none(rng, "hotel", locality) if happens(rng, 0.5) else -1
        named = happens(rng, 0.4)
        history.tips.add(
            day=int(rng.integers(settings.first_day, settings.last_day + 1)),
            minute=int(rng.integers(24 * 60)),
            channel=pick_weighted(rng, CHANNELS),
            locality=locality if happens(rng, 0.85) else -1,
            place=place,
            place_code="14" if place >= 0 else pick(rng, ("20", "13", "", "55")),
            victim_called=str(pick(rng, list(names.female[:80]))) if named else "",
            victim_age=str(int(rng.integers(13, 40))) if happens(rng, 0.4) else "",
            victim_sex=pick(rng, ("F", "F", "M", "")),
            suspect_called=str(pick(rng, list(names.male[:80]))) if happens(rng, 0.25) else "",
            phone=setting.contacts.phone() if happens(rng, 0.25) else "",
            plate=_half_seen(rng, setting.contacts.plate()) if happens(rng, 0.2) else "",
            exploitation=pick_weighted(rng, {"unsure": 0.6, "sex": 0.3, "labor": 0.1}),
            summary=pick(rng, NOISE),
        )


def _victim_called(setting: Setting, rng: np.random.Generator, member: Member) -> str:
    people, aliases = setting.people, setting.history.aliases
    options = [str(people.given[member.person])]
    if people.nickname[member.person]:
        options.append(str(people.nickname[member.person]))
    if member.alias >= 0:
        street = aliases.get("street", member.alias)
        options.append(aliases.get("given", member.alias))
        options += [street, street] if street else []
    return "" if happens(rng, 0.25) else pick(rng, options)


def _suspect_called(setting: Setting, rng: np.random.Generator, suspect: int) -> str:
    people = setting.people
    given = str(people.nickname[suspect] or people.given[suspect])
    roll = rng.random()
    if roll < 0.35:
        return f"{given} {people.surname[suspect]}"
    if roll < 0.7:
        return given
    return setting.street_name(suspect)


def _seen_age(rng: np.random.Generator, age: int) -> str:
    """An age as a stranger would give it."""
    guess = max(age + int(rng.integers(-2, 3)), 10)
    return f"{guess - 1}-{guess + 2}" if happens(rng, 0.25) else str(guess)


def _half_seen(rng: np.random.Generator, plate: str) -> str:
    """A plate with, at times, a character that nobody could read."""
    if not plate or happens(rng, 0.65):
        return plate
    at = len(plate) - 1 - int(rng.integers(4))
    return plate[:at] + "?" + plate[at + 1 :]
