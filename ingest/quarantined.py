"""A run's quarantined rows by feed, for the steward and the sending agency.

Guarantees: places and reasons only, in the order of file and line; never a value of a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from duckdb import ColumnExpression, ConstantExpression

from ingest.contracts.quarantine import QUARANTINE
from runs.duck import connect

if TYPE_CHECKING:
    from runs.home import RunFolder


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """``line`` is the row's first physical line; ``field`` is None where the whole row is wrong."""

    delivery: str
    file: str
    line: int
    field: str | None
    reason: str


def quarantined_rows(
    run: RunFolder, feed: str, *, limit: int | None = None, offset: int = 0
) -> tuple[QuarantinedRow, ...]:
    """The feed's quarantined rows; all of them where ``limit`` is None."""
    with connect(threads=1) as con:
        rows = (
            con.read_parquet(str(run.records / f"{QUARANTINE.name}.parquet"))
            .filter(ColumnExpression("feed") == ConstantExpression(feed))
            .select("delivery", "file", "line", "field", "reason")
            .order("delivery, file, line, field, reason")
        )
        if limit is not None:
            rows = rows.limit(limit, offset)
        return tuple(QuarantinedRow(*row) for row in rows.fetchall())
