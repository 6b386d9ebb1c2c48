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

from ingest.errors import LostRows, Unreadable
from ingest.framing.in_blocks import InBlocks
from ingest.framing.lines import PhysicalLines
from ingest.framing.records import LineFraming
from ingest.framing.rows import Framed, Lines, RowWriter, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa  # type: ignore[import-untyped]

    from ingest.contracts.feeds import FileContract

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
        self._framing = LineFraming(len(header), contract.multiline, binding)
        self._total: int | None = None
        self.columns = tuple(binding.columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def batches(self, block_bytes: int = BLOCK_BYTES) -> Iterator[pa.RecordBatch]:
        """The rows in the order of their lines, in the columns of ``text_schema``."""
        blocks = InBlocks(self._framing, self._stream, self.columns, block_bytes)
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
