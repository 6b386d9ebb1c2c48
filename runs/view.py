"""The one door from a request to a view's data.

Guarantees: what is opened here lies in one view's folder of the published run; nothing of another
view is reachable from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from runs.home import Home, ViewFolder
from runs.manifest import Current, Server, ViewManifest, read_current, read_view


@dataclass(frozen=True, slots=True)
class OpenView:
    """A view of the published run, for one request. ``server`` is None for a rollups-only view."""

    folder: ViewFolder
    manifest: ViewManifest
    server: Server | None
    current: Current


def open_view(home: Home, view: str) -> OpenView:
    """Open a view of the published run.

    Raises NoPublishedRun where nothing is published and BrokenRun where the view's folder is
    incomplete.
    """
    current = read_current(home)
    folder = home.run(current.run_id).view(view)
    return OpenView(folder, read_view(folder), current.servers.get(view), current)
