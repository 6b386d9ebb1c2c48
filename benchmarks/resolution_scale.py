"""Resolution of one view beside a bare Splink script with the same comparisons and blocking.

    python -m benchmarks.resolution_scale RECORDS [--times N] [--ours-alone]

RECORDS is a folder of record tables, as a run loads them. With ``--times`` its persons are taken so
often, each time with other incidents, dates of birth, house numbers, phones and identifiers, so
that the copies are other people.

Both sides run in a process of their own, with the same threads and memory for DuckDB.

Ours is ``resolve_view``: features, keys, candidates, scores, the pairs that components lack,
average linkage, waterfalls of all links, person ids, lineage, and the tables written.
Bare is what a user of Splink would write: the same features and keys made by the same statements,
then Splink's own blocking on the keys (one rule for each of ours, without the keys that are too
common), ``predict``, connected components at the adults' threshold, and two files: clusters, and
predictions from the threshold for review up. No missing pairs, no linkage, no explanation, no ids.

Prints one JSON object: for each side wall and processor seconds (imports included), peak memory in
MB and counts; ``ratio`` of wall and ``ratio_cpu`` of processor seconds, ours over bare.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, block_on

from ingest.contracts.tables import CONTACT_POINT, COURT_CHARGE, INCIDENT, PERSON_RECORD
from resolution.around import records_around
from resolution.blocking import block
from resolution.comparisons import GIVEN_AWAY
from resolution.features import make_features, make_frequencies, named_records
from resolution.index import ACCEPTED_MODEL
from resolution.model import load_model, splink_settings
from resolution.resolve import MEMORY_GB, allow_memory, resolve_view
from runs.duck import connect
from runs.home import ViewFolder
from runs.schema import write_table

_KEYED = """
CREATE TEMP TABLE keyed AS
SELECT feature.*, keys FROM feature LEFT JOIN (
    SELECT rid, map_from_entries(list((rule, keys))) AS keys FROM (
        SELECT rid, rule, list(key) AS keys FROM usable_key
        GROUP BY rid, rule)
    GROUP BY rid) USING (rid)
"""

_COPIES = {
    PERSON_RECORD: """
SELECT record.* REPLACE (
    CASE WHEN copy = 0 THEN record_key ELSE md5(record_key || copy) END AS record_key,
    CASE WHEN copy = 0 THEN incident_key ELSE md5(incident_key || copy) END AS incident_key,
    (birth_date + (copy * 1117)::INTEGER)::DATE AS birth_date,
    list_transform(phones, lambda p: left(p, 5) || lpad(
        ((hash(p, copy) % 10000000)::VARCHAR), 7, '0')) AS phones,
    list_transform(emails, lambda e: copy::VARCHAR || e) AS emails,
    list_transform(handles, lambda h: h || copy::VARCHAR) AS handles,
    list_transform(plates, lambda p: p || copy::VARCHAR) AS plates,
    strong_id || copy::VARCHAR AS strong_id,
    regexp_replace(address_line, '^[0-9]+', ((hash(address_line, copy) % 9900)::VARCHAR))
        AS address_line)
FROM record, range($times) AS t(copy)
""",
    INCIDENT: """
SELECT record.* REPLACE (
    CASE WHEN copy = 0 THEN incident_key ELSE md5(incident_key || copy) END AS incident_key,
    md5(location_key || copy) AS location_key)
FROM record, range($times) AS t(copy)
""",
    CONTACT_POINT: """
SELECT record.* REPLACE (
    md5(contact_mention_key || copy) AS contact_mention_key,
    CASE WHEN copy = 0 THEN incident_key ELSE md5(incident_key || copy) END AS incident_key,
    value || copy::VARCHAR AS value)
FROM record, range($times) AS t(copy)
""",
    COURT_CHARGE: """
SELECT record.* REPLACE (
    md5(court_charge_key || copy) AS court_charge_key,
    CASE WHEN copy = 0 THEN record_key ELSE md5(record_key || copy) END AS record_key,
    CASE WHEN copy = 0 THEN incident_key ELSE md5(incident_key || copy) END AS incident_key)
FROM record, range($times) AS t(copy)
""",
}
"""What resolution reads (resolution.around), so often that the copies are other people."""


def copies(records: Path, times: int, folder: Path) -> None:
    """Write the tables below ``folder``."""
    for table, statement in _COPIES.items():
        with connect(folder / "scratch") as con:
            con.read_parquet(str(table.path(records))).create_view("record")
            write_table(con.sql(statement, params={"times": times}), table, folder)


def ours(records: Path, folder: Path) -> dict[str, Any]:
    view = ViewFolder(folder / "r1", "r1", "v")
    summary = resolve_view(
        records,
        view,
        folder / "lineage",
        ACCEPTED_MODEL,
        bytes(32),
        "r1",
        shown_columns=GIVEN_AWAY,
        decisions=None,
        parent_run_id=None,
        scratch=folder / "scratch",
        progress=partial(print, file=sys.stderr, flush=True),
    )
    return {
        "records": summary.records,
        "candidate_pairs": summary.candidate_pairs,
        "pairs_scored": summary.pairs_scored,
        "persons": summary.persons,
        "links": summary.links,
    }


def bare(records: Path, folder: Path) -> dict[str, Any]:
    with connect(folder / "scratch", memory_limit_gb=MEMORY_GB) as con:
        given = records_around(con, records)
        named = named_records(given)
        allow_memory(con, named)
        model = load_model(ACCEPTED_MODEL).for_records(named)
        make_features(con, given)
        make_frequencies(con, model.frequencies)
        # Only the keys are taken from it; Splink finds the pairs itself.
        block(con, model.limits.records_per_key)
        con.execute("DROP TABLE candidate")
        con.execute(_KEYED)
        used = con.execute("SELECT DISTINCT rule FROM usable_key ORDER BY rule").fetchall()
        rules = [number for (number,) in used]
        keys = duckdb.ColumnExpression("keys")
        columns = [
            duckdb.FunctionExpression(
                "map_extract_value", keys, duckdb.ConstantExpression(n)
            ).alias(f"key_{n}")
            for n in rules
        ]
        con.table("keyed").select(duckdb.StarExpression(exclude=["keys"]), *columns).create(
            "keyed_feature"
        )
        api = DuckDBAPI(connection=con)
        settings = splink_settings(model, explain=False)
        settings.blocking_rules_to_generate_predictions = [
            block_on(f"key_{n}", arrays_to_explode=[f"key_{n}"]) for n in rules
        ]
        linker = Linker(api.register("keyed_feature"), settings, log_level=None)
        for column in ("given", "surname"):
            linker.table_management.register_term_frequency_lookup(
                api.register(f"{column}_frequency"), column
            )
        scored = linker.inference.predict()
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            scored, threshold_match_weight=model.thresholds.accept
        )
        con.table(clusters.physical_name).select("record_key", "cluster_id").write_parquet(
            str(folder / "clusters.parquet")
        )
        predictions = con.table(scored.physical_name)
        predictions.filter(
            duckdb.ColumnExpression("match_weight")
            >= duckdb.ConstantExpression(model.thresholds.review)
        ).write_parquet(str(folder / "predictions.parquet"))
        persons = con.read_parquet(str(folder / "clusters.parquet"))
        return {
            "pairs_scored": len(predictions),
            "persons": len(persons.select("cluster_id").distinct()),
        }


def one_side(side: str, records: Path) -> None:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        counts = {"ours": ours, "bare": bare}[side](records, Path(folder))
    used = resource.getrusage(resource.RUSAGE_SELF)
    json.dump(
        {
            **counts,
            "wall_s": round(time.perf_counter() - start, 1),
            "cpu_s": round(used.ru_utime + used.ru_stime, 1),
            "peak_mb": used.ru_maxrss // 1024,
        },
        sys.stdout,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("records", type=Path)
    arguments.add_argument("--times", type=int, default=1)
    arguments.add_argument("--side", choices=("ours", "bare"))
    arguments.add_argument("--ours-alone", action="store_true")
    chosen = arguments.parse_args()
    if chosen.side:
        one_side(chosen.side, chosen.records)
        return
    with tempfile.TemporaryDirectory() as folder:
        records = chosen.records
        if chosen.times > 1:
            records = Path(folder)
            copies(chosen.records, chosen.times, records)
        result: dict[str, Any] = {}
        for side in ("ours",) if chosen.ours_alone else ("ours", "bare"):
            command = [sys.executable, "-m", "benchmarks.resolution_scale", str(records)]
            done = subprocess.run(  # noqa: S603 - our own command
                [*command, "--side", side], check=True, stdout=subprocess.PIPE, text=True
            )
            result[side] = json.loads(done.stdout.splitlines()[-1])
    if "bare" in result:
        for name, measure in (("ratio", "wall_s"), ("ratio_cpu", "cpu_s")):
            result[name] = round(result["ours"][measure] / result["bare"][measure], 2)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
