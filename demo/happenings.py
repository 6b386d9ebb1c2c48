"""The truth of what happened apart from who is who: agencies that were silent.

Guarantees: written beside the truth of people, from the history alone, never from the files.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from demo.truth import write_columns
from runs.schema import Column, Table

if TYPE_CHECKING:
    from pathlib import Path

    from demo.lives.setting import Setting

SILENT_MONTH: Final = Table(
    "silent_month",
    ("agency_id", "month"),
    (
        Column("agency_id", "VARCHAR", "ORI of the agency"),
        Column("month", "DATE", "first day of a month of which the state received nothing"),
    ),
    "Which agencies reported nothing, and when: their incidents of these months are in no file.",
)


def write_happenings(setting: Setting, folder: Path) -> None:
    """Write silent_month as Parquet below ``folder``."""
    write_columns({SILENT_MONTH: _silent_months(setting)}, folder)


def _silent_months(setting: Setting) -> dict[str, Any]:
    agencies = setting.geography.agencies
    silent = sorted(setting.silent)
    return {
        "agency_id": [agencies[agency].ori for agency, _ in silent],
        "month": [date(1970 + month // 12, month % 12 + 1, 1) for _, month in silent],
    }
