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
from typing import TYPE_CHECKING

from ingest.contracts.packs import load_pack
from ingest.landing import land
from ingest.load import load_records
from pipeline.database import store_of
from pipeline.descent import keepers_of_ids
from pipeline.errors import NothingToRun
from pipeline.inputs import hash_of, library_versions, run_inputs, unchanged_since
from pipeline.lock import FileLock
from pipeline.trouble import trouble_named
from pipeline.unfinished import making, remove_unfinished
from pipeline.views import RunInMaking, entries, make_view
from resolution.engine import scoring_on
from runs.manifest import (
    RunManifest,
    finished_runs,
    now,
    read_current,
    write_manifest,
    write_whole,
)
from sharing.deciding import hold_back
from sharing.decision_snapshot import fingerprint, read_decided, without
from sharing.policy import load_policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ingest.contracts.packs import Pack
    from ingest.report import LoadReport
    from pipeline.settings import PipelineSettings
    from pipeline.steps import Steps
    from pipeline.views import MadeView
    from runs.home import Home, RunFolder
    from sharing.decision_snapshot import Decided
    from sharing.policy import Policy


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
        plan = _Plan(policy, pack, settings, inputs, decided, parent, created_at)
        manifest, held = _make(home, plan, steps)
        # Whatever happens before, the next run finds them anew: they are no part of the inputs.
        for view, decisions in held.items():
            hold_back(store, view, decisions)
        return Made(manifest, new=True)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run is made of, besides what has landed. ``parent``: the published run, None where
    none is; ``inputs``: hashes, see pipeline.inputs."""

    policy: Policy
    pack: Pack
    settings: PipelineSettings
    inputs: dict[str, str]
    decided: Decided
    parent: str | None
    created_at: datetime


def _make(home: Home, plan: _Plan, steps: Steps) -> tuple[RunManifest, dict[str, frozenset[int]]]:
    """The run; by view, the ids of decisions that wait for a second person because of it."""
    run = home.run(_free_run_id(home, plan.created_at))
    with making(home, run.run_id):
        run.path.mkdir(parents=True, mode=0o700)
        keepers = keepers_of_ids(home, plan.parent, steps.note)
        with steps.step("Loading records", "loading"):
            loaded = load_records(home, run.records, run.scratch, progress=steps.note)
        made = _make_views(home, plan, run, loaded, keepers, steps)
        shutil.rmtree(run.scratch, ignore_errors=True)
        manifest = _manifest(home, plan, run, loaded, keepers, made, steps.timings_s)
        write_manifest(run.manifest, manifest)
    return manifest, {name: view.held for name, view in made.items()}


def _make_views(
    home: Home,
    plan: _Plan,
    run: RunFolder,
    loaded: LoadReport,
    keepers: Mapping[str, str],
    steps: Steps,
) -> dict[str, MadeView]:
    made: dict[str, MadeView] = {}
    settings, views = plan.settings, plan.policy.views
    with scoring_on(settings.engine, run.scratch, spark_master=settings.spark_master) as scorer_of:
        common = RunInMaking(
            home=home,
            run=run,
            policy=plan.policy,
            pack=plan.pack,
            loaded=loaded,
            decided=plan.decided,
            created_at=plan.created_at,
            scorer_of=scorer_of,
            steps=steps,
        )
        for view in views.values():
            with steps.step(f"View {view.name}", f"view {view.name}"):
                made[view.name] = make_view(common, view, keepers.get(view.name))
    return made


def _manifest(
    home: Home,
    plan: _Plan,
    run: RunFolder,
    loaded: LoadReport,
    keepers: dict[str, str],
    made: dict[str, MadeView],
    timings_s: dict[str, float],
) -> RunManifest:
    views = plan.policy.views
    graph_views = tuple(view.name for view in views.values() if view.kind == "graph")
    held = frozenset[int]().union(*(view.held for view in made.values()))
    inputs = plan.inputs | {"decisions": fingerprint(without(plan.decided, held))}
    return RunManifest(
        run_id=run.run_id,
        created_at=plan.created_at,
        parent=plan.parent,
        synthetic=home.synthetic_marker.exists(),
        inputs=inputs,
        inputs_hash=hash_of(inputs),
        versions=library_versions(),
        feeds=tuple(loaded.feeds_json()),
        views=tuple(views),
        graph_views=graph_views,
        # What resolution leaves for the next run is a cache: a run is whole without it.
        files=entries(run.path, apart=run.path / "resolution"),
        timings_s=timings_s,
        resolved={name: view.resolved for name, view in made.items() if view.resolved},
        kept_until={name: view.kept_until for name, view in made.items() if view.kept_until},
        lineage=keepers | dict.fromkeys(graph_views, run.run_id),
    )


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
