"""Wall time and peak memory of making worlds of several sizes.

    python benchmarks/world_scale.py [PERSONS ...]

Each world is made in a process of its own, below a temporary folder that is removed. Prints one
JSON object a line: persons, records of persons in the feeds, seconds, peak resident memory in MB,
size on disk in MB. 302,000 persons over three years give a million records.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo.world import make_world

SIZES = (3_000, 20_000, 100_000, 302_000)
ROOT = Path(__file__).parents[1]


def measure(folder: Path, persons: int) -> dict[str, float]:
    """Make one world in this process and tell what it took."""
    start = time.perf_counter()
    made = make_world(folder, persons=persons, progress=lambda _line: None)
    seconds = time.perf_counter() - start
    return {
        "persons": persons,
        "records": sum(made.records.values()),
        "incidents": made.incidents,
        "seconds": round(seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "disk_mb": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) // 2**20,
    }


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
        return
    for persons in [int(size) for size in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            # A process's peak never falls: each size needs its own.
            command = [sys.executable, "-m", "benchmarks.world_scale", "--one"]
            subprocess.run(  # noqa: S603
                [*command, str(Path(folder) / "world"), str(persons)], check=True, cwd=ROOT
            )


if __name__ == "__main__":
    main()
