"""One statement a label; they read the tables of graph.projection.preparation."""

from __future__ import annotations

from typing import Final

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
    -- Of a name in the view: its share as a given name among given names and surnames.
    worn AS (
        SELECT name, avg(as_given) AS as_given
        FROM (
            SELECT upper(given_name) AS name, 1 AS as_given FROM mention
            UNION ALL SELECT upper(surname), 0 FROM mention
        )
        WHERE name IS NOT NULL GROUP BY name
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
    -- Agencies swap the two: as often said, the order wins in which the view's people wear them.
    name AS (
        SELECT DISTINCT ON (person_id) named.*
        FROM named
        LEFT JOIN worn AS g ON g.name = upper(given_name)
        LEFT JOIN worn AS s ON s.name = upper(surname)
        ORDER BY person_id, parts DESC, times DESC, coalesce(g.as_given < s.as_given, false),
            length(display_name) DESC, display_name, given_name, surname
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
