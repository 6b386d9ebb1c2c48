"""Deliveries kept as they were received, once per content.

Guarantees: ``landing/<feed>/<sha256>/`` appears whole or not at all and is never changed; its name
is the hash of what it holds (for several files: of their names and hashes), so content that has
landed never lands twice, zipped or not. Beside the files, ``delivery.json`` says when it came and
under what name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.contracts.feeds import load_contracts
from ingest.errors import BrokenLanding, ContractRefused, DeliveryRefused
from ingest.refusals import record_refusals
from ingest.sources import Candidate, Refusal, find_deliveries
from runs.manifest import sha256_of, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from runs.home import Home

NOTE: Final = "delivery.json"
CONTENT: Final = "content"
SCRATCH: Final = ".vast-landing-"
"""How the home's folders begin in which deliveries are prepared."""


class LandedFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    size_bytes: int


class LandedDelivery(BaseModel):
    """``delivery.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str
    sha256: str
    name: str
    received_at: datetime
    files: tuple[LandedFile, ...]

    def content(self, home: Home) -> Path:
        """The folder of the files as received."""
        return home.landing / self.feed / self.sha256 / CONTENT


@dataclass(frozen=True, slots=True)
class LandingReport:
    """What a source held: newly landed, landed before, refused, ignored by name."""

    landed: tuple[LandedDelivery, ...]
    known: tuple[LandedDelivery, ...]
    refused: tuple[Refusal, ...]
    ignored: tuple[str, ...]


def land(home: Home, source: Path, *, progress: Callable[[str], None]) -> LandingReport:
    """Land every delivery below ``source``; a refused one does not stop the others.

    Raises Unreadable where the source does not exist, OSError where the disk is full.
    """
    home.landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    contracts = load_contracts(home.feeds)
    landed: list[LandedDelivery] = []
    known: list[LandedDelivery] = []
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=home.path) as scratch_name:
        scratch = Path(scratch_name)
        found = find_deliveries(source, contracts, scratch)
        for number, candidate in enumerate(found.candidates):
            try:
                delivery, new = _land(home, candidate, scratch / f"delivery-{number}")
            except DeliveryRefused as error:
                found.refusals.extend(
                    Refusal(part.shown, candidate.feed.feed, error.reason)
                    for part in candidate.parts
                )
                continue
            (landed if new else known).append(delivery)
            word = "landed" if new else "already landed"
            progress(f"{delivery.feed}: {word}: {candidate.name} ({len(delivery.files)} files)")
    for refusal in found.refusals:
        progress(f"{refusal.feed or 'no feed'}: refused: {refusal.path}: {refusal.reason}")
    record_refusals(home, source, found.refusals)
    return LandingReport(tuple(landed), tuple(known), tuple(found.refusals), tuple(found.ignored))


def landed_deliveries(home: Home) -> tuple[LandedDelivery, ...]:
    """Everything that has landed, oldest first.

    Raises BrokenLanding, and ContractRefused where a feed has landed whose contract is gone: a
    run without it would lose people without a word.
    """
    contracts = load_contracts(home.feeds)
    found = []
    for folder in sorted(home.landing.iterdir()) if home.landing.exists() else ():
        if folder.name.startswith(".") or not folder.is_dir():
            continue
        if folder.name not in contracts:
            raise ContractRefused(
                f"deliveries of feed {folder.name} have landed, but {home.feeds} holds no contract "
                f"of it; put {home.feeds / folder.name} back, set VAST_FEEDS to the folder that "
                f"holds it, or remove {folder} to give the feed up"
            )
        for path in sorted(folder.iterdir()):
            if not path.name.startswith("."):
                found.append(_read_note(path))
    return tuple(sorted(found, key=lambda note: (note.received_at, note.feed, note.sha256)))


def verify(home: Home, delivery: LandedDelivery) -> None:
    """Raises BrokenLanding where a landed file is missing or is not what was received."""
    for file in delivery.files:
        path = delivery.content(home) / file.name
        if not path.is_file() or sha256_of(path) != file.sha256:
            raise BrokenLanding(
                f"{path} is missing or was changed after it landed; remove "
                f"{path.parent.parent} and deliver it again",
                file=file.name,
            )


def content_hash(files: tuple[LandedFile, ...]) -> str:
    """The SHA-256 of one file, or of the sorted names and hashes of several."""
    if len(files) == 1:
        return files[0].sha256
    listing = sorted(f"{file.name.casefold()}\t{file.sha256}" for file in files)
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()


def _land(home: Home, candidate: Candidate, partial: Path) -> tuple[LandedDelivery, bool]:
    content = partial / CONTENT
    content.mkdir(parents=True, mode=0o700)
    files = tuple(_copy(path, content / path.name) for path in candidate.files)
    digest = content_hash(files)
    target = home.landing / candidate.feed.feed / digest
    if target.exists():
        return _read_note(target), False
    delivery = LandedDelivery(
        feed=candidate.feed.feed,
        sha256=digest,
        name=candidate.name,
        received_at=datetime.now(UTC),
        files=files,
    )
    write_whole(partial / NOTE, json.dumps(delivery.model_dump(mode="json"), indent=1))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial.rename(target)
    return delivery, True


def _copy(source: Path, target: Path) -> LandedFile:
    """Copy and hash in one pass: what was hashed is what landed.

    Raises DeliveryRefused where the file was still being written or is gone.
    """
    digest = hashlib.sha256()
    size = 0
    with _opened(source) as incoming, target.open("wb") as out:
        before = os.fstat(incoming.fileno())
        while chunk := incoming.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
        after = os.fstat(incoming.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or (
        size != after.st_size
    ):
        raise DeliveryRefused(
            "changed while it was read; deliver it again when it is whole", file=source.name
        )
    shutil.copymode(source, target)
    target.chmod(0o400)
    return LandedFile(name=target.name, sha256=digest.hexdigest(), size_bytes=size)


def _opened(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except OSError as error:
        raise DeliveryRefused(f"cannot be read: {error.strerror}", file=source.name) from None


def _read_note(folder: Path) -> LandedDelivery:
    try:
        return LandedDelivery.model_validate_json((folder / NOTE).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        raise BrokenLanding(
            f"{folder / NOTE} is missing or not in form; remove {folder} and deliver it again"
        ) from None
