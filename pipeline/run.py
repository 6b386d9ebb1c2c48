"""One run: from what has landed to a finished, immutable run folder.

Guarantees: the manifest is written last, so a run that was killed does not exist; the published
run is not touched; nothing that depends on several records is computed before the split into
views; a run is not made again while it would hold what the newest run holds; people's decisions are
those of one moment, before the first stage.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from graph.project import project_graph
from graph.schema import NODES
from ingest.contracts.packs import Pack, load_pack
from ingest.contracts.tables import INCIDENT
from ingest.landing import land
from ingest.load import load_records
from ingest.report import LoadReport
from pipeline.database import store_of
from pipeline.descent import keepers_of_ids
from pipeline.errors import NothingToRun
from pipeline.inputs import hash_of, library_versions, run_inputs, unchanged_since
from pipeline.lock import FileLock
from pipeline.models import accepted_model
from pipeline.trouble import trouble_named
from pipeline.two_people import resolve_by_two
from pipeline.unfinished import making, remove_unfinished
from resolution.contracts import INCIDENT_DECISION
from resolution.engine import scoring_on
from resolution.incidents.resolve import resolve_incidents
from resolution.resolve import Memory, ResolutionSummary, resolve_view
from resolution.review import build_queue
from resolution.search import build_index
from resolution.waterfall import told_comparisons
from rollups.build import build_rollups
from runs.manifest import (
    Delivery,
    FileEntry,
    RunManifest,
    ViewManifest,
    finished_runs,
    now,
    read_current,
    sha256_of,
    write_manifest,
    write_whole,
)
from sharing.deciding import hold_back
from sharing.decision_snapshot import fingerprint, read_decided, snapshot, without
from sharing.decisions import About
from sharing.policy import Policy, View, load_policy
from sharing.project import project_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.settings import PipelineSettings
    from pipeline.steps import Steps
    from resolution.scoring import ScorerOf
    from runs.home import Home, RunFolder, ViewFolder
    from sharing.decision_snapshot import Decided
    from sharing.store import Store


@dataclass(frozen=True, slots=True)
class Made:
    """A finished run, and whether this call made it (False: nothing had changed)."""

    manifest: RunManifest
    new: bool


def make_run(
    home: Home,
    sources: Sequence[Path],
    settings: PipelineSettings,
    steps: Steps,
    *,
    today: date | None = None,
) -> Made:
    """Land ``sources`` and make a run of everything that has landed.

    Raises IngestError, PolicyError ... of the stages; NothingToRun where nothing has landed;
    HomeLocked where another run is being made; DiskFull, NotWritable.
    """
    with trouble_named(home):
        home.prepare()
    with trouble_named(home), FileLock(home.lock, "making a run"), store_of(home) as store:
        remove_unfinished(home)
        policy = load_policy(settings.agreements, today or datetime.now(UTC).date())
        pack = load_pack(settings.pack)
        with steps.step("Landing deliveries", "landing"):
            for source in sources:
                land(home, source, progress=steps.note)
                _note_synthetic(home, source)
        # First the time: what is decided after it may be in the run, what is not in it came after.
        created_at = now().replace(microsecond=0)
        decided = read_decided(store, policy.views)
        inputs = run_inputs(home, settings, policy, fingerprint(decided))
        if not any(home.landing.glob("*/*")):
            raise NothingToRun(
                f"nothing has landed in {home.path}: name a folder or file of deliveries, "
                "as in 'vast run DIR'; 'vast feeds check DIR' tells what would be loaded"
            )
        done = finished_runs(home)
        if done and unchanged_since(done[-1], inputs):
            steps.note(f"nothing has changed since run {done[-1].run_id}")
            return Made(done[-1], new=False)
        parent = read_current(home).run_id if home.current.exists() else None
        made = _make(
            home, store, decided, policy, pack, settings, inputs, parent, created_at, steps
        )
        return Made(made, new=True)


def _make(
    home: Home,
    store: Store,
    decided: Decided,
    policy: Policy,
    pack: Pack,
    settings: PipelineSettings,
    inputs: dict[str, str],
    parent: str | None,
    created_at: datetime,
    steps: Steps,
) -> RunManifest:
    run = home.run(_free_run_id(home, created_at))
    with making(home, run.run_id):
        run.path.mkdir(parents=True, mode=0o700)
        manifest, held = _stages(
            home, decided, run, policy, pack, settings, inputs, parent, created_at, steps
        )
    # Whatever happens before, the next run finds them anew: they are no part of this run's inputs.
    for view, decisions in held.items():
        hold_back(store, view, decisions)
    return manifest


def _stages(
    home: Home,
    decided: Decided,
    run: RunFolder,
    policy: Policy,
    pack: Pack,
    settings: PipelineSettings,
    inputs: dict[str, str],
    parent: str | None,
    created_at: datetime,
    steps: Steps,
) -> tuple[RunManifest, dict[str, frozenset[int]]]:
    """Also, by view, the ids of decisions that wait for a second person because of this run."""
    keepers = keepers_of_ids(home, parent, steps.note)
    with steps.step("Loading records", "loading"):
        loaded = load_records(home, run.records, run.scratch, progress=steps.note)
    made: dict[str, _Made] = {}
    with scoring_on(settings.engine, run.scratch, spark_master=settings.spark_master) as scorer_of:
        for view in policy.views.values():
            with steps.step(f"View {view.name}", f"view {view.name}"):
                made[view.name] = _make_view(
                    home,
                    decided,
                    run,
                    view,
                    policy,
                    pack,
                    settings,
                    loaded,
                    keepers.get(view.name),
                    created_at,
                    scorer_of,
                    steps,
                )
    shutil.rmtree(run.scratch, ignore_errors=True)
    graph_views = tuple(v.name for v in policy.views.values() if v.kind == "graph")
    held = {name: view.held for name, view in made.items()}
    taken = without(decided, frozenset[int]().union(*held.values()))
    inputs = inputs | {"decisions": fingerprint(taken)}
    manifest = RunManifest(
        run_id=run.run_id,
        created_at=created_at,
        parent=parent,
        synthetic=home.synthetic_marker.exists(),
        inputs=inputs,
        inputs_hash=hash_of(inputs),
        versions=library_versions(),
        feeds=tuple(loaded.feeds_json()),
        views=tuple(policy.views),
        graph_views=graph_views,
        # What resolution leaves for the next run is a cache: a run is whole without it.
        files=entries(run.path, apart=run.path / "resolution"),
        timings_s=steps.timings_s,
        resolved={name: view.resolved for name, view in made.items() if view.resolved},
        kept_until={name: view.kept_until for name, view in made.items() if view.kept_until},
        lineage=keepers | dict.fromkeys(graph_views, run.run_id),
    )
    write_manifest(run.manifest, manifest)
    return manifest, held


@dataclass(frozen=True, slots=True)
class _Made:
    """Of a view: how its records were resolved, None where it has no persons; the ids of decisions
    that wait for a second person; the last day on which all of its rows may be kept, None where it
    has no rows that have one."""

    resolved: str | None
    held: frozenset[int]
    kept_until: date | None


def _make_view(
    home: Home,
    decided: Decided,
    run: RunFolder,
    view: View,
    policy: Policy,
    pack: Pack,
    settings: PipelineSettings,
    loaded: LoadReport,
    parent: str | None,
    created_at: datetime,
    scorer_of: ScorerOf,
    steps: Steps,
) -> _Made:
    folder = run.view(view.name)
    key = home.view_key(view.name)
    scratch = run.scratch / view.name
    public = view.kind == "rollups"
    shown = run.match(view.name) / "records" if public else folder.records
    with steps.step("agreements: rows and fields", f"{view.name}: sharing"):
        projected = project_view(
            run.records,
            policy,
            view.name,
            key,
            run.match(view.name),
            shown,
            scratch,
            progress=steps.note,
        )
    counts: dict[str, int] = {}
    summary: ResolutionSummary | None = None
    held: frozenset[int] = frozenset()
    if not public:
        counts, summary, held = _make_graph_view(
            home,
            decided,
            run,
            folder,
            view,
            policy,
            pack,
            key,
            parent,
            scratch,
            scorer_of,
            steps,
        )
        counts["records"] = projected.rows.get("person_record", 0)
    with steps.step("rollups", f"{view.name}: rollups"):
        build_rollups(shown, folder.rollups, pack, suppressed=public, scratch=scratch)
    write_manifest(
        folder.manifest,
        ViewManifest(
            view=view.name,
            run_id=run.run_id,
            created_at=created_at,
            synthetic=home.synthetic_marker.exists(),
            deliveries=_deliveries(loaded, policy, view.name),
            counts=counts,
            files=entries(folder.path),
            model=None if summary is None else summary.model,
            told_comparisons=()
            if summary is None
            else told_comparisons(policy.shown_values(view.name)),
        ),
    )
    return _Made(
        resolved=None if summary is None else _resolved(summary),
        held=held,
        kept_until=projected.kept_until,
    )


def _resolved(summary: ResolutionSummary) -> str:
    if summary.resolved_all_because:
        return f"all {summary.records:,} records: {summary.resolved_all_because}"
    return f"{summary.records_resolved:,} of {summary.records:,} records"


def _make_graph_view(
    home: Home,
    decided: Decided,
    run: RunFolder,
    folder: ViewFolder,
    view: View,
    policy: Policy,
    pack: Pack,
    key: bytes,
    parent: str | None,
    scratch: Path,
    scorer_of: ScorerOf,
    steps: Steps,
) -> tuple[dict[str, int], ResolutionSummary, frozenset[int]]:
    before = None if parent is None else home.run(parent)

    def resolve(decisions: Path | None) -> ResolutionSummary:
        # What an earlier attempt left in parts would be read with what this one writes whole.
        lineage = home.view_lineage(view.name) / run.run_id
        for folder_of_attempt in (folder.persons, run.resolution(view.name), lineage):
            shutil.rmtree(folder_of_attempt, ignore_errors=True)
        return resolve_view(
            run.match(view.name),
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
            scorer_of=scorer_of,
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
            decided[view.name, About.RECORDS],
            run.match(view.name),
            resolve,
            steps.note,
        )
        steps.note(f"{_resolved(summary)} resolved")
    with steps.step("resolution: reports to incidents", f"{view.name}: incidents"):
        incidents = resolve_incidents(
            run.match(view.name),
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
                decided[view.name, About.REPORTS], key, run.match(view.name), INCIDENT_DECISION
            ),
        )
        steps.note(f"{build_queue(folder, scratch):,} pairs of persons for review")
    with steps.step("search index", f"{view.name}: search"):
        build_index(folder, scratch, accepted_model(home), prior_records=summary.prior_records)
    with steps.step("graph projection", f"{view.name}: graph"):
        sizes = project_graph(folder, pack, scratch)
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


def _free_run_id(home: Home, created_at: datetime) -> str:
    # The id is shown to every user: the clock and a counter tell nothing about hidden records.
    stem = created_at.strftime("%Y%m%dT%H%M%SZ")
    candidates: Iterator[str] = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 1000))
    return next(name for name in candidates if not home.run(name).path.exists())


def _note_synthetic(home: Home, source: Path) -> None:
    for folder in (source, source.parent):
        world = folder / "world.json"
        if world.exists():
            write_whole(home.synthetic_marker, world.read_text("utf-8"))


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
