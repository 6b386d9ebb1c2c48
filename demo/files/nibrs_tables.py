"""The main tables of a NIBRS year: incidents, offenses, victims, offenders, arrestees.

Each function returns the incident row that each line belongs to, and the columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from demo.chance import Ints, choose, texts
from demo.files.nibrs_lookups import codes as lookup
from demo.files.nibrs_lookups import ids, nothing
from demo.files.nibrs_people import DEMOGRAPHICS, Mentions
from demo.files.numbering import by_incident
from demo.files.writing import iso

if TYPE_CHECKING:
    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting

Table = tuple[Ints, dict[str, Any]]


def incidents(
    setting: Setting, numbers: Numbers, month_ids: Any, rng: np.random.Generator
) -> Table:
    incidents = setting.history.incidents
    n = len(incidents)
    day, agency = incidents.ints("day"), incidents.ints("agency")
    cleared = incidents.values("cleared")
    submitted = np.minimum(
        incidents.ints("reported") + rng.integers(12, 60, n), setting.settings.last_day + 45
    )
    hour = incidents.ints("hour")
    closed = np.minimum(day + rng.integers(3, 60, n), setting.settings.last_day)
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    dated = recorded_day(setting)
    return np.arange(n), {
        "agency_id": agency + 20000,
        "incident_id": numbers.incident_id,
        "nibrs_month_id": texts(
            [month_ids[key] for key in zip(agency.tolist(), month.tolist(), strict=True)]
        ),
        "cargo_theft_flag": np.full(n, "f", dtype=object),
        "submission_date": iso(submitted),
        "incident_date": iso(dated),
        "report_date_flag": choose(incidents.values("report_date").astype(bool), "t", "f"),
        "incident_hour": choose(hour < 0, None, hour),
        "cleared_except_id": ids(
            "nibrs_cleared_except", "cleared_except_code", "cleared_except_id", cleared
        ),
        "cleared_except_date": choose(cleared == "N", None, iso(closed)),
        "incident_status": np.full(n, "ACCEPTED", dtype=object),
        "data_home": np.full(n, "C", dtype=object),
        "orig_format": np.full(n, "F", dtype=object),
        "did": 90_000_000 + numbers.incident_id % 10_000_000,
    }


def recorded_day(setting: Setting) -> Ints:
    """The day that the agency writes as the incident's: of some, the day of the report.

    Never later than an arrest, and in the month that the incident is counted in.
    """
    incidents, arrestees = setting.history.incidents, setting.history.arrestees
    day = incidents.ints("day")
    latest = (
        ((day.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]"))
        .astype(np.int64) - 1
    )  # fmt: skip
    np.minimum.at(latest, arrestees.ints("incident"), arrestees.ints("day"))
    by_report = incidents.values("report_date").astype(bool)
    return np.where(by_report, np.minimum(incidents.ints("reported"), latest), day)


def offenses(setting: Setting, numbers: Numbers) -> Table:
    offenses = setting.history.offenses
    incident = offenses.ints("incident")
    code = offenses.values("code")
    burglary = code == "220"
    forced = numbers.offense_id % 5 < 3
    return incident, {
        "offense_id": numbers.offense_id,
        "incident_id": numbers.incident_id[incident],
        "offense_code": code,
        "attempt_complete_flag": choose(offenses.values("attempted").astype(bool), "A", "C"),
        "location_id": ids(
            "nibrs_location_type", "location_code", "location_id", offenses.values("location")
        ),
        "num_premises_entered": choose(burglary & (numbers.offense_id % 9 == 0), 1, None),
        "method_entry_code": choose(burglary, choose(forced, "F", "N"), None),
    }


def victims(setting: Setting, numbers: Numbers, mentions: Mentions) -> Table:
    victims = setting.history.victims
    kind = victims.values("type")
    officer = kind == "L"
    seen = mentions.demographics("resident_status_code")
    return mentions.incident, {
        "victim_id": numbers.victim_id,
        "incident_id": numbers.incident_id[mentions.incident],
        "victim_seq_num": numbers.victim_seq,
        "victim_type_id": ids("nibrs_victim_type", "victim_type_code", "victim_type_id", kind),
        "assignment_type_id": choose(officer, 2, None),
        "activity_type_id": choose(officer, 11, None),
        "outside_agency_id": nothing(len(victims)),
        **{name: seen[name] for name in DEMOGRAPHICS[:5]},
        "resident_status_code": seen["resident_status_code"],
        "age_range_low_num": seen["low"],
        "age_code_range_high": seen["high"],
    }


def offenders(setting: Setting, numbers: Numbers, mentions: Mentions) -> Table:
    seen = mentions.demographics(None)
    return mentions.incident, {
        "offender_id": numbers.offender_id,
        "incident_id": numbers.incident_id[mentions.incident],
        "offender_seq_num": numbers.offender_seq,
        **{name: seen[name] for name in DEMOGRAPHICS[:5]},
        "age_range_low_num": seen["low"],
        "age_range_high_num": seen["high"],
    }


def arrestees(
    setting: Setting, numbers: Numbers, mentions: Mentions, rng: np.random.Generator
) -> Table:
    arrestees = setting.history.arrestees
    n = len(arrestees)
    seen = mentions.demographics("resident_code")
    age = np.array([value if value is not None else 99 for value in seen["age_num"]])
    disposition = choose(age < 18, choose(rng.random(n) < 0.3, "H", "R"), None)
    return mentions.incident, {
        "arrestee_id": numbers.arrestee_id,
        "incident_id": numbers.incident_id[mentions.incident],
        "arrestee_seq_num": numbers.arrestee_seq,
        "arrest_date": iso(arrestees.ints("day")),
        "arrest_type_id": ids(
            "nibrs_arrest_type", "arrest_type_code", "arrest_type_id", arrestees.values("type")
        ),
        "multiple_indicator": arrestees.values("multiple"),
        "offense_code": arrestees.values("code"),
        **{name: seen[name] for name in DEMOGRAPHICS[:5]},
        "resident_code": seen["resident_code"],
        "under_18_disposition_code": disposition,
        "clearance_ind": nothing(n),
        "age_range_low_num": seen["low"],
        "age_range_high_num": seen["high"],
    }


def victim_offenses(setting: Setting, numbers: Numbers) -> Table:
    """Each victim with the offenses that it suffered."""
    against = lookup("nibrs_offense_type", "offense_code", "crime_against")
    victims, offenses = setting.history.victims, setting.history.offenses
    code = offenses.values("code")
    society = [against[str(c)] == "Society" for c in code]
    of: dict[int, list[int]] = {}
    for row, incident in enumerate(offenses.values("incident").tolist()):
        of.setdefault(incident, []).append(row)
    pairs: list[tuple[int, int]] = []
    columns = zip(
        victims.values("incident"), victims.values("type"), victims.values("codes"), strict=True
    )
    for row, (incident, kind, codes) in enumerate(columns):
        mine = [
            o for o in of[incident] if (code[o] == codes if codes else society[o] == (kind == "S"))
        ]
        pairs.extend((row, offense) for offense in mine or of[incident][:1])
    victim = np.array([pair[0] for pair in pairs], dtype=np.int64)
    offense = np.array([pair[1] for pair in pairs], dtype=np.int64)
    return victims.ints("incident")[victim], {
        "victim_id": numbers.victim_id[victim],
        "offense_id": numbers.offense_id[offense],
    }


def relations(setting: Setting, numbers: Numbers) -> Table:
    history = setting.history
    victim, offender = history.relations.ints("victim"), history.relations.ints("offender")
    return history.victims.ints("incident")[victim], {
        "victim_id": numbers.victim_id[victim],
        "offender_id": numbers.offender_id[offender],
        "relationship_id": ids(
            "nibrs_relationship", "relationship_code", "relationship_id",
            history.relations.values("code"),
        ),
        "nibrs_victim_offender_id": by_incident(
            history.victims.ints("incident")[victim], numbers.incident_id, 44_000_000
        ),
    }  # fmt: skip
