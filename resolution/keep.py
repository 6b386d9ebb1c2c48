"""Leaving a resolution's state for the next run: all after a full one, the rest after an increment.

Guarantees: what is left is what ``resolution.state`` declares, for the tables that a resolution has
on its connection; the same resolution leaves the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.blocking import KEYS_OF
from resolution.changes import NARROW, read_keys
from resolution.clustering import components
from resolution.increment import CONSTRAINTS
from resolution.state import (
    ARRAYS,
    BLOCKED,
    CONTRADICTED,
    LINKED,
    REVIEWED,
    checked_files,
    finish,
    link_base,
    write_arrays,
    write_feature_table,
    write_features,
    write_stream,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from resolution.increment import Increment
    from resolution.state import State

    Integers = NDArray[np.int64]

_BLOCKS: Final = """
SELECT key, rid, rule
FROM blocking_key JOIN narrowing USING (rid)
ORDER BY key, narrow, rid
"""

# What the next run may need of the pairs: see resolution.state.
_KEPT: Final = """
SELECT rid_l AS pair_left, rid_r AS pair_right, scored_pair.match_weight AS pair_weight,
    scored_pair.match_probability AS pair_probability,
    CASE WHEN blocked THEN $blocked ELSE 0 END
        | CASE WHEN same_person IS NOT NULL THEN $linked ELSE 0 END
        | CASE WHEN review IS NOT NULL THEN $reviewed ELSE 0 END
        | CASE WHEN review = 'contradicted' THEN $contradicted ELSE 0 END AS pair_flags
FROM scored_pair
JOIN component AS one ON one.rid = rid_l
JOIN component AS other ON other.rid = rid_r
LEFT JOIN decided ON decided.l = rid_l AND decided.r = rid_r
LEFT JOIN linked USING (rid_l, rid_r)
WHERE review_margin >= 0 OR one.component = other.component OR verdict IS NOT NULL
ORDER BY rid_l, rid_r
"""
_FLAGS: Final = {
    "blocked": BLOCKED,
    "linked": LINKED,
    "reviewed": REVIEWED,
    "contradicted": CONTRADICTED,
}


def keep_all(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    fingerprint: str,
    component: Integers,
    dropped: Mapping[int, int],
    counts: Mapping[str, int],
    persons: Path,
) -> None:
    """Leave the state of a full resolution below ``folder``.

    Raises StateUnusable where the records cannot be kept by number.
    """
    keys = read_keys(con)
    base, delta = folder / "base", folder / "delta"
    base.mkdir(parents=True)
    delta.mkdir()
    write_arrays(base, {"key_high": keys.high, "key_low": keys.low, "content": keys.content})
    narrow = np.asarray(con.sql(NARROW).fetchnumpy()["narrow"], dtype=np.uint64)
    write_arrays(base, {"narrow": narrow})
    con.execute(KEYS_OF)
    con.register(
        "narrowing", pa.table({"rid": np.arange(len(narrow), dtype=np.int32), "narrow": narrow})
    )
    blocks = {"key": "block_key", "rid": "block_number", "rule": "block_rule"}
    write_stream(con.sql(_BLOCKS), base, blocks)
    con.unregister("narrowing")
    con.execute("DROP TABLE blocking_key")
    pairs, connected = kept_pairs(con, component)
    write_arrays(base, pairs)
    write_features(con.sql("SELECT * EXCLUDE (rid) FROM feature ORDER BY rid"), base)
    write_arrays(delta, {name: np.empty(0, dtype=kind) for name, kind in ARRAYS.items()})
    none = con.sql("SELECT * EXCLUDE (rid) FROM feature LIMIT 0").to_arrow_table()
    write_feature_table(none, delta)
    whole = {
        "alive": np.ones(len(keys), dtype=bool),
        "moved": np.zeros(len(keys), dtype=bool),
        "component": connected,
    }
    finish(
        folder, fingerprint, whole, con.sql(CONSTRAINTS).to_arrow_table(), dropped, counts, persons
    )


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
    constraints = con.sql(CONSTRAINTS).to_arrow_table()
    trusted = checked_files(state.folder)
    finish(folder, fingerprint, whole, constraints, dropped, counts, persons, trusted)


def kept_pairs(
    con: duckdb.DuckDBPyConnection, component: Integers
) -> tuple[dict[str, NDArray[Any]], Integers]:
    """The pairs of ``scored_pair`` that the next run may need, by rid, and what they connect:
    for each record the smallest rid that it hangs together with."""
    con.register("component", pa.table({"rid": np.arange(len(component)), "component": component}))
    found = con.sql(_KEPT, params=_FLAGS).fetchnumpy()
    con.unregister("component")
    pairs = {name: np.asarray(values, dtype=ARRAYS[name]) for name, values in found.items()}
    connected = components(
        len(component), pairs["pair_left"].astype(np.int64), pairs["pair_right"].astype(np.int64)
    )
    return pairs, connected


def _next_delta(
    con: duckdb.DuckDBPyConnection, state: State, found: Increment
) -> tuple[dict[str, NDArray[Any]], pa.Table, dict[str, NDArray[Any]]]:
    """The delta's arrays and features after this increment, and the arrays of all numbers."""
    work, numbers, fresh = found.work, found.numbers, found.diff.fresh
    pairs, connected = kept_pairs(con, found.settled.component)
    touched = np.zeros(len(work.high), dtype=bool)
    touched[numbers] = True
    old = state.delta
    standing = np.flatnonzero(
        ~touched[old["pair_left"]] & work.alive[old["pair_left"]] & work.alive[old["pair_right"]]
    )
    arrays: dict[str, NDArray[Any]] = {
        "key_high": np.r_[old["key_high"], fresh.high],
        "key_low": np.r_[old["key_low"], fresh.low],
        "content": np.r_[old["content"], fresh.content],
        "narrow": work.narrow[state.base.records :],
        "block_key": work.block_rows.key,
        "block_number": work.block_rows.number,
        "block_rule": work.block_rows.rule,
    }
    for name, values in pairs.items():
        new = numbers[values] if name in ("pair_left", "pair_right") else values
        arrays[name] = np.r_[old[name][standing], new.astype(ARRAYS[name])]
    component = np.r_[state.component, np.arange(len(state.alive), len(work.high), dtype=np.int32)]
    component[numbers] = numbers[connected]
    moved = np.array(state.moved)
    moved[numbers[numbers < len(moved)]] = True
    whole = {"alive": work.alive, "moved": moved, "component": component}
    return arrays, pa.concat_tables([old.features, found.fresh_features]), whole
