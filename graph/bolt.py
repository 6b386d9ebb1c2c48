"""A view's graph loaded into a server that somebody else runs, over Bolt.

Guarantees: the same graph Parquet gives the same labels, types, properties, constraints and
indexes as an import; a batch is stored once, however often it is sent, and an interrupted load goes
on where it stopped; a graph that readers may be using is emptied only with ``downtime``. A node
``(:GraphLoad)`` names the run, and says ``complete`` only once everything was counted.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final

import duckdb
import neo4j
from neo4j.exceptions import (
    AuthError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    TransientError,
)

from graph.errors import GraphError, GraphUnavailable, LoadRefused
from graph.rendering import (
    import_files,
    node_column,
    node_table,
    relationship_columns,
    relationship_table,
    schema_statements,
)
from graph.schema import NODES, RELATIONSHIPS
from graph.statements import statement
from graph.store import apply_schema, check_counts, expected_counts
from runs.manifest import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.elements import NodeType, RelationshipType
    from graph.progress import Progress
    from runs.home import ViewFolder
    from runs.schema import Table

BATCH_ROWS: Final = 10_000
_ATTEMPTS: Final = 5
_FIRST_PAUSE_S: Final = 0.5
_CONNECT_S: Final = 10


def load_store(
    folder: ViewFolder,
    uri: str,
    user: str,
    password: str,
    database: str,
    *,
    downtime: bool,
    progress: Progress,
) -> None:
    """Make the database at ``uri`` hold the view's graph, and nothing else.

    Does nothing where it holds this very graph already. Raises LoadRefused where it holds another
    one and ``downtime`` is False, or is not this product's; GraphUnavailable where nothing answers.
    """
    content = content_of(folder)
    with _driver(uri, user, password) as driver:
        try:
            load = _Load(driver, database, folder, content, progress)
            load.run(downtime=downtime)
        except AuthError:
            raise LoadRefused(
                f"{uri} refuses user {user!r}; correct VAST_NEO4J_USER_<VIEW> and "
                "VAST_NEO4J_PASSWORD_<VIEW>"
            ) from None
        except (ServiceUnavailable, TransientError) as error:
            raise GraphUnavailable(
                f"Neo4j at {uri} does not answer ({type(error).__name__}); start it, then run the "
                "same command again: the load goes on where it stopped"
            ) from None
        except (Neo4jError, DriverError) as error:
            raise GraphError(
                f"Neo4j at {uri} refused the load "
                f"({getattr(error, 'code', None) or type(error).__name__}); it needs Neo4j 2026 "
                "or 5.26 and a user who may write and make constraints"
            ) from None


def loaded_run(uri: str, user: str, password: str, database: str) -> str | None:
    """The run that an external database completely holds; None where there is none."""
    try:
        with _driver(uri, user, password) as driver:
            records = driver.execute_query(
                statement("load_state"), database_=database, routing_="r"
            ).records
    except (Neo4jError, DriverError) as error:
        raise GraphUnavailable(f"Neo4j at {uri} does not answer ({type(error).__name__})") from None
    complete = [str(record["run_id"]) for record in records if record["state"] == "complete"]
    return complete[0] if len(complete) == len(records) == 1 else None


def content_of(folder: ViewFolder) -> str:
    """A hash of the graph's files: equal graphs of one run and view are loaded once."""
    digest = hashlib.sha256(f"{folder.run_id} {folder.view}".encode())
    for file in import_files(folder.graph):
        digest.update(f"{file.path.name} {sha256_of(file.path)}".encode())
    return digest.hexdigest()


def _driver(uri: str, user: str, password: str) -> neo4j.Driver:
    return neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        connection_timeout=_CONNECT_S,
        connection_acquisition_timeout=2 * _CONNECT_S,
        # Batches are retried here, where the pauses are bounded.
        max_transaction_retry_time=0,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
    )


class _Load:
    """One load of one graph into one database."""

    def __init__(
        self,
        driver: neo4j.Driver,
        database: str,
        folder: ViewFolder,
        content: str,
        progress: Progress,
    ) -> None:
        self._driver = driver
        self._database = database
        self._folder = folder
        self._content = content
        self._progress = progress
        self._position = 0
        self._done_until = 0

    def run(self, *, downtime: bool) -> None:
        states = self._ask("load_state")
        mine = [state for state in states if state["content"] == self._content]
        if len(states) == 1 and mine and mine[0]["state"] == "complete":
            self._progress("the external Neo4j holds this graph already")
            return
        if len(states) == 1 and mine:
            self._done_until = int(mine[0]["position"])
            self._progress(f"going on with an interrupted load at batch {self._done_until}")
        else:
            self._make_room(states, downtime=downtime)
            # Constraints first: relationships find their nodes by them.
            apply_schema(self._driver, self._database, schema_statements(), self._progress)
            self._ask(
                "load_begin",
                run_id=self._folder.run_id,
                view=self._folder.view,
                content=self._content,
            )
        self._batches()
        check_counts(
            self._driver, self._database, expected_counts(import_files(self._folder.graph))
        )
        self._ask("load_end", run_id=self._folder.run_id, content=self._content)

    def _make_room(self, states: list[dict[str, Any]], *, downtime: bool) -> None:
        nodes = int(self._ask("anything")[0]["nodes"])
        if nodes == 0:
            return
        if not states:
            raise LoadRefused(
                f"the database {self._database!r} holds {nodes:,} nodes that VAST did not load; "
                "name an empty database, or empty this one yourself"
            )
        unread = len(states) == 1 and states[0]["state"] != "complete"
        if not (downtime or unread):
            raise LoadRefused(
                f"the database {self._database!r} holds run {states[0]['run_id']}, and one "
                "database cannot hold two runs; load with --downtime (pages of this view are "
                "down meanwhile), or name another database or server"
            )
        self._progress(f"removing the {nodes:,} nodes of the old graph")
        with self._driver.session(database=self._database) as session:
            session.run(statement("empty")).consume()

    def _batches(self) -> None:
        began, said = time.monotonic(), time.monotonic()
        stored = 0
        for rows, name, parameters in self._all_batches():
            stored += rows
            if self._position >= self._done_until:
                self._store(name, parameters)
            self._position += 1
            if time.monotonic() - said > 2:
                said = time.monotonic()
                self._progress(f"loaded {stored:,} rows")
        self._progress(f"loaded {stored:,} rows in {time.monotonic() - began:.0f} s")

    def _all_batches(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for node in NODES:
            for rows in _batched(node_table(node), self._folder.graph):
                parameters = {"label": node.label, "rows": [_node(node, row) for row in rows]}
                yield len(rows), "load_nodes", parameters
        for item in RELATIONSHIPS:
            for rows in _batched(relationship_table(item), self._folder.graph):
                values = [_relationship(item, row) for row in rows]
                yield len(rows), f"load/{item.file_name}", {"rows": values}

    def _store(self, name: str, parameters: dict[str, Any]) -> None:
        """Send a batch until it is known to be stored; the marker makes repeating harmless."""
        pause_s = _FIRST_PAUSE_S
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._ask(name, content=self._content, position=self._position, **parameters)
            except (ServiceUnavailable, TransientError):
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(pause_s)
                pause_s *= 2
            else:
                return

    def _ask(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        answer = self._driver.execute_query(
            statement(name), parameters_=parameters, database_=self._database
        )
        return [record.data() for record in answer.records]


def _batched(table: Table, folder: Path) -> Iterator[list[dict[str, Any]]]:
    """The file's rows in batches, columns under their names in the file."""
    with duckdb.connect() as con:
        con.execute("FROM read_parquet(?)", [str(table.path(folder))])
        names = [column[0] for column in con.description or ()]
        while rows := con.fetchmany(BATCH_ROWS):
            yield [dict(zip(names, row, strict=True)) for row in rows]


def _node(node: NodeType, row: dict[str, Any]) -> dict[str, Any]:
    """Properties by name; an absent value is left out, as the import does."""
    named = {item.name: row[node_column(node, item)] for item in node.all_properties}
    return {name: value for name, value in named.items() if value is not None}


def _relationship(item: RelationshipType, row: dict[str, Any]) -> dict[str, Any]:
    start, end = relationship_columns(item)
    properties = {
        name.split(":")[0]: value
        for name, value in row.items()
        if name not in (start, end) and value is not None
    }
    return {"start": row[start], "end": row[end], "properties": properties}
