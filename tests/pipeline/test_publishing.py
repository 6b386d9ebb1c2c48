"""Publishing beside what else happens to a home, and when it fails."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from rich.console import Console

from pipeline import background
from pipeline.control import ask
from pipeline.errors import PipelineError
from pipeline.lock import FileLock
from pipeline.prune import prune
from pipeline.publish import publish, published, rollback
from pipeline.run import make_run
from pipeline.serve import Service
from pipeline.steps import Steps
from runs.errors import HomeLocked
from runs.manifest import Current, finished_runs, now, read_run, write_manifest
from tests.conftest import free_port, quiet_steps
from tests.faults.conftest import VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runs.home import Home
    from tests.faults.conftest import Place


@pytest.fixture
def newer(place: Place) -> str:
    """A second run, published: the place's parent is what there is to go back to."""
    run_id = make_run(place.home, [place.delivery], place.settings, quiet_steps()).manifest.run_id
    write_manifest(place.home.current, Current(run_id=run_id, published_at=now(), servers={}))
    return run_id


class Interrupted(Exception):
    """Ends a publication in the middle."""


class Meanwhile(Steps):
    """Old runs are removed while the stores of a run are being built."""

    def __init__(self, home: Home) -> None:
        super().__init__(Console(quiet=True))
        self._home = home

    @contextmanager
    def step(self, title: str, key: str | None = None) -> Iterator[None]:
        with super().step(title, key):
            if title.startswith("Building the Neo4j store"):
                with pytest.raises(HomeLocked, match=r"removing old runs needs .*publish"):
                    prune(self._home, 0)
                raise Interrupted
            yield


def without_graphs(place: Place, *run_ids: str) -> None:
    """Let the runs have no view with a Neo4j server, which take longer to start than this needs."""
    for run_id in run_ids:
        manifest = read_run(place.home, run_id)
        write_manifest(
            place.home.run(run_id).manifest, manifest.model_copy(update={"graph_views": ()})
        )


@contextmanager
def unwritable(home: Home) -> Iterator[None]:
    """``current.json`` cannot be replaced: a folder is where its new text would be written."""
    way = home.current.with_name(f".{home.current.name}.{os.getpid()}.partial")
    way.mkdir()
    try:
        yield
    finally:
        way.rmdir()


def test_a_run_is_not_removed_while_it_is_being_published(place: Place, newer: str) -> None:
    home = place.home
    with pytest.raises(Interrupted):
        rollback(home, None, place.settings, Meanwhile(home))
    assert [run.run_id for run in finished_runs(home)] == [place.parent, newer]
    assert published(home) == newer
    # Once its store is there, publishing takes a moment; and it has left no lock behind.
    home.store(place.parent, VIEW).mkdir(parents=True)
    assert rollback(home, None, place.settings, quiet_steps()).run_id == place.parent
    assert published(home) == place.parent
    assert prune(home, 0) == (newer,)


def test_publishing_waits_for_a_removal_that_ends(place: Place, newer: str) -> None:
    home = place.home
    home.store(place.parent, VIEW).mkdir(parents=True)
    held, began = threading.Event(), time.monotonic()

    def hold() -> None:
        with FileLock(home.publishing, "removing old runs"):
            held.set()
            time.sleep(1)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    publish(home, place.parent, place.settings, quiet_steps())
    holder.join()
    assert time.monotonic() - began >= 1
    assert published(home) == place.parent != newer


def test_a_switch_that_could_not_be_written_is_none(place: Place, newer: str) -> None:
    home = place.home
    without_graphs(place, place.parent, newer)
    service = Service(home, place.settings, host="127.0.0.1", port=1, steps=quiet_steps())
    service.switch(newer, downtime=False)
    with unwritable(home), pytest.raises(OSError, match="partial"):
        service.switch(place.parent, downtime=False)
    assert published(home) == newer
    service.switch(place.parent, downtime=False)
    assert published(home) == place.parent


@pytest.mark.slow
@pytest.mark.neo4j
@pytest.mark.timeout(900)
def test_servers_of_a_switch_that_failed_are_stopped(place: Place, newer: str) -> None:
    home = place.home
    service = Service(home, place.settings, host="127.0.0.1", port=1, steps=quiet_steps())
    service.switch(newer, downtime=False)
    (before,) = servers()
    try:
        with unwritable(home), pytest.raises(OSError, match="partial"):
            service.switch(place.parent, downtime=False)
        assert servers() == {before}
        service.switch(place.parent, downtime=False)
        (after,) = servers()
        assert after != before
    finally:
        service._stop_servers()
    assert servers() == set()


def servers() -> set[int]:
    """The Neo4j servers of this process."""
    return {
        child.pid
        for child in psutil.Process().children(recursive=True)
        if "java" in child.name() and child.status() != psutil.STATUS_ZOMBIE
    }


def test_the_service_answers_after_any_error(
    place: Place, newer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = place.home
    without_graphs(place, place.parent, newer)
    agreements = place.settings.agreements
    copy = tmp_path / "agreements"
    copy.mkdir()
    for path in agreements.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("VAST_AGREEMENTS", str(copy))
    process = background.start(home, "127.0.0.1", free_port())
    try:
        written = (copy / "hotline.yaml").read_text("utf-8")
        (copy / "hotline.yaml").write_text(written.replace("retain_years", "retain_yaers"), "utf-8")
        with pytest.raises(PipelineError, match="retain_yaers: unknown entry"):
            ask(home, "switch", run_id=place.parent)
        with pytest.raises(PipelineError, match=r"unexpected KeyError in the service.*logs"):
            ask(home, "switch")
        assert ask(home, "ping") == {"ok": True}
        (copy / "hotline.yaml").write_text(written, "utf-8")
        publish(home, place.parent, place.settings, quiet_steps())
        assert published(home) == place.parent
    finally:
        background.stop(home)
        process.wait(60)
