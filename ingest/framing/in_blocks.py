"""A CSV file's rows, block by block.

Guarantees: what comes of a block is what would have come had each of its lines been framed by
itself: plain lines are read together, the others one by one, and both stand in the order of lines.
A record that runs past its block's end is read with the next block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from ingest.framing.blocks import Block
from ingest.framing.lines import MAX_LINE_BYTES, MAX_RECORD_LINES
from ingest.framing.rows import text_schema

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO

    from numpy.typing import NDArray

    from ingest.framing.records import LineFraming


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


class InBlocks:
    """One file's pass, block by block."""

    def __init__(
        self,
        framing: LineFraming,
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
