"""A reader of the request's view: the only way from a page to a graph.

Guarantees: the reader is that of the view and run that the request opened, and of no other; a
server that does not answer raises GraphUnavailable within the reader's short limits.
"""

from __future__ import annotations

import atexit
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from graph.errors import GraphUnavailable
from graph.queries import load_library
from graph.reader import GraphReader
from webapp.access import current

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.contracts import Result
    from graph.queries import Query
    from runs.home import Home
    from runs.manifest import Server
    from runs.view import OpenView

_IDLE_S: Final = 120.0
"""A reader of a run that is no longer served is closed after this long without use."""


def reader() -> GraphReader:
    """The reader of the request's view. Raises GraphUnavailable where no server is named."""
    access = current()
    return reader_of(access.settings.home, access.open_view)


def reader_of(home: Home, view: OpenView) -> GraphReader:
    """The reader of an opened view, kept open between requests."""
    if view.server is None:
        raise GraphUnavailable(
            f"no graph server is named for view {view.folder.view} of run {view.folder.run_id}; "
            "'vast serve' starts it"
        )
    return _KEPT.get(home, view.folder.view, view.server, view.folder.run_id)


@dataclass(slots=True)
class _Open:
    reader: GraphReader
    run_id: str
    last_used_s: float


@dataclass(slots=True)
class _Readers:
    """Open readers by home, view and address; stale ones are closed when another is opened."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: dict[tuple[str, str, Server], _Open] = field(default_factory=dict)
    _library: Mapping[str, Query] | None = None

    def get(self, home: Home, view: str, server: Server, run_id: str) -> GraphReader:
        key = (str(home.path), view, server)
        now_s = time.monotonic()
        with self._lock:
            found = self._open.get(key)
            if found is None or found.run_id != run_id:
                found = self._connect(key, home.graph_password(view), server, run_id)
            found.last_used_s = now_s
            self._close_idle(now_s)
            return found.reader

    def _connect(
        self, key: tuple[str, str, Server], password: str, server: Server, run_id: str
    ) -> _Open:
        if self._library is None:
            self._library = load_library()
        old = self._open.pop(key, None)
        if old is not None:
            # The address now serves another run; requests on the old one may still be reading.
            self._open[(*key[:2], server.model_copy(update={"neo4j_version": old.run_id}))] = old
        self._open[key] = _Open(
            GraphReader(server, password, self._library), run_id, time.monotonic()
        )
        return self._open[key]

    def _close_idle(self, now_s: float) -> None:
        for key, kept in list(self._open.items()):
            if now_s - kept.last_used_s > _IDLE_S:
                self._open.pop(key).reader.close()

    def close(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1].reader.close()


_KEPT: Final = _Readers()
atexit.register(_KEPT.close)


def as_dicts(result: Result) -> list[dict[str, Any]]:
    """A result's rows by column name."""
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def ask(name: str, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of a library query for the request's view; none where the role may not ask it."""
    graph = reader()
    if not graph.query(name).allows(current().role):
        return []
    return as_dicts(graph.run(name, parameters))
