"""Incident ids that last, as persons' do.

Guarantees: an id is a keyed hash, made once from the key of its founding report; it stays with the
incident that holds most of its reports; what becomes of it is written down. Ids depend on the
clusters and on the parent run alone, never on the order of rows. A run's two files are written
whole; ids are given by the parent's alone, and a parent from before incidents were resolved has
none. What the ids of all other runs last referred to is kept beside them (resolution.former).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb.func import ARROW, SPECIAL

from resolution.contracts import INCIDENT_LINEAGE
from resolution.former import write_former
from runs.keys import token
from runs.schema import Column, Table, read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

HISTORY: Final = Table(
    "incident_membership_history",
    ("incident_key",),
    (
        Column("incident_key", "VARCHAR", "the report", key_of="incident"),
        Column("incident_id", "VARCHAR", "the incident that it was taken to report"),
    ),
    "Which report was of which incident in one run.",
)

# An id goes on with the incident that holds most of its reports, where that one holds no more of
# another id's.
_KEPT: Final = """
CREATE OR REPLACE TEMP TABLE kept AS
WITH shared AS (
    SELECT h.incident_id, r.cluster, count(*) AS reports
    FROM old_membership AS h JOIN resolved AS r USING (incident_key) GROUP BY ALL
),
ranked AS (
    SELECT *,
        row_number() OVER (PARTITION BY incident_id ORDER BY reports DESC, cluster) AS of_id,
        row_number() OVER (PARTITION BY cluster ORDER BY reports DESC, incident_id) AS of_cluster
    FROM shared
)
SELECT incident_id, cluster FROM ranked WHERE of_id = 1 AND of_cluster = 1
"""

_IDENTIFIED: Final = """
CREATE OR REPLACE TEMP TABLE identified AS
WITH fresh AS (
    SELECT cluster, incident_id_of(cluster, '') AS incident_id
    FROM (SELECT DISTINCT cluster FROM resolved) ANTI JOIN kept USING (cluster)
)
SELECT cluster, incident_id, false AS created FROM kept
UNION ALL
SELECT cluster, CASE WHEN used.incident_id IS NULL THEN fresh.incident_id
        ELSE incident_id_of(cluster, $parent) END, true
FROM fresh LEFT JOIN (
    SELECT incident_id FROM old_history UNION SELECT incident_id FROM old_membership
) AS used ON used.incident_id = fresh.incident_id
"""

_HISTORY: Final = """
WITH moved AS (
    SELECT DISTINCT h.incident_id AS old, i.incident_id AS new
    FROM old_membership AS h JOIN resolved USING (incident_key) JOIN identified AS i USING (cluster)
    WHERE h.incident_id <> i.incident_id
)
SELECT * FROM old_history
UNION
SELECT incident_id, $run, 'created', '' FROM identified WHERE created
UNION
SELECT old, $run, 'merged_into', new FROM moved
WHERE old NOT IN (SELECT incident_id FROM kept)
UNION
SELECT new, $run, 'split_from', old FROM moved WHERE old IN (SELECT incident_id FROM kept)
UNION
SELECT DISTINCT incident_id, $run, 'retired', '' FROM old_membership
WHERE incident_id NOT IN (SELECT h.incident_id FROM old_membership AS h
    JOIN resolved USING (incident_key))
"""


def incident_id(view_key: bytes, founding_key: str, attempt: str = "") -> str:
    """``I`` and 15 digits of base 32 (75 bits), keyed per view."""
    parts = ("incident", founding_key, attempt) if attempt else ("incident", founding_key)
    digest = bytes.fromhex(token(view_key, *parts))
    return "I" + base64.b32encode(digest).decode("ascii")[:15]


def identify(
    con: duckdb.DuckDBPyConnection,
    view_key: bytes,
    folder: Path,
    run_id: str,
    parent_run_id: str | None,
) -> duckdb.DuckDBPyRelation:
    """Make ``identified`` (cluster, incident_id) from ``resolved`` (incident_key, cluster), write
    the run's two files below ``folder`` and return the whole history of changes."""
    parent = folder / (parent_run_id or "no-parent")
    read_table(con, HISTORY, parent).create("old_membership")
    read_table(con, INCIDENT_LINEAGE, parent).create("old_history")

    def ids(keys: Any, attempts: Any) -> Any:
        pairs = zip(keys.to_pylist(), attempts.to_pylist(), strict=True)
        return pa.array([incident_id(view_key, key, attempt) for key, attempt in pairs])

    text = duckdb.type("VARCHAR")
    con.create_function(
        "incident_id_of", ids, [text, text], text, type=ARROW, null_handling=SPECIAL
    )
    con.execute(_KEPT)
    con.execute(_IDENTIFIED, {"parent": parent_run_id or "no parent"})
    con.sql(_HISTORY, params={"run": run_id}).create("incident_history")
    history = con.table("incident_history")
    members = con.sql(
        "SELECT incident_key, incident_id FROM resolved JOIN identified USING (cluster)"
    )
    write_table(members, HISTORY, folder / run_id)
    write_table(history, INCIDENT_LINEAGE, folder / run_id)
    write_former(con, HISTORY, folder, run_id)
    return history
