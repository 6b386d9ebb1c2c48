"""Shared homes: each is loaded once a session and only read."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.landing import LandingReport, land
from ingest.load import load_records
from runs.home import Home
from tests.factories import rows_of
from tests.ingest.deliveries import every_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.report import LoadReport

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Loaded:
    """A home after landing and loading."""

    home: Home
    records: Path
    report: LoadReport
    landing: tuple[LandingReport, ...]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self.records / f"{table}.parquet")


def load(folder: Path, *sources: Path) -> Loaded:
    """Land the sources one after another in a new home below ``folder``, and load them."""
    home = Home(folder / "home")
    home.prepare()
    said: list[str] = []
    landing = tuple(land(home, source, progress=said.append) for source in sources)
    records = folder / "records"
    report = load_records(home, records, folder / "scratch", progress=said.append)
    return Loaded(home, records, report, landing)


@pytest.fixture
def loaded_from(tmp_path: Path) -> Callable[..., Loaded]:
    """Land and load sources in a home of the test's own."""
    return lambda *sources: load(tmp_path / "loading", *sources)


@pytest.fixture(scope="session")
def mn_2018_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real state-year Minnesota 2018, unpacked (tests/data/nibrs-mn-2018.SOURCE.md)."""
    folder = tmp_path_factory.mktemp("mn")
    with tarfile.open(DATA / "nibrs-mn-2018.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "nibrs-mn-2018"


@pytest.fixture(scope="session")
def mn_2018(mn_2018_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(tmp_path_factory.mktemp("mn-loaded"), mn_2018_folder)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """One small delivery of every feed."""
    folder = tmp_path_factory.mktemp("small")
    return load(folder, every_feed(folder / "feeds"))
