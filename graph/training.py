"""Makes Java's ahead-of-time cache for Neo4j (see graph.runtime.archive), once per user.

Guarantees: the cache gets its name only when complete; it is made on an empty graph, so that it
holds no data; a failure costs a slower start and nothing else.
"""

from __future__ import annotations

import fcntl
import secrets
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neo4j.exceptions import DriverError, Neo4jError

from graph.admin import make_empty
from graph.errors import GraphError
from graph.neo4j_conf import DATABASE, USER, WRITER_LIMITS, Neo4jHome
from graph.rendering import schema_statements
from graph.runtime.archive import archive_path
from graph.runtime.jars import ensure_jars
from graph.runtime.settings import RuntimeSettings
from graph.server import Neo4jServer, open_driver
from graph.statements import statement

if TYPE_CHECKING:
    from graph.progress import Progress

_READY_TIMEOUT_S: Final = 180
_WRITE_TIMEOUT_S: Final = 300
_ROUNDS: Final = 3


def ensure_runtime(progress: Progress, settings: RuntimeSettings | None = None) -> None:
    """Jars and start-up cache: everything that a first start would otherwise wait for.

    Raises what ensure_jars raises; a cache that cannot be made is told to ``progress``.
    """
    settings = settings or RuntimeSettings.from_environment()
    ensure_jars(progress, settings)
    ensure_archive(progress, settings)


def ensure_archive(progress: Progress, settings: RuntimeSettings) -> None:
    """Make the cache where there is none. Where another process is making it, do not wait."""
    target = archive_path(settings)
    if target.exists():
        return
    settings.archives.mkdir(parents=True, exist_ok=True)
    with (settings.archives / "making.lock").open("a") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Neo4j start-up cache: another process is making it")
            return
        if target.exists():
            return
        for old in settings.archives.glob("*.aot*"):
            old.unlink()
        progress("Neo4j start-up cache: making it, once (about half a minute)")
        began = time.monotonic()
        partial = target.with_name(f"{target.name}.partial")
        try:
            with tempfile.TemporaryDirectory(prefix="train-", dir=settings.archives) as folder:
                _train(settings, Path(folder), partial)
            partial.replace(target)
        except (GraphError, OSError, Neo4jError, DriverError) as error:
            progress(
                f"Neo4j start-up cache: not made ({type(error).__name__}); "
                "servers start without it, more slowly"
            )
        else:
            size_mb = target.stat().st_size / 1e6
            elapsed_s = time.monotonic() - began
            progress(f"Neo4j start-up cache: {size_mb:.0f} MB in {elapsed_s:.0f} s")


def _train(settings: RuntimeSettings, folder: Path, partial: Path) -> None:
    home = Neo4jHome(folder / "home")
    password = secrets.token_urlsafe()
    make_empty(settings, home, password)
    server = Neo4jServer(
        home.path,
        password,
        read_only=False,
        limits=WRITER_LIMITS,
        settings=settings,
        extra_jvm=(f"-XX:AOTCacheOutput={partial}",),
    )
    server.start()
    try:
        server.wait_ready(_READY_TIMEOUT_S)
        with open_driver(server.uri, USER, password) as driver:
            with driver.session(database=DATABASE) as session:
                for text in schema_statements():
                    session.run(text).consume()
            for _ in range(_ROUNDS):
                driver.execute_query(statement("training"), key="", database_=DATABASE)
    finally:
        server.stop(_WRITE_TIMEOUT_S)
