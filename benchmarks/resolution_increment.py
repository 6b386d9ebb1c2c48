"""An increment beside a full run: 1,000 new records onto a million, in one process.

    python -m benchmarks.resolution_increment RECORDS [--new 1000] [--keep FOLDER]

RECORDS is a folder of a run's record tables (``vast world make --persons 302000``, then a run).
Prints one JSON object: wall and processor seconds of both, the steps of the increment, peak memory,
and how many rows of the tables differ. Kept, the first run serves the next call too, as long as
the code of resolution is the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ingest.contracts.tables import PERSON_RECORD
from resolution.comparisons import GIVEN_AWAY
from resolution.contracts import LINEAGE, LINK, MEMBERSHIP, PERSON
from resolution.index import ACCEPTED_MODEL
from resolution.resolve import Memory, resolve_view
from runs.duck import connect
from runs.home import ViewFolder
from runs.schema import read_table, write_table


def resolve(
    folder: Path, run_id: str, records: Path, parent: str | None, *, changes: bool
) -> dict[str, object]:
    """One run below ``folder``; wall and processor seconds, and when each line was said."""
    lines: list[str] = []
    start, processor = time.perf_counter(), time.process_time()
    view = ViewFolder(folder / run_id / "views" / "v", run_id, "v")
    parent_persons = folder / f"{parent}" / "views" / "v" / "persons"
    memory = Memory(
        folder / "state" / run_id,
        folder / "state" / parent if parent and changes else None,
        parent_persons if parent and changes else None,
    )
    summary = resolve_view(
        records,
        view,
        folder / "lineage",
        ACCEPTED_MODEL,
        bytes(32),
        run_id,
        shown_columns=GIVEN_AWAY,
        decisions=None,
        parent_run_id=parent,
        scratch=folder / "scratch",
        progress=lambda line: lines.append(f"{time.perf_counter() - start:.2f} {line}"),
        memory=memory,
    )
    return {
        "wall_s": round(time.perf_counter() - start, 2),
        "processor_s": round(time.process_time() - processor, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "records": summary.records,
        "records_resolved": summary.records_resolved,
        "links": summary.links,
        "lines": lines,
    }


def split(source: Path, folder: Path, new: int) -> tuple[Path, Path]:
    """The records without ``new`` of them, spread over all, and all; other tables are shared."""
    base, all_ = folder / "base", folder / "all"
    if all_.exists():
        return base, all_
    for target in (base, all_):
        target.mkdir(parents=True)
        for path in source.glob("*.parquet"):
            if path != PERSON_RECORD.path(source):
                (target / path.name).symlink_to(path.resolve())
    with connect(folder / "scratch") as con:
        records = read_table(con, PERSON_RECORD, source)
        records.create("every")
        con.execute(
            "CREATE TABLE late AS SELECT record_key FROM every ORDER BY md5(record_key) LIMIT ?",
            [new],
        )
        for target, rows in (
            (base, con.sql("FROM every ANTI JOIN late USING (record_key)")),
            (all_, con.table("every")),
        ):
            write_table(rows, PERSON_RECORD, target)
    return base, all_


def differences(one: Path, other: Path) -> dict[str, int]:
    """Rows that only one of two folders of tables has, by table; names of runs apart."""
    found = {}
    with connect(one.parent / "scratch") as con:
        for table in (PERSON, MEMBERSHIP, LINK, LINEAGE):
            names = [column.name for column in table if column.name != "run_id"]
            read_table(con, table, one).select(*names).create_view("one", replace=True)
            read_table(con, table, other).select(*names).create_view("other", replace=True)
            [(rows,)] = con.execute(
                "SELECT (SELECT count(*) FROM (FROM one EXCEPT ALL FROM other))"
                " + (SELECT count(*) FROM (FROM other EXCEPT ALL FROM one))"
            ).fetchall()
            found[table.name] = int(rows)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("records", type=Path)
    arguments.add_argument("--new", type=int, default=1000)
    arguments.add_argument("--scratch", type=Path, default=None)
    arguments.add_argument("--skip-full", action="store_true", help="only the increment")
    arguments.add_argument("--keep", type=Path, default=None, help="work here, and keep it")
    chosen = arguments.parse_args()
    kept: AbstractContextManager[str] = (
        nullcontext(str(chosen.keep))
        if chosen.keep
        else tempfile.TemporaryDirectory(dir=chosen.scratch)
    )
    with kept as name:
        folder = Path(name)
        base, all_ = split(chosen.records, folder, chosen.new)
        first = None
        if not (folder / "state" / "r1" / "state.json").exists():
            first = resolve(folder, "r1", base, None, changes=False)
        for again in ("r2", "full"):
            for made in (folder / again, folder / "state" / again, folder / "lineage" / again):
                shutil.rmtree(made, ignore_errors=True)
        increment = resolve(folder, "r2", all_, "r1", changes=True)
        sys.stderr.write(json.dumps({"first": first, "increment": increment}, indent=1) + "\n")
        state = sum(f.stat().st_size for f in (folder / "state" / "r1").rglob("*") if f.is_file())
        report = {
            "load": os.getloadavg(),
            "new": chosen.new,
            "first": first,
            "increment": increment,
            "state_mb": state // 2**20,
        }
        if not chosen.skip_full:
            report["full"] = resolve(folder, "full", all_, "r1", changes=False)
            persons = [folder / run / "views" / "v" / "persons" for run in ("r2", "full")]
            report["rows that differ"] = differences(*persons)
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
