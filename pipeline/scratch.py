"""What a command without a home writes on the way: scratch, and files that are not whole yet.

Guarantees: an error or a signal removes both, and the files that stood there before stay. After a
command that was killed, the next one removes its scratch (never that of one that still works), and
the next one with the same target what it had half written.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PREFIX: Final = "vast-scratch-"
PART: Final = ".part"
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder below the temporary one (TMPDIR), which holds copies of the tables' values: only
    this user may read it, and it is removed afterwards."""
    _remove_abandoned()
    folder, held = _make_held()
    try:
        yield folder
    finally:
        with _undisturbed():
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)


@contextmanager
def replacing(targets: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield where to write what is to stand at the targets. They are replaced together, at the
    end, or not at all."""
    parts = [target.with_name(target.name + PART) for target in targets]
    try:
        yield parts
        with _undisturbed():
            for part, target in zip(parts, targets, strict=True):
                part.replace(target)
    finally:
        with _undisturbed():
            for part in parts:
                part.unlink(missing_ok=True)


def _make_held() -> tuple[Path, int]:
    """A new folder, and the descriptor that holds it: the kernel lets go when the process dies,
    however it dies."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
        # Another command may have taken it for abandoned before it was held.
        if folder.exists():
            return folder, held
        os.close(held)


def _remove_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid != os.getuid():
                continue
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What takes a moment and must not stop half-way: signals meanwhile are not heeded."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
