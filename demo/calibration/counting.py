"""Counts by category of a NIBRS state-year, real or made up, from its files alone.

Guarantees: both layouts are counted by one text of SQL, so that a difference lies in the data.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from demo.errors import NoWorld

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Counts = dict[str, dict[str, int]]
"""Measure to category to count."""

TABLES: Final = (
    "agencies", "nibrs_age", "nibrs_arrestee", "nibrs_ethnicity", "nibrs_incident",
    "nibrs_location_type", "nibrs_offender", "nibrs_offense", "nibrs_offense_type",
    "nibrs_relationship", "nibrs_victim", "nibrs_victim_offender_rel", "nibrs_victim_type",
    "ref_race",
)  # fmt: skip


def count_nibrs(folders: Sequence[Path]) -> Counts:
    """The measures of the years in ``folders``, all of one layout.

    Raises NoWorld where a folder lacks a table.
    """
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = false")
        for table in TABLES:
            paths = [_path(folder, table) for folder in folders]
            _read(con, paths).create(table)
        columns = {name.lower() for name in con.table("nibrs_offense").columns}
        con.execute(_sql("layout_2021" if "offense_code" in columns else "layout_2020"))
        con.execute(_sql("measures"))
        return _counts(con)


def count_episodes(folder: Path) -> Counts:
    """The measures of the clearinghouse's files in ``folder``."""
    paths = sorted(str(path) for path in folder.glob("*.csv"))
    if not paths:
        raise NoWorld(f"{folder} holds no file of the clearinghouse; make the world again")
    with duckdb.connect() as con:
        _read(con, paths, filename=True).create_view("sent")
        con.execute(_sql("episodes"))
        return _counts(con)


def count_repeats(truth: Path) -> Counts:
    """Children by their number of episodes, from the truth: files do not say who is who."""
    rows = pq.read_table(truth / "record.parquet", columns=["feed", "person_id"]).to_pylist()
    episodes: dict[str, int] = {}
    for row in rows:
        if row["feed"] == "clearinghouse":
            episodes[row["person_id"]] = episodes.get(row["person_id"], 0) + 1
    counts = {"1": 0, "2": 0, "3 or more": 0}
    for number in episodes.values():
        counts["3 or more" if number > 2 else str(number)] += 1
    return {"missing children by episodes": counts}


def _read(
    con: duckdb.DuckDBPyConnection, paths: list[str], *, filename: bool = False
) -> duckdb.DuckDBPyRelation:
    """The files as text; their form is known, so that nothing is guessed from few rows."""
    return con.read_csv(
        paths,  # type: ignore[arg-type]
        all_varchar=True, header=True, sep=",", quotechar='"', escapechar='"', filename=filename,
    )  # fmt: skip


def _path(folder: Path, table: str) -> str:
    for path in folder.glob("*.csv"):
        if path.stem.casefold() == table:
            return str(path)
    raise NoWorld(f"{folder} lacks {table}.csv; name the folder of a world, or make it again")


def _sql(name: str) -> str:
    return files("demo").joinpath("calibration", f"{name}.sql").read_text(encoding="utf-8")


def _counts(con: duckdb.DuckDBPyConnection) -> Counts:
    counts: Counts = {}
    for measure, category, n in con.table("measure").order("measure, category").fetchall():
        counts.setdefault(measure, {})[category or "unknown"] = int(n)
    return counts
