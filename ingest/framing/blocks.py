"""Blocks of CSV: which of their lines are plainly well-formed, and those lines' values.

Guarantees: a line is called plain only where Python's csv reader in strict mode would read exactly
``width`` values from it and the values are those that ``values`` gives. Every other line, however
harmless, is left to the caller: a line that is not plain is not yet a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv

from ingest.errors import LostRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Positions = NDArray[np.int64]
    Marks = NDArray[np.bool_]

MAX_PLAIN_BYTES: Final = 131_072
"""The csv module's own limit of a value: a line within it cannot hold a longer one."""

_NEWLINE, _RETURN, _QUOTE, _COMMA = b'\n\r",'
_BYTE_ORDER_MARK_STARTS: Final = 0xEF
_FIRST_BEYOND_ASCII: Final = 0x80
_NOWHERE: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines; only the file's last may lack its line end."""

    data: bytes
    bytes_: Bytes
    starts: Positions
    ends: Positions
    quotes: Positions

    @classmethod
    def of(cls, data: bytes) -> Block:
        found = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(found == _NEWLINE) + 1
        if not data.endswith(b"\n"):
            ends = np.append(ends, len(data))
        starts = np.empty_like(ends)
        starts[0] = 0
        starts[1:] = ends[:-1]
        quotes = np.flatnonzero(found == _QUOTE) if b'"' in data else _NOWHERE
        return cls(data, found, starts, ends, quotes)

    def __len__(self) -> int:
        return len(self.ends)

    def line(self, at: int, most: int) -> bytes:
        """At most the first ``most`` bytes of a line."""
        start = int(self.starts[at])
        return self.data[start : min(int(self.ends[at]), start + most)]

    def odd(self) -> Positions:
        """The lines with an odd number of quotes, in their order."""
        if not len(self.quotes):
            return _NOWHERE
        found: Positions = np.flatnonzero(self._counts(self.quotes) % 2)
        return found

    def broken(self, most: int) -> Positions:
        """The lines that no row can run over: with NUL, of ``most`` bytes or more, or cut short."""
        marks = self.ends - self.starts >= most
        if b"\0" in self.data:
            self._mark(marks, np.flatnonzero(self.bytes_ == 0))
        if not self.data.endswith(b"\n"):
            marks[-1] = True
        found: Positions = np.flatnonzero(marks)
        return found

    def plain(self, width: int) -> Marks:
        """Which lines are plainly a row of ``width`` values."""
        if width < 2:  # A blank line and an empty value cannot be told apart by their commas.
            return np.zeros(len(self), np.bool_)
        doubtful = self.ends - self.starts > MAX_PLAIN_BYTES
        # Arrow passes over a byte order mark at the start of what it is given.
        doubtful |= self.bytes_[self.starts] == _BYTE_ORDER_MARK_STARTS
        if not self.data.endswith(b"\n"):
            doubtful[-1] = True
        if b"\0" in self.data:
            self._mark(doubtful, np.flatnonzero(self.bytes_ == 0))
        if b"\r" in self.data:
            returns = np.flatnonzero(self.bytes_ == _RETURN)
            self._mark(doubtful, returns[self._after(returns) != _NEWLINE])
        if not self._is_utf8():
            self._mark(doubtful, np.flatnonzero(self.bytes_ >= _FIRST_BEYOND_ASCII))
        commas = np.flatnonzero(self.bytes_ == _COMMA)
        if len(self.quotes):
            separators = self._counts(commas) - self._inside_quotes(doubtful, commas)
            doubtful |= separators != width - 1
        elif not self._evenly(commas, width - 1):
            doubtful |= self._counts(commas) != width - 1
        return ~doubtful

    def values(self, plain: Marks, width: int, wanted: Sequence[int]) -> list[pa.Array]:
        """The values at the ``wanted`` positions of the plain lines."""
        if not wanted:
            return []
        data = self.data if plain.all() else self._only(plain)
        names = [str(position) for position in range(width)]
        text = pa.string()
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(data)),
            csv.ReadOptions(column_names=names, block_size=max(len(data), 1 << 20)),
            csv.ParseOptions(newlines_in_values=False),
            csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(names, text),
                include_columns=[str(position) for position in wanted],
                strings_can_be_null=False,
            ),
        ).combine_chunks()
        if table.num_rows != int(plain.sum()):
            raise LostRows("the lines of a block are not all rows")
        return [
            column.chunk(0) if column.num_chunks else pa.array([], text) for column in table.columns
        ]

    def _is_utf8(self) -> bool:
        if self.data.isascii():
            return True
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    def _after(self, positions: Positions) -> Bytes:
        return self.bytes_[np.minimum(positions + 1, len(self.bytes_) - 1)]

    def _mark(self, doubtful: Marks, positions: Positions) -> None:
        doubtful[np.searchsorted(self.ends, positions, side="right")] = True

    def _counts(self, positions: Positions) -> Positions:
        """How many of the positions each line holds."""
        until: Positions = np.searchsorted(positions, self.ends)
        until[1:] -= until[:-1].copy()
        return until

    def _evenly(self, positions: Positions, each: int) -> bool:
        """Whether every line holds ``each`` of the positions."""
        if len(positions) != each * len(self):
            return False
        by_line = positions.reshape(len(self), each)
        return bool((by_line[:, 0] >= self.starts).all() and (by_line[:, -1] < self.ends).all())

    def _inside_quotes(self, doubtful: Marks, commas: Positions) -> Positions:
        """How many commas each line holds in quotes; marks lines whose quotes are not strict."""
        quotes = self.quotes
        counts = self._counts(quotes)
        odd = counts % 2 == 1
        doubtful |= odd
        quotes = quotes[np.repeat(~odd, counts)]
        # Every line that is left has pairs of its own.
        opens, closes = quotes[::2], quotes[1::2]
        prior = self.bytes_[np.maximum(opens - 1, 0)]
        opened = (prior == _COMMA) | (prior == _NEWLINE) | (prior == _QUOTE) | (opens == 0)
        self._mark(doubtful, opens[~opened])
        follows = self._after(closes)
        closed = (follows == _COMMA) | (follows == _NEWLINE) | (follows == _QUOTE)
        closed |= follows == _RETURN
        self._mark(doubtful, closes[~closed])
        inside = np.searchsorted(commas, closes) - np.searchsorted(commas, opens)
        ending = np.searchsorted(closes, self.ends)
        until = np.concatenate(([0], np.cumsum(inside)))[ending]
        until[1:] -= until[:-1].copy()
        return until

    def _only(self, plain: Marks) -> bytes:
        """The bytes of the plain lines."""
        whole = memoryview(self.data)
        others = np.flatnonzero(~plain)
        starts = [0, *self.ends[others].tolist()]
        ends = [*self.starts[others].tolist(), len(whole)]
        return b"".join(whole[start:end] for start, end in zip(starts, ends, strict=True))
