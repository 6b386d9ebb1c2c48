"""A view's person records with what their incidents' reports hold beside them.

Guarantees: a row depends on that record and on what the view holds of its own incident, never on a
person's other records, so that whoever compares rows sees every change that matters to features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MATCHED_FOR_PERSONS
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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

_CONTACTS: Final = """
SELECT incident_key, value FROM contact_point
WHERE incident_key IS NOT NULL AND kind <> 'address' AND partial IS NOT TRUE
"""

# What more than a hundred contacts have in common is not that they are of one person's circle.
_REPORT: Final = """
CREATE OR REPLACE TEMP TABLE report AS
WITH asked AS (
    SELECT incident_key FROM asked_record
    UNION SELECT charged_with FROM charged SEMI JOIN asked_record USING (record_key)
),
held AS (
    SELECT incident_key, list_sort(list_distinct(list(value))) AS circle
    FROM reported_contact SEMI JOIN asked USING (incident_key)
    GROUP BY incident_key HAVING count(DISTINCT value) <= 100
)
SELECT incident_key AS reported, circle, locality_id AS scene, location_key AS place
FROM (FROM incident SEMI JOIN asked USING (incident_key)) FULL JOIN held USING (incident_key)
"""

_RECORDS: Final = """
SELECT asked_record.*, charged_with, circle, scene, place
FROM asked_record LEFT JOIN charged USING (record_key)
LEFT JOIN report ON reported = coalesce(asked_record.incident_key, charged_with)
"""

# Sums do not depend on an order, and need no lists.
_CONTENTS: Final = """
WITH held AS (
    SELECT incident_key, sum(hash(value)) AS circle FROM reported_contact GROUP BY incident_key
),
told AS (
    SELECT incident_key AS reported, hash(locality_id, location_key, circle) AS told
    FROM incident FULL JOIN held USING (incident_key)
)
SELECT own_content.* EXCLUDE (own), hash(own, charged_with, told) AS content
FROM own_content LEFT JOIN charged USING (record_key)
LEFT JOIN told ON reported = coalesce(own_content.incident_key, charged_with)
"""


def open_records(con: duckdb.DuckDBPyConnection, folder: Path) -> duckdb.DuckDBPyRelation:
    """Make a view of each table of MATCHED_FOR_PERSONS below ``folder`` (an absent one is empty)
    and what ``with_reports`` and ``contents`` read; returns person_record."""
    for table in MATCHED_FOR_PERSONS:
        read_table(con, table, folder).create_view(table.name, replace=True)
    con.sql(_CONTACTS).create_view("reported_contact", replace=True)
    con.execute(_CHARGED)
    records = read_table(con, PERSON_RECORD, folder)
    records.create_view("person_rows", replace=True)
    return records


def with_reports(
    con: duckdb.DuckDBPyConnection, records: duckdb.DuckDBPyRelation
) -> duckdb.DuckDBPyRelation:
    """Rows of the opened person_record with COLUMNS."""
    records.create_view("asked_record", replace=True)
    con.execute(_REPORT)
    return con.sql(_RECORDS)


def records_around(con: duckdb.DuckDBPyConnection, folder: Path) -> duckdb.DuckDBPyRelation:
    """person_record of ``folder`` with COLUMNS; opens what ``open_records`` does."""
    return with_reports(con, open_records(con, folder))


def contents(con: duckdb.DuckDBPyConnection, compared: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """The columns ``compared`` (record_key and incident_key are of them) of every opened record,
    and its ``content``: a hash of them and of what its incident's reports hold beside it. Alike
    where ``with_reports`` gives alike."""
    columns = [duckdb.ColumnExpression(name) for name in compared]
    own = duckdb.FunctionExpression("hash", *columns).alias("own")
    con.view("person_rows").select(*columns, own).create_view("own_content", replace=True)
    return con.sql(_CONTENTS)
