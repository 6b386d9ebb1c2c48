"""The real Minnesota state-year of 2018 through the same pipeline, in a home of its own."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipeline.run import make_run
from pipeline.settings import PipelineSettings
from runs.home import Home
from runs.manifest import read_view
from tests.conftest import quiet_steps

ARCHIVE = Path(__file__).parents[1] / "data" / "nibrs-mn-2018.tar.xz"

if TYPE_CHECKING:
    from runs.manifest import RunManifest


@pytest.fixture(scope="module")
def minnesota(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RunManifest]:
    folder = tmp_path_factory.mktemp("minnesota")
    home = Home(folder / "home")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder / "files", filter="data")
    made = make_run(home, [folder / "files"], PipelineSettings.from_environment(), quiet_steps())
    return home, made.manifest


def _count(path: Path, where: str = "true") -> int:
    with duckdb.connect() as con:
        relation = con.read_parquet(str(path)).filter(where)
        [(rows,)] = relation.aggregate("count(*)").fetchall()
    return int(rows)


def test_the_manifest_reconciles_every_row(minnesota: tuple[Home, RunManifest]) -> None:
    _, run = minnesota
    files: dict[str, dict[str, Any]] = {
        file["path"].rsplit("/", 1)[-1]: file for feed in run.feeds for file in feed["files"]
    }
    expected = {
        "NIBRS_incident.csv": 18_779,
        "NIBRS_OFFENSE.csv": 21_361,
        "NIBRS_VICTIM.csv": 21_377,
        "NIBRS_OFFENDER.csv": 21_333,
        "NIBRS_ARRESTEE.csv": 7_394,
    }
    assert {name: files[name]["rows_in"] for name in expected} == expected
    for file in files.values():
        assert file["rows_in"] == file["loaded"] + file["quarantined"] + file["duplicates"]


def test_only_natural_persons_become_records_and_nobody_is_linked(
    minnesota: tuple[Home, RunManifest],
) -> None:
    home, run = minnesota
    folder = home.run(run.run_id)
    persons = (21_377 - 7_192) + (21_333 - 8_047) + 7_394
    assert _count(folder.records / "person_record.parquet") == persons
    counts = read_view(folder.view("investigation")).counts
    assert counts["records"] == counts["persons"] == persons
    assert not run.synthetic


def test_places_outside_virginia_keep_their_names(minnesota: tuple[Home, RunManifest]) -> None:
    home, run = minnesota
    path = home.run(run.run_id).view("investigation").records / "incident.parquet"
    assert _count(path, "locality_id LIKE 'MN:%'") > 15_000
    assert _count(path, "locality_id SIMILAR TO '[0-9]+'") == 0
