"""Deliveries land once per content, whole, and are never changed."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.errors import BrokenLanding
from ingest.landing import land, landed_deliveries
from ingest.load import load_records
from runs.home import Home
from tests.ingest.deliveries import (
    EVENT,
    EVENTS,
    clearinghouse,
    every_feed,
    nibrs_2021,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ingest.conftest import Loaded


def quiet(_: str) -> None:
    """A progress that says nothing."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_content_lands_exactly_once(home: Home, tmp_path: Path) -> None:
    feeds = every_feed(tmp_path / "feeds")
    first = land(home, feeds, progress=quiet)
    # Each file of a delta is a delivery: the courts and the service directory send two.
    sent = len(list(feeds.iterdir())) + 2
    assert len(first.landed) == sent
    again = land(home, feeds, progress=quiet)
    assert (len(again.landed), len(again.known)) == (0, sent)
    moved = tmp_path / "elsewhere" / "other-name.csv"
    moved.parent.mkdir()
    shutil.copy(feeds / "events" / "events.csv", moved)
    assert not land(home, moved, progress=quiet).landed
    assert len(landed_deliveries(home)) == sent
    assert not [path.name for path in home.path.iterdir() if path.name.startswith(".")]


def test_a_folder_and_its_zip_are_one_delivery(home: Home, tmp_path: Path) -> None:
    folder = nibrs_2021(tmp_path / "VA-2024")
    archive = tmp_path / "VA.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(folder.iterdir()):
            out.write(path, f"VA/{path.name}")
        out.writestr("VA/NIBRS_README.pdf", "x")
    (landed,) = land(home, archive, progress=quiet).landed
    assert (landed.feed, len(landed.files)) == ("nibrs", len(list(folder.iterdir())))
    (known,) = land(home, folder, progress=quiet).known
    assert known == landed


def test_the_delivery_is_noted_beside_its_files(home: Home, tmp_path: Path) -> None:
    write_csv(tmp_path / "in" / "events.csv", EVENTS, [EVENT])
    (landed,) = land(home, tmp_path / "in", progress=quiet).landed
    folder = home.landing / "events" / landed.sha256
    note = json.loads((folder / "delivery.json").read_text())
    assert (note["name"], note["files"][0]["name"]) == ("in", "events.csv")
    assert note["received_at"]
    assert note["sha256"] == note["files"][0]["sha256"] == landed.sha256


def test_what_landed_may_not_change(home: Home, tmp_path: Path) -> None:
    write_csv(tmp_path / "events.csv", EVENTS, [EVENT])
    (landed,) = land(home, tmp_path / "events.csv", progress=quiet).landed
    file = landed.content(home) / "events.csv"
    file.chmod(0o600)
    file.write_text(file.read_text() + "E-2\n")
    with pytest.raises(BrokenLanding, match="changed after it landed"):
        load_records(home, tmp_path / "records", tmp_path / "scratch", progress=quiet)


def test_the_newest_full_delivery_replaces(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    old = write_csv(tmp_path / "1" / "e.csv", EVENTS, [EVENT, {**EVENT, "Event ID": "E-2"}])
    new = write_csv(tmp_path / "2" / "e.csv", EVENTS, [{**EVENT, "Name": "Later"}])
    loaded = loaded_from(old, new)
    (event,) = loaded.rows("event")
    assert event["name"] == "Later"
    assert [landed.state for landed in loaded.report.landed] == ["replaced", "current"]


def test_a_refused_full_delivery_replaces_nothing(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    old = write_csv(tmp_path / "1" / "e.csv", EVENTS, [EVENT])
    new = write_csv(tmp_path / "2" / "e.csv", EVENTS, [])
    loaded = loaded_from(old, new)
    assert len(loaded.rows("event")) == 1
    assert [landed.state for landed in loaded.report.landed] == ["current", "refused"]


def test_a_delta_adds_and_corrects(tmp_path: Path, loaded_from: Callable[..., Loaded]) -> None:
    first = clearinghouse(tmp_path / "1", {}, {})
    second = clearinghouse(
        tmp_path / "2", {"Exit Date": "03/09/2024", "Exit Reason": "Returned on own"}
    )
    loaded = loaded_from(first, second)
    episodes = {row["case_number"]: row for row in loaded.rows("missing_episode")}
    assert set(episodes) == {"MC-1", "MC-2"}
    assert episodes["MC-1"]["exit_reason"] == "returned_on_own"
    assert sorted((f.rows_in, f.loaded, f.duplicates) for f in loaded.report.files) == [
        (1, 1, 0),
        (2, 1, 1),
    ]


def test_years_stand_beside_one_another_and_a_year_replaces_itself(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    year = nibrs_2021(tmp_path / "VA-2024", year=2024)
    other = nibrs_2021(tmp_path / "VA-2023", year=2023, first_id=9_000)
    corrected = nibrs_2021(tmp_path / "again", year=2024)
    path = corrected / "NIBRS_incident.csv"
    path.write_text(path.read_text().replace("2024-01-05", "2024-01-04"))
    loaded = loaded_from(year, other, corrected)
    assert [landed.state for landed in loaded.report.landed] == ["replaced", "current", "current"]
    days = sorted(str(row["occurred_on"]) for row in loaded.rows("incident"))
    assert days == ["2023-01-05", "2023-01-09", "2024-01-04", "2024-01-09"]
    replaced = loaded.report.landed[0].sha256
    for file in loaded.report.files:
        assert file.rows_in == (file.duplicates if file.delivery == replaced else file.loaded)
