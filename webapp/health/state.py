"""What answers and what does not.

Guarantees: no personal data and no counts; every graph server is asked at the same time, each
within the reader's limits, so that the answer comes within 3 s.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from graph.errors import GraphError
from runs.errors import NoPublishedRun, RunsError
from runs.manifest import read_current, read_run
from runs.view import open_view
from sharing.errors import StoreUnavailable
from webapp.graph_access import reader_of

if TYPE_CHECKING:
    from datetime import datetime

    from runs.home import Home
    from sharing.store import Store

_LIBRARIES: Final = ("duckdb", "splink", "neo4j", "flask", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class GraphState:
    """One view's server. ``neo4j_version`` is what it reports, None where it does not answer."""

    view: str
    answers: bool
    neo4j_version: str | None
    external: bool


@dataclass(frozen=True, slots=True)
class Health:
    """``status``: ok, degraded (a graph server is down), or down (nothing can be served)."""

    status: str
    run_id: str | None
    published_at: datetime | None
    reason: str | None
    accounts: bool
    graphs: tuple[GraphState, ...]
    versions: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        told["published_at"] = self.published_at.isoformat() if self.published_at else None
        return told


def look(home: Home, store: Store) -> Health:
    """Ask everything that the pages need."""
    accounts = _accounts_answer(store)
    try:
        current = read_current(home)
        run = read_run(home, current.run_id)
    except RunsError as error:
        empty = isinstance(error, NoPublishedRun)
        reason = "nothing is published" if empty else "the published run is incomplete"
        return Health("down", None, None, reason, accounts, (), _versions())
    views = run.graph_views
    with ThreadPoolExecutor(max_workers=max(len(views), 1)) as pool:
        graphs = tuple(pool.map(lambda view: _ask(home, view), views))
    whole = accounts and all(graph.answers for graph in graphs)
    return Health(
        "ok" if whole else "degraded",
        current.run_id,
        current.published_at,
        None,
        accounts,
        graphs,
        _versions(),
    )


def _ask(home: Home, view: str) -> GraphState:
    try:
        opened = open_view(home, view)
        found = reader_of(home, opened).version()
    except (GraphError, RunsError):
        return GraphState(view, answers=False, neo4j_version=None, external=False)
    external = opened.server is not None and opened.server.external
    return GraphState(view, answers=True, neo4j_version=found, external=external)


def _accounts_answer(store: Store) -> bool:
    try:
        with store.read():
            return True
    except StoreUnavailable:
        return False


def _versions() -> dict[str, str]:
    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"python": python} | {name: version(name) for name in _LIBRARIES}
