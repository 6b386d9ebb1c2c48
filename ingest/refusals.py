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


def record_refusals(home: Home, source: Path, refusals: Iterable[Refusal]) -> None:
    """Replace what stood of ``source`` by what was refused of it now."""
    told = str(source.resolve())
    now = datetime.now(UTC).replace(microsecond=0)
    fresh = [
        Refused(source=told, path=one.path, feed=one.feed, reason=one.reason, refused_at=now)
        for one in refusals
    ]
    kept = [one for one in refused_files(home) if one.source != told]
    if fresh or len(kept) != len(refused_files(home)):
        write_whole(_file(home), _RECORDS.dump_json(fresh + kept, indent=1).decode())
