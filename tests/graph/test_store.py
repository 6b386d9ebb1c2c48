"""Building a store, and every way in which it may fail: no store is left then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.contracts import ImportFile, ImportKind
from graph.errors import ImportFailed, StoreBroken
from graph.rendering import import_files, node_table, schema_statements
from graph.runtime import RuntimeSettings
from graph.runtime.archive import archive_arguments, archive_path
from graph.schema import NODES
from graph.server import Neo4jServer, built_version, open_driver
from graph.store import build_from_files, build_store, expected_counts
from tests.factories import rows_of
from tests.graph.conftest import STORE_PASSWORD

if TYPE_CHECKING:
    from runs.home import ViewFolder

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.neo4j


def quiet(_line: str) -> None:
    """No progress."""


def left_of(store: Path) -> set[str]:
    return {path.name for path in store.parent.iterdir()} if store.parent.exists() else set()


def test_a_built_store_has_its_constraints_and_indexes(small_server: Neo4jServer) -> None:
    with (
        open_driver(small_server.uri, "neo4j", STORE_PASSWORD) as driver,
        driver.session() as session,
    ):
        indexes = {
            record["name"]: record["state"]
            for record in session.run("SHOW INDEXES YIELD name, state")
        }
        constraints = {
            record["name"] for record in session.run("SHOW CONSTRAINTS YIELD name RETURN name")
        }
    assert len(constraints) == len(NODES)
    # Two look-up indexes come with every database.
    assert len(indexes) == len(schema_statements()) + 2
    assert set(indexes.values()) == {"ONLINE"}


def test_a_built_store_knows_its_version_and_is_private(small_store: Path) -> None:
    assert built_version(small_store)
    assert small_store.stat().st_mode & 0o077 == 0
    assert left_of(small_store) == {small_store.name}
    assert not list((small_store / "import").iterdir())
    texts = [
        path.read_bytes()
        for path in small_store.rglob("*")
        if path.is_file() and path.suffix in {".args", ".log", ".conf", ".json"}
    ]
    assert texts
    assert not any(STORE_PASSWORD.encode() in text for text in texts)


def test_the_archive_is_used_only_where_it_was_made_for_these_jars(tmp_path: Path) -> None:
    settings = RuntimeSettings.from_environment()
    assert archive_path(settings).exists()
    assert archive_arguments(settings)
    other = RuntimeSettings(tmp_path)
    other.stamp.write_text("other jars")
    assert archive_arguments(other) == ()


def test_a_file_that_is_no_parquet_is_named(small_view: ViewFolder, tmp_path: Path) -> None:
    graph = tmp_path / "view" / "graph"
    shutil.copytree(small_view.graph, graph)
    broken = node_table(NODES[0]).path(graph)
    broken.write_bytes(broken.read_bytes()[:-20])
    store = tmp_path / "serving" / "view"
    with pytest.raises(ImportFailed, match=r"Person\.parquet is not a readable Parquet file"):
        build_store(replace(small_view, path=graph.parent), store, STORE_PASSWORD, progress=quiet)
    assert left_of(store) == set()


def test_a_missing_file_is_named(small_view: ViewFolder, tmp_path: Path) -> None:
    absent = ImportFile(ImportKind.NODES, "Person", tmp_path / "absent.parquet")
    with pytest.raises(ImportFailed, match=r"absent\.parquet"):
        expected_counts([absent])


def test_a_relationship_to_nowhere_leaves_no_store(small_view: ViewFolder, tmp_path: Path) -> None:
    files = [
        file
        for file in import_files(small_view.graph)
        if (file.kind, file.name) != (ImportKind.NODES, "Incident")
    ]
    store = tmp_path / "serving" / "view"
    with pytest.raises(ImportFailed, match=r"no store was left.*view\.import\.log"):
        build_from_files(files, (), store, STORE_PASSWORD, progress=quiet)
    assert left_of(store) == {"view.import.log"}


def test_a_statement_that_is_refused_leaves_the_old_store(
    small_view: ViewFolder, copy_of_store: Path
) -> None:
    before = sorted(path.name for path in copy_of_store.iterdir())
    with pytest.raises(StoreBroken, match="constraint or index was refused"):
        build_from_files(
            [file for file in import_files(small_view.graph) if file.kind is ImportKind.NODES],
            ["CREATE CONSTRAINT sex_is_key FOR (n:Person) REQUIRE n.sex IS UNIQUE"],
            copy_of_store,
            STORE_PASSWORD,
            progress=quiet,
        )
    assert sorted(path.name for path in copy_of_store.iterdir()) == before


LIMITED = """
import resource, sys
from pathlib import Path
from graph.errors import DiskFull
from graph.store import build_store
from runs.home import ViewFolder
resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))
try:
    build_store(ViewFolder(Path(sys.argv[1]), "run", "view"), Path(sys.argv[2]), sys.argv[3],
                progress=lambda line: None)
except DiskFull as error:
    print("DiskFull", error)
"""


def test_no_room_for_a_store_is_told_as_such(small_view: ViewFolder, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the same writes fail."""
    store = tmp_path / "serving" / "view"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(small_view.path), str(store), STORE_PASSWORD],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith("DiskFull"), done.stdout + done.stderr
    assert not store.exists()
    assert not store.with_name("view.partial").exists()


def test_the_labels_counts_are_the_files_rows(small_view: ViewFolder) -> None:
    counts = expected_counts(import_files(small_view.graph))
    assert counts[ImportKind.NODES, "Person"] == len(
        rows_of(node_table(NODES[0]).path(small_view.graph))
    )
