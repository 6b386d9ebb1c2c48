"""The parts of a workbook (Office Open XML) that its sheets' rows refer to.

Guarantees: a part that is missing, cut, encrypted, twice there or larger than workbooks are is one
refusal; texts that cells share are held as bytes, within a bound, and nothing else grows with the
file.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import zipfile
import zlib
from array import array
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from ingest.errors import Unreadable
from ingest.framing.lines import MAX_LINE_BYTES
from ingest.framing.xml_rows import (
    MAX_ROWS,
    NotASheet,
    local,
    parse,
    read_rows,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType
    from xml.parsers import expat

    from numpy.typing import NDArray

    from ingest.framing.xml_rows import SheetRow

MAX_UNPACKED_BYTES: Final = 1 << 30
MAX_SHARED_BYTES: Final = 256 << 20
"""Of the part that holds the texts that cells share: they are held in memory."""
MAX_SMALL_BYTES: Final = 16 << 20
"""Of every part that describes the workbook."""
_EXPECTED: Final = "expected an Excel workbook (.xlsx)"
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
    NotASheet, lzma.LZMAError, KeyError, IndexError, UnicodeDecodeError,
)  # fmt: skip
_MERGED: Final = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']\$?[A-Z]{1,3}\$?([0-9]{1,7})(?::\$?[A-Z]{1,3}\$?([0-9]{1,7}))?["']"""
)
_LONGEST_MERGE: Final = 512
_CHUNK: Final = 1 << 20


class Book:
    """An open workbook; a context manager that closes it. ``sheets`` are its names, in order."""

    def __init__(self, path: Path, file: str, *, whole: bool = False) -> None:
        """Raises Unreadable. With ``whole`` every part is read once and its checksum compared."""
        self._file = file
        if path.stat().st_size == 0:
            raise Unreadable(f"the file is empty; {_EXPECTED}", file=file)
        try:
            self._archive = zipfile.ZipFile(path)
            self._open(whole)
        except _BROKEN:
            raise self._broken() from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._archive.close()

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """The sheet's rows that have a cell. Raises Unreadable."""
        self._read_texts()
        try:
            with self._archive.open(self.sheets[sheet]) as part:
                yield from read_rows(part, self)
        except _BROKEN:
            raise Unreadable(f"sheet {sheet} cannot be read", file=self._file) from None

    def merged(self, sheet: str) -> NDArray[np.bool_]:
        """For each row number, whether a merged range touches it. Raises Unreadable.

        Merged ranges stand after the rows that they spoil, so they are looked for before.
        """
        changes = np.zeros(MAX_ROWS + 2, np.int64)
        try:
            with self._archive.open(self.sheets[sheet]) as part:
                tail = b""
                while chunk := part.read(_CHUNK):
                    data = tail + chunk
                    end = 0
                    for found in _MERGED.finditer(data):
                        end = found.end()
                        ends = [min(int(row), MAX_ROWS) for row in found.groups() if row]
                        changes[min(ends)] += 1
                        changes[max(ends) + 1] -= 1
                    tail = data[max(end, len(data) - _LONGEST_MERGE) :]
        except _BROKEN:
            raise Unreadable(f"sheet {sheet} cannot be read", file=self._file) from None
        touched: NDArray[np.bool_] = np.cumsum(changes) > 0
        return touched

    def text(self, number: str) -> str | None:
        """A text that cells share, by its number; None where there is none."""
        at = int(number[:9]) if number.isascii() and number.isdecimal() else len(self._ends)
        if at >= len(self._ends):
            return None
        start = self._ends[at - 1] if at else 0
        return self._shared[start : self._ends[at]].decode("utf-8") or None

    def shown_as(self, style: int) -> str | None:
        """``date`` or ``time`` (a span) where numbers of the style are shown so; else None."""
        return self._styles[style] if style < len(self._styles) else None

    def _open(self, whole: bool) -> None:
        members = [member for member in self._archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
            raise Unreadable("unpacks to more than 1 GiB; deliver CSV", file=self._file)
        self._sizes = {member.filename: member.file_size for member in members}
        if len(self._sizes) < len(members) or (whole and self._archive.testzip() is not None):
            raise self._broken()
        main = next(
            (target for kind, target in self._relations("") if kind == "officeDocument"),
            "xl/workbook.xml",
        )
        self.epoch: datetime = WINDOWS_EPOCH
        self._ends: array[int] = array("Q")
        self._shared = bytearray()
        self._texts_part: str | None = None
        self._styles: list[str | None] = []
        named: list[tuple[str, str]] = []

        def start(name: str, given: dict[str, str]) -> None:
            if local(name) == "sheet" and "name" in given:
                relation = next((given[key] for key in given if local(key) == "id"), "")
                named.append((given["name"], relation))
            elif local(name) == "workbookPr" and given.get("date1904") in ("1", "true"):
                self.epoch = MAC_EPOCH

        self._parse(main, start)
        targets: dict[str, str] = {}
        for kind, target in self._relations(main, targets):
            if kind == "sharedStrings":
                self._texts_part = target
            elif kind == "styles" and target in self._sizes:
                self._read_styles(target)
        if len({name.casefold() for name, _ in named}) < len(named):
            raise NotASheet
        self.sheets = {name: targets[number] for name, number in named if number in targets}

    def _relations(
        self, of: str, sheets: dict[str, str] | None = None
    ) -> Iterator[tuple[str, str]]:
        """Kind and target of what a part refers to; sheets by their id into ``sheets``."""
        folder, name = posixpath.split(of)
        part = posixpath.join(folder, "_rels", f"{name}.rels")
        found: list[tuple[str, str]] = []
        if part not in self._sizes:
            return iter(())

        def start(name: str, given: dict[str, str]) -> None:
            if local(name) != "Relationship" or given.get("TargetMode") == "External":
                return
            kind = given.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, given.get("Target", "")))[1:]
            found.append((kind, target))
            if sheets is not None and kind == "worksheet":
                sheets[given.get("Id", "")] = target

        self._parse(part, start)
        return iter(found)

    def _read_styles(self, part: str) -> None:
        formats: dict[str, str] = {str(key): code for key, code in BUILTIN_FORMATS.items()}
        within: list[str] = []

        def start(name: str, given: dict[str, str]) -> None:
            within.append(local(name))
            if within[-1] == "numFmt":
                formats[given.get("numFmtId", "")] = given.get("formatCode", "")
            elif within[-2:] == ["cellXfs", "xf"]:
                self._styles.append(_shown(formats.get(given.get("numFmtId", "0"), "")))

        def end(_name: str) -> None:
            within.pop()

        self._parse(part, start, end)

    def _read_texts(self) -> None:
        if self._texts_part is None or self._ends:
            return
        if self._sizes.get(self._texts_part, 0) > MAX_SHARED_BYTES:
            raise Unreadable("holds too much text for a workbook; deliver CSV", file=self._file)
        pieces: list[str] = []
        aside = size = 0
        reading = False

        def start(name: str, _given: dict[str, str]) -> None:
            nonlocal reading, aside
            name = local(name)
            aside += name == "rPh"
            reading = name == "t" and not aside

        def end(name: str) -> None:
            nonlocal reading, aside, size
            name = local(name)
            reading = False
            aside -= name == "rPh" and aside > 0
            if name == "si":
                self._shared += unescaped("".join(pieces)).strip().encode("utf-8")
                self._ends.append(len(self._shared))
                pieces.clear()
                size = 0

        def text(data: str) -> None:
            nonlocal size
            if reading:
                size += len(data)
                if size > MAX_LINE_BYTES:
                    raise NotASheet
                pieces.append(data)

        try:
            self._parse(self._texts_part, start, end, text, MAX_SHARED_BYTES)
        except _BROKEN:
            raise self._broken() from None

    def _parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
        most: int = MAX_SMALL_BYTES,
    ) -> None:
        if self._sizes.get(part, 0) > most:
            raise NotASheet

        def attach(parser: expat.XMLParserType) -> None:
            parser.StartElementHandler = start
            parser.EndElementHandler = end
            parser.CharacterDataHandler = text

        with self._archive.open(part) as stream:
            for _ in parse(stream, attach):
                pass

    def _broken(self) -> Unreadable:
        return Unreadable(f"is corrupt or not a workbook; {_EXPECTED}", file=self._file)


def _shown(code: str) -> str | None:
    if is_timedelta_format(code):
        return "time"
    return "date" if is_date_format(code) else None
