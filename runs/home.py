"""Where everything of one installation lives: the paths below ``VAST_HOME``.

Guarantees: no other module spells a path inside the home. Folders are created private (0700).
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from runs.errors import BrokenRun


@dataclass(frozen=True, slots=True)
class ViewFolder:
    """One view's part of a run: everything that its users can reach, and nothing else."""

    path: Path
    run_id: str
    view: str

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def records(self) -> Path:
        """Masked records and facts (ingest.contracts.tables), keys under the view's key."""
        return self.path / "records"

    @property
    def persons(self) -> Path:
        """Resolved persons (resolution.contracts.tables)."""
        return self.path / "persons"

    @property
    def graph(self) -> Path:
        """Node and relationship Parquet for Neo4j."""
        return self.path / "graph"

    @property
    def rollups(self) -> Path:
        """Counts (rollups.contracts.tables)."""
        return self.path / "rollups"

    @property
    def search(self) -> Path:
        """The search index over shown values."""
        return self.path / "search"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder."""

    path: Path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def records(self) -> Path:
        """Every agency's rows before any view: only the pipeline reads them."""
        return self.path / "records"

    @property
    def scratch(self) -> Path:
        """Spill space, removed when the run ends."""
        return self.path / "scratch"

    def match(self, view: str) -> Path:
        """Values of a view that may be compared but not all shown: only the pipeline reads them."""
        return self.path / "match" / view

    def resolution(self, view: str) -> Path:
        """What a view's resolution leaves for the next run: a cache, only the pipeline reads it."""
        return self.path / "resolution" / view

    def view(self, view: str) -> ViewFolder:
        return ViewFolder(self.path / "views" / view, self.run_id, view)


@dataclass(frozen=True, slots=True)
class Home:
    """The root folder of an installation (``VAST_HOME``)."""

    path: Path

    @classmethod
    def from_environment(cls) -> Home:
        """``VAST_HOME``, or ``~/.local/share/vast`` (XDG_DATA_HOME respected)."""
        named = os.environ.get("VAST_HOME")
        if named:
            return cls(Path(named).expanduser().resolve())
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        return cls(Path(data) / "vast")

    def prepare(self) -> None:
        """Create the folders, readable by this user only."""
        for folder in (
            self.path,
            self.landing,
            self.runs,
            self.serving,
            self.secrets,
            self.lineage,
            self.logs,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def landing(self) -> Path:
        return self.path / "landing"

    @property
    def feeds(self) -> Path:
        """Contracts of this installation's own feeds; ``VAST_FEEDS`` names another folder."""
        named = os.environ.get("VAST_FEEDS")
        return Path(named).expanduser().resolve() if named else self.path / "feeds"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def models(self) -> Path:
        """Linkage models of this installation; absent where the shipped one is used."""
        return self.path / "models"

    @property
    def lineage(self) -> Path:
        return self.path / "lineage"

    @property
    def serving(self) -> Path:
        return self.path / "serving"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def current(self) -> Path:
        return self.path / "current.json"

    @property
    def database(self) -> Path:
        """The embedded SQL store (accounts, audit, decisions, cases)."""
        return self.path / "vast.db"

    @property
    def lock(self) -> Path:
        """Held by whoever makes or removes runs."""
        return self.path / "home.lock"

    @property
    def publishing(self) -> Path:
        """The lock of whoever publishes a run, or removes runs: none is removed on its way."""
        return self.path / "publish.lock"

    @property
    def making(self) -> Path:
        """Holds the id of the run that is being made; absent where none is."""
        return self.path / "making"

    def run(self, run_id: str) -> RunFolder:
        """The folder of a run. Raises BrokenRun for an id that is not a plain folder name."""
        if not run_id or Path(run_id).name != run_id or run_id.startswith("."):
            raise BrokenRun(f"not a run id: expected a folder name below {self.runs}")
        return RunFolder(self.runs / run_id)

    def store(self, run_id: str, view: str) -> Path:
        """The Neo4j home that serves a view of a run."""
        return self.serving / run_id / view

    def view_lineage(self, view: str) -> Path:
        return self.lineage / view

    def secret(self, name: str) -> bytes:
        """A 32-byte secret of this installation, generated on first use, kept with mode 0600.

        It appears whole or not at all. Raises BrokenRun for one that is damaged.
        """
        path = self.secrets / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_secret(path)
        value = path.read_bytes()
        if len(value) != 32:
            raise BrokenRun(
                f"secret {name} in {self.secrets} has {len(value)} bytes, expected 32; "
                "restore it from a backup: ids and the audit log depend on it. Remove it only "
                "where the home's first command failed and nothing was made with it"
            )
        return value

    def view_key(self, view: str) -> bytes:
        """The 32-byte key under which a view's record keys and person ids are made."""
        return self.secret(f"view-{view}.key")

    def graph_password(self, view: str) -> str:
        """The password of the view's own Neo4j server, generated on first use.

        An external server's password comes from ``VAST_NEO4J_PASSWORD_<VIEW>`` instead.
        """
        named = os.environ.get(f"VAST_NEO4J_PASSWORD_{view.upper()}")
        return named or self.secret(f"neo4j-{view}.key").hex()

    @property
    def synthetic_marker(self) -> Path:
        """Present when what was landed here is a made-up world; every page then says so."""
        return self.path / "synthetic.json"


def _make_secret(path: Path) -> None:
    """Of several that make it at once, the first one's stands."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            # Not a rename: that would replace another's.
            os.link(partial, path)
        except FileExistsError:
            pass
        except OSError:  # a disk without hard links
            if not path.exists():
                partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make durable which names a folder holds."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
