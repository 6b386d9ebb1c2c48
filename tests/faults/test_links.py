"""``vast link`` that ends badly at any moment: earlier files stay, and nothing half-made does."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.scratch import PREFIX
from tests.faults.conftest import WAIT_S
from tests.resolution.population import population

EARLIER = b"what an earlier command wrote"

LINES = ("learnt from", "pairs share a key", "clustering")
"""What ``vast link`` says while it works, in order."""


class Desk:
    """A folder with a table, the output of an earlier command, and a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.scratch = folder, folder / "tmp"
        self.scratch.mkdir()
        self.out, self.report = folder / "clusters.parquet", folder / "report.html"
        rows, _ = population(seed=5, people=40)
        lines = ["first name,last name,date of birth"]
        lines += [f"{r.get('given_name')},{r.get('surname')},{r.get('birth_date')}" for r in rows]
        # Windows' Latin: it has to be written anew before it is read.
        (folder / "people.csv").write_text("\n".join([*lines, "José,Muñoz,1980-04-02\n"]), "cp1252")
        self.out.write_bytes(EARLIER)

    def start(self, most_bytes: int = resource.RLIM_INFINITY) -> subprocess.Popen[str]:
        """``most_bytes``: how long a file may become."""
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "pipeline", "link", "people.csv"),
                *("--out", self.out.name, "--report", self.report.name),
            ],
            cwd=self.folder,
            env=os.environ | {"TMPDIR": str(self.scratch), "PYTHONPATH": str(Path.cwd())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes,) * 2),
        )

    def end(self, number: signal.Signals, moment: str) -> tuple[int, list[str]]:
        """Send a signal once ``moment`` was said, or once there is a file of that pattern; what
        was said from then on."""
        process = self.start()
        try:
            assert process.stdout is not None
            if "*" in moment:
                deadline = time.monotonic() + WAIT_S
                while process.poll() is None and not any(self.folder.glob(moment)):
                    assert time.monotonic() < deadline
                    time.sleep(0.001)
            else:
                assert any(moment in line for line in process.stdout), f"never said {moment}"
            process.send_signal(number)
            said, _ = process.communicate(timeout=WAIT_S)
        finally:
            process.kill()
        return process.returncode, [line for line in said.splitlines() if line]

    def check_untouched(self) -> None:
        assert self.out.read_bytes() == EARLIER
        assert not self.report.exists()

    def check_nothing_left(self) -> None:
        assert sorted(path.name for path in self.folder.glob("*.part")) == []
        assert list(self.scratch.iterdir()) == []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("number", "code", "moment"),
    [
        (signal.SIGINT, 130, f"tmp/{PREFIX}*"),
        (signal.SIGTERM, 143, LINES[0]),
        pytest.param(signal.SIGINT, 130, LINES[1], marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, LINES[2], marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, "clusters.parquet.par*", marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_link_cleans_up_and_says_so(
    desk: Desk, number: signal.Signals, code: int, moment: str
) -> None:
    found, said = desk.end(number, moment)
    assert found == code
    [told] = [line for line in said if not any(words in line for words in LINES)]
    assert told.startswith("interrupted; ")
    desk.check_untouched()
    desk.check_nothing_left()


def test_what_a_killed_link_left_is_removed_by_the_next(desk: Desk) -> None:
    code, _ = desk.end(signal.SIGKILL, LINES[1])
    assert code == -signal.SIGKILL
    desk.check_untouched()
    [left] = desk.scratch.glob(f"{PREFIX}*")
    # As if it had been killed while it wrote.
    (desk.folder / "clusters.parquet.part").write_bytes(b"half")
    (left / "spilled").write_bytes(b"values")
    process = desk.start()
    said, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, said
    assert desk.out.read_bytes().startswith(b"PAR1")
    assert desk.report.exists()
    desk.check_nothing_left()


def test_a_full_disk_is_told_and_leaves_earlier_files(desk: Desk) -> None:
    # What a process may write at most stands for a disk without room.
    process = desk.start(most_bytes=1024)
    said, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert "no room left on the disk" in said
    assert "TMPDIR" in said
    desk.check_untouched()
    desk.check_nothing_left()


@pytest.mark.slow
def test_scratch_of_a_command_that_still_works_is_left_alone(desk: Desk) -> None:
    process = desk.start()
    try:
        assert process.stdout is not None
        assert any(LINES[0] in line for line in process.stdout)
        process.send_signal(signal.SIGSTOP)
        [working] = desk.scratch.glob(f"{PREFIX}*")
        code, _ = desk.end(signal.SIGTERM, LINES[0])
        assert code == 143
        assert list(desk.scratch.iterdir()) == [working]
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
    assert process.returncode == 0
    desk.check_nothing_left()
