"""Wall time and peak memory of each step from a world's files to graph stores.

    python benchmarks/demo_steps.py FOLDER [PERSONS]

Prints one JSON object: per step the wall seconds and the highest resident memory, in MB, of this
process and of what it started (Neo4j's import among them), sampled every 50 ms.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from rich.console import Console

from demo.world import make_world
from pipeline.publish import publish
from pipeline.run import make_run
from pipeline.settings import PipelineSettings
from pipeline.steps import Steps
from runs.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE_S = 0.05


class Watched(Steps):
    """Steps that also keep the peak memory of each, in MB."""

    def __init__(self) -> None:
        super().__init__(Console(quiet=True))
        self.peaks_mb: dict[str, float] = {}
        self._open: list[str] = []
        self._ended = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    @contextmanager
    def step(self, title: str, key: str | None = None) -> Iterator[None]:
        self._open.append(key or title)
        try:
            with super().step(title, key):
                yield
        finally:
            self._open.pop()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._ended.wait(SAMPLE_S):
            used = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    used += process.memory_info().rss
                except psutil.Error:
                    continue
            for name in tuple(self._open):
                self.peaks_mb[name] = max(self.peaks_mb.get(name, 0), used / 1e6)


def main(folder: Path, persons: int) -> None:
    steps, settings = Watched(), PipelineSettings.from_environment()
    with steps.step("world"):
        make_world(folder / "world", persons=persons, years=3, seed=7, progress=steps.note)
    home = Home(folder / "home")
    made = make_run(home, [folder / "world" / "feeds"], settings, steps)
    publish(home, made.manifest.run_id, settings, steps)
    told = {
        name: {"wall_s": took, "peak_mb": round(steps.peaks_mb.get(name, 0))}
        for name, took in steps.timings_s.items()
    }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3000)
