"""Children who go missing, mostly runaways, some again and again.

Guarantees: a child's episodes do not overlap; the child is under 18 when an episode begins; an
episode without an end is open on the world's last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Ints, happens, pick, pick_weighted
from demo.households import NEVER
from demo.lives.care import placement_on

if TYPE_CHECKING:
    from demo.lives.setting import Setting

MISSING_FROM: Final = {
    "Foster home": "Foster home",
    "Group home": "Group home",
    "Kinship": "Home",
    "Residential": "Group home",
    "Shelter": "Shelter",
}
EXITS: Final = {
    "Located by law enforcement": 0.44,
    "Returned on own": 0.34,
    "Returned by family": 0.12,
    "Located in custody": 0.045,
    "Located in hospital": 0.02,
    "Record invalid": 0.035,
}
NOTES: Final = (
    "Last seen on foot near school.",
    "Left through a bedroom window overnight.",
    "Took a backpack and a phone charger.",
    "Wearing a grey hooded sweatshirt and jeans.",
    "Wearing a red jacket and black leggings.",
    "Small tattoo of a star on the left wrist.",
    "Scar above the right eyebrow.",
    "May be travelling by bus.",
    "Was in contact with somebody met online.",
    "Left after an argument at home.",
    "May be with friends in a neighbouring city.",
    "Braces; wears glasses.",
)
EPISODES_PER_CHILD: Final = 0.5
"""Ordinary episodes per child aged 10 to 17 over three years (drawn for a lively demo)."""


def missing_children(setting: Setting, rng: np.random.Generator, in_care: Ints) -> None:
    """Append ordinary episodes: those that trafficking did not cause."""
    people, settings = setting.people, setting.settings
    middle = (settings.first_day + settings.last_day) // 2
    everyone = np.arange(len(people))
    age = people.age(everyone, np.full(len(people), middle))
    teens = everyone[(age >= 10) & (age < 18)]
    drive = rng.gamma(0.35, 1.0, len(teens)) * np.where(np.isin(teens, in_care), 6.0, 1.0)
    drive *= np.interp(age[teens], [10, 12, 14, 17], [0.1, 0.5, 1.2, 1.2])
    drive *= np.where(people.sex[teens] == "F", 1.15, 1.0)
    wanted = EPISODES_PER_CHILD * len(teens) * settings.years / 3
    counts = np.minimum(rng.poisson(drive / drive.mean() * wanted / len(teens)), 9)
    for child, count in zip(teens.tolist(), counts.tolist(), strict=True):
        for _ in range(count):
            runaway(setting, rng, child)
    young = everyone[(age >= 1) & (age < 14)]
    others = max(6, round(24 * settings.scale * settings.years / 3))
    for child in rng.permutation(young)[:others].tolist():
        circumstance = pick_weighted(
            rng,
            {"Family abduction": 0.5, "Lost/injured": 0.28, "Non-family abduction": 0.08,
             "Unknown": 0.14},
        )  # fmt: skip
        _begin(setting, rng, child, circumstance)
    _still_missing(setting, rng, teens)


def runaway(setting: Setting, rng: np.random.Generator, child: int) -> int:
    """One ordinary runaway episode, or -1 where the draw collides with another."""
    return _begin(setting, rng, child, "Runaway")


def begin_episode(
    setting: Setting,
    rng: np.random.Generator,
    child: int,
    start: int,
    end: int,
    circumstance: str = "Runaway",
) -> int:
    """Append an episode with the given days; how it ended is left to the caller."""
    people, history = setting.people, setting.history
    placement = placement_on(setting, child, start)
    home = people.locality_on(child, start)
    where = home
    missing_from = pick_weighted(
        rng, {"Home": 0.88, "School": 0.07, "Hospital": 0.02, "Unknown": 0.03}
    )
    if placement >= 0:
        where = int(history.placements.get("locality", placement))
        missing_from = MISSING_FROM[history.placements.get("kind", placement)]
        if circumstance == "Runaway" and start > history.placements.get("start", placement) + 2:
            _leave_placement(setting, placement, start, end)
    endangered = people.age_on(child, start) < 13 or happens(rng, 0.12)
    category = "EMJ"
    if "abduction" in circumstance:
        category = "EMI"
    elif circumstance == "Lost/injured" or endangered:
        category = "EME"
    notes = " ".join(sorted({pick(rng, NOTES) for _ in range(int(rng.integers(0, 3)))}))
    return history.begin(
        person=child,
        start=start,
        reported=min(start + pick_weighted(rng, {0: 0.6, 1: 0.25, 2: 0.09, 4: 0.04, 9: 0.02}),
                     setting.settings.last_day),
        locality=where,
        agency=setting.agency(rng, where),
        circumstance=circumstance,
        missing_from=missing_from,
        category=category,
        end=end,
        phone=people.phone_on(child, start) if happens(rng, 0.6) else "",
        handle=str(people.handle[child]) if happens(rng, 0.5) else "",
        notes=notes,
    )  # fmt: skip


def end_ordinarily(setting: Setting, rng: np.random.Generator, episode: int) -> None:
    """Fill in how an ended episode ended: near home mostly, seldom with harm."""
    history = setting.history
    end = history.episodes.get("end", episode)
    if end == NEVER:
        return
    locality = history.episodes.get("locality", episode)
    circumstance = history.episodes.get("circumstance", episode)
    reason = pick_weighted(rng, EXITS)
    long = end - history.episodes.get("start", episode) > 12
    found = locality
    if happens(rng, 0.5 if long else 0.16):
        found = pick(rng, setting.geography.nearby(locality, 300 if long else 60) or [locality])
    runaway_ended = circumstance == "Runaway"
    found_with = pick_weighted(
        rng,
        {"Peer": 0.36, "Alone": 0.22, "Adult relative": 0.18, "Unknown": 0.2,
         "Unrelated adult": 0.04},
    )  # fmt: skip
    if circumstance == "Family abduction":
        found_with, reason = "Adult relative", pick(rng, ("Located by law enforcement",
                                                           "Returned by family"))  # fmt: skip
    invalid = reason == "Record invalid"
    history.episodes.put("exit_reason", episode, reason)
    history.episodes.put("found_locality", episode, -1 if invalid else found)
    history.episodes.put(
        "found_code",
        episode,
        ""
        if invalid
        else pick_weighted(rng, {"20": 0.62, "13": 0.12, "55": 0.05, "14": 0.02, "53": 0.06,
                                 "01": 0.04, "50": 0.05, "54": 0.02, "25": 0.02}),
    )  # fmt: skip
    history.episodes.put("found_with", episode, "" if invalid else found_with)
    history.episodes.put(
        "screening",
        episode,
        pick_weighted(rng, {"Not done": 0.42, "None": 0.48, "Possible": 0.09, "Likely": 0.01})
        if runaway_ended and not invalid
        else "Not done",
    )


def _begin(setting: Setting, rng: np.random.Generator, child: int, circumstance: str) -> int:
    people, settings = setting.people, setting.settings
    latest = min(settings.last_day, int(people.born[child]) + 18 * 365 - 30)
    earliest = max(settings.first_day, int(people.born[child]) + 365)
    if latest <= earliest:
        return -1
    start = int(rng.integers(earliest, latest))
    placements = setting.history.placements_of.get(child, [])
    if circumstance == "Runaway" and placements and happens(rng, 0.65):
        start = _during_care(setting, rng, pick(rng, placements), earliest, latest, start)
    length = 1 + int(rng.lognormal(1.15, 1.15))
    of_age = int(people.born[child]) + 18 * 365 + 5
    aged_out = circumstance == "Runaway" and start + length >= of_age
    end = of_age if aged_out else start + length
    end = end if end <= settings.last_day else NEVER
    if setting.history.overlaps(child, start, min(end, settings.last_day + 1)):
        return -1
    episode = begin_episode(setting, rng, child, start, end, circumstance)
    if aged_out and end < NEVER:
        setting.history.episodes.put("exit_reason", episode, "Aged out")
        setting.history.episodes.put("screening", episode, "Not done")
    else:
        end_ordinarily(setting, rng, episode)
    return episode


def _during_care(
    setting: Setting,
    rng: np.random.Generator,
    placement: int,
    earliest: int,
    latest: int,
    otherwise: int,
) -> int:
    """A day of the placement that lies between the bounds, or the other day."""
    placements = setting.history.placements
    first = max(placements.get("start", placement) + 3, earliest)
    last = min(placements.get("end", placement) - 1, latest)
    return int(rng.integers(first, last)) if last > first else otherwise


def _still_missing(setting: Setting, rng: np.random.Generator, teens: Ints) -> None:
    """Some children are missing on the last day."""
    people, settings = setting.people, setting.settings
    wanted = max(3, round(11 * settings.scale))
    for child in rng.permutation(teens).tolist():
        start = settings.last_day - int(rng.gamma(1.1, 18))
        of_age = people.age_on(child, settings.last_day) >= 18
        if wanted and not of_age and not setting.history.overlaps(child, start, NEVER):
            begin_episode(setting, rng, child, start, NEVER)
            wanted -= 1


def _leave_placement(setting: Setting, placement: int, start: int, end: int) -> None:
    """A runaway from care ends the placement; a later one in the records stays as it was."""
    placements = setting.history.placements
    if placements.get("end", placement) > start and end - start > 2:
        placements.put("end", placement, start)
        placements.put("reason", placement, "Ran away")
