"""Columns of text, cleaned a batch at a time.

Guarantees: ``cleaned`` and ``squeezed`` give for every value what the macros ``clean`` and
``squeezed`` of ingest/sql/values.sql give. A column without anything to clean is not copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGES: Final = " \t\n\r\xa0"
"""What is taken off both ends of a value."""

_RUNS: Final = (b"  ", b"\t", b"\n", b"\f", b"\r")
"""Text without these has no blanks but single spaces."""

_MAY_BE_EDGE: Final = np.zeros(256, np.bool_)
_MAY_BE_EDGE[list(EDGES.encode())] = True


def cleaned(written: pa.StringArray) -> pa.StringArray:
    """In normal form C, without blanks at the ends; null where nothing is left."""
    if written.null_count:
        written = written.fill_null("")
    starts, ends, data = _parts(written)
    if not data.isascii():
        written = pc.utf8_normalize(written, form="NFC")
        starts, ends, data = _parts(written)
    filled = ends > starts
    if _has_edges(starts, ends, np.frombuffer(data, np.uint8)):
        written = pc.utf8_trim(written, characters=EDGES)
        starts, ends, _ = _parts(written)
        filled = ends > starts
    if filled.all():
        return written
    _, offsets, data = written.buffers()
    valid = pa.py_buffer(np.packbits(filled, bitorder="little"))
    # The bits begin at the first value, so the offsets must.
    offsets = offsets[4 * written.offset :]
    return pa.StringArray.from_buffers(len(written), offsets, data, valid)


def squeezed(written: pa.StringArray) -> pa.StringArray:
    """As ``cleaned``, and every run of blanks inside a value is one space."""
    values = cleaned(written)
    _, _, data = _parts(values)
    if any(run in data for run in _RUNS):
        return pc.replace_substring_regex(values, pattern=r"\s+", replacement=" ")
    return values


def _parts(array: pa.StringArray) -> tuple[NDArray[np.int32], NDArray[np.int32], bytes]:
    """Where each value starts and ends in the bytes of them all."""
    if not len(array):
        nothing = np.zeros(0, np.int32)
        return nothing, nothing, b""
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    first, last = int(bounds[0]), int(bounds[-1])
    held = b"" if data is None else data[first:last].to_pybytes()
    return bounds[:-1] - first, bounds[1:] - first, held


def _has_edges(starts: NDArray[np.int32], ends: NDArray[np.int32], data: NDArray[np.uint8]) -> bool:
    """Whether a value may begin or end with what is to be taken off."""
    if not len(data):
        return False
    # Of an empty value its neighbour's signs are seen: at worst nothing is found to take off.
    first = data[np.minimum(starts, len(data) - 1)]
    return bool(_MAY_BE_EDGE[first].any() or _MAY_BE_EDGE[data[ends - 1]].any())
