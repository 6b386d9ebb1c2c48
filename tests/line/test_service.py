"""The service as its users and its operator meet it: real processes, real Neo4j, real faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest

from pipeline.background import stop
from pipeline.control import running_service
from pipeline.errors import RunRefused
from pipeline.publish import rollback
from pipeline.settings import PipelineSettings
from runs.manifest import read_current
from tests.conftest import Live, quiet_steps

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.neo4j
PAGE_LIMIT_S = 3.0


def vast(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"VAST_HOME": str(home)},
    )


def get(live: Live, path: str) -> tuple[int, str, float]:
    """Status, body and seconds of a page."""
    address = urlsplit(live.url)
    line = HTTPConnection(address.hostname or "", address.port, timeout=30)
    started = time.monotonic()
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode(), time.monotonic() - started
    finally:
        line.close()


def neo4j_processes(live: Live) -> list[psutil.Process]:
    service = running_service(live.home)
    assert service is not None
    return [
        child
        for child in psutil.Process(service.pid).children(recursive=True)
        if "java" in child.name()
    ]


def test_status_tells_what_each_view_holds(live: Live) -> None:
    told = vast("status", "--json", home=live.home.path)
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout)
    assert status["run"] == live.run.run_id
    assert status["serving"]
    assert status["synthetic"]
    for view in ("investigation", "services", "analysis"):
        counts = status["views"][view]
        assert counts["neo4j_version"].startswith("2026.")
        assert (
            min(counts["records"], counts["persons"], counts["nodes"], counts["relationships"]) > 0
        )


def test_a_visitor_sees_the_public_page_and_is_sent_to_sign_in(live: Live) -> None:
    status, body, _ = get(live, "/")
    assert status == 200
    assert "synthetic" in body
    for path in ("/search", "/missing", "/patterns", "/steward/feeds"):
        assert get(live, path)[0] in (302, 303)


def test_a_second_service_is_refused_and_a_taken_port_is_named(live: Live, tmp_path: Path) -> None:
    second = vast("serve", "--port", "1", home=live.home.path)
    assert second.returncode == 1
    assert "already serves" in second.stderr
    port = urlsplit(live.url).port
    other = vast("serve", "--port", str(port), home=tmp_path)
    assert other.returncode == 1
    assert "another program may hold it" in other.stderr
    assert "Traceback" not in second.stderr + other.stderr


def test_there_is_nothing_older_to_go_back_to(live: Live) -> None:
    with pytest.raises(RunRefused, match="oldest"):
        rollback(live.home, None, PipelineSettings.from_environment(), quiet_steps())
    assert read_current(live.home).run_id == live.run.run_id


def test_a_killed_neo4j_is_told_within_the_limit_and_comes_back(live: Live) -> None:
    before = {process.pid for process in neo4j_processes(live)}
    assert len(before) == 3
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    status, body, seconds = get(live, "/health")
    assert seconds < PAGE_LIMIT_S
    assert status in (200, 503)
    assert "Traceback" not in body
    assert get(live, "/")[0] == 200
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        now = {process.pid for process in neo4j_processes(live)}
        if len(now) == 3 and not now & before and get(live, "/health")[0] == 200:
            break
        time.sleep(1)
    else:
        pytest.fail("the Neo4j servers did not come back within 120 s")


@pytest.mark.last
def test_stopping_leaves_no_process_behind(live: Live) -> None:
    servers = neo4j_processes(live)
    assert servers
    assert stop(live.home)
    assert running_service(live.home) is None
    assert not [
        process
        for process in servers
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
    assert not stop(live.home)
