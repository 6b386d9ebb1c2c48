"""One view's records in, its persons out.

Guarantees: the four tables of ``resolution.contracts`` are a function of the view's records, the
model, the decisions, the view's key and the parent run: the same inputs give the same bytes, in
any order of rows. Every person_record is in exactly one person. A record without a name or a
strong identifier is a person of its own. Decisions bind: see resolution.clustering.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from resolution.around import open_records
from resolution.changed_run import resolve_changed
from resolution.checks import StateUnusable
from resolution.decisions import open_decisions
from resolution.features import named_records
from resolution.full_run import resolve_all
from resolution.job import Job, Memory, ResolutionSummary
from resolution.lineage import LineageStore
from resolution.model import load_model
from resolution.scoring import Scorer
from resolution.state import load
from runs.duck import connect

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from resolution.progress import Progress
    from resolution.scoring import ScorerOf
    from runs.home import ViewFolder

__all__ = ["MEMORY_GB", "Memory", "ResolutionSummary", "allow_memory", "resolve_view"]

MEMORY_GB: Final = 2.8
"""For tables; beyond it they spill to the scratch folder. Arrays of edges come on top."""

MEMORY_GB_PER_MILLION: Final = 0.6
"""More than MEMORY_GB for views of five million records and more: what is sorted and joined whole
(keys by holders, pairs by component) grows with them."""


def allow_memory(con: duckdb.DuckDBPyConnection, records: int) -> None:
    """Let the tables of so many records take what MEMORY_GB and MEMORY_GB_PER_MILLION say."""
    allowed_gb = max(MEMORY_GB, records / 1e6 * MEMORY_GB_PER_MILLION)
    con.execute("SET memory_limit = ?", [f"{allowed_gb:.1f}GB"])


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

    ``shown_columns``: the columns, as table.column, whose values the view shows; waterfalls
    withhold the others. ``decisions``: a Parquet file with the columns of contracts.DECISION, or
    None.
    ``parent_run_id``: the run whose person ids are kept, or None for the first.
    ``scorer_of``: see resolution.engine. ``memory``: with it, only what has changed since the
    parent run is resolved, with the same result; where that cannot be, all is, and progress and
    summary say why.
    Raises BadModel, BadDecisions, BadLineage.
    """
    store = LineageStore(lineage_dir)
    with connect(scratch, memory_limit_gb=MEMORY_GB) as con:
        records = open_records(con, match_dir)
        open_decisions(con, decisions)
        named = named_records(records)
        model = load_model(model_path).for_records(named)
        allow_memory(con, named)
        progress(
            f"the model's prior is that of {model.prior_records:,} records: "
            f"{model.prior_match_weight:+.1f} bits"
        )
        job = Job(
            model,
            shown_columns,
            view_key,
            run_id,
            scorer_of,
            folder.persons,
            store,
            progress,
            *store.previous(con, parent_run_id),
            store.departed(con, parent_run_id),
            parent_run_id,
        )
        if memory is None or scorer_of is not Scorer:
            return resolve_all(con, job, None, "")
        if memory.parent is None or memory.parent_persons is None or parent_run_id is None:
            return resolve_all(con, job, memory, "there is no parent run")
        try:
            state = load(memory.parent, job.mark, memory.parent_persons)
            return resolve_changed(con, job, memory, memory.parent_persons, state, parent_run_id)
        except StateUnusable as reason:
            progress(f"resolving all records: {reason}")
            return resolve_all(con, job, memory, str(reason))
