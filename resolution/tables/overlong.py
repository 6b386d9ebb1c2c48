"""Lines of a CSV file that hold more values than its header: a separator in a name, unquoted.

Guarantees: a file is only refused for lines that say something beyond the header's last cell; cells
that are empty there, and lines of fewer cells, are none. Nothing of a line is told but its number.
"""

from __future__ import annotations

import csv
import gzip
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import duckdb

from resolution.tables.errors import BadTable
from resolution.tables.head import LOOKED_AT, find_head

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_SNIFF: Final = """
SELECT Delimiter, Quote, Escape
FROM sniff_csv($path, header = false, all_varchar = true, null_padding = true)
"""
_NONE: Final = "(empty)"


def refuse_overlong(con: duckdb.DuckDBPyConnection, path: Path, source: Path) -> None:
    """Raises BadTable where ``source``, the file of ``path`` in UTF-8, has such lines. Reads
    line by line: only for a file of which something says that it may have some."""
    opened = gzip.open if source.name.lower().endswith(".gz") else open
    try:
        dialect = _dialect(con, source)
        with opened(source, "rt", encoding="utf-8-sig", newline="") as file:
            first, count = _overlong(file, dialect)
    except (duckdb.Error, csv.Error, TypeError):
        # The reader's own complaint, if it has one, is the better one.
        return
    if first is not None:
        lines = "is the only such line" if count == 1 else f"is the first of {count:,} such lines"
        raise BadTable(
            f"{path}, line {first}: holds more values than the header names columns, and {lines}; "
            'quote the values that hold the separator ("Lee, Ann"), write the table with another '
            "separator, or name every column in the header"
        )


def _dialect(con: duckdb.DuckDBPyConnection, source: Path) -> dict[str, Any]:
    [(delimiter, quote, escape)] = con.execute(_SNIFF, {"path": str(source)}).fetchall()
    if quote == _NONE:
        # Without quotes in the rows looked at, those below may still have some.
        quote = '"'
    own = escape not in (_NONE, quote)
    return {
        "delimiter": delimiter,
        "quotechar": quote,
        "doublequote": not own,
        "escapechar": escape if own else None,
    }


def _records(file: TextIO, dialect: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, each with the number that it begins at."""
    reader = csv.reader(file, **dialect)
    begins = 1
    for row in reader:
        if row:
            yield begins, row
        begins = reader.line_num + 1


def _overlong(file: TextIO, dialect: dict[str, Any]) -> tuple[int | None, int]:
    """The first line of more values than the header, and how many there are."""
    records = _records(file, dialect)
    top = list(islice(records, LOOKED_AT))
    head = find_head([[cell or None for cell in row] for _, row in top])
    if not head.has_header:
        return None, 0
    width = len(top[head.rows_above][1]) if top else 0
    first, count = None, 0
    for number, row in chain(top[head.rows_above + 1 :], records):
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            first = first or number
            count += 1
    return first, count
