"""What of a view's records is new since the parent run, and which pairs that makes candidates.

Guarantees: a record counts as the same where key and content are; all that depends on others (keys
that cross the too-common limit, in either direction, whole or narrowed) is found, so that every
pair whose candidacy could differ from the parent run's is among those returned, or has a member
that is ``dirty``. Works on numbers (see resolution.state).
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from resolution.around import contents
from resolution.checks import StateUnusable
from resolution.features import READ
from resolution.holders import Holders, KeyRows, candidate_pairs, crossings, joined

if TYPE_CHECKING:
    from collections import Counter

    import duckdb
    from numpy.typing import NDArray

    from resolution.state import State

    Integers = NDArray[np.int64]
    Hashes = NDArray[np.uint64]
    Flags = NDArray[np.bool_]

# A record's key is in its content: rows of like content are one record that did not change.
_DIFFERENT: Final = """
CREATE OR REPLACE TEMP TABLE different AS
FROM content_now FULL JOIN content_before ON content = before
WHERE content IS NULL OR before IS NULL
"""
_FRESH: Final = """
CREATE OR REPLACE TEMP TABLE fresh_record AS
SELECT * EXCLUDE (before, number) FROM different WHERE before IS NULL
"""
_GONE: Final = "SELECT number FROM different WHERE content IS NULL ORDER BY number"

_ALIKE: Final = "two record keys begin alike"
_KEY_DIGITS: Final = 32
_NO_KEYS: Final = pa.array([], pa.string())

NARROW: Final = (
    "SELECT hash(given_key, surname_key, birth_year) AS narrow FROM feature ORDER BY rid"
)
"""What an overfull key is narrowed by, for each record of ``feature``; see resolution.blocking."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Records in the order of their keys: the key's two halves and a hash of the row."""

    high: Hashes
    low: Hashes
    content: Hashes

    def __len__(self) -> int:
        return len(self.high)


def read_keys(con: duckdb.DuckDBPyConnection) -> Keys:
    """Keys and contents of the opened records (resolution.around).

    Raises StateUnusable for keys that are not 32 hexadecimal digits, or alike in the first 16:
    then records cannot be told apart by numbers, and nothing is lost but time.
    """
    return _keys_of(contents(con, READ).select("record_key", "content"))


def _keys_of(rows: duckdb.DuckDBPyRelation) -> Keys:
    found = rows.to_arrow_table()
    key, content = found.column("record_key"), found.column("content").to_numpy()
    if not pc.all(pc.equal(pc.binary_length(key), _KEY_DIGITS), min_count=0).as_py():
        raise StateUnusable("record keys are not 32 digits long")
    digits = np.concatenate([_bytes(chunk) for chunk in key.chunks] or [_bytes(_NO_KEYS)])
    try:
        halves = np.frombuffer(binascii.unhexlify(digits.tobytes()), dtype=">u8").astype(np.uint64)
    except ValueError:
        raise StateUnusable("record keys are not hexadecimal") from None
    halves = halves.reshape(-1, 2)
    order = np.argsort(halves[:, 0], kind="stable")
    high = halves[order, 0]
    if (high[1:] == high[:-1]).any():
        raise StateUnusable(_ALIKE)
    return Keys(high, halves[order, 1], content[order])


def _bytes(keys: pa.Array) -> NDArray[np.uint8]:
    """The characters of keys of one length, without a copy."""
    _, offsets, text = keys.buffers()
    if not len(keys) or text is None:
        return np.empty(0, dtype=np.uint8)
    first = int(np.frombuffer(offsets, dtype=np.int32)[keys.offset])
    found = np.frombuffer(text, dtype=np.uint8)[first : first + _KEY_DIGITS * len(keys)]
    return np.asarray(found)


@dataclass(frozen=True, slots=True)
class Diff:
    """``records``: how many there are now. ``fresh``: those that are new or changed; their numbers
    follow the state's. ``gone``: numbers of records that were withdrawn or changed."""

    records: int
    fresh: Keys
    gone: Integers


def compare(con: duckdb.DuckDBPyConnection, state: State) -> Diff:
    """Which of the opened records (resolution.around) are not as the state has them.

    Makes ``fresh_record``, the rows of those that are new or changed, besides. Raises StateUnusable
    as ``read_keys`` does.
    """
    number = np.flatnonzero(state.alive).astype(np.int32)
    before = state.of_records("content")[state.alive]
    con.register("content_before", pa.table({"before": before, "number": number}))
    contents(con, READ).create_view("content_now", replace=True)
    con.execute(_DIFFERENT)
    con.unregister("content_before")
    con.execute(_FRESH)
    fresh = _keys_of(con.table("fresh_record").select("record_key", "content"))
    gone = con.sql(_GONE).fetchnumpy()["number"].astype(np.int64)
    con.execute("DROP TABLE different")
    standing = state.alive.copy()
    standing[gone] = False
    records = len(con.view("person_rows"))
    if records != int(standing.sum()) + len(fresh):
        raise StateUnusable("two records are the same")
    if len(fresh):
        high = state.of_records("key_high")
        place = np.minimum(np.searchsorted(fresh.high, high), len(fresh) - 1)
        if standing[fresh.high[place] == high].any():
            raise StateUnusable(_ALIKE)
    return Diff(records, fresh, gone)


@dataclass(frozen=True, slots=True)
class Work:
    """What an increment has to score. ``number``: state's numbers first, then the fresh ones.

    ``dirty`` and ``alive`` have a flag for each number. ``left`` and ``right`` are the candidate
    pairs with a dirty member, the smaller record key left. ``block_rows`` are the blocking keys of
    all numbers beyond the base. ``crowded``: keys of contacts that speak for nobody now.
    """

    high: Hashes
    narrow: Hashes
    alive: Flags
    dirty: Flags
    left: Integers
    right: Integers
    block_rows: KeyRows
    dropped: Counter[int]
    crowded: Hashes


def find_work(
    state: State,
    diff: Diff,
    fresh_rows: KeyRows,
    fresh_narrow: Hashes,
    also_dirty: Integers,
    limit: int,
    most_dirty: int,
) -> Work:
    """Candidates of all records that are new, or whose keys changed sides of ``limit``.

    ``fresh_rows``: blocking keys of the fresh records, by their new numbers. ``also_dirty``:
    numbers whose pairs are wanted for another reason. Raises StateUnusable where more than
    ``most_dirty`` records are concerned: resolving anew is faster then.
    """
    known, total = len(state.alive), len(state.alive) + len(diff.fresh)
    high = np.r_[state.of_records("key_high"), diff.fresh.high]
    narrow = np.r_[state.of_records("narrow"), fresh_narrow]
    before = np.zeros(total, dtype=bool)
    before[:known] = state.alive
    after = before.copy()
    after[known:] = True
    after[diff.gone] = False
    base = KeyRows(state.base["block_key"], state.base["block_number"], state.base["block_rule"])
    delta = KeyRows(
        state.delta["block_key"], state.delta["block_number"], state.delta["block_rule"]
    )
    left = np.zeros(total, dtype=bool)
    left[diff.gone] = True
    came_or_went = joined([fresh_rows, base.where(left), delta.where(left)], narrow)
    now = Holders([base, delta, fresh_rows], narrow, after)
    crossed = crossings(Holders([base, delta], narrow, before), now, came_or_went, narrow, limit)
    dirty = np.zeros(total, dtype=bool)
    dirty[known:] = True
    dirty[crossed.touched] = True
    dirty[also_dirty] = True
    dirty &= after
    if int(dirty.sum()) > most_dirty:
        raise StateUnusable(f"{int(dirty.sum()):,} records are new, changed or concerned")
    old = dirty.copy()
    old[known:] = False
    rows = joined([fresh_rows, base.where(old), delta.where(old)], narrow)
    one, two = candidate_pairs(now, rows, narrow, limit)
    turned = high[one] > high[two]
    one, two = np.where(turned, two, one), np.where(turned, one, two)
    pairs = np.unique((one.astype(np.uint64) << np.uint64(32)) | two.astype(np.uint64))
    return Work(
        high=high,
        narrow=narrow,
        alive=after,
        dirty=dirty,
        left=(pairs >> np.uint64(32)).astype(np.int64),
        right=(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64),
        block_rows=joined([delta, fresh_rows], narrow),
        dropped=crossed.dropped,
        crowded=np.setdiff1d(np.union1d(state.crowded, crossed.crowded), crossed.freed),
    )
