"""Manifests and ``current.json``: written whole or not at all.

Guarantees: a reader never sees half a file; the manifest of a run names every file of the run
with its SHA-256 and row count, and its presence means that the run is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from runs.errors import BrokenRun, NoPublishedRun
from runs.home import Home, ViewFolder, sync_folder

if TYPE_CHECKING:
    from pathlib import Path


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


M = TypeVar("M", bound=Frozen)


class FileEntry(Frozen):
    path: str
    sha256: str
    rows: int | None = None


class Delivery(Frozen):
    """What is said about a delivery wherever a page says 'as of'."""

    feed: str
    publisher: str
    received_at: datetime
    as_of: str | None = None
    stale: bool = False
    """A newer delivery of the feed was refused: this is the last that could be taken."""
    expected_every_days: int | None = None


class ViewManifest(Frozen):
    """What a view's folder holds; computed from that view alone (non-interference)."""

    view: str
    run_id: str
    created_at: datetime
    synthetic: bool
    deliveries: tuple[Delivery, ...]
    counts: dict[str, int]
    files: tuple[FileEntry, ...]
    model: str | None = None
    """The linkage model by name; None for a view without persons."""
    told_comparisons: tuple[str, ...] = ()
    """Labels of the comparisons of persons that the view's agreements let it tell by themselves."""


class RunManifest(Frozen):
    """A run as a function of its inputs. ``inputs`` maps what it was made from to hashes."""

    run_id: str
    created_at: datetime
    parent: str | None
    synthetic: bool
    inputs: dict[str, str]
    inputs_hash: str
    versions: dict[str, str]
    feeds: tuple[dict[str, Any], ...]
    views: tuple[str, ...]
    graph_views: tuple[str, ...]
    files: tuple[FileEntry, ...]
    timings_s: dict[str, float]
    resolved: dict[str, str] = {}
    """By view, how many records were resolved, and why all where that was so."""
    kept_until: dict[str, date] | None = None
    """By view, the last day on which all of its rows may be kept; a view without rows is not named.
    None in a manifest from before this was noted."""
    lineage: dict[str, str] = {}
    """By view with persons, the last run that had it: this one, or one before it, whose ids go on
    where the view comes back. Empty in a manifest from before this was noted."""

    def keepers_of_ids(self) -> dict[str, str]:
        """By view, the run whose ids the next run keeps; no run had the others yet."""
        return dict.fromkeys(self.graph_views, self.run_id) | self.lineage

    def past_retention(self, on: date) -> tuple[str, ...]:
        """The views of which some row may be kept no longer on that day; all of them where the
        manifest does not tell."""
        if self.kept_until is None:
            return self.views
        return tuple(view for view, last in self.kept_until.items() if last < on)


class Server(Frozen):
    """Where a view's graph answers: a Bolt address, and whether it is an external server."""

    uri: str
    user: str = "neo4j"
    database: str = "neo4j"
    external: bool = False
    neo4j_version: str | None = None


class Current(Frozen):
    """The published run and its servers. A request reads it once."""

    run_id: str
    published_at: datetime
    servers: dict[str, Server]


def write_whole(path: Path, text: str) -> None:
    """Replace ``path`` atomically and durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_manifest(path: Path, manifest: RunManifest | ViewManifest | Current) -> None:
    write_whole(path, json.dumps(manifest.model_dump(mode="json"), indent=1, sort_keys=True))


_REMEDIES: Final[dict[type[Frozen], str]] = {
    RunManifest: "restore it from a backup, or publish another run ('vast status' lists them), "
    "then remove this one with 'vast prune --damaged'",
    ViewManifest: "publish another run with 'vast rollback' or 'vast publish RUN'",
    Current: "publish a run again with 'vast publish RUN' ('vast status' lists them)",
}


def _read(path: Path, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BrokenRun(f"{path} is missing: the run was not finished") from None
    except ValidationError as error:
        raise BrokenRun(
            f"{path} is damaged: expected a {kind.__name__}, {error.error_count()} of its entries "
            f"are wrong; {_REMEDIES[kind]}"
        ) from None


def read_run(home: Home, run_id: str) -> RunManifest:
    """Raises BrokenRun where there is no such run, or it was not finished."""
    folder = home.run(run_id)
    if not folder.path.exists():
        raise BrokenRun(f"{home.runs} holds no run {run_id}; 'vast status' lists the finished runs")
    return _read(folder.manifest, RunManifest)


def read_view(folder: ViewFolder) -> ViewManifest:
    return _read(folder.manifest, ViewManifest)


def read_current(home: Home) -> Current:
    """The published run. Raises NoPublishedRun where there is none."""
    if not home.current.exists():
        raise NoPublishedRun(
            f"nothing is published in {home.path}; make a run with 'vast run DIR' and 'vast serve'"
        )
    return _read(home.current, Current)


def finished_runs(home: Home) -> list[RunManifest]:
    """Every finished run of the home, oldest first, but for the damaged ones."""
    return _runs(home)[0]


def damaged_runs(home: Home) -> list[str]:
    """The ids of the runs that were finished and whose manifest cannot be read, in order."""
    return _runs(home)[1]


def _runs(home: Home) -> tuple[list[RunManifest], list[str]]:
    whole: list[RunManifest] = []
    damaged: list[str] = []
    for folder in home.runs.iterdir() if home.runs.exists() else ():
        if not (folder / "manifest.json").exists():
            continue
        try:
            whole.append(read_run(home, folder.name))
        except BrokenRun:
            damaged.append(folder.name)
    whole.sort(key=lambda manifest: (manifest.created_at, manifest.run_id))
    return whole, sorted(damaged)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def now() -> datetime:
    return datetime.now(UTC)
