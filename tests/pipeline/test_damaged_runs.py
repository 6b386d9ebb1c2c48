"""Manifests that cannot be read: what goes on without them, and what is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipeline.publish import publish, published, rollback
from pipeline.run import make_run
from pipeline.status import status
from resolution.contracts import LINEAGE
from runs.errors import BrokenRun
from runs.manifest import Current, now, read_current, read_run, write_manifest
from tests.conftest import quiet_steps
from tests.factories import rows_of
from tests.faults.conftest import VIEW

if TYPE_CHECKING:
    from tests.faults.conftest import Place


def next_run(place: Place) -> str:
    return make_run(place.home, [place.delivery], place.settings, quiet_steps()).manifest.run_id


def publish_at_once(place: Place, run_id: str) -> None:
    write_manifest(place.home.current, Current(run_id=run_id, published_at=now(), servers={}))


def history(place: Place, run_id: str) -> list[tuple[str, str]]:
    rows = rows_of(LINEAGE.path(place.home.run(run_id).view(VIEW).persons))
    return sorted((row["person_id"], row["run_id"]) for row in rows)


def test_runs_go_on_beside_an_old_damaged_one(place: Place) -> None:
    home = place.home
    second = next_run(place)
    publish_at_once(place, second)
    home.run(place.parent).manifest.write_text("{")
    code, said = place.vast("status")
    assert code == 0
    assert f"manifest of run {place.parent} cannot be read" in " ".join(said.split())
    same = make_run(home, [], place.settings, quiet_steps())
    assert (same.new, same.manifest.run_id) == (False, second)


def test_a_run_is_made_and_served_though_the_published_one_is_damaged(place: Place) -> None:
    """Ids go on by their history; going back and publishing lead away from it."""
    home = place.home
    second = next_run(place)
    publish_at_once(place, second)
    home.run(second).manifest.write_text("{")
    with pytest.raises(BrokenRun, match=r"publish another run.*then remove.*vast prune --damaged"):
        read_run(home, second)
    third = next_run(place)
    assert read_run(home, third).parent == second
    # No id was made anew: the history is that of the damaged run.
    assert history(place, third) == history(place, second) != []
    home.store(place.parent, VIEW).mkdir(parents=True)
    assert rollback(home, None, place.settings, quiet_steps()).run_id == place.parent


def test_a_damaged_current_is_written_anew_by_publishing(place: Place) -> None:
    home = place.home
    home.current.write_text("{")
    with pytest.raises(BrokenRun, match="'vast publish RUN'"):
        read_current(home)
    told = json.loads(json.dumps(status(home), default=str))
    assert (told["run"], told["published"]) == (place.parent, False)
    assert "'vast publish RUN'" in told["problems"][0]
    home.store(place.parent, VIEW).mkdir(parents=True)
    publish(home, place.parent, place.settings, quiet_steps())
    assert published(home) == place.parent
    assert status(home)["problems"] == []
