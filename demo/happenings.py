"""The truth of what happened apart from who is who: silent agencies, events, contacts, incidents.

Guarantees: written beside the truth of people, from the history alone, never from the files.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.files.events import event_ids
from demo.files.local_police import department_oris
from demo.households import NEVER
from demo.lives.effects import WITHIN_KM
from demo.settings import as_date
from demo.truth import write_columns
from runs.keys import record_key
from runs.schema import Column, Table

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.local_police import LocalReports
    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

SILENT_MONTH: Final = Table(
    "silent_month",
    ("agency_id", "month"),
    (
        Column("agency_id", "VARCHAR", "ORI of the agency"),
        Column("month", "DATE", "first day of a month of which the state received nothing"),
    ),
    "Which agencies reported nothing, and when: their incidents of these months are in no file.",
)

EVENT_EFFECT: Final = Table(
    "event_effect",
    ("event_id",),
    (
        Column("event_id", "VARCHAR", "the calendar's number of the event"),
        Column("effect", "VARCHAR", "commercial_sex, theft or assault; null: it did nothing"),
        Column("expected_extra", "DOUBLE", "expected extra incidents; 0 where it did nothing"),
        Column("extra", "INTEGER", "incidents that would not have been without the event"),
        Column("first_day", "DATE", "first day of the effect"),
        Column("last_day", "DATE", "last day of the effect"),
        Column("locality_id", "VARCHAR", "FIPS code of the event's locality"),
        Column("within_km", "INTEGER", "how far from it the extra incidents may lie"),
    ),
    "What each public event really did. Operations are none: they find, they do not cause.",
)
OPERATION: Final = Table(
    "operation",
    ("event_id",),
    (
        Column("event_id", "VARCHAR", "the calendar's number of the operation"),
        Column("cause", "VARCHAR", "event: held at a public one; circuit: reports of a network"),
        Column("network_id", "VARCHAR", "the network whose reports led to it; null: none"),
        Column("place_name", "VARCHAR", "the place that was watched; null: none in particular"),
        Column("first_day", "DATE", "first day"),
        Column("last_day", "DATE", "last day"),
        Column("locality_id", "VARCHAR", "FIPS code of the locality"),
        Column("found", "INTEGER", "incidents that no file would hold without the operation"),
        Column("victims_met", "INTEGER", "victims of trafficking in these incidents"),
    ),
    "Why each police operation was held, and what it found.",
)
OPERATION_REPORT: Final = Table(
    "operation_report",
    ("event_id", "incident_key"),
    (
        Column("event_id", "VARCHAR", "the calendar's number of the operation"),
        Column("incident_key", "VARCHAR", "the state's report or a tip", key_of="incident"),
        Column("how", "VARCHAR", "led_to: known before, and why it was held; found: by it"),
    ),
    "Which reports led to a police operation, and which it found.",
)
CONTACT_USE: Final = Table(
    "contact_use",
    ("contact_key", "person_id"),
    (
        Column("contact_key", "VARCHAR", "the telephone number", key_of="contact_point"),
        Column("person_id", "VARCHAR", "who used it"),
        Column("first_day", "DATE", "from when; null: since before the world's first day"),
        Column("last_day", "DATE", "until when; null: to the world's last day"),
    ),
    "Telephone numbers that one person gave up and an unrelated one was given later.",
)

INCIDENT: Final = Table(
    "incident",
    ("incident_key",),
    (
        Column("incident_key", "VARCHAR", "a report's key", key_of="incident"),
        Column("feed", "VARCHAR", "feed that the report came in"),
        Column("agency_id", "VARCHAR", "ORI of the agency that reported"),
        Column("incident_id", "VARCHAR", "the true incident that the report is of"),
        Column("joint", "BOOLEAN", "another agency reported the incident to the state"),
    ),
    "Which incident each police report is of: copies of one incident share its id.",
)


def write_happenings(setting: Setting, numbers: Numbers, local: LocalReports, folder: Path) -> None:
    """Write the tables declared above as Parquet below ``folder``."""
    tables = {
        SILENT_MONTH: _silent_months(setting),
        EVENT_EFFECT: _event_effects(setting),
        OPERATION: _operations(setting),
        OPERATION_REPORT: _operation_reports(setting, numbers),
        CONTACT_USE: _contact_uses(setting),
        INCIDENT: _incidents(setting, numbers, local),
    }
    write_columns(tables, folder)


def _silent_months(setting: Setting) -> dict[str, Any]:
    agencies = setting.geography.agencies
    silent = sorted(setting.silent)
    return {
        "agency_id": [agencies[agency].ori for agency, _ in silent],
        "month": [date(1970 + month // 12, month % 12 + 1, 1) for _, month in silent],
    }


def _event_effects(setting: Setting) -> dict[str, Any]:
    events, geography = setting.history.events, setting.geography
    rows = np.flatnonzero(events.values("kind") != "operation")
    return {
        "event_id": event_ids(setting)[rows],
        "effect": [value or None for value in events.values("effect")[rows]],
        "expected_extra": events.values("expected")[rows],
        "extra": events.values("extra")[rows],
        "first_day": [as_date(day) for day in events.ints("start")[rows]],
        "last_day": [as_date(day) for day in events.ints("end")[rows]],
        "locality_id": geography.fips[events.ints("locality")[rows]],
        "within_km": [WITHIN_KM] * len(rows),
    }


def _operations(setting: Setting) -> dict[str, Any]:
    history, geography = setting.history, setting.geography
    events, reports, victims = history.events, history.operation_reports, history.victims
    rows = np.flatnonzero(events.values("kind") == "operation")
    found = reports.values("how") == "found"
    of, incident = reports.ints("event")[found], reports.ints("row")[found]
    met = victims.ints("incident")[victims.ints("person") >= 0]
    per_incident = np.bincount(met, minlength=len(history.incidents))
    count = np.bincount(of, minlength=len(events))
    people = np.bincount(of, weights=per_incident[incident], minlength=len(events))
    network, place = events.ints("network")[rows], events.ints("place")[rows]
    return {
        "event_id": event_ids(setting)[rows],
        "cause": events.values("cause")[rows],
        "network_id": [f"N{row:05d}" if row >= 0 else None for row in network.tolist()],
        "place_name": [
            str(geography.places.get("name", row)) if row >= 0 else None for row in place.tolist()
        ],
        "first_day": [as_date(day) for day in events.ints("start")[rows]],
        "last_day": [as_date(day) for day in events.ints("end")[rows]],
        "locality_id": geography.fips[events.ints("locality")[rows]],
        "found": count[rows],
        "victims_met": people[rows].astype(np.int64),
    }


def _operation_reports(setting: Setting, numbers: Numbers) -> dict[str, Any]:
    reports = setting.history.operation_reports
    keys = [
        record_key("incident", "hotline", str(numbers.signal_id[row]))
        if kind == "tip"
        else record_key("incident", str(numbers.ori[row]), str(numbers.incident_number[row]))
        for kind, row in zip(reports.values("kind"), reports.ints("row").tolist(), strict=True)
    ]
    return {
        "event_id": event_ids(setting)[reports.ints("event")],
        "incident_key": keys,
        "how": reports.values("how"),
    }


def _contact_uses(setting: Setting) -> dict[str, Any]:
    uses, people = setting.history.contact_uses, setting.people
    since, until = uses.ints("since"), uses.ints("until")
    return {
        "contact_key": [
            record_key("contact_point", "phone", str(value)) for value in uses.values("value")
        ],
        "person_id": [people.person_id(person) for person in uses.ints("person").tolist()],
        "first_day": [None if day < 0 else as_date(day) for day in since.tolist()],
        "last_day": [None if day >= NEVER else as_date(day) for day in until.tolist()],
    }


def _incidents(setting: Setting, numbers: Numbers, local: LocalReports) -> dict[str, Any]:
    states = [
        (record_key("incident", str(ori), str(number)), "nibrs", ori, row, False)
        for row, (ori, number) in enumerate(zip(numbers.ori, numbers.incident_number, strict=True))
    ]
    copies = [
        (record_key("incident", "local-police", str(ori), str(number)), "local-police", ori, row,
         joint)
        for ori, number, row, joint in zip(
            department_oris(setting, local), local.number, local.incident.tolist(),
            local.joint.tolist(), strict=True,
        )
    ]  # fmt: skip
    keys, feeds, oris, rows, joint = zip(*states, *copies, strict=True)
    return {
        "incident_key": keys,
        "feed": feeds,
        "agency_id": oris,
        "incident_id": [f"INC{row:07d}" for row in rows],
        "joint": joint,
    }
