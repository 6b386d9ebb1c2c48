"""What of a report of an incident can be compared.

Guarantees: a report's features depend on that report, its parties' persons in this view and on
nothing else; ``iid`` numbers the reports by key, so that nothing depends on the order of rows. A
day that is only a placeholder (before 1950, after 2099, later than the report that tells it), or
that the view may only compare by its year, is not compared. An unnamed party ties nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from resolution.contracts import MATCHED_FOR_INCIDENTS
from resolution.features import install
from runs.schema import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_MACROS: Final = (
    # 2024-001234, 24-1234 and 2024001234 are one number: year and serial.
    r"""
    CREATE OR REPLACE TEMP MACRO serial_of(n) AS CASE
        WHEN regexp_full_match(n, '(19|20)[0-9]{2}[^0-9A-Z]?[0-9]{3,12}')
            THEN substr(n, 3, 2) || '-'
                || ltrim(regexp_replace(substr(n, 5), '[^0-9]', '', 'g'), '0')
        WHEN regexp_full_match(n, '[0-9]{2}[^0-9A-Z][0-9]{3,12}')
            THEN left(n, 2) || '-' || ltrim(substr(n, 4), '0')
        ELSE ltrim(regexp_replace(n, '[^0-9A-Z]', '', 'g'), '0') END
    """,
    r"""
    CREATE OR REPLACE TEMP MACRO case_number(n) AS CASE
        WHEN length(regexp_replace(n, '[^0-9]', '', 'g')) >= 4
            THEN nullif(serial_of(left(upper(trim(n)), 60)), '') END
    """,
)

# A party with a name or an identifier can be met again; others are alone in every report.
_PERSON: Final = """
CREATE OR REPLACE TEMP TABLE report_person AS
WITH named AS (
    SELECT r.incident_key, m.person_id,
        r.role IN ('offender', 'arrestee') AS accused
    FROM person_record AS r JOIN membership AS m USING (record_key)
    WHERE r.incident_key IS NOT NULL AND (r.given_name IS NOT NULL OR r.surname IS NOT NULL
        OR len(r.aliases) > 0 OR r.strong_id IS NOT NULL)
)
SELECT incident_key, dense_rank() OVER (ORDER BY person_id)::INTEGER AS person,
    bool_or(accused) AS accused,
    count(*) OVER (PARTITION BY person_id) AS reports
FROM named GROUP BY incident_key, person_id
"""

_CONTACT: Final = """
CREATE OR REPLACE TEMP TABLE report_contact AS
SELECT DISTINCT coalesce(c.incident_key, r.incident_key) AS incident_key,
    dense_rank() OVER (ORDER BY c.contact_point_key)::INTEGER AS contact
FROM contact_point AS c LEFT JOIN person_record AS r USING (record_key)
WHERE coalesce(c.incident_key, r.incident_key) IS NOT NULL AND c.partial IS NOT TRUE
    AND c.contact_point_key IS NOT NULL
"""

_REPORT: Final = """
CREATE OR REPLACE TEMP TABLE report AS
WITH code AS (
    SELECT incident_key, list_sort(list(DISTINCT offense_code)) AS codes,
        list_sort(list(DISTINCT left(offense_code, 2))) AS code_groups
    FROM offense WHERE offense_code IS NOT NULL GROUP BY incident_key
),
person AS (
    SELECT incident_key, list_sort(list(person)) AS persons,
        list_sort(list(person) FILTER (reports <= $few_reports)) AS rare_persons,
        list_sort(list(person) FILTER (accused)) AS accused
    FROM report_person GROUP BY incident_key
),
contact AS (
    SELECT incident_key, list_sort(list(contact)) AS contacts
    FROM report_contact GROUP BY incident_key
),
arrested AS (
    SELECT incident_key, list_sort(list(DISTINCT arrested_on)) AS arrest_days
    FROM arrest WHERE incident_key IS NOT NULL AND arrested_on IS NOT NULL GROUP BY incident_key
),
seized AS (
    SELECT incident_key, list_sort(list(DISTINCT drug_code)) AS drugs
    FROM drug_seizure WHERE incident_key IS NOT NULL AND drug_code IS NOT NULL
    GROUP BY incident_key
),
place AS (
    SELECT DISTINCT ON (location_key) location_key,
        coalesce(house_of(address_line) || ' ' || street_of(address_line), joined(name))
            || '|' || coalesce(locality_id, joined(city), zip, '') AS place,
        joined(name) || '|' || coalesce(locality_id, joined(city), zip, '') AS place_name
    FROM location ORDER BY location_key, place NULLS LAST, place_name NULLS LAST
),
dated AS (
    SELECT *, CASE WHEN NOT list_contains($by_year, feed)
        AND occurred_on BETWEEN DATE '1950-01-01' AND DATE '2099-12-31'
        AND coalesce(occurred_on <= reported_on + 1, true) THEN occurred_on END AS known_on
    FROM incident
)
SELECT (row_number() OVER (ORDER BY i.incident_key) - 1)::INTEGER AS iid,
    i.incident_key, coalesce(i.kind, 'incident') AS kind, i.feed, i.agency_id,
    dense_rank() OVER (ORDER BY i.feed, i.agency_id NULLS FIRST)::INTEGER AS source,
    case_number(i.incident_number) AS number,
    date_diff('day', DATE '1950-01-01', i.known_on)::INTEGER AS day,
    CASE WHEN i.known_on IS NOT NULL AND i.occurred_hour BETWEEN 0 AND 23
        THEN i.occurred_hour::INTEGER END AS hour,
    i.date_is_report IS TRUE AS by_report,
    i.locality_id AS locality,
    place.place, place.place_name, i.location_key AS place_key,
    code.codes, code.code_groups,
    person.persons, coalesce(person.rare_persons, []) AS rare_persons,
    contact.contacts, arrested.arrest_days, seized.drugs
FROM dated AS i
LEFT JOIN code USING (incident_key)
LEFT JOIN person USING (incident_key)
LEFT JOIN contact USING (incident_key)
LEFT JOIN arrested USING (incident_key)
LEFT JOIN seized USING (incident_key)
LEFT JOIN place ON place.location_key = i.location_key
"""

FEW_REPORTS: Final = 6
"""A person in more reports than this is met in many places anyway."""


def open_tables(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make views of MATCHED_FOR_INCIDENTS below ``folder``; an absent table is empty."""
    for table in MATCHED_FOR_INCIDENTS:
        read_table(con, table, folder).create_view(table.name, replace=True)


def make_reports(
    con: duckdb.DuckDBPyConnection, by_year: frozenset[str], *, installed: bool = False
) -> int:
    """Make ``report``, ``report_person`` and ``report_contact`` from those tables and
    ``membership`` (record_key, person_id); returns the number of reports.

    ``by_year``: feeds whose days may be compared by the year only. ``installed`` says that
    ``resolution.features.install`` was called.
    """
    if not installed:
        install(con)
    for macro in _MACROS:
        con.execute(macro)
    con.execute(_PERSON)
    con.execute(_CONTACT)
    con.execute(_REPORT, {"by_year": sorted(by_year), "few_reports": FEW_REPORTS})
    [(reports,)] = con.execute("SELECT count(*) FROM report").fetchall()
    return int(reports)
