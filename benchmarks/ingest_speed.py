"""Checked ingest of a large CSV beside a bare ``read_csv`` to Parquet of the same file.

    python benchmarks/ingest_speed.py [ROWS]

The file is a hotline's delta delivery: fifteen columns, a key, two rows in a thousand that replace
an earlier one, one in a thousand damaged. Each side runs in a process of its own. Prints one JSON
object: seconds, processor seconds (imports included) and peak memory of both, ``ratio`` (the bare
seconds over the checked ones) and the checked seconds by step. What the feed's own SQL makes (keys,
locations) is not part of it.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingest.contracts.feeds import load_contracts
from ingest.functions import connect_ingest
from ingest.sources import Part
from ingest.staging import Staging

FEED = "hotline"
BLOCK_ROWS = 10_000


def write_feed(path: Path, rows: int) -> None:
    """Rows repeat after a while but for their number and time, which are their own."""
    chance = random.Random(1)  # noqa: S311 - chance, not secrets
    (file,) = load_contracts()[FEED].files
    columns = {n: c for n, c in file.columns.items() if not c.optional}
    places = ["Fairfax County", "Richmond", "Norfolk", "Henrico County", '"Baltimore, MD"']
    tails = [
        f"call,{chance.choice(places)},Sunset Motel,14,Kim,15-17,F,Ray Doe,804555{n % 10_000:04},"
        f"AQB {n % 10_000:04},@kim{n},sex,Seen twice near exit {n % 90}"
        for n in range(BLOCK_ROWS)
    ]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(",".join((c.header or n) for n, c in columns.items()) + "\n")
        for first in range(0, rows, BLOCK_ROWS):
            times = (start + timedelta(seconds=n) for n in range(first, first + BLOCK_ROWS))
            for n, (at, tail) in enumerate(zip(times, tails, strict=True), first):
                if n >= rows:
                    break
                signal = n - 1 if n % 500 == 499 else n
                damage = '"' if n % 1_000 == 700 else ""
                out.write(f"S-{signal},{at:%Y-%m-%dT%H:%M:%S},{tail}{damage}\n")


def bare(path: Path, folder: Path) -> dict[str, Any]:
    started = time.perf_counter()
    # The damaged lines stop a bare reader: it is told to pass over them.
    duckdb.read_csv(str(path), ignore_errors=True, parallel=True).write_parquet(
        str(folder / "bare.parquet")
    )
    return {"s": time.perf_counter() - started}


class Timed(Staging):
    """Staging that keeps the seconds of its steps."""

    def __init__(self, *arguments: Any) -> None:
        self.steps: dict[str, float] = {}
        super().__init__(*arguments)

    def _frame(self, part: Part) -> Any:
        started = time.perf_counter()
        try:
            return super()._frame(part)
        finally:
            self.steps["framing"] = time.perf_counter() - started

    def _insert_typed(self, *arguments: Any) -> None:
        started = time.perf_counter()
        super()._insert_typed(*arguments)
        self.steps["typing and quarantine"] = time.perf_counter() - started

    def _drop_superseded(self, file: Any) -> None:
        started = time.perf_counter()
        super()._drop_superseded(file)
        self.steps["superseded"] = time.perf_counter() - started

    def _note_places(self) -> None:
        started = time.perf_counter()
        super()._note_places()
        self.steps["notes on localities"] = time.perf_counter() - started


def checked(path: Path, folder: Path) -> dict[str, Any]:
    contract = load_contracts()[FEED]
    (file,) = contract.files
    started = time.perf_counter()
    con = connect_ingest(folder / "spill")
    staging = Timed(con, contract, folder / "framed")
    staging.add("d", 0, [Part(file, path, path.name)], [])
    staging.settle()
    settled = time.perf_counter()
    (report,) = staging.reports()
    reported = time.perf_counter()
    con.table(file.kind).write_parquet(str(folder / "checked.parquet"))
    ended = time.perf_counter()
    staging.steps |= {"reports": reported - settled, "writing": ended - reported}
    fates = {
        "rows_in": report.rows_in,
        "loaded": report.loaded,
        "quarantined": report.quarantined,
        "superseded": report.duplicates,
    }
    return {"s": ended - started, "steps": staging.steps, **fates}


def measured(side: str, path: Path, folder: Path) -> dict[str, Any]:
    """One side in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this file itself
        [sys.executable, "-m", "benchmarks.ingest_speed", side, str(path), str(folder)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    match sys.argv[1:]:
        case ["bare" | "checked" as side, path, folder]:
            found = {"bare": bare, "checked": checked}[side](Path(path), Path(folder))
            found["processor_s"] = time.process_time()
            found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        case arguments:
            rows = int(arguments[0]) if arguments else 5_000_000
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                path = folder / "signals.csv"
                write_feed(path, rows)
                found = {"rows": rows, "mb": path.stat().st_size // 1_000_000}
                for side in ("bare", "checked"):
                    found[side] = measured(side, path, folder)
                found["ratio"] = round(found["bare"]["s"] / found["checked"]["s"], 3)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
