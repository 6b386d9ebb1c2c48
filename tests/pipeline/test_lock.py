"""One builder per home, whatever becomes of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline.lock import FileLock
from runs.errors import HomeLocked

if TYPE_CHECKING:
    from pathlib import Path

HOLD = (
    "import sys; from pathlib import Path; from pipeline.lock import FileLock\n"
    "with FileLock(Path(sys.argv[1]), 'making a run'):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def test_a_second_builder_is_told_who_holds_it_and_a_killed_one_holds_nobody_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "home.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(HomeLocked, match=f"process {holder.pid}"), FileLock(path, "a run"):
            pass
        holder.kill()
        holder.wait()
        with FileLock(path, "a run"):
            pass
