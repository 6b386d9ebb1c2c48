"""Make a view's rollups from its records.

Guarantees: with ``suppressed=True`` no hidden number reaches the folder: the numbers are taken out
of the table before it is written. ``about`` is written last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rollups.cells import make_cells
from rollups.contracts import ABOUT, CELL, COVERAGE, PERIOD, PLACE
from rollups.counting import count
from rollups.relations import read_tables
from rollups.suppression import suppress
from runs.duck import connect
from runs.schema import write_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.contracts.packs import Pack

_SHOWN: Final = """
CREATE TABLE shown AS
SELECT c.* EXCLUDE (n), CASE WHEN h.hidden THEN NULL ELSE c.n END AS n, h.hidden
FROM numbered c JOIN hidden h USING (cell_id)
"""

_ALL_SHOWN: Final = "CREATE TABLE shown AS SELECT *, false AS hidden FROM cell"

_ABOUT: Final = """
SELECT $pack AS pack, $version AS pack_version, $suppressed AS suppressed,
       (SELECT min(month) FROM data_month) AS first_month,
       (SELECT max(month) FROM data_month) AS last_month,
       $undated::BIGINT AS undated
"""


def build_rollups(
    records_dir: Path, out_dir: Path, pack: Pack, *, suppressed: bool, scratch: Path
) -> dict[str, int]:
    """Write the tables of rollups.contracts below ``out_dir``; return their numbers of rows.

    ``records_dir`` holds tables of ingest.contracts, masked or not; an absent table is empty.
    Raises SuppressionFailed, with nothing written.
    """
    with connect(scratch) as con:
        undated = count(con, records_dir, pack)
        make_cells(con, records_dir, pack, suppressed=suppressed)
        if suppressed:
            _hide(con, pack)
        else:
            con.execute(_ALL_SHOWN)
        cells = con.table("shown").select(*CELL.column_names)
        rows = {
            CELL.name: write_table(cells, CELL, out_dir),
            PLACE.name: write_table(con.table("place"), PLACE, out_dir),
            PERIOD.name: write_table(
                con.table("period").select(*PERIOD.column_names), PERIOD, out_dir
            ),
            COVERAGE.name: write_table(con.table("coverage"), COVERAGE, out_dir),
        }
        about = con.sql(
            _ABOUT,
            params={
                "pack": pack.name,
                "version": pack.version,
                "suppressed": suppressed,
                "undated": None if suppressed else undated,
            },
        )
        rows[ABOUT.name] = write_table(about, ABOUT, out_dir)
        return rows


def _hide(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    tables = read_tables(con, pack)
    hidden = suppress(tables, pack.hidden_candidates)
    decided = pd.DataFrame({"cell_id": np.arange(hidden.size), "hidden": hidden})
    con.register("hidden", decided)
    con.execute(_SHOWN)
    con.unregister("hidden")
