"""Files that a run left, held against what it noted of them, beside other work.

Guarantees: what is done with a file beside its check counts only where the check holds. A checksum
tells damage, not malice; whoever can write here can write the run.
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class StateUnusable(Exception):
    """The state cannot be used, and why; caught inside resolution, which then resolves anew."""


class Checks:
    """Of files whose size and CRC-32 (``expected``) are known."""

    def __init__(self, expected: Mapping[Path, list[int]]) -> None:
        """Begins to read them. Raises StateUnusable where one is of another size, OSError where one
        is missing."""
        self.expected = expected
        for path, (size, _) in expected.items():
            if path.stat().st_size != size:
                raise _damaged(path)
        # One thread: the work beside it wants a core, too.
        pool = ThreadPoolExecutor(max_workers=1)
        self._found = pool.submit(lambda: [_checksum(path) for path in expected])
        pool.shutdown(wait=False)

    def settle(self) -> None:
        """Wait for the checks. Raises StateUnusable where a file is damaged."""
        try:
            found = self._found.result()
        except OSError as error:
            raise StateUnusable(f"a file cannot be read ({type(error).__name__})") from None
        for path, sums in zip(self.expected, found, strict=True):
            if sums != self.expected[path]:
                raise _damaged(path)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Around work on the files. Raises StateUnusable where one is damaged, in place of whatever
        that led to."""
        try:
            yield
        except Exception:
            self.settle()
            raise
        self.settle()


def checksums(paths: Iterable[Path]) -> list[list[int]]:
    """Size and CRC-32 of each."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(_checksum, paths))


def _checksum(path: Path) -> list[int]:
    size, value = 0, 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            size += len(block)
            value = zlib.crc32(block, value)
    return [size, value]


def _damaged(path: Path) -> StateUnusable:
    return StateUnusable(f"{path.name} is damaged")
