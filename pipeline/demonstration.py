"""The demo: a made-up Virginia, taken through the whole line and served.

Guarantees: every step is skipped when what it makes is already there and whole; passwords are
generated at set-up and kept readable for this user only.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import demo as demo_package
from demo.world import make_world
from graph.training import ensure_runtime
from pipeline import background
from pipeline.control import running_service
from pipeline.database import store_of
from pipeline.errors import ServiceRunning
from pipeline.inputs import folder_hash
from pipeline.publish import publish, published
from pipeline.run import make_run
from pipeline.serve import listen
from runs.home import Home
from runs.manifest import write_whole
from sharing.accounts import ensure_demo_accounts
from webapp.build_frontend import build as build_frontend

if TYPE_CHECKING:
    from pipeline.settings import PipelineSettings
    from pipeline.steps import Steps

WORLD: Final = {"persons": 3000, "years": 3, "seed": 7}


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where the demo lives: ``folder/world`` and ``folder/home``."""

    folder: Path

    @property
    def world(self) -> Path:
        return self.folder / "world"

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def passwords(self) -> Path:
        return self.home.secrets / "demo-accounts.json"


def prepare(place: DemoPlace, settings: PipelineSettings, steps: Steps) -> None:
    """Everything up to a published run. Raises the stages' errors; doing it again heals."""
    with steps.step("Neo4j and Java", "jars"):
        ensure_runtime(steps.note)
    with steps.step("Front end", "front end"):
        build_frontend(steps.note)
    with steps.step("A synthetic Virginia", "world"):
        ensure_world(place, steps)
    home = place.home
    home.prepare()
    with steps.step("Demo accounts", "accounts"):
        ensure_accounts(place)
    made = make_run(home, [place.world / "feeds"], settings, steps)
    if made.manifest.run_id != published(home) or not home.serving.exists():
        publish(home, made.manifest.run_id, settings, steps)


def ensure_world(place: DemoPlace, steps: Steps) -> None:
    """Make the world where it is missing, was cut off, or its code or size has changed."""
    wanted = json.dumps(
        WORLD | {"code": folder_hash(Path(next(iter(demo_package.__path__))))}, sort_keys=True
    )
    stamp = place.world / ".complete.json"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        steps.note("unchanged")
        return
    shutil.rmtree(place.world, ignore_errors=True)
    make_world(place.world, **WORLD, progress=steps.note)
    write_whole(stamp, wanted)


def ensure_accounts(place: DemoPlace) -> dict[str, str]:
    """The demo accounts and their passwords, made at the first set-up."""
    known: dict[str, str] = {}
    if place.passwords.exists():
        known = json.loads(place.passwords.read_text("utf-8"))
    with store_of(place.home) as store:
        known |= ensure_demo_accounts(store)
    write_whole(place.passwords, json.dumps(known, indent=1))
    place.passwords.chmod(0o600)
    return known


def check_port(place: DemoPlace, host: str, port: int) -> None:
    """Before anything is made: can the demo be served there?

    Raises PortTaken, or ServiceRunning where it is served at another address already.
    """
    service = running_service(place.home)
    if service is None:
        listen(host, port).close()
    elif (service.host, service.port) != (host, port):
        raise ServiceRunning(
            f"the demo is already served at {service.url}; end it first with 'make stop' "
            "('vast demo down') to serve it elsewhere"
        )


def serve_in_background(place: DemoPlace, host: str, port: int, steps: Steps) -> str:
    """Serve unless it is served already; returns the address."""
    service = running_service(place.home)
    if service is not None:
        steps.note("already serving")
        return service.url
    with steps.step("Starting the service", "serving"):
        background.start(place.home, host, port)
    return f"http://{host}:{port}"
