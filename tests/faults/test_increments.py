"""An increment shares the parent run's files: killed, it must not have touched them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from resolution.contracts import LINEAGE, LINK, MEMBERSHIP, PERSON
from runs.schema import read_table
from tests.faults.conftest import hashes
from tests.faults.resolving import PARENT, first, increment, state

if TYPE_CHECKING:
    from runs.home import ViewFolder

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parent") / "f"
    first(folder)
    return folder


def of_the_parent(folder: Path) -> dict[str, dict[str, str]]:
    return {
        str(part): hashes(folder / part)
        for part in (Path(PARENT), Path("state") / PARENT, Path("lineage") / PARENT)
    }


def rows(view: ViewFolder) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect() as con:
        return {
            table.name: read_table(con, table, view.persons)
            .select(*(name for name in table.column_names if name != "run_id"))
            .order("ALL")
            .fetchall()
            for table in (PERSON, MEMBERSHIP, LINK, LINEAGE)
        }


@pytest.mark.parametrize(
    "moment",
    [
        "r2/views/v/persons/link.added.parquet",
        pytest.param("r2/views/v/persons/person.parquet", marks=pytest.mark.slow),
        pytest.param("r2/views/v/persons/membership.gone.parquet", marks=pytest.mark.slow),
        pytest.param("lineage/r2/membership_history.added.parquet", marks=pytest.mark.slow),
        pytest.param("state/r2/base/pair_left", marks=pytest.mark.slow),
        pytest.param("state/r2/delta/pair_left", marks=pytest.mark.slow),
        pytest.param("state/r2/.state.json.*", marks=pytest.mark.slow),
    ],
)
def test_an_increment_that_is_killed(parent: Path, tmp_path: Path, moment: str) -> None:
    folder = shutil.copytree(parent, tmp_path / "f")
    before = of_the_parent(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.resolving", str(folder), "r2", moment],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert of_the_parent(folder) == before
    assert not (state(folder, "r2") / "state.json").exists()
    again = increment(folder, "r3")
    assert of_the_parent(folder) == before
    assert rows(again) == rows(increment(parent, again.run_id))
    shutil.rmtree(parent / again.run_id)
    for left in (state(parent, "r3"), parent / "lineage" / "r3"):
        shutil.rmtree(left)


def test_the_same_runs_leave_the_same_bytes(parent: Path, tmp_path: Path) -> None:
    """What the next run reads included: the full run's state, and the increment's."""
    one, other = shutil.copytree(parent, tmp_path / "one"), tmp_path / "other"
    first(other)
    for folder in (one, other):
        increment(folder, "r2")
    for part in (PARENT, "state", "lineage", "r2"):
        assert hashes(one / part) == hashes(other / part)
        assert hashes(one / part)
