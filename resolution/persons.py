"""From features to clusters: block, score, complete the components, cluster.

Guarantees: reads the ``feature`` tables of resolution.features; leaves ``scored_pair`` (rid_l,
rid_r, match_weight, match_probability, margin, review_margin, blocked): every candidate pair
(``blocked``) and every pair inside a component, scored once. A margin is the match weight less the
pair's own threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.births import births_apart
from resolution.blocking import Blocking, block
from resolution.clustering import (
    Clusters,
    Constraints,
    Pairs,
    bounded_components,
    cluster,
    components,
)
from resolution.features import RECORDS_AT_ONCE
from resolution.scoring import Scorer

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    from numpy.typing import NDArray

    from resolution.model import Model
    from resolution.progress import Progress
    from resolution.scoring import PairScorer, ScorerOf

    Integers = NDArray[np.int64]

# Two records of one kind in one incident speak of two people: each agency numbers its victims,
# offenders and arrestees once. (A laboratory's subject recurs with each item.) Only what could be
# one person is asked for: an incident may have any number of records.
_APART: Final = """
WITH inside AS (
    SELECT component, rid, incident_key, feed, role FROM feature JOIN component USING (rid)
    WHERE linkable AND role IN ('victim', 'offender', 'arrestee')
)
SELECT l.rid AS l, r.rid AS r
FROM inside AS l JOIN inside AS r USING (component, incident_key, feed, role)
WHERE l.rid < r.rid
ORDER BY ALL
"""

# The parties of one order are different people, however alike the names of a parent and a child.
_PARTIES: Final = """
WITH party AS (
    SELECT court_order_key, rid
    FROM (UNPIVOT court_order ON petitioner_key, respondent_key, child_key
        INTO NAME part VALUE record_key)
    JOIN feature USING (record_key)
    WHERE linkable)
SELECT DISTINCT l.rid AS l, r.rid AS r
FROM party AS l JOIN party AS r USING (court_order_key)
WHERE l.rid < r.rid
ORDER BY ALL
"""

# A false name contradicts once, however many records repeat it: no mean over pairs.
_OTHER_NAME: Final = """
SELECT DISTINCT one.label AS l, other.label AS r
FROM scored_pair
JOIN cluster_label AS one ON one.rid = rid_l JOIN cluster_label AS other ON other.rid = rid_r
JOIN feature AS f_l ON f_l.rid = rid_l JOIN feature AS f_r ON f_r.rid = rid_r
WHERE margin >= 0 AND one.label <> other.label AND one.component = other.component
    AND f_l.birth = f_r.birth AND f_l.sex = f_r.sex
    AND f_l.surname <> f_r.surname AND f_l.given <> f_r.given
ORDER BY ALL
"""

# Whose surname or date of birth is not told could be many; a strong identifier says who it is.
_SCRAPS: Final = """
SELECT rid FROM feature
WHERE linkable AND (surname IS NULL OR birth IS NULL) AND strong_id IS NULL ORDER BY rid
"""

_EMPTY: Final = """
CREATE OR REPLACE TEMP TABLE scored_pair (rid_l INTEGER, rid_r INTEGER, match_weight DOUBLE,
    match_probability DOUBLE, margin DOUBLE, review_margin DOUBLE, blocked BOOLEAN)
"""

_ADD: Final = """
INSERT INTO scored_pair
SELECT rid_l, rid_r, match_weight, match_probability,
    match_weight - CASE WHEN l.is_child OR r.is_child THEN $accept_child ELSE $accept END,
    match_weight - CASE WHEN l.is_child OR r.is_child THEN $review_child ELSE $review END,
    $blocked
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
"""

_NO_PRIOR: Final = """
CREATE OR REPLACE TEMP TABLE source_prior (feed_l VARCHAR, feed_r VARCHAR, bits DOUBLE)
"""

_SHIFT: Final = """
UPDATE new_score SET match_weight = match_weight + bits,
    match_probability = 1 / (1 + pow(2, -(match_weight + bits)))
FROM feature AS l, feature AS r, source_prior
WHERE l.rid = rid_l AND r.rid = rid_r AND feed_l = l.feed AND feed_r = r.feed
"""

_EDGES: Final = """
SELECT rid_l, rid_r, review_margin FROM scored_pair WHERE blocked AND review_margin >= 0
"""

_NONE_MISSING: Final = """
CREATE OR REPLACE TEMP TABLE missing_pair
    (match_key VARCHAR, join_key_l INTEGER, join_key_r INTEGER)
"""

_MISSING: Final = """
INSERT INTO missing_pair
SELECT '' AS match_key, l.rid AS join_key_l, r.rid AS join_key_r
FROM component AS l JOIN component AS r ON l.component = r.component AND l.rid < r.rid
ANTI JOIN scored_pair ON scored_pair.rid_l = l.rid AND scored_pair.rid_r = r.rid
WHERE l.rid >= $first AND l.rid < $end
"""

_KNOWN_MISSING: Final = """
INSERT INTO missing_pair SELECT '' AS match_key, l AS join_key_l, r AS join_key_r FROM known_missing
"""

_INSIDE: Final = """
CREATE OR REPLACE TEMP TABLE inside_pair AS
SELECT l.component, rid_l, rid_r, CASE WHEN margin < 0 AND margin >= $prior
    THEN $silence * margin ELSE margin END AS margin
FROM scored_pair JOIN component AS l ON l.rid = rid_l
JOIN component AS r ON r.rid = rid_r AND r.component = l.component
"""

_INSIDE_TOUCHED: Final = """
SELECT rid_l, rid_r, margin FROM inside_pair SEMI JOIN touched_component USING (component)
"""

_INSIDE_PART: Final = """
SELECT rid_l, rid_r, margin FROM inside_pair WHERE component >= $first AND component < $end
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
    scraps_apart: bool = True,
    wide_blocking: bool = False,
    silence: float = 1.0,
) -> Found:
    """Cluster the ``records`` rows of ``feature``; ``decided`` holds people's own decisions.

    ``source_priors`` makes ``source_prior`` (feed_l, feed_r, bits) from the candidates' scores in
    ``new_score``; without it all pairs of records are taken to be alike beforehand. With
    ``scraps_apart`` a record without a surname or date of birth holds nobody together, and
    established dates of birth part: a table does not tell which of its rows are copies.
    ``wide_blocking``: see resolution.blocking.block. ``silence``: see settle.
    """
    scorer = scorer_of(con, model)
    blocking = block(
        con, model.limits.records_per_key, model.limits.every_pair_up_to, wide=wide_blocking
    )
    progress(f"{blocking.candidates:,} candidate pairs")
    for rule, keys in blocking.narrowed.items():
        progress(f"{keys:,} keys too common but with name and year of birth: {rule}")
    prepare_scores(con)
    if source_priors is not None:
        scorer.score("candidate", "new_score")
        source_priors(con, model.prior_match_weight)
        con.execute("DROP TABLE new_score")
    _score(con, scorer, model, "candidate", blocked=True)
    settled = settle(
        con, model, scorer, records, decided, progress, scraps_apart=scraps_apart, silence=silence
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
    scorer: PairScorer,
    records: int,
    decided: Constraints,
    progress: Progress,
    *,
    scraps_apart: bool = True,
    component: Integers | None = None,
    missing: tuple[Integers, Integers] | None = None,
    silence: float = 1.0,
) -> Settled:
    """Score the pairs that ``scored_pair`` lacks inside its components, and cluster them.

    ``component``: by rid, where that is known already; ``missing``: the pairs of rids that
    ``scored_pair`` lacks inside them, the smaller left. ``silence`` (0 to 1) is how much a
    pair counts in the means that lacks evidence and yet does not speak against one person: the
    prior is of two records, not of each pair of a person's many.
    """
    split = 0
    if component is None:
        edges = _pairs(con.execute(_EDGES).fetchnumpy(), "review_margin")
        component, split = bounded_components(
            records, edges, decided.must, model.limits.records_per_component
        )
    sizes = np.bincount(component, minlength=records)
    together = np.flatnonzero(sizes[component] > 1)
    con.register("component", pa.table({"rid": together, "component": component[together]}))
    apart = con.sql(_APART).fetchnumpy()
    constraints = Constraints(
        decided.must,
        np.r_[decided.cannot, np.stack([apart["l"], apart["r"]], axis=1).astype(np.int64)],
    )
    con.execute(_NONE_MISSING)
    if missing is None:
        for first in range(0, records, RECORDS_AT_ONCE):
            con.execute(_MISSING, {"first": first, "end": first + RECORDS_AT_ONCE})
    else:
        con.register("known_missing", pa.table({"l": missing[0], "r": missing[1]}))
        con.execute(_KNOWN_MISSING)
        con.unregister("known_missing")
    _score(con, scorer, model, "missing_pair", blocked=False)
    con.execute(_INSIDE, {"silence": silence, "prior": min(model.prior_match_weight, 0.0)})
    con.unregister("component")
    scored = len(con.table("scored_pair"))
    progress(f"{scored:,} pairs scored, clustering")
    scraps = con.sql(_SCRAPS).fetchnumpy()["rid"].astype(np.int64)
    scraps = scraps if scraps_apart else scraps[:0]
    found = _clusters(con, component, constraints, scraps)
    if scraps_apart:
        found = _parted(con, component, constraints, scraps, found)
    found = _under_other_names(con, component, constraints, found)
    con.execute("DROP TABLE inside_pair")
    return Settled(found, component, split, scored)


def _clusters(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    scraps: Integers,
) -> Clusters:
    """Cluster ``inside_pair``, some components at a time: no constraint holds between them."""
    label = np.arange(len(component), dtype=np.int64)
    place = np.empty(len(component), dtype=np.int64)
    contradicted = [np.empty((0, 2), dtype=np.int64)]
    for first in range(0, len(component), RECORDS_AT_ONCE):
        end = first + RECORDS_AT_ONCE
        chosen = (component >= first) & (component < end)
        members = np.flatnonzero(chosen)
        place[members] = np.arange(len(members))
        pairs = _pairs(
            con.execute(_INSIDE_PART, {"first": first, "end": end}).fetchnumpy(), "margin"
        )
        must, cannot = (
            place[pair[chosen[pair].all(axis=1)]] for pair in (constraints.must, constraints.cannot)
        )
        part = cluster(
            len(members),
            place[component[members]],
            Pairs(place[pairs.left], place[pairs.right], pairs.margin),
            Constraints(must, cannot),
            place[scraps[chosen[scraps]]],
        )
        label[members] = members[part.label]
        contradicted.append(members[part.contradicted])
    return Clusters(label, np.concatenate(contradicted))


def _parted(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    scraps: Integers,
    clusters: Clusters,
) -> Clusters:
    """Cluster again, apart, what two established dates of birth say is of two people."""
    records = len(component)
    apart = births_apart(con, clusters.label)
    decided = components(records, constraints.must[:, 0], constraints.must[:, 1])
    apart = apart[decided[apart[:, 0]] != decided[apart[:, 1]]]
    if not len(apart):
        return clusters
    homes = np.unique(component[apart])
    touched = np.isin(component, homes)
    con.register("touched_component", pa.table({"component": homes}))
    again = cluster(
        records,
        component,
        _pairs(con.execute(_INSIDE_TOUCHED).fetchnumpy(), "margin"),
        Constraints(constraints.must, np.r_[constraints.cannot, apart]),
        scraps,
    )
    con.unregister("touched_component")
    return Clusters(np.where(touched, again.label, clusters.label), clusters.contradicted)


def _under_other_names(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    clusters: Clusters,
) -> Clusters:
    """Join what one day of birth and one contact tie under another name, unless ruled out."""
    label = clusters.label
    placed = {"rid": np.arange(len(label)), "label": label, "component": component}
    con.register("cluster_label", pa.table(placed))
    found = con.sql(_OTHER_NAME).fetchnumpy()
    con.unregister("cluster_label")
    left, right = found["l"].astype(np.int64), found["r"].astype(np.int64)
    joined = components(len(label), left, right)[label]
    one, other = joined[constraints.cannot[:, 0]], joined[constraints.cannot[:, 1]]
    ruled_out = one[one == other]
    kept = np.where(np.isin(joined, ruled_out), label, joined)
    return Clusters(kept, clusters.contradicted)


def _score(
    con: duckdb.DuckDBPyConnection, scorer: PairScorer, model: Model, pairs: str, *, blocked: bool
) -> None:
    if not con.table(pairs).limit(1).fetchall():
        return
    scorer.score(pairs, "new_score")
    if con.table("source_prior").limit(1).fetchall():
        con.execute(_SHIFT)
    add_scores(con, model, blocked=blocked)


def _pairs(found: dict[str, Any], margin: str) -> Pairs:
    return Pairs(
        found["rid_l"].astype(np.int64),
        found["rid_r"].astype(np.int64),
        found[margin].astype(np.float64),
    )
