"""What a run leaves that did not end well, and how its trouble is told.

Guarantees: a run that fails or is interrupted removes what it made; after one that was killed the
next run, or removal of runs, does. That is its folder, what it wrote into the history of person
ids (which nobody was ever shown), and scratch. Finished runs are not touched. A disk that is full
or may not be written is told in one error that says what to do.
"""

from __future__ import annotations

import errno
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import duckdb

from ingest.landing import SCRATCH
from pipeline.errors import DiskFull, NotWritable
from runs.errors import BrokenRun
from runs.manifest import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runs.home import Home

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED: Final = (errno.EROFS, errno.EACCES, errno.EPERM)


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


@contextmanager
def trouble_named(home: Home) -> Iterator[None]:
    """Turn every stage's way of saying that a disk is full, or closed to writing, into one error.

    Raises DiskFull, NotWritable.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        number = getattr(error, "errno", None)
        if number in _FULL or _says(error, "No space left", "File too large"):
            raise DiskFull(
                f"no room left on the disk that holds {home.path}; free some space (old runs: "
                "'vast prune') and run the command again. The published run is untouched."
            ) from error
        if number in _CLOSED or _says(error, "Read-only file system", "Permission denied"):
            raise NotWritable(
                f"{getattr(error, 'filename', None) or home.path} may not be written or read; see "
                f"whose {home.path} is and whether its disk is mounted read-only, and run the "
                "command again. The published run is untouched."
            ) from error
        raise


def _says(error: Exception, *words: str) -> bool:
    return isinstance(error, duckdb.Error) and any(word in str(error) for word in words)
