"""Reading a view's graph: library queries only, in READ access, within short limits.

Guarantees: what runs is a query of the library under its declared parameters and time limit; a
server that does not answer raises GraphUnavailable within ``GIVE_UP_S``, one that hangs in the
middle of a query ``GRACE_S`` after the query's limit; no driver object, element id or parameter
value leaves this module. A reader is safe to share between threads.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.contracts import Result
from graph.errors import GraphUnavailable, QueryFailed, QueryTimeout, UnknownQuery
from graph.parameters import bind
from graph.plain import Plain
from graph.queries import load_library

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from graph.queries import Query
    from runs.manifest import Server

CONNECT_S: Final = 2.5
GIVE_UP_S: Final = 2.7
"""A busy machine answers a first connection in up to 2 s; pages promise an answer within 3 s."""

GRACE_S: Final = 1.0
"""How long after a query's own limit the server may take to say that it stopped it."""

_POOL_SIZE: Final = 16
_TIMED_OUT: Final = "TransactionTimedOut"


class GraphReader:
    """The library, asked of one view's server. Opening it does not touch the server."""

    def __init__(
        self, server: Server, password: str, library: Mapping[str, Query] | None = None
    ) -> None:
        self._server = server
        self._library = load_library() if library is None else library
        self._password = password
        self._lock = threading.Lock()
        self._driver = self._open()

    def _open(self) -> neo4j.Driver:
        driver = neo4j.GraphDatabase.driver(
            self._server.uri,
            auth=(self._server.user, self._password),
            connection_timeout=CONNECT_S,
            connection_acquisition_timeout=GIVE_UP_S,
            connection_write_timeout=GIVE_UP_S,
            max_transaction_retry_time=0,
            max_connection_pool_size=_POOL_SIZE,
            # A pooled connection to a server that was restarted is found out before it is used.
            liveness_check_timeout=0,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
        )
        # Whoever keeps readers for the process's life need not close them at its end.
        weakref.finalize(self, _close, driver)
        return driver

    def _abandon(self, driver: neo4j.Driver) -> None:
        """Close the connections of a driver whose server hangs, and go on with a new one.

        The driver itself would wait two minutes for an answer to a query that was sent.
        """
        with self._lock:
            if self._driver is not driver:
                return
            self._driver = self._open()
        _close(driver)

    @property
    def server(self) -> Server:
        return self._server

    def query(self, name: str) -> Query:
        """The library's query. Raises UnknownQuery."""
        try:
            return self._library[name]
        except KeyError:
            raise UnknownQuery(f"the library has no query {name!r}") from None

    def run(
        self, name: str, parameters: Mapping[str, Any] | None = None, timeout_s: float | None = None
    ) -> Result:
        """Run a library query.

        ``timeout_s`` can shorten the query's declared limit, not lengthen it. Raises UnknownQuery,
        BadParameter, QueryTimeout, GraphUnavailable, QueryFailed.
        """
        query = self.query(name)
        bound = bind(query, parameters or {})
        limit_s = min(query.timeout_s, timeout_s or query.timeout_s)
        try:
            return self._ask(query, bound, limit_s)
        except (ClientError, TransientError) as error:
            raise self._refused(query, error, limit_s) from None
        except (AuthError, ConfigurationError) as error:
            raise self._unavailable(error) from None
        except (ServiceUnavailable, SessionExpired, DriverError, OSError) as error:
            raise self._unavailable(error) from None
        except Neo4jError as error:
            raise self._refused(query, error, limit_s) from None

    def version(self) -> str:
        """Neo4j's version as the server reports it. Raises GraphUnavailable."""
        try:
            agent = self._driver.get_server_info().agent
        except (DriverError, Neo4jError, OSError) as error:
            raise self._unavailable(error) from None
        return agent.removeprefix("Neo4j/")

    def _ask(self, query: Query, bound: dict[str, Any], limit_s: float) -> Result:
        driver = self._driver
        watch = threading.Timer(limit_s + GRACE_S, self._abandon, (driver,))
        watch.daemon = True
        watch.start()
        try:
            return self._read(driver, query, bound, limit_s)
        finally:
            watch.cancel()

    def _read(
        self, driver: neo4j.Driver, query: Query, bound: dict[str, Any], limit_s: float
    ) -> Result:
        with driver.session(
            database=self._server.database, default_access_mode=neo4j.READ_ACCESS
        ) as session:
            answer = session.run(neo4j.Query(query.text, timeout=limit_s), bound)
            columns = tuple(answer.keys())
            if columns != query.columns:
                raise QueryFailed(
                    f"query {query.name} returned columns {list(columns)}, its header declares "
                    f"{list(query.columns)}; correct the file"
                )
            return Plain(columns, (record.values() for record in answer)).result()

    def _refused(self, query: Query, error: Neo4jError, limit_s: float) -> Exception:
        code = error.code or "unknown"
        if _TIMED_OUT in code:
            return QueryTimeout(
                f"query {query.name} ran longer than {limit_s:g} s and was stopped; ask for a "
                "shorter period, one locality or fewer results"
            )
        if isinstance(error, AuthError):
            return self._unavailable(error)
        if code == "Neo.TransientError.General.DatabaseUnavailable":
            return self._unavailable(error)
        # The server's message can quote values; its code cannot.
        return QueryFailed(f"the graph refused query {query.name}: {code}")

    def _unavailable(self, error: Exception) -> GraphUnavailable:
        return GraphUnavailable(
            f"the graph at {self._server.uri} does not answer ({type(error).__name__}); "
            "see 'vast status', and start it with 'vast serve'"
        )

    def close(self) -> None:
        """Close every connection. Safe to repeat."""
        _close(self._driver)

    def __enter__(self) -> GraphReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _close(driver: neo4j.Driver) -> None:
    with contextlib.suppress(DriverError, Neo4jError, OSError):
        driver.close()
