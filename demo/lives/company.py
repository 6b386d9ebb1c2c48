"""Who else was there: further victims, and those with whom somebody offends again and again.

Guarantees: a companion is at least ten years old and lives in the offender's locality at first; the
same few people keep company, so that co-offending repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw, draw_texts, happens, pick_weighted

if TYPE_CHECKING:
    from demo.lives.setting import Setting

FURTHER_VICTIMS: Final = (0.885, 0.09, 0.018, 0.007)
"""Share of the incidents with a victim in person that have 0, 1, 2, 3 further ones."""
FURTHER_OFFENDERS: Final = (0.83, 0.128, 0.028, 0.014)
"""The same of incidents with a known offender."""
ARRESTED_TOO: Final = 0.62
"""Share of co-offenders who are arrested where the first offender is."""
WAS_TOO: Final = {"AQ": 0.45, "OK": 0.2, "FR": 0.15, "ST": 0.1, "RU": 0.1}
FRIENDS: Final = 3


def more_victims(
    setting: Setting,
    rng: np.random.Generator,
    incident: Ints,
    has_victim: Bools,
    victim: Ints,
    offender: Ints,
) -> None:
    """Append further victims: of the first one's household, else of its locality.

    ``offender`` is the offender's row where relationships are recorded, else -1.
    """
    people, history = setting.people, setting.history
    home = people.address_locality[people.first_address[victim]]
    more = draw(rng, np.array(FURTHER_VICTIMS), len(incident)) * has_victim
    for i in np.flatnonzero(more).tolist():
        day = history.incidents.get("day", int(incident[i]))
        who = int(victim[i])
        family = [p for p in people.members[int(people.household[who])] if p != who]
        neighbours = setting.by_locality[int(home[i])]
        found = [*family, *neighbours[rng.integers(len(neighbours), size=3)].tolist()]
        offended = history.offenders.get("person", int(offender[i])) if offender[i] >= 0 else -1
        found = [p for p in dict.fromkeys(found) if p not in (who, offended)]
        old_enough = [p for p in found if people.born[p] < day - 800]
        for person in old_enough[: int(more[i])]:
            row = history.victims.add(
                incident=int(incident[i]), person=person, type="I", named=happens(rng, 0.95)
            )
            if offender[i] >= 0:
                history.relations.add(
                    victim=row, offender=int(offender[i]), code=pick_weighted(rng, WAS_TOO)
                )


def co_offenders(
    setting: Setting,
    rng: np.random.Generator,
    incident: Ints,
    known: Bools,
    offender: Ints,
    arrested_on: Ints,
    code: Texts,
) -> None:
    """Append those who offended with the known offenders; ``arrested_on`` -1 where nobody was."""
    history = setting.history
    many = draw(rng, np.array(FURTHER_OFFENDERS), len(incident)) * known
    rows = np.repeat(np.arange(len(incident)), many)
    turn = np.arange(len(rows)) - np.repeat(np.cumsum(many) - many, many)
    companion = _friends(setting, offender[rows], turn)
    fits = (companion >= 0) & (companion != offender[rows])
    age = setting.people.age(companion, history.incidents.ints("day")[incident[rows]])
    fits &= age >= 10
    rows, companion = rows[fits], companion[fits]
    taken = (arrested_on[rows] >= 0) & (rng.random(len(rows)) < ARRESTED_TOO)
    history.offenders.extend(
        len(rows),
        incident=incident[rows],
        person=companion,
        named=taken | (rng.random(len(rows)) < 0.5),
    )
    at = rows[taken]
    history.arrestees.extend(
        len(at),
        incident=incident[at],
        person=companion[taken],
        day=arrested_on[at],
        type=draw_texts(rng, {"O": 0.5, "T": 0.2, "S": 0.3}, len(at)),
        code=code[at],
        weapon=draw_texts(rng, {"01": 0.93, "12": 0.05, "20": 0.02}, len(at)),
    )


def _friends(setting: Setting, person: Ints, turn: Ints) -> Ints:
    """One of each person's few companions: of the same sex, age and locality, -1 for none."""
    people = setting.people
    home = people.address_locality[people.first_address]
    order = np.lexsort((people.born, people.sex == "F", home))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    beside = place[person] + 1 + (person + turn) % FRIENDS
    beside = np.where(beside < len(order), beside, place[person] - 1)
    friend = order[beside]
    return np.where(home[friend] == home[person], friend, -1)
