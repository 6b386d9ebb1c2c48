"""A small home with a published run, and runs of it that end badly.

The world is one feed and one view, so that a run takes seconds. ``vast`` runs in a process of its
own, as a person would start it; what ends it is triggered by what it has written, never by a clock.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from pipeline.publish import published
from pipeline.run import make_run
from pipeline.settings import PipelineSettings
from runs.home import Home
from runs.manifest import Current, now, write_manifest
from tests.conftest import quiet_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

VIEW: Final = "investigation"
WAIT_S: Final = 240


@dataclass(frozen=True)
class Place:
    """A home whose only run is published, and a delivery that has not landed yet."""

    home: Home
    settings: PipelineSettings
    delivery: Path
    parent: str
    files: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "VAST_AGREEMENTS": str(self.settings.agreements),
            "VAST_HOME": str(self.home.path),
        }

    def start(self, *words: str, around: Sequence[str] = ()) -> subprocess.Popen[str]:
        """``vast`` with these words on this home. ``around``: a command that runs it."""
        return subprocess.Popen(
            [
                *around,
                *(sys.executable, "-m", "pipeline", *words, "--home", str(self.home.path)),
            ],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def vast(self, *words: str, around: Sequence[str] = ()) -> tuple[int, str]:
        """Exit code and everything it said."""
        process = self.start(*words, around=around)
        try:
            said, _ = process.communicate(timeout=WAIT_S)
        finally:
            process.kill()
        return process.returncode, said

    def end(self, number: signal.Signals, trigger: str) -> tuple[int, str]:
        """Start the next run and send it a signal once it has written what ``trigger`` (a pattern
        below the run's folder or, with a slash in front, the home) names."""
        process = self.start("run", str(self.delivery))
        deadline = time.monotonic() + WAIT_S
        while process.poll() is None and not self._written(trigger):
            assert time.monotonic() < deadline, f"nothing wrote {trigger}"
            time.sleep(0.001)
        assert process.poll() is None, f"it ended before {trigger}: {process.communicate()[0]}"
        process.send_signal(number)
        try:
            said, _ = process.communicate(timeout=WAIT_S)
        finally:
            process.kill()
        return process.returncode, said

    def _written(self, trigger: str) -> bool:
        if trigger.startswith("/"):
            return any(self.home.path.glob(trigger[1:]))
        return any(
            next(folder.glob(trigger), None) is not None
            for folder in self.home.runs.iterdir()
            if folder.name != self.parent
        )

    def check_parent(self) -> None:
        """The parent run is published, and every byte of it is as it was."""
        assert published(self.home) == self.parent
        assert hashes(self.home.run(self.parent).path) == self.files

    def check_nothing_left(self, finished: Sequence[str]) -> None:
        """Nothing of any other run is anywhere, and nothing half-written or scratch."""
        home = self.home
        assert sorted(path.name for path in home.runs.iterdir()) == sorted(finished)
        lineages = {path.name for path in home.view_lineage(VIEW).iterdir() if path.is_dir()}
        assert lineages <= set(finished)
        assert not home.making.exists()
        left = [
            path
            for path in home.path.rglob("*")
            if "partial" in path.name or path.name.startswith(".vast") or path.name == "scratch"
        ]
        assert left == []

    def copy(self, folder: Path) -> Place:
        shutil.copytree(self.home.path, folder)
        return Place(Home(folder), self.settings, self.delivery, self.parent, self.files)


def mounting(script: str, *values: str) -> tuple[str, ...]:
    """A command that runs another (its ``"$@"``) where it alone sees what ``script`` mounts.

    ``values`` are what the script finds as HOME_PATH, SIZE and KEPT. Skips the test where this
    user may not mount.
    """
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.call([unshare, "-m", "true"], stderr=subprocess.DEVNULL):
        pytest.skip("only who may mount can have a disk that is full or read-only")
    names = ("HOME_PATH", "SIZE", "KEPT")
    given = (f"{name}={value}" for name, value in zip(names, values, strict=False))
    return ("env", *given, unshare, "-m", "sh", "-c", script, "sh")


def hashes(folder: Path) -> dict[str, str]:
    """Each file below a folder, with the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def small_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The home that every test copies."""
    from demo.world import make_world

    folder = tmp_path_factory.mktemp("faults")
    make_world(folder / "world", persons=900, years=1, seed=5, progress=lambda _line: None)
    settings = PipelineSettings(_agreements(folder), PipelineSettings.from_environment().pack)
    last, *_, first = sorted((folder / "world" / "feeds" / "hotline").iterdir())
    home = Home(folder / "home")
    parent = make_run(home, [first], settings, quiet_steps()).manifest.run_id
    # What publishing writes once the views' stores are built, which takes Neo4j longer than a run.
    write_manifest(home.current, Current(run_id=parent, published_at=now(), servers={}))
    return Place(home, settings, last, parent, hashes(home.run(parent).path))


@pytest.fixture
def place(small_place: Place, tmp_path: Path) -> Place:
    return small_place.copy(tmp_path / "home")


def _agreements(folder: Path) -> Path:
    """The shipped agreements of the hotline with its one view."""
    shipped = PipelineSettings.from_environment().agreements
    made = folder / "agreements"
    made.mkdir()
    shutil.copy(shipped / "hotline.yaml", made)
    said = yaml.safe_load((shipped / "views.yaml").read_text("utf-8"))
    said["views"] = [view for view in said["views"] if view["name"] == VIEW]
    (made / "views.yaml").write_text(yaml.safe_dump(said), "utf-8")
    return made
