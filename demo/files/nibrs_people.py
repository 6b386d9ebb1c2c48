"""The natural persons of a NIBRS year and what the police recorded of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, choose
from demo.files.nibrs_lookups import nothing
from demo.files.nibrs_names import NIBRS_HABITS
from demo.households import YEAR_DAYS
from demo.seen.recording import Seen, see

if TYPE_CHECKING:
    from demo.lives.setting import Setting
    from demo.rows import Rows

RACE_IDS: Final = {"W": 10, "B": 20, "I": 30, "A": 40, "P": 50, "U": 98, "": None}
ETHNICITY_IDS: Final = {"H": 10, "N": 20, "": 40}
AGE_UNKNOWN: Final = {"V": (0.03, 0.0025), "O": (0.08, 0.005), "A": (0.0, 0.0)}
"""Share of ages that the police did not give: of people without and with a name."""
PERSON_TYPES: Final = ("I", "L")
DEMOGRAPHICS: Final = ("age_id", "age_num", "sex_code", "race_id", "ethnicity_id", "low", "high")


class Mentions:
    """The natural persons of one role and what the police recorded of them."""

    def __init__(self, setting: Setting, role: str, rows: Rows, rng: np.random.Generator) -> None:
        self.role = role
        self.table = rows
        self.incident = rows.ints("incident")
        self.person = rows.ints("person")
        is_person = self.person >= 0
        if "type" in rows.names and role == "V":
            is_person &= np.isin(rows.values("type"), PERSON_TYPES)
        self.rows: Ints = np.flatnonzero(is_person)
        """Rows of the table that are natural persons; ``seen`` has one entry for each."""
        self.day = setting.history.incidents.ints("day")[self.incident]
        self.seen: Seen = see(
            setting,
            rng,
            self.person[self.rows],
            self.day[self.rows],
            NIBRS_HABITS[role],
            rows.ints("alias")[self.rows],
        )
        self.named: Bools = rows.values("named").astype(bool)
        self._setting, self._rng = setting, rng

    def demographics(self, resident: str | None) -> dict[str, Texts]:
        """Age, sex, race, ethnicity and resident status as the layout's columns."""
        n = len(self.table)
        rng, people = self._rng, self._setting.people
        columns = {name: nothing(n) for name in DEMOGRAPHICS}
        rows = self.rows
        guessed = ~self.named[rows]
        age = np.floor((self.day[rows] - self.seen.claimed_born) / YEAR_DAYS).astype(np.int64)
        age = np.clip(age + guessed * rng.integers(-4, 5, len(rows)), 1, 98)
        unknown = rng.random(len(rows)) < np.where(guessed, *AGE_UNKNOWN[self.role])
        columns["age_id"][rows] = choose(unknown, 103, age + 3)
        columns["age_num"][rows] = choose(unknown, None, age)
        span = 5 * (guessed & (rng.random(len(rows)) < 0.5))
        columns["low"][rows] = choose(unknown, None, age - np.minimum(span, age - 1))
        columns["high"][rows] = choose(unknown | (span == 0), None, age + span)
        columns["sex_code"][rows] = choose(self.seen.sex == "", "U", self.seen.sex)
        columns["race_id"][rows] = [RACE_IDS[code] for code in self.seen.race]
        columns["ethnicity_id"][rows] = [ETHNICITY_IDS[code] for code in self.seen.ethnicity]
        if resident is not None:
            here = self._setting.history.incidents.ints("locality")[self.incident[rows]]
            home = people.address_locality[people.address(self.person[rows], self.day[rows])]
            status = choose(here == home, "R", "N").astype(object)
            roll = rng.random(len(rows))
            status[roll < 0.2] = None
            status[(roll >= 0.2) & (roll < 0.25)] = "U"
            columns[resident] = nothing(n)
            columns[resident][rows] = status
        return columns
