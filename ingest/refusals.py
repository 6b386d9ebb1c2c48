"""What was refused at the door: files that are nobody's, or broken before a row could be read.

Guarantees: every refusal of a landing stays on record beside what landed, with the time, the
file's name and the reason, never a value; a file that is sent again and taken leaves the record.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from runs.manifest import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ingest.sources import Refusal
    from runs.home import Home

RECORD: Final = "refused.json"


class Refused(BaseModel):
    """A file that did not land. ``feed`` is None where no feed knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    path: str
    feed: str | None
    reason: str
    refused_at: datetime


_RECORDS: Final = TypeAdapter(list[Refused])


def _file(home: Home) -> Path:
    return home.landing / RECORD


def refused_files(home: Home) -> list[Refused]:
    """Every refusal that stands, newest first."""
    path = _file(home)
    return _RECORDS.validate_json(path.read_bytes()) if path.exists() else []


def refused_since(home: Home, feed: str, received_at: datetime) -> bool:
    """Whether a file of the feed was refused after ``received_at``."""
    return any(one.feed == feed and one.refused_at > received_at for one in refused_files(home))


def record_refusals(home: Home, source: Path, refusals: Iterable[Refusal]) -> None:
    """Replace what stood of ``source`` by what was refused of it now.

    A file that was refused before, has not changed and is refused again keeps its time: it is no
    news, and must not call for a new run.
    """
    told = str(source.resolve())
    now = datetime.now(UTC)
    standing = refused_files(home)
    before = {(one.path, one.feed, one.reason): one.refused_at for one in standing
              if one.source == told}  # fmt: skip
    fresh = []
    for one in refusals:
        refused_at = before.get((one.path, one.feed, one.reason), now)
        if _modified_at(source, one.path) > refused_at:
            refused_at = now
        fresh.append(
            Refused(
                source=told, path=one.path, feed=one.feed, reason=one.reason, refused_at=refused_at
            )
        )
    kept = [one for one in standing if one.source != told]
    if fresh or len(kept) != len(standing):
        write_whole(_file(home), _RECORDS.dump_json(fresh + kept, indent=1).decode())


def _modified_at(source: Path, shown: str) -> datetime:
    """When the file was last written; of a file in an archive, the archive."""
    path = (source if source.is_dir() else source.parent) / shown
    while not path.exists():
        path = path.parent
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
