"""What comes before the courts: charges after arrests, protective orders after violence at home,
and disputes about custody.

Guarantees: a charge follows its arrest, and its defendant is of age or passed for it; a protective
order follows its incident; the parties of an order are different people; nothing is dated after the
world's last day but an order's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw_texts, happens, pick, pick_weighted, texts
from demo.geography import data
from demo.households import NEVER

if TYPE_CHECKING:
    from demo.lives.setting import Setting

CHARGED: Final = 0.42
"""Share of ordinary arrests of adults that come to court in the feed's courts."""
CHARGED_TRAFFICKING: Final = 0.95
BESIDE: Final = 0.3
"""Share of charges that have a second one beside them; trafficking mostly has."""
VIOLENCE: Final = ("13A", "13B", "13C", "11A", "11D", "100")
FAMILY: Final = ("SE", "BG", "XS", "XR", "PA", "SP", "CH", "SC", "OF")
"""Relations of a victim to the offender that a protective order of family abuse covers."""
EMERGENCY_DAYS: Final = 3
PRELIMINARY_DAYS: Final = 15
FULL_DAYS: Final = 730
CUSTODY_DISPUTES: Final = 70


def charges(setting: Setting, rng: np.random.Generator) -> None:
    """Append the charges that followed arrests."""
    people, history, last = setting.people, setting.history, setting.settings.last_day
    tables = data("courts.toml")
    arrests = history.arrestees
    person, day, alias = (arrests.ints(name) for name in ("person", "day", "alias"))
    code = arrests.values("code")
    grown = (people.age(person, day) >= 18) | (alias >= 0)
    traffics = np.isin(code, ["64A", "64B"])
    chance = np.where(traffics, CHARGED_TRAFFICKING, CHARGED)
    filed = day + rng.geometric(0.3, len(day)) - 1
    brought = (person >= 0) & grown & (rng.random(len(day)) < chance) & (filed <= last)
    brought &= np.isin(code, list(tables["statute"])) & (arrests.values("multiple") != "M")
    first = np.flatnonzero(brought)
    more = rng.random(len(first)) < np.where(traffics[first], 0.85, BESIDE)
    second = np.flatnonzero(more & np.isin(code[first], list(tables["beside"])))
    # A case's charges are decided together: pleas are taken on the whole case.
    of = np.concatenate([np.arange(len(first)), second])
    arrest = first[of]
    exploited = np.isin(person, history.members.values("person").astype(np.int64))[first]
    disposition, disposed = _decided(setting, rng, filed[first], traffics[first], exploited)
    law = [
        tables["statute" if row < len(first) else "beside"][str(code[i])]
        for row, i in enumerate(arrest.tolist())
    ]
    history.charges.extend(
        len(arrest),
        case=of,
        number=np.concatenate([np.ones(len(first)), np.full(len(second), 2)]).astype(np.int64),
        incident=arrests.ints("incident")[arrest],
        person=person[arrest],
        alias=alias[arrest],
        filed=filed[arrest],
        statute=texts([section for section, _, _ in law]),
        charge=texts([charge for _, charge, _ in law]),
        level=texts([level for _, _, level in law]),
        disposition=disposition[of],
        disposed=disposed[of],
    )


def _decided(
    setting: Setting, rng: np.random.Generator, filed: Ints, traffics: Bools, exploited: Bools
) -> tuple[Texts, Ints]:
    """How and when each case ended; '' and NEVER for a case that is pending on the last day."""
    shares = data("courts.toml")["disposition"]
    found = draw_texts(rng, shares["ordinary"], len(filed))
    for which, mask in (("trafficking", traffics), ("exploited", exploited & ~traffics)):
        found[mask] = draw_texts(rng, shares[which], int(mask.sum()))
    slow = np.where(traffics, 2.2, 1.0)
    days = (rng.gamma(2.4, 45, len(filed)) * slow).astype(np.int64) + 10
    decided = filed + days
    pending = decided > setting.settings.last_day
    found[pending] = ""
    return found, np.where(pending, NEVER, decided)


def protective_orders(setting: Setting, rng: np.random.Generator) -> None:
    """Orders after violence in a family: at once, for two weeks, then for two years."""
    history, people, last = setting.history, setting.people, setting.settings.last_day
    relations, victims, offenders = history.relations, history.victims, history.offenders
    victim_row, offender_row = relations.ints("victim"), relations.ints("offender")
    incident = victims.ints("incident")[victim_row]
    violent = history.offenses.ints("incident")[np.isin(history.offenses.values("code"), VIOLENCE)]
    arrested = np.isin(incident, history.arrestees.ints("incident"))
    victim, offender = victims.ints("person")[victim_row], offenders.ints("person")[offender_row]
    day = history.incidents.ints("day")[incident]
    abuse = np.isin(relations.values("code"), FAMILY) & np.isin(incident, violent)
    abuse &= (victim >= 0) & (offender >= 0) & (people.age(offender, day) >= 16)
    abuse &= rng.random(len(day)) < np.where(arrested, 0.75, 0.25)
    minor = people.age(victim, day) < 18
    seen: set[int] = set()
    for row in np.flatnonzero(abuse).tolist():
        if int(incident[row]) in seen:
            continue
        seen.add(int(incident[row]))
        respondent, hurt = int(offender[row]), int(victim[row])
        child = hurt if minor[row] else -1
        petitioner = _adult_of(setting, hurt, respondent, int(day[row])) if minor[row] else hurt
        issued = int(day[row]) + int(rng.integers(0, 2))
        steps = [("Emergency Protective Order", EMERGENCY_DAYS)] if arrested[row] else []
        if happens(rng, 0.6):
            steps.append(("Preliminary Protective Order", PRELIMINARY_DAYS))
            if happens(rng, 0.6):
                steps.append(("Protective Order", FULL_DAYS))
        hidden = happens(rng, 0.7)
        for kind, length in steps:
            if issued > last:
                break
            dissolved = kind == "Protective Order" and happens(rng, 0.15)
            ended = issued + int(rng.integers(20, 500)) if dissolved else NEVER
            _order(
                setting,
                rng,
                kind,
                petitioner=petitioner,
                respondent=respondent,
                child=child,
                issued=issued,
                expires=issued + length,
                hidden=hidden,
                dissolved=ended,
            )
            issued += length - int(rng.integers(0, 2))


def custody_orders(setting: Setting, rng: np.random.Generator) -> None:
    """Disputes about children: those behind an abduction by family, and many without one."""
    history, people, settings = setting.history, setting.people, setting.settings
    episodes = history.episodes
    taken = np.flatnonzero(episodes.values("circumstance") == "Family abduction")
    for row in taken.tolist():
        child, start = int(episodes.get("person", row)), int(episodes.get("start", row))
        before = start - int(rng.integers(15, 300))
        if before >= settings.first_day:
            other = _dispute(setting, rng, child, before)
        else:
            other = _other_parent(setting, rng, child, start)
        over = episodes.get("end", row)
        if over + 14 < settings.last_day and other >= 0 and happens(rng, 0.8):
            _custody(setting, rng, child, other, over + int(rng.integers(3, 15)), "Petitioner")
    wanted = round(CUSTODY_DISPUTES * settings.scale * settings.years / 3)
    young = np.flatnonzero(
        (people.born > settings.last_day - 15 * 365) & (people.born < settings.first_day)
    )
    for child in rng.permutation(young)[:wanted].tolist():
        day = int(rng.integers(settings.first_day, settings.last_day))
        other = _dispute(setting, rng, int(child), day)
        later = day + int(rng.integers(120, 700))
        if other >= 0 and later <= settings.last_day and happens(rng, 0.3):
            _custody(setting, rng, int(child), other, later, "")


def _dispute(setting: Setting, rng: np.random.Generator, child: int, day: int) -> int:
    """A first order; returns the parent who lives elsewhere, -1 where nobody could be one."""
    other = _other_parent(setting, rng, child, day)
    if other >= 0:
        _custody(setting, rng, child, other, day, "")
    return other


def _custody(
    setting: Setting, rng: np.random.Generator, child: int, other: int, day: int, to: str
) -> None:
    parent = _adult_of(setting, child, other, day)
    if parent < 0 or setting.people.age_on(child, day) >= 18:
        return
    decided = to or pick_weighted(rng, {"Petitioner": 0.55, "Joint": 0.33, "Respondent": 0.12})
    _order(setting, rng, "Custody Order", petitioner=parent, respondent=other, child=child,
           issued=day, custody_to=decided)  # fmt: skip


def _order(
    setting: Setting,
    rng: np.random.Generator,
    kind: str,
    *,
    petitioner: int,
    respondent: int,
    child: int,
    issued: int,
    expires: int = NEVER,
    dissolved: int = NEVER,
    hidden: bool = False,
    custody_to: str = "",
) -> None:
    last = setting.settings.last_day
    served = issued + int(rng.integers(0, 3))
    lives = petitioner if petitioner >= 0 else respondent
    setting.history.orders.add(
        kind=kind,
        petitioner=petitioner,
        respondent=respondent,
        child=child,
        locality=setting.people.locality_on(lives, issued),
        issued=issued,
        served=served if served <= last and happens(rng, 0.92) else NEVER,
        expires=expires,
        dissolved=dissolved if dissolved <= last else NEVER,
        hidden=hidden,
        custody_to=custody_to,
    )


def _adult_of(setting: Setting, child: int, but: int, day: int) -> int:
    """A grown-up of the child's household who is not the other one; -1 where there is none."""
    people = setting.people
    for person in people.members[int(people.household[child])]:
        if person not in (child, but) and people.age_on(person, day) >= 18:
            return person
    return -1


def _other_parent(setting: Setting, rng: np.random.Generator, child: int, day: int) -> int:
    """Somebody nearby, of another household, of an age to be the child's parent."""
    people = setting.people
    born = int(people.born[child])
    near = setting.by_locality[people.locality_on(child, day)]
    fits = near[
        (people.household[near] != people.household[child])
        & (people.born[near] < born - 17 * 365)
        & (people.born[near] > born - 45 * 365)
    ]
    if not len(fits):
        everyone = np.arange(len(people))
        fits = everyone[
            (people.household != people.household[child])
            & (people.born < born - 17 * 365)
            & (people.born > born - 45 * 365)
        ]
    return int(pick(rng, fits)) if len(fits) else -1
