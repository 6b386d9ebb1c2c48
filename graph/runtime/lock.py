"""The locked list of Neo4j's jars: coordinates, sizes and SHA-256, without addresses.

Guarantees: what is read from the list has the declared form, and names files that stay inside one
folder. ``python -m graph.runtime.lock`` makes the list anew for the release named in settings; it
is committed, so that an installation resolves nothing and trusts only these checksums.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

from jgo.parse import Coordinate
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from graph.errors import LockBroken
from graph.runtime.repository import maven_context
from graph.runtime.settings import NEO4J_VERSION

LOCK_FILE: Final = Path(__file__).with_name("neo4j.lock.json")
_ROOTS: Final = (("org.neo4j.app", "neo4j-server"), ("org.neo4j", "neo4j"))

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class LockedJar(BaseModel):
    """One jar. ``size_bytes`` is its exact length."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: _Name
    artifact: _Name
    version: _Name
    classifier: _Name | None = None
    sha256: _Sha256
    size_bytes: int

    @property
    def file_name(self) -> str:
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{suffix}.jar"


class JarLock(BaseModel):
    """Every jar of one Neo4j release, in class path order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    neo4j_version: str
    jars: tuple[LockedJar, ...]

    @property
    def size_bytes(self) -> int:
        return sum(jar.size_bytes for jar in self.jars)


def read_lock(path: Path = LOCK_FILE) -> JarLock:
    """The locked list. Raises LockBroken where it is absent, malformed or for another release."""
    cure = "restore it from version control, or make it with 'python -m graph.runtime.lock'"
    try:
        lock = JarLock.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise LockBroken(f"{path} is missing; {cure}") from None
    except ValidationError as error:
        raise LockBroken(f"{path} has {error.error_count()} wrong fields; {cure}") from None
    names = {jar.file_name for jar in lock.jars}
    if lock.neo4j_version != NEO4J_VERSION or len(names) != len(lock.jars) or not names:
        raise LockBroken(
            f"{path} lists {len(names)} different of {len(lock.jars)} jars for Neo4j "
            f"{lock.neo4j_version}, expected distinct jars for {NEO4J_VERSION}; {cure}"
        )
    return lock


def write_lock(lock: JarLock, path: Path = LOCK_FILE) -> None:
    """One jar a line, so that a change of release reads as one."""
    lines = ",\n".join(
        f"  {json.dumps(jar.model_dump(exclude_none=True), sort_keys=True)}" for jar in lock.jars
    )
    path.write_text(
        f'{{"neo4j_version": "{lock.neo4j_version}", "jars": [\n{lines}\n]}}\n', encoding="utf-8"
    )


def resolve_lock(repository_cache: Path) -> JarLock:
    """Resolve the release's jars and hash each one (a minute or two; needs the network)."""
    context = maven_context(repository_cache)
    roots = [
        context.create_dependency(Coordinate(group, artifact, NEO4J_VERSION, scope="compile"))
        for group, artifact in _ROOTS
    ]
    inputs, transitive = context.resolver.resolve(roots)
    wanted = [*inputs, *(dep for dep in transitive if dep.scope in ("compile", "runtime"))]
    jars = []
    for dependency in wanted:
        artifact = dependency.artifact
        content = artifact.resolve().read_bytes()
        jars.append(
            LockedJar(
                group=artifact.groupId,
                artifact=artifact.artifactId,
                version=artifact.version,
                classifier=artifact.classifier or None,
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
            )
        )
    ordered = sorted(jars, key=lambda jar: (jar.group, jar.file_name))
    return JarLock(neo4j_version=NEO4J_VERSION, jars=tuple(ordered))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="vast-lock-") as cache:
        lock = resolve_lock(Path(cache))
    write_lock(lock)
    sys.stdout.write(f"{LOCK_FILE}: {len(lock.jars)} jars, {lock.size_bytes:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
