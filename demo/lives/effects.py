"""What public events really do: most nothing, a few a little more crime nearby.

Guarantees: every event has its true expected number of extra incidents, most of them 0; extra
incidents lie on the event's days, in its locality or one within ``WITHIN_KM``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import happens, pick, pick_weighted

if TYPE_CHECKING:
    from demo.lives.setting import Setting

WITHIN_KM: Final = 30
SHARE_WITH_EFFECT: Final = 0.25
EFFECTS: Final = {"commercial_sex": 0.45, "theft": 0.35, "assault": 0.2}
OFFENCES: Final = {
    "commercial_sex": {"40A": 0.7, "40B": 0.3},
    "theft": {"23F": 0.6, "23H": 0.4},
    "assault": {"13B": 1.0},
}
PLACES: Final = {"commercial_sex": "14", "theft": "18", "assault": "13"}


def event_effects(setting: Setting, rng: np.random.Generator) -> None:
    """Append the extra incidents and keep each event's effect in the history's ``events``."""
    history, settings = setting.history, setting.settings
    grown = np.flatnonzero(setting.people.born < settings.first_day - 20 * 365)
    size = max(1.0, settings.scale) ** 0.5
    for event in range(len(history.events)):
        if history.events.get("kind", event) == "operation" or not happens(rng, SHARE_WITH_EFFECT):
            continue
        effect = pick_weighted(rng, EFFECTS)
        expected = round(float(rng.uniform(1.5, 5)) * size, 1)
        extra = int(rng.poisson(expected))
        history.events.put("effect", event, effect)
        history.events.put("expected", event, expected)
        history.events.put("extra", event, extra)
        for _ in range(extra):
            offender, victim = (int(grown[i]) for i in rng.integers(len(grown), size=2))
            _incident(setting, rng, event, effect, offender, victim)


def _incident(
    setting: Setting,
    rng: np.random.Generator,
    event: int,
    effect: str,
    offender: int,
    victim: int,
) -> None:
    history, geography = setting.history, setting.geography
    locality = history.events.get("locality", event)
    near = geography.nearby(locality, WITHIN_KM)
    where = pick(rng, near) if near and happens(rng, 0.3) else locality
    first, last = history.events.get("start", event), history.events.get("end", event)
    code, location = pick_weighted(rng, OFFENCES[effect]), PLACES[effect]
    incident = setting.incident(
        rng, day=int(rng.integers(first, last + 1)), locality=where, story="event_effect",
        place=setting.place_or_none(rng, "hotel", where) if location == "14" else -1,
    )  # fmt: skip
    history.offenses.add(
        incident=incident, code=code, location=location, weapon="40" if code == "13B" else ""
    )
    if effect == "commercial_sex":
        setting.society(incident)
    else:
        history.victims.add(incident=incident, person=victim, injury="N" if code == "13B" else "")
    known = effect == "commercial_sex" or (effect == "assault" and victim != offender)
    if not known:
        setting.unknown_offender(incident)
        return
    row = history.offenders.add(incident=incident, person=offender)
    if effect == "assault":
        history.relations.add(victim=len(history.victims) - 1, offender=row, code="ST")
    if happens(rng, 0.5):
        history.arrestees.add(
            incident=incident, person=offender, type="O", code=code, weapon="01",
            day=setting.within(history.incidents.get("day", incident)),
        )  # fmt: skip
