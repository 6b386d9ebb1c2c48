"""One small store a session, built and served as the product does it.

Tests of graph code read them; a test that changes a store or ends a server makes its own copy
(``copy_of_store``: a copy starts in seconds, a build needs an import).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.server import Neo4jServer
from graph.store import build_store
from tests.graph.worlds import project_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runs.home import ViewFolder

STORE_PASSWORD = "a-password-for-tests"


@pytest.fixture(scope="session")
def small_view(tmp_path_factory: pytest.TempPathFactory) -> ViewFolder:
    """The small world of tests.graph.worlds, projected."""
    return project_world(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def small_store(small_view: ViewFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its store, built where a killed build left something behind; never started itself."""
    store = tmp_path_factory.mktemp("serving") / small_view.view
    left = store.with_name(f"{store.name}.partial") / "data" / "databases" / "neo4j"
    left.mkdir(parents=True)
    (left / "neostore").write_bytes(b"half")
    build_store(small_view, store, STORE_PASSWORD, progress=lambda _line: None)
    return store


@pytest.fixture
def copy_of_store(small_store: Path, tmp_path: Path) -> Path:
    """A store of the test's own, at serving/<run>/<view> below its folder."""
    copy = tmp_path / "serving" / "run" / "view"
    shutil.copytree(small_store, copy)
    return copy


@pytest.fixture(scope="session")
def small_server(
    small_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Neo4jServer]:
    """The store served read-only for the whole session."""
    copy = tmp_path_factory.mktemp("served") / "store"
    shutil.copytree(small_store, copy)
    with Neo4jServer(copy, STORE_PASSWORD) as server:
        yield server
