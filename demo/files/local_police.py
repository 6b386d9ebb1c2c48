"""What some local departments send themselves: their own copy of incidents that the state has too.

Guarantees: every report is of one incident of the history under a number of the department's own; a
joint operation is reported by a department although another agency sent it to the state. One
department writes as NIBRS was written up to 2020, the others as from 2021.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, choose, stream, texts
from demo.files.nibrs_people import PERSON_TYPES
from demo.files.numbering import Numbers
from demo.files.writing import iso, sequence, year_of
from demo.seen.recording import Habits, see
from demo.seen.spelling import phone_form

if TYPE_CHECKING:
    from pathlib import Path

    from demo.lives.setting import Setting

DEPARTMENTS: Final = {"Henrico County": True, "Norfolk city": False, "Virginia Beach city": True}
"""Localities whose main department sends a copy; true where it writes as from 2021 on."""
YEARS: Final = 2
"""The last years of the world, in which they do."""
JOINT_WITHIN_KM: Final = 60
JOINT_SHARE: Final = 0.35
JOINT_STORIES: Final = ("trafficking", "operation", "network_drugs")
OTHER_DAY: Final = 0.04
"""Share of the reports whose day differs by one from the state's."""
HABITS: Final = Habits(
    upper_case=True, nickname=0.06, misspelt=0.04, also_known_as=0.25, birth_missing=0.06,
    birth_swapped=0.01, birth_slipped=0.012, birth_year_only=0.01, address_missing=0.12,
    phone_missing=0.45, middle_missing=0.3, race_missing=0.1,
)  # fmt: skip
ROLES: Final = {"V": "victim", "O": "offender", "A": "arrestee"}


@dataclass(frozen=True, slots=True)
class Parties:
    """The natural persons of one role: report, row of the history's table, sequence number."""

    letter: str
    report: Ints
    row: Ints
    person: Ints
    alias: Ints
    seq: Ints


@dataclass(frozen=True, slots=True)
class LocalReports:
    """Reports as columns: the department's agency, the incident's row, the number, joint or not."""

    agency: Ints
    incident: Ints
    number: Texts
    joint: Bools
    parties: tuple[Parties, ...]


def local_reports(setting: Setting, numbers: Numbers) -> LocalReports:
    """Which department reports which incident, and who is in the reports."""
    rng = stream(setting.settings.seed, "local reports")
    incidents, geography = setting.history.incidents, setting.geography
    day, agency = incidents.ints("day"), incidents.ints("agency")
    locality, story = incidents.ints("locality"), incidents.values("story")
    recent = year_of(day) > setting.settings.first_year + setting.settings.years - 1 - YEARS
    shared = recent & np.isin(story, JOINT_STORIES) & (rng.random(len(day)) < JOINT_SHARE)
    found: list[tuple[Ints, Ints, Bools]] = []
    for name in DEPARTMENTS:
        where = geography.index(name)
        own = geography.agencies_of[where][0]
        near = np.isin(locality, [where, *geography.nearby(where, JOINT_WITHIN_KM)])
        rows = np.flatnonzero(recent & (agency == own) | shared & near)
        found.append((np.full(len(rows), own), rows, agency[rows] != own))
    reporting, incident = (np.concatenate([each[i] for each in found]) for i in (0, 1))
    joint = np.concatenate([each[2] for each in found])
    year = year_of(day[incident])
    order = np.lexsort((day[incident], year, reporting))
    reporting, incident, year = reporting[order], incident[order], year[order]
    count = sequence(reporting * 10_000 + year)
    number = texts(
        [f"{y}{k * 7 + 10_000:06d}" for y, k in zip(year.tolist(), count.tolist(), strict=True)]
    )
    parties = tuple(_parties(setting, numbers, letter, incident) for letter in ROLES)
    return LocalReports(reporting, incident, number, joint[order], parties)


def department_oris(setting: Setting, reports: LocalReports) -> Texts:
    """The ORI of each report's department."""
    return texts([setting.geography.agencies[i].ori for i in reports.agency.tolist()])


def _parties(setting: Setting, numbers: Numbers, letter: str, incident: Ints) -> Parties:
    history = setting.history
    table, seq = {
        "V": (history.victims, numbers.victim_seq),
        "O": (history.offenders, numbers.offender_seq),
        "A": (history.arrestees, numbers.arrestee_seq),
    }[letter]
    is_person = (table.ints("person") >= 0) & table.values("named").astype(bool)
    if letter == "V":
        is_person &= np.isin(table.values("type"), PERSON_TYPES)
    rows = np.flatnonzero(is_person & np.isin(table.ints("incident"), incident))
    rows = rows[np.argsort(table.ints("incident")[rows], kind="stable")]
    of = table.ints("incident")[rows]
    first, end = np.searchsorted(of, incident, "left"), np.searchsorted(of, incident, "right")
    report = np.repeat(np.arange(len(incident)), end - first)
    within = np.arange(len(report)) - np.repeat(np.cumsum(end - first) - (end - first), end - first)
    row = rows[first[report] + within]
    return Parties(
        letter, report, row, table.ints("person")[row], table.ints("alias")[row], seq[row]
    )


def write_local_police(setting: Setting, reports: LocalReports, folder: Path) -> int:
    """Write a folder a department; returns the number of records of natural persons."""
    rng = stream(setting.settings.seed, "local police file")
    tables = {
        "LPD_INCIDENT": _incidents(setting, reports, rng),
        "LPD_OFFENSE": _offenses(setting, reports),
        "LPD_PERSON": _persons(setting, reports, rng),
    }
    agencies = setting.geography.agencies
    for name, modern in DEPARTMENTS.items():
        own = setting.geography.agencies_of[setting.geography.index(name)][0]
        target = folder / agencies[own].ori
        for table, (report, columns) in tables.items():
            mine = reports.agency[report] == own
            path = target / f"{table}.csv"
            _write(path, {key: values[mine] for key, values in columns.items()}, modern)
    return sum(len(found.row) for found in reports.parties)


Columns = dict[str, Any]


def _incidents(
    setting: Setting, reports: LocalReports, rng: np.random.Generator
) -> tuple[Ints, Columns]:
    incidents, geography, people = setting.history.incidents, setting.geography, setting.people
    rows = reports.incident
    n = len(rows)
    day = incidents.ints("day")[rows]
    # Never into another year, so that a delivery's scope stays its own.
    moved = np.clip(day - (rng.random(n) < OTHER_DAY), setting.settings.first_day, None)
    written = np.where(year_of(moved) == year_of(day), moved, day)
    locality, place = incidents.ints("locality")[rows], incidents.ints("place")[rows]
    home_of, hour = incidents.ints("home_of")[rows], incidents.ints("hour")[rows]
    at_place = place >= 0
    home = people.address(np.maximum(home_of, 0), day)
    at_home = ~at_place & (home_of >= 0) & (people.address_locality[home] == locality)
    places = {name: geography.places.values(name) for name in ("name", "line", "city", "zip")}

    def where(at: str, lived: Texts | None, otherwise: object) -> Texts:
        column = choose(at_place, places[at][np.maximum(place, 0)], otherwise)
        return column if lived is None else choose(at_home, lived[home], column)

    return np.arange(n), {
        "data_year": year_of(day),
        "ori": department_oris(setting, reports),
        "incident_id": 700_000 + np.arange(n),
        "local_incident_number": reports.number,
        "incident_date": iso(written),
        "entry_date": iso(written + rng.integers(0, 6, n)),
        "report_date_flag": np.full(n, "f", dtype=object),
        "incident_hour": choose(hour < 0, None, hour),
        "place_name": where("name", None, ""),
        "address": where("line", people.address_line, ""),
        "city": where("city", people.address_city, geography.cities(locality)),
        "zip": where("zip", people.address_zip, ""),
        "fips": geography.fips[locality],
    }


def _offenses(setting: Setting, reports: LocalReports) -> tuple[Ints, Columns]:
    offenses = setting.history.offenses
    of = offenses.ints("incident")
    order = np.argsort(of, kind="stable")
    first = np.searchsorted(of[order], reports.incident, "left")
    count = np.searchsorted(of[order], reports.incident, "right") - first
    report = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(report)) - np.repeat(np.cumsum(count) - count, count)
    rows = order[first[report] + within]
    return report, {
        "ori": department_oris(setting, reports)[report],
        "incident_id": 700_000 + report,
        "offense_seq": within + 1,
        "offense_code": offenses.values("code")[rows],
        "attempt_complete_flag": choose(offenses.values("attempted")[rows].astype(bool), "A", "C"),
        "location_code": offenses.values("location")[rows],
    }


def _persons(
    setting: Setting, reports: LocalReports, rng: np.random.Generator
) -> tuple[Ints, Columns]:
    history = setting.history
    days = history.incidents.ints("day")
    parts: list[Columns] = []
    for found in reports.parties:
        n = len(found.row)
        seen = see(
            setting, rng, found.person, days[reports.incident[found.report]], HABITS, found.alias
        )
        arrest = texts([""] * n), texts([""] * n)
        if found.letter == "A":
            arrest = (
                iso(history.arrestees.ints("day")[found.row]),
                history.arrestees.values("code")[found.row],
            )
        parts.append({
            "report": found.report,
            "ori": department_oris(setting, reports)[found.report],
            "incident_id": 700_000 + found.report,
            "person_type": np.full(n, found.letter, dtype=object),
            "seq_num": found.seq,
            "last_name": seen.surname, "first_name": seen.given, "middle_name": seen.middle,
            "suffix": seen.suffix, "aliases": seen.aliases, "date_of_birth": seen.birth,
            "sex_code": seen.sex, "race_code": seen.race, "address": seen.line,
            "city": seen.city, "zip": seen.zip,
            "phone": texts([phone_form(rng, str(phone)) for phone in seen.phone]),
            "arrest_date": arrest[0], "arrest_offense_code": arrest[1],
        })  # fmt: skip
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(columns["report"], kind="stable")
    report = columns.pop("report")[order]
    return report, {name: values[order] for name, values in columns.items()}


def _write(path: Path, columns: Columns, modern: bool) -> None:
    """As NIBRS is written from 2021 on, or as up to 2020: quoted, upper case, DD-MON-YY."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [name if modern else name.upper() for name in columns]
    values = [
        values if modern or name not in ("incident_date", "entry_date", "arrest_date")
        else [_old_date(str(value)) for value in values]
        for name, values in columns.items()
    ]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(
            file, lineterminator="\n", quoting=csv.QUOTE_MINIMAL if modern else csv.QUOTE_NONNUMERIC
        )
        writer.writerow(names)
        writer.writerows(zip(*values, strict=True))


def _old_date(iso_date: str) -> str:
    return date.fromisoformat(iso_date).strftime("%d-%b-%y").upper() if iso_date else ""
