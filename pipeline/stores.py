"""Each graph view's Neo4j: built from the run's Parquet, started, or loaded at an external server.

Guarantees: a store that exists is whole (it is renamed into place); building is skipped where it
exists; two views never share a server.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.bolt import load_store
from graph.errors import GraphUnavailable
from graph.reader import GraphReader
from graph.server import Neo4jServer
from graph.store import build_store
from runs.manifest import RunManifest, Server

if TYPE_CHECKING:
    from pipeline.steps import Steps
    from runs.home import Home

READY_TIMEOUT_S = 90.0


@dataclass(frozen=True, slots=True)
class External:
    """An agency's own Neo4j for one view (``VAST_NEO4J_URI_<VIEW>``)."""

    uri: str
    user: str
    database: str


def external_server(view: str) -> External | None:
    """The external server that the environment names for a view, if any."""
    uri = os.environ.get(f"VAST_NEO4J_URI_{view.upper()}")
    if not uri:
        return None
    return External(
        uri,
        os.environ.get(f"VAST_NEO4J_USER_{view.upper()}", "neo4j"),
        os.environ.get(f"VAST_NEO4J_DATABASE_{view.upper()}", "neo4j"),
    )


def ensure_stores(home: Home, run: RunManifest, steps: Steps, *, downtime: bool = False) -> None:
    """Build or load what is not there yet. Raises GraphError; nothing half-built is left."""
    for view in run.graph_views:
        folder = home.run(run.run_id).view(view)
        external = external_server(view)
        if external is not None:
            with steps.step(f"Loading {view} into the external Neo4j", f"{view}: bolt load"):
                load_store(
                    folder,
                    external.uri,
                    external.user,
                    home.graph_password(view),
                    external.database,
                    downtime=downtime,
                    progress=steps.note,
                )
            continue
        store = home.store(run.run_id, view)
        if store.exists():
            continue
        with steps.step(f"Building the Neo4j store of {view}", f"{view}: store"):
            build_store(folder, store, home.graph_password(view), progress=steps.note)


def start_servers(home: Home, run: RunManifest) -> dict[str, Neo4jServer]:
    """Start every local store of a run, at the same time, and wait until each answers.

    Raises GraphError; servers that came up are stopped again.
    """
    servers = {
        view: Neo4jServer(home.store(run.run_id, view), home.graph_password(view))
        for view in run.graph_views
        if external_server(view) is None
    }
    if not servers:
        return {}
    try:
        with ThreadPoolExecutor(max_workers=len(servers)) as pool:
            for waiting in [pool.submit(_start, server) for server in servers.values()]:
                waiting.result()
    except BaseException:
        stop_servers(servers)
        raise
    return servers


def _start(server: Neo4jServer) -> None:
    server.start()
    server.wait_ready(READY_TIMEOUT_S)


def stop_servers(servers: dict[str, Neo4jServer]) -> None:
    """Stop servers at the same time; a server that is already gone is no error."""
    if servers:
        with ThreadPoolExecutor(max_workers=len(servers)) as pool:
            list(pool.map(Neo4jServer.stop, servers.values()))


def addresses(home: Home, run: RunManifest, servers: dict[str, Neo4jServer]) -> dict[str, Server]:
    """What ``current.json`` says of each view's server."""
    found = {
        view: Server(uri=server.uri, neo4j_version=server.version)
        for view, server in servers.items()
    }
    for view in run.graph_views:
        external = external_server(view)
        if external is not None:
            server = Server(
                uri=external.uri, user=external.user, database=external.database, external=True
            )
            version = _version(server, home.graph_password(view))
            found[view] = server.model_copy(update={"neo4j_version": version})
    return found


def _version(server: Server, password: str) -> str | None:
    """Neo4j's version as an external server reports it; None while it does not answer."""
    with GraphReader(server, password) as reader:
        try:
            return reader.version()
        except GraphUnavailable:
            return None


def remove_old_stores(home: Home, keep: set[str]) -> None:
    """Remove the stores of runs that are neither served nor about to be: they can be rebuilt."""
    for folder in home.serving.iterdir() if home.serving.exists() else ():
        if folder.name not in keep and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
