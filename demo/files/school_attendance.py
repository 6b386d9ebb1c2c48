"""School divisions' students with long absences: two CSV files from each division."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, choose, stream, texts
from demo.files.writing import iso, write_csv
from demo.households import NEVER
from demo.seen.recording import Habits, see
from demo.settings import days

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    nickname=0.03, misspelt=0.015, names_swapped=0.004, middle_missing=0.15, middle_initial=0.3,
    birth_swapped=0.004, birth_slipped=0.006, birth_year_only=0, birth_missing=0.004,
    sex_missing=0.002, keeps_accents=0.85,
)  # fmt: skip
SENT_IN_SUMMER: Final = 3
"""Divisions that also sent at the end of the last school year; what they send later replaces it."""
SENT_TWICE: Final = 0.015


def write_school_attendance(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write ``<division>_<month>/students.csv`` and ``absences.csv``; returns the students."""
    rng = stream(setting.settings.seed, "school attendance file")
    history, last = setting.history, setting.settings.last_day
    enrolments, absences = history.enrolments, history.absences
    locality, of = enrolments.ints("locality"), absences.ints("enrolment")
    start = absences.ints("start")
    first = np.full(len(enrolments), NEVER, dtype=np.int64)
    np.minimum.at(first, of, start)
    students = _students(setting, numbers, rng, first)
    spells = _absences(setting, numbers)
    twice = rng.random(len(absences)) < SENT_TWICE
    summer = days(date(setting.settings.first_year + setting.settings.years - 1, 6, 20))
    present = np.unique(locality)
    for turn, division in enumerate(present.tolist()):
        fips = setting.geography.fips[division]
        mine = (locality == division)[of]
        if turn < SENT_IN_SUMMER:
            early = f"{fips}_{setting.settings.first_year + setting.settings.years - 1}-06"
            known = mine & (start <= summer - 30)
            if known.any():
                _deliver(folder / early, students, spells, of, known, twice)
        name = f"{fips}_{np.datetime64(last, 'D').astype('datetime64[M]')}"
        _deliver(folder / name, students, spells, of, mine, twice)
    return len(enrolments)


def _deliver(
    folder: Path,
    students: dict[str, Texts],
    spells: dict[str, Texts],
    of: Ints,
    known: Bools,
    twice: Bools,
) -> None:
    """The students who have one of the known absences, and these."""
    rows = np.flatnonzero(known)
    rows = np.concatenate([rows, rows[twice[rows]]])
    who = np.unique(of[rows])
    write_csv(folder / "students.csv", {name: values[who] for name, values in students.items()})
    write_csv(folder / "absences.csv", {name: values[rows] for name, values in spells.items()})


def _students(
    setting: Setting, numbers: Numbers, rng: np.random.Generator, first: Ints
) -> dict[str, Texts]:
    enrolments, fips = setting.history.enrolments, setting.geography.fips
    person, end = enrolments.ints("person"), enrolments.ints("end")
    seen = see(setting, rng, person, first, HABITS)
    return {
        "Division FIPS": fips[enrolments.ints("locality")],
        "Student Number": numbers.student_number,
        "Last Name": seen.surname,
        "First Name": seen.given,
        "Middle Name": seen.middle,
        "Suffix": seen.suffix,
        "Birth Date": seen.birth,
        "Sex": seen.sex,
        "School": enrolments.values("school"),
        "Enrolled": iso(enrolments.ints("start")),
        "Withdrawn": iso(end),
        "Withdrawal Reason": enrolments.values("reason"),
        "Chronic Absence": choose(enrolments.values("chronic"), "Y", "N"),
        "Address Confidential": choose(_confidential(setting, person), "Y", "N"),
    }


def _confidential(setting: Setting, person: Ints) -> Bools:
    """Children of households of which somebody's address is protected."""
    clients, household = setting.history.clients, setting.people.household
    hidden = clients.ints("person")[clients.values("protected").astype(bool)]
    return np.isin(household[person], household[hidden])


def _absences(setting: Setting, numbers: Numbers) -> dict[str, Texts]:
    enrolments, absences = setting.history.enrolments, setting.history.absences
    of = absences.ints("enrolment")
    return {
        "Division FIPS": setting.geography.fips[enrolments.ints("locality")][of],
        "Student Number": numbers.student_number[of],
        "First Day Absent": iso(absences.ints("start")),
        "Last Day Absent": iso(absences.ints("end")),
        "School Days": texts(absences.ints("taught").tolist()),
        "Type": absences.values("kind"),
    }
