"""How likely two records of two given sources are one person, before they are compared.

Guarantees: learnt from the scored pairs alone, without labels. A source that holds everyone once
has next to no matches within itself, and a pair inside it must show more than a pair across two
sources; nobody has to say which sources those are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

ROUNDS: Final = 20
SOME_PAIRS: Final = 0.5
"""A pair of sources is taken to share at least this many matches: none seen is not none."""
MOST_BITS: Final = 12.0

_SIZES: Final = "SELECT feed, count(*) AS n FROM feature WHERE linkable GROUP BY feed ORDER BY feed"
_WEIGHTS: Final = """
SELECT rid_l, rid_r, match_weight, l.feed AS feed_l, r.feed AS feed_r
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
ORDER BY rid_l, rid_r
"""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scored pairs by record number and by source, a place in ``names``, which has ``count``
    records that can be linked; ``weight`` is the match weight."""

    names: list[str]
    count: Floats
    left: Integers
    right: Integers
    source_l: Integers
    source_r: Integers
    weight: Floats


def sources_of_scores(con: duckdb.DuckDBPyConnection) -> Scores:
    """What ``new_score`` and ``feature`` say; no pairs where there is but one source."""
    sizes = con.execute(_SIZES).fetchall()
    names = [name for name, _ in sizes]
    found = con.sql(_WEIGHTS if len(names) > 1 else _WEIGHTS + " LIMIT 0").fetchnumpy()
    number = {name: i for i, name in enumerate(names)}
    return Scores(
        names,
        np.array([n for _, n in sizes], float),
        np.asarray(found["rid_l"], np.int64),
        np.asarray(found["rid_r"], np.int64),
        np.array([number[f] for f in found["feed_l"]], np.int64),
        np.array([number[f] for f in found["feed_r"]], np.int64),
        np.asarray(found["match_weight"], float),
    )


def learn_source_priors(con: duckdb.DuckDBPyConnection, prior_match_weight: float) -> None:
    """Make ``source_prior`` (feed_l, feed_r, bits): what to add to a pair's match weight.

    Reads ``new_score`` and ``feature``. Empty where there is but one source.
    """
    scores = sources_of_scores(con)
    names, count, weight = scores.names, scores.count, scores.weight
    k = len(names)
    bits = np.zeros((k, k))
    if k > 1:
        one, other = scores.source_l, scores.source_r
        cell = np.minimum(one, other) * k + np.maximum(one, other)
        pairs = np.where(np.eye(k, dtype=bool), np.outer(count, count - 1) / 2,
                         np.outer(count, count))  # fmt: skip
        for _ in range(ROUNDS):
            odds = np.clip(weight + bits.ravel()[cell], -60, 60)
            chance = 1 / (1 + np.exp2(-odds))
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
