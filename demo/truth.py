"""The truth of a world, written apart from the feeds: only evaluation reads it.

Guarantees: every record of a natural person in the feeds has one row in ``record``, under the key
that ingest gives to it; a person who appears in no record still has a row in ``person``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from demo.chance import Texts, texts
from demo.files import courts, forensic_lab, hotline, service_directory
from demo.files.local_police import ROLES, department_oris
from demo.seen.recording import FAMILY_FIRST
from demo.settings import as_date
from runs.duck import connect
from runs.keys import record_key
from runs.schema import Column, Table, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.files.local_police import LocalReports
    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

RECORD: Final = Table(
    "record",
    ("record_key",),
    (
        Column("record_key", "VARCHAR", "the record's key", key_of="person_record"),
        Column("feed", "VARCHAR", "feed id"),
        Column("person_id", "VARCHAR", "who the record is really about; null: nobody knows"),
        Column("role", "VARCHAR", "role in the record"),
        Column("false_identity", "BOOLEAN", "the person was recorded under a false identity"),
    ),
    "Which record is about whom.",
)
PERSON: Final = Table(
    "person",
    ("person_id",),
    (
        Column("person_id", "VARCHAR", "the person"),
        Column("household_id", "VARCHAR", "household at the beginning"),
        Column("given_name", "VARCHAR", "true given name"),
        Column("middle_name", "VARCHAR", "true middle name"),
        Column("surname", "VARCHAR", "true surname"),
        Column("birth_date", "DATE", "true date of birth"),
        Column("sex", "VARCHAR", "M, F"),
        Column("race", "VARCHAR", "NIBRS race code"),
        Column("ethnicity", "VARCHAR", "NIBRS ethnicity code"),
        Column("tradition", "VARCHAR", "naming tradition"),
        Column("locality_id", "VARCHAR", "FIPS code of the first home"),
        Column("namesake_of", "VARCHAR", "person whose name this one shares; null: none"),
        Column(
            "groups",
            "VARCHAR[]",
            "what makes the person hard or important: twin, namesake, minor, moved, maiden_name, "
            "two_surnames, family_name_first, alias, victim, trafficker, missing",
        ),
    ),
    "Everybody in the world.",
)
EPISODE_LINK: Final = Table(
    "episode_link",
    ("episode_key", "tied_kind", "tied_key", "how"),
    (
        Column("episode_key", "VARCHAR", "the episode", key_of="missing_episode"),
        Column("tied_kind", "VARCHAR", "person_record, incident, contact_point or location_name"),
        Column("tied_key", "VARCHAR", "key of what it is truly tied to; a name for a location"),
        Column("how", "VARCHAR", "why"),
    ),
    "What a missing child's episode is truly tied to.",
)
NETWORK: Final = Table(
    "network_member",
    ("network_id", "person_id"),
    (
        Column("network_id", "VARCHAR", "the network"),
        Column("person_id", "VARCHAR", "the member"),
        Column("role", "VARCHAR", "leader, associate or victim"),
        Column("kind", "VARCHAR", "sex or labor"),
        Column("road", "VARCHAR", "interstate along which it works"),
    ),
    "Who truly belongs to which network.",
)
REPORT: Final = Table(
    "report",
    ("incident_key",),
    (
        Column("incident_key", "VARCHAR", "the report's key", key_of="incident"),
        Column("feed", "VARCHAR", "feed id"),
        Column("true_incident_id", "VARCHAR", "what it reports; a tip is a thing of its own"),
        Column("joint", "BOOLEAN", "by an agency that took part, not the one that told the state"),
    ),
    "Which report is of which incident.",
)
CONTACT_KINDS: Final = {"phone": "phone", "plate": "vehicle", "handle": "handle"}


@dataclass(frozen=True, slots=True)
class Truth:
    """Row counts of what was written."""

    records: int
    persons: int
    links: int


def write_truth(setting: Setting, numbers: Numbers, local: LocalReports, folder: Path) -> Truth:
    """Write record, person, episode_link, network_member and report below ``folder``."""
    records = _records(setting, numbers, local)
    links = _links(setting, numbers)
    written = {
        RECORD: records,
        PERSON: _persons(setting),
        EPISODE_LINK: links,
        NETWORK: _networks(setting),
        REPORT: _reports(setting, numbers, local),
    }
    counts = write_columns(written, folder)
    return Truth(counts["record"], counts["person"], counts["episode_link"])


def write_columns(tables: Mapping[Table, Mapping[str, Any]], folder: Path) -> dict[str, int]:
    """Write each table's columns as Parquet; returns the rows of each by the table's name."""
    counts = {}
    with connect(threads=1) as con:
        for table, columns in tables.items():
            types = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_(),
                     "INTEGER": pa.int32(), "DOUBLE": pa.float64(),
                     "VARCHAR[]": pa.list_(pa.string())}  # fmt: skip
            arrow = pa.table(
                {c.name: pa.array(list(columns[c.name]), types[c.type]) for c in table}
            )
            counts[table.name] = write_table(con.from_arrow(arrow), table, folder)
    return counts


def _records(setting: Setting, numbers: Numbers, local: LocalReports) -> dict[str, Any]:
    history, people = setting.history, setting.people
    columns: dict[str, list[Any]] = {column.name: [] for column in RECORD}

    def put(
        feed: str, role: str, parts: list[tuple[str, ...]], persons: Any, alias: Any = None
    ) -> None:
        columns["record_key"] += [record_key("person", feed, *part) for part in parts]
        columns["feed"] += [feed] * len(parts)
        columns["role"] += [role] * len(parts)
        columns["person_id"] += [people.person_id(int(p)) if p >= 0 else None for p in persons]
        columns["false_identity"] += (
            [False] * len(parts) if alias is None else [bool(a >= 0) for a in alias]
        )

    for letter, role, table, ids in (
        ("V", "victim", history.victims, numbers.victim_id),
        ("O", "offender", history.offenders, numbers.offender_id),
        ("A", "arrestee", history.arrestees, numbers.arrestee_id),
    ):
        rows = np.flatnonzero(table.ints("person") >= 0)
        put("nibrs", role, [(letter, str(i)) for i in ids[rows]], table.ints("person")[rows],
            table.ints("alias")[rows])  # fmt: skip
    put("clearinghouse", "missing_child", [(str(c),) for c in numbers.case_number],
        history.episodes.ints("person"))  # fmt: skip
    put("social-services", "client", [(str(c),) for c in numbers.client_id],
        history.clients.ints("person"))  # fmt: skip
    put("juvenile-justice", "subject", [(str(c),) for c in numbers.intake_id],
        history.intakes.ints("person"), history.intakes.ints("alias"))  # fmt: skip
    fips = setting.geography.fips[history.enrolments.ints("locality")]
    put("school-attendance", "student",
        [(str(f), str(n)) for f, n in zip(fips, numbers.student_number, strict=True)],
        history.enrolments.ints("person"))  # fmt: skip
    rows = forensic_lab.suspects(setting)
    items = history.lab_items
    put("forensic-lab", "subject",
        [(str(numbers.lab_number[i]), str(items.get("item", i))) for i in rows.tolist()],
        items.ints("person")[rows])  # fmt: skip
    for role, shown in (
        ("victim", hotline.victims(setting)), ("suspect", hotline.suspects(setting))
    ):  # fmt: skip
        rows = np.flatnonzero(shown)
        put("hotline", "victim" if role == "victim" else "offender",
            [(str(numbers.signal_id[i]), role) for i in rows.tolist()],
            history.tips.ints(role)[rows])  # fmt: skip
    for found in local.parties:
        parts: list[tuple[str, ...]] = [
            (str(ori), str(number), found.letter, str(seq))
            for ori, number, seq in zip(
                department_oris(setting, local)[found.report], local.number[found.report],
                found.seq.tolist(), strict=True,
            )
        ]  # fmt: skip
        put("local-police", ROLES[found.letter], parts, found.person, found.alias)
    put("hospital", "patient", [(str(visit),) for visit in numbers.visit_id],
        history.visits.ints("person"), history.visits.ints("alias"))  # fmt: skip
    rows = service_directory.released(setting)
    put("service-directory", "client", [(str(no),) for no in numbers.referral_no[rows]],
        history.referrals.ints("person")[rows], history.referrals.ints("alias")[rows])  # fmt: skip
    charges = history.charges
    put("courts", "defendant",
        [("charge", str(case), str(charges.get("number", i)))
         for i, case in enumerate(numbers.court_case)],
        charges.ints("person"), charges.ints("alias"))  # fmt: skip
    for part, rows, persons in courts.people_of_orders(setting):
        order_numbers = numbers.order_number[rows]
        put("courts", part, [("order", str(number), part) for number in order_numbers], persons)
    return columns


def _reports(setting: Setting, numbers: Numbers, local: LocalReports) -> dict[str, Any]:
    state = [record_key("incident", str(ori), str(number))
             for ori, number in zip(numbers.ori, numbers.incident_number, strict=True)]  # fmt: skip
    own = [record_key("incident", "local-police", str(ori), str(number))
           for ori, number
           in zip(department_oris(setting, local), local.number, strict=True)]  # fmt: skip
    tips = [record_key("incident", "hotline", str(signal)) for signal in numbers.signal_id]
    return {
        "incident_key": [*state, *own, *tips],
        "feed": ["nibrs"] * len(state) + ["local-police"] * len(own) + ["hotline"] * len(tips),
        "true_incident_id": [
            *(f"I{row:07d}" for row in range(len(state))),
            *(f"I{row:07d}" for row in local.incident.tolist()),
            *(f"T{row:07d}" for row in range(len(tips))),
        ],
        "joint": [False] * len(state) + local.joint.tolist() + [False] * len(tips),
    }


def _persons(setting: Setting) -> dict[str, Any]:
    people, geography = setting.people, setting.geography
    everyone = range(len(people))
    return {
        "person_id": [people.person_id(i) for i in everyone],
        "household_id": [f"H{home:07d}" for home in people.household.tolist()],
        "given_name": people.given,
        "middle_name": _null(people.middle),
        "surname": people.surname,
        "birth_date": [as_date(day) for day in people.born.tolist()],
        "sex": people.sex,
        "race": people.race,
        "ethnicity": people.ethnicity,
        "tradition": people.tradition,
        "locality_id": geography.fips[people.address_locality[people.first_address]],
        "namesake_of": [people.person_id(i) if i >= 0 else None for i in people.namesake_of],
        "groups": _groups(setting),
    }


def _groups(setting: Setting) -> list[list[str]]:
    people, history, settings = setting.people, setting.history, setting.settings
    groups: list[list[str]] = [[] for _ in range(len(people))]

    def mark(name: str, persons: Any) -> None:
        for person in sorted({int(p) for p in persons if p >= 0}):
            groups[person].append(name)

    mark("alias", history.aliases.values("person"))
    mark("family_name_first", np.flatnonzero(np.isin(people.tradition, FAMILY_FIRST)))
    mark("maiden_name", np.flatnonzero(people.birth_surname != ""))
    mark("minor", np.flatnonzero(people.born > settings.last_day - 18 * 365))
    mark("missing", history.episodes.values("person"))
    mark("moved", np.flatnonzero(people.moved_on <= settings.last_day))
    mark("namesake", [*np.flatnonzero(people.namesake_of >= 0), *people.namesake_of])
    mark("trafficker", [p for name in ("leaders", "associates")
                        for row in history.networks.values(name) for p in row])  # fmt: skip
    mark("twin", np.flatnonzero(people.twin))
    mark("two_surnames",
         [i for i, s in enumerate(people.surname) if people.tradition[i] == "hispanic"
          and " " in s])  # fmt: skip
    mark("victim", history.members.values("person"))
    return groups


def _networks(setting: Setting) -> dict[str, Any]:
    history, people = setting.history, setting.people
    columns: dict[str, list[Any]] = {column.name: [] for column in NETWORK}
    victims: dict[int, list[int]] = {}
    for row, person in zip(
        history.members.values("network"), history.members.values("person"), strict=True
    ):
        victims.setdefault(row, []).append(person)
    for row in range(len(history.networks)):
        members = [(p, "leader") for p in history.networks.get("leaders", row)]
        members += [(p, "associate") for p in history.networks.get("associates", row)]
        members += [(p, "victim") for p in victims.get(row, [])]
        for person, role in members:
            columns["network_id"].append(f"N{row:05d}")
            columns["person_id"].append(people.person_id(person))
            columns["role"].append(role)
            columns["kind"].append(history.networks.get("kind", row))
            columns["road"].append(history.networks.get("road", row))
    return columns


def _links(setting: Setting, numbers: Numbers) -> dict[str, Any]:
    history = setting.history
    found: set[tuple[str, str, str, str]] = set()
    ids = {"victim": ("V", numbers.victim_id), "offender": ("O", numbers.offender_id),
           "arrestee": ("A", numbers.arrestee_id)}  # fmt: skip
    ties = history.ties
    for i in range(len(ties)):
        kind, row, value = (ties.get(name, i) for name in ("kind", "row", "value"))
        case = str(numbers.case_number[ties.get("episode", i)])
        if kind in ids:
            letter, of = ids[kind]
            tied = ("person_record", record_key("person", "nibrs", letter, str(of[row])))
        elif kind == "incident":
            tied = (
                "incident",
                record_key("incident", str(numbers.ori[row]), str(numbers.incident_number[row])),
            )
        elif kind == "tip":
            tied = ("incident", record_key("incident", "hotline", str(numbers.signal_id[row])))
        elif kind == "place":
            tied = ("location_name", value)
        else:
            contact = CONTACT_KINDS[kind]
            tied = ("contact_point", record_key("contact_point", contact, value))
        found.add((record_key("episode", "clearinghouse", case), *tied, ties.get("how", i)))
    rows = sorted(found)
    return {column.name: [row[i] for row in rows] for i, column in enumerate(EPISODE_LINK)}


def _null(values: Texts) -> Texts:
    return texts([value or None for value in values])
