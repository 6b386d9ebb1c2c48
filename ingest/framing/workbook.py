"""XLSX sheets, framed row by row.

Guarantees: dates come as ISO text, whole numbers without a decimal point, and a row's number is
the one that Excel shows. A merged cell, an error, a formula that was never computed and a second
table on the sheet are faults, not values.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from python_calamine import CalamineError, CalamineWorkbook

from ingest.contracts.feeds import normal
from ingest.errors import DeliveryRefused, Unreadable
from ingest.framing.cells import hidden_values, may_hide_values, merged_rows
from ingest.framing.rows import Fault, Framed, Lines, RowWriter, bind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingest.contracts.feeds import FileContract

MAX_UNPACKED_BYTES: Final = 1 << 30


def sheet_headers(path: Path, file: str) -> dict[str, list[str]]:
    """Sheet name to its first row's names. Raises Unreadable."""
    workbook = _open(path, file)
    headers: dict[str, list[str]] = {}
    for name in workbook.sheet_names:
        first = next(iter(_rows(workbook, name, file)), [])
        headers[name] = [_text(cell) or "" for cell in first]
    return headers


def frame_sheet(path: Path, file: str, contract: FileContract, target: Path) -> Framed:
    """Frame the contract's sheet into text Parquet. Raises Unreadable and DeliveryRefused."""
    workbook = _open(path, file)
    wanted = (contract.sheet or "").casefold()
    name = next((name for name in workbook.sheet_names if name.casefold() == wanted), None)
    if name is None:
        raise DeliveryRefused(f"has no sheet {contract.sheet}", file=file)
    rows = _rows(workbook, name, file)
    bad = _unshown(workbook, path, name)
    if not rows:
        raise Unreadable("the sheet is empty; expected a header and rows", file=file)
    header = [_text(cell) or "" for cell in rows[0]]
    while header and not header[-1]:
        header.pop()
    binding = bind(header, contract, file)
    columns = tuple(binding.columns)
    positions = tuple(binding.columns.values())
    undeclared = {name: 0 for name, _ in binding.undeclared}
    if 0 in bad:
        raise DeliveryRefused(f"the header {bad[0]}", file=file, line=1)
    faults: list[Fault] = []
    blank = 0
    names = [normal(name) for name in header]
    ends: str | None = None
    with RowWriter(target, columns) as writer:
        for number, row in enumerate(rows[1:], start=2):
            values = [_text(cell) for cell in row]
            ends = ends or _another_header(names, values, contract)
            reason = bad.get(number - 1) or ends
            if reason is not None:
                faults.append(Fault(number, None, reason))
                continue
            if not any(values):
                blank += 1
                continue
            if any(values[len(header) :]):
                faults.append(Fault(number, None, f"has values beyond the {len(header)} columns"))
                continue
            values += [None] * (len(header) - len(values))
            for name, position in binding.undeclared:
                undeclared[name] += values[position] is not None
            writer.add(number, [values[position] for position in positions])
    lines = Lines(len(rows), 1, blank, writer.rows, len(faults))
    return Framed(target, columns, writer.rows, tuple(faults), undeclared, lines)


def _unshown(workbook: CalamineWorkbook, path: Path, name: str) -> dict[int, str]:
    """Rows (from 0) whose values cannot be trusted, and why."""
    bad = dict.fromkeys(
        merged_rows(workbook.get_sheet_by_name(name)),
        "lies in merged cells, expected a value in each cell",
    )
    if may_hide_values(path):
        for row, (column, what) in hidden_values(path, name).items():
            bad[row] = (
                f"holds {what} in column {column + 1}, expected a value: save the workbook in a "
                "spreadsheet program, or export values"
            )
    return bad


def _another_header(
    names: Sequence[str], values: Sequence[str | None], contract: FileContract
) -> str | None:
    """Why the rows from here on are another table; None for a row of this one.

    A row that repeats at least two and most of its words as names of the contract's columns is a
    header, and what follows need not stand under the names at the top.
    """
    written = [normal(value) for value in values if value]
    known = contract.by_header.keys() | contract.unused_headers | set(names)
    if len(written) < 2 or 2 * sum(word in known for word in written) <= len(written):
        return None
    return "belongs to a second table on the sheet, expected one table"


def _open(path: Path, file: str) -> CalamineWorkbook:
    expected = "expected an Excel workbook (.xlsx)"
    if path.stat().st_size == 0:
        raise Unreadable(f"the file is empty; {expected}", file=file)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise Unreadable("unpacks to more than 1 GiB; deliver CSV", file=file)
            if archive.testzip() is not None:
                raise Unreadable(f"is corrupt: a part fails its checksum; {expected}", file=file)
        return CalamineWorkbook.from_path(str(path))
    except (zipfile.BadZipFile, CalamineError, OSError, EOFError, NotImplementedError):
        raise Unreadable(f"is corrupt or not a workbook; {expected}", file=file) from None


def _rows(workbook: CalamineWorkbook, name: str, file: str) -> list[list[object]]:
    try:
        # Leading empty rows are kept so that numbers are those that Excel shows.
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError:
        raise Unreadable(f"sheet {name} cannot be read", file=file) from None
    return [list(row) for row in rows]


def _text(cell: object) -> str | None:
    match cell:
        case "" | None:
            return None
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell.total_seconds())
        case _:
            return str(cell).strip() or None
