"""A view that comes, goes and comes back: runs go on, and its ids with them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from pipeline.prune import prune
from pipeline.run import make_run
from pipeline.settings import PipelineSettings
from resolution.contracts import LINEAGE
from resolution.errors import BadLineage
from runs.manifest import Current, RunManifest, now, write_manifest
from tests.conftest import quiet_steps
from tests.factories import rows_of
from tests.faults.conftest import VIEW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import Place

ANOTHER = "taskforce"


@pytest.fixture
def with_another(place: Place, tmp_path: Path) -> PipelineSettings:
    """The place's agreements, with a view beside its own that may see the same."""
    folder = tmp_path / "with another"
    shutil.copytree(place.settings.agreements, folder)
    views = yaml.safe_load((folder / "views.yaml").read_text("utf-8"))
    views["views"].append(views["views"][0] | {"name": ANOTHER})
    (folder / "views.yaml").write_text(yaml.safe_dump(views), "utf-8")
    hotline = yaml.safe_load((folder / "hotline.yaml").read_text("utf-8"))
    hotline["views"][ANOTHER] = hotline["views"][VIEW]
    (folder / "hotline.yaml").write_text(yaml.safe_dump(hotline), "utf-8")
    return replace(place.settings, agreements=folder)


def published_run(place: Place, settings: PipelineSettings) -> RunManifest:
    """The next run, as it is after publishing it."""
    made = make_run(place.home, [place.delivery], settings, quiet_steps())
    assert made.new
    run_id = made.manifest.run_id
    write_manifest(place.home.current, Current(run_id=run_id, published_at=now(), servers={}))
    return made.manifest


def creations(place: Place, run: RunManifest, view: str) -> set[tuple[str, str]]:
    """The persons that the run's history knows, each with the run that made its id."""
    rows = rows_of(LINEAGE.path(place.home.run(run.run_id).view(view).persons))
    return {(row["person_id"], row["run_id"]) for row in rows if row["change"] == "created"}


def test_a_view_that_comes_back_goes_on_with_its_ids(
    place: Place, with_another: PipelineSettings
) -> None:
    first = published_run(place, with_another)
    assert first.parent == place.parent
    made, own = creations(place, first, ANOTHER), creations(place, first, VIEW)
    assert {run_id for _, run_id in made} == {first.run_id}
    without = published_run(place, place.settings)
    assert without.graph_views == (VIEW,)
    assert creations(place, without, VIEW) == own
    # The run that had it need not be there any more.
    assert first.run_id in prune(place.home, 0)
    again = published_run(place, with_another)
    assert creations(place, again, ANOTHER) == made
    assert creations(place, again, VIEW) == own


def test_a_history_that_was_lost_stops_the_run_and_says_what_to_do(place: Place) -> None:
    shutil.rmtree(place.home.view_lineage(VIEW) / place.parent)
    with pytest.raises(BadLineage, match=r"restore the folder from a backup, or publish another"):
        make_run(place.home, [place.delivery], place.settings, quiet_steps())
