"""Fixtures that several packages' tests share.

The expensive ones are made once a session, by production code: a synthetic world, a home with a
run of it, and the running service with its Neo4j servers. Tests only read them; a test that
changes something makes its own home.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from runs.home import Home
from runs.manifest import RunManifest
from runs.view import open_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.steps import Steps

CHROMIUM = shutil.which("chromium")
WORLD = {"persons": 900, "years": 3, "seed": 3}


SERVICE = "service"
OF_THE_SERVICE = ("tests/browser", "tests/webapp", "tests/line")
ON_ITS_OWN = (
    "tests/line/test_minnesota.py",
    "tests/webapp/test_front_end.py",
    "tests/webapp/test_patterns.py",
)
FIRST = (SERVICE, "tests/graph", "tests/sharing", *ON_ITS_OWN)
"""Groups that take longest, so that no process is left alone with one at the end."""


def group_of(path: str) -> str:
    """Tests that one process runs, because they share what is expensive to make.

    Whatever uses the running service is one group, every other package's tests are one each.
    """
    if path in ON_ITS_OWN:
        return path
    package = "/".join(path.split("/")[:2])
    return SERVICE if package in OF_THE_SERVICE else package


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """A group's tests run in one process, in their order.

    The plugin's own ``loadgroup`` writes groups into node ids, which pytest 9.2 no longer shows.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.split("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest groups first; in a group, what ends the session's service last.

    Without a browser its tests are skipped, loudly; in CI they fail instead.
    """

    def rank(item: pytest.Item) -> tuple[int, bool]:
        group = group_of(item.nodeid.split("::")[0])
        return (
            FIRST.index(group) if group in FIRST else len(FIRST),
            item.get_closest_marker("last") is not None,
        )

    items.sort(key=rank)
    if CHROMIUM is None and not os.environ.get("CI"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(
                    pytest.mark.skip(reason="NO CHROMIUM ON PATH: browser test skipped")
                )


def quiet_steps() -> Steps:
    from pipeline.steps import Steps

    return Steps(Console(quiet=True))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic Virginia of 900 people, three years, seed 3: ``feeds/`` and ``truth/``."""
    from demo.world import make_world

    folder = tmp_path_factory.mktemp("world") / "world"
    make_world(folder, **WORLD, progress=lambda _line: None)
    return folder


@dataclass(frozen=True)
class MadeHome:
    """A home with one finished run."""

    home: Home
    run: RunManifest


@pytest.fixture(scope="session")
def made_home(world: Path, tmp_path_factory: pytest.TempPathFactory) -> MadeHome:
    """A home with a run of the world; nothing is published or served."""
    from pipeline.demonstration import DemoPlace
    from pipeline.run import make_run
    from pipeline.settings import PipelineSettings

    place = DemoPlace(tmp_path_factory.mktemp("demo"))
    made = make_run(
        place.home, [world / "feeds"], PipelineSettings.from_environment(), quiet_steps()
    )
    return MadeHome(place.home, made.manifest)


@dataclass(frozen=True)
class Live:
    """The running service."""

    url: str
    home: Home
    run: RunManifest
    passwords: dict[str, str]


@pytest.fixture(scope="session")
def live(made_home: MadeHome) -> Iterator[Live]:
    """The service with its Neo4j servers on the made home; ended with the session."""
    from pipeline import background
    from pipeline.demonstration import DemoPlace, ensure_accounts
    from pipeline.publish import publish
    from pipeline.settings import PipelineSettings

    home = made_home.home
    place = DemoPlace(home.path.parent)
    ensure_accounts(place)
    settings = PipelineSettings.from_environment()
    publish(home, made_home.run.run_id, settings, quiet_steps())
    port = free_port()
    process = background.start(home, "127.0.0.1", port)
    try:
        assert open_view(home, "investigation").server is not None
        yield Live(
            f"http://127.0.0.1:{port}",
            home,
            made_home.run,
            json.loads(place.passwords.read_text("utf-8")),
        )
    finally:
        background.stop(home)
        process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
