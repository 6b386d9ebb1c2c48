"""Public events and police operations, from an events calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.chance import Texts, choose, texts
from demo.files.writing import iso, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from demo.lives.setting import Setting


def event_ids(setting: Setting) -> Texts:
    """The calendar's number of each event, in the order of their days."""
    events = setting.history.events
    ids = texts([""] * len(events))
    order = np.argsort(events.ints("start"), kind="stable")
    ids[order] = [f"EV{i:05d}" for i in range(1, len(events) + 1)]
    return ids


def write_events(setting: Setting, folder: Path) -> int:
    """Write events.csv; returns the number of events."""
    events, geography = setting.history.events, setting.geography
    order = np.argsort(events.ints("start"), kind="stable")
    attendance = events.ints("attendance")
    columns = {
        "Event ID": event_ids(setting)[order],
        "Name": events.values("name")[order],
        "Type": events.values("kind")[order],
        "Start Date": iso(events.ints("start"))[order],
        "End Date": iso(events.ints("end"))[order],
        "Locality FIPS": geography.fips[events.ints("locality")][order],
        "Venue": events.values("venue")[order],
        "Attendance": choose(attendance > 0, attendance, None)[order],
    }
    return write_csv(folder / "events.csv", columns)
