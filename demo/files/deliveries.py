"""How a feed of changes arrives: a file a year, then smaller ones with what was late or wrong.

Guarantees: after all deliveries of a year, in the order of their names, every row has been sent and
the last version of each is its final one. A row that was changed or sent again appears more than
once; the final versions alone are what the truth is about.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from demo.chance import Bools, Ints, Texts, texts
from demo.files.writing import year_of
from demo.settings import as_date, days

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UPDATE_MONTHS: Final = (1, 4, 9)
"""Months of the following year in which updates to a year are sent."""
LATE: Final = 0.02
"""Share of rows that miss their year's file, where an update can still bring them."""
WRONG_AT_FIRST: Final = 0.04
SENT_TWICE: Final = 0.015
"""Share of rows that stand on two lines of one file."""
MISTYPED: Final = 0.02
"""Share of rows that first stand on a line that no contract can accept."""
MISTAKEN: Final = 0.008
"""Rows that are entered by mistake and withdrawn later, as a share of the others."""
OVERLAP: Final = 0.01
"""Share of a year's rows that an update repeats although nothing changed."""

Columns = dict[str, Texts]


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Rows that should never have been: ``sent`` with their year, then ``taken_back``."""

    sent: Columns
    taken_back: Columns
    known: Ints


def mistakes(
    columns: Columns, known: Ints, key: str, status: str, withdrawn: str, rng: np.random.Generator
) -> Mistakes:
    """Some rows under a number that nothing else has; the agency withdraws them by ``status``."""
    rows = some_rows(len(known), rng)
    sent = {name: values[rows].copy() for name, values in columns.items()}
    sent[key] = texts([void(str(value)) for value in sent[key]])
    return Mistakes(sent, {**sent, status: texts([withdrawn] * len(rows))}, known[rows])


def some_rows(count: int, rng: np.random.Generator) -> Ints:
    """The rows of which a copy was entered by mistake: at least one of a feed."""
    return np.sort(rng.permutation(count)[: max(1, round(MISTAKEN * count))])


def void(number: str) -> str:
    """A number of the agency's form that it gives to nothing else: ``SIG-2025-X0012``."""
    return f"{number[:-5]}X{number[-4:]}"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's rows in their final version and in file order.

    ``known`` is the day on which the agency wrote each row down and decides its year; ``changed``
    the day on which a later event (an exit, a release) completed it, -1 for none, and ``before``
    what those columns held until then; ``wrong`` gives columns in which a row may have been wrong
    at first, with what was written then.
    """

    columns: Columns
    known: Ints
    changed: Ints | None = None
    before: dict[str, Any] = field(default_factory=dict)
    wrong: Columns = field(default_factory=dict)
    mistyped: dict[str, str] = field(default_factory=dict)
    """Columns with what a slip of the hand leaves in them: no date, no number, no known word."""
    mistakes: Mistakes | None = None


def deliver(
    feed: Feed,
    folder: Path,
    stem: str,
    ending: str,
    write: Callable[[Path, Columns], object],
    rng: np.random.Generator,
    last_day: int,
) -> None:
    """Write every year's file and its updates; the first year's file is also sent a second time."""
    n = len(feed.known)
    year = year_of(feed.known)
    changed = np.full(n, -1, dtype=np.int64) if feed.changed is None else feed.changed
    early = np.array([days(date(y + 1, UPDATE_MONTHS[0], 20)) for y in year.tolist()])
    several = early <= last_day
    late = (rng.random(n) < LATE) & several
    mistaken = (rng.random(n) < WRONG_AT_FIRST) & bool(feed.wrong)
    which = (rng.random(n) * np.where(several, len(UPDATE_MONTHS), 1)).astype(np.int64)
    again = rng.random(n) < SENT_TWICE
    repeated = rng.random(n) < OVERLAP
    mistyped = (rng.random(n) < MISTYPED) & bool(feed.mistyped)
    for number, each in enumerate(np.unique(year).tolist()):
        closes = days(date(each, 12, 31))
        open_then = (changed > closes) & (changed <= last_day)
        mine = year == each
        if not again[mine & ~late].any():
            again[np.flatnonzero(mine & ~late)[:1]] = True
        first = folder / f"{stem}_{each}{ending}"
        rows = np.flatnonzero(mine & ~late)
        lines = _lines(feed, rows, open_then, mistaken, again)
        lines = _with_slips(feed, lines, np.flatnonzero(mistyped[rows]))
        write(first, _with(lines, feed, each, "sent"))
        if number == 0:
            shutil.copyfile(first, folder / f"{stem}_{each}_resent{ending}")
        since = closes
        for turn, sent in enumerate(_updates(each, last_day)):
            corrected = (which == turn) & (late | mistaken | repeated)
            ended = open_then & (changed > since) & (changed <= sent)
            rows = np.flatnonzero(mine & (corrected | ended))
            since = sent
            takes_back = turn == 0 and _mistaken_in(feed, each).any()
            if len(rows) or takes_back:
                path = folder / f"{stem}_{each}_update_{as_date(sent):%Y-%m}{ending}"
                still_open = open_then & (changed > sent)
                lines = _lines(feed, rows, still_open, mistaken & (which > turn), None)
                write(path, _with(lines, feed, each, "taken_back") if takes_back else lines)


def _mistaken_in(feed: Feed, year: int) -> Bools:
    if feed.mistakes is None:
        return np.zeros(0, dtype=bool)
    found: Bools = year_of(feed.mistakes.known) == year
    return found


def _with(lines: Columns, feed: Feed, year: int, what: Literal["sent", "taken_back"]) -> Columns:
    """The lines, and after them the year's mistakes."""
    if feed.mistakes is None:
        return lines
    mine = _mistaken_in(feed, year)
    more: Columns = getattr(feed.mistakes, what)
    return {name: np.concatenate([values, more[name][mine]]) for name, values in lines.items()}


def _updates(year: int, last_day: int) -> list[int]:
    """The days on which updates to a year's file are sent; the last one lies at the world's end."""
    sent = [days(date(year + 1, month, 20)) for month in UPDATE_MONTHS]
    # Those of the last year come when the data were collected, soon after the world's end.
    in_time = [day for day in sent if day <= last_day]
    return [*in_time, last_day] if in_time else sent[:1]


def _with_slips(feed: Feed, lines: Columns, slips: Ints) -> Columns:
    """The lines, those with a slip of the hand before the lines that put them right."""
    made = {}
    for name, values in lines.items():
        wrong = values[slips].copy()
        if name in feed.mistyped:
            wrong[:] = feed.mistyped[name]
        made[name] = np.insert(values, slips, wrong)
    return made


def _lines(
    feed: Feed,
    rows: Ints,
    still_open: Bools,
    mistaken: Bools,
    again: Bools | None,
) -> Columns:
    """The rows as known at a time; some stand a second time at the end of the file."""
    if again is not None:
        rows = np.concatenate([rows, rows[again[rows]]])
    columns = {name: values[rows].copy() for name, values in feed.columns.items()}
    for name, value in feed.before.items():
        columns[name][still_open[rows]] = value
    for name, values in feed.wrong.items():
        columns[name][mistaken[rows]] = values[rows][mistaken[rows]]
    return columns
