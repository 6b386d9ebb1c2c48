"""Tables as CSV downloads.

Guarantees: a cell never begins a spreadsheet formula: text that would is led by an apostrophe
(OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from flask import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table as CSV; None is an empty cell, a list its items between semicolons."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def csv_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The table as the file ``name``.csv, not to be cached."""
    return Response(
        csv_text(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _cell("; ".join(str(item) for item in value))
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
