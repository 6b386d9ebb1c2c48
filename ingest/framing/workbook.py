"""XLSX sheets, framed row by row.

Guarantees: dates come as ISO text, whole numbers without a decimal point, and a row's number is
the one that Excel shows. A merged cell, an error, a formula that was never computed and a second
table on the sheet are faults, not values. Memory follows a row and the texts that cells share, not
the sheet.

Why not a general reader: calamine unpacks a sheet into a full grid, so that one cell at the far
corner asks for 400 GB and ends the process; openpyxl takes twice as long and does not bound a row.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from ingest.contracts.feeds import normal
from ingest.errors import DeliveryRefused, Unreadable
from ingest.framing.book import Book
from ingest.framing.rows import Binding, Fault, Framed, Lines, RowWriter, bind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingest.contracts.feeds import FileContract
    from ingest.framing.xml_rows import SheetRow


def sheet_headers(path: Path, file: str) -> dict[str, list[str]]:
    """Sheet name to its first row's names. Raises Unreadable."""
    with Book(path, file, whole=True) as book:
        return {name: _header(next(book.rows(name), None)) for name in book.sheets}


def frame_sheet(path: Path, file: str, contract: FileContract, target: Path) -> Framed:
    """Frame the contract's sheet into text Parquet. Raises Unreadable and DeliveryRefused."""
    wanted = (contract.sheet or "").casefold()
    with Book(path, file) as book:
        name = next((name for name in book.sheets if name.casefold() == wanted), None)
        if name is None:
            raise DeliveryRefused(f"has no sheet {contract.sheet}", file=file)
        merged = book.merged(name)
        rows = book.rows(name)
        first = next(rows, None)
        if first is None:
            raise Unreadable("the sheet is empty; expected a header and rows", file=file)
        header = _header(first)
        binding = bind(header, contract, file)
        if (fault := _MERGED if merged[1] else first.fault) is not None:
            raise DeliveryRefused(f"the header {fault}", file=file, line=1)
        columns = tuple(binding.columns)
        with RowWriter(target, columns) as writer:
            framing = _Framing(contract, header, binding, writer)
            for row in rows if first.number == 1 else chain([first], rows):
                framing.add(row, _MERGED if merged[row.number] else row.fault)
    total = framing.last
    blank = total - 1 - writer.rows - len(framing.faults)
    lines = Lines(total, 1, blank, writer.rows, len(framing.faults))
    return Framed(target, columns, writer.rows, tuple(framing.faults), framing.undeclared, lines)


_MERGED: Final = "lies in merged cells, expected a value in each cell"


def _header(row: SheetRow | None) -> list[str]:
    """The names of a sheet's first row; none where the sheet begins further down."""
    return [value or "" for value in row.values] if row is not None and row.number == 1 else []


class _Framing:
    """The state of one sheet's pass."""

    def __init__(
        self, contract: FileContract, header: Sequence[str], binding: Binding, writer: RowWriter
    ) -> None:
        self._contract = contract
        self._names = [normal(name) for name in header]
        self._binding = binding
        self._positions = tuple(binding.columns.values())
        self._writer = writer
        self._ends: str | None = None
        self.last = 1
        self.faults: list[Fault] = []
        self.undeclared = {name: 0 for name, _ in binding.undeclared}

    def add(self, row: SheetRow, fault: str | None) -> None:
        self.last = row.number
        values, width = row.values, len(self._names)
        self._ends = self._ends or _another_header(self._names, values, self._contract)
        fault = fault or self._ends
        if fault is None and any(values[width:]):
            fault = f"has values beyond the {width} columns"
        if fault is not None:
            self.faults.append(Fault(row.number, None, fault))
        elif any(values):
            values += [None] * (width - len(values))
            for name, position in self._binding.undeclared:
                self.undeclared[name] += values[position] is not None
            self._writer.add(row.number, [values[position] for position in self._positions])


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
