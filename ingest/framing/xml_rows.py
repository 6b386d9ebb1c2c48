"""The rows of a sheet's XML, one at a time.

Guarantees: memory follows a row, not the sheet and not its outermost cell; a row's number is the
one that Excel shows; a row of which a value cannot be told (an error, a formula that was never
computed, text without end, a cell that comes twice) says so instead of leaving it out.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from openpyxl.utils.datetime import from_excel

from ingest.framing.lines import MAX_LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from ingest.framing.book import Book

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
MAX_TOKEN_BYTES: Final = 4 << 20
"""A tag with its attributes, or a comment: expat holds one as a whole."""
_CHUNK: Final = 1 << 16
_PLACE: Final = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")
_WHOLE: Final = re.compile("-?[0-9]+")
_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")


class NotASheet(ValueError):
    """The XML is not in form. Its message names no content."""


@dataclass(slots=True)
class SheetRow:
    """A row's number from 1, its values as text from column A on, and why they do not count."""

    number: int
    values: list[str | None] = field(default_factory=list)
    fault: str | None = None


def parse(part: IO[bytes], handle: Callable[[expat.XMLParserType], None]) -> Iterator[None]:
    """Feed a part to a parser that ``handle`` has prepared, piece by piece.

    Raises NotASheet for what is no XML, declares a document type, or has a tag without end.
    """
    # Not what the part says of itself: merged cells are looked for in its bytes.
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_document_type
    handle(parser)
    fed = 0
    try:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > MAX_TOKEN_BYTES:
                raise NotASheet
            yield
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise NotASheet from None
    yield


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name[name.find(":") + 1 :]


def column_of(letters: str) -> int:
    """A column's place from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def unescaped(text: str) -> str:
    """Text as Excel shows it: ``_x000D_`` stands for a sign that XML cannot hold."""
    return _ESCAPED.sub(_sign, text) if "_x" in text else text


def read_rows(part: IO[bytes], book: Book) -> Iterator[SheetRow]:
    """Rows with a cell in rising order. Raises NotASheet."""
    reader = _Reader(book)
    for _ in parse(part, reader.attach):
        while reader.done:
            yield reader.done.popleft()


class _Reader:
    """The state between two events of the parser."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.done: deque[SheetRow] = deque()
        self._row: SheetRow | None = None
        self._last = 0
        self._column = -1
        self._size = 0
        self._kind = "n"
        self._style = 0
        self._is_formula = False
        self._has_value = False
        self._texts: list[str] | None = None
        self._value: list[str] = []
        self._aside = 0

    def attach(self, parser: expat.XMLParserType) -> None:
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _start(self, name: str, given: dict[str, str]) -> None:
        name = local(name)
        if self._row is None:
            if name == "row":
                self._begin_row(given)
            return
        if name == "c":
            self._begin_cell(given)
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._aside += 1
        elif name in ("v", "t") and not self._aside:
            self._has_value = True
            self._texts = self._value

    def _text(self, text: str) -> None:
        if self._texts is not None:
            self._size += len(text)
            if self._size <= MAX_LINE_BYTES:
                self._texts.append(text)

    def _end(self, name: str) -> None:
        name = local(name)
        if self._row is None:
            return
        if name in ("v", "t"):
            self._texts = None
        elif name == "rPh":
            self._aside = max(0, self._aside - 1)
        elif name == "c":
            self._end_cell(self._row)
        elif name == "row":
            if self._size > MAX_LINE_BYTES:
                self._row.fault = f"is longer than {MAX_LINE_BYTES} bytes"
            self.done.append(self._row)
            self._row = None

    def _begin_row(self, given: dict[str, str]) -> None:
        written = given.get("r")
        if written is not None and not (written.isascii() and written.isdecimal()):
            raise NotASheet
        number = self._last + 1 if written is None else int(written[:9])
        if not self._last < number <= MAX_ROWS:
            raise NotASheet
        self._last = number
        self._row = SheetRow(number)
        self._column = -1
        self._size = 0
        self._aside = 0

    def _begin_cell(self, given: dict[str, str]) -> None:
        written = given.get("r")
        if written is None:
            self._column += 1
        else:
            place = _PLACE.fullmatch(written)
            if place is None or int(place[2]) != self._last:
                raise NotASheet
            self._column = column_of(place[1])
        if self._column >= MAX_COLUMNS:
            raise NotASheet
        style = given.get("s", "0")
        self._style = int(style) if style.isascii() and style.isdecimal() else 0
        self._kind = given.get("t", "n")
        self._is_formula = self._has_value = False
        self._value = []

    def _end_cell(self, row: SheetRow) -> None:
        text = "".join(self._value)
        if self._kind == "e":
            self._wrong(row, "an error")
        elif self._is_formula and not (text or (self._kind == "str" and self._has_value)):
            self._wrong(row, "a formula without a stored value")
        elif not self._has_value or not text:
            return
        value = self._read(row, text)
        if value is None:
            return
        missing = self._column + 1 - len(row.values)
        if missing > 0:
            row.values.extend([None] * missing)
        elif row.values[self._column] is not None:
            self._wrong(row, "two values")
        row.values[self._column] = value

    def _read(self, row: SheetRow, text: str) -> str | None:
        match self._kind:
            case "s":
                found = self._book.text(text)
                if found is None:
                    self._wrong(row, "a text that the workbook lacks")
                return found
            case "b":
                return "true" if text.strip() == "1" else "false"
            case "n":
                return self._number(text.strip())
            case "d":
                try:
                    return as_text(datetime.fromisoformat(text.strip()))
                except ValueError:
                    return text.strip() or None
            case _:
                return unescaped(text).strip() or None

    def _number(self, text: str) -> str | None:
        shown = self._book.shown_as(self._style)
        if shown is None and _WHOLE.fullmatch(text):
            return text
        try:
            number = float(text)
            if shown is not None:
                return as_text(from_excel(number, self._book.epoch, timedelta=shown == "time"))
            return str(int(number)) if number.is_integer() else str(number)
        except (ValueError, OverflowError):
            # The type that its contract declares decides.
            return text or None

    def _wrong(self, row: SheetRow, what: str) -> None:
        row.fault = row.fault or (
            f"holds {what} in column {self._column + 1}, expected a value: save the workbook in a "
            "spreadsheet program, or export values"
        )


def as_text(value: object) -> str:
    """A day without its midnight, a time, or a span in seconds."""
    match value:
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value.total_seconds())
        case _:
            return str(value)


def _sign(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return sign if sign in "\t\n\r" or sign.isprintable() else found[0]


def _no_document_type(*_: object) -> None:
    raise NotASheet
