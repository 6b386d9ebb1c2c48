"""Where jars come from: whatever jgo is configured with, Maven's central repository by default.

Guarantees: no address is written here; a mirror is named in jgo's own configuration file.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from jgo.config import GlobalSettings
from jgo.maven import MavenContext

if TYPE_CHECKING:
    from pathlib import Path

    from graph.runtime.lock import LockedJar

REQUEST_TIMEOUT_S: Final = 60


def maven_context(repository_cache: Path | None = None) -> MavenContext:
    """jgo's configured repositories first, then its defaults; an equal name replaces a default."""
    configured = GlobalSettings.load().repositories
    defaults = MavenContext().remote_repos
    return MavenContext(
        repo_cache=repository_cache,
        remote_repos={**configured, **{k: v for k, v in defaults.items() if k not in configured}},
        timeout=REQUEST_TIMEOUT_S,
    )


def addresses(context: MavenContext, jar: LockedJar) -> tuple[str, ...]:
    """Where each configured repository keeps the jar, in the order to be asked."""
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    path = PurePosixPath(component.path_prefix) / jar.file_name
    return tuple(f"{base.rstrip('/')}/{path}" for base in context.remote_repos.values())
