"""Where the header of a table is: below a title, in the first row, or nowhere.

Guarantees: only rows above the header are passed over; where nothing says that the first row is a
row like the others, it is the header. Rows are looked at by what their cells say, see headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from resolution.tables.headers import SAID, said_by

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKED_AT: Final = 30
"""Rows from the top."""

_VALUE: Final = re.compile(
    r"\S+@\S+\.\S+"  # an e-mail address
    r"|\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}([T ].*)?"  # a date in figures
    r"|\d{1,2}[- ]?[^\W\d_]{3,9}[- ]?\d{2,4}"  # a date with its month in letters
    r"|[-+()./ \d]{5,}"  # a telephone, a ZIP code, an identifier; a year can be a header
)


@dataclass(frozen=True, slots=True)
class Head:
    """``rows_above``: titles and empty rows before the first that counts; ``has_header``: whether
    that one names the columns."""

    rows_above: int
    has_header: bool


def _filled(row: Sequence[str | None]) -> int:
    return sum(bool(cell and cell.strip()) for cell in row)


def fields_said(row: Sequence[str | None]) -> int:
    """How many fields the cells name. A cell with a figure is rather an address than a header."""
    fields = set()
    for cell in row:
        if cell and not any(sign.isdigit() for sign in cell):
            said = said_by(cell)
            field = next((field for field, pattern in SAID if pattern.search(said)), None)
            fields.add(field)
    return len(fields - {None})


def find_head(rows: Sequence[Sequence[str | None]]) -> Head:
    """``rows``: the table's first rows (LOOKED_AT of them), cells as text."""
    width = max((_filled(row) for row in rows), default=0)
    # A title stands alone in its row.
    above = next((n for n, row in enumerate(rows) if _filled(row) >= min(2, width)), 0)
    if not rows:
        return Head(0, True)
    said = fields_said(rows[above])
    values = sum(bool(cell and _VALUE.fullmatch(cell.strip())) for cell in rows[above])
    if said == 0:
        named = next((n for n, row in enumerate(rows) if n > above and fields_said(row) >= 2), None)
        if named is not None:
            return Head(named, True)
    return Head(above, values <= said)
