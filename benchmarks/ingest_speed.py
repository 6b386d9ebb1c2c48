"""Checked ingest of a large CSV beside a bare ``read_csv`` to Parquet of the same file.

    python -m benchmarks.ingest_speed [ROWS]

The file is a hotline's delta delivery as its contract has it: fifteen columns (a key, a time,
codes, localities, free text), numbers and texts of their own in most rows, blanks, two rows in a
thousand that replace an earlier one, one in a thousand damaged. Each side runs in a process of its
own, which has read a small file of the same kind before its clock starts (``warm_s``: what Python
imports).

Prints one JSON object: seconds, processor seconds and peak memory of each side. ``ratio`` is the
bare seconds over those of the checked ingest, whose accepted rows end in one Parquet file written
with the same settings; ``ratio_as_run`` leaves that copy out, as a run does, which reads the typed
rows where they were first written; ``processor_ratio`` and ``processor_ratio_as_run`` are the same
of processor seconds. Told apart: ``framed``, the framing of ``checked`` by itself, and ``landed``,
what a run does before (a copy and two hashes). What the feed's own SQL makes is not part of it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from ingest.contracts.codes import CodeList, labels
from ingest.contracts.feeds import load_contracts
from ingest.contracts.localities import localities
from ingest.framing.delimited import DelimitedRows
from ingest.functions import connect_ingest
from ingest.landing import land, verify
from ingest.sources import Part
from ingest.staging import Staging
from runs.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

FEED: Final = "hotline"
WARM_ROWS: Final = 1_000
LINES: Final = """
SELECT concat(
  'S-', CASE WHEN n % 500 = 499 THEN n - 1 ELSE n END,
  ',', strftime(TIMESTAMP '2020-01-01' + INTERVAL (n) SECOND, '%Y-%m-%dT%H:%M:%S'),
  ',', ['call', 'text', 'web', 'email'][1 + dice(n, 1, 4)],
  ',', $places[1 + dice(n, 2, len($places))],
  ',', CASE WHEN dice(n, 3, 3) > 0 THEN concat(
    ['Sunset', 'Royal', 'Budget', 'Lakeside', 'Harbor'][1 + dice(n, 4, 5)], ' ',
    ['Motel', 'Inn', 'Lodge', 'Spa'][1 + dice(n, 5, 4)], ' ', dice(n, 6, 20)) END,
  ',', $codes[1 + dice(n, 7, len($codes))],
  ',', CASE WHEN dice(n, 8, 2) > 0 THEN concat(
    ['Kim', 'Ana', 'Jo', 'Lee', 'Max', 'Eve', 'Sam'][1 + dice(n, 9, 7)],
    ['', 'na', 'ra', 'lyn', 'ie'][1 + dice(n, 10, 5)]) END,
  ',', ['', '15-17', '12-14', '18-24', '19', '16'][1 + dice(n, 11, 6)],
  ',', ['F', 'F', 'M', 'X', 'U', ''][1 + dice(n, 12, 6)],
  ',', CASE WHEN dice(n, 13, 2) > 0 THEN concat(
    ['Ray', 'Tom', 'Dee', 'Al', 'Vic'][1 + dice(n, 14, 5)], ' ',
    ['Doe', 'Roe', 'Poe', 'Lane', 'Marsh'][1 + dice(n, 15, 5)], dice(n, 16, 40)) END,
  ',', CASE WHEN dice(n, 17, 2) > 0 THEN concat('804555', 1000 + dice(n, 18, 1000000)) END,
  ',', CASE WHEN dice(n, 19, 3) = 0 THEN concat(
    ['AQB ', 'XLT-', 'VA '][1 + dice(n, 20, 3)], 1000 + dice(n, 21, 9000)) END,
  ',', CASE WHEN dice(n, 22, 3) = 0 THEN concat('@kim', dice(n, 23, 1000000)) END,
  ',', ['sex', 'labor', 'unsure', ''][1 + dice(n, 24, 4)],
  ',', concat('Seen ', dice(n, 25, 9), ' times near exit ', dice(n, 26, 190), ' by caller ',
              dice(n, 27, 100000)),
  CASE WHEN n % 1000 = 700 THEN '"' END, chr(10))
FROM range($rows) t(n)
"""


def write_feed(path: Path, rows: int) -> None:
    """The same rows every time."""
    (file,) = load_contracts()[FEED].files
    columns = {n: c for n, c in file.columns.items() if not c.optional}
    places = [place.name for place in localities().values()]
    places += ['"Baltimore, MD"', "Richmond", "Fairfax"]
    with path.open("w", encoding="utf-8", newline="") as out, duckdb.connect() as con:
        out.write(",".join((c.header or n) for n, c in columns.items()) + "\n")
        con.execute(
            "CREATE MACRO dice(n, which, sides) AS CAST(hash(n * 1000 + which) % sides AS INTEGER)"
        )
        codes = list(labels(CodeList.LOCATION))
        found = con.execute(LINES, {"places": places, "codes": codes, "rows": rows})
        while some := found.fetchmany(50_000):
            out.write("".join(line for (line,) in some))


class Clock:
    """Seconds and processor seconds since it was made, and of named steps."""

    def __init__(self) -> None:
        self._began = (time.perf_counter(), time.process_time())
        self.steps: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.steps[name] = {
            "s": round(time.perf_counter() - wall, 2),
            "processor_s": round(time.process_time() - processor, 2),
        }

    def so_far(self) -> dict[str, float]:
        wall, processor = self._began
        return {
            "s": round(time.perf_counter() - wall, 2),
            "processor_s": round(time.process_time() - processor, 2),
        }


def bare(path: Path, folder: Path) -> dict[str, Any]:
    clock = Clock()
    # The damaged lines stop a bare reader: it is told to pass over them.
    duckdb.read_csv(str(path), ignore_errors=True, parallel=True).write_parquet(
        str(folder / "bare.parquet")
    )
    return clock.so_far()


class Timed(Staging):
    """Staging that keeps the time of its steps."""

    def __init__(self, clock: Clock, *arguments: Any) -> None:
        self._clock = clock
        super().__init__(*arguments)

    def _drop_superseded(self, file: Any) -> None:
        with self._clock.step("superseded"):
            super()._drop_superseded(file)

    def _note_values(self) -> None:
        with self._clock.step("notes on values"):
            super()._note_values()


def checked(path: Path, folder: Path) -> dict[str, Any]:
    contract = load_contracts()[FEED]
    (file,) = contract.files
    clock = Clock()
    with clock.step("connection"):
        con = connect_ingest(folder / "spill")
        staging = Timed(clock, con, contract, folder / "typed")
    with clock.step("framing, cleaning, typing, quarantine, typed rows to Parquet"):
        staging.add("d" * 64, 0, [Part(file, path, path.name)], {})
    staging.settle()
    with clock.step("reports"):
        (report,) = staging.reports()
    as_run = clock.so_far()
    with clock.step("accepted rows to one Parquet file"):
        con.table(file.kind).write_parquet(str(folder / "checked.parquet"))
    con.close()
    fates = {
        "rows_in": report.rows_in,
        "loaded": report.loaded,
        "quarantined": report.quarantined,
        "superseded": report.duplicates,
    }
    return {**clock.so_far(), "as_run": as_run, "steps": clock.steps, **fates}


def framed(path: Path, _: Path) -> dict[str, Any]:
    (file,) = load_contracts()[FEED].files
    clock = Clock()
    with DelimitedRows(path, path.name, file) as rows:
        for _batch in rows.batches():
            pass
    return clock.so_far()


def landed(path: Path, folder: Path) -> dict[str, Any]:
    home = Home(folder / "home")
    home.path.mkdir()
    clock = Clock()
    with clock.step("copy and hash"):
        report = land(home, path, progress=lambda _: None)
    with clock.step("hash before loading"):
        for delivery in report.landed:
            verify(home, delivery)
    return {**clock.so_far(), "steps": clock.steps}


SIDES: Final = {"bare": bare, "checked": checked, "framed": framed, "landed": landed}


def side_of_its_own(side: str, path: Path, folder: Path) -> dict[str, Any]:
    """Run in this process, after a small file."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        small = Path(name) / path.name
        write_feed(small, WARM_ROWS)
        SIDES[side](small, Path(name))
    warm_s = round(time.perf_counter() - started, 2)
    found = SIDES[side](path, folder)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**found, "peak_mb": peak_mb, "warm_s": warm_s}


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


def compared(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "signals.csv"
        write_feed(path, rows)
        found: dict[str, Any] = {"rows": rows, "mb": path.stat().st_size // 1_000_000}
        for side in SIDES:
            found[side] = measured(side, path, folder)
    for prefix, unit in (("", "s"), ("processor_", "processor_s")):
        reached = found["checked"]
        found[f"{prefix}ratio"] = round(found["bare"][unit] / reached[unit], 3)
        found[f"{prefix}ratio_as_run"] = round(found["bare"][unit] / reached["as_run"][unit], 3)
    return found


def main() -> None:
    match sys.argv[1:]:
        case [side, path, folder]:
            found = side_of_its_own(side, Path(path), Path(folder))
        case arguments:
            found = compared(int(arguments[0]) if arguments else 5_000_000)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
