"""Rows that were not loaded, and where in which file they are.

Guarantees: the table holds places and reasons, never a value of a row.
"""

from __future__ import annotations

from typing import Final

from runs.schema import Column, Table

QUARANTINE: Final = Table(
    "quarantine",
    ("feed", "delivery", "file", "line", "reason"),
    (
        Column("feed", "VARCHAR", "feed id"),
        Column("delivery", "VARCHAR", "SHA-256 of the delivery"),
        Column("file", "VARCHAR", "file inside the delivery; a sheet as file#sheet"),
        Column("line", "BIGINT", "first physical line (or row of a sheet), from 1"),
        Column("field", "VARCHAR", "the column at fault; null where it is the whole row"),
        Column("reason", "VARCHAR", "what was wrong and what was expected"),
    ),
    "A row of a delivery that was not loaded.",
)
