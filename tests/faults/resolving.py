"""One increment in a process of its own, which dies at a moment of its work:
``python -m tests.faults.resolving FOLDER RUN MOMENT``."""

from __future__ import annotations

import os
import signal
import sys
from fnmatch import fnmatch
from pathlib import Path

from resolution.resolve import Memory
from runs.home import ViewFolder
from tests.resolution.people import resolve
from tests.resolution.population import population

PARENT = "r1"


def state(folder: Path, run: str) -> Path:
    return folder / "state" / run


def first(folder: Path) -> None:
    """The parent run: all records but some."""
    rows, _ = population(seed=7, people=60)
    resolve(folder, rows[3:], run_id=PARENT, memory=Memory(state(folder, PARENT)))


def increment(folder: Path, run: str) -> ViewFolder:
    """All records, in tables that share the parent's files."""
    rows, _ = population(seed=7, people=60)
    persons = folder / PARENT / "views" / "v" / "persons"
    memory = Memory(state(folder, run), state(folder, PARENT), persons, parts_from=1)
    view, summary = resolve(folder, rows, run_id=run, parent=PARENT, memory=memory)
    assert not summary.resolved_all_because
    return view


def die_at(moment: str) -> None:
    """SIGKILL to this process, at once, when it is about to open, link or rename to such a path."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.link", "os.rename") and any(
            fnmatch(str(argument), f"*/{moment}") for argument in arguments[:2]
        ):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


if __name__ == "__main__":
    die_at(sys.argv[3])
    increment(Path(sys.argv[1]), sys.argv[2])
