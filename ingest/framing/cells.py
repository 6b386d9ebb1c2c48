"""What a workbook's sheet holds that a table of values does not show.

Guarantees: a merged range, a cell with an error and a formula that was never computed are found
where they lie, so that none is taken for a blank value. Rows and columns count from 0.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Final

from openpyxl import load_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from python_calamine import CalamineSheet

_SUSPECT: Final = re.compile(rb"""<f[ >/]|\st=["']e["']""")
_CHUNK: Final = 1 << 20
_LONGEST: Final = 16
"""Bytes that a match may reach over the end of a chunk."""


def merged_rows(sheet: CalamineSheet) -> frozenset[int]:
    """Rows that a merged range touches."""
    ranges = sheet.merged_cell_ranges or []
    return frozenset(row for (first, _), (last, _) in ranges for row in range(first, last + 1))


def may_hide_values(path: Path) -> bool:
    """Whether any sheet holds a formula or an error: a cheap look before a thorough one."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.filename.startswith("xl/worksheets/"):
                continue
            tail = b""
            with archive.open(member) as part:
                while chunk := part.read(_CHUNK):
                    if _SUSPECT.search(tail + chunk):
                        return True
                    tail = chunk[-_LONGEST:]
    return False


def hidden_values(path: Path, sheet: str) -> dict[int, tuple[int, str]]:
    """Rows with an error, or a formula without a stored value: the first column, and what it is."""
    found: dict[int, tuple[int, str]] = {}
    written = load_workbook(path, read_only=True)
    values = load_workbook(path, read_only=True, data_only=True)
    try:
        rows = zip(written[sheet].iter_rows(), values[sheet].iter_rows(), strict=True)
        for number, (formulas, stored) in enumerate(rows):
            for column, (cell, value) in enumerate(zip(formulas, stored, strict=False)):
                if value.data_type == "e":
                    found.setdefault(number, (column, "an error"))
                elif cell.data_type == "f" and value.value is None:
                    found.setdefault(number, (column, "a formula without a stored value"))
    finally:
        written.close()
        values.close()
    return found
