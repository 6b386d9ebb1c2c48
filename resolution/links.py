"""Which scored pairs are links of the view, and their rows with waterfalls.

Guarantees: a pair is a link where it lies inside a person, between the thresholds, against the
outcome (strong enough to join, yet apart), or where somebody decided on it. Parts of the rows are
made one after another in the order of the table's key; no row depends on where a part ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.clustering import weakest_links
from resolution.joining import PAIRS_JOINED_AT_ONCE
from resolution.levels import unpacked
from resolution.scoring import cut
from resolution.waterfall import waterfalls

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    from numpy.typing import NDArray

    from resolution.job import Job

LINKS_AT_ONCE: Final = 1_000_000
"""Links whose waterfalls are made together, which bounds memory; no result depends on it."""

_LINKED: Final = """
CREATE OR REPLACE TEMP TABLE linked AS
WITH judged AS (
    SELECT rid_l, rid_r, match_weight, match_probability, levels,
        l.label = r.label AS same_person,
        margin, review_margin,
        decided.verdict,
        coalesce(conflict.contradicted, false) AS contradicted
    FROM scored_pair
    JOIN label AS l ON l.rid = rid_l
    JOIN label AS r ON r.rid = rid_r
    LEFT JOIN decided ON decided.l = rid_l AND decided.r = rid_r
    LEFT JOIN conflict ON conflict.l = rid_l AND conflict.r = rid_r
)
SELECT rid_l, rid_r, match_weight, match_probability, levels, margin, same_person,
    CASE
        WHEN contradicted THEN 'contradicted'
        WHEN verdict IS NOT NULL OR review_margin < 0 THEN NULL
        WHEN NOT same_person AND margin >= 0 THEN 'kept_apart'
        WHEN NOT same_person THEN 'uncertain'
        WHEN margin < 0 THEN 'held_inside'
    END AS review,
    (2 | CASE WHEN same_person THEN 4 ELSE 0 END
        | CASE review WHEN 'contradicted' THEN 8 WHEN 'kept_apart' THEN 16 WHEN 'uncertain' THEN 24
            WHEN 'held_inside' THEN 32 ELSE 0 END)::UTINYINT AS flags
FROM judged
WHERE same_person OR contradicted OR verdict IS NOT NULL OR review_margin >= 0
"""

_LINKED_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE linked_pair AS
SELECT rid_l AS join_key_l, rid_r AS join_key_r, levels
FROM linked ANTI JOIN standing_row USING (rid_l, rid_r, flags)
WHERE rid_l >= $first AND rid_l < $end
"""

# Rows of the parent run's link table, as their flags say; none where all is resolved anew.
NOTHING_STANDS: Final = """
CREATE OR REPLACE TEMP TABLE standing_row (rid_l INTEGER, rid_r INTEGER, flags UTINYINT)
"""

VOID_LINKS: Final = """
SELECT l.record_key AS record_key_l, r.record_key AS record_key_r
FROM standing_row ANTI JOIN linked USING (rid_l, rid_r, flags)
JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
UNION ALL
SELECT record_key_l, record_key_r FROM loose_link
"""

_LINKS_OF: Final = "SELECT rid_l, count(*) AS links FROM linked GROUP BY rid_l ORDER BY rid_l"

_LINK: Final = """
SELECT l.record_key AS record_key_l, r.record_key AS record_key_r, match_weight,
    match_probability, margin, same_person, review IS NOT NULL AS needs_review, review, waterfall
FROM linked JOIN explained USING (rid_l, rid_r)
JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
"""

_INSIDE_OF: Final = """
SELECT label, count(*) AS pairs FROM linked JOIN label ON rid = rid_l
WHERE same_person GROUP BY label ORDER BY label
"""

_INSIDE: Final = """
SELECT rid_l, rid_r, match_weight FROM linked JOIN label ON rid = rid_l
WHERE same_person AND label >= $first AND label < $end
"""


def make_links(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``linked`` (rid_l, rid_r, weights, review, flags: see resolution.state) and
    ``weakest_link`` of ``scored_pair``, ``label``, ``decided`` and ``conflict``."""
    con.execute(_LINKED)
    label = con.sql("SELECT label FROM label ORDER BY rid").fetchnumpy()["label"]
    _weakest(con, label)


def reviews(con: duckdb.DuckDBPyConnection) -> int:
    return len(con.sql("SELECT 1 FROM linked WHERE review IS NOT NULL"))


def explained_parts(con: duckdb.DuckDBPyConnection, job: Job) -> Iterator[duckdb.DuckDBPyRelation]:
    """The rows of contracts.LINK, a part at a time, in the order of their keys: rids have it."""
    counted = con.sql(_LINKS_OF).fetchnumpy()
    for first, end in cut(np.asarray(counted["rid_l"]), counted["links"], LINKS_AT_ONCE):
        yield explained_rows(con, job, first, end)


def explained_rows(
    con: duckdb.DuckDBPyConnection, job: Job, first: int, end: int
) -> duckdb.DuckDBPyRelation:
    """The rows of contracts.LINK whose left record's number is from ``first`` to below ``end``."""
    con.execute(_LINKED_PAIRS, {"first": first, "end": end})
    waterfalls(unpacked(con, job.model), job.model, job.shown_columns).create_view(
        "explained", replace=True
    )
    return con.sql(_LINK)


def _weakest(con: duckdb.DuckDBPyConnection, label: NDArray[np.int64]) -> None:
    """Make ``weakest_link`` (cluster, weakest) of ``linked``: see clustering.weakest_links."""
    con.execute("CREATE OR REPLACE TEMP TABLE weakest_link (cluster VARCHAR, weakest DOUBLE)")
    counted = con.sql(_INSIDE_OF).fetchnumpy()
    for first, end in cut(np.asarray(counted["label"]), counted["pairs"], PAIRS_JOINED_AT_ONCE):
        found = con.execute(_INSIDE, {"first": first, "end": end}).fetchnumpy()
        homes, weights = weakest_links(
            label,
            np.asarray(found["rid_l"], np.int64),
            np.asarray(found["rid_r"], np.int64),
            np.asarray(found["match_weight"], np.float64),
        )
        con.register("weakest_number", pa.table({"rid": homes, "weakest": weights}))
        con.execute(
            "INSERT INTO weakest_link "
            "SELECT record_key, weakest FROM weakest_number JOIN feature USING (rid)"
        )
        con.unregister("weakest_number")
