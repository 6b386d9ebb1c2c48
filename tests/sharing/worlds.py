"""A small world for sharing's tests: one case seen by police, clearinghouse, services, hotline."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import agreements
from sharing.policy import load_policy
from sharing.project import project_view
from tests.factories import key, write_rows

if TYPE_CHECKING:
    from sharing.policy import Policy

ON = date(2026, 11, 23)
SHIPPED = Path(next(iter(agreements.__path__)))
VIEW_KEY = bytes(range(32))
Rows = dict[str, list[dict[str, Any]]]


def shipped() -> Policy:
    return load_policy(SHIPPED, ON)


def case() -> Rows:
    """A 15-year-old victim and an adult suspect in one incident; the child is in care, and missing;
    a hotline tip names the suspect; another incident has adults only. A court gave custody of the
    child to its mother, protected one adult from another, and holds a charge of the suspect."""
    incident, adults_only = key("incident", "VA001", "1"), key("incident", "VA001", "2")
    tip = key("incident", "hotline", "T1")
    child, suspect = key("person", "nibrs", "V", "1"), key("person", "nibrs", "O", "1")
    adult = key("person", "nibrs", "V", "2")
    client, missing = key("person", "social-services", "C1"), key("person", "clearinghouse", "M1")
    offense, other_offense = key("offense", "nibrs", "1"), key("offense", "nibrs", "2")
    hotel = key("location", "BUDGET INN")
    student, ill = (key("person", "school-attendance", "51760", n) for n in ("1", "2"))
    schools = {"feed": "school-attendance", "agency_id": "VA-SCHOOLS"}
    mother, father, ward, wife, husband, defendant = (
        key("person", "courts", part)
        for part in ("mother", "father", "ward", "wife", "husband", "defendant")
    )
    courts = {"feed": "courts", "agency_id": "OES"}
    hospital = {"feed": "hospital", "agency_id": "HIE"}
    screened, unscreened, grown = (
        key("person", "hospital", part) for part in ("screened", "unscreened", "grown")
    )
    directory = {"feed": "service-directory", "agency_id": "VA-SERVICES"}
    told_all, told_agencies = (key("person", "service-directory", n) for n in ("1", "2"))
    centre, refuge = (key("service", n) for n in ("1", "2"))
    named = {
        "given_name": "Ana",
        "surname": "Reyes",
        "birth_date": date(2010, 6, 15),
        "birth_year": 2010,
        "sex": "F",
        "race": "W",
        "phones": ["+18045550100"],
        "address_line": "12 OAK ST",
        "city": "RICHMOND",
        "zip": "23220",
        "locality_id": "51760",
        "household_protected": False,
    }
    nibrs = {"feed": "nibrs", "agency_id": "VA001", "delivery": "f" * 64, "source_line": 7}
    day = date(2025, 3, 4)
    return {
        "person_record": [
            {"record_key": child, "role": "victim", "incident_key": incident, "observed_on": day,
             "age_low_years": 14, "age_high_years": 14, "source_id": "2025-1", **named, **nibrs},
            {"record_key": suspect, "role": "offender", "incident_key": incident,
             "observed_on": day, "surname": "Doe", "age_low_years": 30, "age_high_years": 40,
             **nibrs},
            {"record_key": adult, "role": "victim", "incident_key": adults_only,
             "observed_on": day, "surname": "Roe", "age_low_years": 33, "age_high_years": 33,
             **nibrs},
            {"record_key": client, "role": "client", "observed_on": day, **named,
             "household_protected": True, "feed": "social-services", "agency_id": "VDSS"},
            {"record_key": missing, "role": "missing_child", "observed_on": day,
             "source_id": "M1", **named, "feed": "clearinghouse", "agency_id": "MCIC"},
            {"record_key": student, "role": "student", "observed_on": day, "source_id": "1",
             "given_name": "Ana", "surname": "Reyes", "birth_date": date(2010, 6, 15), **schools},
            {"record_key": ill, "role": "student", "observed_on": day, "source_id": "2",
             "given_name": "Bo", "surname": "Ill", "household_protected": True, **schools},
            {"record_key": key("person", "hotline", "T1", "suspect"), "role": "subject",
             "incident_key": tip, "surname": "Doe", "observed_on": day,
             "phones": ["+18045550199"], "feed": "hotline", "agency_id": "HOT"},
            {"record_key": mother, "role": "petitioner", "surname": "Reyes", "observed_on": day,
             "household_protected": True, "locality_id": "51760", **courts},
            {"record_key": father, "role": "respondent", "surname": "Poe", "observed_on": day,
             "address_line": "77 ELM ST", "locality_id": "51087", **courts},
            {"record_key": ward, "role": "child", "given_name": "Ana", "surname": "Reyes",
             "birth_year": 2010, "observed_on": day, "household_protected": True, **courts},
            {"record_key": wife, "role": "petitioner", "surname": "Foe", "observed_on": day,
             **courts},
            {"record_key": husband, "role": "respondent", "surname": "Foe", "observed_on": day,
             **courts},
            {"record_key": screened, "role": "patient", "surname": "Reyes", "zip": "23220",
             "age_low_years": 14, "age_high_years": 14, "strong_id": "MRN-A:1",
             "observed_on": day, **hospital},
            {"record_key": unscreened, "role": "patient", "surname": "Moe",
             "age_low_years": 9, "age_high_years": 9, "observed_on": day, **hospital},
            {"record_key": grown, "role": "patient", "surname": "Woe",
             "age_low_years": 33, "age_high_years": 33, "observed_on": day, **hospital},
            {"record_key": told_all, "role": "client", "source_id": "RF-1", "zip": "23220",
             "observed_on": day, "surname": "Reyes", "household_protected": False, **directory},
            {"record_key": told_agencies, "role": "client", "source_id": "RF-2",
             "observed_on": day, "surname": "Loe", "household_protected": True, **directory},
            {"record_key": defendant, "role": "defendant", "surname": "Doe", "observed_on": day,
             **courts},
        ],
        "incident": [
            {"incident_key": incident, "kind": "incident", "incident_number": "2025-1",
             "occurred_on": day, "locality_id": "51760", "location_key": hotel, **nibrs},
            {"incident_key": adults_only, "kind": "incident", "occurred_on": day, **nibrs},
            {"incident_key": tip, "kind": "tip", "occurred_on": day, "summary": "seen at a motel",
             "feed": "hotline", "agency_id": "HOT"},
        ],
        "involvement": [
            {"involvement_key": child, "incident_key": incident, "record_key": child,
             "role": "victim", "party_type": "I", **nibrs},
            {"involvement_key": suspect, "incident_key": incident, "record_key": suspect,
             "role": "offender", "party_type": "I", **nibrs},
            {"involvement_key": adult, "incident_key": adults_only, "record_key": adult,
             "role": "victim", "party_type": "I", **nibrs},
        ],
        "offense": [
            {"offense_key": offense, "incident_key": incident, "offense_code": "64A", **nibrs},
            {"offense_key": other_offense, "incident_key": adults_only, "offense_code": "13A",
             **nibrs},
        ],
        "victim_offense": [
            {"victim_offense_key": key("victim_offense", "1"), "involvement_key": child,
             "offense_key": offense, "incident_key": incident, **nibrs},
        ],
        "relationship": [
            {"relationship_key": key("relationship", "1"), "victim_involvement_key": child,
             "offender_involvement_key": suspect, "incident_key": incident,
             "relationship_code": "ST", **nibrs},
        ],
        "location": [
            {"location_key": hotel, "name": "Budget Inn", "location_code": "14",
             "address_line": "1 MAIN ST", "locality_id": "51760", "latitude": 37.5, **nibrs},
        ],
        "arrest": [
            {"arrest_key": key("arrest", "1"), "incident_key": incident, "record_key": suspect,
             "arrested_on": day, **nibrs},
        ],
        "drug_seizure": [
            {"drug_seizure_key": key("seizure", "1"), "incident_key": tip, "drug_code": "H",
             "feed": "forensic-lab", "agency_id": "DFS"},
        ],
        "event": [
            {"event_key": key("event", "1"), "kind": "sport", "starts_on": day, "feed": "events"},
            {"event_key": key("event", "2"), "kind": "operation", "starts_on": day,
             "feed": "events"},
        ],
        "missing_episode": [
            {"episode_key": key("episode", "clearinghouse", "M1"), "record_key": missing,
             "case_number": "M1", "ncic_category": "EME", "missing_from_on": day,
             "age_at_entry_years": 14, "notes": "red coat", "residence_locality_id": "51760",
             "reporting_agency_id": "VA001", "feed": "clearinghouse", "agency_id": "MCIC"},
        ],
        "placement": [
            {"placement_key": key("placement", "1"), "record_key": client, "kind": "foster",
             "facility": "Hillside", "locality_id": "51087", "started_on": day,
             "feed": "social-services", "agency_id": "VDSS"},
        ],
        "enrolment": [
            {"enrolment_key": key("enrolment", "1"), "record_key": student, "school": "Oak High",
             "locality_id": "51760", "enrolled_on": date(2015, 8, 20), **schools},
            {"enrolment_key": key("enrolment", "2"), "record_key": ill, "school": "Elm High",
             "locality_id": "51087", "enrolled_on": date(2015, 8, 20), **schools},
        ],
        "absence": [
            {"absence_key": key("absence", "1"), "record_key": student, "kind": "unexcused",
             "enrolment_key": key("enrolment", "1"), "began_on": day, "school_days": 4, **schools},
            {"absence_key": key("absence", "2"), "record_key": student, "kind": "excused",
             "enrolment_key": key("enrolment", "1"), "began_on": day, "school_days": 3, **schools},
            {"absence_key": key("absence", "3"), "record_key": ill, "kind": "excused",
             "enrolment_key": key("enrolment", "2"), "began_on": day, "school_days": 5, **schools},
        ],
        "court_charge": [
            {"court_charge_key": key("charge", "1"), "record_key": defendant,
             "incident_key": incident, "case_number": "GC-1", "statute": "18.2-357.1",
             "filed_on": day, **courts},
        ],
        "court_order": [
            {"court_order_key": key("order", "1"), "petitioner_key": mother,
             "respondent_key": father, "child_key": ward, "kind": "custody", "issued_on": day,
             "about_child": True, "custody_to": "petitioner", **courts},
            {"court_order_key": key("order", "2"), "petitioner_key": wife,
             "respondent_key": husband, "kind": "protective", "issued_on": day,
             "about_child": False, **courts},
        ],
        "medical_visit": [
            {"medical_visit_key": key("visit", part), "record_key": person, "visited_on": day,
             "facility": "St. Anne's", "locality_id": "51760", "complaint": "assault",
             "screening_result": result, **hospital}
            for part, person, result in (
                ("1", screened, "likely"), ("2", unscreened, "none"), ("3", grown, "likely"),
            )
        ],
        "service": [
            {"service_key": centre, "name": "Redbud Center", "kind": "child_advocacy",
             "phone": "+18045550177", "address_line": "3 ELM ST", "city": "RICHMOND",
             "zip": "23220", "locality_id": "51760", "confidential": False, **directory},
            {"service_key": refuge, "name": "Hidden House", "kind": "shelter",
             "phone": "+18045550188", "address_line": "9 ASH LN", "city": "ROANOKE",
             "zip": "24011", "locality_id": "51770", "confidential": True, **directory},
        ],
        "referral": [
            {"referral_key": key("referral", n), "record_key": person, "service_key": service,
             "referred_on": day, "referred_by": "police", "release": release,
             "outcome": "engaged", "outcome_on": day, **directory}
            for n, person, service, release in (
                ("1", told_all, centre, "police"), ("2", told_agencies, refuge, "agencies"),
                ("3", None, centre, "none"),
            )
        ],
        "contact_point": [
            {"contact_mention_key": key("mention", "1"), "kind": "phone",
             "contact_point_key": key("contact_point", "phone", "+18045550100"),
             "value": "+18045550100", "record_key": child, "incident_key": incident, **nibrs},
            {"contact_mention_key": key("mention", "2"), "kind": "phone",
             "contact_point_key": key("contact_point", "phone", "+18045550199"),
             "value": "+18045550199", "record_key": suspect, "incident_key": incident, **nibrs},
            {"contact_mention_key": key("mention", "3"), "kind": "address",
             "contact_point_key": key("contact_point", "address", "12 OAK ST"),
             "value": "12 OAK ST", "record_key": client, "feed": "social-services"},
        ],
        "agency": [{"agency_id_of": "VA001", "name": "Police", "kind": "police", **nibrs}],
        "reporting_month": [
            {"reporting_month_key": key("reporting_month", "VA001", "2025", "3"),
             "agency": "VA001", "month": date(2025, 3, 1), "reported": True, **nibrs},
        ],
    }  # fmt: skip


class Projection:
    """One view's folders, projected from rows."""

    def __init__(self, folder: Path, rows: Rows, view: str, policy: Policy | None = None) -> None:
        self.records = folder / "records"
        for table, of_table in rows.items():
            if of_table:
                write_rows(self.records, table, of_table)
        self.match, self.shown = folder / "match", folder / "shown"
        projected = project_view(
            self.records,
            policy or shipped(),
            view,
            VIEW_KEY,
            self.match,
            self.shown,
            folder / "scratch",
            lambda line: None,
        )
        self.counts, self.kept_until = projected.rows, projected.kept_until

    def bytes_of(self) -> dict[str, bytes]:
        """Every file of both halves, by its name."""
        return {
            f"{half.name}/{path.name}": path.read_bytes()
            for half in (self.match, self.shown)
            for path in sorted(half.iterdir())
        }
