"""Small, whole deliveries of every feed, for tests to load as they are or to damage.

Rows are dictionaries by the publisher's own column names; what a test does not name is blank.
"""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

from ingest.contracts.feeds import load_contracts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CLEARINGHOUSE = [
    "Case Number",
    "Entry Date",
    "Last Name",
    "First Name",
    "Middle Name",
    "AKA",
    "DOB",
    "Sex",
    "Race",
    "Ethnicity",
    "Last Contact Date",
    "Missing From",
    "Last Seen Locality",
    "Home Locality",
    "Home Address",
    "NCIC Category",
    "Circumstance",
    "Age",
    "Reporting ORI",
    "Child Phone",
    "Online Handle",
    "Exit Date",
    "Exit Reason",
    "Found Locality",
    "Found Place",
    "Found With",
    "Screening",
    "Notes",
]
HOTLINE = [
    "Signal ID",
    "Received",
    "Channel",
    "Locality",
    "Place Name",
    "Place Type",
    "Victim First Name",
    "Victim Age",
    "Victim Sex",
    "Suspect Name",
    "Phone",
    "Plate",
    "Handle",
    "Exploitation",
    "Summary",
]
LAB = [
    "Lab Number",
    "Item",
    "Submitting ORI",
    "Agency Case Number",
    "Received Date",
    "Report Date",
    "Substance",
    "Drug Code",
    "Quantity",
    "Unit",
    "Suspect Last Name",
    "Suspect First Name",
    "Suspect DOB",
]
EVENTS = [
    "Event ID",
    "Name",
    "Type",
    "Start Date",
    "End Date",
    "Locality FIPS",
    "Venue",
    "Attendance",
]
CLIENTS = [
    "Client ID",
    "Last Name",
    "First Name",
    "Middle Name",
    "DOB",
    "Sex",
    "Race",
    "Hispanic",
    "Address",
    "City",
    "ZIP",
    "Locality FIPS",
    "Phone",
    "Protected Address",
]
PLACEMENTS = [
    "Placement ID",
    "Client ID",
    "Type",
    "Facility",
    "Locality FIPS",
    "Start Date",
    "End Date",
    "End Reason",
]

CHARGES = [
    "Case Number",
    "Charge No",
    "Court",
    "Court FIPS",
    "Filed Date",
    "Offense Date",
    "Arresting ORI",
    "Agency Case Number",
    "Defendant",
    "AKA",
    "DOB",
    "Sex",
    "Race",
    "Address",
    "City",
    "ZIP",
    "Code Section",
    "Charge",
    "Class",
    "Disposition",
    "Disposition Date",
]
ORDERS = [
    "Order Number",
    "Court",
    "Court FIPS",
    "Order Type",
    "Issued Date",
    "Served Date",
    "Expires Date",
    "Dissolved Date",
    "Custody To",
    "Address Confidential",
    "Petitioner",
    "Petitioner DOB",
    "Petitioner Sex",
    "Petitioner Address",
    "Petitioner City",
    "Petitioner ZIP",
    "Respondent",
    "Respondent DOB",
    "Respondent Sex",
    "Respondent Address",
    "Respondent City",
    "Respondent ZIP",
    "Child",
    "Child DOB",
    "Child Sex",
]

VISITS = [
    "Visit ID",
    "Facility",
    "Facility FIPS",
    "MRN",
    "Visit Date",
    "Patient Last Name",
    "Patient First Name",
    "DOB",
    "Age",
    "Sex",
    "ZIP",
    "Complaint Class",
    "Trafficking Screening",
    "Discharge",
    "Part 2 Program",
]

ENTRY = {
    "Case Number": "MC-1",
    "Entry Date": "03/02/2024",
    "Last Name": "Doe",
    "First Name": "Kim",
    "AKA": "Kimmy D; K. Doe",
    "DOB": "05/20/2009",
    "Sex": "F",
    "Race": "W",
    "Last Contact Date": "03/01/2024",
    "Missing From": "Group home",
    "Last Seen Locality": "Richmond",
    "Home Locality": "Henrico County",
    "Home Address": "12 Main  St",
    "NCIC Category": "EMJ",
    "Circumstance": "Runaway",
    "Age": "14",
    "Reporting ORI": "VA0430000",
    "Child Phone": "(804) 555-0123",
    "Online Handle": "Chirper:KimmyD",
    "Found Locality": "Baltimore, MD",
    "Found Place": "14",
}
SIGNAL = {
    "Signal ID": "S-1",
    "Received": "2024-05-03T21:14:00",
    "Channel": "call",
    "Locality": "Fairfax County",
    "Place Name": "Sunset Motel",
    "Place Type": "14",
    "Victim First Name": "Kim",
    "Victim Age": "15-17",
    "Victim Sex": "F",
    "Suspect Name": "Ray Doe",
    "Phone": "804.555.0123",
    "Plate": "aqb 12?4",
    "Exploitation": "sex",
    "Summary": "Seen twice",
}
ITEM = {
    "Lab Number": "L-1",
    "Item": "1",
    "Submitting ORI": "VA0430000",
    "Agency Case Number": "24-000001",
    "Report Date": "2024-06-01",
    "Substance": "Fentanyl",
    "Drug Code": "H",
    "Quantity": "1.5",
    "Unit": "GM",
    "Suspect Last Name": "DOE",
    "Suspect DOB": "1990",
}
EVENT = {
    "Event ID": "E-1",
    "Name": "Fair",
    "Type": "fair",
    "Start Date": "2024-06-01",
    "End Date": "2024-06-03",
    "Locality FIPS": "51760",
    "Attendance": "1000",
}
CLIENT = {
    "Client ID": "C-1",
    "Last Name": "Doe",
    "First Name": "Kim",
    "DOB": "2009-05-20",
    "Sex": "F",
    "Hispanic": "N",
    "Address": "12 Main St",
    "City": "Henrico",
    "ZIP": "23220",
    "Locality FIPS": "51087",
    "Phone": "8045550123",
    "Protected Address": "N",
}
PLACEMENT = {
    "Placement ID": "P-1",
    "Client ID": "C-1",
    "Type": "Group home",
    "Facility": "Oak House",
    "Locality FIPS": "51087",
    "Start Date": "2024-01-01",
    "End Date": "2024-03-01",
    "End Reason": "Ran away",
}
STUDENTS = [
    "Division FIPS",
    "Student Number",
    "Last Name",
    "First Name",
    "Middle Name",
    "Suffix",
    "Birth Date",
    "Sex",
    "School",
    "Enrolled",
    "Withdrawn",
    "Withdrawal Reason",
    "Chronic Absence",
    "Address Confidential",
]
ABSENCES = [
    "Division FIPS",
    "Student Number",
    "First Day Absent",
    "Last Day Absent",
    "School Days",
    "Type",
]
STUDENT = {
    "Division FIPS": "51087",
    "Student Number": "4000001",
    "Last Name": "Doe",
    "First Name": "Kim",
    "Birth Date": "2009-05-20",
    "Sex": "F",
    "School": "Oak High School",
    "Enrolled": "2015-08-20",
    "Chronic Absence": "Y",
    "Address Confidential": "N",
}
SPELL = {
    "Division FIPS": "51087",
    "Student Number": "4000001",
    "First Day Absent": "2024-03-01",
    "Last Day Absent": "2024-03-06",
    "School Days": "4",
    "Type": "Unexcused",
}
INTAKE: dict[str, Any] = {
    "intake_id": "J-1",
    "juvenile": {
        "id": "D1",
        "name": {"first": "Kim", "middle": None, "last": "Doe", "suffix": None},
        "dob": "2009-05-20",
        "sex": "F",
        "race": "W",
        "aliases": ["Kimmy"],
    },
    "intake_date": "2024-02-01",
    "fips": "51087",
    "offense_code": "90I",
    "detained": True,
    "facility": "North Detention",
    "release_date": "2024-02-05",
    "release_reason": "released",
    "phones": ["804-555-0123", "555"],
    "address": {"line": "12 Main St", "city": "Henrico", "zip": "23220", "fips": "51087"},
}
CHARGE = {
    "Case Number": "GC2024-000001",
    "Charge No": "1",
    "Court": "Henrico County General District Court",
    "Court FIPS": "51087",
    "Filed Date": "02/01/2024",
    "Offense Date": "01/05/2024",
    "Arresting ORI": "VA0430000",
    "Agency Case Number": "24-000001",
    "Defendant": "DOE, RAY ALLEN JR",
    "DOB": "04/02/1990",
    "Sex": "M",
    "Address": "9 Oak St",
    "City": "Henrico",
    "Code Section": "18.2-357.1",
    "Charge": "Commercial sex trafficking",
    "Class": "F",
}
ORDER = {
    "Order Number": "JA2024-000001",
    "Court FIPS": "51087",
    "Order Type": "Protective Order",
    "Issued Date": "03/01/2024",
    "Expires Date": "03/01/2026",
    "Address Confidential": "Y",
    "Petitioner": "DOE, ANN",
    "Petitioner DOB": "1985",
    "Respondent": "ROE, LEE MARIE ANN",
    "Child": "DOE, KIM",
    "Child DOB": "05/20/2009",
}
VISIT = {
    "Visit ID": "EV-1",
    "Facility": "St. Anne's Hospital",
    "Facility FIPS": "51760",
    "MRN": "1234567",
    "Visit Date": "03/04/2024",
    "Patient Last Name": "Doe",
    "Patient First Name": "Kim",
    "DOB": "05/20/2009",
    "Sex": "F",
    "ZIP": "23220",
    "Complaint Class": "Assault",
    "Trafficking Screening": "Positive",
    "Discharge": "To Social Services",
    "Part 2 Program": "N",
}
SERVICES = [
    "Svc ID",
    "Svc Name",
    "Svc Type",
    "County FIPS",
    "Main Phone",
    "Street",
    "Town",
    "ZIP",
    "Location Confidential",
    "Listing",
]
REFERRALS = [
    "Referral No",
    "Date Referred",
    "Date Entered",
    "Svc ID",
    "Ref Party",
    "Release on File",
    "Client Last",
    "Client First",
    "Client DOB",
    "Client Age",
    "Client Sex",
    "Client Phone",
    "Client ZIP",
    "Outcome",
    "Outcome Date",
    "Entry Status",
]
SERVICE = {
    "Svc ID": "SV0001",
    "Svc Name": "Redbud Child Advocacy Center",
    "Svc Type": "CAC",
    "County FIPS": "51087",
    "Main Phone": "804-555-0177",
    "Street": "3 Elm St",
    "Town": "Henrico",
    "ZIP": "23220",
    "Location Confidential": "N",
}
REFERRAL = {
    "Referral No": "RF-1",
    "Date Referred": "03/05/2024",
    "Date Entered": "03/20/2024",
    "Svc ID": "SV0001",
    "Ref Party": "LE",
    "Release on File": "Agencies+Police",
    "Client Last": "Doe",
    "Client First": "Kim",
    "Client DOB": "05/20/2009",
    "Client Sex": "Female",
    "Client Phone": "(804) 555-0199",
    "Client ZIP": "23220",
    "Outcome": "ENR",
    "Outcome Date": "03/19/2024",
}

SIGNALS = (HOTLINE, SIGNAL)
ENTRIES = (CLEARINGHOUSE, ENTRY)


def write_csv(
    path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]], **options: Any
) -> Path:
    """Write rows as CSV; columns that a row lacks are blank."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n", **options)
        writer.writeheader()
        writer.writerows(rows)
    return path


def hotline(folder: Path, *changes: Mapping[str, str], name: str = "signals.csv") -> Path:
    """A hotline file with one row per change to SIGNAL; ids are made unique."""
    rows = [{**SIGNAL, "Signal ID": f"S-{n}", **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, HOTLINE, rows or [SIGNAL])


def clearinghouse(folder: Path, *changes: Mapping[str, str], name: str = "missing.csv") -> Path:
    rows = [{**ENTRY, "Case Number": f"MC-{n}", **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, CLEARINGHOUSE, rows or [ENTRY])


def social_services(
    path: Path,
    clients: Sequence[Mapping[str, Any]] = (CLIENT,),
    placements: Sequence[Mapping[str, Any]] = (PLACEMENT,),
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, columns, rows in (
        ("Clients", CLIENTS, clients),
        ("Placements", PLACEMENTS, placements),
    ):
        sheet = book.create_sheet(title)
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    book.save(path)
    return path


def school_attendance(
    folder: Path,
    students: Sequence[Mapping[str, str]] = (STUDENT,),
    spells: Sequence[Mapping[str, str]] = (SPELL,),
) -> Path:
    write_csv(folder / "students.csv", STUDENTS, students)
    write_csv(folder / "absences.csv", ABSENCES, spells)
    return folder


def juvenile_justice(path: Path, *changes: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**INTAKE, "intake_id": f"J-{n}", **change} for n, change in enumerate(changes, 1)]
    lines = (json.dumps(row) + "\n" for row in rows or [INTAKE])
    path.write_text("".join(lines), "utf-8")
    return path


def charges(folder: Path, *changes: Mapping[str, str], name: str = "charges.csv") -> Path:
    rows = [{**CHARGE, "Charge No": str(n), **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, CHARGES, rows or [CHARGE])


def orders(folder: Path, *changes: Mapping[str, str], name: str = "orders.csv") -> Path:
    rows = [{**ORDER, "Order Number": f"JA-{n}", **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, ORDERS, rows or [ORDER])


def hospital(folder: Path, *changes: Mapping[str, str], name: str = "visits.csv") -> Path:
    rows = [{**VISIT, "Visit ID": f"EV-{n}", **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, VISITS, rows or [VISIT])


def services(folder: Path, *changes: Mapping[str, str], name: str = "services.csv") -> Path:
    """A list of the directory with one service per change to SERVICE; ids are made unique."""
    rows = [{**SERVICE, "Svc ID": f"SV{n:04d}", **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, SERVICES, rows or [SERVICE])


def referrals(folder: Path, *changes: Mapping[str, str], name: str = "referrals.csv") -> Path:
    """A file with one referral per change to REFERRAL; numbers are made unique."""
    rows = [{**REFERRAL, "Referral No": f"RF-{n}", **change} for n, change in enumerate(changes, 1)]
    return write_csv(folder / name, REFERRALS, rows or [REFERRAL])


def every_feed(folder: Path) -> Path:
    """One small delivery of each feed, NIBRS included."""
    clearinghouse(folder / "clearinghouse")
    hotline(folder / "hotline")
    write_csv(folder / "forensic-lab" / "items.csv", LAB, [ITEM])
    write_csv(folder / "events" / "events.csv", EVENTS, [EVENT])
    social_services(folder / "social-services" / "clients.xlsx")
    juvenile_justice(folder / "juvenile-justice" / "intakes.jsonl")
    charges(folder / "courts")
    orders(folder / "courts")
    hospital(folder / "hospital")
    nibrs_2021(folder / "nibrs" / "VA-2024")
    local_police(folder / "local-police" / "VA0430100")
    school_attendance(folder / "school-attendance")
    services(folder / "service-directory")
    referrals(folder / "service-directory")
    return folder


def local_police(folder: Path, **changes: str) -> Path:
    """A department's copy of one incident with a victim, an offender and an arrestee."""
    ids = {"ori": "VA0430100", "incident_id": "70"}
    write_csv(
        folder / "LPD_INCIDENT.csv",
        ["data_year", "ori", "incident_id", "local_incident_number", "incident_date", "entry_date",
         "report_date_flag", "incident_hour", "place_name", "address", "city", "zip", "fips"],
        [{**ids, "data_year": "2024", "local_incident_number": "24010007",
          "incident_date": "2024-01-05", "entry_date": "2024-01-06", "report_date_flag": "f",
          "place_name": "Cardinal Inn", "fips": "51087", **changes}],
    )  # fmt: skip
    write_csv(
        folder / "LPD_OFFENSE.csv",
        ["ori", "incident_id", "offense_seq", "offense_code", "attempt_complete_flag",
         "location_code"],
        [{**ids, "offense_seq": "1", "offense_code": "64A", "attempt_complete_flag": "C",
          "location_code": "14"}],
    )  # fmt: skip
    people = ["last_name", "first_name", "middle_name", "suffix", "aliases", "date_of_birth",
              "sex_code", "race_code", "address", "city", "zip", "phone", "arrest_date",
              "arrest_offense_code"]  # fmt: skip
    write_csv(
        folder / "LPD_PERSON.csv",
        ["ori", "incident_id", "person_type", "seq_num", *people],
        [{**ids, "person_type": role, "seq_num": "1", "last_name": name, "first_name": "ALEX"}
         for role, name in (("V", "LARK"), ("O", "WREN"))]
        + [{**ids, "person_type": "A", "seq_num": "1", "last_name": "WREN", "first_name": "ALEX",
            "arrest_date": "2024-01-05", "arrest_offense_code": "64A"}],
    )  # fmt: skip
    return folder


IDS = (
    *("incident_id", "offense_id", "victim_id", "offender_id", "arrestee_id", "property_id"),
    "nibrs_suspected_drug_id",
)


def nibrs_2021(folder: Path, *, year: int = 2024, first_id: int = 0) -> Path:
    """One incident in the layout of 2021 on, with the release's own lookups and both supplements.

    Incident 1: a 64A in a hotel; a named victim (1) and an unnamed one (2); the unknown offender
    (0) and another (1); one arrestee. Incident 2: society, heroin, no number of the agency's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reference = files("ingest") / "reference" / "codes"
    contract = load_contracts()["nibrs"]
    rows: dict[str, list[dict[str, Any]]] = {
        "agencies": [
            {
                "agency_id": 7,
                "ori": "VA0430000",
                "pub_agency_name": "Henrico County Police Department",
                "agency_type_name": "County",
                "state_postal_abbr": "VA",
                "county_name": "HENRICO",
            }
        ],
        "nibrs_month": [{"data_year": year, "inc_data_year": year, "agency_id": 7, "month_num": 1}],
        "nibrs_incident": [
            {
                "data_year": year,
                "agency_id": 7,
                "incident_id": 1,
                "incident_date": f"{year}-01-05",
                "submission_date": f"{year}-02-01",
                "report_date_flag": "f",
                "incident_hour": 23,
                "cleared_except_id": 6,
            },
            {
                "data_year": year,
                "agency_id": 7,
                "incident_id": 2,
                "incident_date": f"{year}-01-09",
                "report_date_flag": "t",
                "cleared_except_id": 6,
            },
        ],
        "nibrs_offense": [
            {
                "offense_id": 11,
                "incident_id": 1,
                "offense_code": "64A",
                "attempt_complete_flag": "C",
                "location_id": _id("nibrs_location_type", "14"),
            },
            {
                "offense_id": 12,
                "incident_id": 2,
                "offense_code": "35A",
                "attempt_complete_flag": "A",
                "location_id": _id("nibrs_location_type", "13"),
            },
        ],
        "nibrs_victim": [
            _party("victim", 101, 1, 1, age=16, sex="F", victim_type_id=4),
            _party("victim", 102, 1, 2, age=None, sex="F", victim_type_id=4, low=14, high=17),
            {"victim_id": 103, "incident_id": 2, "victim_seq_num": 1, "victim_type_id": 8},
        ],
        "nibrs_offender": [
            {"offender_id": 201, "incident_id": 1, "offender_seq_num": 0},
            _party("offender", 202, 1, 1, age=34, sex="M"),
        ],
        "nibrs_arrestee": [
            {
                **_party("arrestee", 301, 1, 1, age=34, sex="M"),
                "arrest_date": f"{year}-01-06",
                "arrest_type_id": 1,
                "multiple_indicator": "N",
                "offense_code": "64A",
            }
        ],
        "nibrs_bias_motivation": [],
        "nibrs_criminal_act": [{"offense_id": 11, "criminal_act_id": 4}],
        "nibrs_suspect_using": [{"offense_id": 11, "suspect_using_id": 2}],
        "nibrs_weapon": [],
        "nibrs_victim_offense": [
            {"victim_id": 101, "offense_id": 11},
            {"victim_id": 102, "offense_id": 11},
            {"victim_id": 103, "offense_id": 12},
        ],
        "nibrs_victim_offender_rel": [
            {
                "victim_id": 101,
                "offender_id": 202,
                "relationship_id": _id("nibrs_relationship", "AQ"),
            }
        ],
        "nibrs_property": [{"property_id": 401, "incident_id": 2}],
        "nibrs_suspected_drug": [
            {
                "nibrs_suspected_drug_id": 501,
                "property_id": 401,
                "suspected_drug_type_id": _id("nibrs_suspected_drug_type", "D"),
                "est_drug_qty": "2.5",
                "drug_measure_type_id": 1,
            }
        ],
        "incident_supplement": [
            {
                "incident_id": 1,
                "ori": "VA0430000",
                "incident_number": f"{year % 100}-000001",
                "place_name": "Sunset Motel",
                "address": "1 Broad St",
                "city": "Henrico",
                "zip": "23220",
                "fips": "51087",
                "latitude": "37.5",
                "longitude": "-77.4",
            }
        ],
        "name_supplement": [
            {
                "incident_id": 1,
                "person_type": "V",
                "seq_num": 1,
                "last_name": "Doe",
                "first_name": "Kim",
                "aliases": "Kimmy; Star",
                "date_of_birth": "2007",
                "phone": "(804) 555-0123",
                "plate": "VA:ABC-123",
                "handle": "@Pikgram:Kim",
                "address": "12 Main St",
                "city": "Henrico",
                "zip": "23220",
            }
        ],
    }
    for row in (row for of_kind in rows.values() for row in of_kind):
        row.update({name: row[name] + first_id for name in IDS if name in row})
    for file in contract.files:
        name = file.name or file.kind
        if file.kind in rows:
            columns = [*file.columns, *(u for u in file.unused if u not in file.columns)]
            columns = [_header_2021(file.kind, column) for column in columns]
            columns = [c for c in dict.fromkeys(columns) if c not in ("offense_type_id", "0")]
            given = [
                {_header_2021(file.kind, key): _text(value) for key, value in row.items()}
                for row in rows[file.kind]
            ]
            write_csv(folder / name, columns, given)
        elif (reference / f"{file.kind}.csv").is_file():
            (folder / name).write_bytes((reference / f"{file.kind}.csv").read_bytes())
    return folder


def _header_2021(kind: str, column: str) -> str:
    renamed = kind == "nibrs_victim" and column == "age_range_high_num"
    return "age_code_range_high" if renamed else column


def _id(lookup: str, code: str) -> int:
    text = (files("ingest") / "reference" / "codes" / f"{lookup}.csv").read_bytes()
    for row in csv.reader(text.decode("utf-8-sig").splitlines()):
        if row[1] == code:
            return int(row[0])
    raise KeyError(code)


def _party(
    kind: str, number: int, incident: int, sequence: int, *, age: int | None, sex: str, **more: Any
) -> dict[str, Any]:
    low, high = more.pop("low", age), more.pop("high", None)
    return {
        f"{kind}_id": number,
        "incident_id": incident,
        f"{kind}_seq_num": sequence,
        "age_id": age + 3 if age is not None else None,
        "age_num": age,
        "sex_code": sex,
        "race_id": 20,
        "ethnicity_id": 20,
        "age_range_low_num": low,
        "age_range_high_num": high,
        **more,
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
