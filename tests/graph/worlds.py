"""A small view for graph tests: one family, one runaway, one network, written as the stages would.

Every test that needs a graph projects these rows with the production projection, so that a query
tested here is tested on the shape that it meets.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from graph.project import project_graph
from ingest.contracts.packs import load_pack
from resolution.contracts import INCIDENT_MEMBERSHIP, MEMBERSHIP, PERSON
from runs.home import ViewFolder
from tests.factories import key, write_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

POLICE = "VA0290100"
CLEARINGHOUSE = "VSP-MC"
FAIRFAX = "51059"
RICHMOND = "51760"
HENRICO = "51087"

CHILD = "P000000000000001"
TRAFFICKER = "P000000000000002"
PARTNER = "P000000000000003"
SIBLING = "P000000000000004"
NAMELESS = "P000000000000005"

RAID = key("incident", POLICE, "2024-1")
RAID_LOCALLY = key("incident", "local-police", POLICE, "L-77")
"""The department's own report of the raid: resolution took both for one incident."""
SALE = key("incident", POLICE, "2024-2")
TIP = key("incident", "hotline", "H-1")
EPISODES = tuple(key("episode", "clearinghouse", f"C-{number}") for number in (1, 2, 3))
HOTEL = key("location", "ROADSIDE INN", "1 MAIN ST", FAIRFAX)
BOWL = key("event", "events", "E-1")
PHONE = key("contact_point", "phone", "+18045550101")
HOME_ADDRESS = key("contact_point", "address", "9 OAK LN|22030")
SWITCHBOARD = key("contact_point", "phone", "+18045550999")


def person_key(name: str) -> str:
    return key("person", "test", name)


def _record(name: str, **values: Any) -> dict[str, Any]:
    return {
        "record_key": person_key(name),
        "feed": "nibrs",
        "agency_id": POLICE,
        "source_id": name,
        **values,
    }


PEOPLE: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        CHILD,
        _record(
            "victim-raid",
            role="victim",
            incident_key=RAID,
            given_name="Ana",
            surname="Reyes",
            birth_date=date(2008, 5, 1),
            birth_year=2008,
            observed_on=date(2024, 3, 12),
            sex="F",
            race="W",
            ethnicity="H",
            resident_status="N",
        ),
    ),
    *(
        (
            CHILD,
            _record(
                f"missing-{number}",
                feed="clearinghouse",
                agency_id=CLEARINGHOUSE,
                role="missing_child",
                given_name="Ana",
                middle_name="M",
                surname="Reyes",
                birth_date=date(2008, 5, 1),
                birth_year=2008,
                observed_on=day,
                sex="F",
                locality_id=HENRICO,
            ),
        )
        for number, day in (
            (1, date(2023, 11, 2)),
            (2, date(2024, 1, 20)),
            (3, date(2024, 3, 1)),
        )
    ),
    (
        CHILD,
        _record(
            "intake",
            feed="juvenile-justice",
            agency_id="DJJ",
            role="client",
            given_name="Anna",
            surname="Reyes",
            observed_on=date(2023, 9, 1),
            sex="F",
        ),
    ),
    (
        CHILD,
        _record(
            "victim-tip",
            feed="hotline",
            agency_id="HOTLINE",
            role="victim",
            incident_key=TIP,
            given_name="Ana",
            observed_on=date(2024, 3, 8),
            age_low_years=15,
            age_high_years=15,
        ),
    ),
    (
        TRAFFICKER,
        _record(
            "offender-raid",
            role="offender",
            incident_key=RAID,
            given_name="Victor",
            surname="Stone",
            birth_year=1988,
            observed_on=date(2024, 3, 12),
            sex="M",
            race="W",
        ),
    ),
    (
        TRAFFICKER,
        _record(
            "arrestee-raid",
            role="arrestee",
            incident_key=RAID,
            given_name="Victor",
            surname="Stone",
            birth_date=date(1988, 2, 3),
            birth_year=1988,
            observed_on=date(2024, 3, 13),
            sex="M",
            race="W",
            ethnicity="N",
            resident_status="R",
        ),
    ),
    *(
        (
            person,
            _record(
                f"{name}-locally",
                feed="local-police",
                role=role,
                incident_key=RAID_LOCALLY,
                given_name=given,
                surname=surname,
                birth_date=born,
                observed_on=date(2024, 3, 11),
                sex=sex,
            ),
        )
        for person, name, role, given, surname, born, sex in (
            (CHILD, "victim", "victim", "Ana", "Reyes", date(2008, 5, 1), "F"),
            (TRAFFICKER, "offender", "offender", "Victor", "Stone", date(1988, 2, 3), "M"),
            (TRAFFICKER, "arrestee", "arrestee", "Victor", "Stone", date(1988, 2, 3), "M"),
        )
    ),
    (
        TRAFFICKER,
        _record(
            "offender-sale",
            role="offender",
            incident_key=SALE,
            given_name="Vic",
            surname="Stone",
            observed_on=date(2024, 5, 2),
            sex="M",
        ),
    ),
    (
        TRAFFICKER,
        _record(
            "subject-tip",
            feed="hotline",
            agency_id="HOTLINE",
            role="subject",
            incident_key=TIP,
            given_name="Vic",
            observed_on=date(2024, 3, 8),
        ),
    ),
    (
        PARTNER,
        _record(
            "partner-raid",
            role="offender",
            incident_key=RAID,
            given_name="Lena",
            surname="Cole",
            birth_year=1990,
            observed_on=date(2024, 3, 12),
            sex="F",
        ),
    ),
    (
        PARTNER,
        _record(
            "partner-sale",
            role="offender",
            incident_key=SALE,
            given_name="Lena",
            surname="Cole",
            observed_on=date(2024, 5, 2),
            sex="F",
        ),
    ),
    (
        SIBLING,
        _record(
            "client-sibling",
            feed="social-services",
            agency_id="DSS",
            role="client",
            given_name="Luis",
            surname="Reyes",
            birth_date=date(2011, 7, 9),
            birth_year=2011,
            observed_on=date(2023, 1, 5),
            sex="M",
        ),
    ),
    (
        NAMELESS,
        _record(
            "minor-sold",
            role="arrestee",
            incident_key=SALE,
            observed_on=date(2024, 5, 2),
            age_low_years=16,
            age_high_years=16,
            sex="F",
        ),
    ),
)


def _fact(**values: Any) -> dict[str, Any]:
    return {"feed": "nibrs", "agency_id": POLICE, **values}


def _episode(number: int, missing: date, found: date | None) -> dict[str, Any]:
    return _fact(
        feed="clearinghouse",
        agency_id=CLEARINGHOUSE,
        episode_key=EPISODES[number - 1],
        record_key=person_key(f"missing-{number}"),
        case_number=f"C-{number}",
        missing_from_on=missing,
        circumstance="runaway",
        missing_from_type="foster",
        last_seen_locality_id=HENRICO,
        age_at_entry_years=15,
        found_on=found,
        exit_reason="located_by_police" if found else None,
        found_locality_id=FAIRFAX if found else None,
        found_with="unrelated_adult" if found else None,
    )


FACTS: dict[str, list[dict[str, Any]]] = {
    "incident": [
        _fact(
            incident_key=RAID,
            kind="incident",
            incident_number="2024-1",
            occurred_on=date(2024, 3, 12),
            occurred_hour=22,
            date_is_report=False,
            reported_on=date(2024, 3, 13),
            locality_id=FAIRFAX,
            location_key=HOTEL,
            summary="search of a motel room",
        ),
        _fact(
            feed="local-police",
            incident_key=RAID_LOCALLY,
            kind="incident",
            incident_number="L-77",
            occurred_on=date(2024, 3, 11),
            occurred_hour=22,
            date_is_report=False,
            locality_id=FAIRFAX,
            location_key=HOTEL,
        ),
        _fact(
            incident_key=SALE,
            kind="incident",
            incident_number="2024-2",
            occurred_on=date(2024, 5, 2),
            date_is_report=True,
            reported_on=date(2024, 5, 2),
            locality_id=RICHMOND,
            location_key=HOTEL,
        ),
        _fact(
            feed="hotline",
            agency_id="HOTLINE",
            incident_key=TIP,
            kind="tip",
            incident_number="H-1",
            occurred_on=date(2024, 3, 8),
            locality_id=FAIRFAX,
            summary="caller saw a girl at the motel",
        ),
    ],
    "involvement": [
        _fact(
            involvement_key=record["record_key"],
            incident_key=record["incident_key"],
            record_key=record["record_key"],
            role=record["role"],
            sequence=1,
            party_type="I",
        )
        for _, record in PEOPLE
        if record.get("incident_key")
    ],
    "offense": [
        _fact(
            offense_key=key("offense", "1"),
            incident_key=RAID,
            offense_code="64A",
            attempted=False,
            location_code="14",
        ),
        _fact(
            offense_key=key("offense", "2"),
            incident_key=RAID,
            offense_code="35A",
            attempted=False,
            location_code="14",
        ),
        _fact(
            feed="local-police",
            offense_key=key("offense", "4"),
            incident_key=RAID_LOCALLY,
            offense_code="64A",
            attempted=False,
            location_code="14",
        ),
        _fact(
            offense_key=key("offense", "3"),
            incident_key=SALE,
            offense_code="40A",
            attempted=False,
            location_code="14",
        ),
    ],
    "relationship": [
        _fact(
            relationship_key=key("relationship", "1"),
            victim_involvement_key=person_key("victim-raid"),
            offender_involvement_key=person_key("offender-raid"),
            incident_key=RAID,
            relationship_code="AQ",
        )
    ],
    "location": [
        _fact(
            location_key=HOTEL,
            name="Roadside Inn",
            location_code="14",
            address_line="1 MAIN ST",
            city="FAIRFAX",
            locality_id=FAIRFAX,
        )
    ],
    "arrest": [
        _fact(
            arrest_key=key("arrest", "1"),
            incident_key=RAID,
            record_key=person_key("arrestee-raid"),
            arrested_on=date(2024, 3, 13),
            arrest_type="O",
            offense_code="40B",
        ),
        _fact(
            feed="local-police",
            arrest_key=key("arrest", "2"),
            incident_key=RAID_LOCALLY,
            record_key=person_key("arrestee-locally"),
            arrested_on=date(2024, 3, 13),
            offense_code="40B",
        ),
    ],
    "drug_seizure": [
        _fact(
            drug_seizure_key=key("seizure", "1"),
            incident_key=RAID,
            drug_code="H",
            quantity=2.5,
            measure_code="GM",
            confirmed=False,
        ),
        # An analysis whose incident the view does not hold: the seizure stays, untied.
        _fact(
            drug_seizure_key=key("seizure", "2"),
            incident_key=key("incident", "hidden"),
            substance="FENTANYL",
            confirmed=True,
        ),
    ],
    "event": [
        _fact(
            event_key=BOWL,
            name="Harvest Bowl",
            kind="sport",
            starts_on=date(2024, 3, 10),
            ends_on=date(2024, 3, 11),
            locality_id=FAIRFAX,
            attendance=20000,
        )
    ],
    "missing_episode": [
        _episode(1, date(2023, 11, 2), date(2023, 11, 9)),
        _episode(2, date(2024, 1, 20), date(2024, 2, 1)),
        _episode(3, date(2024, 3, 1), None),
    ],
    "placement": [
        _fact(
            placement_key=key("placement", str(number)),
            record_key=person_key("client-sibling"),
            kind="foster",
            locality_id=HENRICO,
            started_on=started,
        )
        for number, started in ((1, date(2023, 1, 5)), (2, date(2023, 6, 1)))
    ],
    "contact_point": [
        _fact(
            contact_mention_key=key("mention", str(number)),
            contact_point_key=point,
            kind=kind,
            value=value,
            partial=False,
            record_key=person_key(record) if record else None,
            incident_key=incident,
            used_on=used,
        )
        for number, (point, kind, value, record, incident, used) in enumerate(
            (
                (PHONE, "phone", "+18045550101", "offender-raid", RAID, date(2024, 3, 12)),
                (PHONE, "phone", "+18045550101", "missing-3", None, date(2024, 3, 1)),
                (PHONE, "phone", "+18045550101", "missing-3", None, date(2024, 2, 1)),
                (PHONE, "phone", "+18045550101", None, TIP, date(2024, 3, 8)),
                (HOME_ADDRESS, "address", "9 OAK LN|22030", "missing-1", None, None),
                (HOME_ADDRESS, "address", "9 OAK LN|22030", "client-sibling", None, None),
                # Nobody visible and no visible incident: not in the graph.
                (SWITCHBOARD, "phone", "+18045550999", None, key("incident", "hidden"), None),
            )
        )
    ],
    "agency": [
        _fact(agency_id_of=POLICE, name="Fairfax County Police", kind="police"),
        _fact(agency_id_of=CLEARINGHOUSE, name="Missing Children Clearinghouse"),
    ],
}


def write_view(
    path: Path,
    people: Sequence[tuple[str, Mapping[str, Any]]] = PEOPLE,
    facts: Mapping[str, Sequence[Mapping[str, Any]]] = FACTS,
) -> ViewFolder:
    """Write records and persons of a view below ``path``."""
    folder = ViewFolder(path, "run-1", "investigation")
    write_rows(folder.records, "person_record", [record for _, record in people])
    for table, rows in facts.items():
        write_rows(folder.records, table, rows)
    sizes: dict[str, int] = {}
    for person_id, _ in people:
        sizes[person_id] = sizes.get(person_id, 0) + 1
    write_rows(
        folder.persons,
        PERSON,
        [{"person_id": person_id, "records": size} for person_id, size in sizes.items()],
    )
    write_rows(
        folder.persons,
        MEMBERSHIP,
        [
            {
                "record_key": record["record_key"],
                "person_id": person_id,
                "match_probability": 1.0 if sizes[person_id] == 1 else 0.9,
                "match_weight": None if sizes[person_id] == 1 else 8.5,
            }
            for person_id, record in people
        ],
    )
    reports = [row["incident_key"] for row in facts.get("incident", ())]
    twice = RAID in reports and RAID_LOCALLY in reports
    write_rows(
        folder.persons,
        INCIDENT_MEMBERSHIP,
        [
            {
                "incident_key": report,
                "incident_id": RAID if report == RAID_LOCALLY else report,
                "match_probability": 0.98 if twice and report in (RAID, RAID_LOCALLY) else 1.0,
                "match_weight": 5.6 if twice and report in (RAID, RAID_LOCALLY) else None,
            }
            for report in reports
        ],
    )
    return folder


def project_world(path: Path) -> ViewFolder:
    """The small world, projected by the production projection."""
    folder = write_view(path / "view")
    project_graph(folder, load_pack("trafficking"), path / "scratch")
    return folder
