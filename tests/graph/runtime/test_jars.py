"""The cached jars, fetched from a repository on this machine."""

from __future__ import annotations

import hashlib
import resource
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from graph.errors import DiskFull, JarsCorrupt, JarsUnavailable, LockBroken
from graph.runtime import jars as jars_module
from graph.runtime.jars import class_path, ensure_jars
from graph.runtime.lock import LOCK_FILE, JarLock, LockedJar, read_lock, write_lock
from graph.runtime.settings import NEO4J_VERSION, RuntimeSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Repository(ThreadingHTTPServer):
    """Serves ``files`` by name; ``failures`` counts down errors, ``asked`` lists requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, bytes] = {}
        self.failures = 0
        self.cut_short = False
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/repository"


class _Answer(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        self.server.asked.append(self.path)
        if self.server.failures > 0:
            self.server.failures -= 1
            self.send_error(503)
            return
        if name not in self.server.files:
            self.send_error(404)
            return
        content = self.server.files[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:10] if self.server.cut_short else content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


CONTENTS = {f"part-{number}-1.0.jar": bytes([number]) * (1000 + number) for number in range(5)}


@pytest.fixture
def lock() -> JarLock:
    return JarLock(
        neo4j_version=NEO4J_VERSION,
        jars=tuple(
            LockedJar(
                group="org.example",
                artifact=name.removesuffix("-1.0.jar"),
                version="1.0",
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
            )
            for name, content in CONTENTS.items()
        ),
    )


@pytest.fixture
def settings(tmp_path: Path) -> RuntimeSettings:
    return RuntimeSettings(tmp_path / "cache")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with Repository() as server:
        server.files = dict(CONTENTS)
        configuration = tmp_path / "jgo.conf"
        configuration.write_text(f"[repositories]\ncentral = {server.address}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(configuration))
        monkeypatch.setattr(jars_module, "_FIRST_PAUSE_S", 0.01)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def quiet(_line: str) -> None:
    """No progress."""


def test_fetches_verifies_and_then_asks_nobody(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    folder = ensure_jars(quiet, settings, lock)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert repository.asked[0].startswith("/repository/org/example/part-")
    repository.asked.clear()
    ensure_jars(quiet, settings, lock)
    ensure_jars(quiet, settings, lock, verify=True)
    assert repository.asked == []
    names = [path.rsplit("/", 1)[-1] for path in class_path(settings, lock).split(":")]
    assert names == list(CONTENTS)


def test_goes_on_after_an_interruption(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    ensure_jars(quiet, settings, lock)
    (settings.jars / "part-2-1.0.jar").unlink()
    (settings.jars / "part-2-1.0.jar.partial").write_bytes(b"half")
    settings.stamp.unlink()
    repository.asked.clear()
    ensure_jars(quiet, settings, lock)
    assert [path.rsplit("/", 1)[-1] for path in repository.asked] == ["part-2-1.0.jar"]
    assert {path.name for path in settings.jars.iterdir()} == set(CONTENTS)


def test_a_missing_jar_is_noticed_though_everything_was_verified(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    ensure_jars(quiet, settings, lock)
    (settings.jars / "part-4-1.0.jar").unlink()
    ensure_jars(quiet, settings, lock)
    assert (settings.jars / "part-4-1.0.jar").read_bytes() == CONTENTS["part-4-1.0.jar"]


def test_a_damaged_jar_in_the_cache_is_named_and_healed(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    ensure_jars(quiet, settings, lock)
    damaged = settings.jars / "part-1-1.0.jar"
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    said: list[str] = []
    ensure_jars(said.append, settings, lock)
    assert damaged.read_bytes() == CONTENTS["part-1-1.0.jar"]
    assert any("part-1-1.0.jar" in line and "wrong checksum" in line for line in said)


def test_a_wrong_checksum_is_refused_named_and_healed_by_the_next_call(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    repository.files["part-3-1.0.jar"] = b"y" * len(CONTENTS["part-3-1.0.jar"])
    with pytest.raises(JarsCorrupt, match=r"part-3-1\.0\.jar .* refused and removed"):
        ensure_jars(quiet, settings, lock)
    assert not (settings.jars / "part-3-1.0.jar").exists()
    assert not settings.stamp.exists()
    repository.files = dict(CONTENTS)
    ensure_jars(quiet, settings, lock)
    assert {path.name for path in settings.jars.iterdir()} == set(CONTENTS)


def test_short_failures_of_the_repository_are_outlasted(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    repository.failures = 3
    ensure_jars(quiet, settings, lock)
    assert {path.name for path in settings.jars.iterdir()} == set(CONTENTS)


@pytest.mark.parametrize("fault", ["absent", "cut short", "silent"])
def test_a_jar_that_cannot_be_fetched_is_named(
    repository: Repository, settings: RuntimeSettings, lock: JarLock, fault: str
) -> None:
    if fault == "absent":
        del repository.files["part-0-1.0.jar"]
    elif fault == "cut short":
        repository.cut_short = True
    else:
        repository.shutdown()
        repository.server_close()
    with pytest.raises(JarsUnavailable, match=r"part-\d-1\.0\.jar could not be fetched"):
        ensure_jars(quiet, settings, lock)
    assert not settings.stamp.exists()


def test_no_room_for_the_jars_is_told_as_such_and_healed(
    repository: Repository, settings: RuntimeSettings, lock: JarLock
) -> None:
    """A limit on the size of files stands for a full disk: the same writes fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(DiskFull, match="make room, or name another folder"):
            ensure_jars(quiet, settings, lock)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    ensure_jars(quiet, settings, lock)
    assert {path.name for path in settings.jars.iterdir()} == set(CONTENTS)


def test_the_shipped_lock_names_every_platform_once_and_no_address() -> None:
    lock = read_lock()
    names = [jar.file_name for jar in lock.jars]
    assert len(set(names)) == len(names) > 200
    assert {jar.classifier for jar in lock.jars if jar.classifier} >= {
        "linux-x86_64",
        "linux-aarch_64",
        "osx-x86_64",
        "osx-aarch_64",
    }
    assert "://" not in LOCK_FILE.read_text(encoding="utf-8")


def test_a_lock_is_written_as_it_is_read(tmp_path: Path, lock: JarLock) -> None:
    path = tmp_path / "lock.json"
    write_lock(lock, path)
    assert read_lock(path) == lock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"neo4j_version": "4.4.0", "jars": []}',
        f'{{"neo4j_version": "{NEO4J_VERSION}", "jars": []}}',
        (
            f'{{"neo4j_version": "{NEO4J_VERSION}", "jars": [{{"group": "../..", '
            f'"artifact": "a", "version": "1", "sha256": "{"0" * 64}", "size_bytes": 1}}]}}'
        ),
    ],
)
def test_a_malformed_lock_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock.json"
    path.write_text(text)
    with pytest.raises(LockBroken):
        read_lock(path)


def test_an_absent_lock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LockBroken, match="is missing"):
        read_lock(tmp_path / "lock.json")
