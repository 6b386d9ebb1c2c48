"""The service: it alone owns the Neo4j servers and the web server of a home.

Guarantees: a run is switched to only after its servers answer, and the old servers end only after
running requests had time to finish; a switch that fails leaves what was served before; a killed
Neo4j is started again while pages say that it is down; whatever way the service ends, no server
that it started stays behind.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from contextlib import ExitStack
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import TYPE_CHECKING, Any

import psutil
import waitress
import waitress.server

from graph.errors import GraphError
from graph.server import reap_orphans
from graph.warming import warm
from pipeline.control import ServiceAddress, forget_address, running_service, write_address
from pipeline.errors import PipelineError, PortTaken, ServiceRunning
from pipeline.lock import FileLock
from pipeline.publish import check_allowed, newest, published, publishing, still_allowed
from pipeline.steps import Steps
from pipeline.stores import (
    addresses,
    ensure_stores,
    remove_old_stores,
    start_servers,
    stop_servers,
)
from pipeline.trouble import trouble_named
from pipeline.unexpected import keep_traceback
from resolution.errors import NoIndex
from resolution.search import warm as warm_search
from runs.errors import BrokenRun, NoPublishedRun, RunsError
from runs.manifest import Current, RunManifest, now, read_current, read_run, write_manifest
from sharing.errors import SharingError
from webapp import create_app
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from graph.server import Neo4jServer
    from pipeline.settings import PipelineSettings
    from runs.home import Home

log = logging.getLogger(__name__)

DRAIN_S = 3.0
WATCH_INTERVAL_S = 2.0
WEB_THREADS = 8


class Service:
    """One home's service. ``run`` blocks until a signal or a stop request ends it."""

    def __init__(
        self, home: Home, settings: PipelineSettings, *, host: str, port: int, steps: Steps
    ) -> None:
        self._home = home
        self._settings = settings
        self._host = host
        self._port = port
        self._steps = steps
        self._ending = threading.Event()
        self._switching = threading.Lock()
        self._servers: dict[str, Neo4jServer] = {}
        self._draining: dict[str, Neo4jServer] = {}
        self._run: RunManifest | None = None

    def run(self) -> None:
        """Serve until told to end.

        Raises PortTaken, ServiceRunning, NoPublishedRun, GraphError before anything is served.
        """
        other = running_service(self._home)
        if other is not None:
            raise ServiceRunning(
                f"process {other.pid} already serves {self._home.path} at "
                f"{other.url}; 'vast stop' ends it"
            )
        with FileLock(self._home.path / "service.lock", "serving"), ExitStack() as cleanup:
            listening = listen(self._host, self._port)
            cleanup.callback(listening.close)
            # Until the service can be asked, nobody may publish beside it.
            starting = cleanup.enter_context(publishing(self._home))
            reap_orphans(self._home.serving)
            run = self._first_run()
            ensure_stores(self._home, run, self._steps)
            cleanup.callback(self._stop_servers)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._ending.set())
            with self._steps.step("Starting the Neo4j servers", "servers"):
                self._servers = start_servers(self._home, run)
            self._open_search(run)
            run = still_allowed(self._home, run.run_id, self._settings)
            self._write_current(run, self._servers)
            self._run = run
            remove_old_stores(self._home, {run.run_id})
            app = create_app(WebSettings.from_environment(self._home))
            web = waitress.server.create_server(
                app,
                sockets=[listening],
                threads=WEB_THREADS,
                clear_untrusted_proxy_headers=True,
                ident=None,
            )
            threading.Thread(target=web.run, name="web", daemon=True).start()
            cleanup.callback(web.close)
            self._accept_control(cleanup)
            starting.release()
            self._warm()
            self._steps.console.print(f"[bold]Serving at http://{self._host}:{self._port}[/]")
            self._watch()

    def _first_run(self) -> RunManifest:
        run_id = published(self._home)
        run = read_run(self._home, run_id) if run_id else newest(self._home)
        check_allowed(self._home, run, self._settings)
        return run

    def _write_current(self, run: RunManifest, servers: dict[str, Neo4jServer]) -> None:
        """Name the run and where its servers are; a run keeps the time of its publication."""
        try:
            known = read_current(self._home)
        except (NoPublishedRun, BrokenRun):
            known = None
        same = known is not None and known.run_id == run.run_id
        write_manifest(
            self._home.current,
            Current(
                run_id=run.run_id,
                published_at=known.published_at if known and same else now(),
                servers=addresses(self._home, run, servers),
            ),
        )

    def _told_where(self, run: RunManifest) -> bool:
        """Where the servers are now; False where that could not be written, for want of room."""
        try:
            self._write_current(run, self._servers)
        except OSError as error:
            self._steps.note(f"{self._home.current} could not be written: {error.strerror}")
            return False
        return True

    def _open_search(self, run: RunManifest) -> None:
        """Open every view's search index before the run is served: its first search took 1.2 s."""
        with self._steps.step("Opening the search indexes", "search"):
            for view in run.graph_views:
                try:
                    warm_search(self._home.run(run.run_id).view(view))
                except NoIndex as error:
                    self._steps.note(f"people of {view} cannot be searched: {error}")

    def _warm(self) -> None:
        """Let every graph plan the pages' queries, beside what users ask."""
        served = read_current(self._home).servers

        def ask_all() -> None:
            for view, server in served.items():
                warm(server, self._home.graph_password(view), self._ending.is_set)

        threading.Thread(target=ask_all, name="warming", daemon=True).start()

    def _stop_servers(self) -> None:
        for servers in (self._servers, self._draining):
            stop_servers(servers)
        self._servers, self._draining = {}, {}

    def switch(self, run_id: str, *, downtime: bool) -> None:
        """Serve another run: new servers up, ``current.json`` replaced, old servers drained.

        Raises what ``pipeline.publish.publish`` raises, and GraphError; what was served still is.
        """
        with trouble_named(self._home), self._switching, publishing(self._home):
            run = read_run(self._home, run_id)
            check_allowed(self._home, run, self._settings)
            if self._run is not None and run.run_id == self._run.run_id:
                self._write_current(run, self._servers)
                return
            ensure_stores(self._home, run, self._steps, downtime=downtime)
            fresh = start_servers(self._home, run)
            try:
                self._open_search(run)
                run = still_allowed(self._home, run_id, self._settings)
                self._write_current(run, fresh)
            except BaseException:
                stop_servers(fresh)
                raise
            self._draining, self._servers, self._run = self._servers, fresh, run
        try:
            self._warm()
            self._ending.wait(DRAIN_S)
        finally:
            stop_servers(self._draining)
            self._draining = {}
        remove_old_stores(self._home, {run.run_id})

    def _watch(self) -> None:
        told = True
        while not self._ending.wait(WATCH_INTERVAL_S):
            with self._switching:
                dead = {
                    view: server for view, server in self._servers.items() if not server.alive()
                }
                for view, server in dead.items():
                    self._steps.note(f"Neo4j of {view} has ended; starting it again")
                    try:
                        server.start()
                        server.wait_ready(60)
                    except (GraphError, OSError) as error:
                        self._steps.note(f"Neo4j of {view} did not start: {error}")
                if self._run is not None and (dead or not told):
                    told = self._told_where(self._run)

    def _accept_control(self, cleanup: ExitStack) -> None:
        listener = Listener(("127.0.0.1", 0), authkey=self._home.secret("control.key"))
        cleanup.callback(listener.close)
        me = psutil.Process(os.getpid())
        write_address(
            self._home,
            ServiceAddress(
                pid=me.pid,
                started=me.create_time(),
                control_port=int(listener.address[1]),
                host=self._host,
                port=self._port,
            ),
        )
        cleanup.callback(forget_address, self._home)
        threading.Thread(target=self._answer, args=(listener,), name="control", daemon=True).start()

    def _answer(self, listener: Listener) -> None:
        while not self._ending.is_set():
            try:
                with listener.accept() as line:
                    self._answer_one(line)
            except Exception as error:
                # Whoever asked has gone, or is not one of ours: the next is to be answered.
                if not isinstance(error, (OSError, EOFError, AuthenticationError)):
                    log.warning("a request failed: %s", keep_traceback(self._home))
                if self._ending.wait(0.05):
                    return

    def _answer_one(self, line: Connection[Any, Any]) -> None:
        asked: dict[str, Any] = line.recv()
        try:
            match asked.get("request"):
                case "switch":
                    self.switch(str(asked["run_id"]), downtime=bool(asked.get("downtime")))
                case "stop":
                    self._ending.set()
                case "ping":
                    pass
                case _:
                    line.send({"ok": False, "message": "the service knows no such request"})
                    return
        except (PipelineError, RunsError, GraphError, SharingError) as error:
            line.send({"ok": False, "message": str(error)})
        except Exception as error:
            kept = keep_traceback(self._home)
            message = f"unexpected {type(error).__name__} in the service. Details: {kept}"
            line.send({"ok": False, "message": message})
        else:
            line.send({"ok": True})


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket. Raises PortTaken with what to do."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"cannot listen on {host}:{port} ({error.strerror}): another program may hold it; "
            "stop that program, or name another port with --port (make demo PORT=...)"
        ) from None
    return listening
