"""From what a Neo4j process left in its logs to an error that says what to do.

Guarantees: only the server's own lines are quoted, each cut short; query texts and parameters are
in no log (see neo4j_conf).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from graph.errors import (
    DiskFull,
    GraphError,
    JavaMissing,
    OutOfMemory,
    PortTaken,
    StoreBroken,
    StoreBusy,
)

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_BYTES: Final = 64 * 1024
_QUOTED_LINES: Final = 4
_QUOTED_CHARACTERS: Final = 240
_TELLING: Final = re.compile(r"ERROR|Caused by|Exception|Error occurred|Invalid|fatal", re.I)

_SIGNS: Final[tuple[tuple[str, type[GraphError], str], ...]] = (
    (
        r"Address already in use|Failed to bind",
        PortTaken,
        "its port is taken by another program; end that program or let VAST choose a free port",
    ),
    (
        r"OutOfMemoryError|insufficient memory for the Java Runtime|Could not reserve enough space",
        OutOfMemory,
        "it ran out of memory; free some, or give the server a larger heap",
    ),
    (
        r"No space left on device|Disk quota exceeded|File too large",
        DiskFull,
        "a file could not be written for lack of room; make room and run the same command again",
    ),
    (
        r"locked by another process|FileLockException|StoreLockException|OverlappingFileLock",
        StoreBusy,
        "another server runs on the same store; end it with 'vast stop' or wait until it has ended",
    ),
    (
        r"UnsupportedClassVersionError|Unrecognized option|Could not find or load main class",
        JavaMissing,
        "the Java runtime does not fit; unset VAST_JAVA to use the one installed with VAST",
    ),
)


def tail(path: Path) -> str:
    """The end of a log; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def quoted(text: str) -> str:
    """The lines that tell most, cut short, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)] or lines
    return " | ".join(line[:_QUOTED_CHARACTERS] for line in telling[-_QUOTED_LINES:])


def known_fault(what: str, text: str) -> GraphError | None:
    """The error for a known sign in the logs of ``what`` (e.g. 'Neo4j on /path')."""
    for pattern, error, meaning in _SIGNS:
        if re.search(pattern, text):
            return error(f"{what}: {meaning}. The log says: {quoted(text)}")
    return None


def fault_of(what: str, text: str, otherwise: str) -> GraphError:
    """As known_fault; StoreBroken with the advice ``otherwise`` where no sign is known."""
    return known_fault(what, text) or StoreBroken(
        f"{what}: {otherwise}. The log says: {quoted(text) or 'nothing'}"
    )
