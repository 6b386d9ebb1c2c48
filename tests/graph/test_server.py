"""A real server on a real store: how it starts, refuses, dies and is ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from neo4j.exceptions import Neo4jError

from graph.errors import (
    GraphError,
    JavaMissing,
    OutOfMemory,
    PortTaken,
    StoreBroken,
    StoreBusy,
    StoreMissing,
)
from graph.guard import end
from graph.neo4j_conf import DATABASE, USER, Neo4jHome, ServerLimits
from graph.orphans import serving_process
from graph.runtime.settings import NEO4J_VERSION, RuntimeSettings
from graph.server import Neo4jServer, built_version, open_driver, reap_orphans
from tests.graph.conftest import STORE_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.neo4j


def wait_until(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def gone(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.create_time() != started or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_serves_what_it_says(small_server: Neo4jServer) -> None:
    assert small_server.alive()
    assert small_server.version == NEO4J_VERSION
    assert small_server.uri == f"bolt://127.0.0.1:{small_server.port}"
    assert small_server.pid is not None
    listening = {
        connection.laddr
        for connection in psutil.Process(small_server.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {(address.ip.removeprefix("::ffff:"), address.port) for address in listening} == {
        ("127.0.0.1", small_server.port)
    }
    assert STORE_PASSWORD not in " ".join(psutil.Process(small_server.pid).cmdline())


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        ("a write", "CREATE (:Person {person_id: 'x'})"),
        ("a change of the schema", "CREATE INDEX bad FOR (n:Person) ON (n.sex)"),
        ("a file", "LOAD CSV FROM 'file:///etc/hostname' AS line RETURN line"),
        ("an address", "LOAD CSV FROM 'http://127.0.0.1:9/x' AS line RETURN line"),
        ("much memory", "UNWIND range(1, 50000000) AS n RETURN size(collect(n)) AS n"),
    ],
)
def test_refuses(small_server: Neo4jServer, refused: str, text: str) -> None:
    with (
        open_driver(small_server.uri, USER, STORE_PASSWORD) as driver,
        driver.session(database=DATABASE) as session,
        pytest.raises(Neo4jError),
    ):
        session.run(text).consume()
    assert small_server.alive(), refused


def test_refuses_another_password(small_server: Neo4jServer) -> None:
    with (
        open_driver(small_server.uri, USER, "another-password") as driver,
        pytest.raises(Neo4jError, match="authentication"),
    ):
        driver.verify_connectivity()


def test_keeps_no_query_in_its_logs(small_server: Neo4jServer, small_store: Path) -> None:
    with open_driver(small_server.uri, USER, STORE_PASSWORD) as driver:
        driver.execute_query("RETURN $word AS word", word="tell-tale-parameter")
    logs = Path(psutil.Process(small_server.pid).cwd()) / "logs"
    texts = [path.read_text("utf-8", "replace") for path in logs.iterdir() if path.is_file()]
    assert any(texts)
    assert not any("tell-tale-parameter" in text for text in texts)


def test_a_second_server_on_a_store_is_refused(small_server: Neo4jServer) -> None:
    store = Path(psutil.Process(small_server.pid).cwd())
    with pytest.raises(StoreBusy, match=f"process {small_server.pid} already serves"):
        Neo4jServer(store, STORE_PASSWORD).start()
    assert small_server.alive()


def test_a_killed_server_is_noticed_and_starts_again(copy_of_store: Path) -> None:
    with Neo4jServer(copy_of_store, STORE_PASSWORD) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not server.alive())
        assert server.poll() == -signal.SIGKILL
        server.start()
        server.wait_ready(90)
        assert server.alive()
        assert built_version(copy_of_store) == NEO4J_VERSION
        pid, started = server.pid, psutil.Process(server.pid).create_time()
    assert gone(pid, started)
    assert not server.alive()
    assert serving_process(Neo4jHome(copy_of_store)) is None
    server.stop()


def test_a_taken_port_is_named_at_once(copy_of_store: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = Neo4jServer(copy_of_store, STORE_PASSWORD, bolt_port=port)
        with pytest.raises(PortTaken, match=f"port {port} .* is taken by another program"):
            server.start()
        assert not server.alive()


def test_a_port_lost_while_starting_is_named(
    copy_of_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setattr("graph.server._free_port", lambda _asked: port)
        server = Neo4jServer(copy_of_store, STORE_PASSWORD, bolt_port=port)
        server.start()
        with pytest.raises(PortTaken, match="taken by another program"):
            server.wait_ready(90)
    assert not server.alive()


def test_no_store_no_server(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="holds no Neo4j store"):
        Neo4jServer(tmp_path, STORE_PASSWORD).start()
    assert built_version(tmp_path) is None


def test_without_java_it_says_so(copy_of_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAST_JAVA", "/no/such/java")
    server = Neo4jServer(copy_of_store, STORE_PASSWORD)
    with pytest.raises(JavaMissing, match=r"/no/such/java is not an executable file; .*VAST_JAVA"):
        server.start()
    assert not server.alive()


def test_a_java_that_is_none_is_told_apart(copy_of_store: Path) -> None:
    settings = RuntimeSettings.from_environment()
    false = RuntimeSettings(settings.cache, Path("/bin/false"))
    server = Neo4jServer(copy_of_store, STORE_PASSWORD, settings=false)
    server.start()
    with pytest.raises(GraphError, match="status 1"):
        server.wait_ready(30)


def test_too_small_a_heap_is_told_as_such(copy_of_store: Path) -> None:
    server = Neo4jServer(copy_of_store, STORE_PASSWORD, limits=ServerLimits(heap_mb=12))
    server.start()
    with pytest.raises(OutOfMemory, match="larger heap"):
        server.wait_ready(90)
    assert not server.alive()


def test_a_damaged_store_is_told_as_such(copy_of_store: Path) -> None:
    (database,) = (copy_of_store / "data" / "databases").glob("neo4j")
    for path in database.glob("neostore*"):
        path.write_bytes(b"\xff" * 64)
    server = Neo4jServer(copy_of_store, STORE_PASSWORD)
    server.start()
    with pytest.raises(StoreBroken, match="remove the folder: it is built again from the run"):
        server.wait_ready(90)
    assert not server.alive()


OWNER = """
import sys, time
from pathlib import Path
from graph.server import Neo4jServer
server = Neo4jServer(Path(sys.argv[1]), sys.argv[2])
server.start()
print(server.pid, server._process._guard.pid, flush=True)
time.sleep(600)
"""


def start_owner(store: Path) -> tuple[subprocess.Popen[str], int, int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(store), STORE_PASSWORD],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert owner.stdout is not None
    server, guard = owner.stdout.readline().split()
    owner.stdout.close()
    return owner, int(server), int(guard)


def test_a_server_ends_with_its_killed_owner(copy_of_store: Path) -> None:
    owner, server, _guard = start_owner(copy_of_store)
    started = psutil.Process(server).create_time()
    owner.kill()
    owner.wait()
    wait_until(lambda: gone(server, started))


def test_an_orphan_is_reaped_and_an_owned_server_is_not(copy_of_store: Path) -> None:
    serving = copy_of_store.parents[1]
    owner, server, guard = start_owner(copy_of_store)
    started = psutil.Process(server).create_time()
    assert reap_orphans(serving) == 0
    assert not gone(server, started)
    os.kill(guard, signal.SIGKILL)
    owner.kill()
    owner.wait()
    assert not gone(server, started)
    assert reap_orphans(serving) == 1
    assert gone(server, started)
    assert reap_orphans(serving) == 0


def test_the_guard_leaves_a_process_with_a_reused_number_alone() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        subprocess.run(
            [sys.executable, "-m", "graph.guard", str(sleeper.pid), "1.0"],
            stdin=subprocess.DEVNULL,
            check=True,
            cwd=ROOT,
            timeout=30,
        )
        assert sleeper.poll() is None
    finally:
        end(psutil.Process(sleeper.pid), 0.1)
        sleeper.wait()
