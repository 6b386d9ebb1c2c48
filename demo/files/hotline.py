"""The hotline's signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.chance import Bools, happens, stream, texts
from demo.files.deliveries import Feed, deliver, mistakes
from demo.files.localities import locality_name
from demo.files.writing import iso, write_csv
from demo.seen.spelling import phone_form, plate_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting


def victims(setting: Setting) -> Bools:
    """Which signals describe a victim: by a name, an age or a sex."""
    tips = setting.history.tips
    described: Bools = (
        (tips.values("victim_called") != "")
        | (tips.values("victim_age") != "")
        | (tips.values("victim_sex") != "")
    )
    return described


def suspects(setting: Setting) -> Bools:
    """Which signals name a suspect."""
    return np.asarray(setting.history.tips.values("suspect_called") != "")


def write_hotline(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write one file a year, and its updates.

    Returns the number of victims and suspects described.
    """
    rng = stream(setting.settings.seed, "hotline file")
    tips, geography = setting.history.tips, setting.geography
    days = tips.ints("day")
    place = tips.ints("place")
    minutes = tips.ints("minute")
    place_name = texts(["" if i < 0 else str(geography.places.get("name", int(i))) for i in place])
    columns = {
        "Signal ID": numbers.signal_id,
        "Received": texts(
            [
                f"{day}T{m // 60:02d}:{m % 60:02d}:00"
                for day, m in zip(iso(days), minutes.tolist(), strict=True)
            ]
        ),
        "Channel": tips.values("channel"),
        "Locality": texts([locality_name(rng, geography, int(i)) for i in tips.ints("locality")]),
        "Place Name": place_name,
        "Place Type": tips.values("place_code"),
        "Victim First Name": tips.values("victim_called"),
        "Victim Age": tips.values("victim_age"),
        "Victim Sex": tips.values("victim_sex"),
        "Suspect Name": tips.values("suspect_called"),
        "Phone": texts([_phone(rng, str(v)) for v in tips.values("phone")]),
        "Plate": texts([plate_form(rng, str(v)) for v in tips.values("plate")]),
        "Handle": tips.values("handle"),
        "Exploitation": tips.values("exploitation"),
        "Summary": tips.values("summary"),
    }
    order = np.argsort(numbers.signal_id, kind="stable")
    columns["Status"] = texts(["Active"] * len(days))
    ordered = {name: values[order] for name, values in columns.items()}
    feed = Feed(
        columns=ordered,
        known=days[order],
        mistakes=mistakes(ordered, days[order], "Signal ID", "Status", "Retracted", rng),
        # The call taker hears more on the tape: the kind of exploitation, the name of the place.
        wrong={
            "Exploitation": texts(["unsure"] * len(days)),
            "Place Name": texts([""] * len(days)),
        },
        mistyped={"Received": "2024-13-07T25:10:00"},
    )
    deliver(feed, folder, "signals", ".csv", write_csv, rng, setting.settings.last_day)
    return int(victims(setting).sum() + suspects(setting).sum())


def _phone(rng: np.random.Generator, number: str) -> str:
    """A number as the caller gave it; one in twelve without the area code."""
    if number and happens(rng, 0.08):
        return f"{number[5:8]}-{number[8:]}"
    return phone_form(rng, number)
