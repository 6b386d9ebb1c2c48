"""Who is left over, when two sources hold everybody once and most have found their counterpart.

Guarantees: two records get this advantage only where each is the other's best, neither has a
counterpart yet, and both sources were learnt to hold a person once. How large it is follows from
how many of those left over resemble each other (expectation maximisation, without labels), and it
is bounded; where few of two sources are the same people there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.tables.adding import add_bits
from resolution.tables.priors import sizes_of_sources

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

SETTLED_BITS: Final = 6.6
"""A hundred to one: a record that has such a counterpart is not left over."""
RECURRING: Final = 0.02
"""A source with a larger share of records that recur in it does not hold everybody once."""
MOST_BITS: Final = 8.0
ROUNDS: Final = 50

_WITHIN: Final = """
SELECT l.feed, sum(1 / (1 + pow(2, -(match_weight + bits)))) / any_value(n) AS recurring
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
JOIN source_prior ON feed_l = l.feed AND feed_r = r.feed
JOIN (SELECT feed, count(*) AS n FROM feature WHERE linkable GROUP BY feed) AS size
    ON size.feed = l.feed
WHERE l.feed = r.feed GROUP BY l.feed
"""

_BETWEEN: Final = """
SELECT CASE WHEN l.feed = $one THEN rid_l ELSE rid_r END AS rid_one,
    CASE WHEN l.feed = $one THEN rid_r ELSE rid_l END AS rid_other, match_weight
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
WHERE (l.feed = $one AND r.feed = $other) OR (l.feed = $other AND r.feed = $one)
ORDER BY rid_l, rid_r
"""


def start_remainder(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``remainder`` (rid_l, rid_r, remainder_bits), empty."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE remainder "
        "(rid_l INTEGER, rid_r INTEGER, remainder_bits DOUBLE)"
    )


def learn_remainder(con: duckdb.DuckDBPyConnection, prior_match_weight: float) -> None:
    """Fill ``remainder`` from ``new_score``, ``source_prior`` and ``feature``, and add it to the
    match weights."""
    sizes = sizes_of_sources(con)
    if len(sizes) < 2:
        return
    bits = {(one, other): added for one, other, added in con.execute(
        "SELECT feed_l, feed_r, bits FROM source_prior").fetchall()}  # fmt: skip
    recurring = dict(con.execute(_WITHIN).fetchall())
    once = [name for name in sizes if recurring.get(name, 0.0) <= RECURRING]
    for place, one in enumerate(once):
        for other in once[place + 1 :]:
            found = con.execute(_BETWEEN, {"one": one, "other": other}).fetchnumpy()
            left, right = np.asarray(found["rid_one"]), np.asarray(found["rid_other"])
            evidence = np.asarray(found["match_weight"], float) - prior_match_weight
            before = prior_match_weight + bits[one, other]
            both = float(sizes[one]), float(sizes[other])
            best, added = _advantage(left, right, evidence, before, both)
            if added > 0 and len(best):
                pairs = np.sort(np.stack([left[best], right[best]], axis=1), axis=1)
                rows = {"l": pairs[:, 0], "r": pairs[:, 1], "bits": np.full(len(best), added)}
                con.register("left_over", pa.table(rows))
                con.execute("INSERT INTO remainder SELECT l, r, bits FROM left_over")
                con.unregister("left_over")
    if con.table("remainder").limit(1).fetchall():
        add_bits(con, con.table("remainder").select("rid_l, rid_r, remainder_bits AS bits"))


def _advantage(
    left: Integers, right: Integers, evidence: Floats, before: float, sizes: tuple[float, float]
) -> tuple[Integers, float]:
    """Which pairs are each other's best among those left over, and the bits they get.

    ``evidence`` (bits) of the pairs of two sources of ``sizes`` records; ``before``: log2 odds
    that two of them are one person, before comparing.
    """
    settled = _best(left, right, evidence) & (evidence + before >= SETTLED_BITS)
    taken = ~np.isin(left, left[settled]) & ~np.isin(right, right[settled])
    rest = np.flatnonzero(taken)
    free = (sizes[0] - settled.sum()) * (sizes[1] - settled.sum())
    if not len(rest) or free < 1:
        return rest, 0.0
    odds = before
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp2(-np.clip(evidence[rest] + odds, -60, 60)))
        share = float(np.clip(chance.sum() / free, 1e-12, 0.5))
        odds = float(np.log2(share / (1 - share)))
    best = rest[_best(left[rest], right[rest], evidence[rest])]
    return best, min(odds - before, MOST_BITS)


def _best(left: Integers, right: Integers, evidence: Floats) -> NDArray[np.bool_]:
    """The pairs that are the strongest of both their records."""
    most = int(max(left.max(initial=0), right.max(initial=0))) + 1
    of_left, of_right = np.full(most, -np.inf), np.full(most, -np.inf)
    np.maximum.at(of_left, left, evidence)
    np.maximum.at(of_right, right, evidence)
    return np.asarray((evidence >= of_left[left]) & (evidence >= of_right[right]))
