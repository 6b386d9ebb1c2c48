"""A feed's deliveries as its steward judges them: on time or not, what was lost, and the trend.

Guarantees: computed from manifests and the record of refused files alone: counts and reasons, never
a value of a row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from webapp.freshness import age_days, is_late, reach_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingest.refusals import Refused
    from runs.manifest import RunManifest

TREND_RUNS: Final = 24


@dataclass(frozen=True, slots=True)
class Sums:
    """Rows of one feed in one run: ``rows_in = loaded + quarantined + duplicates``."""

    rows_in: int
    loaded: int
    quarantined: int
    duplicates: int
    withdrawals: int

    @property
    def closes(self) -> bool:
        return self.rows_in == self.loaded + self.quarantined + self.duplicates

    @property
    def quarantined_share(self) -> float | None:
        """0 to 1; None where nothing came in."""
        return self.quarantined / self.rows_in if self.rows_in else None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A run, and the feed's sums in it."""

    run_id: str
    created_at: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class FeedQuality:
    """One feed in the published run. ``deliveries`` are the manifest's entries, newest first."""

    feed: str
    publisher: str
    deliveries: tuple[dict[str, Any], ...]
    sums: Sums
    reasons: tuple[tuple[str, int], ...]
    """Quarantine's and refusals' reasons with their rows or files, most first."""
    refused: tuple[Refused, ...]
    received_at: datetime | None
    """Receipt of the newest delivery that counts; None: none does."""
    as_of: str | None
    stale: bool
    expected_every_days: int | None

    @property
    def age_days(self) -> int | None:
        return None if self.received_at is None else age_days(self.received_at)

    @property
    def reach_days(self) -> int | None:
        """Days since the day that the data reach to; None where no delivery says."""
        return None if self.as_of is None else reach_days(self.as_of)

    @property
    def late(self) -> bool:
        """No delivery for longer than agreed."""
        return self.age_days is not None and is_late(self.age_days, self.expected_every_days)

    @property
    def state(self) -> str:
        """Of the deliveries: what the data reach to is not judged."""
        if self.received_at is None:
            return "nothing taken"
        if self.stale or self.late:
            return "stale" if self.stale else "late"
        return "taken" if self.expected_every_days is None else "on time"

    @property
    def doubtful(self) -> bool:
        return self.state not in ("taken", "on time")


def feed_qualities(run: RunManifest, refused: Sequence[Refused]) -> tuple[FeedQuality, ...]:
    """Every feed of the run and every feed of which a file was refused, by feed id."""
    names = {str(entry["feed"]) for entry in run.feeds}
    names |= {one.feed for one in refused if one.feed is not None}
    return tuple(_quality(name, run, refused) for name in sorted(names))


def trend(feed: str, runs: Sequence[RunManifest]) -> tuple[TrendPoint, ...]:
    """The feed's sums in the last runs that had it, newest first."""
    points = [
        TrendPoint(run.run_id, run.created_at, _sums(entries))
        for run in runs
        if (entries := [entry for entry in run.feeds if entry["feed"] == feed])
    ]
    return tuple(sorted(points, key=lambda point: point.created_at, reverse=True)[:TREND_RUNS])


def _quality(feed: str, run: RunManifest, refused: Sequence[Refused]) -> FeedQuality:
    entries = sorted(
        (entry for entry in run.feeds if entry["feed"] == feed),
        key=lambda entry: str(entry["received_at"]),
        reverse=True,
    )
    taken = [entry for entry in entries if entry["state"] == "current"]
    reasons: Counter[str] = Counter()
    for entry in entries:
        for file in entry["files"]:
            reasons.update(file["reasons"])
    reaches = [str(entry["as_of"]) for entry in taken if entry["as_of"]]
    return FeedQuality(
        feed=feed,
        publisher=str(entries[0].get("publisher", "")) if entries else "",
        deliveries=tuple(entries),
        sums=_sums(entries),
        reasons=tuple(reasons.most_common()),
        refused=tuple(one for one in refused if one.feed == feed),
        received_at=datetime.fromisoformat(taken[0]["received_at"]) if taken else None,
        as_of=max(reaches, default=None),
        stale=any(bool(entry.get("stale")) for entry in taken),
        expected_every_days=entries[0].get("expected_every_days") if entries else None,
    )


def _sums(entries: Iterable[dict[str, Any]]) -> Sums:
    files = [file for entry in entries for file in entry["files"]]
    names = ("rows_in", "loaded", "quarantined", "duplicates", "withdrawals")
    return Sums(*(sum(int(file.get(name, 0)) for file in files) for name in names))
