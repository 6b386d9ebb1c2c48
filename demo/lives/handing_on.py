"""Telephone numbers that change hands: given up by one, given to a stranger months later.

Guarantees: the two users share no household, and their days with the number do not overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.households import NEVER

if TYPE_CHECKING:
    from demo.lives.setting import Setting

SHARE: Final = 0.1
"""Share of the numbers that were given up."""
REST_DAYS: Final = 45
"""Days for which a number that was given up is nobody's."""


def hand_on(setting: Setting, rng: np.random.Generator) -> None:
    """Give some numbers to others, and keep both uses in the history's ``contact_uses``."""
    people, history = setting.people, setting.history
    changed = people.phone_changed_on
    changers = np.flatnonzero((changed < NEVER) & (people.first_phone != ""))
    given_up = changers[rng.random(len(changers)) < SHARE]
    takers = iter(rng.permutation(np.setdiff1d(changers, given_up)).tolist())
    for one in given_up.tolist():
        other = next(takers, None)
        if other is None:
            return
        free_on = int(changed[one]) + REST_DAYS
        if changed[other] <= free_on or people.household[one] == people.household[other]:
            continue
        number = str(people.first_phone[one])
        people.second_phone[other] = number
        history.contact_uses.add(value=number, person=one, until=int(changed[one]) - 1)
        history.contact_uses.add(value=number, person=other, since=int(changed[other]))
