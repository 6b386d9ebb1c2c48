"""Which process serves a store, told by a file, and the ending of those that nobody owns.

Guarantees: a process is touched only where its start time and its command line both say that it
is the store's server, and only when its owner is gone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from graph.guard import end
from graph.neo4j_conf import Neo4jHome
from runs.manifest import write_whole

if TYPE_CHECKING:
    from pathlib import Path


_CLOCK_STEP_S: Final = 2.0
"""A start is told by the wall clock, which may be set meanwhile."""


class ServerProcess(BaseModel):
    """``started`` and ``owner_started`` are as psutil tells them: they tell reused numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    started: float
    port: int
    owner_pid: int
    owner_started: float


def remember(home: Neo4jHome, pid: int, started: float, port: int) -> ServerProcess:
    """Write down which process now serves the store, owned by this one."""
    owner = os.getpid()
    record = ServerProcess(
        pid=pid,
        started=started,
        port=port,
        owner_pid=owner,
        owner_started=psutil.Process(owner).create_time(),
    )
    write_whole(home.process_file, record.model_dump_json())
    return record


def forget(home: Neo4jHome) -> None:
    home.process_file.unlink(missing_ok=True)


def serving_process(home: Neo4jHome) -> ServerProcess | None:
    """The live process that serves the store, if any."""
    try:
        record = ServerProcess.model_validate_json(home.process_file.read_bytes())
        process = psutil.Process(record.pid)
        named = f"@{home.java_arguments}"
        if _same(process, record.started) and named in process.cmdline():
            return record
    except (OSError, ValidationError, psutil.Error):
        pass
    return None


def has_owner(record: ServerProcess) -> bool:
    """Whether the process that started the server still lives."""
    try:
        owner = psutil.Process(record.owner_pid)
        return _same(owner, record.owner_started) and owner.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _same(process: psutil.Process, started: float) -> bool:
    return abs(process.create_time() - started) < _CLOCK_STEP_S


def reap_orphan(home: Neo4jHome) -> bool:
    """End the store's server where its owner is gone. Returns whether one was ended."""
    record = serving_process(home)
    if record is None:
        forget(home)
        return False
    if has_owner(record):
        return False
    end(psutil.Process(record.pid))
    forget(home)
    return True


def reap_orphans(serving_dir: Path) -> int:
    """End every server below ``serving/<run>/<view>`` whose owner is gone; returns how many.

    Does nothing where the folder does not exist. Servers with a living owner are left alone.
    """
    return sum(
        reap_orphan(Neo4jHome(path.parent.parent))
        for path in sorted(serving_dir.glob("*/*/run/server.json"))
    )
