"""``vast feeds`` as a data steward and a script use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ingest.errors import ContractRefused
from pipeline.cli import app
from tests.ingest.deliveries import EVENT, EVENTS, write_csv

if TYPE_CHECKING:
    from pathlib import Path

RUN = CliRunner()
GOOD = ",".join(EVENTS) + "\nE-1,Fair,fair,2024-06-01,2024-06-03,51760,,1000\n"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VAST_FEEDS", raising=False)


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"events.csv": GOOD}, 0),
        ({"events.csv": GOOD + GOOD.split("\n")[1] + "\n"}, 0),
        ({"events.csv": GOOD.replace("2024-06-01", "2024-02-30") + GOOD.split("\n")[1] + "\n"}, 3),
        ({"events.csv": GOOD, "other.csv": "a,b\n1,2\n"}, 1),
        ({"events.csv": ""}, 1),
        ({}, 1),
    ],
)
def test_the_exit_status_tells_what_would_become_of_the_rows(
    tmp_path: Path, files: dict[str, str], status: int
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    told = RUN.invoke(app, ["feeds", "check", str(folder), "--json"], catch_exceptions=False)
    assert told.exit_code == status
    assert len(json.loads(told.stdout)["files"]) == len(files)
    shown = RUN.invoke(app, ["feeds", "check", str(folder)], catch_exceptions=False)
    assert shown.exit_code == status
    assert not (tmp_path / "home").exists()


def test_tables_are_counted_on_request(tmp_path: Path) -> None:
    events = write_csv(tmp_path / "events.csv", EVENTS, [EVENT])
    told = RUN.invoke(
        app, ["feeds", "check", str(events), "--tables", "--json"], catch_exceptions=False
    )
    assert json.loads(told.stdout)["tables"]["events"]["event"] == 1


def test_a_new_feed_is_written_told_and_checked(tmp_path: Path) -> None:
    sample = tmp_path / "stops_2024.csv"
    names = ["Ayers", "Boyce", "Crandall", "Dempsey"]
    sample.write_text(
        "Stop No,Stop Date,Last Name,Notes\n"
        + "".join(
            f"S{at},2024-01-0{at % 9 + 1},{names[at % 4]},was seen leaving by car\n"
            for at in range(40)
        )
    )
    made = RUN.invoke(app, ["feeds", "new", str(sample), "--publisher", "Campus police"])
    assert made.exit_code == 0, made.output
    contract = tmp_path / "home" / "feeds" / "stops" / "contract.toml"
    assert 'publisher = "Campus police"' in contract.read_text()
    assert "surname" in made.stdout
    assert "To decide:" in made.stdout
    assert not any(name in made.stdout for name in names)
    checked = RUN.invoke(app, ["feeds", "check", str(sample), "--tables"])
    assert checked.exit_code == 0
    assert "person_record 40" in checked.stdout


@pytest.mark.parametrize("feed", ["hotline", "Campus Police"])
def test_an_id_that_is_taken_or_no_id_is_refused(tmp_path: Path, feed: str) -> None:
    sample = tmp_path / "stops.csv"
    sample.write_text("Stop No\n1\n")
    with pytest.raises(ContractRefused, match=feed):
        RUN.invoke(app, ["feeds", "new", str(sample), "--id", feed], catch_exceptions=False)
