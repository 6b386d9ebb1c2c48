"""What a feature is made of is what changes it: the declared sources beside the features that
production makes, value by value; of records, and of reports of incidents."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from resolution.around import records_around
from resolution.comparisons import COMPARISONS, GIVEN_AWAY
from resolution.contracts import MATCHED_FOR_INCIDENTS, MEMBERSHIP
from resolution.features import READ, make_features
from resolution.incidents.comparisons import _LEVELS
from resolution.incidents.comparisons import COMPARISONS as OF_INCIDENTS
from resolution.incidents.reports import make_reports, open_tables
from resolution.incidents.sources import SOURCES as REPORT_SOURCES
from resolution.index import COMPARED
from resolution.sources import SOURCES
from runs.duck import connect, rows_as_dicts
from runs.schema import read_table
from sharing.rules import governed
from tests.factories import key, write_rows
from tests.resolution.people import ALL_COLUMNS, Row, record
from tests.resolution.test_around import contact, in_incident, incident

if TYPE_CHECKING:
    from pathlib import Path

WHOLE: Row = {
    "given_name": "Anna Lena",
    "middle_name": "Ruth",
    "surname": "Weber",
    "name_suffix": "JR",
    "aliases": ["Klein, Joan"],
    "birth_date": date(2011, 3, 7),
    "birth_year": 2011,
    "age_low_years": 12,
    "age_high_years": 14,
    "sex": "F",
    "strong_id": "ssn:123456789",
    "phones": ["+18045550142"],
    "emails": ["anna@example.org"],
    "handles": ["chat:anna"],
    "plates": ["VA:ABC1234"],
    "address_line": "812 LAUREL AVE",
    "city": "NORFOLK",
    "zip": "23510",
    "locality_id": "51710",
    "household_protected": False,
}
LACKING = (
    (),
    ("surname",),
    ("given_name", "surname"),
    ("given_name", "surname", "strong_id"),
    ("given_name", "surname", "strong_id", "aliases"),
    ("birth_date",),
    ("birth_date", "birth_year"),
    ("birth_date", "birth_year", "age_high_years"),
    ("locality_id",),
)
"""Columns that a record may lack, so that a feature is made of what it has instead."""
OTHER: dict[str, tuple[Any, ...]] = {
    "role": ("victim",),
    "aliases": (["Gross, Alma"],),
    "birth_date": (date(1980, 9, 21),),
    "birth_year": (1980,),
    "age_low_years": (30,),
    "age_high_years": (40,),
    "observed_on": (date(2040, 1, 1),),
    "sex": ("M",),
    "strong_id": ("dl:987654321",),
    "phones": (["+18045550199"],),
    "emails": (["otto@example.org"],),
    "handles": (["chat:otto"],),
    "plates": (["MD:XYZ9"],),
    "address_line": ("9 OAK ST",),
    "zip": ("22204",),
    "locality_id": ("51013",),
    "household_protected": (True,),
    "kind": ("address",),
    "partial": (True,),
    "value": ("+18045550177",),
}
"""Another value; every other column takes the word Otto."""
BY_KEY = {"place"}
"""Made of a key, and the key of the columns that its sources name."""
KEYS_OR_PROVENANCE = {"record_key", "incident_key", "feed"}
LOOKED_AT = {
    "person_record": tuple(name for name in READ if name not in KEYS_OR_PROVENANCE),
    "incident": ("locality_id",),
    "contact_point": ("kind", "value", "partial"),
}


def world(name: str, table: str = "", **changed: Any) -> dict[str, list[Row]]:
    """The records that LACKING says with the report of their incident; ``changed`` in a table."""
    tables = {
        "person_record": [
            record(f"{name} {lacks}", **WHOLE | dict.fromkeys(lacks), **in_incident(name))
            for lacks in LACKING
        ],
        "incident": [incident(name, locality_id="51650", location_key=key("location", "motel"))],
        "contact_point": [contact(name, partial=False)],
    }
    return {one: [row | changed if one == table else row for row in rows]
            for one, rows in tables.items()}  # fmt: skip


def test_sources_are_the_values_that_change_a_feature(tmp_path: Path) -> None:
    changes = {
        f"{table}.{name} {place}": (table, name, value)
        for table, names in LOOKED_AT.items()
        for name in names
        for place, value in enumerate((None, *OTHER.get(name, ("Otto",))))
    }
    worlds = {"as it is": world("as it is")} | {
        called: world(called, table, **{name: value})
        for called, (table, name, value) in changes.items()
    }
    for table in LOOKED_AT:
        write_rows(tmp_path, table, [row for made in worlds.values() for row in made[table]])
    with connect() as con:
        make_features(con, records_around(con, tmp_path))
        made = {row["record_key"]: row for row in rows_as_dicts(con, "SELECT * FROM feature", {})}

    def features(called: str) -> list[Row]:
        return [made[row["record_key"]] for row in worlds[called]["person_record"]]

    found: dict[str, set[str]] = {name: set() for name in COMPARED}
    for called, (table, name, _) in changes.items():
        for was, now in zip(features("as it is"), features(called), strict=True):
            for feature in found.keys() - {"incident_key"}:
                if was[feature] != now[feature]:
                    found[feature].add(f"{table}.{name}")
    assert found.keys() == SOURCES.keys()
    for feature, sources in SOURCES.items():
        if feature not in BY_KEY:
            assert found[feature] == sources, feature


def test_every_comparison_names_real_columns_of_what_it_reads() -> None:
    assert GIVEN_AWAY <= ALL_COLUMNS
    for comparison in COMPARISONS:
        assert comparison.features
        assert comparison.features <= set(COMPARED), comparison.name
    columns = {comparison.name: comparison.columns for comparison in COMPARISONS}
    assert "person_record.locality_id" in columns["area"]
    assert columns["circle"] >= {"person_record.emails", "contact_point.value",
                                 "incident.locality_id", "location.address_line",
                                 "person_record.age_low_years"}  # fmt: skip


def report(name: str) -> dict[str, list[Row]]:
    """One report of an incident, a row in each table that is compared."""
    at = {"feed": "nibrs", **in_incident(name)}
    return {
        "incident": [
            incident(name, incident_number="2024-001234", occurred_on=date(2024, 5, 3),
                     occurred_hour=22, date_is_report=False, reported_on=date(2024, 5, 3),
                     locality_id="51650", location_key=key("location", name))
        ],
        "location": [
            {"location_key": key("location", name), "feed": "nibrs", "name": "SILVER MOTEL",
             "address_line": "812 LAUREL AVE", "city": "NORFOLK", "zip": "23510",
             "locality_id": "51710"}
        ],
        "offense": [{"offense_key": key("offense", name), "offense_code": "13A", **at}],
        "arrest": [{"arrest_key": key("arrest", name), "arrested_on": date(2024, 5, 4), **at}],
        "drug_seizure": [{"drug_seizure_key": key("seizure", name), "drug_code": "E", **at}],
        "contact_point": [contact(name, partial=False)],
        "person_record": [record(name, **WHOLE, **in_incident(name))],
        "membership": [{"record_key": key("person", "nibrs", name), "person_id": name,
                        "match_probability": 1.0}],
    }  # fmt: skip


WITHOUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("person_record", ()),
    ("person_record", ("given_name", "aliases", "strong_id")),
    ("person_record", ("surname", "aliases", "strong_id")),
    ("person_record", ("given_name", "surname", "strong_id")),
    ("person_record", ("given_name", "surname", "aliases")),
    ("location", ("address_line",)),
    ("location", ("locality_id",)),
    ("location", ("locality_id", "city")),
)
"""Columns that a table may lack, so that a feature is made of what it has instead."""
OF_REPORTS: dict[str, tuple[Any, ...]] = {
    "occurred_on": (date(2024, 5, 2),),
    "occurred_hour": (3,),
    "date_is_report": (True,),
    "reported_on": (date(2023, 1, 1),),
    "locality_id": ("51013",),
    "incident_number": ("2024-009999",),
    "offense_code": ("290",),
    "arrested_on": (date(2024, 6, 1),),
    "partial": (True,),
}
BEHIND_A_KEY = {"person_record.birth_date", "contact_point.kind", "contact_point.value"}
"""Told by a person or a contact point in common, which reports know by their keys."""


def lacking(tables: dict[str, list[Row]], table: str, *names: str) -> dict[str, list[Row]]:
    return tables | {table: [row | dict.fromkeys(names) for row in tables[table]]}


def test_sources_of_reports_are_the_values_that_change_their_features(tmp_path: Path) -> None:
    bases = {f"{table} {names}": (table, names) for table, names in WITHOUT}
    changes = {
        f"{base}: {table.name}.{column.name} {value}": (base, table.name, column.name, value)
        for base in bases
        for table in MATCHED_FOR_INCIDENTS
        for column in governed(table)
        for value in (None, *OF_REPORTS.get(column.name, ()))
    }
    worlds = {name: lacking(report(name), *_flat(bases[name])) for name in bases}
    for name, (base, table, column, value) in changes.items():
        made = lacking(report(name), *_flat(bases[base]))
        worlds[name] = made | {table: [row | {column: value} for row in made.get(table, [])]}
    for kept in (*MATCHED_FOR_INCIDENTS, MEMBERSHIP):
        rows = [row for made in worlds.values() for row in made.get(kept.name, [])]
        write_rows(tmp_path, kept, rows)
    with connect() as con:
        open_tables(con, tmp_path)
        read_table(con, MEMBERSHIP, tmp_path).create_view("membership")
        make_reports(con, frozenset())
        told = {row["incident_key"]: row for row in rows_as_dicts(con, "SELECT * FROM report", {})}
    found: dict[str, set[str]] = {name: set() for name in REPORT_SOURCES}
    for name, (base, table, column, _) in changes.items():
        was, now = told[key("incident", base)], told[key("incident", name)]
        for feature in found:
            # A person is another in every world: what counts is whether there is one.
            as_told = len if feature in ("persons", "rare_persons") else lambda value: value
            if as_told(was[feature] or ()) != as_told(now[feature] or ()):
                found[feature].add(f"{table}.{column}")
    for feature, sources in REPORT_SOURCES.items():
        assert found[feature] == sources - BEHIND_A_KEY, feature


def _flat(lacks: tuple[str, tuple[str, ...]]) -> tuple[str, ...]:
    table, names = lacks
    return (table, *names)


def test_every_comparison_of_reports_names_what_its_condition_reads() -> None:
    cases = re.findall(r"\(CASE(.*?)END\)::TINYINT AS \"?(\w+)", _LEVELS, re.DOTALL)
    read = {name: set(re.findall(r"\b[lr]\.(\w+)", case)) for case, name in cases}
    assert read == {one.name: one.features for one in OF_INCIDENTS}
    for comparison in OF_INCIDENTS:
        assert comparison.columns <= ALL_COLUMNS
