"""Neo4j's administration command, run in one JVM.

Guarantees: its arguments, a password among them, are in a private file that is removed with it; it
ends with the caller, interrupted or killed; what it printed is kept in the store's logs.

``neo4j-admin`` itself starts a second JVM: 4.7 s instead of 1.3 s for setting a password.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from graph.diagnosis import known_fault, tail
from graph.errors import StoreBroken
from graph.neo4j_conf import WRITER_LIMITS, jvm_arguments, write_conf
from graph.process import JavaProcess
from graph.runtime.archive import archive_arguments
from graph.runtime.jars import class_path
from graph.runtime.lock import read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.neo4j_conf import Neo4jHome
    from graph.runtime.settings import RuntimeSettings

_MAIN_CLASS: Final = "org.neo4j.cli.AdminTool"
_POLL_S: Final = 0.05
_UNUSED_PORT: Final = 7687


def run_admin(
    settings: RuntimeSettings,
    home: Neo4jHome,
    name: str,
    arguments: Sequence[str],
    *,
    heap_mb: int = 256,
    watch: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run one command; returns its exit status and the end of what it printed.

    ``name`` names the log below the store's logs. ``watch`` is given the end of the output about
    every second. Raises JavaMissing.
    """
    write_conf(home, _UNUSED_PORT, WRITER_LIMITS, read_only=False)
    log = home.path / "logs" / f"{name}.log"
    process = JavaProcess(
        settings,
        home,
        home.admin_arguments,
        [
            *jvm_arguments(home, heap_mb),
            *archive_arguments(settings),
            "-cp",
            class_path(settings, read_lock()),
            _MAIN_CLASS,
            *arguments,
        ],
        log,
    )
    try:
        looked = time.monotonic()
        while process.poll() is None:
            time.sleep(_POLL_S)
            if watch is not None and time.monotonic() - looked > 1:
                looked = time.monotonic()
                watch(tail(log))
        return process.poll() or 0, tail(log)
    finally:
        process.end()
        home.admin_arguments.unlink(missing_ok=True)


def set_password(settings: RuntimeSettings, home: Neo4jHome, password: str) -> None:
    """The password of a store that was never started. Raises StoreBroken where it is refused."""
    status, output = run_admin(
        settings, home, "password", ["dbms", "set-initial-password", password]
    )
    if status != 0:
        raise known_fault(f"preparing {home.path}", output) or StoreBroken(
            f"the password of {home.path} could not be set (status {status}); it needs at least "
            "8 characters"
        )


def make_empty(settings: RuntimeSettings, home: Neo4jHome, password: str) -> None:
    """A home whose writable server makes an empty database at its first start."""
    home.prepare()
    (home.path / "data" / "databases").mkdir(exist_ok=True)
    set_password(settings, home, password)
