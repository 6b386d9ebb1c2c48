"""A real Neo4j serving the small world, read-only, as the product builds and starts it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.server import Neo4jServer
from graph.store import build_store
from runs.manifest import Server
from tests.graph.worlds import project_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "a-password-for-tests"


@dataclass(frozen=True)
class Served:
    server: Server
    process: Neo4jServer


@contextmanager
def served_world(folder: Path) -> Iterator[Served]:
    """The small world's graph, built and served below ``folder`` until the context ends."""
    view = project_world(folder)
    store = folder / "store"
    build_store(view, store, PASSWORD, progress=lambda _line: None)
    with Neo4jServer(store, PASSWORD) as process:
        yield Served(Server(uri=process.uri), process)
