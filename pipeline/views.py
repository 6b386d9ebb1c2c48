"""One view of a run: its rows, persons, incidents, search, graph and rollups.

Guarantees: everything below the view's folder comes from what the agreements let the view hold and
from the decisions that the run took; the view's manifest is written last.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from graph.project import project_graph
from graph.schema import NODES
from ingest.contracts.tables import INCIDENT
from pipeline.models import accepted_model
from pipeline.two_people import resolve_by_two
from resolution.contracts import INCIDENT_DECISION
from resolution.incidents.resolve import resolve_incidents
from resolution.resolve import Memory, ResolutionSummary, resolve_view
from resolution.review import build_queue
from resolution.search import build_index
from resolution.waterfall import told_comparisons
from rollups.build import build_rollups
from runs.manifest import Delivery, FileEntry, ViewManifest, sha256_of, write_manifest
from sharing.decision_snapshot import snapshot
from sharing.decisions import About
from sharing.project import project_view

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from ingest.contracts.packs import Pack
    from ingest.report import LoadReport
    from pipeline.steps import Steps
    from resolution.scoring import ScorerOf
    from runs.home import Home, RunFolder, ViewFolder
    from sharing.decision_snapshot import Decided
    from sharing.policy import Policy, View


@dataclass(frozen=True, slots=True)
class MadeView:
    """Of a view: how its records were resolved, None where it has no persons; the ids of decisions
    that wait for a second person; the last day on which all of its rows may be kept, None where it
    has no rows that have one."""

    resolved: str | None
    held: frozenset[int]
    kept_until: date | None


@dataclass(frozen=True, slots=True)
class RunInMaking:
    """What all views of a run that is being made have in common."""

    home: Home
    run: RunFolder
    policy: Policy
    pack: Pack
    loaded: LoadReport
    decided: Decided
    created_at: datetime
    scorer_of: ScorerOf
    steps: Steps


def make_view(making: RunInMaking, view: View, parent: str | None) -> MadeView:
    """Write the folder of ``view``; ``parent``: the run that holds its ids, None where none does.

    Raises the errors of the stages.
    """
    run, policy, steps = making.run, making.policy, making.steps
    folder = run.view(view.name)
    key = making.home.view_key(view.name)
    match, scratch = run.match(view.name), run.scratch / view.name
    public = view.kind == "rollups"
    shown = match / "records" if public else folder.records
    with steps.step("agreements: rows and fields", f"{view.name}: sharing"):
        projected = project_view(
            run.records,
            policy,
            view.name,
            key,
            match,
            shown,
            scratch,
            progress=steps.note,
        )
    counts: dict[str, int] = {}
    summary: ResolutionSummary | None = None
    held: frozenset[int] = frozenset()
    if not public:
        counts, summary, held = _make_graph_view(making, view, folder, key, parent)
        counts["records"] = projected.rows.get("person_record", 0)
    with steps.step("rollups", f"{view.name}: rollups"):
        build_rollups(shown, folder.rollups, making.pack, suppressed=public, scratch=scratch)
    write_manifest(
        folder.manifest,
        ViewManifest(
            view=view.name,
            run_id=run.run_id,
            created_at=making.created_at,
            synthetic=making.home.synthetic_marker.exists(),
            deliveries=_deliveries(making.loaded, policy, view.name),
            counts=counts,
            files=entries(folder.path),
            model=None if summary is None else summary.model,
            told_comparisons=()
            if summary is None
            else told_comparisons(policy.shown_values(view.name)),
        ),
    )
    return MadeView(
        resolved=None if summary is None else _resolved(summary),
        held=held,
        kept_until=projected.kept_until,
    )


def _resolved(summary: ResolutionSummary) -> str:
    if summary.resolved_all_because:
        return f"all {summary.records:,} records: {summary.resolved_all_because}"
    return f"{summary.records_resolved:,} of {summary.records:,} records"


def _make_graph_view(
    making: RunInMaking, view: View, folder: ViewFolder, key: bytes, parent: str | None
) -> tuple[dict[str, int], ResolutionSummary, frozenset[int]]:
    home, run, policy, steps = making.home, making.run, making.policy, making.steps
    match, scratch = run.match(view.name), run.scratch / view.name
    before = None if parent is None else home.run(parent)

    def resolve(decisions: Path | None) -> ResolutionSummary:
        # What an earlier attempt left in parts would be read with what this one writes whole.
        lineage = home.view_lineage(view.name) / run.run_id
        for folder_of_attempt in (folder.persons, run.resolution(view.name), lineage):
            shutil.rmtree(folder_of_attempt, ignore_errors=True)
        return resolve_view(
            match,
            folder,
            home.view_lineage(view.name),
            accepted_model(home),
            key,
            run.run_id,
            shown_columns=policy.shown_values(view.name),
            decisions=decisions,
            parent_run_id=parent,
            scratch=scratch,
            progress=steps.note,
            scorer_of=making.scorer_of,
            memory=Memory(
                run.resolution(view.name),
                None if before is None else before.resolution(view.name),
                None if before is None else before.view(view.name).persons,
            ),
        )

    with steps.step("resolution: records to persons", f"{view.name}: resolution"):
        summary, held = resolve_by_two(
            folder,
            key,
            making.decided[view.name, About.RECORDS],
            match,
            resolve,
            steps.note,
        )
        steps.note(f"{_resolved(summary)} resolved")
    with steps.step("resolution: reports to incidents", f"{view.name}: incidents"):
        incidents = resolve_incidents(
            match,
            folder,
            home.view_lineage(view.name),
            key,
            run.run_id,
            shown=policy.shown_values(view.name),
            by_year=policy.matched_by_year(view.name, INCIDENT.name, "occurred_on"),
            parent_run_id=parent,
            scratch=scratch,
            progress=steps.note,
            decisions=snapshot(
                making.decided[view.name, About.REPORTS], key, match, INCIDENT_DECISION
            ),
        )
        steps.note(f"{build_queue(folder, scratch):,} pairs of persons for review")
    with steps.step("search index", f"{view.name}: search"):
        build_index(folder, scratch, accepted_model(home), prior_records=summary.prior_records)
    with steps.step("graph projection", f"{view.name}: graph"):
        sizes = project_graph(folder, making.pack, scratch)
    labels = {node.label for node in NODES}
    nodes = sum(rows for name, rows in sizes.items() if name in labels)
    counts = {
        "persons": summary.persons,
        "incidents": incidents.incidents,
        "nodes": nodes,
        "relationships": sum(sizes.values()) - nodes,
    }
    return counts, summary, held


def _deliveries(loaded: LoadReport, policy: Policy, view: str) -> tuple[Delivery, ...]:
    shared = policy.feeds_of(view)
    return tuple(delivery for delivery in loaded.deliveries() if delivery.feed in shared)


def entries(folder: Path, apart: Path | None = None) -> tuple[FileEntry, ...]:
    """Every file below ``folder``, but for what lies below ``apart``, with its hash and, for
    Parquet, its rows."""
    with duckdb.connect() as con:
        return tuple(
            FileEntry(
                path=str(path.relative_to(folder)), sha256=sha256_of(path), rows=_rows(con, path)
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not (apart and path.is_relative_to(apart))
        )


def _rows(con: duckdb.DuckDBPyConnection, path: Path) -> int | None:
    if path.suffix != ".parquet":
        return None
    found: tuple[Any, ...] | None = con.execute(
        "SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]
    ).fetchone()
    return int(found[0]) if found else None
