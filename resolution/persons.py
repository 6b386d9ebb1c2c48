"""From features to clusters: block, score, complete the components, cluster.

Guarantees: reads the ``feature`` tables of resolution.features; leaves ``scored_pair`` (rid_l,
rid_r, match_weight, match_probability, margin, review_margin, levels, blocked): every candidate
pair (``blocked``), every pair of a component that could tell something, and every pair of a person,
scored once. ``levels``: see resolution.levels. A margin is the match weight less the pair's own
threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.apart import NUMBERED_ROLES, open_parties
from resolution.blocking import Blocking, block
from resolution.bounds import keep_telling, make_sketch
from resolution.clustering import (
    MARGIN_CLIP,
    Clusters,
    Constraints,
    Pairs,
    bounded_components,
)
from resolution.features import RECORDS_AT_ONCE
from resolution.joining import join_records
from resolution.scoring import Scorer

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    from numpy.typing import NDArray

    from resolution.model import Model
    from resolution.progress import Progress
    from resolution.scoring import ScorerOf, Weigher

    Integers = NDArray[np.int64]

# Only what could be one person is asked for: an incident may have any number of records.
_APART: Final = """
WITH inside AS (
    SELECT component, rid, incident_key, feed, role FROM feature JOIN component USING (rid)
    WHERE linkable AND list_contains($numbered, role)
)
SELECT l.rid AS l, r.rid AS r
FROM inside AS l JOIN inside AS r USING (component, incident_key, feed, role)
WHERE l.rid < r.rid
ORDER BY ALL
"""

_PARTIES: Final = """
SELECT least(l.rid, r.rid) AS l, greatest(l.rid, r.rid) AS r
FROM party_pair JOIN feature AS l ON l.record_key = record_key_l
JOIN feature AS r ON r.record_key = record_key_r
WHERE l.linkable AND r.linkable
ORDER BY ALL
"""

_EMPTY: Final = """
CREATE OR REPLACE TEMP TABLE scored_pair (rid_l INTEGER, rid_r INTEGER, match_weight DOUBLE,
    match_probability DOUBLE, margin DOUBLE, review_margin DOUBLE, levels UBIGINT, blocked BOOLEAN)
"""

_ADD: Final = """
INSERT INTO scored_pair
SELECT rid_l, rid_r, match_weight, match_probability,
    match_weight - CASE WHEN l.is_child OR r.is_child THEN $accept_child ELSE $accept END,
    match_weight - CASE WHEN l.is_child OR r.is_child THEN $review_child ELSE $review END,
    levels, $blocked
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
"""

_SHIFT: Final = """
CREATE OR REPLACE TABLE new_score AS
SELECT rid_l, rid_r, weight AS match_weight, 1 / (1 + pow(2, -weight)) AS match_probability, levels
FROM (
    SELECT rid_l, rid_r, match_weight + bits AS weight, levels
    FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
    JOIN source_prior ON feed_l = l.feed AND feed_r = r.feed)
"""

_NO_PRIOR: Final = """
CREATE OR REPLACE TEMP TABLE source_prior (feed_l VARCHAR, feed_r VARCHAR, bits DOUBLE)
"""

_EDGES: Final = """
SELECT rid_l, rid_r, review_margin FROM scored_pair WHERE blocked AND review_margin >= 0
"""

_NONE_MISSING: Final = """
CREATE OR REPLACE TEMP TABLE missing_pair
    (match_key VARCHAR, join_key_l INTEGER, join_key_r INTEGER, rules INTEGER)
"""

_MISSING: Final = """
CREATE OR REPLACE TEMP TABLE paired AS
SELECT l.rid AS join_key_l, r.rid AS join_key_r, 0 AS rules
FROM component AS l JOIN component AS r ON l.component = r.component AND l.rid < r.rid
ANTI JOIN scored_pair ON scored_pair.rid_l = l.rid AND scored_pair.rid_r = r.rid
WHERE l.rid >= $first AND l.rid < $end
"""

_KNOWN_MISSING: Final = """
CREATE OR REPLACE TEMP TABLE paired AS
SELECT l::INTEGER AS join_key_l, r::INTEGER AS join_key_r, 0 AS rules FROM known_missing
"""

_ALL_MISSING: Final = "INSERT INTO missing_pair SELECT '' AS match_key, * FROM paired"

# Every pair of a person is weighed, whatever it says.
_WITHIN: Final = """
INSERT INTO missing_pair
SELECT '' AS match_key, l.rid AS join_key_l, r.rid AS join_key_r, 0 AS rules
FROM cluster_label AS l JOIN cluster_label AS r ON l.label = r.label AND l.rid < r.rid
ANTI JOIN scored_pair ON scored_pair.rid_l = l.rid AND scored_pair.rid_r = r.rid
WHERE l.rid >= $first AND l.rid < $end
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """``clusters.label[rid]`` is the smallest rid of the record's person; ``component[rid]`` that
    of its component."""

    clusters: Clusters
    component: Integers
    components_split: int
    pairs_scored: int


@dataclass(frozen=True, slots=True)
class Found:
    """All persons, and how their candidates were found."""

    settled: Settled
    blocking: Blocking

    @property
    def clusters(self) -> Clusters:
        return self.settled.clusters


def parties_apart(con: duckdb.DuckDBPyConnection) -> NDArray[np.int64]:
    """Pairs of rids of different parties of one order; shape (n, 2). Reads ``court_order``."""
    open_parties(con)
    apart = con.sql(_PARTIES).fetchnumpy()
    return np.stack([apart["l"], apart["r"]], axis=1).astype(np.int64)


def find_persons(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    records: int,
    decided: Constraints,
    progress: Progress,
    source_priors: Callable[[duckdb.DuckDBPyConnection, float], None] | None = None,
    scorer_of: ScorerOf = Scorer,
    *,
    dates_part: bool = True,
    wide_blocking: bool = False,
    silence: float = 1.0,
    reaching_review: bool = False,
    crowds_aside: bool = False,
) -> Found:
    """Cluster the ``records`` rows of ``feature``; ``decided`` holds people's own decisions.

    ``source_priors`` makes ``source_prior`` (feed_l, feed_r, bits) from the candidates' scores in
    ``new_score``, and leaves in it what ``scorer_of``'s scorer would say of them from then on;
    without it all pairs of records are taken to be alike beforehand. A
    record without a surname or date of birth holds nobody together. With ``dates_part`` two
    established dates of birth are two people (resolution.births).
    ``wide_blocking``: see resolution.blocking.block. ``silence``: see settle. With
    ``reaching_review`` candidates that cannot reach review are not scored, which changes no
    cluster; ``decided`` (l, r) is then read. ``crowds_aside``: see resolution.blocking.block.
    """
    blocking = block(
        con,
        model.limits.records_per_key,
        model.limits.every_pair_up_to,
        wide=wide_blocking,
        reaching_review=model if reaching_review else None,
        crowds_aside=crowds_aside,
    )
    progress(f"{blocking.sharing:,} pairs share a key, {blocking.candidates:,} are candidates")
    for rule, keys in blocking.narrowed.items():
        progress(f"{keys:,} keys too common but with name and year of birth: {rule}")
    if len(blocking.crowded):
        progress(
            f"{len(blocking.crowded):,} telephones, accounts and vehicles that more than "
            f"{model.limits.records_per_key:,} records share speak for nobody"
        )
    scorer = scorer_of(con, model)
    prepare_scores(con)
    _score(con, scorer, model, "candidate", blocked=True, learn=source_priors)
    if reaching_review or wide_blocking:
        # Nobody asks for them again, and of ten million records they are gigabytes.
        con.execute("DROP TABLE candidate")
        con.execute("DROP TABLE usable_key")
    settled = settle(
        con,
        model,
        scorer,
        records,
        decided,
        progress,
        dates_part=dates_part,
        bounded=reaching_review,
        silence=silence,
    )
    return Found(settled, blocking)


def prepare_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Make an empty ``scored_pair``, and no prior that depends on the source."""
    con.execute(_EMPTY)
    con.execute(_NO_PRIOR)


def add_scores(con: duckdb.DuckDBPyConnection, model: Model, *, blocked: bool) -> None:
    """Move ``new_score`` into ``scored_pair``, with each pair's margins."""
    con.execute(_ADD, {**model.thresholds.model_dump(), "blocked": blocked})
    con.execute("DROP TABLE new_score")


def settle(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    scorer: Weigher,
    records: int,
    decided: Constraints,
    progress: Progress,
    *,
    dates_part: bool = True,
    component: Integers | None = None,
    missing: tuple[Integers, Integers] | None = None,
    silence: float = 1.0,
    bounded: bool = False,
) -> Settled:
    """Score the pairs that ``scored_pair`` lacks inside its components, and cluster them.

    ``component``: by rid, where that is known already; ``missing``: the pairs of rids that
    ``scored_pair`` lacks inside them, the smaller left. ``silence`` (0 to 1) is how much a
    pair counts in the means that lacks evidence and yet does not speak against one person: the
    prior is of two records, not of each pair of a person's many. ``bounded``: leave out pairs
    between persons that can only count for the most that one pair counts against joining, which
    is what an absent pair counts (resolution.clustering): no cluster and no link differs. Not for
    scorers and priors that add to the model's weights, nor with ``silence`` below 1.
    """
    split = 0
    if component is None:
        component, split = bounded_components(
            records, _edges(con), decided.must, model.limits.records_per_component
        )
    sizes = np.bincount(component, minlength=records)
    together = np.flatnonzero(sizes[component] > 1)
    con.register("component", pa.table({"rid": together, "component": component[together]}))
    apart = con.execute(_APART, {"numbered": NUMBERED_ROLES}).fetchnumpy()
    constraints = Constraints(
        decided.must,
        np.r_[decided.cannot, np.stack([apart["l"], apart["r"]], axis=1).astype(np.int64)],
    )
    con.execute(_NONE_MISSING)
    if bounded:
        make_sketch(con)
    if missing is None:
        for first in range(0, records, RECORDS_AT_ONCE):
            con.execute(_MISSING, {"first": first, "end": first + RECORDS_AT_ONCE})
            _take_missing(con, model, records, bounded=bounded)
    else:
        con.register("known_missing", pa.table({"l": missing[0], "r": missing[1]}))
        con.execute(_KNOWN_MISSING)
        con.unregister("known_missing")
        _take_missing(con, model, records, bounded=bounded)
    con.execute("DROP TABLE IF EXISTS paired")
    con.execute("DROP TABLE IF EXISTS sketch")
    _score(con, scorer, model, "missing_pair", blocked=False)
    progress(f"{len(con.table('scored_pair')):,} pairs scored, clustering")
    prior = min(model.prior_match_weight, 0.0)
    found = join_records(con, component, constraints, prior, silence, dates_part=dates_part)
    con.unregister("component")
    if bounded:
        con.register("cluster_label", pa.table({"rid": np.arange(records), "label": found.label}))
        con.execute(_NONE_MISSING)
        for first in range(0, records, RECORDS_AT_ONCE):
            con.execute(_WITHIN, {"first": first, "end": first + RECORDS_AT_ONCE})
        con.unregister("cluster_label")
        _score(con, scorer, model, "missing_pair", blocked=False)
    con.execute("DROP TABLE missing_pair")
    return Settled(found, component, split, len(con.table("scored_pair")))


def _edges(con: duckdb.DuckDBPyConnection) -> Pairs:
    """Of ten million records a hundred million: as DuckDB gives them, without a wider copy."""
    found = con.execute(_EDGES).fetchnumpy()
    return Pairs(*(np.asarray(found[name]) for name in ("rid_l", "rid_r", "review_margin")))


def _take_missing(
    con: duckdb.DuckDBPyConnection, model: Model, records: int, *, bounded: bool
) -> None:
    """Move ``paired`` into ``missing_pair``."""
    if bounded:
        keep_telling(con, model, records, -MARGIN_CLIP)
    else:
        con.execute(_ALL_MISSING)


def _score(
    con: duckdb.DuckDBPyConnection,
    scorer: Weigher,
    model: Model,
    pairs: str,
    *,
    blocked: bool,
    learn: Callable[[duckdb.DuckDBPyConnection, float], None] | None = None,
) -> None:
    if not con.table(pairs).limit(1).fetchall():
        return
    scorer.score(pairs, "new_score")
    if learn is not None:
        learn(con, model.prior_match_weight)
    if con.table("source_prior").limit(1).fetchall():
        con.execute(_SHIFT)
    add_scores(con, model, blocked=blocked)
