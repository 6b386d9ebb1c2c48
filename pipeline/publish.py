"""Which run is served: publishing, and going back.

Guarantees: one atomic replacement of ``current.json`` decides; where a service runs, it alone
switches, after the new servers answer; a run is only published under the policy it was made under,
and while all of its rows may be kept; while it is being published no run is removed, and no other
is published.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from pipeline.control import ask, running_service
from pipeline.errors import RunRefused
from pipeline.lock import FileLock
from pipeline.stores import addresses, ensure_stores
from pipeline.trouble import trouble_named
from runs.errors import NoPublishedRun
from runs.manifest import (
    Current,
    RunManifest,
    finished_runs,
    now,
    read_current,
    read_run,
    sha256_of,
    write_manifest,
)
from sharing.policy import load_policy

if TYPE_CHECKING:
    from pipeline.settings import PipelineSettings
    from pipeline.steps import Steps
    from runs.home import Home


PATIENCE_S: Final = 30.0


def published(home: Home) -> str | None:
    """The id of the published run, or None."""
    return read_current(home).run_id if home.current.exists() else None


def newest(home: Home) -> RunManifest:
    """The newest finished run. Raises NoPublishedRun where there is none."""
    runs = finished_runs(home)
    if not runs:
        raise NoPublishedRun(f"no finished run in {home.path}; make one with 'vast run DIR'")
    return runs[-1]


def publish(
    home: Home, run_id: str, settings: PipelineSettings, steps: Steps, *, downtime: bool = False
) -> RunManifest:
    """Make ``run_id`` the served run: through the service where one runs, else by itself.

    Raises RunRefused for a run whose files are not whole, whose policy is no longer today's, or of
    which a row may be kept no longer; HomeLocked while another is published or runs are removed;
    DiskFull, NotWritable.
    """
    with trouble_named(home), publishing(home):
        if running_service(home) is None:
            manifest = read_run(home, run_id)
            check_allowed(home, manifest, settings)
            ensure_stores(home, manifest, steps, downtime=downtime)
            manifest = still_allowed(home, run_id, settings)
            write_manifest(
                home.current,
                Current(run_id=run_id, published_at=now(), servers=addresses(home, manifest, {})),
            )
            return manifest
    # The service takes the lock itself, so it must be free by now.
    manifest = still_allowed(home, run_id, settings)
    with steps.step(f"The service switches to run {run_id}", "switch"):
        ask(home, "switch", run_id=run_id, downtime=downtime)
    return manifest


def publishing(home: Home) -> FileLock:
    """Held from before a run is looked at until ``current.json`` names it. Removing runs takes
    seconds, so that is waited for. Raises HomeLocked."""
    return FileLock(home.publishing, "publishing a run", patience_s=PATIENCE_S)


def still_allowed(home: Home, run_id: str, settings: PipelineSettings) -> RunManifest:
    """The run as it is now: building its stores can take long enough for agreements to change and
    days to pass. Raises BrokenRun, RunRefused, PolicyRefused."""
    manifest = read_run(home, run_id)
    check_agreed(manifest, settings)
    return manifest


def rollback(
    home: Home, run_id: str | None, settings: PipelineSettings, steps: Steps
) -> RunManifest:
    """Go back to ``run_id``, or to the newest finished run older than the published one."""
    current = read_current(home).run_id
    if run_id is None:
        ids = [run.run_id for run in finished_runs(home)]
        # The published run may be the one that is damaged; ids go with the time.
        older = ids[: ids.index(current)] if current in ids else [i for i in ids if i < current]
        if not older:
            raise RunRefused(
                f"run {current} is the oldest that is kept: there is none to go back "
                "to; 'vast status' lists the runs"
            )
        run_id = older[-1]
    return publish(home, run_id, settings, steps)


def check_allowed(
    home: Home, manifest: RunManifest, settings: PipelineSettings, *, today: date | None = None
) -> None:
    """Raises RunRefused where the run may not be served ``today``, or its files are damaged."""
    check_agreed(manifest, settings, today=today)
    folder = home.run(manifest.run_id).path
    for entry in manifest.files:
        path = folder / entry.path
        if not path.exists() or sha256_of(path) != entry.sha256:
            raise RunRefused(
                f"file {entry.path} of run {manifest.run_id} is missing or was changed after the "
                "run was made; make a new one with 'vast run'"
            )


def check_agreed(
    manifest: RunManifest, settings: PipelineSettings, *, today: date | None = None
) -> None:
    """Raises RunRefused where today's agreements differ from the run's, or let a row of it be kept
    no longer. Raises PolicyRefused.

    Going back must not bring back what an agreement has taken away since, by a change or by the
    passing of days.
    """
    on = today or datetime.now(UTC).date()
    policy = load_policy(settings.agreements, on)
    if manifest.inputs.get("policy") != policy.fingerprint:
        raise RunRefused(
            f"run {manifest.run_id} was made under other agreements than today's, so it may show "
            "what is no longer shared; make a new one with 'vast run'"
        )
    if manifest.kept_until is None:
        raise RunRefused(
            f"run {manifest.run_id} was made by an earlier version, which did not note until when "
            "its rows may be kept; make a new one with 'vast run'"
        )
    past = manifest.past_retention(on)
    if past:
        first = min(manifest.kept_until[view] for view in past)
        raise RunRefused(
            f"run {manifest.run_id} holds rows that their agreements let be kept until {first} at "
            f"the latest, in {', '.join(past)}; make a new one, without them, with 'vast run'"
        )
