"""Headers bound by name, and framed rows kept as text.

Guarantees: a file whose header lacks a declared column or repeats one is refused; a header that
the contract does not know is reported with the number of its values. Framed rows hold one text
column per declared column and the line they came from, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ingest.contracts.feeds import FileContract, normal
from ingest.errors import DeliveryRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

BATCH_ROWS: Final = 20_000
BATCH_CHARACTERS: Final = 16 << 20
"""Rows of long values are written before there are so many of them."""
LINE: Final = "source_line"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that could not be framed, or that its contract rejects."""

    line: int
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Where a file's physical lines went: ``total = header + blank + in_rows + faulty``."""

    total: int
    header: int
    blank: int
    in_rows: int
    faulty: int

    @property
    def add_up(self) -> bool:
        return self.total == self.header + self.blank + self.in_rows + self.faulty


@dataclass(frozen=True, slots=True)
class Framed:
    """A framed file, and where its rows were written.

    ``undeclared`` maps headers that the contract lacks to their values' count.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    faults: tuple[Fault, ...]
    undeclared: dict[str, int]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Binding:
    """Which position of a row each declared column has in this file."""

    columns: dict[str, int]
    undeclared: tuple[tuple[str, int], ...] = ()
    equal: tuple[tuple[str, int, int], ...] = ()
    """Repeated headers that are used: both positions must hold the same value."""


def bind(header: Sequence[str], contract: FileContract, file: str) -> Binding:
    """Bind a file's header to its contract.

    Raises DeliveryRefused naming the columns that are missing or written twice.
    """
    names = [normal(name) for name in header]
    by_header = contract.by_header
    repeatable = {normal(name) for name in contract.repeated}
    repeated = {name for name, count in Counter(names).items() if count > 1}
    if unexpected := sorted(repeated - repeatable):
        raise DeliveryRefused(
            f"the header names {_list(unexpected)} more than once; expected each column once",
            file=file,
            line=1,
            field=unexpected[0],
        )
    columns: dict[str, int] = {}
    equal: list[tuple[str, int, int]] = []
    undeclared: list[tuple[str, int]] = []
    for position, name in enumerate(names):
        column = by_header.get(name)
        if column is None:
            if name not in contract.unused_headers and not (name == "" and repeated):
                undeclared.append((header[position].strip(), position))
        elif column in columns:
            if name not in repeatable:
                raise DeliveryRefused(
                    f"two headers stand for {column}; expected one", file=file, line=1, field=column
                )
            equal.append((column, columns[column], position))
        else:
            columns[column] = position
    missing = [
        name
        for name, declared in contract.columns.items()
        if name not in columns and not declared.optional
    ]
    if missing:
        raise DeliveryRefused(
            f"the header lacks {_list(missing)}; the contract of {contract.kind} needs them",
            file=file,
            line=1,
            field=missing[0],
        )
    return Binding(columns, tuple(undeclared), tuple(equal))


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def text_schema(columns: Sequence[str]) -> pa.Schema:
    """LINE, and a column of text each."""
    return pa.schema([(LINE, pa.int64()), *((name, pa.string()) for name in columns)])


@dataclass(slots=True)
class RowWriter:
    """Writes framed rows as text Parquet in batches; a context manager that closes the file."""

    path: Path
    columns: tuple[str, ...]
    rows: int = 0
    _characters: int = 0
    _lines: list[int] = field(default_factory=list)
    _values: list[Sequence[str | None]] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(self.path, text_schema(self.columns), compression="lz4")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is None:
            return
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, line: int, values: Sequence[str | None]) -> None:
        """``values`` in the order of ``columns``."""
        self._lines.append(line)
        self._values.append(values)
        self.rows += 1
        self._characters += sum(map(len, filter(None, values)))
        if len(self._lines) >= BATCH_ROWS or self._characters >= BATCH_CHARACTERS:
            self._flush()

    def write(self, rows: pa.RecordBatch) -> None:
        """Many rows at once, in the columns of ``text_schema``."""
        self._flush()
        self.rows += len(rows)
        self._write(rows)

    def _write(self, rows: pa.RecordBatch) -> None:
        if self._writer is not None:
            self._writer.write_batch(rows)

    def _flush(self) -> None:
        if not self._lines:
            return
        by_column = zip(*self._values, strict=True)
        lines = pa.array(self._lines, pa.int64())
        values = [pa.array(values, pa.string()) for values in by_column]
        self._write(pa.record_batch([lines, *values], schema=text_schema(self.columns)))
        self._lines.clear()
        self._values.clear()
        self._characters = 0
