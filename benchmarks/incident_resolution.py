"""Seconds and memory of turning many reports into incidents.

    python -m benchmarks.incident_resolution 500000

Made-up reports: three years, 200 agencies of very different sizes, two systems; three in five
incidents are in both, with a slip of the day now and then; one in three names nobody. Prints the
reports, candidate pairs, joined reports, how many of the joins are right, seconds and peak memory.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.contracts import MATCHED_FOR_INCIDENTS
from resolution.incidents.find import find_incidents
from resolution.incidents.model import load_incident_model
from resolution.incidents.reports import make_reports
from runs.duck import connect
from runs.schema import empty

if TYPE_CHECKING:
    import duckdb

_MADE: Final = """
CREATE TABLE made AS
SELECT i AS truth, 'VA' || lpad((200 * pow(hash(i, 'a') % 100000 / 100000.0, 3))::INTEGER::VARCHAR,
        4, '0') AS agency_id,
    DATE '2022-01-01' + (hash(i, 'd') % 1095)::INTEGER AS day,
    (hash(i, 'h') % 24)::SMALLINT AS hour,
    (hash(i, 'c') % 40)::VARCHAR || 'A' AS code, hash(i, 'p') % 3 > 0 AS named,
    hash(i, 'l') % 2 = 0 AS placed, hash(i, 'q') % 200000 AS person, hash(i, 's') % 20000 AS street
FROM range($incidents) t(i)
"""
_COPIES: Final = """
CREATE TABLE copy AS
SELECT md5(feed || truth) AS incident_key, feed, made.*,
    CASE WHEN feed = 'local' AND hash(truth, 'x') % 25 = 0 THEN day - 1 ELSE day END AS told
FROM made CROSS JOIN (VALUES ('state'), ('local')) f(feed)
WHERE feed = 'state' OR hash(truth, 'f') % 5 < 3
"""
_INCIDENT: Final = """
CREATE OR REPLACE VIEW incident AS
SELECT incident_key, feed, agency_id, 'incident' AS kind, NULL::VARCHAR AS incident_number,
    told AS occurred_on, hour AS occurred_hour, false AS date_is_report, NULL::DATE AS reported_on,
    '51' || right(agency_id, 3) AS locality_id,
    CASE WHEN placed THEN 'l' || street || agency_id END AS location_key
FROM copy
"""
_OTHERS: Final = """
CREATE OR REPLACE VIEW offense AS SELECT incident_key, code AS offense_code FROM copy;
CREATE OR REPLACE VIEW location AS
SELECT DISTINCT 'l' || street || agency_id AS location_key, NULL::VARCHAR AS name,
    street || ' OAK ST' AS address_line, NULL::VARCHAR AS city, NULL::VARCHAR AS zip,
    '51' || right(agency_id, 3) AS locality_id
FROM copy WHERE placed;
CREATE OR REPLACE VIEW person_record AS
SELECT md5('p' || incident_key) AS record_key, incident_key, 'victim' AS role, 'A' AS given_name,
    'B' AS surname, NULL::VARCHAR[] AS aliases, NULL::VARCHAR AS strong_id
FROM copy WHERE named;
CREATE VIEW membership AS
SELECT md5('p' || incident_key) AS record_key, person::VARCHAR AS person_id FROM copy WHERE named
"""


def make_up(con: duckdb.DuckDBPyConnection, incidents: int) -> None:
    """The tables of MATCHED_FOR_INCIDENTS and ``membership`` in ``con``."""
    for table in MATCHED_FOR_INCIDENTS:
        empty(con, table).create_view(table.name)
    con.execute(_MADE, {"incidents": incidents}).fetchall()
    for statement in (_COPIES, _INCIDENT, _OTHERS):
        con.execute(statement)


def main(reports: int) -> None:
    with connect() as con:
        make_up(con, int(reports / 1.6))
        start, began = time.perf_counter(), time.process_time()
        count = make_reports(con, frozenset())
        features = time.perf_counter() - start
        found = find_incidents(con, load_incident_model(), count, lambda line: None)
        seconds, processor = time.perf_counter() - start, time.process_time() - began
        con.register("label", pa.table({"iid": np.arange(count), "label": found.clusters.label}))
        [(joined, right)] = con.execute(
            "SELECT count(*), count(*) FILTER (a.truth = b.truth) FROM label "
            "JOIN report AS r ON r.iid = label.iid JOIN copy AS a USING (incident_key) "
            "JOIN report AS s ON s.iid = label.label "
            "JOIN copy AS b ON b.incident_key = s.incident_key "
            "WHERE label.iid <> label.label"
        ).fetchall()
        [(true,)] = con.execute("SELECT count(*) FROM copy WHERE feed = 'local'").fetchall()
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(
        f"{count:,} reports, {found.candidates.pairs:,} pairs, {joined:,} joined of {true:,}, "
        f"{right:,} rightly; features {features:.1f} s, all {seconds:.1f} s "
        f"({processor:.0f} s of processor time), peak {peak_gb:.1f} GB; "
        f"keys too common: {found.candidates.dropped}\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
