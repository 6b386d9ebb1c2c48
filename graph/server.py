"""One local Neo4j server on one built store.

Guarantees: it listens on loopback only and, unless told otherwise, refuses writes to the graph;
``wait_ready`` returns only after the database answered a query; whatever way the owner ends,
SIGKILL included, the server ends too (see guard); a store is served by one server at a time.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from typing import TYPE_CHECKING, Final

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph.diagnosis import fault_of, quoted, tail
from graph.errors import GraphError, GraphUnavailable, PortTaken, StoreBusy, StoreMissing
from graph.neo4j_conf import (
    DATABASE,
    LOOPBACK,
    USER,
    Neo4jHome,
    ServerLimits,
    compiler_arguments,
    jvm_arguments,
    write_conf,
)
from graph.orphans import forget, reap_orphan, reap_orphans, remember, serving_process
from graph.process import STOP_TIMEOUT_S, JavaProcess
from graph.runtime.archive import archive_arguments
from graph.runtime.jars import class_path, ensure_jars
from graph.runtime.lock import read_lock
from graph.runtime.settings import RuntimeSettings
from graph.statements import statement

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["Neo4jServer", "built_version", "reap_orphans"]

_MAIN_CLASS: Final = "org.neo4j.server.Neo4jCommunity"
_POLL_S: Final = 0.05
_DATABASE_GRACE_S: Final = 10.0
_PORT_TRIES: Final = 3


def built_version(store_dir: Path) -> str | None:
    """The version that the store's server last reported; None before a store is built."""
    try:
        return Neo4jHome(store_dir).built_version.read_text(encoding="utf-8").strip()
    except OSError:
        return None


class Neo4jServer:
    """Starts, watches and ends one server. May be started again after it ended.

    ``bolt_port`` 0 takes a free port at each start. ``uri`` is known after ``start``, ``version``
    after ``wait_ready``. Not safe for use from two threads at once.
    """

    def __init__(
        self,
        store_dir: Path,
        password: str,
        *,
        bolt_port: int = 0,
        read_only: bool = True,
        limits: ServerLimits | None = None,
        settings: RuntimeSettings | None = None,
        extra_jvm: tuple[str, ...] = (),
    ) -> None:
        self._home = Neo4jHome(store_dir.resolve())
        self._password = password
        self._asked_port = bolt_port
        self._read_only = read_only
        self._limits = limits or ServerLimits()
        self._settings = settings or RuntimeSettings.from_environment()
        self._extra_jvm = extra_jvm
        self._port = bolt_port
        self._tries = 0
        self._version: str | None = None
        self._process: JavaProcess | None = None

    @property
    def uri(self) -> str:
        return f"bolt://{LOOPBACK}:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def version(self) -> str | None:
        """As the server reports it; None before it answered."""
        return self._version

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        """Whether the process runs; False after it was killed, ended or never started."""
        return self._process is not None and self._process.poll() is None

    def poll(self) -> int | None:
        """The exit status of a process that ended (negative: a signal); None while it runs."""
        return self._process.poll() if self._process else None

    def __enter__(self) -> Neo4jServer:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and return at once.

        Raises StoreMissing, StoreBusy, PortTaken, JavaMissing, JarsUnavailable, JarsCorrupt.
        """
        if self.alive():
            return
        self.stop()
        self._tries = 0
        if not (self._home.path / "data" / "databases").is_dir():
            raise StoreMissing(
                f"{self._home.path} holds no Neo4j store; build it with 'vast serve' or "
                "'vast publish'"
            )
        reap_orphan(self._home)
        running = serving_process(self._home)
        if running is not None:
            raise StoreBusy(
                f"process {running.pid} already serves {self._home.path}, on behalf of process "
                f"{running.owner_pid}; end that one with 'vast stop'"
            )
        self._launch()

    def _launch(self) -> None:
        ensure_jars(lambda _line: None, self._settings)
        home = self._home
        # Native libraries that a killed server had unpacked.
        shutil.rmtree(home.path / "run" / "tmp", ignore_errors=True)
        home.prepare()
        self._port = _free_port(self._asked_port)
        write_conf(home, self._port, self._limits, read_only=self._read_only)
        home.server_log.unlink(missing_ok=True)
        self._process = JavaProcess(
            self._settings,
            home,
            home.java_arguments,
            [
                *jvm_arguments(home, self._limits.heap_mb),
                *compiler_arguments(home.path),
                *(self._extra_jvm or archive_arguments(self._settings)),
                "-cp",
                class_path(self._settings, read_lock()),
                _MAIN_CLASS,
                f"--home-dir={home.path}",
                f"--config-dir={home.conf}",
            ],
            home.console_log,
        )
        remember(home, self._process.pid, self._process.started, self._port)

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return once the database answered a query.

        Raises PortTaken, OutOfMemory, DiskFull, StoreBusy, StoreBroken as the logs tell, and
        GraphUnavailable after ``timeout_s``; the process is then ended.
        """
        deadline = time.monotonic() + timeout_s
        try:
            while not self._answers(deadline):
                self._launch_again_on_another_port()
        except BaseException:
            self.stop()
            raise
        self._tries = 0
        self._home.built_version.write_text(f"{self._version}\n", encoding="utf-8")

    def _launch_again_on_another_port(self) -> None:
        """Between choosing a free port and opening it another program may have taken it."""
        fault = self._fault(f"ended with status {self.poll()} before it answered")
        self._tries += 1
        if not isinstance(fault, PortTaken) or self._asked_port or self._tries >= _PORT_TRIES:
            raise fault
        self.stop()
        self._launch()

    def _answers(self, deadline: float) -> bool:
        """True once the database answered, False once the process has ended."""
        database_deadline = None
        with open_driver(self.uri, USER, self._password) as driver:
            while True:
                if not self.alive():
                    return False
                if time.monotonic() > deadline:
                    raise GraphUnavailable(
                        f"Neo4j on {self._home.path} did not answer in time; the machine may be "
                        f"busy: try again. The log says: {quoted(tail(self._home.server_log))}"
                    )
                if not self._listens():
                    time.sleep(_POLL_S)
                    continue
                try:
                    answer = driver.execute_query(
                        statement("ready"), database_=DATABASE, routing_="r"
                    )
                    self._version = str(answer.records[0]["version"])
                except AuthError:
                    raise GraphError(
                        f"Neo4j on {self._home.path} refuses its password: the store was built "
                        "with another one; remove the folder, it is built again from the run"
                    ) from None
                except (Neo4jError, DriverError) as error:
                    # Bolt opens before a damaged database gives up starting.
                    now = time.monotonic()
                    database_deadline = database_deadline or now + _DATABASE_GRACE_S
                    if isinstance(error, Neo4jError) and now > database_deadline:
                        raise self._fault("the database did not start") from None
                    time.sleep(_POLL_S)
                else:
                    return True

    def _listens(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1):
                return True
        except OSError:
            return False

    def _fault(self, what: str) -> GraphError:
        text = f"{tail(self._home.console_log)}\n{tail(self._home.server_log)}"
        return fault_of(
            f"Neo4j on {self._home.path}",
            text,
            f"{what}; if it happens again, remove the folder: it is built again from the run",
        )

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End the process: SIGTERM, SIGKILL after ``timeout_s``. No error where it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.end(timeout_s)
            forget(self._home)


def open_driver(uri: str, user: str, password: str) -> neo4j.Driver:
    """A driver for administration: short connection limits, quiet, no telemetry."""
    return neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        connection_timeout=5,
        connection_acquisition_timeout=10,
        max_transaction_retry_time=0,
        max_connection_pool_size=4,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
    )


def _free_port(asked: int) -> int:
    """``asked`` if it is free, any free port for 0. Raises PortTaken."""
    with contextlib.closing(socket.socket()) as probe:
        # As the server does: a port with connections in TIME_WAIT may be opened again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, asked))
        except OSError:
            raise PortTaken(
                f"port {asked} on {LOOPBACK} is taken by another program; end that program, "
                "or ask for port 0 to take a free one"
            ) from None
        return int(probe.getsockname()[1])
