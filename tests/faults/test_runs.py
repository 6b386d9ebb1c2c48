"""A run that ends badly at any moment: killed, interrupted, out of room, without permission."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import psutil
import pytest

from pipeline.prune import prune
from pipeline.publish import published
from pipeline.run import make_run
from resolution import contracts as resolution_tables
from runs.home import Home
from runs.manifest import read_run
from runs.schema import Table, read_table
from tests.conftest import quiet_steps
from tests.faults.conftest import VIEW, WAIT_S, hashes, mounting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import Place

MOMENTS = (
    "/landing/hotline/*",
    "records/*.parquet*",
    f"match/{VIEW}/person_record.parquet*",
    f"views/{VIEW}/persons/person.parquet*",
    f"/lineage/{VIEW}/*/lineage.parquet",
    f"resolution/{VIEW}/delta",
    f"views/{VIEW}/graph/*.parquet*",
    f"views/{VIEW}/manifest.json",
)
"""What a run has just begun or done when it ends, in order."""


def outcome(place: Place, run_id: str) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every table of the run's persons but the run's own name."""
    persons = place.home.run(run_id).view(VIEW).persons
    found = {}
    with duckdb.connect() as con:
        for table in vars(resolution_tables).values():
            if isinstance(table, Table):
                names = [name for name in table.column_names if name != "run_id"]
                rows = read_table(con, table, persons).select(*names)
                found[table.name] = rows.order("ALL").fetchall()
    return found


def finish(place: Place) -> str:
    """The next run, which has to succeed; its id."""
    return make_run(place.home, [place.delivery], place.settings, quiet_steps()).manifest.run_id


def check_finished(place: Place, whole: dict[str, list[tuple[object, ...]]]) -> None:
    run_id = finish(place)
    assert read_run(place.home, run_id).parent == place.parent
    assert outcome(place, run_id) == whole
    place.check_parent()
    place.check_nothing_left([place.parent, run_id])


@pytest.fixture(scope="module")
def whole(
    small_place: Place, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[object, ...]]]:
    """What the run gives that nothing disturbs."""
    place = small_place.copy(tmp_path_factory.mktemp("whole") / "home")
    return outcome(place, finish(place))


def check_killed(place: Place, moment: str) -> None:
    code, _ = place.end(signal.SIGKILL, moment)
    assert code == -signal.SIGKILL
    place.check_parent()


def test_a_run_killed_while_it_resolves(
    place: Place, whole: dict[str, list[tuple[object, ...]]]
) -> None:
    check_killed(place, f"/lineage/{VIEW}/*/lineage.parquet")
    code, said = place.vast("status", "--json")
    assert code == 0
    found = json.loads(said)
    assert (found["run"], found["published"], found["runs"]) == (place.parent, True, [place.parent])
    check_finished(place, whole)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_killed_again_and_again(
    place: Place, whole: dict[str, list[tuple[object, ...]]]
) -> None:
    for moment in MOMENTS[1:]:
        check_killed(place, moment)
    check_finished(place, whole)


@pytest.mark.slow
def test_a_landing_that_was_killed(
    place: Place, whole: dict[str, list[tuple[object, ...]]]
) -> None:
    before = set(place.home.landing.glob("*/*"))
    check_killed(place, "/.vast-landing-*")
    for landed in set(place.home.landing.glob("*/*")) - before:
        assert (landed / "delivery.json").exists()
    check_finished(place, whole)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS[1::2])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_cleans_up_and_says_so(
    place: Place, number: signal.Signals, code: int, moment: str
) -> None:
    found, said = place.end(number, moment)
    assert "interrupted; the published run is untouched" in said
    assert "Traceback" not in said
    assert found == code
    place.check_parent()
    place.check_nothing_left([place.parent])


def test_removing_old_runs_removes_what_a_killed_one_left(place: Place) -> None:
    home = place.home
    half = home.run("20260101T000000Z")
    half.records.mkdir(parents=True)
    home.making.write_text(half.run_id)
    (home.view_lineage(VIEW) / half.run_id).mkdir()
    (home.path / ".vast-landing-x").mkdir()
    (home.path / ".current.json.1.partial").write_text("{")
    assert prune(home, 0) == ()
    place.check_parent()
    place.check_nothing_left([place.parent])
    # A run that was finished keeps its history, and a file that is damaged tells nothing.
    for named in (place.parent, "", "../..", "\0"):
        home.making.write_text(named)
        assert prune(home, 0) == ()
        assert not home.making.exists()
    assert (home.view_lineage(VIEW) / place.parent).exists()


SMALL_DISK = """
mount -t tmpfs -o size="$SIZE"k none "$HOME_PATH" && cp -a "$KEPT/." "$HOME_PATH" || exit 99
"$@"; code=$?
cp -a "$HOME_PATH" "$KEPT.after"
exit $code
"""


def test_a_disk_without_room(place: Place, tmp_path: Path) -> None:
    """A file system of its own, with room for the landing and the beginning of a run."""
    kept = tmp_path / "kept"
    place.copy(kept)
    size = sum(-(-path.stat().st_size // 4096) * 4 for path in kept.rglob("*") if path.is_file())
    around = mounting(SMALL_DISK, str(place.home.path), str(size + 300), str(kept))
    code, said = place.vast("run", str(place.delivery), around=around)
    assert "no room left on the disk" in said
    assert "Traceback" not in said
    assert code == 1
    after = replace(place, home=Home(tmp_path / "kept.after"))
    after.check_parent()
    after.check_nothing_left([place.parent])


READ_ONLY = """
mount --bind "$HOME_PATH" "$HOME_PATH" && mount -o remount,ro,bind "$HOME_PATH" || exit 99
exec "$@"
"""


@pytest.mark.parametrize(
    "command",
    [
        "run",
        pytest.param("prune", marks=pytest.mark.slow),
        pytest.param("publish", marks=pytest.mark.slow),
    ],
)
def test_a_home_on_a_read_only_disk(place: Place, command: str) -> None:
    code, said = place.vast(command, around=mounting(READ_ONLY, str(place.home.path)))
    assert "may not be written" in said
    assert "Traceback" not in said
    assert code == 1
    place.check_parent()


@pytest.mark.slow
@pytest.mark.neo4j
@pytest.mark.timeout(900)
def test_publishing_that_is_killed(place: Place) -> None:
    """While its store is built, and then by itself: the parent stays published until the end."""
    run_id = finish(place)
    process = place.start("publish", run_id)
    deadline = time.monotonic() + WAIT_S
    while process.poll() is None and not any(place.home.serving.glob("*/*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(started, timeout=60)
    assert alive == []
    place.check_parent()
    assert not place.home.store(run_id, VIEW).exists()
    code, said = place.vast("publish", run_id)
    assert code == 0, said
    assert published(place.home) == run_id
    assert [path.name for path in (place.home.serving / run_id).iterdir()] == [VIEW]
    assert hashes(place.home.run(place.parent).path) == place.files
