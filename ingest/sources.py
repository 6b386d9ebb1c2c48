"""Which deliveries a file, a folder or a zip archive holds.

Guarantees: every file found is part of one delivery, ignored by its contract, or refused with a
reason; a file's feed follows from its columns, not from where it lies (its folder's name only says
whose an unreadable file was). Nothing outside the source is read, and an archive cannot write
outside the scratch folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from ingest.archives import PACKED, unpack
from ingest.contracts.feeds import FeedContract, FileContract, Format, Mode, normal
from ingest.errors import DeliveryRefused, IngestError, NotRecognised, Unreadable
from ingest.framing.delimited import read_header
from ingest.framing.jsonlines import read_names
from ingest.framing.parquet import read_schema_names
from ingest.framing.workbook import sheet_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENOUGH: Final = 0.5
"""The share of a contract's needed columns that a file must have to be taken for it."""

FORMATS: Final = {
    ".csv": Format.CSV,
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
}

SEPARATORS: Final = ";|"
"""What stands in a header for the comma where a file was exported otherwise."""

_HEADERS: Final = {
    Format.CSV: read_header,
    Format.JSONL: read_names,
    Format.PARQUET: read_schema_names,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One framed unit of a delivery: a file, or a sheet of a workbook."""

    contract: FileContract
    path: Path
    file: str
    """Name inside the delivery; ``book.xlsx#Sheet`` for a sheet."""
    shown: str = ""
    """The same as seen from the source that was searched."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that was recognised and is whole as far as its headers tell."""

    feed: FeedContract
    name: str
    """Where it was, relative to what was named."""
    parts: tuple[Part, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(part.path for part in self.parts))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or delivery that is not taken, and why."""

    path: str
    feed: str | None
    reason: str
    line: int | None = None
    field: str | None = None


@dataclass(slots=True)
class Found:
    """What a source holds."""

    candidates: list[Candidate] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def find_deliveries(source: Path, contracts: Mapping[str, FeedContract], scratch: Path) -> Found:
    """Recognise everything below ``source``. Archives are unpacked below ``scratch``.

    Raises Unreadable where ``source`` does not exist.
    """
    found = Found()
    if not source.exists():
        raise Unreadable(f"{source} does not exist; name a delivery or a folder of deliveries")
    files = list(_walk(source, contracts, scratch, found))
    groups: dict[tuple[str, str], list[tuple[str, list[Part]]]] = {}
    spoiled: dict[tuple[str, str], Refusal] = {}
    for shown, path in files:
        folder = str(PurePosixPath(shown).parent)
        if any(_ignored(path.name, feed) for feed in contracts.values()):
            found.ignored.append(shown)
            continue
        try:
            feed, parts = _recognised(path, contracts)
        except IngestError as error:
            owner = _owner(path, contracts)
            refusal = Refusal(
                shown, owner.feed if owner else None, error.reason, error.line, error.field
            )
            found.refusals.append(refusal)
            if owner is not None and owner.mode is Mode.FULL:
                spoiled[owner.feed, folder] = refusal
            continue
        group = folder if feed.mode is Mode.FULL else shown
        outer = shown[: len(shown) - len(path.name)]
        placed = [replace(part, shown=f"{outer}{part.file}") for part in parts]
        groups.setdefault((feed.feed, group), []).append((shown, placed))
    for (feed_id, group), members in groups.items():
        try:
            if (bad := spoiled.get((feed_id, group))) is not None:
                raise DeliveryRefused(f"{bad.path} is refused, and a full delivery is whole")
            name = source.name if group == "." else group
            found.candidates.append(_whole(contracts[feed_id], name, members))
        except IngestError as error:
            # One line a file: every file of the delivery is accounted for.
            found.refusals.extend(
                Refusal(shown, feed_id, str(error), error.line, error.field) for shown, _ in members
            )
    return found


def _recognised(
    path: Path, contracts: Mapping[str, FeedContract]
) -> tuple[FeedContract, list[Part]]:
    try:
        return recognise(path, contracts)
    except OSError as error:
        # Not ours to read, or gone since it was listed: the other files go on.
        raise Unreadable(f"cannot be read: {error.strerror}", file=path.name) from None


def recognise(path: Path, contracts: Mapping[str, FeedContract]) -> tuple[FeedContract, list[Part]]:
    """The feed of a file and its parts. Raises Unreadable or NotRecognised."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise NotRecognised(
            f"is none of {', '.join(sorted(FORMATS))}, .zip or .gz; no feed sends such files",
            file=path.name,
        )
    if form is Format.XLSX:
        return _recognise_workbook(path, contracts)
    header = _HEADERS[form](path, path.name)
    best: tuple[float, FeedContract, FileContract] | None = None
    for feed in contracts.values():
        for file in feed.files:
            if file.format is form and _named(file, path.name):
                score = _fit(header, file)
                if best is None or score > best[0]:
                    best = (score, feed, file)
    if best is None or best[0] < ENOUGH:
        if form is Format.CSV and len(header) == 1 and (other := set(SEPARATORS) & set(header[0])):
            raise NotRecognised(
                f"its header has no comma but {' '.join(sorted(other))}: expected comma-separated "
                "text; export it so",
                file=path.name,
                line=1,
            )
        raise NotRecognised("its columns are those of no known feed", file=path.name, line=1)
    return best[1], [Part(best[2], path, path.name)]


def _recognise_workbook(
    path: Path, contracts: Mapping[str, FeedContract]
) -> tuple[FeedContract, list[Part]]:
    sheets = {name.casefold(): names for name, names in sheet_headers(path, path.name).items()}
    for feed in contracts.values():
        parts = [
            Part(file, path, f"{path.name}#{file.sheet}")
            for file in feed.files
            if file.format is Format.XLSX
            and (names := sheets.get((file.sheet or "").casefold())) is not None
            and _fit(names, file) >= ENOUGH
        ]
        if parts:
            return feed, parts
    raise NotRecognised("its sheets are those of no known feed", file=path.name)


def _fit(header: Iterable[str], file: FileContract) -> float:
    """The share of the columns that a file must have which the header has."""
    have = {normal(name) for name in header}
    if file.format is Format.JSONL and file.only_takes_back(have):
        return 1.0
    needed = [name for name, column in file.columns.items() if not column.optional]
    if not needed:
        return len(have & file.unused_headers) / max(1, len(file.unused_headers))
    return sum(bool(have.intersection(file.headers(name))) for name in needed) / len(needed)


def _whole(feed: FeedContract, group: str, members: list[tuple[str, list[Part]]]) -> Candidate:
    parts = [part for _, parts in members for part in parts]
    kinds = [part.contract.kind for part in parts]
    if missing := [
        file.name or file.sheet or file.kind
        for file in feed.files
        if not file.optional and file.kind not in kinds
    ]:
        raise DeliveryRefused(f"the delivery lacks {', '.join(missing)}")
    names = [part.path.name.casefold() for _, parts in members for part in parts[:1]]
    if len(set(names)) < len(names):
        raise DeliveryRefused("two files of the delivery differ only in the case of their names")
    order = {file.kind: position for position, file in enumerate(feed.files)}
    parts.sort(key=lambda part: (order[part.contract.kind], part.file))
    return Candidate(feed, group, tuple(parts))


def _named(file: FileContract, name: str) -> bool:
    return file.name is None or file.name.casefold() == name.casefold()


def _ignored(name: str, feed: FeedContract) -> bool:
    return any(fnmatch(name.casefold(), pattern.casefold()) for pattern in feed.ignored_files)


def _owner(path: Path, contracts: Mapping[str, FeedContract]) -> FeedContract | None:
    """Whose an unreadable file was: by a base name that its publisher fixes, or by its folder."""
    for feed in contracts.values():
        if any(file.name is not None and _named(file, path.name) for file in feed.files):
            return feed
    return contracts.get(path.parent.name)


def _walk(
    source: Path, contracts: Mapping[str, FeedContract], scratch: Path, found: Found
) -> Iterable[tuple[str, Path]]:
    if source.is_file():
        paths = [source]
        root = source.parent
    else:
        paths = sorted(path for path in source.rglob("*") if path.is_file())
        root = source
    for path in paths:
        shown = path.relative_to(root)
        if any(part.startswith((".", "__MACOSX")) for part in shown.parts):
            continue
        if path.is_symlink():
            found.refusals.append(Refusal(shown.as_posix(), None, "is a link; deliver the file"))
            continue
        if path.suffix.lower() not in PACKED:
            yield shown.as_posix(), path
            continue
        folder = scratch / f"unpacked-{len(list(scratch.glob('unpacked-*')))}"
        try:
            if not os.access(path, os.R_OK):
                raise Unreadable("cannot be read", file=path.name)
            unpacked = list(unpack(path, folder))
        except IngestError as error:
            owner = _owner(path, contracts)
            found.refusals.append(
                Refusal(shown.as_posix(), owner.feed if owner else None, error.reason)
            )
            continue
        for inside, inner in unpacked:
            if not any(part.startswith((".", "__MACOSX")) for part in inside.split("/")):
                yield f"{shown.as_posix()}/{inside}", inner
