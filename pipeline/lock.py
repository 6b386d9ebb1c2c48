"""Advisory locks: one builder, one publisher and one service per home.

Guarantees: the kernel releases a lock when its holder dies, however it dies; a lock file that is
left behind holds nobody up.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING, Final, Self

from runs.errors import HomeLocked

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


ASK_AGAIN_S: Final = 0.1


class FileLock:
    """A context manager around ``flock``. Raises HomeLocked when another holds it, at once or
    after ``patience_s``."""

    def __init__(self, path: Path, purpose: str, *, patience_s: float = 0.0) -> None:
        self._path = path
        self._purpose = purpose
        self._patience_s = patience_s
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._taken(descriptor):
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "unknown process"
            os.close(descriptor)
            raise HomeLocked(
                f"{self._purpose} needs {self._path}, which is held by {holder}; "
                "wait until it ends, or stop it"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} ({self._purpose})".encode(), 0)
        self._descriptor = descriptor
        return self

    def _taken(self, descriptor: int) -> bool:
        until = time.monotonic() + self._patience_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(ASK_AGAIN_S)
            else:
                return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Give the lock up before the block ends."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
