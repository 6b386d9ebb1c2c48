"""Writing text files so that equal content gives equal bytes."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.households import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from demo.chance import Ints, Texts


def write_csv(path: Path, columns: Mapping[str, Sequence[Any] | np.ndarray[Any, Any]]) -> int:
    """Write the columns under their names and return the number of rows; None is empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = [
        column.tolist() if isinstance(column, np.ndarray) else list(column)
        for column in columns.values()
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*values, strict=True))
    return len(values[0]) if values else 0


def iso(days: Ints) -> Texts:
    """ISO dates; '' for NEVER and for days before 1900."""
    return _dated(days, lambda text: text)


def american(days: Ints) -> Texts:
    """MM/DD/YYYY; '' as in ``iso``."""
    return _dated(days, lambda text: f"{text[5:7]}/{text[8:10]}/{text[:4]}")


def american_text(value: str) -> str:
    """An ISO date as MM/DD/YYYY; a bare year or '' stays as it is."""
    return f"{value[5:7]}/{value[8:10]}/{value[:4]}" if len(value) == 10 else value


def year_of(days: Ints) -> Ints:
    """The calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def sequence(group: Ints) -> Ints:
    """1, 2, ... within each group, in row order."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered, side="left")
    numbers = np.empty(len(group), dtype=np.int64)
    numbers[order] = np.arange(len(group)) - first + 1
    return numbers


def _dated(days: Ints, form: Any) -> Texts:
    made = np.full(len(days), "", dtype=object)
    known = np.flatnonzero((days < NEVER) & (days > -25567))
    if len(known):
        written = np.datetime_as_string(days[known].astype("datetime64[D]"))
        made[known] = [form(text) for text in written.tolist()]
    return made
