"""One file of a delivery to typed rows in Parquet.

Guarantees: every framed row is written once, with what is wrong with it first in ``__field`` and
``__reason`` (both null where nothing is); memory follows a batch of rows, not the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb import ColumnExpression, ConstantExpression

from ingest.contracts.feeds import FileContract, Format
from ingest.framing.cleaning import cleaned, squeezed
from ingest.framing.delimited import DelimitedRows
from ingest.framing.jsonlines import frame_json_lines
from ingest.framing.parquet import frame_parquet
from ingest.framing.rows import LINE, text_schema
from ingest.framing.workbook import frame_sheet
from ingest.values import checked, cleaned_text, is_squeezed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from ingest.framing.rows import Framed
    from ingest.sources import Part

META: Final = (("delivery", "VARCHAR"), ("file", "VARCHAR"), ("received", "INTEGER"))

# Read back once or twice and then thrown away: neither filters nor large dictionaries pay. A group
# of rows is held in memory until it is written, so long texts must end one early.
_WRITE: Final = """
COPY (FROM checked) TO $target (FORMAT parquet, COMPRESSION lz4, WRITE_BLOOM_FILTER false,
                                DICTIONARY_SIZE_LIMIT 2000, ROW_GROUP_SIZE_BYTES '64MB')
"""


def write_typed(
    con: duckdb.DuckDBPyConnection,
    part: Part,
    meta: Sequence[str | int],
    target: Path,
) -> Framed:
    """Frame a part into typed rows at ``target``.

    ``meta`` are the values of META. Raises Unreadable, DeliveryRefused and LostRows.
    """
    contract = part.contract
    if contract.format is not Format.CSV:
        return _write_framed(con, part, meta, target)
    with DelimitedRows(part.path, part.file, contract) as rows:
        batches = _Batches(rows.batches(), contract)
        # DuckDB draws the next batch while it types and writes the ones before.
        reader = pa.RecordBatchReader.from_batches(text_schema(rows.columns), batches)
        try:
            _write(con, con.from_arrow(reader), contract, rows.columns, meta, target)
        except duckdb.Error:
            if batches.fault is not None:
                raise batches.fault from None
            raise
        return rows.framed(target)


def count_rows(part: Part, scratch: Path) -> int:
    """How many rows a part has, well framed or not."""
    contract = part.contract
    if contract.format is Format.CSV:
        with DelimitedRows(part.path, part.file, contract) as rows:
            for _ in rows.batches():
                pass
            framed = rows.framed(scratch)
    else:
        framed = _framer(contract.format)(part.path, part.file, contract, scratch)
        scratch.unlink()
    return framed.rows + len(framed.faults)


class _Batches:
    """Cleaned batches; keeps the fault that ended them, which DuckDB tells in its own words."""

    def __init__(self, batches: Iterable[pa.RecordBatch], contract: FileContract) -> None:
        self._batches = batches
        self._contract = contract
        self.fault: Exception | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                yield self._cleaned(batch)
        except Exception as fault:
            self.fault = fault
            raise

    def _cleaned(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = self._contract.columns
        return pa.record_batch(
            [
                batch.column(LINE),
                *(
                    (squeezed if is_squeezed(columns[name]) else cleaned)(batch.column(name))
                    for name in batch.schema.names[1:]
                ),
            ],
            schema=batch.schema,
        )


def _write_framed(
    con: duckdb.DuckDBPyConnection,
    part: Part,
    meta: Sequence[str | int],
    target: Path,
) -> Framed:
    # Not batch by batch: a small Parquet file may stand for more text than memory holds, and
    # DuckDB leaves it packed.
    contract = part.contract
    text = target.with_suffix(".text")
    framed = _framer(contract.format)(part.path, part.file, contract, text)
    read = con.read_parquet(str(text))
    _write(
        con, cleaned_text(read, contract, framed.columns), contract, framed.columns, meta, target
    )
    text.unlink()
    return replace(framed, path=target)


def _framer(form: Format) -> Callable[[Path, str, FileContract, Path], Framed]:
    return {
        Format.XLSX: frame_sheet,
        Format.JSONL: frame_json_lines,
        Format.PARQUET: frame_parquet,
    }[form]


def _write(
    con: duckdb.DuckDBPyConnection,
    text: duckdb.DuckDBPyRelation,
    contract: FileContract,
    present: Sequence[str],
    meta: Sequence[str | int],
    target: Path,
) -> None:
    columns = [
        ConstantExpression(value).cast(duckdb.type(kind)).alias(name)
        for value, (name, kind) in zip(meta, META, strict=True)
    ]
    checked(text, contract, present, [*columns, ColumnExpression(LINE)]).create_view(
        "checked", replace=True
    )
    con.execute(_WRITE, {"target": str(target)})
