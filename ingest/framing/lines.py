"""A text file's physical lines, one at a time.

Guarantees: lines are numbered from 1 as they stand in the file; a line of any length takes bounded
memory; what is not text at all is named from its first bytes.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from ingest.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAX_LINE_BYTES: Final = 1 << 20
MAX_RECORD_LINES: Final = 200
"""A quoted value that runs over more lines was never closed."""

_FOREIGN: Final = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"PK\x03\x04", "a zip archive or workbook"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old binary workbook"),
    (b"PAR1", "Parquet"),
)


class PhysicalLines:
    """Numbered lines as bytes, with push-back. ``number`` counts the lines handed out once."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream = stream
        self._file = file
        self._back: deque[tuple[int, bytes]] = deque()
        self.number = 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while (line := self.take()) is not None:
            yield line

    def take(self) -> tuple[int, bytes] | None:
        if self._back:
            return self._back.popleft()
        raw = self._stream.readline(MAX_LINE_BYTES)
        if not raw:
            return None
        self.number += 1
        if self.number == 1:
            for magic, what in _FOREIGN:
                if raw.startswith(magic):
                    raise Unreadable(
                        f"is {what}, expected comma-separated UTF-8 text", file=self._file, line=1
                    )
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) >= MAX_LINE_BYTES and not raw.endswith(b"\n"):
            # The rest of an over-long line is passed over in pieces: memory stays bounded.
            while (rest := self._stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
        return self.number, raw

    def give_back(self, lines: list[tuple[int, bytes]]) -> None:
        self._back.extendleft(reversed(lines))

    def closing(self, size: int) -> list[tuple[int, bytes]] | None:
        """The next lines up to the first with an odd number of quotes.

        None, and nothing taken, where one of them cannot be part of a row, or where they are too
        many or, with ``size`` bytes before them, too long for a record.
        """
        taken: list[tuple[int, bytes]] = []
        while len(taken) < MAX_RECORD_LINES and (line := self.take()) is not None:
            taken.append(line)
            _, raw = line
            size += len(raw)
            if physical_fault(raw) is not None or size > MAX_LINE_BYTES:
                break
            if raw.count(b'"') % 2:
                return taken
        self.give_back(taken)
        return None


def physical_fault(raw: bytes) -> str | None:
    """Why a physical line cannot be part of a row, or None."""
    if not raw.endswith(b"\n"):
        if len(raw) >= MAX_LINE_BYTES:
            return f"is longer than {MAX_LINE_BYTES} bytes"
        return (
            "the file ends inside this line: it may be cut short; "
            "a whole last line ends with a line end"
        )
    if b"\0" in raw:
        return "holds a NUL byte, expected text"
    return None
