"""One statement a relationship file; they read the tables of graph.projection.preparation."""

from __future__ import annotations

from typing import Final

_REFERS_TO: Final = """
    SELECT record_key AS ":START_ID(Record)", person_id AS ":END_ID(Person)",
        match_probability AS "probability:double", match_weight AS "weight:double"
    FROM mention
"""

_RECORD_REPORTED_BY: Final = """
    SELECT record_key AS ":START_ID(Record)", agency_id AS ":END_ID(Agency)"
    FROM mention WHERE agency_id IS NOT NULL
"""

_REPORTS: Final = """
    SELECT report_key AS ":START_ID(Report)", incident_key AS ":END_ID(Incident)",
        match_probability AS "probability:double", match_weight AS "weight:double"
    FROM report
"""

_REPORT_REPORTED_BY: Final = """
    SELECT report_key AS ":START_ID(Report)", agency_id AS ":END_ID(Agency)"
    FROM report WHERE agency_id IS NOT NULL
"""

_INCIDENT_REPORTED_BY: Final = """
    SELECT DISTINCT incident_key AS ":START_ID(Incident)", agency_id AS ":END_ID(Agency)"
    FROM report WHERE agency_id IS NOT NULL
"""

_VICTIM_IN: Final = """
    SELECT person_id AS ":START_ID(Person)", incident_key AS ":END_ID(Incident)",
        list_sort(list(record_key)) AS "record_keys:string[]"
    FROM party WHERE role = 'victim' GROUP BY person_id, incident_key
"""

_OFFENDER_IN: Final = """
    SELECT person_id AS ":START_ID(Person)", incident_key AS ":END_ID(Incident)",
        list_sort(list(record_key)) AS "record_keys:string[]"
    FROM party WHERE role = 'offender' GROUP BY person_id, incident_key
"""

_ARRESTED_IN: Final = """
    SELECT person_id AS ":START_ID(Person)", incident_key AS ":END_ID(Incident)",
        list_sort(list(record_key)) AS "record_keys:string[]"
    FROM party WHERE role = 'arrestee' GROUP BY person_id, incident_key
"""

_SUBJECT_OF: Final = """
    SELECT person_id AS ":START_ID(Person)", incident_key AS ":END_ID(Incident)",
        list_sort(list(record_key)) AS "record_keys:string[]"
    FROM party WHERE role NOT IN ('victim', 'offender', 'arrestee')
    GROUP BY person_id, incident_key
"""

_HAS_OFFENSE: Final = """
    SELECT incident_key AS ":START_ID(Incident)", offense_key AS ":END_ID(Offense)"
    FROM one_offense
"""

_AT: Final = """
    SELECT i.incident_key AS ":START_ID(Incident)", i.location_key AS ":END_ID(Location)"
    FROM one_incident AS i JOIN location USING (location_key)
"""

_INCIDENT_IN: Final = """
    SELECT incident_key AS ":START_ID(Incident)", locality_id AS ":END_ID(Locality)"
    FROM one_incident WHERE locality_id IS NOT NULL
"""

_LOCATION_IN: Final = """
    SELECT location_key AS ":START_ID(Location)", locality_id AS ":END_ID(Locality)"
    FROM location WHERE locality_id IS NOT NULL
"""

_SEIZED: Final = """
    SELECT r.incident_key AS ":START_ID(Incident)", s.drug_seizure_key AS ":END_ID(DrugSeizure)"
    FROM drug_seizure AS s JOIN report AS r ON r.report_key = s.incident_key
"""

_ARRESTED: Final = """
    SELECT person_id AS ":START_ID(Person)", one_key AS ":END_ID(Arrest)",
        list_sort(list(record_key)) AS "record_keys:string[]"
    FROM arrest_of WHERE person_id IS NOT NULL GROUP BY person_id, one_key
"""

_FOR: Final = """
    SELECT DISTINCT one_key AS ":START_ID(Arrest)", resolved_key AS ":END_ID(Incident)"
    FROM arrest_of WHERE resolved_key IS NOT NULL
"""

_HAD: Final = """
    SELECT mention.person_id AS ":START_ID(Person)", e.episode_key AS ":END_ID(MissingEpisode)",
        [e.record_key] AS "record_keys:string[]"
    FROM missing_episode AS e JOIN mention USING (record_key)
"""

_LAST_SEEN_IN: Final = """
    SELECT episode_key AS ":START_ID(MissingEpisode)",
        last_seen_locality_id AS ":END_ID(Locality)"
    FROM missing_episode WHERE last_seen_locality_id IS NOT NULL
"""

_FOUND_IN: Final = """
    SELECT episode_key AS ":START_ID(MissingEpisode)", found_locality_id AS ":END_ID(Locality)"
    FROM missing_episode WHERE found_locality_id IS NOT NULL
"""

_PLACED_IN: Final = """
    SELECT mention.person_id AS ":START_ID(Person)", p.locality_id AS ":END_ID(Locality)",
        p.kind, p.facility, p.started_on AS "started_on:date", p.ended_on AS "ended_on:date",
        p.end_reason
    FROM placement AS p JOIN mention USING (record_key)
    WHERE p.locality_id IS NOT NULL
"""

_HELD_IN: Final = """
    SELECT event_key AS ":START_ID(Event)", locality_id AS ":END_ID(Locality)"
    FROM event WHERE locality_id IS NOT NULL
"""

_USED: Final = """
    SELECT person_id AS ":START_ID(Person)", contact_point_key AS ":END_ID(ContactPoint)",
        list_sort(list(DISTINCT record_key)) AS "record_keys:string[]",
        min(used_on) AS "first_on:date", max(used_on) AS "last_on:date",
        CAST(count(*) AS INTEGER) AS "mentions:int"
    FROM contact_use WHERE person_id IS NOT NULL
    GROUP BY person_id, contact_point_key
"""

_MENTIONS: Final = """
    SELECT c.incident_key AS ":START_ID(Incident)", c.contact_point_key AS ":END_ID(ContactPoint)",
        max(c.used_on) AS "used_on:date"
    FROM contact_use AS c WHERE c.incident_key IS NOT NULL
    GROUP BY c.incident_key, c.contact_point_key
"""

_VICTIM_WAS: Final = """
    SELECT victim.person_id AS ":START_ID(Person)", offender.person_id AS ":END_ID(Person)",
        r.relationship_code, report.incident_key,
        list_sort(list(DISTINCT victim.record_key) || list(DISTINCT offender.record_key))
            AS "record_keys:string[]"
    FROM relationship AS r
    JOIN report ON report.report_key = r.incident_key
    JOIN involvement AS v ON v.involvement_key = r.victim_involvement_key
    JOIN involvement AS o ON o.involvement_key = r.offender_involvement_key
    JOIN mention AS victim ON victim.record_key = v.record_key
    JOIN mention AS offender ON offender.record_key = o.record_key
    GROUP BY victim.person_id, offender.person_id, r.relationship_code, report.incident_key
"""

# Only within one role: without a name, an incident's arrestee and its offender are often one
# human being in two records, and would otherwise become each other's accomplice.
_CO_OFFENDED: Final = """
    WITH together AS (
        SELECT DISTINCT incident_key, role, person_id
        FROM party WHERE role IN ('offender', 'arrestee')
    ),
    bounded AS (
        SELECT *, count(*) OVER (PARTITION BY incident_key, role) AS persons FROM together
    )
    SELECT a.person_id AS ":START_ID(Person)", b.person_id AS ":END_ID(Person)",
        true AS "derived:boolean",
        list_sort(list(DISTINCT a.incident_key)) AS "incident_keys:string[]"
    FROM bounded AS a
    JOIN bounded AS b USING (incident_key, role)
    WHERE a.person_id < b.person_id AND a.persons <= $most_persons
    GROUP BY a.person_id, b.person_id
"""

_SHARES_CONTACT: Final = """
    WITH used AS (
        SELECT DISTINCT contact_point_key, person_id
        FROM contact_use WHERE person_id IS NOT NULL AND partial IS DISTINCT FROM true
    ),
    bounded AS (
        SELECT *, count(*) OVER (PARTITION BY contact_point_key) AS persons FROM used
    )
    SELECT a.person_id AS ":START_ID(Person)", b.person_id AS ":END_ID(Person)",
        true AS "derived:boolean",
        list_sort(list(a.contact_point_key)) AS "contact_point_keys:string[]"
    FROM bounded AS a
    JOIN bounded AS b USING (contact_point_key)
    WHERE a.person_id < b.person_id AND a.persons <= $most_persons
    GROUP BY a.person_id, b.person_id
"""

RELATIONSHIPS: Final = {
    "Record-REFERS_TO-Person": _REFERS_TO,
    "Record-REPORTED_BY-Agency": _RECORD_REPORTED_BY,
    "Report-REPORTS-Incident": _REPORTS,
    "Report-REPORTED_BY-Agency": _REPORT_REPORTED_BY,
    "Incident-REPORTED_BY-Agency": _INCIDENT_REPORTED_BY,
    "Person-VICTIM_IN-Incident": _VICTIM_IN,
    "Person-OFFENDER_IN-Incident": _OFFENDER_IN,
    "Person-ARRESTED_IN-Incident": _ARRESTED_IN,
    "Person-SUBJECT_OF-Incident": _SUBJECT_OF,
    "Incident-HAS_OFFENSE-Offense": _HAS_OFFENSE,
    "Incident-AT-Location": _AT,
    "Incident-IN-Locality": _INCIDENT_IN,
    "Location-IN-Locality": _LOCATION_IN,
    "Incident-SEIZED-DrugSeizure": _SEIZED,
    "Person-ARRESTED-Arrest": _ARRESTED,
    "Arrest-FOR-Incident": _FOR,
    "Person-HAD-MissingEpisode": _HAD,
    "MissingEpisode-LAST_SEEN_IN-Locality": _LAST_SEEN_IN,
    "MissingEpisode-FOUND_IN-Locality": _FOUND_IN,
    "Person-PLACED_IN-Locality": _PLACED_IN,
    "Event-HELD_IN-Locality": _HELD_IN,
    "Person-USED-ContactPoint": _USED,
    "Incident-MENTIONS-ContactPoint": _MENTIONS,
    "Person-VICTIM_WAS-Person": _VICTIM_WAS,
    "Person-CO_OFFENDED-Person": _CO_OFFENDED,
    "Person-SHARES_CONTACT-Person": _SHARES_CONTACT,
}
"""One statement a relationship file, by ``RelationshipType.file_name``."""
