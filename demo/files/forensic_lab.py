"""The forensic laboratory's results, one row an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Ints, stream, texts
from demo.files.deliveries import Feed, deliver, mistakes
from demo.files.writing import iso, write_csv
from demo.seen.recording import Habits, see
from demo.seen.spelling import misspelt

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

HABITS: Final = Habits(
    misspelt=0.06, birth_missing=0.35, birth_year_only=0.03, nickname=0.03, upper_case=True
)


def suspects(setting: Setting) -> Ints:
    """Rows of the items that name a suspect."""
    return np.flatnonzero(setting.history.lab_items.ints("person") >= 0)


def write_forensic_lab(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write one file a year of report, and its updates.

    Returns the number of items that name a suspect.
    """
    rng = stream(setting.settings.seed, "laboratory file")
    items, agencies = setting.history.lab_items, setting.geography.agencies
    incident, received = items.ints("incident"), items.ints("received")
    named = suspects(setting)
    # One submission names its suspect once, however many items it has.
    _, first, of = np.unique(incident[named], return_index=True, return_inverse=True)
    seen = see(setting, rng, items.ints("person")[named][first], received[named][first], HABITS)
    surname, given, birth = (texts([""] * len(items)) for _ in range(3))
    surname[named], given[named], birth[named] = (
        seen.surname[of],
        seen.given[of],
        seen.birth[of],
    )
    agency = setting.history.incidents.ints("agency")[incident]
    columns = {
        "Lab Number": numbers.lab_number,
        "Item": items.ints("item"),
        "Submitting ORI": texts([agencies[i].ori for i in agency]),
        "Agency Case Number": numbers.incident_number[incident],
        "Received Date": iso(received),
        "Report Date": iso(items.ints("reported")),
        "Substance": items.values("substance"),
        "Drug Code": items.values("code"),
        "Quantity": items.values("quantity"),
        "Unit": items.values("measure"),
        "Suspect Last Name": surname,
        "Suspect First Name": given,
        "Suspect DOB": birth,
    }
    order = np.lexsort((items.ints("item"), numbers.lab_number.astype(str)))
    columns["Report Status"] = texts(["Final"] * len(items))
    ordered = {name: texts(values)[order] for name, values in columns.items()}
    known = items.ints("reported")[order]
    # At first the analyst names the main substance alone, or the clerk mistypes the suspect.
    feed = Feed(
        columns=ordered,
        known=known,
        mistakes=mistakes(ordered, known, "Lab Number", "Report Status", "Withdrawn", rng),
        wrong={
            "Substance": texts([str(v).split(",")[0] for v in ordered["Substance"]]),
            "Suspect Last Name": misspelt(rng, ordered["Suspect Last Name"]),
        },
        mistyped={"Quantity": "trace"},
    )
    deliver(feed, folder, "lab_items", ".csv", write_csv, rng, setting.settings.last_day)
    return len(named)
