"""What a run leaves that did not end well.

Guarantees: a run that fails or is interrupted removes what it made; after one that was killed the
next run, or removal of runs, does. That is its folder, what it wrote into the history of person
ids (which nobody was ever shown), and scratch. Finished runs are not touched.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ingest.landing import SCRATCH
from runs.errors import BrokenRun
from runs.manifest import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runs.home import Home


@contextmanager
def making(home: Home, run_id: str) -> Iterator[None]:
    """While this run is made. An error or interruption removes what there is of it."""
    write_whole(home.making, run_id)
    try:
        yield
    except BaseException:
        remove_unfinished(home)
        raise
    home.making.unlink(missing_ok=True)


def remove_unfinished(home: Home) -> None:
    """Remove what runs left behind that were killed; needs the home's lock."""
    for scratch in home.path.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch, ignore_errors=True)
    for partial in home.path.glob(".*.partial"):
        partial.unlink(missing_ok=True)
    # A file that names no run tells nothing, and must not stand in the way of the next.
    with suppress(FileNotFoundError, UnicodeDecodeError, BrokenRun):
        run = home.run(home.making.read_text("utf-8").strip())
        if not run.manifest.exists():
            # First: without the folder nothing tells that the run was never finished.
            for lineage in home.lineage.glob("*"):
                shutil.rmtree(home.view_lineage(lineage.name) / run.run_id, ignore_errors=True)
    for folder in home.runs.iterdir() if home.runs.exists() else ():
        if not (folder / "manifest.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
    home.making.unlink(missing_ok=True)
