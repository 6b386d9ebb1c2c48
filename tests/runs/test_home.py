"""Paths and secrets of a home."""

from __future__ import annotations

import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from runs.errors import BrokenRun, NoPublishedRun
from runs.home import Home
from runs.manifest import Current, now, read_current, read_run, write_manifest, write_whole

if TYPE_CHECKING:
    from pathlib import Path


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = home.secret("some.key")
    assert len(first) == 32
    assert home.secret("some.key") == first
    assert (home.secrets / "some.key").stat().st_mode & 0o077 == 0


def test_a_damaged_secret_is_named_not_replaced(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.secret("some.key")
    (home.secrets / "some.key").write_bytes(b"short")
    with pytest.raises(BrokenRun, match="has 5 bytes, expected 32"):
        home.secret("some.key")


def test_a_secret_that_could_not_be_written_is_made_by_the_next_command(tmp_path: Path) -> None:
    home = Home(tmp_path)
    # What a process may write at most stands for a disk without room.
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, allowed[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            home.view_key("investigation")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert list(home.secrets.iterdir()) == []
    assert len(home.view_key("investigation")) == 32


def test_several_that_make_a_secret_at_once_have_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for number in range(20):
        name = f"{number}.key"
        begin = threading.Barrier(8)

        def make(name: str = name, begin: threading.Barrier = begin) -> bytes:
            begin.wait()
            return home.secret(name)

        with ThreadPoolExecutor(8) as pool:
            made = {one.result() for one in [pool.submit(make) for _ in range(8)]}
        assert made == {home.secret(name)}
    assert len(list(home.secrets.iterdir())) == 20


@pytest.mark.parametrize("run_id", ["", "..", "../other", "a/b", ".hidden"])
def test_a_run_id_cannot_leave_the_home(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(BrokenRun):
        Home(tmp_path).run(run_id)


def test_nothing_published_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoPublishedRun, match="vast run"):
        read_current(Home(tmp_path))


def test_a_run_that_is_not_there_is_not_one_that_was_not_finished(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(BrokenRun, match="holds no run 20260101T000000Z; 'vast status'"):
        read_run(home, "20260101T000000Z")
    home.run("20260101T000000Z").path.mkdir(parents=True)
    with pytest.raises(BrokenRun, match="was not finished"):
        read_run(home, "20260101T000000Z")


def test_a_torn_current_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_manifest(home.current, Current(run_id="r", published_at=now(), servers={}))
    assert read_current(home).run_id == "r"
    home.current.write_text(home.current.read_text()[:20])
    with pytest.raises(BrokenRun, match="current"):
        read_current(home)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
