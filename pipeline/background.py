"""Starting the service behind one's back, waiting until pages answer, and ending it.

Guarantees: ``start`` returns only when a page has answered, and leaves no process behind when it
fails; ``stop`` returns only when the service and every Neo4j server that it started are gone.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import psutil

from graph.server import reap_orphans
from pipeline.control import ask, forget_address, running_service
from pipeline.errors import PipelineError, StartFailed

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import Home

READY_TIMEOUT_S: Final = 180.0
STOP_TIMEOUT_S: Final = 40.0
LOG_TAIL_LINES: Final = 15


def service_log(home: Home) -> Path:
    return home.logs / "service.log"


def start(home: Home, host: str, port: int) -> subprocess.Popen[bytes]:
    """Start 'vast serve' detached and return its process, which outlives this one.

    Raises StartFailed with the end of its log.
    """
    home.logs.mkdir(parents=True, exist_ok=True)
    with service_log(home).open("ab") as log:
        begin = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-m",
                "pipeline",
                "serve",
                "--home",
                str(home.path),
                "--host",
                host,
                "--port",
                str(port),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartFailed("the service ended while it started:\n" + _tail(home, begin))
        if running_service(home) is not None and answers(host, port):
            return process
        time.sleep(0.2)
    process.terminate()
    process.wait(STOP_TIMEOUT_S)
    raise StartFailed(f"no page answered within {READY_TIMEOUT_S:.0f} s:\n" + _tail(home, begin))


def answers(host: str, port: int, timeout_s: float = 3.0) -> bool:
    """Whether the health page answers there."""
    line = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        line.request("GET", "/health")
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def stop(home: Home) -> bool:
    """End the home's service and its servers. Returns False where none ran."""
    address = running_service(home)
    if address is not None:
        process = psutil.Process(address.pid)
        try:
            ask(home, "stop")
        except PipelineError:
            process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT_S)
    reap_orphans(home.serving)
    forget_address(home)
    return address is not None


def _tail(home: Home, begin: int) -> str:
    with service_log(home).open("rb") as log:
        log.seek(begin)
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:])


def follow(home: Home) -> None:
    """Wait until the home's service ends by itself. Raises StartFailed when it does."""
    while running_service(home) is not None:
        time.sleep(0.5)
    raise StartFailed(f"the service has ended; its log is {service_log(home)}")
