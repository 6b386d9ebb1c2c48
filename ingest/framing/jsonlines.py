"""JSON lines, framed line by line.

Guarantees: a value is bound by its dotted path of names; a line that is not one JSON object, or
that says a name twice, is one fault. Lists of plain values come as JSON text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.feeds import normal
from ingest.errors import DeliveryRefused, LostRows, Unreadable
from ingest.framing.lines import MAX_LINE_BYTES, PhysicalLines, physical_fault
from ingest.framing.rows import Fault, Framed, Lines, RowWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.contracts.feeds import FileContract

_SAMPLE_LINES: Final = 200
MAX_UNDECLARED: Final = 100
"""Names that are told one by one: an object whose names are values has any number of them."""
OTHERS: Final = "(further names)"


class _Rejected(ValueError):
    """A line that is JSON but not a row."""


def read_names(path: Path, file: str, lines: int | None = _SAMPLE_LINES) -> list[str]:
    """The dotted names of the first ``lines`` that can be read, or of all. Raises Unreadable."""
    names: dict[str, None] = {}
    seen = 0
    with path.open("rb") as stream:
        for number, raw in PhysicalLines(stream, file):
            if lines is not None and number > lines:
                break
            if raw.strip():
                seen += 1
                try:
                    names.update(dict.fromkeys(_row(raw)))
                except ValueError:
                    continue
    if not seen:
        raise Unreadable("the file is empty; expected JSON lines", file=file)
    if not names:
        raise Unreadable("is not JSON lines; expected one JSON object a line", file=file, line=1)
    return list(names)


def frame_json_lines(path: Path, file: str, contract: FileContract, target: Path) -> Framed:
    """Frame ``path`` into text Parquet. Raises Unreadable and DeliveryRefused."""
    present = {normal(name) for name in read_names(path, file)}
    missing = [
        name
        for name, column in contract.columns.items()
        if not column.optional and not present.intersection(contract.headers(name))
    ]
    if missing and not contract.only_takes_back(present):
        raise DeliveryRefused(
            f"no line names {', '.join(missing)}; the contract of {contract.kind} needs them",
            file=file,
            field=missing[0],
        )
    by_header = contract.by_header
    columns = tuple(contract.columns)
    at = {column: position for position, column in enumerate(columns)}
    known = {path for name in by_header for path in _outer(name)}
    undeclared: dict[str, int] = {}
    faults: list[Fault] = []
    blank = 0
    with path.open("rb") as stream, RowWriter(target, columns) as writer:
        lines = PhysicalLines(stream, file)
        for number, raw in lines:
            if not raw.strip():
                blank += 1
                continue
            try:
                row = _row(raw)
            except ValueError as error:
                reason = str(error) if isinstance(error, _Rejected) else "is not a JSON object"
                faults.append(Fault(number, None, reason))
                continue
            values: list[str | None] = [None] * len(columns)
            for name, value in row.items():
                column = by_header.get(normal(name))
                if column is not None:
                    values[at[column]] = value
                elif value is not None and normal(name) not in contract.unused_headers:
                    told = _told(name, known)
                    if told not in undeclared and len(undeclared) >= MAX_UNDECLARED:
                        told = OTHERS
                    undeclared[told] = undeclared.get(told, 0) + 1
            writer.add(number, values)
    counted = Lines(lines.number, 0, blank, writer.rows, len(faults))
    if not counted.add_up:
        raise LostRows("physical lines are not all accounted for", file=file)
    return Framed(target, columns, writer.rows, tuple(faults), undeclared, counted)


def _outer(name: str) -> list[str]:
    """The objects that a dotted name lies in: ``a.`` and ``a.b.`` of ``a.b.c``."""
    parts = name.split(".")
    return [".".join(parts[:depth]) + "." for depth in range(1, len(parts))]


def _told(name: str, known: set[str]) -> str:
    """How an undeclared name is told: inside an object that no column is of, as that object.

    Names may be values there, as in ``{"contacts": {"8045550123": "mother"}}``.
    """
    outer = _outer(name)
    return next((path + "*" for path in outer if normal(path) not in known), name)


def _row(raw: bytes) -> dict[str, str | None]:
    if (reason := physical_fault(raw)) is not None and len(raw) >= MAX_LINE_BYTES:
        raise _Rejected(reason)
    if b"\0" in raw:
        raise _Rejected("holds a NUL byte, expected text")
    try:
        # Not decoded by json.loads itself: it would accept UTF-16 and lone surrogates.
        found = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except RecursionError:
        raise _Rejected("is nested too deeply") from None
    if not isinstance(found, dict):
        raise _Rejected("is not a JSON object")
    return dict(_flat(found, ""))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise _Rejected("says a name twice")
    return names


def _no_constant(name: str) -> None:
    raise _Rejected(f"holds {name}, which is not JSON")


def _flat(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, str | None]]:
    for name, inner in value.items():
        path = f"{prefix}{name}"
        match inner:
            case dict():
                yield from _flat(inner, f"{path}.")
            case None:
                yield path, None
            case bool():
                yield path, "true" if inner else "false"
            case list():
                yield path, _whole(json.dumps(inner, ensure_ascii=False)) if inner else None
            case _:
                yield path, _whole(str(inner))


def _whole(text: str) -> str:
    if "\0" in text:
        # Written as an escape: the SQL behind would end the value there.
        raise _Rejected("holds a NUL byte, expected text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _Rejected("holds half of a character pair") from None
    return text
