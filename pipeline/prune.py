"""Old runs go; what was said about people stays.

Guarantees: the published run and the newest ones stay; a run that is removed is first no run any
more (its manifest goes), so that a killed removal is finished by the next run or removal; none is
removed while one is being published. The pages that were being made when another run was published
can end. The history of person ids, the decisions, the audit log and the landed deliveries are never
touched: an id of a removed run still answers.
"""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pipeline.lock import FileLock
from pipeline.publish import published
from pipeline.trouble import trouble_named
from pipeline.unfinished import remove_unfinished
from runs.manifest import damaged_runs, finished_runs, now, read_current

if TYPE_CHECKING:
    from runs.home import Home

PAGES_END_WITHIN: Final = timedelta(seconds=10)


def prune(home: Home, keep: int, *, damaged: bool = False) -> tuple[str, ...]:
    """Remove every finished run but the published one and the ``keep`` newest; returns their ids.

    ``damaged``: also runs whose manifest cannot be read, which otherwise stay: what a later version
    wrote cannot be read either.
    Raises HomeLocked while a run is being made or published, NotWritable.
    """
    with (
        trouble_named(home),
        FileLock(home.lock, "removing old runs"),
        FileLock(home.publishing, "removing old runs"),
    ):
        remove_unfinished(home)
        runs = finished_runs(home)
        kept = {run.run_id for run in runs[max(len(runs) - keep, 0) :]} | {published(home)}
        ids = [run.run_id for run in runs] + (damaged_runs(home) if damaged else [])
        gone = tuple(run_id for run_id in ids if run_id not in kept)
        if gone:
            _let_pages_end(home)
        for run_id in gone:
            folder = home.run(run_id)
            folder.manifest.unlink()
            shutil.rmtree(folder.path, ignore_errors=True)
            shutil.rmtree(home.serving / run_id, ignore_errors=True)
    return gone


def _let_pages_end(home: Home) -> None:
    """Wait where a run was published a moment ago: pages that began before still read the last."""
    if home.current.exists():
        left = PAGES_END_WITHIN - (now() - read_current(home).published_at)
        time.sleep(min(max(left, timedelta()), PAGES_END_WITHIN).total_seconds())
