"""Tables that the statements of graph.projection.nodes and relationships read, in order."""

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
    # Several reports of one incident name one offense each: it is one. Without a code nobody knows.
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
