"""How a command talks to the service that owns a home.

Guarantees: only loopback, only who can read the home's secrets (both ends prove the key); the
service's address is in ``service.json``, which is removed when it ends.
"""

from __future__ import annotations

import json
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from typing import TYPE_CHECKING, Any

import psutil
from pydantic import ValidationError

from pipeline.errors import PipelineError, ServiceUnreachable
from runs.manifest import Frozen, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import Home


class ServiceAddress(Frozen):
    """A running service: its process, when that started, and where it listens."""

    pid: int
    started: float
    control_port: int
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def address_path(home: Home) -> Path:
    return home.path / "service.json"


def write_address(home: Home, address: ServiceAddress) -> None:
    write_whole(address_path(home), json.dumps(address.model_dump(mode="json"), indent=1))


def running_service(home: Home) -> ServiceAddress | None:
    """The service that serves this home now, or None.

    A file left behind by a killed service is recognised: its process is gone, or a later process
    has its number.
    """
    try:
        address = ServiceAddress.model_validate_json(address_path(home).read_text("utf-8"))
        process = psutil.Process(address.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        started = process.create_time()
    except (FileNotFoundError, ValidationError, psutil.NoSuchProcess):
        return None
    return address if abs(started - address.started) < 1.0 else None


def ask(home: Home, request: str, **arguments: Any) -> dict[str, Any]:
    """Send one request to the home's service and return its answer.

    Raises ServiceUnreachable where none runs or it does not answer, PipelineError with the
    service's own message where it refused.
    """
    address = running_service(home)
    if address is None:
        raise ServiceUnreachable(f"no service runs for {home.path}; start it with 'vast serve'")
    try:
        with Client(
            ("127.0.0.1", address.control_port), authkey=home.secret("control.key")
        ) as line:
            line.send({"request": request, **arguments})
            answer: dict[str, Any] = line.recv()
    except (OSError, EOFError, AuthenticationError) as error:
        raise ServiceUnreachable(
            f"the service (process {address.pid}) did not answer on its control port: "
            f"{type(error).__name__}; see {home.logs}, or 'vast stop' and 'vast serve'"
        ) from None
    if not answer.get("ok"):
        raise PipelineError(str(answer.get("message", "the service refused")))
    return answer


def forget_address(home: Home) -> None:
    with suppress(FileNotFoundError):
        address_path(home).unlink()
