"""Quality of resolution: train the shipped model, and measure it on worlds and labelled sets.

    python benchmarks/resolution_quality.py --train           # writes models/accepted.json
    python benchmarks/resolution_quality.py --seeds 7 13 17   # measures the accepted model
    python benchmarks/resolution_quality.py --linkage FOLDER  # trains on each set, then measures

Prints one JSON object a line. The truth is read for measuring only, never for training.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from demo.world import make_world
from ingest.contracts.tables import PERSON_RECORD
from ingest.landing import land
from ingest.load import load_records
from resolution.clustering import Constraints
from resolution.evaluate import evaluate
from resolution.features import make_features, make_frequencies
from resolution.index import ACCEPTED_MODEL
from resolution.model import Model, load_model, save_model
from resolution.persons import find_persons
from resolution.train import train
from runs.duck import connect
from runs.home import Home

TRAINING_SEED = 11

LINKAGE = {
    "fake_1000.csv": """
        SELECT 'f' || unique_id AS record_key, first_name AS given_name, surname,
            try_cast(dob AS DATE) AS birth_date, upper(city) AS city,
            CASE WHEN email IS NOT NULL THEN [email] END AS emails,
            "cluster"::VARCHAR AS truth
        FROM read_csv($path, all_varchar = true)""",
    "febrl4.csv": """
        SELECT unique_id AS record_key, given_name, surname,
            try_strptime(date_of_birth, '%Y%m%d')::DATE AS birth_date, upper(suburb) AS city,
            upper(concat_ws(' ', street_number, address_1)) AS address_line, postcode AS zip,
            'id:' || soc_sec_id AS strong_id, "cluster" AS truth
        FROM read_csv($path, all_varchar = true)""",
    "pp_multi_default.parquet": """
        SELECT unique_id AS record_key, first_name AS given_name, middle_initial AS middle_name,
            last_name AS surname, try_cast(dob AS DATE) AS birth_date,
            birth_year_est::SMALLINT AS birth_year, upper(city) AS city,
            upper(concat_ws(' ', street_number, street_name)) AS address_line, zipcode AS zip,
            CASE sex WHEN 'male' THEN 'M' WHEN 'female' THEN 'F' END AS sex,
            'ssn:' || ssn AS strong_id, "cluster" AS truth
        FROM read_parquet($path)""",
}


def world(folder: Path, seed: int) -> tuple[Path, dict[str, str]]:
    """The records of a world and who they are truly about."""
    make_world(folder / "world", seed=seed, progress=lambda line: None)
    home = Home(folder / "home")
    home.prepare()
    land(home, folder / "world" / "feeds", progress=lambda line: None)
    records = folder / "records"
    load_records(home, records, folder / "scratch", progress=lambda line: None)
    with duckdb.connect() as con:
        truth = con.execute(
            "SELECT record_key, person_id FROM read_parquet(?) WHERE person_id IS NOT NULL",
            [str(folder / "world" / "truth" / "record.parquet")],
        ).fetchall()
    return PERSON_RECORD.path(records), dict(truth)


def measure(
    con: duckdb.DuckDBPyConnection, model: Model, name: str, truth: dict[str, str]
) -> dict[str, object]:
    """Resolve the table ``feature``'s records and compare with the truth."""
    start = time.perf_counter()
    make_frequencies(con, model.frequencies)
    rows = con.execute(
        "SELECT record_key, linkable, given IS NOT NULL AND surname IS NOT NULL, is_child "
        "FROM feature ORDER BY rid"
    ).fetchall()
    found = find_persons(con, model, len(rows), Constraints.none(), lambda line: None)
    seconds = time.perf_counter() - start
    clusters = {
        key: label for (key, *_), label in zip(rows, found.clusters.label.tolist(), strict=True)
    }
    groups = {
        "all": {key for key, *_ in rows},
        "linkable": {key for key, linkable, _, _ in rows if linkable},
        "both_names": {key for key, _, named, _ in rows if named},
        "children": {key for key, _, named, child in rows if named and child},
    }
    results: dict[str, object] = {
        "set": name,
        "model": model.name,
        "seconds": round(seconds, 1),
        "candidate_pairs": found.blocking.candidates,
    }
    for group, keys in groups.items():
        results[group] = evaluate(clusters, {k: v for k, v in truth.items() if k in keys}).as_dict()
    return results


def report(result: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(result) + "\n")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--train", action="store_true")
    arguments.add_argument("--seeds", type=int, nargs="*", default=[])
    arguments.add_argument("--linkage", type=Path)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if chosen.train:
            path, _ = world(Path(scratch) / "training", TRAINING_SEED)
            with connect() as con:
                model = train(
                    con,
                    con.read_parquet(str(path)),
                    name="vast-person-1",
                    seed=TRAINING_SEED,
                    note="the synthetic Virginia of demo/: 3,000 people, 3 years, "
                    f"seed {TRAINING_SEED}",
                )
            save_model(model, ACCEPTED_MODEL)
        for seed in chosen.seeds:
            path, truth = world(Path(scratch) / str(seed), seed)
            with connect() as con:
                make_features(con, con.read_parquet(str(path)))
                report(measure(con, load_model(ACCEPTED_MODEL), f"seed {seed}", truth))
    for name, statement in LINKAGE.items() if chosen.linkage else ():
        with connect() as con:
            con.execute(
                f"CREATE TABLE labelled AS {statement}", {"path": str(chosen.linkage / name)}
            )
            truth = dict(con.execute("SELECT record_key, truth FROM labelled").fetchall())
            con.execute("ALTER TABLE labelled DROP COLUMN truth")
            columns = {c.name: c.type for c in PERSON_RECORD}
            present = set(con.table("labelled").columns)
            records = con.table("labelled").select(
                *(
                    (
                        duckdb.ColumnExpression(column)
                        if column in present
                        else duckdb.ConstantExpression(None)
                    )
                    .cast(duckdb.type(kind))
                    .alias(column)
                    for column, kind in columns.items()
                )
            )
            model = train(con, records, name=name, seed=1, note=name, random_pairs=1_000_000)
            report(measure(con, model, name, truth))


if __name__ == "__main__":
    main()
