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
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from ingest.errors import LostRows, Unreadable
from ingest.framing.blocks import Block
from ingest.framing.lines import (
    MAX_LINE_BYTES,
    MAX_RECORD_LINES,
    PhysicalLines,
    physical_fault,
)
from ingest.framing.rows import (
    Binding,
    Fault,
    Framed,
    Lines,
    RowWriter,
    bind,
    text_schema,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO, Protocol

    from numpy.typing import NDArray

    from ingest.contracts.feeds import FileContract

    class Source(Protocol):
        """Numbered lines that can be given back.

        ``closing`` takes the next lines up to the first with an odd number of quotes: what may
        end a value that was opened in a line before, of ``size`` bytes. None, and nothing taken,
        where a line on the way cannot be part of a row, or the record would be too long.
        """

        def take(self) -> tuple[int, bytes] | None: ...
        def give_back(self, lines: list[tuple[int, bytes]]) -> None: ...
        def closing(self, size: int) -> list[tuple[int, bytes]] | None: ...


BLOCK_BYTES: Final = 8 << 20


def read_header(path: Path, file: str) -> list[str]:
    """The first line's names. Raises Unreadable for what is not comma-separated UTF-8 text."""
    with path.open("rb") as stream:
        return _header(_first(PhysicalLines(stream, file), file), file)


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
    with (
        DelimitedRows(path, file, contract) as rows,
        RowWriter(target, rows.columns) as writer,
    ):
        if block_bytes is None:
            rows.each(writer.add)
        else:
            for batch in rows.batches(block_bytes):
                writer.write(batch)
    return rows.framed(target)


class DelimitedRows:
    """A CSV file's rows as text, and once all were taken what became of its lines.

    A context manager that closes the file. Making it raises Unreadable and DeliveryRefused.
    """

    def __init__(self, path: Path, file: str, contract: FileContract) -> None:
        self._file = file
        self._stream = path.open("rb")
        self._lines = PhysicalLines(self._stream, file)
        try:
            header = _header(_first(self._lines, file), file)
            binding = bind(header, contract, file)
        except BaseException:
            self._stream.close()
            raise
        self._blank = self._lines.number - 1
        self._framing = _Framing(len(header), contract.multiline, binding)
        self._total: int | None = None
        self.columns = tuple(binding.columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def batches(self, block_bytes: int = BLOCK_BYTES) -> Iterator[pa.RecordBatch]:
        """The rows in the order of their lines, in the columns of ``text_schema``."""
        blocks = _InBlocks(self._framing, self._stream, self.columns, block_bytes)
        self._total = yield from blocks.run(self._lines.number)

    def each(self, keep: Callable[[int, list[str]], None]) -> None:
        """The rows one by one: their line, and the values of ``columns``."""
        while self._framing.step(self._lines, keep):
            pass
        self._total = self._lines.number

    def framed(self, target: Path) -> Framed:
        """What was taken, and written to ``target``.

        Raises LostRows where lines are missing, also because not all rows were taken.
        """
        framing = self._framing
        blank = self._blank + framing.blank
        counted = Lines(self._total or 0, 1, blank, framing.in_rows, framing.faulty)
        if not counted.add_up:
            raise LostRows("physical lines are not all accounted for", file=self._file)
        faults, undeclared = tuple(framing.faults), dict(framing.undeclared)
        return Framed(target, self.columns, framing.rows, faults, undeclared, counted)


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
        self._odd = block.odd()
        self._broken = block.broken(MAX_LINE_BYTES)
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

    def closing(self, size: int) -> list[tuple[int, bytes]] | None:
        end = min(self.at + MAX_RECORD_LINES, len(self._block))
        odd = _next(self._odd, self.at, end)
        broken = _next(self._broken, self.at, end)
        until = end - 1 if odd is None else odd
        if broken is not None and broken <= until:
            return None
        if end > self.at:
            size += int(self._block.ends[until] - self._block.starts[self.at])
        if size > MAX_LINE_BYTES:
            return None
        if odd is not None:
            return [line for _ in range(self.at, odd + 1) if (line := self.take()) is not None]
        if end < self.at + MAX_RECORD_LINES and not self._last:
            raise _NeedsMore
        return None


def _next(lines: NDArray[np.int64], start: int, end: int) -> int | None:
    """The first of the sorted ``lines`` from ``start`` on, before ``end``."""
    at = int(np.searchsorted(lines, start))
    return int(lines[at]) if at < len(lines) and lines[at] < end else None


class _InBlocks:
    """One file's pass, block by block."""

    def __init__(
        self,
        framing: _Framing,
        stream: BinaryIO,
        columns: tuple[str, ...],
        block_bytes: int,
    ) -> None:
        self._framing = framing
        self._schema = text_schema(columns)
        self._stream = stream
        self._block_bytes = block_bytes

    def run(self, number: int) -> Generator[pa.RecordBatch, None, int]:
        """The rows of what is left of the stream after line ``number``; returns the last line's."""
        rest = b""
        last = False
        while not last:
            read = self._stream.read(self._block_bytes)
            last = not read
            end = read.rfind(b"\n") + 1
            if last or not end:
                data = rest + read
                end = len(data) if last else data.rfind(b"\n") + 1
                data, rest = data[:end], data[end:]
            else:
                data, rest = b"".join((rest, memoryview(read)[:end])), read[end:]
            if len(rest) >= MAX_LINE_BYTES:
                # Kept just long enough to be seen as too long: memory stays bounded.
                data += rest[:MAX_LINE_BYTES] + b"+\n"
                rest = self._after_line_end()
            if data:
                block = Block.of(data)
                framed, rows = self._frame(block, number + 1, last)
                if rows is not None:
                    yield rows
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

    def _frame(self, block: Block, first: int, last: bool) -> tuple[int, pa.RecordBatch | None]:
        """Frame a block whose first line has the number ``first``.

        Gives how many of its lines it was, and their rows if there are any.
        """
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
        arrays: list[pa.Array] | None = None
        if plain.any():
            arrays = self._plain_rows(block, plain, first)
        if rows:
            single = [
                pa.array(numbers, pa.int64()),
                *(pa.array(values, pa.string()) for values in zip(*rows, strict=True)),
            ]
            if arrays is None:
                arrays = single
            else:
                order = pc.array_sort_indices(pa.concat_arrays([arrays[0], single[0]]))
                arrays = [
                    pa.concat_arrays(both).take(order) for both in zip(arrays, single, strict=True)
                ]
        framing.faults[faults_before:] = sorted(
            framing.faults[faults_before:], key=lambda fault: fault.line
        )
        if arrays is None:
            return framed, None
        return framed, pa.record_batch(arrays, schema=self._schema)

    def _plain_rows(self, block: Block, plain: NDArray[np.bool_], first: int) -> list[pa.Array]:
        """The plain lines' numbers, and an array a column."""
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
        framing.rows += len(lines)
        return [lines, *(values[position] for position in framing.binding.columns.values())]


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
        self.rows = 0
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
        taken = lines.closing(len(raw))
        if taken is None:
            return open_quote
        values, _ = self._parse(b"".join((raw, *(line for _, line in taken))))
        if values is not None:
            self._keep(number, values, 1 + len(taken), keep)
            return None
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
        self.rows += 1
        self.in_rows += lines

    def _fault(self, number: int, field: str | None, reason: str, lines: int = 1) -> None:
        self.faults.append(Fault(number, field, reason))
        self.faulty += lines


def _first(lines: PhysicalLines, file: str) -> bytes:
    for _, raw in lines:
        if raw.strip():
            return raw
    raise Unreadable("the file is empty; expected a header and rows", file=file)


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
