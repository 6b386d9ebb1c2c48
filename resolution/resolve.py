"""One view's records in, its persons out.

Guarantees: the four tables of ``resolution.contracts`` are a function of the view's records, the
model, the decisions, the view's key and the parent run: the same inputs give the same bytes, in
any order of rows. Every person_record is in exactly one person. A record without a name or a
strong identifier is a person of its own. Decisions bind: see resolution.clustering.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ingest.contracts.tables import COURT_ORDER, PERSON_RECORD
from resolution.clustering import Constraints, weakest_links
from resolution.contracts import DECISION, LINEAGE, LINK, MEMBERSHIP, PERSON
from resolution.errors import BadDecisions
from resolution.features import make_features, make_frequencies
from resolution.lineage import LineageStore, identify
from resolution.model import load_model
from resolution.persons import find_persons, parties_apart
from resolution.scoring import Scorer
from resolution.waterfall import explained
from runs.duck import connect
from runs.schema import read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from resolution.progress import Progress
    from resolution.scoring import ScorerOf
    from runs.home import ViewFolder

SAME: Final = "same"
DIFFERENT: Final = "different"

RECORDS_AT_ONCE: Final = 1_000_000
"""Whose links are held in memory together; the result does not depend on it."""


@dataclass(frozen=True, slots=True)
class ResolutionSummary:
    """Counts of one view's resolution; keys that were too common to block on, by rule."""

    records: int
    linkable_records: int
    persons: int
    candidate_pairs: int
    pairs_scored: int
    links: int
    needs_review: int
    contradicted_decisions: int
    components_split: int
    keys_too_common: dict[str, int] = field(default_factory=dict)
    model: str = ""


_DECIDED: Final = """
SELECT least(l.rid, r.rid) AS l, greatest(l.rid, r.rid) AS r, verdict
FROM decision
JOIN feature AS l ON l.record_key = record_key_l
JOIN feature AS r ON r.record_key = record_key_r
WHERE l.rid <> r.rid
ORDER BY ALL
"""

_RESOLVED: Final = """
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT feature.rid, feature.record_key, cluster.record_key AS cluster
FROM feature
JOIN label USING (rid)
JOIN feature AS cluster ON cluster.rid = label.label
"""

# A link matters inside a person, between the thresholds, against the outcome (strong enough to
# join, yet apart), or where somebody decided on it.
_LINKED: Final = """
CREATE OR REPLACE TEMP TABLE linked AS
WITH judged AS (
    SELECT rid_l, rid_r, match_weight, match_probability,
        l.label = r.label AS same_person,
        margin, review_margin,
        decided.verdict,
        coalesce(conflict.contradicted, false) AS contradicted
    FROM scored_pair
    JOIN label AS l ON l.rid = rid_l
    JOIN label AS r ON r.rid = rid_r
    LEFT JOIN decided ON decided.l = rid_l AND decided.r = rid_r
    LEFT JOIN conflict ON conflict.l = rid_l AND conflict.r = rid_r
)
SELECT rid_l, rid_r, match_weight, match_probability, margin, same_person,
    CASE
        WHEN contradicted THEN 'contradicted'
        WHEN verdict IS NOT NULL OR review_margin < 0 THEN NULL
        WHEN NOT same_person AND margin >= 0 THEN 'kept_apart'
        WHEN NOT same_person THEN 'uncertain'
        WHEN margin < 0 THEN 'held_inside'
    END AS review
FROM judged
WHERE same_person OR contradicted OR verdict IS NOT NULL OR review_margin >= 0
"""

_LINKED_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE linked_pair AS
SELECT 'link' AS match_key, rid_l AS join_key_l, rid_r AS join_key_r FROM linked
"""

_LINK: Final = """
SELECT l.record_key AS record_key_l, r.record_key AS record_key_r, match_weight,
    match_probability, margin, same_person, review IS NOT NULL AS needs_review, review, waterfall
FROM linked JOIN explained USING (rid_l, rid_r)
JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
"""

_INSIDE: Final = """
SELECT rid_l, rid_r, match_weight FROM linked JOIN label ON rid = rid_l
WHERE same_person AND label >= $first AND label < $end
"""

_MEMBERSHIP: Final = """
WITH inside AS (
    SELECT rid_l AS rid, match_weight, match_probability FROM linked WHERE same_person
    UNION ALL
    SELECT rid_r, match_weight, match_probability FROM linked WHERE same_person
),
best AS (
    SELECT rid, max(match_weight) AS match_weight, max(match_probability) AS match_probability
    FROM inside GROUP BY rid
)
SELECT record_key, person_id, coalesce(match_probability, 1.0) AS match_probability, match_weight
FROM resolved JOIN person_of USING (cluster) LEFT JOIN best USING (rid)
"""

_PERSON: Final = """
SELECT person_id, count(*)::INTEGER AS records, any_value(weakest) AS weakest_match_weight
FROM resolved JOIN person_of USING (cluster) LEFT JOIN weakest_link USING (cluster)
GROUP BY person_id
"""


def resolve_view(
    match_dir: Path,
    folder: ViewFolder,
    lineage_dir: Path,
    model_path: Path,
    view_key: bytes,
    run_id: str,
    *,
    shown_columns: frozenset[str],
    decisions: Path | None,
    parent_run_id: str | None,
    scratch: Path,
    progress: Progress,
    scorer_of: ScorerOf = Scorer,
) -> ResolutionSummary:
    """Resolve ``match_dir``'s person_record and write ``folder.persons`` and the run's lineage.

    ``shown_columns``: person_record columns whose values the view shows; waterfalls withhold the
    others. ``decisions``: a Parquet file with the columns of contracts.DECISION, or None.
    ``parent_run_id``: the run whose person ids are kept, or None for the first.
    ``scorer_of``: see resolution.engine.
    Raises BadModel, BadDecisions, BadLineage.
    """
    model = load_model(model_path)
    with connect(scratch) as con:
        store = LineageStore(lineage_dir)
        membership, history = store.previous(con, parent_run_id)
        membership.create("previous_membership")
        history.create("previous_history")
        linkable = make_features(con, read_table(con, PERSON_RECORD, match_dir))
        make_frequencies(con, model.frequencies)
        records = len(con.table("feature"))
        progress(f"{records:,} records, {linkable:,} with a name or identifier")
        decided = _constraints(con, decisions)
        read_table(con, COURT_ORDER, match_dir).create_view("court_order")
        constraints = Constraints(decided.must, np.r_[decided.cannot, parties_apart(con)])
        found = find_persons(con, model, records, constraints, progress, scorer_of=scorer_of)
        label = found.clusters.label
        _register(con, "label", rid=np.arange(records), label=label)
        _register(
            con,
            "conflict",
            l=found.clusters.contradicted.min(axis=1, initial=records),
            r=found.clusters.contradicted.max(axis=1, initial=-1),
            contradicted=np.ones(len(found.clusters.contradicted), bool),
        )
        con.execute(_RESOLVED)
        con.execute(_LINKED)
        con.execute(_LINKED_PAIRS)
        scorer = scorer_of(con, model)
        waterfalls = explained(con, scorer, model, "linked_pair", shown_columns)
        waterfalls.create_view("explained")
        _weakest(con, label)
        identify(con, view_key, run_id)
        persons = write_table(con.sql(_PERSON), PERSON, folder.persons)
        write_table(con.sql(_MEMBERSHIP), MEMBERSHIP, folder.persons)
        links = write_table(con.sql(_LINK), LINK, folder.persons)
        full = con.sql("SELECT * FROM previous_history UNION SELECT * FROM change")
        write_table(full, LINEAGE, folder.persons)
        store.write(
            run_id,
            con.sql("SELECT record_key, person_id FROM resolved JOIN person_of USING (cluster)"),
            full,
        )
        [(review,)] = con.execute("SELECT count(*) FROM linked WHERE review IS NOT NULL").fetchall()
    progress(f"{persons:,} persons, {links:,} links, {review:,} for review")
    return ResolutionSummary(
        records=records,
        linkable_records=linkable,
        persons=persons,
        candidate_pairs=found.blocking.candidates,
        pairs_scored=found.settled.pairs_scored,
        links=links,
        needs_review=int(review),
        contradicted_decisions=len(found.clusters.contradicted),
        components_split=found.settled.components_split,
        keys_too_common=found.blocking.dropped,
        model=model.name,
    )


def _constraints(con: duckdb.DuckDBPyConnection, decisions: Path | None) -> Constraints:
    """Decisions on records of this view, as record numbers; also as the table ``decided``."""
    if decisions is None:
        con.execute("CREATE TEMP TABLE decided (l INTEGER, r INTEGER, verdict VARCHAR)")
        return Constraints.none()
    if not decisions.exists():
        raise BadDecisions(f"no decisions snapshot {decisions}; pass None where there are none")
    wanted, found = set(DECISION.column_names), set(pq.read_schema(decisions).names)
    if wanted != found:
        raise BadDecisions(
            f"{decisions} has columns {sorted(found)}, expected {sorted(wanted)}; "
            "write it as resolution.contracts.DECISION declares"
        )
    con.read_parquet(str(decisions)).create_view("decision")
    con.sql(_DECIDED).create("decided")
    rows = con.sql("SELECT l, r, verdict FROM decided ORDER BY ALL").fetchnumpy()
    verdicts = np.asarray(rows["verdict"], dtype=str)
    unknown = sorted(set(verdicts.tolist()) - {SAME, DIFFERENT})
    if unknown:
        raise BadDecisions(
            f"{decisions} holds {len(unknown)} unknown verdicts, expected {SAME} or {DIFFERENT}"
        )
    pairs = np.stack([rows["l"], rows["r"]], axis=1).astype(np.int64)
    return Constraints(must=pairs[verdicts == SAME], cannot=pairs[verdicts == DIFFERENT])


def _register(
    con: duckdb.DuckDBPyConnection,
    name: str,
    **columns: NDArray[np.int64] | NDArray[np.float64] | NDArray[np.bool_],
) -> None:
    con.register(name, pa.table({key: pa.array(values) for key, values in columns.items()}))


def _weakest(con: duckdb.DuckDBPyConnection, label: NDArray[np.int64]) -> None:
    """Make ``weakest_link`` (cluster, weakest) of ``linked``: see clustering.weakest_links."""
    con.execute("CREATE OR REPLACE TEMP TABLE weakest_link (cluster VARCHAR, weakest DOUBLE)")
    for first in range(0, len(label), RECORDS_AT_ONCE):
        found = con.execute(_INSIDE, {"first": first, "end": first + RECORDS_AT_ONCE}).fetchnumpy()
        homes, weights = weakest_links(
            label,
            np.asarray(found["rid_l"], np.int64),
            np.asarray(found["rid_r"], np.int64),
            np.asarray(found["match_weight"], np.float64),
        )
        _register(con, "weakest_number", rid=homes, weakest=weights)
        con.execute(
            "INSERT INTO weakest_link "
            "SELECT record_key, weakest FROM weakest_number JOIN feature USING (rid)"
        )
        con.unregister("weakest_number")
