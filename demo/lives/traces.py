"""The traces that exploitation leaves: incidents, seizures, arrests, tips, and ties to episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import happens, pick, pick_weighted
from demo.households import NEVER
from demo.lives.crime import kinship
from demo.lives.missing import end_ordinarily
from demo.lives.tipping import tip

if TYPE_CHECKING:
    from demo.lives.setting import Setting
    from demo.lives.trafficking import Member, Network

SITE_CODE_LABOR: Final = {"restaurant": "21", "farm": "46", "spa": "05", "hotel": "14"}
WAS_OF_LEADER: Final = {"AQ": 0.38, "BG": 0.16, "RU": 0.2, "OK": 0.14, "ST": 0.07, "FR": 0.05}
WAS_OF_EMPLOYER: Final = {"EE": 0.6, "OK": 0.12, "AQ": 0.12, "RU": 0.12, "OF": 0.04}


def of_stay(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    day: int,
    locality: int,
    place: int,
    present: list[Member],
) -> None:
    """What comes to the agencies' notice from one stay."""
    if network.kind == "labor":
        if happens(rng, 0.16):
            trafficking_incident(setting, rng, network, day, locality, place, present[:3])
        if happens(rng, 0.3):
            tip(setting, rng, network, day, locality, place, pick(rng, present))
        return
    if happens(rng, 0.07):
        trafficking_incident(setting, rng, network, day, locality, place, present[:2])
    if happens(rng, 0.055):
        victim_arrested(setting, rng, network, day, locality, place, pick(rng, present))
    if happens(rng, 0.05):
        _drugs_at_place(setting, rng, network, day, locality, place)
    if happens(rng, 0.03):
        _beaten(setting, rng, network, day, locality, place, pick(rng, present))
    if happens(rng, 0.26):
        tip(setting, rng, network, day, locality, place, pick(rng, present))


def come_to_light(setting: Setting, rng: np.random.Generator, network: Network) -> None:
    """Each victim's end: most are found by the police, some just get away; then the arrests."""
    history = setting.history
    for member in network.members:
        day = member.end
        locality = pick(rng, network.route)
        place = pick(rng, network.places[locality]) if network.places[locality] else -1
        outside = setting.geography.outside[network.road]
        if member.episode >= 0 and history.episodes.get("end", member.episode) == NEVER:
            continue
        if member.episode >= 0 and happens(rng, 0.12):
            _found(setting, member, -1, pick(rng, outside), "14", day)
            continue
        if happens(rng, 0.72 if member.person not in network.seen else 0.35):
            incident = trafficking_incident(
                setting, rng, network, day, locality, place, [member], arrest=0.55
            )
            if member.episode >= 0:
                _found(setting, member, locality, "", "14", day)
                setting.history.ties.add(
                    episode=member.episode, kind="incident", row=incident,
                    how="recovered in this incident",
                )  # fmt: skip
                if place >= 0:
                    setting.history.ties.add(
                        episode=member.episode, kind="place", how="the child was found here",
                        value=setting.geography.places.get("name", place),
                    )  # fmt: skip
        elif member.episode >= 0:
            end_ordinarily(setting, rng, member.episode)
            if happens(rng, 0.4):
                history.episodes.put("screening", member.episode, "Possible")
    if network.end < setting.settings.last_day and happens(rng, 0.6):
        locality = pick(rng, network.route)
        place = pick(rng, network.places[locality]) if network.places[locality] else -1
        members = network.present(network.end - 3) or network.members[-1:]
        if members:
            trafficking_incident(
                setting, rng, network, network.end, locality, place, members, arrest=0.95
            )


def trafficking_incident(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    day: int,
    locality: int,
    place: int,
    members: list[Member],
    arrest: float = 0.3,
) -> int:
    """A police incident with the network's offense; returns its row."""
    history = setting.history
    code = setting.geography.places.get("code", place) if place >= 0 else "14"
    incident = setting.incident(
        rng, day=day, locality=locality, place=place, story="trafficking", network=network.row
    )
    using = "C" if network.kind == "sex" and happens(rng, 0.35) else "N"
    history.offenses.add(
        incident=incident, code=network.code, location=code,
        acts="", using=using, weapon=pick(rng, ("40", "99")),
    )  # fmt: skip
    day = history.incidents.get("day", incident)
    if network.kind == "sex" and happens(rng, 0.3):
        history.offenses.add(incident=incident, code="40B", location=code, acts="", using=using)
        setting.history.victims.add(incident=incident, type="S", named=False, codes="40B")
    if happens(rng, 0.22):
        _seize(setting, rng, incident, code)
    victims = [_as_victim(setting, rng, network, member, incident, day) for member in members]
    there = [person for person in network.leaders if happens(rng, 0.8)]
    there += [person for person in network.associates if happens(rng, 0.4)]
    if not there:
        setting.unknown_offender(incident)
        return incident
    were = WAS_OF_LEADER if network.kind == "sex" else WAS_OF_EMPLOYER
    caught = happens(rng, arrest)
    for person in there:
        contacts = _contacts(rng, network, 0.45)
        offender = history.offenders.add(
            incident=incident, person=person, named=caught or happens(rng, 0.55),
            alias=setting.alias(rng, person, older=False) if happens(rng, 0.18) else -1,
            **contacts,
        )  # fmt: skip
        for victim in victims:
            history.relations.add(victim=victim, offender=offender, code=pick_weighted(rng, were))
        if caught and happens(rng, 0.8):
            charged = network.code if happens(rng, 0.75) else pick(rng, ("40B", "35A", "13B"))
            history.arrestees.add(
                incident=incident, person=person, day=setting.within(day + int(rng.integers(0, 9))),
                type="T", code=charged, weapon="01", **_contacts(rng, network, 0.3),
            )  # fmt: skip
    return incident


def _as_victim(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    member: Member,
    incident: int,
    day: int,
) -> int:
    """The victim's row: often under a false identity, sometimes with the network's phone."""
    history = setting.history
    network.seen.add(member.person)
    alias = member.alias if member.alias >= 0 and happens(rng, 0.55) else -1
    own = setting.people.phone_on(member.person, day)
    phone = own if happens(rng, 0.4) else pick(rng, network.phones) if happens(rng, 0.4) else ""
    handle = str(setting.people.handle[member.person]) if happens(rng, 0.2) else ""
    victim = history.victims.add(
        incident=incident, person=member.person, alias=alias, phone=phone, handle=handle,
        injury=pick_weighted(rng, {"N": 0.7, "M": 0.27, "O": 0.03}),
        named=happens(rng, 0.96), codes=network.code,
    )  # fmt: skip
    if member.episode >= 0 and _inside(setting, member.episode, day):
        history.ties.add(
            episode=member.episode, kind="victim", row=victim,
            how="the missing child is this victim"
            + (", under a false name" if alias >= 0 else ""),
        )  # fmt: skip
        history.ties.add(
            episode=member.episode, kind="incident", row=incident,
            how="incident of the network that held the child",
        )  # fmt: skip
        if phone and phone == own:
            history.ties.add(
                episode=member.episode, kind="phone", value=phone,
                how="the child's own number in an incident",
            )  # fmt: skip
    return victim


def victim_arrested(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    day: int,
    locality: int,
    place: int,
    member: Member,
) -> None:
    """A victim is taken for an offender: prostitution, under a false identity mostly."""
    history = setting.history
    incident = setting.incident(
        rng, day=day, locality=locality, place=place, story="victim_arrested", network=network.row
    )
    history.offenses.add(incident=incident, code="40A", location="14", using="N")
    setting.society(incident)
    alias = member.alias if happens(rng, 0.8) else -1
    phone = pick(rng, network.phones) if happens(rng, 0.5) else ""
    offender = history.offenders.add(
        incident=incident, person=member.person, alias=alias, phone=phone,
        handle=pick(rng, network.handles) if happens(rng, 0.3) else "",
    )  # fmt: skip
    arrestee = history.arrestees.add(
        incident=incident, person=member.person, alias=alias, phone=phone,
        day=setting.within(day), type=pick(rng, ("O", "S")), code="40A", weapon="01",
    )  # fmt: skip
    if happens(rng, 0.4):
        person = pick(rng, network.leaders + network.associates)
        history.offenses.add(incident=incident, code="40B", location="14", using="N")
        history.offenders.add(incident=incident, person=person, **_contacts(rng, network, 0.5))
    if member.episode >= 0 and _inside(setting, member.episode, day):
        for kind, row in (("offender", offender), ("arrestee", arrestee)):
            history.ties.add(
                episode=member.episode, kind=kind, row=row,
                how="the missing child is recorded as an offender, possibly a victim",
            )  # fmt: skip


def _drugs_at_place(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    day: int,
    locality: int,
    place: int,
) -> None:
    history = setting.history
    incident = setting.incident(
        rng, day=day, locality=locality, place=place, story="network_drugs", network=network.row
    )
    history.offenses.add(
        incident=incident, code="35A", location="14", acts=pick(rng, ("D", "P")), using="D"
    )
    setting.society(incident)
    _seize(setting, rng, incident, "14", offense=False)
    person = pick(rng, network.associates + network.leaders)
    history.offenders.add(incident=incident, person=person, **_contacts(rng, network, 0.6))
    if happens(rng, 0.7):
        history.arrestees.add(
            incident=incident, person=person, day=setting.within(day), type="O", code="35A",
            weapon="01", **_contacts(rng, network, 0.3),
        )  # fmt: skip


def _beaten(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    day: int,
    locality: int,
    place: int,
    member: Member,
) -> None:
    """An assault on a victim that nobody yet sees as trafficking."""
    history = setting.history
    incident = setting.incident(
        rng, day=day, locality=locality, place=place, story="network_assault", network=network.row
    )
    code = pick(rng, ("13B", "13B", "13A"))
    history.offenses.add(incident=incident, code=code, location="14", weapon="40", using="A")
    victim = history.victims.add(
        incident=incident, person=member.person, injury="M",
        alias=member.alias if happens(rng, 0.5) else -1,
    )  # fmt: skip
    offender = history.offenders.add(
        incident=incident, person=network.leaders[0], **_contacts(rng, network, 0.4)
    )
    history.relations.add(victim=victim, offender=offender, code=pick(rng, ("BG", "AQ", "OK")))
    if member.episode >= 0 and _inside(setting, member.episode, day):
        history.ties.add(
            episode=member.episode, kind="victim", row=victim,
            how="the missing child is the victim of this assault",
        )  # fmt: skip


def lone_case(
    setting: Setting,
    rng: np.random.Generator,
    how: str,
    victim: int,
    offender: int,
    day: int,
) -> None:
    """One offender, one victim; sometimes a second incident later."""
    history, people = setting.history, setting.people
    code = "64B" if how == "employer" else "64A"
    location = {"partner": "14", "family": "20", "employer": "20"}[how]
    locality = people.locality_on(offender, day)
    same_home = people.household[victim] == people.household[offender]
    if how == "family" and same_home:
        relation = kinship(
            str(people.position[victim]), str(people.position[offender]),
            people.surname[victim] == people.surname[offender],
        )  # fmt: skip
    else:
        relation = {"partner": "BG", "family": "OF", "employer": "EE"}[how]
    place = setting.place_or_none(rng, "hotel", locality) if location == "14" else -1
    for again in range(1 + happens(rng, 0.3)):
        incident = setting.incident(
            rng, day=day + again * int(rng.integers(20, 90)), locality=locality, place=place,
            home_of=offender if location == "20" else -1, story="trafficking",
        )  # fmt: skip
        history.offenses.add(
            incident=incident, code=code, location=location, weapon="99",
            using="C" if happens(rng, 0.3) else "N",
        )  # fmt: skip
        happened = history.incidents.get("day", incident)
        victim_row = history.victims.add(incident=incident, person=victim, injury="N")
        offender_row = history.offenders.add(incident=incident, person=offender)
        history.relations.add(victim=victim_row, offender=offender_row, code=relation)
        if happens(rng, 0.45):
            history.arrestees.add(
                incident=incident, person=offender,
                day=setting.within(happened + int(rng.integers(0, 30))), type="T", code=code,
                weapon="01",
            )  # fmt: skip
            break


def _seize(
    setting: Setting, rng: np.random.Generator, incident: int, location: str, offense: bool = True
) -> None:
    history = setting.history
    if offense:
        history.offenses.add(incident=incident, code="35A", location=location, acts="P")
        history.victims.add(incident=incident, type="S", named=False, codes="35A")
    history.drugs.add(
        incident=incident,
        code=pick_weighted(rng, {"L": 0.3, "D": 0.3, "H": 0.2, "B": 0.1, "E": 0.1}),
        quantity=round(float(rng.lognormal(1.2, 0.9)), 2),
    )


def _contacts(rng: np.random.Generator, network: Network, probability: float) -> dict[str, str]:
    """Some of the network's phones, plates and handles, as found on somebody."""
    found = {}
    if happens(rng, probability):
        found["phone"] = pick(rng, network.phones)
    if happens(rng, probability * 0.8):
        found["plate"] = pick(rng, network.plates)
    if happens(rng, probability * 0.5):
        found["handle"] = pick(rng, network.handles)
    return found


def _inside(setting: Setting, episode: int, day: int) -> bool:
    episodes = setting.history.episodes
    return bool(episodes.get("start", episode) <= day <= episodes.get("end", episode) + 1)


def _found(
    setting: Setting, member: Member, locality: int, outside: str, code: str, day: int
) -> None:
    """The child is found, away from home, with an adult."""
    episodes = setting.history.episodes
    episode = member.episode
    episodes.put("end", episode, setting.within(day))
    episodes.put("exit_reason", episode, "Located by law enforcement")
    episodes.put("found_locality", episode, locality)
    episodes.put("found_outside", episode, outside)
    episodes.put("found_code", episode, code)
    odd = (member.person + episode) % 5
    episodes.put("found_with", episode, "Unrelated adult" if odd < 4 else "Unknown")
    episodes.put("screening", episode, ("Likely", "Possible", "Likely", "Not done", "None")[odd])
