"""What may be kept no longer leaves with the next run, and a run that holds it is not served."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import RunRefused
from pipeline.publish import check_allowed, publish, rollback
from pipeline.run import make_run
from pipeline.status import status
from runs.home import Home
from runs.manifest import Current, now, read_run, write_manifest
from tests.conftest import quiet_steps
from tests.factories import rows_of
from tests.faults.conftest import VIEW
from tests.faults.test_runs import outcome

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.run import Made
    from tests.faults.conftest import Place

DAY = timedelta(days=1)


@pytest.fixture
def held(place: Place) -> Place:
    """The home with a published run of two deliveries, on a day on which what has no day of its
    own (places, agencies) is past its retention and no record of a person is."""
    first = make_run(place.home, [place.delivery], place.settings, quiet_steps()).manifest.run_id
    run_id = make(place, last_day(place, first) + DAY).manifest.run_id
    assert len(records(place, run_id)) == len(records(place, first))
    write_manifest(place.home.current, Current(run_id=run_id, published_at=now(), servers={}))
    return replace(place, parent=run_id)


def last_day(place: Place, run_id: str) -> date:
    kept_until = read_run(place.home, run_id).kept_until
    assert kept_until is not None
    return kept_until[VIEW]


def make(place: Place, on: date) -> Made:
    """A run of what has landed, on that day."""
    return make_run(place.home, [], place.settings, quiet_steps(), today=on)


def records(place: Place, run_id: str) -> list[dict[str, Any]]:
    return rows_of(place.home.run(run_id).view(VIEW).records / "person_record.parquet")


def third_day(place: Place) -> date:
    """The last day of two of the records, or a few."""
    days = sorted(row["retain_until"] for row in records(place, place.parent))
    few: list[date] = [day for day in days if day <= days[1]]
    assert len(days) > 10 * len(few)
    return max(few)


def test_a_run_is_made_again_once_a_row_may_be_kept_no_longer(held: Place) -> None:
    last = last_day(held, held.parent)
    same = make(held, last)
    assert (same.new, same.manifest.run_id) == (False, held.parent)
    made = make(held, last + DAY)
    assert made.new
    assert last_day(held, made.manifest.run_id) > last
    assert not make(held, last + DAY).new
    # After the last of them, none is left.
    latest = max(row["retain_until"] for row in records(held, held.parent))
    assert records(held, make(held, latest).manifest.run_id)
    assert not records(held, make(held, latest + DAY).manifest.run_id)
    # What fell due is in a run of an earlier day.
    assert len(records(held, make(held, last).manifest.run_id)) == len(records(held, held.parent))


def test_an_increment_after_rows_fell_due_equals_a_full_run(held: Place, tmp_path: Path) -> None:
    on = third_day(held) + DAY
    whole = held.copy(tmp_path / "whole")
    shutil.rmtree(whole.home.run(held.parent).resolution(VIEW))
    made, full = make(held, on).manifest, make(whole, on).manifest
    assert not made.resolved[VIEW].startswith("all")
    assert full.resolved[VIEW].startswith("all")
    assert len(records(held, made.run_id)) < len(records(held, held.parent))
    assert records(held, made.run_id) == records(whole, full.run_id)
    assert outcome(held, made.run_id) == outcome(whole, full.run_id)
    # A home that never held them holds the same rows.
    fresh = replace(held, home=Home(tmp_path / "fresh"))
    for name in ("landing", "secrets"):
        shutil.copytree(held.home.path / name, fresh.home.path / name)
    assert records(fresh, make(fresh, on).manifest.run_id) == records(held, made.run_id)


def test_a_run_with_a_row_past_its_retention_is_not_served(place: Place) -> None:
    parent = read_run(place.home, place.parent)
    last = last_day(place, place.parent)
    check_allowed(place.home, parent, place.settings, today=last)
    assert status(place.home, today=last)["past_retention"] == []
    with pytest.raises(RunRefused, match=f"until {last}.* in {VIEW}; make a new one.*'vast run'"):
        check_allowed(place.home, parent, place.settings, today=last + DAY)
    assert status(place.home, today=last + DAY)["past_retention"] == [VIEW]


def test_neither_publishing_nor_going_back_brings_it_back(place: Place) -> None:
    """The parent's rows were let in on the day before the first of them was past."""
    home, steps = place.home, quiet_steps()
    newer = make_run(home, [place.delivery], place.settings, steps).manifest.run_id
    parent = read_run(home, place.parent)
    yesterday = date.today() - DAY  # noqa: DTZ011 - only that it is past matters
    write_manifest(
        home.run(place.parent).manifest, parent.model_copy(update={"kept_until": {VIEW: yesterday}})
    )
    write_manifest(home.current, Current(run_id=newer, published_at=now(), servers={}))
    with pytest.raises(RunRefused, match="let be kept"):
        publish(home, place.parent, place.settings, steps)
    with pytest.raises(RunRefused, match="let be kept"):
        rollback(home, None, place.settings, steps)
    # Where the manifest of an earlier version does not say, nothing is taken for granted.
    write_manifest(home.run(place.parent).manifest, parent.model_copy(update={"kept_until": None}))
    with pytest.raises(RunRefused, match="earlier version"):
        publish(home, place.parent, place.settings, steps)


def test_status_says_what_to_do(place: Place) -> None:
    parent = read_run(place.home, place.parent)
    yesterday = date.today() - DAY  # noqa: DTZ011
    write_manifest(
        place.home.run(place.parent).manifest,
        parent.model_copy(update={"kept_until": {VIEW: yesterday}}),
    )
    code, said = place.vast("status")
    assert code == 0
    assert "vast run --publish" in said
