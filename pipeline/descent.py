"""Whose ids a run keeps.

Guarantees: a view's ids go on from the last run that had it, among the published run and those
that it descends from, whether or not that run is still there; a view that none of them had has no
parent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runs.errors import BrokenRun
from runs.manifest import read_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from runs.home import Home


def keepers_of_ids(
    home: Home, parent: str | None, progress: Callable[[str], None]
) -> dict[str, str]:
    """By view, the run whose ids the next run keeps; ``parent`` is the published run, or None.

    Where the parent's manifest cannot be read, its history of ids tells which views it had.
    """
    if parent is None:
        return {}
    try:
        return read_run(home, parent).keepers_of_ids()
    except BrokenRun as error:
        progress(f"ids are kept by their history alone: {error}")
        histories = home.lineage.glob(f"*/{parent}")
        return {history.parent.name: parent for history in histories}
