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

from resolution.apart import open_parties
from resolution.blocking import NO_PAIRS
from resolution.bounds import keep_possible, make_sketch
from resolution.changes import Diff, Work, compare, find_work
from resolution.checks import StateUnusable
from resolution.clustering import smallest_of
from resolution.decisions import SAME
from resolution.features import hold_shares, take_frequencies
from resolution.few import FewScorer
from resolution.gather import Fresh, Gather, is_taken_back, make_fresh
from resolution.persons import Settled, add_scores, prepare_scores, settle
from resolution.state import BLOCKED, LINKED, State
from resolution.touched import Scored, Touched, touch, unscored

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    from numpy.typing import NDArray

    from resolution.clustering import Constraints
    from resolution.model import Model
    from resolution.progress import Progress

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_PAIR: Final = (
    "pair_left",
    "pair_right",
    "pair_weight",
    "pair_probability",
    "pair_levels",
    "pair_flags",
)

_PAIRED: Final = """
CREATE OR REPLACE TEMP TABLE paired AS
SELECT l AS join_key_l, r AS join_key_r, 0 AS rules FROM candidate_pair
"""

_KNOWN: Final = """
CREATE OR REPLACE TEMP TABLE new_score AS
SELECT l AS rid_l, r AS rid_r, match_weight, match_probability, levels
FROM known_pair WHERE blocked = $blocked
"""

# A pair that was scored because it lay inside a component counts only as long as it does.
_LEFT_OUTSIDE: Final = """
DELETE FROM scored_pair USING component AS l, component AS r
WHERE NOT blocked AND l.rid = rid_l AND r.rid = rid_r AND l.component <> r.component
"""

_CONSTRAINTS: Final = """
SELECT record_key_l, record_key_r, verdict AS kind FROM decision
UNION
SELECT record_key_l, record_key_r, 'party' FROM party_pair
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
    """``numbers[rid]`` are the records that were resolved again, in the order of their keys.
    ``standing``: the pairs of rids of what is not ``loose`` in ``past``, in its order; ``open_``:
    pairs that are new, or no longer in one part. ``taken_back``: a record is gone or corrected, or
    its report no longer holds what it held."""

    settled: Settled
    numbers: Integers
    touched: Touched
    work: Work
    diff: Diff
    fresh: Fresh
    past: Past
    standing: tuple[Integers, Integers]
    open_: tuple[Integers, Integers]
    pairs_scored: int
    taken_back: bool


@dataclass(frozen=True, slots=True)
class Past:
    """The parent run's pairs that the increment replaces. ``base`` and ``delta`` are their places;
    ``loose`` says that a record of the pair is gone, or its candidates were found again."""

    left: Integers
    right: Integers
    weight: NDArray[np.float64]
    probability: NDArray[np.float64]
    levels: NDArray[np.uint64]
    flags: NDArray[np.uint8]
    loose: Flags
    base: Integers
    delta: Integers


def resolve_increment(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    state: State,
    constraints_of: Callable[[], Constraints],
    most_changed: float,
    progress: Progress,
) -> Increment:
    """Resolve what differs between the opened records (resolution.around) and the state.

    Makes ``standing_row`` (rid_l, rid_r, flags) besides: what the parent run's link table says of
    pairs between the records. ``constraints_of`` makes the constraints for the records in
    ``feature``. Raises StateUnusable, also where more than the share ``most_changed`` of the
    records is concerned, or has changed since all were resolved: what is kept beside the base
    stays small.
    """
    limits = model.limits
    with state.checks.beside():
        diff = compare(con, state)
        if diff.records <= limits.every_pair_up_to:
            raise StateUnusable("the table is so small that every pair is scored")
        progress(
            f"{len(diff.fresh):,} records are new or changed, {len(diff.gone):,} gone or replaced"
        )
        most, changed = int(most_changed * diff.records), len(diff.fresh) + len(diff.gone)
        if changed > most:
            raise StateUnusable(f"{changed:,} records changed")
        changed += state.delta.records + int((~state.alive).sum())
        if changed > most:
            raise StateUnusable(f"{changed:,} records changed since all were resolved")
        fresh = make_fresh(con, len(state.alive))
        named = _numbers_of(con, state)
    taken_back = is_taken_back(con, state, diff.gone)
    work = find_work(state, diff, fresh.rows, fresh.narrow, named, limits.records_per_key, most)
    gather = Gather(state, fresh.features, work.high, work.crowded)
    scorer = FewScorer(con, model)
    hold_shares(con, model.frequencies)
    scored = _score_candidates(con, model, scorer, work, gather, constraints_of)
    progress(f"{len(scored):,} candidate pairs of {int(work.dirty.sum()):,} records scored")
    decided, must = _decided(con, state, work)
    touched = touch(
        state,
        work,
        diff.gone,
        scored,
        decided,
        must,
        np.r_[state.of_records("child"), fresh.child],
        model.thresholds,
        limits.records_per_component,
    )
    past = _past(state, work, diff.gone, touched.members)
    numbers = gather.feature(con, np.flatnonzero(touched.members))
    place = np.full(len(work.high), -1, dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    inside = scored.at(touched.members[scored.left] & touched.members[scored.right])
    take_frequencies(con, model.frequencies)
    known = _know(con, model, place, past, inside)
    component = smallest_of(touched.part[numbers].astype(np.int64))
    before = np.r_[state.part, np.arange(len(state.part), len(place), dtype=np.int32)]
    before = before[numbers].astype(np.int64)
    missing = unscored(component, before, work.dirty[numbers], known)
    settled = settle(
        con,
        model,
        scorer,
        len(numbers),
        constraints_of(),
        progress,
        component=component,
        missing=missing,
        bounded=True,
    )
    con.register(
        "component", pa.table({"rid": np.arange(len(numbers)), "component": settled.component})
    )
    con.execute(_LEFT_OUTSIDE)
    con.unregister("component")
    left, right = known
    stands = int((~past.loose).sum())
    left_behind = (before[left] == before[right]) & (component[left] != component[right])
    left_behind[stands:] = True
    return Increment(
        settled,
        numbers,
        touched,
        work,
        diff,
        fresh,
        past,
        standing=(left[:stands], right[:stands]),
        open_=(np.r_[left[left_behind], missing[0]], np.r_[right[left_behind], missing[1]]),
        pairs_scored=len(scored) + len(missing[0]),
        taken_back=taken_back,
    )


def constraint_table(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Decisions and orders by the keys of their records, as a state keeps them: record_key_l,
    record_key_r, kind (same, different or party)."""
    open_parties(con)
    return con.sql(_CONSTRAINTS).to_arrow_table()


def _know(
    con: duckdb.DuckDBPyConnection, model: Model, place: Integers, past: Past, inside: Scored
) -> tuple[Integers, Integers]:
    """Make ``scored_pair`` of what is scored already, and ``standing_row``; returns the pairs."""
    prepare_scores(con)
    stands = ~past.loose
    flags = np.r_[past.flags[stands], np.full(len(inside), BLOCKED, dtype=np.uint8)]
    left = place[np.r_[past.left[stands], inside.left]]
    right = place[np.r_[past.right[stands], inside.right]]
    pairs = pa.table(
        {
            "l": left,
            "r": right,
            "match_weight": np.r_[past.weight[stands], inside.weight],
            "match_probability": np.r_[past.probability[stands], inside.probability],
            "levels": np.r_[past.levels[stands], inside.levels],
            "blocked": (flags & BLOCKED) > 0,
        }
    )
    con.register("known_pair", pairs)
    for blocked in (True, False):
        con.execute(_KNOWN, {"blocked": blocked})
        add_scores(con, model, blocked=blocked)
    con.unregister("known_pair")
    old = np.flatnonzero(past.flags[stands] & LINKED)
    row = flags[old] & np.uint8(~BLOCKED & 0xFF)
    con.register("standing", pa.table({"rid_l": left[old], "rid_r": right[old], "flags": row}))
    con.execute("CREATE OR REPLACE TEMP TABLE standing_row AS SELECT * FROM standing")
    con.unregister("standing")
    return left, right


def _numbers_of(con: duckdb.DuckDBPyConnection, state: State) -> Integers:
    """The state's numbers of records named by a decision or order that is new or undone."""
    con.register("constraint_before", state.constraints)
    con.register("constraint_now", constraint_table(con))
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


def _score_candidates(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    scorer: FewScorer,
    work: Work,
    gather: Gather,
    constraints_of: Callable[[], Constraints],
) -> Scored:
    """Score all candidates that could reach review, and those on which there is a decision."""
    members = np.unique(np.r_[work.left, work.right])
    numbers = gather.feature(con, members)
    place = np.empty(len(work.high), dtype=np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    con.register("candidate_pair", pa.table({"l": place[work.left], "r": place[work.right]}))
    con.execute(_PAIRED)
    con.unregister("candidate_pair")
    constraints_of()
    make_sketch(con)
    con.execute(NO_PAIRS)
    keep_possible(con, model, len(numbers))
    take_frequencies(con, model.frequencies)
    prepare_scores(con)
    if len(con.table("candidate")):
        scorer.score("candidate", "new_score")
        add_scores(con, model, blocked=True)
    found = con.sql(
        "SELECT rid_l, rid_r, match_weight, match_probability, review_margin, levels "
        "FROM scored_pair"
    ).fetchnumpy()
    return Scored(
        numbers[found["rid_l"]],
        numbers[found["rid_r"]],
        np.asarray(found["match_weight"], dtype=np.float64),
        np.asarray(found["match_probability"], dtype=np.float64),
        np.asarray(found["review_margin"], dtype=np.float64),
        np.asarray(found["levels"], dtype=np.uint64),
    )


def _decided(con: duckdb.DuckDBPyConnection, state: State, work: Work) -> tuple[Integers, Integers]:
    """Pairs of numbers on which there is a decision, and those that one joins; shape (n, 2)."""
    rows = con.sql(
        "SELECT record_key_l, record_key_r, verdict FROM decision ORDER BY ALL"
    ).fetchall()
    alive = np.flatnonzero(work.alive)
    alive = alive[np.argsort(work.high[alive], kind="stable")]
    high = work.high[alive]
    if not rows or not len(alive):
        return np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int64)
    keys = np.array([[int(key[:16], 16) for key in row[:2]] for row in rows], dtype=np.uint64)
    at = np.minimum(np.searchsorted(high, keys), len(high) - 1)
    present = (high[at] == keys).all(axis=1) & (at[:, 0] != at[:, 1])
    same = np.array([row[2] == SAME for row in rows])
    pairs = alive[at]
    return pairs[present], pairs[present & same]


def _past(state: State, work: Work, gone: Integers, members: Flags) -> Past:
    """The state's pairs with a record whose candidates were found again or that is gone, and those
    between two members."""
    mark = members.astype(np.uint8)
    mark[work.dirty] |= 2
    mark[gone] |= 2
    found, places = [], []
    for segment, void in ((state.base, state.void), (state.delta, None)):
        left, right = mark[segment["pair_left"]], mark[segment["pair_right"]]
        chosen = ((left & right & 1) | ((left | right) & 2)) > 0
        if void is not None:
            chosen &= ~void
        at = np.flatnonzero(chosen)
        places.append(at)
        found.append({name: segment[name][at] for name in _PAIR})
    columns = {name: np.concatenate([part[name] for part in found]) for name in _PAIR}
    left, right = columns["pair_left"].astype(np.int64), columns["pair_right"].astype(np.int64)
    return Past(
        left,
        right,
        columns["pair_weight"],
        columns["pair_probability"],
        columns["pair_levels"],
        columns["pair_flags"],
        ((mark[left] | mark[right]) & 2) > 0,
        *places,
    )
