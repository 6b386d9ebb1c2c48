"""People's decisions and courts' orders on a view's records, as constraints of the clustering.

Guarantees: a snapshot that does not fit its declaration is refused whole; what names a record that
the view does not hold constrains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from resolution.clustering import Constraints
from resolution.contracts import DECISION
from resolution.errors import BadDecisions
from resolution.persons import parties_apart
from runs.schema import empty

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

SAME: Final = "same"
DIFFERENT: Final = "different"

_DECIDED: Final = """
CREATE OR REPLACE TEMP TABLE decided AS
SELECT least(l.rid, r.rid) AS l, greatest(l.rid, r.rid) AS r, verdict
FROM decision
JOIN feature AS l ON l.record_key = record_key_l
JOIN feature AS r ON r.record_key = record_key_r
WHERE l.rid <> r.rid
ORDER BY ALL
"""


def open_decisions(con: duckdb.DuckDBPyConnection, decisions: Path | None) -> None:
    """Make the view ``decision``. Raises BadDecisions."""
    if decisions is None:
        empty(con, DECISION).create_view("decision")
        return
    if not decisions.exists():
        raise BadDecisions(f"no decisions snapshot {decisions}; pass None where there are none")
    wanted, found = set(DECISION.column_names), set(pq.read_schema(decisions).names)
    if wanted != found:
        raise BadDecisions(
            f"{decisions} has columns {sorted(found)}, expected {sorted(wanted)}; "
            "write it as resolution.contracts.DECISION declares"
        )
    con.read_parquet(str(decisions)).select(*DECISION.column_names).create_view("decision")


def constraints_of(con: duckdb.DuckDBPyConnection) -> Constraints:
    """Decisions and orders on the records of ``feature``, as record numbers; the decisions also as
    the table ``decided``."""
    con.execute(_DECIDED)
    rows = con.sql("SELECT l, r, verdict FROM decided ORDER BY ALL").fetchnumpy()
    verdicts = np.asarray(rows["verdict"], dtype=str)
    unknown = sorted(set(verdicts.tolist()) - {SAME, DIFFERENT})
    if unknown:
        raise BadDecisions(
            f"the decisions snapshot holds {len(unknown)} unknown verdicts, expected {SAME} or "
            f"{DIFFERENT}"
        )
    pairs = np.stack([rows["l"], rows["r"]], axis=1).astype(np.int64)
    cannot = np.r_[pairs[verdicts == DIFFERENT], parties_apart(con)]
    return Constraints(must=pairs[verdicts == SAME], cannot=cannot)
