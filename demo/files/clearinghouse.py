"""The missing-children clearinghouse's entries and exits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Texts, choose, happens, stream, texts
from demo.files.deliveries import Feed, deliver
from demo.files.localities import locality_name
from demo.files.writing import american, american_text, write_csv
from demo.households import NEVER
from demo.seen.recording import Habits, see
from demo.seen.spelling import handle_form, misspelt, mistyped_birth, phone_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    nickname=0.04, misspelt=0.035, also_known_as=0.35, birth_missing=0.015, birth_year_only=0.01,
    birth_swapped=0.02, address_missing=0.1, ethnicity_missing=0.25, middle_missing=0.25,
)  # fmt: skip


EXIT_COLUMNS: Final = (
    "Exit Date", "Exit Reason", "Found Locality", "Found Place", "Found With", "Screening",
)  # fmt: skip


def write_clearinghouse(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write one file a year of entry, and its updates; returns the number of entries."""
    rng = stream(setting.settings.seed, "clearinghouse file")
    episodes, geography, people = setting.history.episodes, setting.geography, setting.people
    person, start = episodes.ints("person"), episodes.ints("start")
    reported, end = episodes.ints("reported"), episodes.ints("end")
    seen = see(setting, rng, person, start, HABITS)
    home = people.address_locality[people.address(person, start)]
    age = people.age(person, start)
    age_blank = rng.random(len(age)) < 0.06

    def named(localities: object) -> Texts:
        return texts([locality_name(rng, geography, int(i)) for i in localities])  # type: ignore[attr-defined]

    found = named(choose(end < NEVER, episodes.ints("found_locality"), -1))
    outside = episodes.values("found_outside")
    columns = {
        "Case Number": numbers.case_number,
        "Entry Date": american(reported),
        "Last Name": seen.surname,
        "First Name": seen.given,
        "Middle Name": seen.middle,
        "AKA": seen.aliases,
        "DOB": texts([american_text(str(value)) for value in seen.birth]),
        "Sex": seen.sex,
        "Race": seen.race,
        "Ethnicity": seen.ethnicity,
        "Last Contact Date": american(start),
        "Missing From": episodes.values("missing_from"),
        "Last Seen Locality": named(episodes.ints("locality")),
        "Home Locality": named(home),
        "Home Address": seen.line,
        "NCIC Category": episodes.values("category"),
        "Circumstance": episodes.values("circumstance"),
        "Age": choose(age_blank, None, age),
        "Reporting ORI": texts([geography.agencies[i].ori for i in episodes.ints("agency")]),
        "Child Phone": texts([phone_form(rng, str(v)) for v in episodes.values("phone")]),
        "Online Handle": texts([handle_form(rng, str(v)) for v in episodes.values("handle")]),
        "Exit Date": american(end),
        "Exit Reason": episodes.values("exit_reason"),
        "Found Locality": choose(outside != "", outside, found),
        "Found Place": episodes.values("found_code"),
        "Found With": episodes.values("found_with"),
        "Screening": episodes.values("screening"),
        "Notes": texts(
            [note if happens(rng, 0.9) else "" for note in episodes.values("notes").tolist()]
        ),
    }
    order = np.argsort(numbers.case_number, kind="stable")
    feed = Feed(
        columns={name: values[order] for name, values in columns.items()},
        known=reported[order],
        changed=np.maximum(end, reported)[order],
        before=dict.fromkeys(EXIT_COLUMNS, ""),
        wrong={
            "Last Name": misspelt(rng, seen.surname[order]),
            "DOB": mistyped_birth(rng, seen.birth[order], american_text),
            "Sex": texts([""] * len(episodes)),
        },
        mistyped={"DOB": "02/30/2009"},
    )
    last_day = setting.settings.last_day
    deliver(feed, folder, "missing_children", ".csv", write_csv, rng, last_day)
    return len(episodes)
