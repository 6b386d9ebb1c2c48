"""The features that an increment compares: of what is new, and of what is kept.

Guarantees: a number's features are what its record says; only contacts that speak for nobody now
are taken out (resolution.crowded), whenever the features were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.around import with_reports
from resolution.blocking import make_keys
from resolution.changes import NARROW
from resolution.crowded import set_aside
from resolution.features import make_features
from resolution.holders import KeyRows
from resolution.state import Segment, take_features

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from resolution.state import State

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

# A report that only grew takes nothing back of what was compared before.
_TAKEN_BACK: Final = """
WITH stands AS (
    SELECT was.record_key
    FROM past_feature AS was JOIN feature AS now USING (record_key)
    WHERE (was.place IS NULL OR was.place = now.place)
        AND (was.circle IS NULL OR list_has_all(now.circle, was.circle))
        AND (was.scenes IS NULL OR list_has_all(now.scenes, was.scenes))
),
corrected AS (
    SELECT * EXCLUDE (circle, scenes, place) FROM past_feature
    EXCEPT SELECT * EXCLUDE (rid, circle, scenes, place) FROM feature
)
SELECT record_key FROM past_feature ANTI JOIN stands USING (record_key)
UNION ALL SELECT record_key FROM corrected
LIMIT 1
"""

_FEATURE: Final = "CREATE OR REPLACE TEMP TABLE feature AS FROM gathered"


@dataclass(frozen=True, slots=True)
class Fresh:
    """Of the records that are new or changed, in the order of their numbers."""

    rows: KeyRows
    narrow: NDArray[np.uint64]
    child: Flags
    features: pa.Table

    @property
    def linkable(self) -> int:
        return int(self.features.column("linkable").to_numpy().sum())


def make_fresh(con: duckdb.DuckDBPyConnection, first: int) -> Fresh:
    """What the records in ``fresh_record`` (resolution.changes) are compared and found by; their
    numbers begin at ``first``."""
    make_features(con, with_reports(con, con.table("fresh_record")))
    make_keys(con)
    found = con.sql("SELECT key, rid, rule FROM blocking_key").fetchnumpy()
    narrow = con.sql(NARROW).fetchnumpy()["narrow"]
    features = con.sql("SELECT * EXCLUDE (rid) FROM feature ORDER BY rid").to_arrow_table()
    rows = KeyRows(
        np.asarray(found["key"], dtype=np.uint64),
        np.asarray(found["rid"], dtype=np.int32) + np.int32(first),
        np.asarray(found["rule"], dtype=np.uint8),
    )
    order = np.lexsort((rows.number, np.asarray(narrow)[rows.number - first], rows.key))
    rows = KeyRows(rows.key[order], rows.number[order], rows.rule[order])
    return Fresh(
        rows,
        np.asarray(narrow, dtype=np.uint64),
        features.column("is_child").to_numpy(),
        features,
    )


def is_taken_back(con: duckdb.DuckDBPyConnection, state: State, gone: Integers) -> bool:
    """Whether a record that is ``gone`` did not come back in ``feature`` with at least what was
    compared of it before."""
    if not len(gone):
        return False
    first = state.base.records
    low, high = gone[gone < first], gone[gone >= first] - first
    parts = [take_features(state.base, low), take_features(state.delta, high)]
    con.register("past_feature", pa.concat_tables(parts))
    found = con.sql(_TAKEN_BACK).fetchall()
    con.unregister("past_feature")
    return bool(found)


class Gather:
    """Features by number, from wherever they are kept."""

    def __init__(
        self,
        state: State,
        fresh: pa.Table,
        high: NDArray[np.uint64],
        crowded: NDArray[np.uint64],
    ) -> None:
        self._segments = (
            state.base,
            state.delta,
            Segment({"key_high": high[len(state.alive) :]}, fresh),
        )
        self._high = high
        self._crowded = crowded

    def feature(self, con: duckdb.DuckDBPyConnection, numbers: Integers) -> Integers:
        """Make ``feature`` of these records; returns their numbers by ``rid``."""
        ordered = np.sort(numbers)
        parts, start = [], 0
        for segment in self._segments:
            low, high = np.searchsorted(ordered, [start, start + segment.records])
            parts.append(take_features(segment, ordered[low:high] - start))
            start += segment.records
        by_key = np.argsort(self._high[ordered], kind="stable")
        rid = np.empty(len(ordered), dtype=np.int32)
        rid[by_key] = np.arange(len(ordered), dtype=np.int32)
        con.register("gathered", pa.concat_tables(parts).add_column(0, "rid", pa.array(rid)))
        con.execute(_FEATURE)
        con.unregister("gathered")
        if len(self._crowded):
            set_aside(con, self._crowded)
        return ordered[by_key]
