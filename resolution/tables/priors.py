"""How likely two records of two given sources are one person, before they are compared.

Guarantees: learnt from the scored pairs alone, without labels. A source that holds everyone once
has next to no matches within itself, and a pair inside it must show more than a pair across two
sources; nobody has to say which sources those are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import duckdb

ROUNDS: Final = 20
SOME_PAIRS: Final = 0.5
"""A pair of sources is taken to share at least this many matches: none seen is not none."""
MOST_BITS: Final = 12.0

_SIZES: Final = "SELECT feed, count(*) AS n FROM feature WHERE linkable GROUP BY feed ORDER BY feed"
# Counted by weight, to a thousandth of a bit: what is held does not grow with the pairs.
_WEIGHTS: Final = """
SELECT least(l.feed, r.feed) AS one, greatest(l.feed, r.feed) AS other,
    round(match_weight * 1024) / 1024 AS weight, count(*) AS pairs
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
GROUP BY ALL ORDER BY ALL
"""


def sizes_of_sources(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many records of ``feature`` can be linked, by source."""
    return dict(con.execute(_SIZES).fetchall())


def learn_source_priors(con: duckdb.DuckDBPyConnection, prior_match_weight: float) -> None:
    """Make ``source_prior`` (feed_l, feed_r, bits): what to add to a pair's match weight.

    Reads ``new_score`` and ``feature``. Empty where there is but one source.
    """
    sizes = sizes_of_sources(con)
    names, count = list(sizes), np.array(list(sizes.values()), float)
    k = len(names)
    bits = np.zeros((k, k))
    if k > 1:
        found = con.sql(_WEIGHTS).fetchall()
        number = {name: i for i, name in enumerate(names)}
        cell = np.array([number[one] * k + number[other] for one, other, *_ in found], np.int64)
        weight = np.array([weight for *_, weight, _ in found], float)
        of_weight = np.array([pairs for *_, pairs in found], float)
        pairs = np.where(np.eye(k, dtype=bool), np.outer(count, count - 1) / 2,
                         np.outer(count, count))  # fmt: skip
        for _ in range(ROUNDS):
            odds = np.clip(weight + bits.ravel()[cell], -60, 60)
            chance = of_weight / (1 + np.exp2(-odds))
            matches = np.bincount(cell, weights=chance, minlength=k * k).reshape(k, k)
            share = np.clip((np.triu(matches) + SOME_PAIRS) / (pairs + 1), 1e-12, 0.5)
            moved = np.log2(share / (1 - share)) - prior_match_weight
            bits = np.clip(moved, -MOST_BITS, MOST_BITS)
            bits = np.triu(bits) + np.triu(bits, 1).T
    cells = [(i, j) for i in range(k) for j in range(k)] if k > 1 else []
    con.register(
        "learnt",
        pa.table(
            {
                "feed_l": pa.array([names[i] for i, _ in cells], pa.string()),
                "feed_r": pa.array([names[j] for _, j in cells], pa.string()),
                "bits": pa.array([float(bits[i, j]) for i, j in cells], pa.float64()),
            }
        ),
    )
    con.execute("CREATE OR REPLACE TEMP TABLE source_prior AS SELECT * FROM learnt")
    con.unregister("learnt")
