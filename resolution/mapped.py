"""Tables that are read by place: columns of numbers and rows of features, mapped into memory.

Guarantees: what is read is shared with every process that maps the same file and is loaded only
where it is touched; equal content gives equal bytes; a file of another shape is refused. Parquet
cannot do this: one row of it costs the unpacking of its whole row group.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.errors import NoIndex

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from runs.schema import Table

BATCH_ROWS: Final = 1 << 20
"""Rows of one batch of a table of features. A reader finds a row's batch by division."""

_NUMPY: Final = {
    "UTINYINT": np.uint8,
    "SMALLINT": np.int16,
    "INTEGER": np.int32,
    "BIGINT": np.int64,
    "UBIGINT": np.uint64,
}
_PLAIN: Final = {pa.date32(): pa.int32()}
_HEADER_BYTES: Final = 128
_OTHER_VERSION: Final = (
    "another version of VAST made it; make and publish a run with this one ('vast run')"
)


def write_numbers(relation: duckdb.DuckDBPyRelation, table: Table, rows: int, folder: Path) -> None:
    """Write ``relation``, of ``rows`` rows in order, as one file for each column of ``table``."""
    folder.mkdir(parents=True, exist_ok=True)
    columns: dict[str, NDArray[Any]] = {}
    for column in table:
        path, dtype = _path(folder, table, column.name), _NUMPY[column.type]
        if rows:
            columns[column.name] = np.lib.format.open_memmap(
                path, mode="w+", dtype=dtype, shape=(rows,)
            )
        else:
            np.save(path, np.empty(0, dtype))
    written = 0
    for batch in relation.to_arrow_reader(BATCH_ROWS):
        for name, values in columns.items():
            values[written : written + len(batch)] = batch.column(name).to_numpy()
        written += len(batch)


def read_numbers(table: Table, folder: Path) -> dict[str, NDArray[Any]]:
    """Each column of ``table``, by name. Raises NoIndex where one is missing or of another type."""
    found: dict[str, NDArray[Any]] = {}
    for column in table:
        path = _path(folder, table, column.name)
        try:
            # A file without rows, which cannot be mapped, is its header.
            mapped = path.stat().st_size > _HEADER_BYTES
            values = np.load(path, mmap_mode="r" if mapped else None)
        except (OSError, ValueError):
            raise NoIndex(f"{path} is missing or not an index's: {_OTHER_VERSION}") from None
        if values.dtype != _NUMPY[column.type]:
            raise NoIndex(f"{path} holds another type of number: {_OTHER_VERSION}")
        found[column.name] = np.asarray(values)
    return found


def write_rows_of(relation: duckdb.DuckDBPyRelation, table: Table, folder: Path) -> None:
    """Write ``relation``, in the order of its rows, as the rows of ``table``."""
    folder.mkdir(parents=True, exist_ok=True)
    reader = relation.select(*table.column_names).to_arrow_reader(BATCH_ROWS)
    with (
        pa.OSFile(str(folder / f"{table.name}.arrow"), "wb") as file,
        pa.ipc.new_file(file, reader.schema) as writer,
    ):
        waiting: list[pa.RecordBatch] = []
        for batch in reader:
            waiting.append(batch)
            if sum(map(len, waiting)) >= BATCH_ROWS:
                waiting = _write_full(writer, waiting)
        if waiting:
            writer.write_batch(_canonical(pa.concat_batches(waiting)))


def _write_full(
    writer: pa.RecordBatchFileWriter, waiting: list[pa.RecordBatch]
) -> list[pa.RecordBatch]:
    whole = pa.concat_batches(waiting)
    writer.write_batch(_canonical(whole.slice(0, BATCH_ROWS)))
    rest = whole.slice(BATCH_ROWS)
    return [rest] if len(rest) else []


def _canonical(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with zeros under its nulls, where a file would otherwise hold what was there."""
    columns = []
    for column in batch.columns:
        if column.null_count and pa.types.is_primitive(column.type):
            values = column.cast(_PLAIN.get(column.type, column.type)).fill_null(0)
            mask = column.is_null().to_numpy(zero_copy_only=False)
            plain = pa.array(values.to_numpy(), mask=mask, type=values.type)
            columns.append(plain.cast(column.type))
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


class MappedRows:
    """Rows of ``table``, taken by number. Raises NoIndex where the file does not hold them."""

    def __init__(self, table: Table, folder: Path) -> None:
        path = folder / f"{table.name}.arrow"
        try:
            reader = pa.ipc.open_file(pa.memory_map(str(path)))
        except (OSError, pa.ArrowInvalid):
            raise NoIndex(f"{path} is missing or not an index's: {_OTHER_VERSION}") from None
        if reader.schema.names != list(table.column_names):
            raise NoIndex(f"{path} has other columns than are compared: {_OTHER_VERSION}")
        self.schema: pa.Schema = reader.schema
        self._batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]

    def __len__(self) -> int:
        return sum(map(len, self._batches))

    def take(self, rows: NDArray[np.int32]) -> pa.Table:
        """The rows of these numbers, which ascend, in their order."""
        batch_of = rows // BATCH_ROWS
        parts = [
            self._batches[number].take(pa.array(rows[batch_of == number] % BATCH_ROWS))
            for number in np.unique(batch_of)
        ]
        return pa.Table.from_batches(parts, schema=self.schema)


def read_ahead(path: Path) -> None:
    """Ask the system to read a file before it is touched, where it takes such advice."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


def _path(folder: Path, table: Table, column: str) -> Path:
    return folder / f"{table.name}.{column}.npy"
