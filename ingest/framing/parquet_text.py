"""Parquet values as the text that contracts type.

Guarantees: text stays as it is, what is not UTF-8 or holds a NUL byte is told, not repaired; whole
numbers come without a decimal point, dates and times in ISO form, lists as JSON text; not-a-number
is not recorded. An instant comes as the clock on the wall in Virginia showed it.
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import types

from ingest.framing.lines import MAX_LINE_BYTES

WALL_CLOCK: Final = "America/New_York"
"""Every other format brings times as agencies' clocks show them, without a zone."""
EXACT: Final = float(2**53)
"""From here on neighbouring whole numbers are one float."""


def is_text(kind: pa.DataType) -> bool:
    """Whether values are text, or bytes that some writers mean as text."""
    if types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    )


def is_plain(kind: pa.DataType) -> bool:
    """Whether one value is one text."""
    if types.is_dictionary(kind):
        return is_plain(kind.value_type)
    return is_text(kind) or bool(
        types.is_boolean(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_date(kind)
        or types.is_timestamp(kind)
        or types.is_time(kind)
        or types.is_null(kind)
    )


def is_list(kind: pa.DataType) -> bool:
    """Whether values are lists of plain values."""
    return bool(
        types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    ) and is_plain(kind.value_type)


def as_text(array: pa.Array) -> tuple[pa.Array, dict[str, np.ndarray[Any, Any]]]:
    """The values as text, and by reason which of them cannot be taken (they come as null)."""
    kind = array.type
    if is_list(kind):
        inner, wrong = as_text(array.flatten())
        parents = np.asarray(pc.list_parent_indices(array))
        masks = {reason: _at(parents[mask], len(array)) for reason, mask in wrong.items()}
        return _json(array, inner), masks
    if is_text(kind):
        return _text(array)
    if types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if types.is_floating(kind):
        return _floats(array), {}
    if types.is_timestamp(kind):
        return _times(array), {}
    if types.is_date(kind):
        return array.cast(pa.date32()).cast(pa.string()), {}
    written = array.cast(pa.string())
    if types.is_decimal(kind) or types.is_time(kind):
        written = pc.replace_substring_regex(written, r"\.0+$", "")
    return written, {}


def text_bytes(array: pa.Array) -> int:
    """How long the array is as text, told without writing it out."""
    if not is_text(array.type):
        return 32 * len(array)
    if types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary.cast(pa.large_binary()))
        return int(pc.sum(lengths.take(array.indices)).as_py() or 0)
    return int(pc.sum(pc.binary_length(array.cast(pa.large_binary()))).as_py() or 0)


def _text(array: pa.Array) -> tuple[pa.Array, dict[str, np.ndarray[Any, Any]]]:
    indices = None
    if types.is_dictionary(array.type):
        indices, array = array.indices, array.dictionary
    raw = array.cast(pa.large_binary())
    size = pc.fill_null(pc.binary_length(raw), 0).to_numpy(zero_copy_only=False)
    wrong = {f"is longer than {MAX_LINE_BYTES} bytes": size > MAX_LINE_BYTES}
    foreign = np.zeros(len(raw), bool)
    try:
        raw.cast(pa.large_string())
    except pa.ArrowInvalid:
        foreign = np.array([value is not None and not _is_utf8(value) for value in raw.to_pylist()])
    wrong["is not UTF-8 text"] = foreign
    wrong["holds a NUL byte, expected text"] = pc.fill_null(
        pc.match_substring(raw, "\0"), False
    ).to_numpy(zero_copy_only=False)
    taken = ~np.logical_or.reduce(list(wrong.values()))
    kept = pc.if_else(pa.array(taken), raw, pa.scalar(None, raw.type)).cast(pa.large_string())
    if indices is not None:
        kept = kept.take(indices)
        at = pc.fill_null(indices, -1).to_numpy(zero_copy_only=False)
        wrong = {reason: (at >= 0) & mask[at] for reason, mask in wrong.items() if mask.any()}
    return kept.cast(pa.string()), {reason: mask for reason, mask in wrong.items() if mask.any()}


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _floats(array: pa.Array) -> pa.Array:
    wide = array.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(wide), wide), pc.less(pc.abs(wide), EXACT))
    integers = pc.if_else(whole, wide, pa.scalar(None, wide.type)).cast(pa.int64())
    narrow = array.cast(pa.float32()) if types.is_float16(array.type) else array
    written = pc.coalesce(integers.cast(pa.string()), narrow.cast(pa.string()))
    return pc.if_else(pc.is_nan(wide), pa.scalar(None, pa.string()), written)


def _times(array: pa.Array) -> pa.Array:
    if array.type.tz is not None:
        array = pc.local_timestamp(array.cast(pa.timestamp(array.type.unit, tz=WALL_CLOCK)))
    micro = array.cast(pa.timestamp("us"), safe=False)
    written = pc.strftime(micro, format="%Y-%m-%dT%H:%M:%S")
    written = pc.replace_substring_regex(written, r"\.0+$", "")
    return pc.replace_substring_regex(written, "T00:00:00$", "")


def _json(lists: pa.Array, inner: pa.Array) -> pa.Array:
    values = inner.to_pylist()
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_pylist()
    written: list[str | None] = []
    start = 0
    for count in counts:
        items = values[start : start + count]
        start += count
        written.append(json.dumps(items, ensure_ascii=False) if items else None)
    return pa.array(written, pa.string())


def _at(positions: np.ndarray[Any, Any], length: int) -> np.ndarray[Any, Any]:
    mask = np.zeros(length, bool)
    mask[positions] = True
    return mask
