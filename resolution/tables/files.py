"""The table in a file: CSV in any usual encoding, Parquet, JSON lines or an Excel sheet.

Guarantees: every row after the header is kept, in the order of the file, every value as text; what
stands above the header (a title, Excel's "sep=;") is none; columns without a header are named
column0, column1 and so on. A file that cannot be read whole is refused, and what is said of it
holds none of its values.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ingest.errors import IngestError
from ingest.framing.book import Book
from resolution.tables.digits import ascii_digits
from resolution.tables.errors import BadTable
from resolution.tables.head import LOOKED_AT, Head, fields_said, find_head
from resolution.tables.overlong import refuse_overlong

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EXPECTED: Final = "expected CSV with a header line, Parquet, JSON lines or an Excel workbook"
_LINE: Final = re.compile(r"CSV Error on Line: (\d+)")
_DISK: Final = re.compile("No space left|File too large|Read-only file system|Permission denied")
MOST_SHEETS: Final = 8
"""That are named as not read."""
_CHUNK: Final = 1 << 20
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})


def read(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    number: int,
    scratch: Path,
    tell: Callable[[str], None] = lambda line: None,
) -> duckdb.DuckDBPyRelation:
    """The table of a file, every column as text, with ASCII digits. Makes the table
    ``read_<number>`` in ``con``, and ``read_<number>_digits`` where there were others.

    ``scratch``: a folder for what has to be written in another encoding first. ``tell`` is given
    what of the file was not read.
    Raises BadTable where there is none, or it cannot be read whole; OSError and duckdb.Error where
    the disk is full or closed.
    """
    if not path.is_file():
        raise BadTable(f"{path}: there is no such file")
    if not path.stat().st_size:
        raise BadTable(f"{path}: the file is empty; {_EXPECTED}")
    table = f"read_{number}"
    try:
        match path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]:
            case "parquet":
                made = _made(con.read_parquet(str(path)), con, table)
            case "json" | "jsonl" | "ndjson":
                made = _made(con.read_json(str(path)), con, table)
            case "xlsx" | "xlsm":
                made = _sheet(con, path, table, tell)
            case "xls" | "ods":
                raise BadTable(f"{path}: save the sheet as .xlsx or CSV first")
            case _:
                made = _csv(con, path, table, scratch)
    except (duckdb.Error, IngestError, OSError, EOFError, zlib.error, UnicodeError) as error:
        quotes = isinstance(error, duckdb.InvalidInputException)
        if getattr(error, "errno", None) or (not quotes and _DISK.search(str(error))):
            # The disk's trouble, not the table's, whose own lines may say the same.
            raise
        line = _LINE.search(str(error))
        raise BadTable(
            f"{path}{f', line {line[1]}' if line else ''}: cannot be read as a table; "
            f"{_EXPECTED}, as many values in each line as there are columns, and every quote closed"
        ) from None
    if not made.limit(1).fetchall():
        raise BadTable(f"{path}: holds no row after its header; {_EXPECTED}")
    texts = made.select(
        *(
            _text(column, str(kind)).alias(column)
            for column, kind in zip(made.columns, made.types, strict=True)
        )
    )
    return ascii_digits(con, texts, f"{table}_digits")


def _made(
    rows: duckdb.DuckDBPyRelation, con: duckdb.DuckDBPyConnection, table: str
) -> duckdb.DuckDBPyRelation:
    rows.create(table)
    return con.table(table)


def _text(column: str, kind: str) -> duckdb.Expression:
    text = ColumnExpression(column).cast(duckdb.type("VARCHAR"))
    if kind not in _FLOATS:
        return text
    # A ZIP code or a year beside missing ones is a number with a point in many writers.
    return FunctionExpression(
        "regexp_replace", text, ConstantExpression(r"\.0$"), ConstantExpression("")
    )


def _encoding(path: Path) -> str:
    """What the bytes are: by their mark, else UTF-8 where they can be, else Windows' Latin."""
    reader = gzip.open if path.name.lower().endswith(".gz") else open
    with reader(path, "rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if len(start) == 4 and start[1::2] == b"\0\0":
        return "utf-16-le"
    try:
        _rewrite(path, "utf-8", None)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _rewrite(path: Path, encoding: str, target: Path | None) -> None:
    """Decode, and write as UTF-8 where there is a ``target``."""
    errors = "strict" if encoding.startswith("utf") else "replace"
    reader = gzip.open if path.name.lower().endswith(".gz") else open
    with reader(path, "rt", encoding=encoding, errors=errors, newline="") as file:
        if target is None:
            while file.read(_CHUNK):
                pass
            return
        with target.open("w", encoding="utf-8", newline="") as out:
            while part := file.read(_CHUNK):
                out.write(part.replace("\0", ""))


def _csv(
    con: duckdb.DuckDBPyConnection, path: Path, table: str, scratch: Path
) -> duckdb.DuckDBPyRelation:
    encoding = _encoding(path)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        source = path
        if encoding != "utf-8":
            source = Path(folder) / "table.csv"
            _rewrite(path, encoding, source)
        try:
            lines = _made(_read_csv(con, source, parallel=True), con, table)
        except duckdb.Error:
            # Lines of unequal length and line breaks in quotes are read one after another only.
            con.execute(f"DROP TABLE IF EXISTS {table}")
            try:
                lines = _made(_read_csv(con, source, parallel=False), con, table)
            except duckdb.InvalidInputException:
                refuse_overlong(con, path, source)
                # Quotes that begin below the rows that the reader looks at are none to it.
                con.execute(f"DROP TABLE IF EXISTS {table}")
                lines = _made(_read_csv(con, source, parallel=False, quote='"'), con, table)
        first = lines.limit(LOOKED_AT).fetchall()
        head = find_head(first)
        below = lines.filter(
            ColumnExpression("rowid") >= ConstantExpression(head.rows_above + head.has_header)
        )
        header = _header(first, head, len(lines.columns))
        # DuckDB pads the header of a table whose widest line is wider.
        unnamed = lines.columns[max((n for n, name in enumerate(header, 1) if name), default=0) :]
        if head.has_header and _say_something(below, unnamed):
            refuse_overlong(con, path, source)
    return below.select(
        *(
            ColumnExpression(column).alias(name)
            for column, name in zip(lines.columns, _names(header), strict=True)
        )
    )


def _say_something(rows: duckdb.DuckDBPyRelation, columns: Sequence[str]) -> bool:
    """Whether any of the columns does, in any row."""
    counts = [FunctionExpression("count", ColumnExpression(column)) for column in columns]
    return bool(counts) and any(rows.aggregate(counts).fetchall()[0])


def _header(rows: Sequence[Sequence[str | None]], head: Head, width: int) -> list[str]:
    written = rows[head.rows_above] if rows and head.has_header else []
    return [value or "" for value in [*written, *[None] * (width - len(written))]]


def _read_csv(
    con: duckdb.DuckDBPyConnection, path: Path, *, parallel: bool, quote: str | None = None
) -> duckdb.DuckDBPyRelation:
    return con.read_csv(
        str(path),
        quotechar=quote,
        header=False,
        all_varchar=True,
        null_padding=True,
        parallel=parallel,
    )


def _sheet(
    con: duckdb.DuckDBPyConnection, path: Path, table: str, tell: Callable[[str], None]
) -> duckdb.DuckDBPyRelation:
    """The sheet whose first rows name the most fields; of those that name as many, the one of most
    cells there, then the first. The sheets that are passed over are told."""
    with Book(path, path.name) as book:
        ranked = []
        for number, sheet in enumerate(book.sheets):
            first = _first_rows(book, sheet)
            if first:
                head = find_head(first)
                said = fields_said(first[head.rows_above]) if head.has_header else 0
                below = first[head.rows_above + head.has_header :]
                cells = sum(bool(cell) for row in below for cell in row)
                ranked.append((-said, -cells, number, sheet))
        if not ranked:
            raise BadTable(f"{path}: no sheet holds a table; {_EXPECTED}")
        chosen = min(ranked)[3]
        passed = [sheet for *_, sheet in ranked if sheet != chosen]
        if passed:
            names = ", ".join(passed[:MOST_SHEETS]) + (", ..." if passed[MOST_SHEETS:] else "")
            tell(
                f"{path}: sheet {chosen} was read; not read: {names}. If one of these holds "
                "people, save it as a file of its own and give both"
            )
        return _rows_of(con, path, book, chosen, table)


def _first_rows(book: Book, sheet: str) -> list[list[str | None]]:
    rows = (row.values for row in book.rows(sheet))
    return [row for row in islice(rows, LOOKED_AT) if any(row)]


def _rows_of(
    con: duckdb.DuckDBPyConnection, path: Path, book: Book, sheet: str, table: str
) -> duckdb.DuckDBPyRelation:
    rows = (row.values for row in book.rows(sheet))
    first = [row for row in islice(rows, LOOKED_AT) if any(row)]
    head = find_head(first)
    width = 0 if head.has_header else max(len(row) for row in first)
    names = _names(_header(first, head, width))
    columns: list[list[str | None]] = [[] for _ in names]
    for row in chain(first[head.rows_above + head.has_header :], rows):
        if any(row[len(names) :]):
            raise BadTable(f"{path}, sheet {sheet}: a row has more values than the header")
        if any(row):
            for column, value in zip(columns, row + [None] * len(names), strict=False):
                column.append(value or None)
    texts = [pa.array(column, pa.string()) for column in columns]
    con.register("sheet", pa.table(texts, names=names))
    made = _made(con.table("sheet"), con, table)
    con.unregister("sheet")
    return made


def _names(header: list[str]) -> list[str]:
    """Each once, and none empty: as DuckDB names the columns of CSV."""
    names: list[str] = []
    taken: set[str] = set()
    for number, written in enumerate(header):
        name = plain = written.strip() or f"column{number}"
        again = 1
        while name.casefold() in taken:
            name, again = f"{plain}_{again}", again + 1
        taken.add(name.casefold())
        names.append(name)
    return names
