"""One view's records in, its persons out.

Guarantees: the four tables of ``resolution.contracts`` are a function of the view's records, the
model, the decisions, the view's key and the parent run: the same inputs give the same bytes, in
any order of rows. Every person_record is in exactly one person. A record without a name or a
strong identifier is a person of its own. Decisions bind: see resolution.clustering.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ingest.contracts.tables import COURT_ORDER
from resolution.around import records_around
from resolution.blocking import NAMES
from resolution.clustering import Constraints, weakest_links
from resolution.contracts import DECISION, LINEAGE, LINK, MEMBERSHIP, PERSON
from resolution.errors import BadDecisions
from resolution.features import RECORDS_AT_ONCE, make_features, make_frequencies
from resolution.increment import resolve_increment
from resolution.keep import keep_all, keep_increment
from resolution.lineage import LineageStore, identify, person_id
from resolution.model import load_model
from resolution.persons import find_persons, parties_apart
from resolution.scoring import Scorer
from resolution.state import (
    CONTRADICTED,
    LINKED,
    REVIEW,
    StateUnusable,
    fingerprint,
    load,
)
from resolution.waterfall import explained
from runs.duck import connect
from runs.parts import FROM_ROWS, Layout, write_changed
from runs.schema import empty, read_table, write_parts, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from resolution.model import Model
    from resolution.persons import Settled
    from resolution.progress import Progress
    from resolution.scoring import PairScorer, ScorerOf
    from resolution.state import State
    from runs.home import ViewFolder

SAME: Final = "same"
DIFFERENT: Final = "different"

MEMORY_GB: Final = 3
"""For tables; beyond it they spill to the scratch folder. Arrays of edges come on top."""

LINKS_AT_ONCE: Final = 1_000_000
"""Links whose waterfalls are made together, which bounds memory; no result depends on it."""


@dataclass(frozen=True, slots=True)
class ResolutionSummary:
    """Counts of one view's resolution; keys that were too common to block on, by rule.

    ``records_resolved``: records whose persons were found again, in this run; the others are as
    the parent run left them. Candidates, pairs scored and components split are this run's own
    work. ``resolved_all_because``: why a run that should have resolved only what changed did not.
    """

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
    records_resolved: int = 0
    resolved_all_because: str = ""


_ATTEMPTS: Final = 4

_EXHAUSTED: Final = """
SELECT 1 FROM possible JOIN previous_history USING (person_id) WHERE attempt = 3 LIMIT 1
"""

_WHO: Final = "SELECT record_key, person_id FROM resolved JOIN person_of USING (cluster)"

_DROP: Final = {
    "previous_membership": "DROP TABLE IF EXISTS previous_membership",
    "previous_history": "DROP TABLE IF EXISTS previous_history",
}

_DECIDED: Final = """
CREATE OR REPLACE TEMP TABLE decided AS
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
    END AS review,
    (2 | CASE WHEN same_person THEN 4 ELSE 0 END
        | CASE review WHEN 'contradicted' THEN 8 WHEN 'kept_apart' THEN 16 WHEN 'uncertain' THEN 24
            WHEN 'held_inside' THEN 32 ELSE 0 END)::UTINYINT AS flags
FROM judged
WHERE same_person OR contradicted OR verdict IS NOT NULL OR review_margin >= 0
"""

_LINKED_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE linked_pair AS
SELECT '' AS match_key, rid_l AS join_key_l, rid_r AS join_key_r
FROM linked ANTI JOIN standing_row USING (rid_l, rid_r, flags)
WHERE rid_l >= $first AND rid_l < $end
"""

# Rows of the parent run's link table, as their flags say; none where all is resolved anew.
_NOTHING_STANDS: Final = """
CREATE OR REPLACE TEMP TABLE standing_row (rid_l INTEGER, rid_r INTEGER, flags UTINYINT)
"""

_VOID_LINKS: Final = """
SELECT l.record_key AS record_key_l, r.record_key AS record_key_r
FROM standing_row ANTI JOIN linked USING (rid_l, rid_r, flags)
JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
UNION ALL
SELECT record_key_l, record_key_r FROM loose_link
"""

_LINKS_OF: Final = "SELECT rid_l, count(*) AS links FROM linked GROUP BY rid_l ORDER BY rid_l"

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


@dataclass(frozen=True, slots=True)
class Memory:
    """Where a run leaves its state for the next, and where the parent run left it.

    ``parent`` and ``parent_persons``: the parent's state and its ``persons`` folder; None where
    everything is to be resolved anew. ``parts_from``: see runs.parts. ``most_changed``: share of
    the records; where more are new, changed or concerned, all are resolved anew.
    """

    folder: Path
    parent: Path | None = None
    parent_persons: Path | None = None
    parts_from: int = FROM_ROWS
    most_changed: float = 0.2


@dataclass(frozen=True, slots=True)
class _Job:
    """What a resolution is a function of, besides the tables on its connection."""

    model: Model
    shown_columns: frozenset[str]
    view_key: bytes
    run_id: str
    scorer_of: ScorerOf
    persons: Path
    store: LineageStore
    progress: Progress


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
    memory: Memory | None = None,
) -> ResolutionSummary:
    """Resolve ``match_dir``'s person_record and write ``folder.persons`` and the run's lineage.

    ``shown_columns``: person_record columns whose values the view shows; waterfalls withhold the
    others. ``decisions``: a Parquet file with the columns of contracts.DECISION, or None.
    ``parent_run_id``: the run whose person ids are kept, or None for the first.
    ``scorer_of``: see resolution.engine. ``memory``: with it, only what has changed since the
    parent run is resolved, with the same result; where that cannot be, all is, and progress and
    summary say why.
    Raises BadModel, BadDecisions, BadLineage.
    """
    job = _Job(
        load_model(model_path),
        shown_columns,
        view_key,
        run_id,
        scorer_of,
        folder.persons,
        LineageStore(lineage_dir),
        progress,
    )
    with connect(scratch, memory_limit_gb=MEMORY_GB) as con:
        records_around(con, match_dir).create_view("all_record")
        read_table(con, COURT_ORDER, match_dir).create_view("court_order")
        _open_decisions(con, decisions)
        previous = job.store.previous(con, parent_run_id)
        if memory is None or scorer_of is not Scorer:
            return _resolve_all(con, job, previous, None, "")
        if memory.parent is None or memory.parent_persons is None or parent_run_id is None:
            return _resolve_all(con, job, previous, memory, "there is no parent run")
        try:
            state = load(memory.parent, _mark(job), memory.parent_persons)
            return _resolve_changed(
                con, job, previous, memory, memory.parent_persons, state, parent_run_id
            )
        except StateUnusable as reason:
            progress(f"resolving all records: {reason}")
            return _resolve_all(con, job, previous, memory, str(reason))


def _mark(job: _Job) -> str:
    return fingerprint(job.model, job.shown_columns, job.view_key)


def _resolve_all(
    con: duckdb.DuckDBPyConnection,
    job: _Job,
    previous: tuple[duckdb.DuckDBPyRelation, duckdb.DuckDBPyRelation],
    memory: Memory | None,
    reason: str,
) -> ResolutionSummary:
    membership, history = previous
    _replace(con, membership, "previous_membership")
    _replace(con, history, "previous_history")
    linkable = make_features(con, con.view("all_record"))
    make_frequencies(con, job.model.frequencies)
    records = len(con.table("feature"))
    job.progress(f"{records:,} records, {linkable:,} with a name or identifier")
    constraints = _constraints(con)
    con.execute(_NOTHING_STANDS)
    found = find_persons(
        con, job.model, records, constraints, job.progress, scorer_of=job.scorer_of
    )
    for rule, keys in found.blocking.dropped.items():
        job.progress(f"{keys:,} keys were too common to look for pairs by: {rule}")
    _place(con, found.settled)
    _conclude(con, job)
    persons = write_table(con.sql(_PERSON), PERSON, job.persons)
    write_table(con.sql(_MEMBERSHIP), MEMBERSHIP, job.persons)
    links = write_parts(_explained_parts(con, job), LINK, job.persons)
    write_table(
        con.sql("SELECT * FROM previous_history UNION SELECT * FROM change"), LINEAGE, job.persons
    )
    job.store.write(job.run_id, con.sql(_WHO), job.persons)
    counts = {
        "linkable_records": linkable,
        "persons": persons,
        "links": links,
        "needs_review": _reviews(con),
        "contradicted_decisions": len(found.clusters.contradicted),
    }
    if memory is not None:
        numbers = {name: number for number, name in NAMES.items()}
        dropped = {numbers[name]: keys for name, keys in found.blocking.dropped.items()}
        try:
            keep_all(
                con,
                memory.folder,
                _mark(job),
                found.settled.component,
                dropped,
                counts,
                job.persons,
            )
        except StateUnusable as unkept:
            shutil.rmtree(memory.folder, ignore_errors=True)
            job.progress(f"the next run will resolve all records: {unkept}")
    _announce(job, counts)
    return ResolutionSummary(
        records=records,
        linkable_records=linkable,
        persons=persons,
        candidate_pairs=found.blocking.candidates,
        pairs_scored=found.settled.pairs_scored,
        components_split=found.settled.components_split,
        keys_too_common=found.blocking.dropped,
        links=links,
        needs_review=counts["needs_review"],
        contradicted_decisions=counts["contradicted_decisions"],
        model=job.model.name,
        resolved_all_because=reason,
        records_resolved=records,
    )


def _resolve_changed(
    con: duckdb.DuckDBPyConnection,
    job: _Job,
    previous: tuple[duckdb.DuckDBPyRelation, duckdb.DuckDBPyRelation],
    memory: Memory,
    parent: Path,
    state: State,
    parent_run_id: str,
) -> ResolutionSummary:
    """Raises StateUnusable, before anything is written."""
    found = resolve_increment(
        con,
        job.model,
        state,
        lambda: _constraints(con),
        memory.most_changed,
        job.progress,
    )
    old = np.r_[found.numbers[found.numbers < len(state.alive)], found.diff.gone]
    keys = pa.array(state.hexadecimal(np.unique(old)), pa.string())
    con.register("touched_key", pa.table({"record_key": keys}))
    touched = con.table("touched_key")
    membership, history = previous
    _replace(con, membership.join(touched, "record_key", how="semi"), "previous_membership")
    _place(con, found.settled)
    con.register("possible", _possible_ids(con, job.view_key))
    _replace(con, history.join(con.table("possible"), "person_id", how="semi"), "previous_history")
    if con.sql(_EXHAUSTED).fetchall():
        raise StateUnusable("an id was taken too often to be looked up")
    _conclude(con, job)
    past = found.past
    loose = past.loose & ((past.flags & LINKED) > 0)
    con.register(
        "loose_link",
        pa.table(
            {
                "record_key_l": pa.array(state.hexadecimal(past.left[loose]), pa.string()),
                "record_key_r": pa.array(state.hexadecimal(past.right[loose]), pa.string()),
            }
        ),
    )
    layout = Layout(found.diff.withdrawn, memory.parts_from)
    void = con.sql("SELECT DISTINCT person_id FROM previous_membership")
    voided = con.sql(_VOID_LINKS)
    write_changed(con, PERSON, job.persons, parent, void, con.sql(_PERSON), layout)
    write_changed(con, MEMBERSHIP, job.persons, parent, touched, con.sql(_MEMBERSHIP), layout)
    links = _explained(con, job, job.scorer_of(con, job.model), 0, len(found.settled.component))
    write_changed(con, LINK, job.persons, parent, voided, links, layout)
    changes = con.table("change")
    write_changed(con, LINEAGE, job.persons, parent, changes.filter("false"), changes, layout)
    job.store.write_changed(
        con, job.run_id, parent_run_id, touched, con.sql(_WHO), job.persons, layout
    )
    gone = {
        "linkable_records": state.linkable(found.diff.gone),
        "persons": len(void),
        "links": int(((past.flags & LINKED) > 0).sum()),
        "needs_review": int(((past.flags & REVIEW) > 0).sum()),
        "contradicted_decisions": int(((past.flags & REVIEW) == CONTRADICTED).sum()),
    }
    came = {
        "linkable_records": found.fresh.linkable,
        "persons": len(con.sql("SELECT DISTINCT cluster FROM resolved")),
        "links": len(con.table("linked")),
        "needs_review": _reviews(con),
        "contradicted_decisions": len(found.settled.clusters.contradicted),
    }
    counts = {name: state.counts[name] - gone[name] + came[name] for name in came}
    dropped = Counter(state.dropped)
    dropped.update(found.work.dropped)
    keep_increment(
        con,
        memory.folder,
        _mark(job),
        state,
        found,
        {rule: keys for rule, keys in sorted(dropped.items()) if keys},
        counts,
        job.persons,
    )
    _announce(job, counts)
    return ResolutionSummary(
        linkable_records=counts["linkable_records"],
        persons=counts["persons"],
        links=counts["links"],
        needs_review=counts["needs_review"],
        contradicted_decisions=counts["contradicted_decisions"],
        model=job.model.name,
        records=int(found.work.alive.sum()),
        candidate_pairs=len(found.work.left),
        pairs_scored=found.pairs_scored,
        components_split=found.settled.components_split,
        keys_too_common={NAMES[rule]: keys for rule, keys in sorted(dropped.items()) if keys},
        records_resolved=len(found.numbers),
    )


def _place(con: duckdb.DuckDBPyConnection, settled: Settled) -> None:
    """Make ``label``, ``conflict`` and ``resolved``: which record is in which cluster."""
    records, contradicted = len(settled.component), settled.clusters.contradicted
    _register(con, "label", rid=np.arange(records), label=settled.clusters.label)
    _register(
        con,
        "conflict",
        l=contradicted.min(axis=1, initial=records),
        r=contradicted.max(axis=1, initial=-1),
        contradicted=np.ones(len(contradicted), bool),
    )
    con.execute(_RESOLVED)


def _conclude(con: duckdb.DuckDBPyConnection, job: _Job) -> None:
    """Make ``linked``, ``weakest_link``, ``person_of`` and ``change``."""
    con.execute(_LINKED)
    label = con.sql("SELECT label FROM label ORDER BY rid").fetchnumpy()["label"]
    _weakest(con, label)
    identify(con, job.view_key, job.run_id)


def _explained_parts(
    con: duckdb.DuckDBPyConnection, job: _Job
) -> Iterator[duckdb.DuckDBPyRelation]:
    """The rows of contracts.LINK, a part at a time, in the order of their keys: rids have it."""
    scorer = job.scorer_of(con, job.model)
    counted = con.sql(_LINKS_OF).fetchnumpy()
    _, starts = np.unique(np.cumsum(counted["links"]) // LINKS_AT_ONCE, return_index=True)
    bounds = np.asarray(counted["rid_l"])[starts[1:]].tolist()
    for first, end in pairwise([0, *bounds, len(con.table("feature"))]):
        yield _explained(con, job, scorer, first, end)


def _explained(
    con: duckdb.DuckDBPyConnection, job: _Job, scorer: PairScorer, first: int, end: int
) -> duckdb.DuckDBPyRelation:
    """The rows of contracts.LINK whose left record's number is from ``first`` to below ``end``."""
    con.execute(_LINKED_PAIRS, {"first": first, "end": end})
    explained(con, scorer, job.model, "linked_pair", job.shown_columns).create_view(
        "explained", replace=True
    )
    return con.sql(_LINK)


def _announce(job: _Job, counts: Mapping[str, int]) -> None:
    said = f"{counts['persons']:,} persons, {counts['links']:,} links"
    job.progress(f"{said}, {counts['needs_review']:,} for review")


def _reviews(con: duckdb.DuckDBPyConnection) -> int:
    return len(con.sql("SELECT 1 FROM linked WHERE review IS NOT NULL"))


def _possible_ids(con: duckdb.DuckDBPyConnection, view_key: bytes) -> pa.Table:
    """Ids that ``assign`` may want to give the clusters in ``resolved``."""
    clusters = con.execute("SELECT DISTINCT cluster FROM resolved").fetchall()
    rows = [
        {"person_id": person_id(view_key, cluster, attempt), "attempt": attempt}
        for (cluster,) in clusters
        for attempt in range(_ATTEMPTS)
    ]
    return pa.Table.from_pylist(
        rows, pa.schema([("person_id", pa.string()), ("attempt", pa.int32())])
    )


def _replace(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, name: str) -> None:
    con.execute(_DROP[name])
    relation.create(name)


def _open_decisions(con: duckdb.DuckDBPyConnection, decisions: Path | None) -> None:
    """Make the view ``decision``. Raises BadDecisions."""
    if decisions is None:
        empty(con, DECISION).create_view("decision")
        return
    if not decisions.exists():
        raise BadDecisions(f"no decisions snapshot {decisions}; pass None where there are none")
    wanted, found = set(DECISION.column_names), set(pq.read_schema(decisions).names)
    if wanted != found:
        raise BadDecisions(
            f"{decisions} has columns {sorted(found)}, expected {sorted(wanted)}; "
            "write it as resolution.contracts.DECISION declares"
        )
    con.read_parquet(str(decisions)).select(*DECISION.column_names).create_view("decision")


def _constraints(con: duckdb.DuckDBPyConnection) -> Constraints:
    """Decisions and orders on the records of ``feature``, as record numbers; the decisions also as
    the table ``decided``."""
    con.execute(_DECIDED)
    rows = con.sql("SELECT l, r, verdict FROM decided ORDER BY ALL").fetchnumpy()
    verdicts = np.asarray(rows["verdict"], dtype=str)
    unknown = sorted(set(verdicts.tolist()) - {SAME, DIFFERENT})
    if unknown:
        raise BadDecisions(
            f"the decisions snapshot holds {len(unknown)} unknown verdicts, expected {SAME} or "
            f"{DIFFERENT}"
        )
    pairs = np.stack([rows["l"], rows["r"]], axis=1).astype(np.int64)
    cannot = np.r_[pairs[verdicts == DIFFERENT], parties_apart(con)]
    return Constraints(must=pairs[verdicts == SAME], cannot=cannot)


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
