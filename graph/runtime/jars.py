"""The cached jars: fetched once per user, verified, healed.

Guarantees: a jar enters the folder only whole and with its locked SHA-256, so an interruption at
any point leaves nothing but ``.partial`` files, which the next call removes; what is there already
is never fetched again. Two processes do not write the cache at the same time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, Final

import requests

from graph.errors import DiskFull, JarsCorrupt, JarsUnavailable
from graph.faults import is_disk_full
from graph.runtime.lock import JarLock, LockedJar, read_lock
from graph.runtime.repository import REQUEST_TIMEOUT_S, addresses, maven_context
from graph.runtime.settings import RuntimeSettings
from runs.manifest import sha256_of, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.progress import Progress

_THREADS: Final = 8
_ATTEMPTS: Final = 4
_FIRST_PAUSE_S: Final = 1.0
_CHUNK_BYTES: Final = 1 << 16
_RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PROGRESS_EVERY_S: Final = 2.0


def ensure_jars(
    progress: Progress,
    settings: RuntimeSettings | None = None,
    lock: JarLock | None = None,
    *,
    verify: bool = False,
) -> Path:
    """The folder with every locked jar, fetching what is missing.

    A warm call looks only at sizes and times (milliseconds); ``verify`` hashes every jar, and so
    does a call after the record of the last verification was lost. A damaged cached jar is named
    to ``progress`` and fetched again.

    Raises JarsCorrupt for a fetched jar with a wrong checksum (nothing of it is kept),
    JarsUnavailable where a jar cannot be fetched, DiskFull, LockBroken.
    """
    settings = settings or RuntimeSettings.from_environment()
    lock = lock or read_lock()
    if not verify and _stamped(settings, lock):
        return settings.jars
    try:
        settings.jars.mkdir(parents=True, exist_ok=True)
        with _only_writer(settings, progress):
            if verify or not _stamped(settings, lock):
                missing = _missing(settings, lock, progress)
                if missing:
                    _fetch_all(settings, missing, len(lock.jars), progress)
                _write_stamp(settings, lock)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(
                f"no room for Neo4j's jars below {settings.cache}: they need "
                f"{lock.size_bytes / 1e6:.0f} MB; make room, or name another folder with "
                "XDG_CACHE_HOME; what was fetched is kept"
            ) from None
        raise
    return settings.jars


def class_path(settings: RuntimeSettings, lock: JarLock) -> str:
    """Every jar in the lock's order: a class archive is valid for one order only."""
    return ":".join(str(settings.jars / jar.file_name) for jar in lock.jars)


@contextlib.contextmanager
def _only_writer(settings: RuntimeSettings, progress: Progress) -> Iterator[None]:
    with settings.guard.open("a") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Neo4j jars: another process is fetching them, waiting")
            fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _identity(settings: RuntimeSettings, jar: LockedJar) -> list[Any]:
    found = (settings.jars / jar.file_name).stat()
    return [jar.sha256, found.st_size, found.st_mtime_ns]


def _stamped(settings: RuntimeSettings, lock: JarLock) -> bool:
    """Whether the jars have the sizes and times that they had when last verified."""
    try:
        stamp = json.loads(settings.stamp.read_bytes())
        return bool(stamp == {jar.file_name: _identity(settings, jar) for jar in lock.jars})
    except (OSError, ValueError):
        return False


def _write_stamp(settings: RuntimeSettings, lock: JarLock) -> None:
    stamp = {jar.file_name: _identity(settings, jar) for jar in lock.jars}
    write_whole(settings.stamp, json.dumps(stamp, indent=0))


def _missing(settings: RuntimeSettings, lock: JarLock, progress: Progress) -> list[LockedJar]:
    for partial in settings.jars.glob("*.partial"):
        partial.unlink()
    present = [jar for jar in lock.jars if (settings.jars / jar.file_name).exists()]
    if present:
        progress(f"Neo4j jars: checking {len(present)} of {len(lock.jars)} in {settings.jars}")
    for jar in present:
        path = settings.jars / jar.file_name
        if path.stat().st_size != jar.size_bytes or sha256_of(path) != jar.sha256:
            path.unlink()
            progress(
                f"Neo4j jars: {jar.file_name} in the cache had a wrong checksum; "
                "removed, to be fetched again"
            )
    return [jar for jar in lock.jars if not (settings.jars / jar.file_name).exists()]


def _fetch_all(
    settings: RuntimeSettings, missing: list[LockedJar], total: int, progress: Progress
) -> None:
    size = sum(jar.size_bytes for jar in missing)
    progress(f"Neo4j jars: fetching {len(missing)} of {total} ({size / 1e6:.0f} MB)")
    began = time.monotonic()
    fetch = _Fetch(settings)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="jars") as pool:
        # Largest first: the last jar to arrive should be a small one.
        pending = {
            pool.submit(fetch.one, jar) for jar in sorted(missing, key=lambda jar: -jar.size_bytes)
        }
        try:
            while pending:
                done, pending = wait(pending, _PROGRESS_EVERY_S, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                if pending:
                    progress(f"Neo4j jars: {fetch.fetched_bytes / 1e6:.0f} of {size / 1e6:.0f} MB")
        except BaseException:
            fetch.given_up.set()
            pool.shutdown(cancel_futures=True)
            raise
    progress(f"Neo4j jars: {len(missing)} fetched in {time.monotonic() - began:.0f} s")


class _Fetch:
    """One round of fetching, shared by the pool's threads; each has its own connection."""

    def __init__(self, settings: RuntimeSettings) -> None:
        self.given_up = threading.Event()
        self.fetched_bytes = 0
        self._settings = settings
        self._context = maven_context()
        self._counting = threading.Lock()
        self._local = threading.local()

    def one(self, jar: LockedJar) -> None:
        """Fetch, verify and put in place one jar, asking each repository in turn."""
        reason = "no repository is configured"
        for attempt in range(_ATTEMPTS):
            retry = False
            for address in addresses(self._context, jar):
                try:
                    status = self._transfer(address, jar)
                except requests.RequestException as error:
                    retry, reason = True, type(error).__name__
                    continue
                if status == requests.codes.ok:
                    return
                retry, reason = retry or status in _RETRIED, f"answer {status}"
            if not retry or self.given_up.wait(_FIRST_PAUSE_S * 2**attempt):
                break
        raise JarsUnavailable(
            f"{jar.file_name} could not be fetched ({reason}); look at the network, the proxy "
            "settings and jgo's configured repositories, then run the same command again: "
            "jars that are here already are not fetched twice"
        )

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session

    def _transfer(self, address: str, jar: LockedJar) -> int:
        """Returns the answer's status; 200 means that the jar is in place."""
        target = self._settings.jars / jar.file_name
        partial = target.with_name(f"{target.name}.partial")
        digest = hashlib.sha256()
        with self._session().get(address, stream=True, timeout=REQUEST_TIMEOUT_S) as answer:
            if answer.status_code != requests.codes.ok:
                return answer.status_code
            with partial.open("wb") as file:
                for chunk in answer.iter_content(_CHUNK_BYTES):
                    if self.given_up.is_set():
                        raise JarsUnavailable(f"{jar.file_name}: given up")
                    file.write(chunk)
                    digest.update(chunk)
                    with self._counting:
                        self.fetched_bytes += len(chunk)
        if digest.hexdigest() != jar.sha256:
            partial.unlink()
            raise JarsCorrupt(
                f"{jar.file_name} was fetched with SHA-256 {digest.hexdigest()}, locked is "
                f"{jar.sha256}; it was refused and removed. Run the same command again; if it "
                "happens again, the repository or a proxy serves another file: tell its owner"
            )
        partial.replace(target)
        return requests.codes.ok
