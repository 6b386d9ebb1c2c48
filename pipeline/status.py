"""What 'vast status' tells: the published run, and what each view of it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from graph.server import built_version
from pipeline.control import running_service
from pipeline.publish import newest
from runs.errors import BrokenRun, NoPublishedRun
from runs.manifest import damaged_runs, finished_runs, read_current, read_run, read_view

if TYPE_CHECKING:
    from runs.home import Home
    from runs.manifest import Current, RunManifest


def status(home: Home, *, today: date | None = None) -> dict[str, Any]:
    """Run, service and views as JSON.

    ``neo4j_version`` is what the view's server reported when it last started; null before its
    store was built. Where nothing is published the newest finished run is described and
    ``published`` is false. ``run`` is null where there is no finished run. ``past_retention``: the
    run's views that ``today`` hold a row which may be kept no longer. ``problems``: what is damaged
    of the home's runs, in words.
    """
    service = running_service(home)
    current, run, problems = _published(home)
    problems += [f"the manifest of run {one} cannot be read" for one in damaged_runs(home)]
    if run is None:
        try:
            run, current = newest(home), None
        except NoPublishedRun:
            return {
                "home": str(home.path),
                "run": None,
                "published": False,
                "serving": False,
                "views": {},
                "runs": [],
                "problems": problems,
            }
    views: dict[str, Any] = {}
    for view in run.views:
        counts = read_view(home.run(run.run_id).view(view)).counts
        views[view] = {
            name: counts.get(name, 0) for name in ("records", "persons", "nodes", "relationships")
        }
        if view in run.graph_views:
            server = current.servers.get(view) if current and service else None
            views[view]["neo4j_version"] = (server and server.neo4j_version) or built_version(
                home.store(run.run_id, view)
            )
            views[view]["neo4j_uri"] = server.uri if server else None
    return {
        "home": str(home.path),
        "run": run.run_id,
        "published": current is not None,
        "published_at": current.published_at.isoformat() if current else None,
        "synthetic": run.synthetic,
        "serving": service is not None,
        "url": service.url if service else None,
        "views": views,
        "past_retention": list(run.past_retention(today or datetime.now(UTC).date())),
        "feeds": list(run.feeds),
        "timings_s": run.timings_s,
        "runs": [manifest.run_id for manifest in finished_runs(home)],
        "problems": problems,
    }


def _published(home: Home) -> tuple[Current | None, RunManifest | None, list[str]]:
    """What is published, its run, and why they are None where something is damaged."""
    try:
        current = read_current(home)
        return current, read_run(home, current.run_id), []
    except NoPublishedRun:
        return None, None, []
    except BrokenRun as error:
        return None, None, [f"what is published: {error}"]
