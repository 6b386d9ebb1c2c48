"""From clusters to the rows of persons and memberships.

Guarantees: every record of ``feature`` is in exactly one person; ids follow the parent run's
(resolution.lineage).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.lineage import carry_over, identify
from resolution.links import make_links
from resolution.returned import find_returned

if TYPE_CHECKING:
    import duckdb

    from resolution.job import Job
    from resolution.persons import Settled

WHO: Final = "SELECT record_key, person_id FROM resolved JOIN person_of USING (cluster)"

_DROP: Final = {
    "previous_membership": "DROP TABLE IF EXISTS previous_membership",
    "previous_history": "DROP TABLE IF EXISTS previous_history",
}

_RESOLVED: Final = """
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT feature.rid, feature.record_key, cluster.record_key AS cluster
FROM feature
JOIN label USING (rid)
JOIN feature AS cluster ON cluster.rid = label.label
"""

MEMBERSHIP_ROWS: Final = """
WITH inside AS (
    SELECT rid_l AS rid, match_weight, match_probability FROM linked WHERE same_person
    UNION ALL
    SELECT rid_r, match_weight, match_probability FROM linked WHERE same_person
),
best AS (
    SELECT rid, max(match_weight) AS match_weight, max(match_probability) AS match_probability
    FROM inside GROUP BY rid
)
SELECT record_key, person_id, coalesce(match_probability, 1.0) AS match_probability, match_weight
FROM resolved JOIN person_of USING (cluster) LEFT JOIN best USING (rid)
"""

PERSON_ROWS: Final = """
SELECT person_id, count(*)::INTEGER AS records, any_value(weakest) AS weakest_match_weight
FROM resolved JOIN person_of USING (cluster) LEFT JOIN weakest_link USING (cluster)
GROUP BY person_id
"""


def replace(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, name: str) -> None:
    con.execute(_DROP[name])
    relation.create(name)


def place(con: duckdb.DuckDBPyConnection, job: Job, settled: Settled) -> None:
    """Make ``label``, ``conflict`` and ``resolved``: which record is in which cluster,
    ``person_of`` of those that are known (lineage.carry_over) and ``returned``
    (resolution.returned)."""
    records, contradicted = len(settled.component), settled.clusters.contradicted
    labels = {"rid": np.arange(records), "label": settled.clusters.label}
    conflict = {
        "l": contradicted.min(axis=1, initial=records),
        "r": contradicted.max(axis=1, initial=-1),
        "contradicted": np.ones(len(contradicted), bool),
    }
    con.register("label", pa.table(labels))
    con.register("conflict", pa.table(conflict))
    con.execute(_RESOLVED)
    carry_over(con)
    find_returned(con, job.departed, job.membership)


def conclude(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Make ``linked``, ``weakest_link``, ``person_of`` and ``change``."""
    make_links(con)
    identify(con, job.view_key, job.run_id)
