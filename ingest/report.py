"""What became of every row of every file.

Guarantees: ``rows_in = loaded + quarantined + duplicates`` for each file, checked when a report is
made; ``reasons`` adds up to ``quarantined``, except that a refused file (nothing of it was read
into rows) has all counts zero and its one reason. Reports hold no values.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ingest.errors import LostRows
from ingest.framing.rows import Lines
from runs.manifest import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.contracts.feeds import FeedContract


CURRENT: Final = "current"
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file (or sheet).

    ``loaded`` counts rows that were accepted, of which ``unused`` lie in a file whose rows the
    contract declares unused and ``withdrawals`` took a record back. ``duplicates`` are rows that a
    newer row of the same key supersedes. ``lines`` says where the physical lines went; None where
    nothing was read.
    ``notes`` tell of single values that were not taken although their row was.
    """

    feed: str | None
    delivery: str | None
    path: str
    rows_in: int
    loaded: int
    quarantined: int
    duplicates: int
    reasons: dict[str, int] = field(default_factory=dict)
    kind: str = ""
    """Which file of the contract it is; empty where it is refused."""
    unused: int = 0
    withdrawals: int = 0
    lines: Lines | None = None
    notes: dict[str, int] = field(default_factory=dict)
    refused: bool = False

    def __post_init__(self) -> None:
        lost = self.rows_in - self.loaded - self.quarantined - self.duplicates
        reasons = 0 if self.refused else self.quarantined - sum(self.reasons.values())
        if lost or reasons or min(self.loaded, self.quarantined, self.duplicates) < 0:
            raise LostRows(
                f"{self.rows_in} rows in, but {self.loaded} loaded, {self.quarantined} quarantined "
                f"({sum(self.reasons.values())} with a reason) and {self.duplicates} duplicate",
                file=self.path,
            )
        if self.lines is not None and not self.lines.add_up:
            raise LostRows("physical lines are not all accounted for", file=self.path)

    @classmethod
    def refusal(
        cls, path: str, feed: str | None, reason: str, delivery: str | None = None
    ) -> FileReport:
        return cls(feed, delivery, path, 0, 0, 0, 0, {reason: 1}, refused=True)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One landed delivery that the records were made from, or that was refused or replaced."""

    feed: FeedContract
    sha256: str
    name: str
    received_at: datetime
    state: str
    """``current``, ``replaced`` (by a newer full delivery) or ``refused``."""
    as_of: str | None = None
    stale: bool = False
    """The feed's newest delivery could not be taken: this one stands in for it."""

    def named(self) -> Delivery:
        """As pages and manifests speak of it."""
        return Delivery(
            feed=self.feed.feed,
            publisher=self.feed.publisher,
            received_at=self.received_at,
            as_of=self.as_of,
            stale=self.stale,
            expected_every_days=self.feed.expected_every_days,
        )


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a dry run found."""

    files: tuple[FileReport, ...]
    ignored: tuple[str, ...] = ()
    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    """Feed to table to rows, where the feeds' SQL was run."""

    @property
    def whole(self) -> bool:
        """Whether there was something to load, and nothing of it was quarantined or refused."""
        return bool(self.files) and not any(file.refused or file.quarantined for file in self.files)

    def to_json(self) -> str:
        told: dict[str, Any] = {
            "files": [asdict(file) for file in self.files],
            "ignored": list(self.ignored),
        }
        if self.tables:
            told["tables"] = self.tables
        return json.dumps(told, indent=1)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was loaded: files, deliveries, and the rows of each table."""

    files: tuple[FileReport, ...]
    landed: tuple[DeliveryReport, ...]
    tables: dict[str, int]

    def deliveries(self) -> tuple[Delivery, ...]:
        """The current deliveries, by feed and time of receipt."""
        return tuple(report.named() for report in self.landed if report.state == CURRENT)

    def feeds_json(self) -> list[dict[str, Any]]:
        """For the run's manifest: one entry per delivery, its files with their counts within."""
        entries: list[dict[str, Any]] = []
        for landed in self.landed:
            files = [file for file in self.files if file.delivery == landed.sha256]
            entries.append(
                {
                    "feed": landed.feed.feed,
                    "delivery": landed.sha256,
                    "name": landed.name,
                    "received_at": landed.received_at.isoformat(),
                    "state": landed.state,
                    "as_of": landed.as_of,
                    "stale": landed.stale,
                    "publisher": landed.feed.publisher,
                    "expected_every_days": landed.feed.expected_every_days,
                    "rows_in": sum(file.rows_in for file in files),
                    "loaded": sum(file.loaded for file in files),
                    "quarantined": sum(file.quarantined for file in files),
                    "duplicates": sum(file.duplicates for file in files),
                    "files": [asdict(file) for file in files],
                }
            )
        return entries
