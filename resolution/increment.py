"""Resolving again only what has changed since the parent run.

Guarantees: leaves the tables that a full resolution leaves (``feature``, ``scored_pair``,
``decided`` ...), for the touched records alone, with the same weights, components and clusters: a
component is touched where a record of it came, went, changed, got a candidate pair that could hold
it together, or is named by a decision or order that is new or undone. What is outside is as the
parent run left it. Raises StateUnusable where it cannot promise that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.blocking import KEYS_OF
from resolution.changes import NARROW, Diff, Keys, Work, compare, find_work, read_keys
from resolution.features import make_features, make_frequencies
from resolution.holders import KeyRows
from resolution.persons import Settled, add_scores, prepare_scores, settle
from resolution.scoring import Scorer
from resolution.state import (
    BLOCKED,
    CONTRADICTED,
    LINKED,
    REVIEWED,
    Segment,
    State,
    StateUnusable,
    take_features,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    from numpy.typing import NDArray

    from resolution.clustering import Constraints
    from resolution.model import Model
    from resolution.progress import Progress

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_FRESH: Final = "SELECT all_record.* FROM all_record SEMI JOIN fresh_key USING (record_key)"

_FEATURE: Final = """
CREATE OR REPLACE TEMP TABLE feature AS
SELECT (row_number() OVER (ORDER BY record_key) - 1)::INTEGER AS rid, * FROM gathered
"""

_CANDIDATE: Final = """
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT '0' AS match_key, l AS join_key_l, r AS join_key_r FROM candidate_pair
"""

_KNOWN: Final = """
CREATE OR REPLACE TEMP TABLE new_score AS
SELECT l AS rid_l, r AS rid_r, match_weight, match_probability
FROM known_pair WHERE blocked = $blocked
"""

# A pair that was scored because it lay inside a component counts only as long as it does.
_LEFT_OUTSIDE: Final = """
DELETE FROM scored_pair USING component AS l, component AS r
WHERE NOT blocked AND l.rid = rid_l AND r.rid = rid_r AND l.component <> r.component
"""

CONSTRAINTS: Final = """
WITH party AS (
    SELECT court_order_key, record_key
    FROM (UNPIVOT court_order ON petitioner_key, respondent_key, child_key
        INTO NAME part VALUE record_key)
)
SELECT record_key_l, record_key_r, verdict AS kind FROM decision
UNION
SELECT l.record_key, r.record_key, 'party'
FROM party AS l JOIN party AS r USING (court_order_key) WHERE l.record_key < r.record_key
ORDER BY ALL
"""

_CHANGED_CONSTRAINTS: Final = """
WITH changed AS (
    (FROM constraint_now EXCEPT FROM constraint_before)
    UNION (FROM constraint_before EXCEPT FROM constraint_now)
)
SELECT record_key_l AS record_key FROM changed UNION SELECT record_key_r FROM changed
ORDER BY record_key
"""


@dataclass(frozen=True, slots=True)
class Increment:
    """``numbers[rid]`` are the touched records, in the order of their keys."""

    settled: Settled
    numbers: Integers
    work: Work
    diff: Diff
    fresh_features: pa.Table
    pairs_scored: int
    void: dict[str, int]

    @property
    def fresh_linkable(self) -> int:
        return int(self.fresh_features.column("linkable").to_numpy().sum())


def resolve_increment(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    state: State,
    constraints_of: Callable[[], Constraints],
    most_changed: float,
    progress: Progress,
) -> Increment:
    """Resolve what differs between ``all_record`` and the state.

    ``constraints_of`` makes the constraints for the records in ``feature``. Raises StateUnusable,
    also where more than the share ``most_changed`` of the records is concerned.
    """
    limits = model.limits
    now = read_keys(con)
    if len(now) <= limits.every_pair_up_to:
        raise StateUnusable("the table is so small that every pair is scored")
    diff = compare(state, now)
    progress(f"{len(diff.fresh):,} records are new or changed, {len(diff.gone):,} gone or replaced")
    most = int(most_changed * len(now))
    if len(diff.fresh) + len(diff.gone) > most:
        raise StateUnusable(f"{len(diff.fresh) + len(diff.gone):,} records changed")
    rows, narrow, features = _fresh(con, diff.fresh, len(state.alive))
    named = _numbers_of(con, state)
    work = find_work(state, diff, rows, narrow, named, limits.records_per_key, most)
    gather = _Gather(state, features, work.high)
    left, right, weight, probability, strong = _score_candidates(con, model, work, gather)
    progress(f"{len(left):,} candidate pairs of {int(work.dirty.sum()):,} records scored")
    touched = _touched(state, work, diff.gone, np.r_[left[strong], right[strong]])
    numbers = gather.feature(con, np.flatnonzero(touched))
    both = touched[left] & touched[right]
    known = _concat(
        _standing(state, touched & ~work.dirty & work.alive),
        (
            left[both],
            right[both],
            weight[both],
            probability[both],
            np.full(int(both.sum()), BLOCKED),
        ),
    )
    make_frequencies(con, model.frequencies)
    prepare_scores(con)
    place = np.empty(len(work.high), dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    pairs = pa.table(
        {
            "l": place[known[0]],
            "r": place[known[1]],
            "match_weight": known[2],
            "match_probability": known[3],
            "blocked": (known[4] & BLOCKED) > 0,
        }
    )
    con.register("known_pair", pairs)
    for blocked in (True, False):
        con.execute(_KNOWN, {"blocked": blocked})
        add_scores(con, model, blocked=blocked)
    con.unregister("known_pair")
    settled = settle(con, model, Scorer(con, model), len(numbers), constraints_of(), progress)
    con.register(
        "component", pa.table({"rid": np.arange(len(numbers)), "component": settled.component})
    )
    con.execute(_LEFT_OUTSIDE)
    con.unregister("component")
    scored = len(left) + settled.pairs_scored - len(pairs)
    void = _void(state, work, touched, diff)
    return Increment(settled, numbers, work, diff, features, scored, void)


def _fresh(
    con: duckdb.DuckDBPyConnection, fresh: Keys, first: int
) -> tuple[KeyRows, NDArray[np.uint64], pa.Table]:
    """Blocking keys (by number), narrowing hashes and features of the fresh records."""
    con.register("fresh_key", pa.table({"record_key": pa.array(fresh.hexadecimal(), pa.string())}))
    make_features(con, con.sql(_FRESH))
    con.execute(KEYS_OF)
    found = con.sql("SELECT key, rid, rule FROM blocking_key").fetchnumpy()
    narrow = con.sql(NARROW).fetchnumpy()["narrow"]
    features = con.sql("SELECT * EXCLUDE (rid) FROM feature ORDER BY rid").to_arrow_table()
    con.unregister("fresh_key")
    rows = KeyRows(
        np.asarray(found["key"], dtype=np.uint64),
        np.asarray(found["rid"], dtype=np.int32) + np.int32(first),
        np.asarray(found["rule"], dtype=np.uint8),
    )
    order = np.lexsort((rows.number, np.asarray(narrow)[rows.number - first], rows.key))
    rows = KeyRows(rows.key[order], rows.number[order], rows.rule[order])
    return rows, np.asarray(narrow, dtype=np.uint64), features


def _numbers_of(con: duckdb.DuckDBPyConnection, state: State) -> Integers:
    """The state's numbers of records named by a decision or order that is new or undone."""
    con.register("constraint_before", state.constraints)
    con.register("constraint_now", con.sql(CONSTRAINTS).to_arrow_table())
    changed = con.sql(_CHANGED_CONSTRAINTS).fetchall()
    con.unregister("constraint_before")
    con.unregister("constraint_now")
    alive = np.flatnonzero(state.alive)
    if not changed or not len(alive):
        return np.empty(0, dtype=np.int64)
    try:
        keys = np.array([int(key[:16], 16) for (key,) in changed], dtype=np.uint64)
    except ValueError:
        raise StateUnusable("a decision or order names what is no record key") from None
    return alive[np.isin(state.of_records("key_high")[alive], keys)]


class _Gather:
    """Features by number, from wherever they are kept."""

    def __init__(self, state: State, fresh: pa.Table, high: NDArray[np.uint64]) -> None:
        self._segments = (
            state.base,
            state.delta,
            Segment({"key_high": high[len(state.alive) :]}, fresh),
        )
        self._high = high

    def feature(self, con: duckdb.DuckDBPyConnection, numbers: Integers) -> Integers:
        """Make ``feature`` of these records; returns their numbers by ``rid``."""
        ordered = np.sort(numbers)
        parts, start = [], 0
        for segment in self._segments:
            low, high = np.searchsorted(ordered, [start, start + segment.records])
            parts.append(take_features(segment, ordered[low:high] - start))
            start += segment.records
        con.register("gathered", pa.concat_tables(parts))
        con.execute(_FEATURE)
        con.unregister("gathered")
        return numbers[np.argsort(self._high[numbers], kind="stable")]


def _score_candidates(
    con: duckdb.DuckDBPyConnection, model: Model, work: Work, gather: _Gather
) -> tuple[Integers, Integers, NDArray[np.float64], NDArray[np.float64], Flags]:
    """Left, right, match weight, probability, and whether at or above the review threshold."""
    members = np.unique(np.r_[work.left, work.right])
    numbers = gather.feature(con, members)
    place = np.empty(len(work.high), dtype=np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    con.register("candidate_pair", pa.table({"l": place[work.left], "r": place[work.right]}))
    con.execute(_CANDIDATE)
    con.unregister("candidate_pair")
    make_frequencies(con, model.frequencies)
    prepare_scores(con)
    if len(work.left):
        Scorer(con, model).score("candidate", "new_score")
        add_scores(con, model, blocked=True)
    found = con.sql(
        "SELECT rid_l, rid_r, match_weight, match_probability, review_margin >= 0 AS strong "
        "FROM scored_pair"
    ).fetchnumpy()
    return (
        numbers[found["rid_l"]],
        numbers[found["rid_r"]],
        np.asarray(found["match_weight"], dtype=np.float64),
        np.asarray(found["match_probability"], dtype=np.float64),
        np.asarray(found["strong"], dtype=bool),
    )


def _touched(state: State, work: Work, gone: Integers, ends: Integers) -> Flags:
    """A flag for each number: it lives, and something about its component may be different."""
    known = len(state.alive)
    seeds = np.r_[gone, np.flatnonzero(work.dirty), ends]
    homes = np.zeros(known, dtype=bool)
    homes[state.component[seeds[seeds < known]]] = True
    touched = np.ones(len(work.alive), dtype=bool)
    touched[:known] = homes[state.component]
    return touched & work.alive


def _standing(
    state: State, keep: Flags
) -> tuple[Integers, Integers, NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """The state's pairs between records of ``keep``."""
    columns = ("pair_left", "pair_right", "pair_weight", "pair_probability", "pair_flags")
    found = []
    for segment, valid in ((state.base, ~state.moved), (state.delta, None)):
        left, right = segment["pair_left"], segment["pair_right"]
        chosen = keep[left] & keep[right]
        if valid is not None:
            chosen &= valid[left]
        at = np.flatnonzero(chosen)
        found.append(tuple(segment[name][at] for name in columns))
    one, other = found
    return _concat(one, other)


def _concat(
    one: tuple[NDArray[np.generic], ...], other: tuple[NDArray[np.generic], ...]
) -> tuple[Integers, Integers, NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    left, right, weight, probability, flags = (
        np.concatenate(pair) for pair in zip(one, other, strict=True)
    )
    return (
        left.astype(np.int64),
        right.astype(np.int64),
        weight.astype(np.float64),
        probability.astype(np.float64),
        flags.astype(np.uint8),
    )


def _void(state: State, work: Work, touched: Flags, diff: Diff) -> dict[str, int]:
    """How much of the state's counts the touched and gone records made up."""
    concerned = touched.copy()
    concerned[diff.gone] = True
    flags = _standing(state, concerned[: len(state.alive)] & state.alive)[4]
    gone = [
        segment.features.column("linkable").to_numpy()[at]
        for segment, at in (
            (state.base, diff.gone[diff.gone < state.base.records]),
            (state.delta, diff.gone[diff.gone >= state.base.records] - state.base.records),
        )
    ]
    return {
        "links": int(((flags & LINKED) > 0).sum()),
        "needs_review": int(((flags & REVIEWED) > 0).sum()),
        "contradicted_decisions": int(((flags & CONTRADICTED) > 0).sum()),
        "linkable_records": int(sum(part.sum() for part in gone)),
    }
