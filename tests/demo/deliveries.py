"""Reading what the last delivery of each row said."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sent_rows(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """Every row as sent, with its file's name, in the order of the files' names."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [(path.name, row) for row in csv.DictReader(file)]
    return found


def final_rows(folder: Path, *key: str) -> dict[tuple[str, ...], dict[str, str]]:
    """The last version of each row by its key."""
    return {tuple(row[name] for name in key): row for _, row in sent_rows(folder)}
