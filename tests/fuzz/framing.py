"""Bytes of any kind through the readers of files: they are read or refused, and nothing else.

Guarantees: a target returns, or raises AssertionError (a line or row whose fate is not told, a
value that is not the written one, a file outside its folder) or an error that is no IngestError.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ingest.archives import unpack
from ingest.contracts.columns import ColumnContract
from ingest.contracts.feeds import FileContract, Format
from ingest.errors import IngestError
from ingest.framing.delimited import BLOCK_BYTES, frame_delimited
from ingest.framing.jsonlines import frame_json_lines
from ingest.framing.parquet import frame_parquet
from ingest.framing.rows import LINE
from ingest.framing.workbook import frame_sheet, sheet_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.framing.rows import Framed

    Frame = Callable[..., Framed]

Row = tuple[int, tuple[str | None, ...]]

COLUMNS: Final = FileContract(
    kind="rows",
    columns={"a": ColumnContract(), "b": ColumnContract(optional=True)},
    repeated=("a",),
    unused=("no use",),
)
RUNNING_ON: Final = COLUMNS.model_copy(update={"multiline": True})
PATHS: Final = FileContract(
    kind="rows",
    format=Format.JSONL,
    columns={"a": ColumnContract(), "b": ColumnContract(header="b.c", optional=True)},
)
PARQUET: Final = COLUMNS.model_copy(update={"format": Format.PARQUET, "repeated": ()})
SHEET: Final = COLUMNS.model_copy(update={"format": Format.XLSX, "sheet": "S", "repeated": ()})

PART: Final = b"\n--part--\n"
"""Between the parts of a workbook that is made from them."""
_MAIN: Final = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE: Final = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NO_STRINGS: Final = b"<sst " + _MAIN + b"><si><t>a</t></si><si><t>b</t></si></sst>"
_NO_STYLES: Final = (
    b"<styleSheet " + _MAIN + b'><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    b"</styleSheet>"
)
_BOOK: Final = (
    b"<workbook " + _MAIN + b' xmlns:r="' + _OFFICE + b'"><sheets>'
    b'<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_RELATIONS: Final = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="' + _OFFICE + b'/worksheet" Target="worksheets/sheet1.xml"/>'
    b'<Relationship Id="rId2" Type="' + _OFFICE + b'/styles" Target="styles.xml"/>'
    b'<Relationship Id="rId3" Type="'
    + _OFFICE
    + b'/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)


def delimited(data: bytes) -> None:
    """A CSV file; its first byte says how long blocks are and whether quotes may run on."""
    if not data:
        return
    contract = RUNNING_ON if data[0] & 1 else COLUMNS
    body = data[1:]
    by_line = _framed(frame_delimited, contract, body, block_bytes=None)
    assert _framed(frame_delimited, contract, body, block_bytes=1 + (data[0] >> 1)) == by_line
    assert _framed(frame_delimited, contract, body, block_bytes=BLOCK_BYTES) == by_line
    if by_line is None:
        return
    framed, rows = by_line
    physical = body.split(b"\n")
    if not physical[-1]:
        physical.pop()
    _every_line_has_a_fate(framed, rows, len(physical))
    if b'"' in body or b"\r" in body or contract.multiline:
        return
    header = next(line for line in physical if line.strip(b" \t\r\n\x0b\x0c\xef\xbb\xbf"))
    names = [" ".join(name.split()).casefold() for name in header.decode().lstrip("﻿").split(",")]
    places = [names.index(name) for name in framed.columns if name in names]
    for line, values in rows:
        written = physical[line - 1].decode().split(",")
        assert len(written) == len(names)
        if len(places) == len(framed.columns):
            assert [written[place] for place in places] == list(values)


def json_lines(data: bytes) -> None:
    """A file of JSON lines."""
    found = _framed(frame_json_lines, PATHS, data)
    if found is None:
        return
    framed, rows = found
    physical = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    _every_line_has_a_fate(framed, rows, len(physical) - (not physical[-1]))
    for line, (a, b) in rows:
        assert "\0" not in f"{a}{b}"
        said = json.loads(physical[line - 1])
        names = [name for name in said if " ".join(name.split()).strip("﻿").casefold() == "a"]
        if len(names) == 1 and isinstance(said[names[0]], str):
            assert a == said[names[0]]


def workbook(data: bytes) -> None:
    """A workbook, whole (from its ``PK``) or as its sheet, strings, styles and list of sheets."""
    if data.startswith(b"PK"):
        found = _framed(frame_sheet, SHEET, data, name="in.xlsx")
    else:
        given = data.split(PART, 3)
        found = _framed(
            frame_sheet, SHEET, b"", name="in.xlsx", make=lambda path: write_book(path, given)
        )
    if found is None:
        return
    framed, rows = found
    assert framed.lines.total == framed.lines.header + framed.lines.blank + len(rows) + len(
        framed.faults
    )
    lines = [line for line, _ in rows] + [fault.line for fault in framed.faults]
    assert len(set(lines)) == len(lines)
    assert all(1 < line <= 1_048_576 for line in lines)


def parquet(data: bytes) -> None:
    """A Parquet file."""
    found = _framed(frame_parquet, PARQUET, data)
    if found is not None:
        framed, rows = found
        assert framed.lines.total == len(rows) + len(framed.faults)


def archive(data: bytes) -> None:
    """A zip archive, or a gzip file where the first byte is odd."""
    if not data:
        return
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        outside = Path(name) / "a" / "b"
        outside.mkdir(parents=True)
        path = outside / ("in.gz" if data[0] & 1 else "in.zip")
        path.write_bytes(data[1:])
        try:
            found = list(unpack(path, outside / "unpacked"))
        except IngestError:
            found = []
        strange = [
            each
            for each in Path(name).rglob("*")
            if each.is_file() and each != path and outside / "unpacked" not in each.parents
        ]
        assert not strange, strange
        assert all(inner.is_file() and not inner.is_symlink() for _, inner in found)


def _every_line_has_a_fate(framed: Framed, rows: list[Row], physical: int) -> None:
    assert framed.lines.total == physical
    assert framed.lines.add_up
    assert framed.rows == len(rows)
    lines = [line for line, _ in rows] + [fault.line for fault in framed.faults]
    assert len(set(lines)) == len(lines)
    assert [line for line, _ in rows] == sorted(line for line, _ in rows)


def _framed(
    frame: Frame,
    contract: FileContract,
    data: bytes,
    *,
    name: str = "in",
    make: Callable[[Path], None] | None = None,
    **options: Any,
) -> tuple[Framed, list[Row]] | None:
    """What was framed and its rows; None where the file is refused."""
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        path, target = Path(folder) / name, Path(folder) / "out.parquet"
        if make is None:
            path.write_bytes(data)
        else:
            make(path)
        try:
            if contract.format is Format.XLSX:
                sheet_headers(path, path.name)
            framed = frame(path, path.name, contract, target, **options)
        except IngestError:
            return None
        table = pq.read_table(target)
        columns = [table.column(column).to_pylist() for column in framed.columns]
        rows = [
            (line, tuple(column[at] for column in columns))
            for at, line in enumerate(table.column(LINE).to_pylist())
        ]
        # Two passes write to two places.
        return replace(framed, path=Path()), rows


def write_book(path: Path, parts: list[bytes]) -> None:
    """A workbook of a sheet S, the texts it shares, styles and list of sheets, as far as given."""
    sheet, strings, styles, book = parts + [_NO_STRINGS, _NO_STYLES, _BOOK][len(parts) - 1 :]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("[Content_Types].xml", b"<Types/>")
        packed.writestr("xl/workbook.xml", book)
        packed.writestr("xl/_rels/workbook.xml.rels", _RELATIONS)
        packed.writestr("xl/worksheets/sheet1.xml", sheet)
        packed.writestr("xl/sharedStrings.xml", strings)
        packed.writestr("xl/styles.xml", styles)


def in_memory() -> str | None:
    """A folder in memory, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
