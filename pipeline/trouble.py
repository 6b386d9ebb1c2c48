"""How a disk is told that is full, or that may not be written.

Guarantees: every stage's way of saying so becomes one error, which says what to do and what is as
it was before.
"""

from __future__ import annotations

import errno
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import duckdb

from pipeline.errors import DiskFull, NotWritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runs.home import Home

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED: Final = (errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def trouble_named(home: Home) -> Iterator[None]:
    """Around what writes to a home. Raises DiskFull, NotWritable."""
    with _told(
        str(home.path), "free some space (old runs: 'vast prune')", "The published run is untouched"
    ):
        yield


@contextmanager
def trouble_named_beside(target: Path) -> Iterator[None]:
    """Around what writes to the folder of ``target`` and to the temporary one. Raises DiskFull,
    NotWritable."""
    folder = target.absolute().parent
    with _told(
        f"{folder} or the temporary {tempfile.gettempdir()}",
        "free some space, or set TMPDIR to a folder on another disk",
        "What was written earlier is untouched",
    ):
        yield


@contextmanager
def _told(where: str, free: str, kept: str) -> Iterator[None]:
    try:
        yield
    except (OSError, duckdb.Error) as error:
        number = getattr(error, "errno", None)
        if number in _FULL or _says(error, "No space left", "File too large"):
            raise DiskFull(
                f"no room left on the disk that holds {where}; {free}, and run the command again. "
                f"{kept}."
            ) from error
        if number in _CLOSED or _says(error, "Read-only file system", "Permission denied"):
            raise NotWritable(
                f"{getattr(error, 'filename', None) or where} may not be written or read; see "
                "whose it is and whether its disk is mounted read-only, and run the command "
                f"again. {kept}."
            ) from error
        raise


def _says(error: Exception, *words: str) -> bool:
    return isinstance(error, duckdb.Error) and any(word in str(error) for word in words)
