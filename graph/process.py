"""A Java process of Neo4j's that ends with its owner.

Guarantees: it has its own session, so that a Ctrl-C in a terminal reaches only the owner, who ends
it in order; a guard process ends it where the owner cannot (see guard); its arguments are in a
private file, so that ``ps`` shows no password; nothing of the caller's environment reaches it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from graph import guard
from graph.runtime.java import java_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.neo4j_conf import Neo4jHome
    from graph.runtime.settings import RuntimeSettings

STOP_TIMEOUT_S: Final = 20.0


class JavaProcess:
    """Starts at once. Raises JavaMissing. ``log`` is overwritten with what the process prints."""

    def __init__(
        self,
        settings: RuntimeSettings,
        home: Neo4jHome,
        arguments_file: Path,
        arguments: Sequence[str],
        log: Path,
    ) -> None:
        java = java_command(settings)
        _write_arguments(arguments_file, arguments)
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own Java and arguments
                [str(java), f"@{arguments_file}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=home.path,
                env=_environment(home),
                start_new_session=True,
            )
        try:
            self.started = psutil.Process(self.pid).create_time()
            self._guard = _start_guard(self.pid, self.started, home.path)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status once it has ended (negative: the signal), else None."""
        return self._process.poll()

    def end(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """SIGTERM, SIGKILL after ``timeout_s``. No error where it has ended already."""
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._guard.kill()
        self._guard.wait()
        if self._guard.stdin is not None:
            self._guard.stdin.close()


def _start_guard(pid: int, started: float, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-I", str(Path(guard.__file__)), str(pid), repr(started)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,
    )


def _environment(home: Neo4jHome) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home.path),
        "TMPDIR": str(home.path / "run" / "tmp"),
        "NEO4J_HOME": str(home.path),
        "NEO4J_CONF": str(home.conf),
    }


def _write_arguments(path: Path, arguments: Sequence[str]) -> None:
    quoted = (
        '"{}"'.format(argument.replace("\\", "\\\\").replace('"', '\\"')) for argument in arguments
    )
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(quoted) + "\n", encoding="utf-8")
