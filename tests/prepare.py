"""What the suite needs besides Python packages: jars, the built front end, a browser.

Guarantees: what can be had is fetched; what cannot is said loudly, once, and fails in CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from graph.training import ensure_runtime  # noqa: E402
from webapp.build_frontend import build as build_frontend  # noqa: E402


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def ensure_browser() -> bool:
    """Chromium from Debian's packages, where this user may install it."""
    if shutil.which("chromium"):
        return True
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "chromium", "fonts-liberation"]):
        done = subprocess.run(
            [apt, *arguments],
            env=environment,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            return False
    return shutil.which("chromium") is not None


def main() -> int:
    say("▸ Neo4j and Java")
    ensure_runtime(say)
    say("▸ Front end")
    build_frontend(say)
    say("▸ Browser")
    if not ensure_browser():
        say("!" * 78)
        say("! No Chromium, and it cannot be installed here: EVERY BROWSER TEST IS SKIPPED.")
        say("! Install Debian's chromium (or any Chromium named so on PATH) to run them.")
        say("!" * 78)
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
