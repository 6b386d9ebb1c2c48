"""A world as a whole: repeatable, of the promised size, and nothing of others overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.errors import FolderInUse, ImpossibleWorld
from demo.world import make_world
from tests.demo.conftest import Made

ROOT = Path(__file__).parents[2]
MAKE = (
    "import sys; from pathlib import Path; from demo.world import make_world; "
    "make_world(Path(sys.argv[1]), persons=250, years=1, seed=11, progress=print)"
)


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _small(target: Path, seed: int) -> dict[str, str]:
    make_world(target, persons=250, years=1, seed=seed, progress=lambda _line: None)
    return _contents(target)


def test_equal_seeds_give_equal_bytes_in_another_process(tmp_path: Path) -> None:
    here = _small(tmp_path / "here", 11)
    subprocess.run(
        [sys.executable, "-c", MAKE, str(tmp_path / "there")],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        timeout=120,
    )
    assert here == _contents(tmp_path / "there")
    assert any(name.endswith(".xlsx") for name in here)
    assert any(name.endswith(".parquet") for name in here)


def test_a_world_made_again_in_its_folder_is_the_same(tmp_path: Path) -> None:
    first = _small(tmp_path / "world", 11)
    other = _small(tmp_path / "world", 12)
    # Updates and school divisions without anything to tell send no file.
    both = first.keys() | other.keys()
    updates = {name for name in both if "_update_" in name or "school-attendance" in name}
    assert first.keys() - updates == other.keys() - updates
    for part in ("NAME_SUPPLEMENT", "missing_children", "clients", "intakes", "record.parquet"):
        names = [name for name in first if part in name and name not in updates]
        assert names
        assert all(first[name] != other[name] for name in names), "another seed, other people"
    assert _small(tmp_path / "world", 11) == first


def test_an_unfinished_world_can_be_made_again(tmp_path: Path) -> None:
    whole = _small(tmp_path / "whole", 11)

    def break_off(line: str) -> None:
        if "truth" in line:
            raise KeyboardInterrupt

    target = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        make_world(target, persons=250, years=1, seed=11, progress=break_off)
    assert json.loads((target / "world.json").read_text(encoding="utf-8"))["finished"] is False
    assert _small(target, 11) == whole


def test_the_standard_world_has_what_the_pages_need(standard: Made) -> None:
    made = standard.summary
    assert made.persons == 3000
    assert 6000 <= sum(made.records.values()) <= 12000
    assert set(made.records) == {
        "nibrs", "clearinghouse", "social-services", "juvenile-justice", "forensic-lab", "hotline",
        "local-police", "school-attendance", "courts", "hospital", "service-directory",
    }  # fmt: skip
    assert min(made.records.values()) >= 200
    assert 150 <= made.missing_children <= 250
    assert 250 <= made.episodes <= 350
    assert made.victims >= 120
    assert made.networks >= 20
    assert 25 <= made.events <= 45


def test_a_world_says_that_it_is_synthetic_and_keeps_the_truth_apart(standard: Made) -> None:
    marker = json.loads((standard.path / "world.json").read_text(encoding="utf-8"))
    assert marker["synthetic"] is True
    assert marker["seed"] == 7
    assert sorted(p.name for p in standard.path.iterdir()) == ["feeds", "truth", "world.json"]
    assert sorted(p.name for p in (standard.path / "feeds").iterdir()) == [
        "clearinghouse", "courts", "events", "forensic-lab", "hospital", "hotline",
        "juvenile-justice", "local-police", "nibrs", "school-attendance", "service-directory",
        "social-services",
    ]  # fmt: skip
    for path in (standard.path / "feeds").rglob("*"):
        if path.suffix in (".csv", ".jsonl"):
            assert "SYN0" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize(
    ("persons", "years", "seed"), [(199, 3, 7), (3000, 0, 7), (3000, 11, 7), (3000, 3, -1)]
)
def test_impossible_settings_are_refused_before_anything_is_written(
    tmp_path: Path, persons: int, years: int, seed: int
) -> None:
    target = tmp_path / "world"
    with pytest.raises(ImpossibleWorld):
        make_world(target, persons=persons, years=years, seed=seed, progress=print)
    assert not target.exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "mine.csv").write_text("kept", encoding="utf-8")
    (tmp_path / "thesis.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(FolderInUse, match=r"thesis\.txt"):
        make_world(tmp_path, persons=300, years=1, progress=print)
    assert (tmp_path / "feeds" / "mine.csv").read_text(encoding="utf-8") == "kept"


def test_feeds_without_a_marker_are_not_taken_for_a_world(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "real.csv").write_text("kept", encoding="utf-8")
    with pytest.raises(FolderInUse, match=r"world\.json"):
        make_world(tmp_path, persons=300, years=1, progress=print)
    assert (tmp_path / "feeds" / "real.csv").exists()
