"""CSV files, framed by their lines.

Guarantees: a record is one physical line, or several where its contract allows a quoted value to
run on. A line that cannot be framed is one fault, and the line after it is read as if nothing had
happened: an open quote swallows nothing. ``total = header + blank + in_rows + faulty`` lines.

Lines that are plainly well-formed are read a block at a time; every other line goes through
Python's csv reader, and both give what they would have given had all lines gone that way.

Why not DuckDB's reader: it drops lines over 32 MB when parallel, binds declared columns by
position, lets an open quote eat rows, and passes NUL bytes.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from ingest.errors import LostRows, Unreadable
from ingest.framing.blocks import Block
from ingest.framing.lines import MAX_LINE_BYTES, PhysicalLines, physical_fault
from ingest.framing.rows import Binding, Fault, Framed, Lines, RowWriter, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO, Protocol

    from numpy.typing import NDArray

    from ingest.contracts.feeds import FileContract

    class Source(Protocol):
        """Numbered lines that can be given back."""

        def take(self) -> tuple[int, bytes] | None: ...
        def give_back(self, lines: list[tuple[int, bytes]]) -> None: ...


MAX_RECORD_LINES: Final = 200
"""A quoted value that runs over more lines was never closed."""
BLOCK_BYTES: Final = 8 << 20


def read_header(path: Path, file: str) -> list[str]:
    """The first line's names. Raises Unreadable for what is not comma-separated UTF-8 text."""
    with path.open("rb") as stream:
        for _, raw in PhysicalLines(stream, file):
            if raw.strip():
                return _header(raw, file)
    raise Unreadable("the file is empty; expected a header and rows", file=file)


def frame_delimited(
    path: Path,
    file: str,
    contract: FileContract,
    target: Path,
    *,
    block_bytes: int | None = BLOCK_BYTES,
) -> Framed:
    """Frame ``path`` into text Parquet at ``target``; line by line where ``block_bytes`` is None.

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
            framing = _Framing(len(header), contract.multiline, binding)
            if block_bytes is None:
                while framing.step(lines, writer.add):
                    pass
                total = lines.number
            else:
                total = _InBlocks(framing, writer, stream, block_bytes).run(lines.number)
    counted = Lines(total, 1, blank + framing.blank, framing.in_rows, framing.faulty)
    if not counted.add_up:
        raise LostRows("physical lines are not all accounted for", file=file)
    return Framed(
        target, columns, writer.rows, tuple(framing.faults), dict(framing.undeclared), counted
    )


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


class _NeedsMore(Exception):
    """A record may run on past the end of its block."""


class _BlockLines:
    """The lines of one block, as a source of single lines."""

    def __init__(self, block: Block, first: int, last: bool) -> None:
        self._block = block
        self._first = first
        self._last = last
        self.at = 0

    def take(self) -> tuple[int, bytes] | None:
        if self.at == len(self._block):
            if self._last:
                return None
            raise _NeedsMore
        self.at += 1
        return self._first + self.at - 1, self._block.line(self.at - 1, MAX_LINE_BYTES)

    def give_back(self, lines: list[tuple[int, bytes]]) -> None:
        self.at -= len(lines)


class _InBlocks:
    """One file's pass, block by block."""

    def __init__(
        self, framing: _Framing, writer: RowWriter, stream: BinaryIO, block_bytes: int
    ) -> None:
        self._framing = framing
        self._writer = writer
        self._stream = stream
        self._block_bytes = block_bytes

    def run(self, number: int) -> int:
        """Frame what is left of the stream after line ``number``; the number of the last line."""
        rest = b""
        last = False
        while not last:
            read = self._stream.read(self._block_bytes)
            last = not read
            data = rest + read
            end = len(data) if last else data.rfind(b"\n") + 1
            rest = data[end:]
            data = data[:end]
            if len(rest) >= MAX_LINE_BYTES:
                # Kept just long enough to be seen as too long: memory stays bounded.
                data += rest[:MAX_LINE_BYTES] + b"+\n"
                rest = self._after_line_end()
            if data:
                block = Block.of(data)
                framed = self._frame(block, number + 1, last)
                number += framed
                if framed < len(block):
                    rest = data[int(block.starts[framed]) :] + rest
        return number

    def _after_line_end(self) -> bytes:
        while read := self._stream.read(self._block_bytes):
            _, ended, rest = read.partition(b"\n")
            if ended:
                return rest
        return b""

    def _frame(self, block: Block, first: int, last: bool) -> int:
        """Frame a block whose first line has the number ``first``; how many of its lines it was."""
        framing = self._framing
        plain = block.plain(framing.width)
        lines = _BlockLines(block, first, last)
        numbers: list[int] = []
        rows: list[list[str]] = []

        def keep(number: int, values: list[str]) -> None:
            numbers.append(number)
            rows.append(values)

        faults_before = len(framing.faults)
        framed = len(block)
        for at in np.flatnonzero(~plain).tolist():
            if at < lines.at:
                continue
            lines.at = at
            try:
                framing.step(lines, keep)
            except _NeedsMore:
                framed = at
                break
            # What a record over several lines took is no longer to be read by itself.
            plain[at : lines.at] = False
        plain[framed:] = False
        if plain.any():
            self._keep_plain(block, plain, first, numbers, rows)
        elif rows:
            self._writer.write(
                pa.array(numbers, pa.int64()),
                [pa.array(values, pa.string()) for values in zip(*rows, strict=True)],
            )
        framing.faults[faults_before:] = sorted(
            framing.faults[faults_before:], key=lambda fault: fault.line
        )
        return framed

    def _keep_plain(
        self,
        block: Block,
        plain: NDArray[np.bool_],
        first: int,
        numbers: list[int],
        rows: list[list[str]],
    ) -> None:
        framing = self._framing
        wanted = framing.wanted
        values = dict(zip(wanted, block.values(plain, framing.width, wanted), strict=True))
        lines = pa.array(np.flatnonzero(plain) + first, pa.int64())
        for column, one, other in framing.binding.equal:
            same = pc.equal(values[one], values[other])
            for number in lines.filter(pc.invert(same)).to_pylist():
                framing.differs(number, column)
            lines = lines.filter(same)
            values = {position: array.filter(same) for position, array in values.items()}
        for name, position in framing.binding.undeclared:
            filled = pc.not_equal(values[position], "")
            framing.undeclared[name] += pc.sum(filled, min_count=0).as_py()
        framing.in_rows += len(lines)
        arrays = [values[position] for position in framing.binding.columns.values()]
        if rows:
            both = pa.concat_arrays([lines, pa.array(numbers, pa.int64())])
            order = pc.array_sort_indices(both)
            lines = both.take(order)
            arrays = [
                pa.concat_arrays([array, pa.array(column, pa.string())]).take(order)
                for array, column in zip(arrays, zip(*rows, strict=True), strict=True)
            ]
        self._writer.write(lines, arrays)


class _Framing:
    """The state of one file's pass, and what becomes of a line by itself."""

    def __init__(self, width: int, multiline: bool, binding: Binding) -> None:
        self.width = width
        self.binding = binding
        self._multiline = multiline
        self._positions = tuple(binding.columns.values())
        self._box = _One()
        self._reader = csv.reader(self._box, strict=True)
        self.blank = 0
        self.in_rows = 0
        self.faulty = 0
        self.faults: list[Fault] = []
        self.undeclared: dict[str, int] = {name: 0 for name, _ in binding.undeclared}

    @property
    def wanted(self) -> list[int]:
        """The positions that are read at all."""
        used = {*self._positions, *(position for _, position in self.binding.undeclared)}
        used.update(position for _, *both in self.binding.equal for position in both)
        return sorted(used)

    def differs(self, number: int, column: str, lines: int = 1) -> None:
        """A column that comes twice has two values."""
        self._fault(number, column, "the column comes twice with different values", lines)

    def step(self, lines: Source, keep: Callable[[int, list[str]], None]) -> bool:
        """Frame the next line, or the record that starts there; whether there was one."""
        line = lines.take()
        if line is None:
            return False
        number, raw = line
        if not raw.strip():
            self.blank += 1
            return True
        reason = physical_fault(raw)
        if reason is None and raw.count(b'"') % 2:
            reason = self._run_on(number, raw, lines, keep)
            if reason is None:
                return True
        elif reason is None:
            values, reason = self._parse(raw)
            if values is not None:
                self._keep(number, values, 1, keep)
                return True
        self._fault(number, None, reason or "cannot be framed")
        return True

    def _run_on(
        self, number: int, raw: bytes, lines: Source, keep: Callable[[int, list[str]], None]
    ) -> str | None:
        """Try a record over several lines; None when it was kept."""
        open_quote = "a quote is not closed, or a quote is not doubled inside quotes"
        if not self._multiline:
            return open_quote
        taken: list[tuple[int, bytes]] = []
        quotes = raw.count(b'"')
        size = len(raw)
        while len(taken) < MAX_RECORD_LINES and (more := lines.take()) is not None:
            taken.append(more)
            quotes += more[1].count(b'"')
            size += len(more[1])
            if physical_fault(more[1]) is not None or size > MAX_LINE_BYTES:
                break
            if quotes % 2 == 0:
                values, _ = self._parse(b"".join((raw, *(line for _, line in taken))))
                if values is not None:
                    self._keep(number, values, 1 + len(taken), keep)
                    return None
                break
        lines.give_back(taken)
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
        if len(values) != self.width:
            return None, f"has {len(values)} values where the header has {self.width}"
        return values, None

    def _keep(
        self,
        number: int,
        values: list[str],
        lines: int,
        keep: Callable[[int, list[str]], None],
    ) -> None:
        for column, first, second in self.binding.equal:
            if values[first] != values[second]:
                self.differs(number, column, lines)
                return
        for name, position in self.binding.undeclared:
            if values[position]:
                self.undeclared[name] += 1
        keep(number, [values[position] for position in self._positions])
        self.in_rows += lines

    def _fault(self, number: int, field: str | None, reason: str, lines: int = 1) -> None:
        self.faults.append(Fault(number, field, reason))
        self.faulty += lines


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
