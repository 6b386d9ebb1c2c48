"""A view's person records with what their incidents' reports hold beside them.

Guarantees: a row depends on that record and on what the view holds of its own incident, never on a
person's other records, so that whoever compares rows sees every change that matters to features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.contracts.tables import CONTACT_POINT, COURT_CHARGE, INCIDENT, PERSON_RECORD
from runs.schema import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

COLUMNS: Final = {
    "charged_with": "VARCHAR",
    "circle": "VARCHAR[]",
    "scene": "VARCHAR",
    "place": "VARCHAR",
}
"""Besides those of person_record: the incident that a court's charge names; phones, accounts and
vehicles in the report of the record's incident, whoever they belong to; its locality and place."""

# A court's charge names the incident of which its defendant is accused.
_CHARGED: Final = """
CREATE OR REPLACE TEMP TABLE charged AS
SELECT record_key, min(incident_key) AS charged_with
FROM court_charge WHERE incident_key IS NOT NULL GROUP BY record_key
"""

# What more than a hundred contacts have in common is not that they are of one person's circle.
_REPORT: Final = """
CREATE OR REPLACE TEMP TABLE report AS
WITH held AS (
    SELECT incident_key, list_sort(list_distinct(list(value))) AS circle
    FROM contact_point
    WHERE incident_key IS NOT NULL AND kind <> 'address' AND partial IS NOT TRUE
    GROUP BY incident_key HAVING count(DISTINCT value) <= 100
)
SELECT incident_key AS reported, circle, locality_id AS scene, location_key AS place
FROM incident FULL JOIN held USING (incident_key)
"""

_RECORDS: Final = """
SELECT person_rows.*, charged_with, circle, scene, place
FROM person_rows LEFT JOIN charged USING (record_key)
LEFT JOIN report ON reported = coalesce(person_rows.incident_key, charged_with)
"""


def records_around(con: duckdb.DuckDBPyConnection, folder: Path) -> duckdb.DuckDBPyRelation:
    """person_record of ``folder`` with COLUMNS; reads its incidents, contacts and charges."""
    read_table(con, COURT_CHARGE, folder).create_view("court_charge", replace=True)
    read_table(con, INCIDENT, folder).create_view("incident", replace=True)
    read_table(con, CONTACT_POINT, folder).create_view("contact_point", replace=True)
    con.execute(_CHARGED)
    con.execute(_REPORT)
    read_table(con, PERSON_RECORD, folder).create_view("person_rows", replace=True)
    return con.sql(_RECORDS)
