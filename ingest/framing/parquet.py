"""Parquet files, framed batch by batch.

Guarantees: columns are bound by name; a row's number is its place in the file, from 1; a row with a
value that is no text is one fault; a file that is cut short, corrupt, encrypted or nested is
refused. Memory follows a batch, not the file, also where a small file stands for a huge one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ingest.errors import DeliveryRefused, Unreadable
from ingest.framing.parquet_text import as_text, is_list, is_plain, is_text, text_bytes
from ingest.framing.rows import BATCH_ROWS, Fault, Framed, Lines, bind, text_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ingest.contracts.feeds import FileContract

BATCH_BYTES: Final = 64 << 20
LIST_ROWS: Final = 1_000
"""Rows of a batch that holds lists: what a packed list unpacks to is not known beforehand."""
MAX_TEXT_BYTES: Final = 64 << 30
_EXPECTED: Final = "expected a Parquet file"


def read_schema_names(path: Path, file: str) -> list[str]:
    """The names of the columns. Raises Unreadable."""
    return list(_open(path, file).schema_arrow.names)


def frame_parquet(path: Path, file: str, contract: FileContract, target: Path) -> Framed:
    """Frame ``path`` into text Parquet. Raises Unreadable and DeliveryRefused."""
    opened = _open(path, file)
    schema = opened.schema_arrow
    binding = bind(schema.names, contract, file)
    if binding.equal or len(set(schema.names)) < len(schema.names):
        raise DeliveryRefused("a column comes twice; expected each column once", file=file)
    names = {column: schema.names[position] for column, position in binding.columns.items()}
    for column, name in names.items():
        kind = schema.field(name).type
        if not is_plain(kind) and not is_list(kind):
            raise DeliveryRefused(
                f"the column is of type {_called(kind)}; expected text, numbers, dates, or lists "
                "of them: ask for one column a value",
                file=file,
                field=column,
            )
    unread = {schema.names[at] for _, at in binding.undeclared}
    counted = {name for name in unread if is_plain(schema.field(name).type)}
    # What is nested is not opened: every row counts as one value that was not read.
    undeclared = {name: 0 if name in counted else opened.metadata.num_rows for name in unread}
    framing = _Framing(names, target, file)
    with framing:
        for batch in _batches(opened, path, file, [*names.values(), *sorted(counted)]):
            for name in counted:
                undeclared[name] += len(batch) - batch.column(name).null_count
            framing.add(batch)
    if framing.seen != opened.metadata.num_rows:
        raise Unreadable("holds other rows than it says: it is corrupt", file=file)
    faults = tuple(framing.faults)
    lines = Lines(framing.seen, 0, 0, framing.rows, len(faults))
    return Framed(target, tuple(names), framing.rows, faults, undeclared, lines)


class _Framing:
    """The state of one file's pass; a context manager that closes what it writes."""

    def __init__(self, names: dict[str, str], target: Path, file: str) -> None:
        self._names = names
        self._file = file
        self._bytes = 0
        self._writer = pq.ParquetWriter(target, text_schema(tuple(names)), compression="lz4")
        self.seen = 0
        self.rows = 0
        self.faults: list[Fault] = []

    def __enter__(self) -> _Framing:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, batch: pa.RecordBatch) -> None:
        """Write a batch of the file. Raises Unreadable where there is no end of text."""
        try:
            size = sum(text_bytes(batch.column(name)) for name in self._names.values())
            self._bytes += size
            if self._bytes > MAX_TEXT_BYTES:
                raise Unreadable("unpacks to far more than deliveries hold", file=self._file)
            self._write(batch, size)
        except pa.ArrowException as error:
            # A damaged page header is under no checksum: values then lead outside what was read.
            raise _unreadable(error, self._file) from None

    def _write(self, batch: pa.RecordBatch, size: int) -> None:
        """In halves where the text is too long to hold at once."""
        if size > BATCH_BYTES and len(batch) > 1:
            half = len(batch) // 2
            for part in (batch.slice(0, half), batch.slice(half)):
                text = sum(text_bytes(part.column(name)) for name in self._names.values())
                self._write(part, text)
            return
        first = self.seen + 1
        self.seen += len(batch)
        faulty: dict[int, tuple[str, str]] = {}
        arrays = [pa.array(np.arange(first, self.seen + 1), pa.int64())]
        for column, name in self._names.items():
            written, wrong = as_text(batch.column(name))
            arrays.append(written)
            for reason, mask in wrong.items():
                for at in np.flatnonzero(mask):
                    faulty.setdefault(int(at), (column, reason))
        rows = pa.record_batch(arrays, schema=self._writer.schema)
        if faulty:
            kept = np.ones(len(batch), bool)
            kept[list(faulty)] = False
            rows = rows.filter(pa.array(kept))
            self.faults.extend(Fault(first + at, *faulty[at]) for at in sorted(faulty))
        self._writer.write_batch(rows)
        self.rows += len(rows)


def _open(path: Path, file: str, text: Sequence[str] | None = None) -> pq.ParquetFile:
    if path.stat().st_size == 0:
        raise Unreadable(f"the file is empty; {_EXPECTED}", file=file)
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4))
        if stream.read() == b"PARE":
            raise Unreadable(f"is encrypted; {_EXPECTED} without encryption", file=file)
    try:
        opened = pq.ParquetFile(
            path, read_dictionary=text, page_checksum_verification=True, pre_buffer=False
        )
        list(opened.schema_arrow.names)  # decodes them
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(error, file) from None
    return opened


def _batches(
    opened: pq.ParquetFile, path: Path, file: str, names: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    schema, metadata = opened.schema_arrow, opened.metadata
    # Text is held once a distinct value until it is written: 80 kB of file can stand for terabytes.
    text = [name for name in names if is_text(schema.field(name).type)]
    packed = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    fitting = BATCH_BYTES * max(1, metadata.num_rows) // max(1, packed)
    most = LIST_ROWS if any(is_list(schema.field(name).type) for name in names) else BATCH_ROWS
    batches: Any = _open(path, file, text).iter_batches(
        batch_size=max(1, min(most, fitting)), columns=list(names)
    )
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(error, file) from None
        if batch is None:
            return
        yield batch


def _unreadable(error: Exception, file: str) -> Unreadable:
    if "encrypt" in str(error).lower() or "decrypt" in str(error).lower():
        return Unreadable(f"is encrypted; {_EXPECTED} without encryption", file=file)
    # Arrow's message may quote what it read.
    return Unreadable(f"is cut short, corrupt or not Parquet; {_EXPECTED}", file=file)


def _called(kind: pa.DataType) -> str:
    """The type without the names of what is inside."""
    return str(kind).split("<", maxsplit=1)[0].split("[", maxsplit=1)[0]
