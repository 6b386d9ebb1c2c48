"""The hospitals' emergency visits, one CSV file a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, choose, stream, texts
from demo.files.deliveries import Feed, deliver
from demo.files.writing import american, american_text, write_csv
from demo.geography import data
from demo.seen.recording import Habits, see
from demo.seen.spelling import misspelt, mistyped_birth

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    nickname=0.06, misspelt=0.04, names_swapped=0.006, birth_missing=0.05, birth_year_only=0.0,
    sex_missing=0.01, address_missing=0.08, also_known_as=0.0, upper_case=True,
)  # fmt: skip
UNNAMED: Final = 0.015
"""Share of visits of people who gave no name."""
SECOND_NUMBER: Final = 0.03
"""Share of visits entered under a new record number by oversight."""


def write_hospital(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write one file a year, and its updates; returns the number of visits."""
    rng = stream(setting.settings.seed, "hospital file")
    visits, geography, people = setting.history.visits, setting.geography, setting.people
    person, day, alias = (visits.ints(name) for name in ("person", "day", "alias"))
    hospital = visits.ints("hospital")
    seen = see(setting, rng, person, day, HABITS, alias)
    known = rng.random(len(person)) >= UNNAMED
    # The age stands where no birth date does; an estimate for those who gave no name.
    guess = people.age(person, day) + np.where(known, 0, rng.integers(-2, 3, len(person)))
    birth = choose(known, seen.birth, "")
    dated = birth.astype(bool)
    names: dict[str, str] = data("hospitals.toml")["hospital"]
    stands = np.array([geography.index(name) for name in names.values()])
    columns = {
        "Visit ID": numbers.visit_id,
        "Facility": texts(list(names))[hospital],
        "Facility FIPS": geography.fips[stands[hospital]],
        "MRN": _record_numbers(rng, person, hospital, alias, known),
        "Visit Date": american(day),
        "Patient Last Name": choose(known, seen.surname, ""),
        "Patient First Name": choose(known, seen.given, ""),
        "DOB": texts([american_text(str(each)) for each in birth]),
        "Age": choose(dated, "", texts(np.maximum(guess, 0))),
        "Sex": seen.sex,
        "ZIP": seen.zip,
        "Complaint Class": visits.values("complaint"),
        "Trafficking Screening": visits.values("screening"),
        "Discharge": visits.values("discharge"),
        "Part 2 Program": texts(["N"] * len(person)),
    }
    order = np.argsort(numbers.visit_id.astype(str), kind="stable")
    ordered = {name: values[order] for name, values in columns.items()}
    feed = Feed(
        columns=ordered,
        known=day[order],
        wrong={
            "Patient Last Name": misspelt(rng, ordered["Patient Last Name"]),
            "Discharge": texts([""] * len(person)),
            "DOB": mistyped_birth(rng, birth[order], american_text),
        },
    )
    deliver(feed, folder, "visits", ".csv", write_csv, rng, setting.settings.last_day)
    return len(person)


def _record_numbers(
    rng: np.random.Generator, person: Ints, hospital: Ints, alias: Ints, known: Bools
) -> Texts:
    """A person keeps a number within a hospital; a new one under a false or no name."""
    kept = 1_000_000 + (person * 7919 + hospital * 104_729) % 8_999_993
    fresh = (alias >= 0) | ~known | (rng.random(len(person)) < SECOND_NUMBER)
    return texts(np.where(fresh, 20_000_000 + np.arange(len(person)) * 3, kept))
