"""Lines of CSV to rows, one line or record at a time.

Guarantees: a line that cannot be framed is one fault, and the line after it is read as if nothing
had happened; every line taken is counted once, as blank, in a row or faulty.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from ingest.framing.lines import physical_fault
from ingest.framing.rows import Binding, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    class Source(Protocol):
        """Numbered lines that can be given back.

        ``closing`` takes the next lines up to the first with an odd number of quotes: what may
        end a value that was opened in a line before, of ``size`` bytes. None, and nothing taken,
        where a line on the way cannot be part of a row, or the record would be too long.
        """

        def take(self) -> tuple[int, bytes] | None: ...
        def give_back(self, lines: list[tuple[int, bytes]]) -> None: ...
        def closing(self, size: int) -> list[tuple[int, bytes]] | None: ...


class _One:
    """An iterator that the csv reader draws its next text from."""

    def __init__(self) -> None:
        self.text: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.text is None:
            raise StopIteration
        text, self.text = self.text, None
        return text


class LineFraming:
    """The state of one file's pass, and what becomes of a line by itself."""

    def __init__(self, width: int, multiline: bool, binding: Binding) -> None:
        self.width = width
        self.binding = binding
        self._multiline = multiline
        self._positions = tuple(binding.columns.values())
        self._box = _One()
        self._reader = csv.reader(self._box, strict=True)
        self.blank = 0
        self.rows = 0
        self.in_rows = 0
        self.faulty = 0
        self.faults: list[Fault] = []
        self.undeclared: dict[str, int] = {name: 0 for name, _ in binding.undeclared}

    @property
    def wanted(self) -> list[int]:
        """The positions that are read at all."""
        used = {*self._positions, *(position for _, position in self.binding.undeclared)}
        used.update(position for _, *both in self.binding.equal for position in both)
        return sorted(used)

    def differs(self, number: int, column: str, lines: int = 1) -> None:
        """A column that comes twice has two values."""
        self._fault(number, column, "the column comes twice with different values", lines)

    def step(self, lines: Source, keep: Callable[[int, list[str]], None]) -> bool:
        """Frame the next line, or the record that starts there; whether there was one."""
        line = lines.take()
        if line is None:
            return False
        number, raw = line
        if not raw.strip():
            self.blank += 1
            return True
        reason = physical_fault(raw)
        if reason is None and raw.count(b'"') % 2:
            reason = self._run_on(number, raw, lines, keep)
            if reason is None:
                return True
        elif reason is None:
            values, reason = self._parse(raw)
            if values is not None:
                self._keep(number, values, 1, keep)
                return True
        self._fault(number, None, reason or "cannot be framed")
        return True

    def _run_on(
        self, number: int, raw: bytes, lines: Source, keep: Callable[[int, list[str]], None]
    ) -> str | None:
        """Try a record over several lines; None when it was kept."""
        open_quote = "a quote is not closed, or a quote is not doubled inside quotes"
        if not self._multiline:
            return open_quote
        taken = lines.closing(len(raw))
        if taken is None:
            return open_quote
        values, _ = self._parse(b"".join((raw, *(line for _, line in taken))))
        if values is not None:
            self._keep(number, values, 1 + len(taken), keep)
            return None
        lines.give_back(taken)
        return open_quote

    def _parse(self, raw: bytes) -> tuple[list[str] | None, str | None]:
        try:
            self._box.text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return None, "is not UTF-8 text"
        try:
            values = next(self._reader)
        except (csv.Error, StopIteration):
            self._box.text = None
            self._reader = csv.reader(self._box, strict=True)
            return None, "quotes are not in CSV form: expected a comma or line end after a quote"
        if len(values) != self.width:
            return None, f"has {len(values)} values where the header has {self.width}"
        return values, None

    def _keep(
        self,
        number: int,
        values: list[str],
        lines: int,
        keep: Callable[[int, list[str]], None],
    ) -> None:
        for column, first, second in self.binding.equal:
            if values[first] != values[second]:
                self.differs(number, column, lines)
                return
        for name, position in self.binding.undeclared:
            if values[position]:
                self.undeclared[name] += 1
        keep(number, [values[position] for position in self._positions])
        self.rows += 1
        self.in_rows += lines

    def _fault(self, number: int, field: str | None, reason: str, lines: int = 1) -> None:
        self.faults.append(Fault(number, field, reason))
        self.faulty += lines
