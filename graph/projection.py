"""The SQL that turns a view's records and persons into the graph's files.

Guarantees: each statement reads only the tables of one view's folder (under their declared names),
the pack's codes and public reference tables; each relationship joins the rows at both of its ends,
so none dangles; every aggregate is ordered, so equal rows give equal files.

The statements stand in the order in which graph.schema declares what they fill.
"""

from __future__ import annotations

from typing import Final

PREPARATION: Final = (
    # A mention with the person that it refers to and the ages that its own values tell.
    """
    CREATE TEMP TABLE mention AS
    WITH aged AS (
        SELECT r.*, m.person_id, m.match_probability, m.match_weight,
            coalesce(
                r.age_low_years,
                CASE WHEN r.observed_on >= r.birth_date
                     THEN date_sub('year', r.birth_date, r.observed_on) END,
                CASE WHEN year(r.observed_on) >= r.birth_year
                     THEN greatest(year(r.observed_on) - r.birth_year - 1, 0) END
            ) AS low,
            coalesce(
                r.age_high_years,
                r.age_low_years,
                CASE WHEN r.observed_on >= r.birth_date
                     THEN date_sub('year', r.birth_date, r.observed_on) END,
                CASE WHEN year(r.observed_on) >= r.birth_year
                     THEN year(r.observed_on) - r.birth_year END
            ) AS high
        FROM person_record AS r
        JOIN membership AS m USING (record_key)
    )
    SELECT aged.*, band.label AS age_band
    FROM aged
    LEFT JOIN age_band AS band
        ON low BETWEEN band.first_years AND coalesce(band.last_years, 32767)
        AND high BETWEEN band.first_years AND coalesce(band.last_years, 32767)
    """,
    """
    CREATE TEMP TABLE report_codes AS
    SELECT incident_key AS report_key, list_sort(list(DISTINCT offense_code)) AS offense_codes
    FROM offense WHERE offense_code IS NOT NULL
    GROUP BY incident_key
    """,
    # The fullest report speaks for its incident: it comes first. One dated by the incident itself
    # goes before one dated by its report.
    """
    CREATE TEMP TABLE report AS
    WITH told AS (
        SELECT i.* EXCLUDE (incident_key), i.incident_key AS report_key,
            coalesce(m.incident_id, i.incident_key) AS incident_key,
            coalesce(m.match_probability, 1.0) AS match_probability, m.match_weight,
            CAST(i.incident_number IS NOT NULL AS INTEGER)
                + CAST(i.occurred_hour IS NOT NULL AS INTEGER)
                + CAST(i.locality_id IS NOT NULL AS INTEGER)
                + CAST(i.location_key IS NOT NULL AS INTEGER)
                + CAST(i.reported_on IS NOT NULL AS INTEGER)
                + CAST(i.cleared_exceptionally IS NOT NULL AS INTEGER)
                + CAST(i.summary IS NOT NULL AS INTEGER) AS filled
        FROM incident AS i
        LEFT JOIN incident_membership AS m USING (incident_key)
    )
    SELECT *, row_number() OVER (
        PARTITION BY incident_key
        ORDER BY occurred_on IS NULL, date_is_report IS TRUE, filled DESC, feed, agency_id,
            report_key
    ) AS place
    FROM told
    """,
    # Day and hour come from one report; of the rest each has the first that is told.
    """
    CREATE TEMP TABLE one_incident AS
    SELECT incident_key, arg_min(kind, place) AS kind,
        arg_min(incident_number, place) AS incident_number,
        coalesce(list_sort(list(DISTINCT incident_number)
            FILTER (incident_number IS NOT NULL)), CAST([] AS VARCHAR[])) AS incident_numbers,
        CAST(count(*) AS INTEGER) AS reports,
        min(match_probability) FILTER (match_weight IS NOT NULL) AS weakest_probability,
        any_value(occurred_on) FILTER (place = 1) AS occurred_on,
        any_value(occurred_hour) FILTER (place = 1) AS occurred_hour,
        any_value(date_is_report) FILTER (place = 1) AS date_is_report,
        arg_min(reported_on, place) AS reported_on,
        any_value(agency_id) FILTER (place = 1) AS agency_id,
        arg_min(locality_id, place) AS locality_id,
        arg_min(location_key, place) AS location_key,
        arg_min(summary, place) AS summary
    FROM report GROUP BY incident_key
    """,
    # Several reports of one incident name one offence each: it is one. Without a code nobody knows.
    """
    CREATE TEMP TABLE one_offense AS
    SELECT arg_min(o.offense_key, (r.place, o.offense_key)) AS offense_key, r.incident_key,
        o.offense_code, arg_min(o.attempted, (r.place, o.offense_key)) AS attempted,
        arg_min(o.location_code, (r.place, o.offense_key)) AS location_code
    FROM offense AS o JOIN report AS r ON r.report_key = o.incident_key
    GROUP BY r.incident_key, o.offense_code,
        CASE WHEN o.offense_code IS NULL THEN o.offense_key END
    """,
    """
    CREATE TEMP TABLE arrest_of AS
    SELECT a.*, r.incident_key AS resolved_key, r.place, mention.person_id,
        min(a.arrest_key) OVER (PARTITION BY r.incident_key, mention.person_id, a.arrested_on,
            CASE WHEN r.incident_key IS NULL OR mention.person_id IS NULL
                OR a.arrested_on IS NULL THEN a.arrest_key END) AS one_key
    FROM arrest AS a
    LEFT JOIN report AS r ON r.report_key = a.incident_key
    LEFT JOIN mention USING (record_key)
    """,
    """
    CREATE TEMP TABLE incident_codes AS
    SELECT o.incident_key,
        list_sort(list(DISTINCT o.offense_code)) AS offense_codes,
        list_sort(list(DISTINCT c.category) FILTER (c.category IS NOT NULL)) AS categories
    FROM one_offense AS o
    LEFT JOIN category_code AS c USING (offense_code)
    WHERE o.offense_code IS NOT NULL
    GROUP BY o.incident_key
    """,
    # A mention's part in an incident that the view holds.
    """
    CREATE TEMP TABLE party AS
    SELECT report.incident_key, mention.person_id, mention.record_key, mention.role
    FROM mention
    JOIN report ON report.report_key = mention.incident_key
    """,
    """
    CREATE TEMP TABLE contact_use AS
    SELECT c.contact_point_key, report.incident_key, c.record_key, mention.person_id, c.kind,
        c.value, c.partial, c.used_on
    FROM contact_point AS c
    LEFT JOIN mention USING (record_key)
    LEFT JOIN report ON report.report_key = c.incident_key
    WHERE c.contact_point_key IS NOT NULL
    """,
)

_PERSON: Final = """
    WITH said AS (
        SELECT person_id, 'birth_date' AS attribute, CAST(birth_date AS VARCHAR) AS value
        FROM mention
        UNION ALL SELECT person_id, 'birth_year', CAST(birth_year AS VARCHAR) FROM mention
        UNION ALL SELECT person_id, 'sex', sex FROM mention
        UNION ALL SELECT person_id, 'race', race FROM mention
        UNION ALL SELECT person_id, 'ethnicity', ethnicity FROM mention
    ),
    counted AS (
        SELECT person_id, attribute, value, count(*) AS times
        FROM said WHERE value IS NOT NULL GROUP BY ALL
    ),
    best AS (
        SELECT DISTINCT ON (person_id, attribute) person_id, attribute, value
        FROM counted ORDER BY person_id, attribute, times DESC, value
    ),
    attributes AS (
        SELECT person_id,
            CAST(max(value) FILTER (attribute = 'birth_date') AS DATE) AS birth_date,
            CAST(max(value) FILTER (attribute = 'birth_year') AS INTEGER) AS birth_year,
            max(value) FILTER (attribute = 'sex') AS sex,
            max(value) FILTER (attribute = 'race') AS race,
            max(value) FILTER (attribute = 'ethnicity') AS ethnicity
        FROM best GROUP BY person_id
    ),
    named AS (
        SELECT person_id, given_name, middle_name, surname, name_suffix,
            CAST(given_name IS NOT NULL AS INTEGER) + CAST(surname IS NOT NULL AS INTEGER) AS parts,
            count(*) OVER (
                PARTITION BY person_id, upper(given_name), upper(surname)
            ) AS times,
            concat_ws(' ', given_name, middle_name, surname, name_suffix) AS display_name
        FROM mention
        WHERE given_name IS NOT NULL OR surname IS NOT NULL
    ),
    name AS (
        SELECT DISTINCT ON (person_id) *
        FROM named
        ORDER BY person_id, parts DESC, times DESC, length(display_name) DESC, display_name,
            given_name, surname
    ),
    band AS (
        SELECT DISTINCT ON (person_id) person_id, age_band
        FROM mention WHERE age_band IS NOT NULL
        ORDER BY person_id, observed_on DESC NULLS LAST, age_band
    ),
    counts AS (
        SELECT person_id, list_sort(list(DISTINCT role)) AS roles, count(*) AS records
        FROM mention GROUP BY person_id
    )
    SELECT c.person_id AS "person_id:ID(Person)", name.display_name, name.given_name, name.surname,
        a.birth_date AS "birth_date:date",
        CAST(coalesce(year(a.birth_date), a.birth_year) AS INTEGER) AS "birth_year:int",
        band.age_band, a.sex, a.race, a.ethnicity, c.roles AS "roles:string[]",
        CAST(c.records AS INTEGER) AS "records:int"
    FROM counts AS c
    LEFT JOIN attributes AS a USING (person_id)
    LEFT JOIN name USING (person_id)
    LEFT JOIN band USING (person_id)
"""

_RECORD: Final = """
    SELECT record_key AS "record_key:ID(Record)", feed, agency_id, role, source_id,
        nullif(concat_ws(' ', given_name, middle_name, surname, name_suffix), '') AS display_name,
        given_name, surname, birth_date AS "birth_date:date",
        CAST(birth_year AS INTEGER) AS "birth_year:int",
        CAST(low AS INTEGER) AS "age_low_years:int", CAST(high AS INTEGER) AS "age_high_years:int",
        age_band, sex, race, ethnicity, resident_status, observed_on AS "observed_on:date",
        locality_id
    FROM mention
"""

_INCIDENT: Final = """
    SELECT i.incident_key AS "incident_key:ID(Incident)", i.kind, i.incident_number,
        i.incident_numbers AS "incident_numbers:string[]", i.reports AS "reports:int",
        i.weakest_probability AS "weakest_probability:double",
        i.occurred_on AS "occurred_on:date",
        CAST(i.occurred_hour AS INTEGER) AS "occurred_hour:int",
        i.reported_on AS "reported_on:date", i.date_is_report AS "date_is_report:boolean",
        i.agency_id, i.locality_id,
        coalesce(c.offense_codes, CAST([] AS VARCHAR[])) AS "offense_codes:string[]",
        coalesce(c.categories, CAST([] AS VARCHAR[])) AS "categories:string[]", i.summary
    FROM one_incident AS i
    LEFT JOIN incident_codes AS c USING (incident_key)
"""

_REPORT: Final = """
    SELECT r.report_key AS "report_key:ID(Report)", r.feed, r.agency_id, r.kind, r.incident_number,
        r.occurred_on AS "occurred_on:date",
        CAST(r.occurred_hour AS INTEGER) AS "occurred_hour:int",
        r.date_is_report AS "date_is_report:boolean", r.reported_on AS "reported_on:date",
        r.locality_id, coalesce(place.name, place.address_line) AS place,
        coalesce(c.offense_codes, CAST([] AS VARCHAR[])) AS "offense_codes:string[]", r.summary
    FROM report AS r
    LEFT JOIN report_codes AS c USING (report_key)
    LEFT JOIN location AS place ON place.location_key = r.location_key
"""

_OFFENSE: Final = """
    WITH categories AS (
        SELECT offense_code, list_sort(list(DISTINCT category)) AS names
        FROM category_code GROUP BY offense_code
    )
    SELECT o.offense_key AS "offense_key:ID(Offense)", o.offense_code, code.name,
        o.attempted AS "attempted:boolean", o.location_code,
        coalesce(c.names, CAST([] AS VARCHAR[])) AS "categories:string[]"
    FROM one_offense AS o
    LEFT JOIN offense_name AS code USING (offense_code)
    LEFT JOIN categories AS c USING (offense_code)
"""

_LOCATION: Final = """
    SELECT location_key AS "location_key:ID(Location)", name, location_code, address_line, city,
        locality_id
    FROM location
"""

_LOCALITY: Final = """
    WITH used AS (
        SELECT locality_id FROM incident
        UNION SELECT locality_id FROM location
        UNION SELECT locality_id FROM event
        UNION SELECT last_seen_locality_id FROM missing_episode
        UNION SELECT found_locality_id FROM missing_episode
        UNION SELECT locality_id FROM placement
    )
    SELECT used.locality_id AS "locality_id:ID(Locality)",
        coalesce(known.name, nullif(split_part(used.locality_id, ':', 2), '')) AS name,
        coalesce(known.kind, CASE WHEN contains(used.locality_id, ':') THEN 'county' END) AS kind,
        known.population AS "population:int"
    FROM used
    LEFT JOIN known_locality AS known ON known.fips = used.locality_id
    WHERE used.locality_id IS NOT NULL
"""

_EVENT: Final = """
    SELECT event_key AS "event_key:ID(Event)", name, kind, starts_on AS "starts_on:date",
        ends_on AS "ends_on:date", attendance AS "attendance:int"
    FROM event
"""

_ARREST: Final = """
    SELECT one_key AS "arrest_key:ID(Arrest)", any_value(arrested_on) AS "arrested_on:date",
        arg_min(arrest_type, (place, arrest_key)) AS arrest_type,
        arg_min(offense_code, (place, arrest_key)) AS offense_code
    FROM arrest_of GROUP BY one_key
"""

_DRUG_SEIZURE: Final = """
    SELECT s.drug_seizure_key AS "seizure_key:ID(DrugSeizure)", s.drug_code,
        code.name AS drug_name, s.substance, s.quantity AS "quantity:double",
        s.measure_code, s.confirmed AS "confirmed:boolean"
    FROM drug_seizure AS s
    LEFT JOIN drug_name AS code USING (drug_code)
"""

_MISSING_EPISODE: Final = """
    SELECT episode_key AS "episode_key:ID(MissingEpisode)", case_number,
        missing_from_on AS "missing_from_on:date", found_on AS "found_on:date",
        found_on IS NULL AND exit_reason IS NULL AS "is_open:boolean", circumstance,
        missing_from_type, exit_reason, found_with,
        CAST(age_at_entry_years AS INTEGER) AS "age_at_entry_years:int"
    FROM missing_episode
"""

_CONTACT_POINT: Final = """
    SELECT contact_point_key AS "contact_point_key:ID(ContactPoint)", min(kind) AS kind,
        min(value) AS value, coalesce(bool_or(partial), false) AS "partial:boolean"
    FROM contact_use
    WHERE person_id IS NOT NULL OR incident_key IS NOT NULL
    GROUP BY contact_point_key
"""

_AGENCY: Final = """
    WITH held AS (
        SELECT agency_id FROM mention
        UNION SELECT agency_id FROM incident
        UNION SELECT agency_id_of FROM agency
    )
    SELECT held.agency_id AS "agency_id:ID(Agency)", agency.name, agency.kind
    FROM held
    LEFT JOIN agency ON agency.agency_id_of = held.agency_id
    WHERE held.agency_id IS NOT NULL
"""

NODES: Final = {
    "Person": _PERSON,
    "Record": _RECORD,
    "Incident": _INCIDENT,
    "Report": _REPORT,
    "Offense": _OFFENSE,
    "Location": _LOCATION,
    "Locality": _LOCALITY,
    "Event": _EVENT,
    "Arrest": _ARREST,
    "DrugSeizure": _DRUG_SEIZURE,
    "MissingEpisode": _MISSING_EPISODE,
    "ContactPoint": _CONTACT_POINT,
    "Agency": _AGENCY,
}
"""One statement a label; its columns are the label's declared ones."""

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
