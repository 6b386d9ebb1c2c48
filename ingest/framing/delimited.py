"""CSV files, framed line by line.

Guarantees: a record is one physical line, or several where its contract allows a quoted value to
run on. A line that cannot be framed is one fault, and the line after it is read as if nothing had
happened: an open quote swallows nothing. ``total = header + blank + in_rows + faulty`` lines.

Why not DuckDB's reader: it drops lines over 32 MB when parallel, binds declared columns by
position, lets an open quote eat rows, and passes NUL bytes.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, Final

from ingest.errors import LostRows, Unreadable
from ingest.framing.rows import Binding, Fault, Framed, Lines, RowWriter, bind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from ingest.contracts.feeds import FileContract

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


def read_header(path: Path, file: str) -> list[str]:
    """The first line's names. Raises Unreadable for what is not comma-separated UTF-8 text."""
    with path.open("rb") as stream:
        for _, raw in PhysicalLines(stream, file):
            if raw.strip():
                return _header(raw, file)
    raise Unreadable("the file is empty; expected a header and rows", file=file)


def frame_delimited(path: Path, file: str, contract: FileContract, target: Path) -> Framed:
    """Frame ``path`` into text Parquet at ``target``.

    Raises Unreadable and DeliveryRefused; ``file`` is how messages name it.
    """
    with path.open("rb") as stream:
        lines = PhysicalLines(stream, file)
        header_raw = next((raw for _, raw in lines if raw.strip()), None)
        if header_raw is None:
            raise Unreadable("the file is empty; expected a header and rows", file=file)
        blank = lines.number - 1
        header = _header(header_raw, file)
        binding = bind(header, contract, file)
        columns = tuple(binding.columns)
        with RowWriter(target, columns) as writer:
            framing = _Framing(lines, len(header), contract.multiline, binding, writer)
            framing.run()
    counted = Lines(lines.number, 1, blank + framing.blank, framing.in_rows, framing.faulty)
    if counted.total != counted.header + counted.blank + counted.in_rows + counted.faulty:
        raise LostRows("physical lines are not all accounted for", file=file)
    return Framed(
        target, columns, writer.rows, tuple(framing.faults), dict(framing.undeclared), counted
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


class _One:
    """An iterator that the csv reader draws its next text from."""

    def __init__(self) -> None:
        self.text: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.text is None:
            raise StopIteration
        text, self.text = self.text, None
        return text


class _Framing:
    """The state of one file's pass."""

    def __init__(
        self,
        lines: PhysicalLines,
        width: int,
        multiline: bool,
        binding: Binding,
        writer: RowWriter,
    ) -> None:
        self._lines = lines
        self._width = width
        self._multiline = multiline
        self._binding = binding
        self._writer = writer
        self._positions = tuple(binding.columns.values())
        self._box = _One()
        self._reader = csv.reader(self._box, strict=True)
        self.blank = 0
        self.in_rows = 0
        self.faulty = 0
        self.faults: list[Fault] = []
        self.undeclared: dict[str, int] = {name: 0 for name, _ in binding.undeclared}

    def run(self) -> None:
        while (line := self._lines.take()) is not None:
            number, raw = line
            if not raw.strip():
                self.blank += 1
                continue
            reason = physical_fault(raw)
            if reason is None and raw.count(b'"') % 2:
                reason = self._run_on(number, raw)
                if reason is None:
                    continue
            elif reason is None:
                values, reason = self._parse(raw)
                if values is not None:
                    self._keep(number, values, 1)
                    continue
            self._fault(number, None, reason or "cannot be framed")

    def _run_on(self, number: int, raw: bytes) -> str | None:
        """Try a record over several lines; None when it was kept."""
        open_quote = "a quote is not closed, or a quote is not doubled inside quotes"
        if not self._multiline:
            return open_quote
        taken: list[tuple[int, bytes]] = []
        whole = raw
        while len(taken) < MAX_RECORD_LINES and (more := self._lines.take()) is not None:
            taken.append(more)
            whole += more[1]
            if physical_fault(more[1]) is not None or len(whole) > MAX_LINE_BYTES:
                break
            if whole.count(b'"') % 2 == 0:
                values, _ = self._parse(whole)
                if values is not None:
                    self._keep(number, values, 1 + len(taken))
                    return None
                break
        self._lines.give_back(taken)
        return open_quote

    def _parse(self, raw: bytes) -> tuple[list[str] | None, str | None]:
        try:
            self._box.text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return None, "is not UTF-8 text"
        try:
            values = next(self._reader)
        except (csv.Error, StopIteration):
            self._box.text = None
            self._reader = csv.reader(self._box, strict=True)
            return None, "quotes are not in CSV form: expected a comma or line end after a quote"
        if len(values) != self._width:
            return None, f"has {len(values)} values where the header has {self._width}"
        return values, None

    def _keep(self, number: int, values: list[str], lines: int) -> None:
        for column, first, second in self._binding.equal:
            if values[first] != values[second]:
                self._fault(number, column, "the column comes twice with different values", lines)
                return
        for name, position in self._binding.undeclared:
            if values[position]:
                self.undeclared[name] += 1
        self._writer.add(number, [values[position] for position in self._positions])
        self.in_rows += lines

    def _fault(self, number: int, field: str | None, reason: str, lines: int = 1) -> None:
        self.faults.append(Fault(number, field, reason))
        self.faulty += lines


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


def _header(raw: bytes, file: str) -> list[str]:
    expected = "expected a header of comma-separated UTF-8 text"
    if b"\0" in raw:
        raise Unreadable(f"holds NUL bytes: binary or UTF-16; {expected}", file=file, line=1)
    try:
        text = raw.decode("utf-8")
        names = next(csv.reader([text], strict=True))
    except UnicodeDecodeError:
        raise Unreadable(f"is not UTF-8 text; {expected}", file=file, line=1) from None
    except (csv.Error, StopIteration):
        raise Unreadable(f"is not in CSV form; {expected}", file=file, line=1) from None
    if any(not character.isprintable() for character in text.rstrip("\r\n")):
        raise Unreadable(f"holds control characters; {expected}", file=file, line=1)
    return names
