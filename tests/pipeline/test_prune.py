"""Old runs are removed, the published one and its neighbours are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.lock import FileLock
from pipeline.prune import prune
from runs.errors import HomeLocked
from runs.home import Home
from runs.manifest import Current, RunManifest, damaged_runs, finished_runs, write_manifest

if TYPE_CHECKING:
    from pathlib import Path

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def _home(path: Path, runs: int, published: int | None) -> Home:
    home = Home(path)
    home.prepare()
    for number in range(runs):
        folder = home.run(f"r{number}")
        (folder.path / "views").mkdir(parents=True)
        home.store(folder.run_id, "v").mkdir(parents=True)
        (home.view_lineage("v") / folder.run_id).mkdir(parents=True)
        write_manifest(
            folder.manifest,
            RunManifest(
                run_id=folder.run_id,
                created_at=FIRST + timedelta(days=number),
                parent=None,
                synthetic=True,
                inputs={},
                inputs_hash="",
                versions={},
                feeds=(),
                views=("v",),
                graph_views=("v",),
                files=(),
                timings_s={},
            ),
        )
    if published is not None:
        write_manifest(
            home.current, Current(run_id=f"r{published}", published_at=FIRST, servers={})
        )
    return home


@pytest.mark.parametrize(
    ("published", "keep", "left"),
    [
        (4, 2, ["r3", "r4"]),
        (1, 2, ["r1", "r3", "r4"]),
        (None, 1, ["r4"]),
        (2, 0, ["r2"]),
        (4, 9, ["r0", "r1", "r2", "r3", "r4"]),
    ],
)
def test_what_stays(tmp_path: Path, published: int | None, keep: int, left: list[str]) -> None:
    home = _home(tmp_path, 5, published)
    gone = prune(home, keep)
    assert [run.run_id for run in finished_runs(home)] == left
    assert sorted(gone) == sorted({f"r{n}" for n in range(5)} - set(left))
    assert sorted(path.name for path in home.runs.iterdir()) == left
    assert sorted(path.name for path in home.serving.iterdir()) == left
    assert len(list(home.view_lineage("v").iterdir())) == 5


def test_a_killed_removal_is_finished_by_the_next(tmp_path: Path) -> None:
    home = _home(tmp_path, 3, 2)
    home.run("r0").manifest.unlink()
    assert prune(home, 2) == ()
    assert sorted(path.name for path in home.runs.iterdir()) == ["r1", "r2"]


def test_nothing_goes_while_a_run_is_made(tmp_path: Path) -> None:
    home = _home(tmp_path, 3, 2)
    with FileLock(home.lock, "making a run"), pytest.raises(HomeLocked):
        prune(home, 0)
    assert len(finished_runs(home)) == 3


@pytest.mark.parametrize("left", ["", "{", '{"run_id": "r1"}', "\x80"])
def test_a_damaged_manifest_of_an_old_run_stands_in_nobodys_way(tmp_path: Path, left: str) -> None:
    home = _home(tmp_path, 5, 4)
    home.run("r1").manifest.write_bytes(left.encode("latin-1"))
    assert [run.run_id for run in finished_runs(home)] == ["r0", "r2", "r3", "r4"]
    assert damaged_runs(home) == ["r1"]
    assert prune(home, 2) == ("r0", "r2")
    assert home.run("r1").manifest.exists()
    assert prune(home, 2, damaged=True) == ("r1",)
    assert sorted(path.name for path in home.runs.iterdir()) == ["r3", "r4"]


def test_a_damaged_run_that_is_published_stays(tmp_path: Path) -> None:
    home = _home(tmp_path, 2, 0)
    home.run("r0").manifest.write_text("{")
    assert prune(home, 0, damaged=True) == ("r1",)
    assert damaged_runs(home) == ["r0"]
