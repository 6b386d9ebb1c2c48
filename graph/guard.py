"""Ends a server whose owner died without ending it. Run as a process of its own.

Guarantees: reads its standard input, whose other end only the owner holds; when that closes, for
whatever reason, the watched process is asked to end and then killed. It ends by itself when the
watched process does, and never touches another process that got the same number.

A parent-death signal was rejected: on Linux it follows the thread that started the child, and
macOS has none.
"""

from __future__ import annotations

import os
import select
import sys
from typing import Final

import psutil

_LOOK_EVERY_S: Final = 2.0
_TERM_TIMEOUT_S: Final = 15.0


def watch(pid: int, created: float) -> None:
    """Return once the process has ended. ``created`` is its start as psutil tells it."""
    try:
        process = psutil.Process(pid)
        if process.create_time() != created:
            return
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            readable, _, _ = select.select([sys.stdin], [], [], _LOOK_EVERY_S)
            if readable and not os.read(sys.stdin.fileno(), 1):
                end(process)
                return
    except psutil.NoSuchProcess:
        return


def end(process: psutil.Process, timeout_s: float = _TERM_TIMEOUT_S) -> None:
    """SIGTERM, then SIGKILL. psutil checks before each that the number still means the process."""
    try:
        process.terminate()
        try:
            process.wait(timeout_s)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout_s)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        return


if __name__ == "__main__":
    watch(int(sys.argv[1]), float(sys.argv[2]))
