"""Leaving a resolution's state for the next run: all after a full one, the rest after an increment.

Guarantees: what is left is what ``resolution.state`` declares, for the tables that a resolution has
on its connection; the same resolution leaves the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.blocking import make_keys
from resolution.changes import NARROW, read_keys
from resolution.checks import StateUnusable
from resolution.clustering import Pairs, components, strongest_forest
from resolution.increment import constraint_table
from resolution.state import (
    ARRAYS,
    BLOCKED,
    finish,
    link_base,
    write_arrays,
    write_feature_table,
    write_features,
    write_stream,
)
from resolution.touched import code_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from resolution.increment import Increment
    from resolution.state import State

    Integers = NDArray[np.int64]

MOST_PAIRS: Final = 100_000_000
"""Of so many the state takes five gigabytes of memory to write; a run without it only takes
longer. Five million records of a made-up Virginia have 98 million, ten million 316."""

_BLOCKS: Final = """
SELECT key, rid, rule
FROM blocking_key JOIN narrowing USING (rid)
ORDER BY key, narrow, rid
"""

# What the next run may need of the pairs: see resolution.state.
_KEPT: Final = """
CREATE OR REPLACE TEMP VIEW kept_pair AS
SELECT rid_l AS pair_left, rid_r AS pair_right, scored_pair.match_weight AS pair_weight,
    scored_pair.match_probability AS pair_probability, scored_pair.levels AS pair_levels,
    review_margin,
    (CASE WHEN blocked THEN 1 ELSE 0 END | coalesce(flags, 0))::UTINYINT AS pair_flags
FROM scored_pair
JOIN component AS one ON one.rid = rid_l
JOIN component AS other ON other.rid = rid_r
LEFT JOIN decided ON decided.l = rid_l AND decided.r = rid_r
LEFT JOIN linked USING (rid_l, rid_r)
WHERE review_margin >= 0 OR one.component = other.component OR verdict IS NOT NULL
"""

_ALL_KEPT: Final = "FROM kept_pair ORDER BY pair_left, pair_right"

# Most pairs of what was resolved again are as the parent run left them.
_CHANGED: Final = """
CREATE OR REPLACE TEMP TABLE changed_pair AS
SELECT rid_l AS pair_left, rid_r AS pair_right
FROM linked ANTI JOIN standing_row USING (rid_l, rid_r, flags)
UNION
SELECT rid_l, rid_r FROM standing_row ANTI JOIN linked USING (rid_l, rid_r, flags)
UNION
SELECT l, r FROM open_pair
"""

_CHANGED_KEPT: Final = """
FROM kept_pair SEMI JOIN changed_pair USING (pair_left, pair_right) ORDER BY pair_left, pair_right
"""


def keep_all(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    fingerprint: str,
    component: Integers,
    crowded: NDArray[np.uint64],
    dropped: Mapping[int, int],
    counts: Mapping[str, int],
    persons: Path,
) -> None:
    """Leave the state of a full resolution below ``folder``, of ``feature`` as the records say it.

    Raises StateUnusable where the records cannot be kept by number, or are of more than
    MOST_PAIRS scored pairs.
    """
    if (scored := len(con.table("scored_pair"))) > MOST_PAIRS:
        raise StateUnusable(f"{scored:,} scored pairs, more than {MOST_PAIRS:,}, are not kept")
    keys = read_keys(con)
    base, delta = folder / "base", folder / "delta"
    base.mkdir(parents=True)
    delta.mkdir()
    write_arrays(base, {"key_high": keys.high, "key_low": keys.low, "content": keys.content})
    narrow = np.asarray(con.sql(NARROW).fetchnumpy()["narrow"], dtype=np.uint64)
    child = con.sql("SELECT is_child FROM feature ORDER BY rid").fetchnumpy()["is_child"]
    write_arrays(base, {"narrow": narrow, "child": np.asarray(child, dtype=bool)})
    make_keys(con)
    con.register(
        "narrowing", pa.table({"rid": np.arange(len(narrow), dtype=np.int32), "narrow": narrow})
    )
    blocks = {"key": "block_key", "rid": "block_number", "rule": "block_rule"}
    write_stream(con.sql(_BLOCKS), base, blocks)
    con.unregister("narrowing")
    con.execute("DROP TABLE blocking_key")
    pairs, margin = _kept(con, component, _ALL_KEPT)
    write_arrays(base, pairs)
    left, right = pairs["pair_left"], pairs["pair_right"]
    edges = Pairs(left, right, margin).at((pairs["pair_flags"] & BLOCKED) > 0).at_least(0)
    forest = strongest_forest(len(keys), edges)
    write_features(con.sql("SELECT * EXCLUDE (rid) FROM feature ORDER BY rid"), base)
    write_arrays(delta, {name: np.empty(0, dtype=kind) for name, kind in ARRAYS.items()})
    none = con.sql("SELECT * EXCLUDE (rid) FROM feature LIMIT 0").to_arrow_table()
    write_feature_table(none, delta)
    whole = {
        "alive": np.ones(len(keys), dtype=bool),
        "component": components(len(keys), left, right),
        "part": component,
        "void": np.zeros(len(left), dtype=bool),
        "forest_left": forest.left,
        "forest_right": forest.right,
        "forest_margin": forest.margin,
        "crowded": crowded,
    }
    finish(folder, fingerprint, whole, constraint_table(con), dropped, counts, persons)


def keep_increment(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    fingerprint: str,
    state: State,
    found: Increment,
    dropped: Mapping[int, int],
    counts: Mapping[str, int],
    persons: Path,
) -> None:
    """Leave the state after an increment: the parent's base, and a delta of all since then."""
    link_base(state.folder, folder)
    delta = folder / "delta"
    delta.mkdir()
    arrays, features, whole = _next_delta(con, state, found)
    write_arrays(delta, arrays)
    write_feature_table(features, delta)
    constraints = constraint_table(con)
    finish(folder, fingerprint, whole, constraints, dropped, counts, persons, state.checks.expected)


def _kept(
    con: duckdb.DuckDBPyConnection, component: Integers, wanted: str
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """The pairs of ``scored_pair`` that the next run may need, by rid, and by how much each is over
    the review threshold; ``wanted`` says which of them."""
    con.register("component", pa.table({"rid": np.arange(len(component)), "component": component}))
    con.execute(_KEPT)
    found = con.sql(wanted).fetchnumpy()
    con.unregister("component")
    margin = np.asarray(found.pop("review_margin"), dtype=np.float64)
    return {name: np.asarray(values, ARRAYS[name]) for name, values in found.items()}, margin


def _replaced(con: duckdb.DuckDBPyConnection, found: Increment) -> NDArray[np.bool_]:
    """Which pairs of ``found.past`` no longer hold as they were."""
    changed = con.sql("SELECT pair_left, pair_right FROM changed_pair").fetchnumpy()
    codes = code_of(changed["pair_left"].astype(np.int64), changed["pair_right"].astype(np.int64))
    replaced = found.past.loose.copy()
    replaced[~replaced] = np.isin(code_of(*found.standing), codes)
    return replaced


def _next_delta(
    con: duckdb.DuckDBPyConnection, state: State, found: Increment
) -> tuple[dict[str, NDArray[Any]], pa.Table, dict[str, NDArray[Any]]]:
    """The delta's arrays and features after this increment, and the arrays of all numbers."""
    work, fresh, touched = found.work, found.diff.fresh, found.touched
    left, right = found.open_
    con.register("open_pair", pa.table({"l": left, "r": right}))
    con.execute(_CHANGED)
    con.unregister("open_pair")
    pairs, _ = _kept(con, found.settled.component, _CHANGED_KEPT)
    replaced, in_base = _replaced(con, found), len(found.past.base)
    old = state.delta
    standing = np.ones(len(old["pair_left"]), dtype=bool)
    standing[found.past.delta[replaced[in_base:]]] = False
    arrays: dict[str, NDArray[Any]] = {
        "key_high": np.r_[old["key_high"], fresh.high],
        "key_low": np.r_[old["key_low"], fresh.low],
        "content": np.r_[old["content"], fresh.content],
        "narrow": work.narrow[state.base.records :],
        "child": np.r_[old["child"], found.fresh.child],
        "block_key": work.block_rows.key,
        "block_number": work.block_rows.number,
        "block_rule": work.block_rows.rule,
    }
    for name, values in pairs.items():
        new = found.numbers[values] if name in ("pair_left", "pair_right") else values
        arrays[name] = np.r_[old[name][standing], new.astype(ARRAYS[name])]
    void = np.array(state.void)
    void[found.past.base[replaced[:in_base]]] = True
    whole = {
        "alive": work.alive,
        "component": touched.component,
        "part": touched.part,
        "void": void,
        "forest_left": touched.forest.left,
        "forest_right": touched.forest.right,
        "forest_margin": touched.forest.margin,
        "crowded": work.crowded,
    }
    return arrays, pa.concat_tables([old.features, found.fresh.features]), whole
