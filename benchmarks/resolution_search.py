"""Search as a person: time and recall on noisy queries made from the truth.

    python benchmarks/resolution_search.py WORLD RECORDS

WORLD is the folder that holds truth/, RECORDS that of the record tables.

Prints one JSON object: milliseconds (p50, p95) and the share of queries whose person is among the
first ten. One letter of the name is changed in every query.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from ingest.contracts.tables import PERSON_RECORD
from resolution.index import ACCEPTED_MODEL
from resolution.resolve import resolve_view
from resolution.search import PersonQuery, build_index, search
from runs.home import ViewFolder


def misspelt(chance: random.Random, name: str) -> str:
    at = chance.randrange(1, len(name)) if len(name) > 1 else 0
    return name[:at] + chance.choice("aeiorst") + name[at + 1 :]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("world", type=Path)
    arguments.add_argument("records", type=Path)
    arguments.add_argument("--queries", type=int, default=300)
    chosen = arguments.parse_args()
    chance = random.Random(1)  # noqa: S311 - chance, not secrets
    with tempfile.TemporaryDirectory() as folder:
        view = ViewFolder(Path(folder) / "v", "r1", "v")
        view.records.mkdir(parents=True)
        target = PERSON_RECORD.path(view.records)
        target.write_bytes(PERSON_RECORD.path(chosen.records).read_bytes())
        resolve_view(
            view.records,
            view,
            Path(folder) / "lineage",
            ACCEPTED_MODEL,
            bytes(32),
            "r1",
            shown_columns=frozenset(column.name for column in PERSON_RECORD),
            decisions=None,
            parent_run_id=None,
            scratch=Path(folder) / "scratch",
            progress=lambda line: None,
        )
        build_index(view, Path(folder) / "scratch")
        with duckdb.connect() as con:
            people = con.execute(
                "SELECT p.given_name, p.surname, p.birth_date, list(DISTINCT m.person_id) "
                "FROM read_parquet(?) AS p JOIN read_parquet(?) AS r USING (person_id) "
                "JOIN read_parquet(?) AS m USING (record_key) "
                "JOIN read_parquet(?) AS s USING (record_key) "
                "WHERE s.given_name IS NOT NULL AND s.surname IS NOT NULL "
                "GROUP BY p.person_id, p.given_name, p.surname, p.birth_date "
                "ORDER BY p.person_id",
                [
                    str(chosen.world / "truth" / "person.parquet"),
                    str(chosen.world / "truth" / "record.parquet"),
                    str(view.persons / "membership.parquet"),
                    str(target),
                ],
            ).fetchall()
        search(view, PersonQuery(name="warm up"))
        times, found = [], 0
        for given, surname, birth_date, ids in chance.sample(people, chosen.queries):
            query = PersonQuery(
                name=f"{misspelt(chance, given)} {misspelt(chance, surname)}",
                birth_year=birth_date.year if chance.random() < 0.5 else None,
            )
            start = time.perf_counter()
            hits = search(view, query, limit=10)
            times.append(1000 * (time.perf_counter() - start))
            found += any(hit.person_id in ids for hit in hits)
        times.sort()
        sys.stdout.write(
            json.dumps(
                {
                    "queries": len(times),
                    "p50_ms": round(statistics.median(times)),
                    "p95_ms": round(times[int(0.95 * len(times))]),
                    "recall_at_10": round(found / len(times), 3),
                }
            )
        )


if __name__ == "__main__":
    main()
