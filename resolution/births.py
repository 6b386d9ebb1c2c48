"""Two dates of birth that a person's records keep agreeing on are two people.

Guarantees: reads ``feature`` and the clusters alone; a date counts as established in a cluster when
records of two incidents or of two feeds give it, since one slip is copied from a report to its
copies and not from one incident to the next. Dates that a slip turns into one another never part.

Why. Each pair of namesakes differs in its date of birth by one slip's worth of evidence, and so
does the mean over all their pairs. That the same two dates return again and again is in no pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_ESTABLISHED: Final = """
WITH born AS (
    SELECT label, rid, birth, birth_year, birth_month, birth_day,
        coalesce(incident_key, feed || record_key) AS report
    FROM feature JOIN cluster_label USING (rid)
    WHERE birth IS NOT NULL
),
established AS (
    SELECT label, birth, birth_year, birth_month, birth_day
    FROM born GROUP BY ALL HAVING count(DISTINCT report) > 1
),
apart AS (
    SELECT l.label, l.birth AS one, r.birth AS other
    FROM established AS l JOIN established AS r USING (label)
    WHERE l.birth < r.birth
        AND damerau_levenshtein(l.birth, r.birth) > 2
        AND NOT (l.birth_year = r.birth_year
            AND (l.birth_month = r.birth_month OR l.birth_day = r.birth_day
                OR (l.birth_month = r.birth_day AND l.birth_day = r.birth_month)))
        AND NOT (l.birth_month = r.birth_month AND l.birth_day = r.birth_day)
)
SELECT l.rid AS l, r.rid AS r
FROM apart JOIN born AS l ON l.label = apart.label AND l.birth = one
JOIN born AS r ON r.label = apart.label AND r.birth = other
ORDER BY ALL
"""


def births_apart(con: duckdb.DuckDBPyConnection, label: Integers) -> Integers:
    """Pairs of rids of one cluster whose established dates of birth differ; shape (n, 2)."""
    con.register("cluster_label", pa.table({"rid": np.arange(len(label)), "label": label}))
    apart = con.sql(_ESTABLISHED).fetchnumpy()
    con.unregister("cluster_label")
    return np.stack([apart["l"], apart["r"]], axis=1).astype(np.int64)
