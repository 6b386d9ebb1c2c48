"""A year that the state police sent before it was right, and sent again.

Guarantees: the later folder is the year as it is; the earlier one, in a folder that lands before,
lacks incidents, holds others that were entered by mistake, and spells names otherwise. Nothing that
stands in the earlier one alone is true.
"""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import csv as arrow_csv

from demo.chance import stream
from demo.files.writing import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from demo.settings import WorldSettings

LATE: Final = 0.02
"""Share of incidents that were not yet in the first submission."""
MISTAKEN: Final = 0.005
"""Incidents of the first submission that never were, as a share of the others."""
MISSPELT: Final = 0.02
"""Share of names that the first submission spells otherwise."""
APART: Final = 500_000_000
"""From an id to the one that a mistaken copy has."""


def write_first_submission(settings: WorldSettings, folder: Path) -> Path:
    """Write what was sent at first of the last year but one, from that year's folder."""
    year = max(settings.first_year, settings.first_year + settings.years - 2)
    final, first = folder / f"VA-{year}", folder / f"{year + 1}-02" / f"VA-{year}"
    rng = stream(settings.seed, "nibrs first submission")
    shutil.copytree(final, first)
    tables = {path: _read(path) for path in sorted(first.glob("*.csv"))}
    incidents = tables[first / "NIBRS_incident.csv"]["incident_id"].to_numpy(zero_copy_only=False)
    draw = rng.random(len(incidents))
    late = set(incidents[draw < LATE].tolist())
    copied = set(incidents[draw > 1 - MISTAKEN].tolist()) or {incidents[-1]}
    gone, twice = {"incident_id": late}, {"incident_id": copied}
    for table in tables.values():
        if "incident_id" in table.column_names:
            for ids, of in ((gone, late), (twice, copied)):
                rows = table.filter(_holds(table["incident_id"], of))
                for name in _own_ids(table):
                    ids.setdefault(name, set()).update(rows[name].to_pylist())
    for path, table in tables.items():
        key = next((name for name in gone if name in table.column_names), None)
        if key is None or path.name.startswith("REF_") or "_TYPE" in path.name:
            continue
        made = table.filter(pc.invert(_holds(table[key], gone[key])))
        made = pa.concat_tables([made, _mistaken(table.filter(_holds(table[key], twice[key])))])
        if path.name == "NAME_SUPPLEMENT.csv":
            made = _misspelt(made, rng)
        write_csv(path, {name: made[name].to_pylist() for name in made.column_names})
    return first


def _read(path: Path) -> pa.Table:
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    kinds = dict.fromkeys(names, pa.string())
    return arrow_csv.read_csv(
        path,
        convert_options=arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
    )


def _own_ids(table: pa.Table) -> list[str]:
    """The ids of what belongs to an incident, in a table that names the incident."""
    own = ("offense_id", "victim_id", "offender_id", "arrestee_id", "property_id")
    return [name for name in own if name in table.column_names]


def _holds(column: pa.ChunkedArray, ids: set[str]) -> pa.ChunkedArray:
    return pc.is_in(column, pa.array(sorted(ids), pa.string()))


def _mistaken(rows: pa.Table) -> pa.Table:
    """The rows under ids, and incidents under numbers, that nothing else has."""
    for at, name in enumerate(rows.column_names):
        if name.endswith("_id") and name in (
            *("incident_id", "offense_id", "victim_id", "offender_id", "arrestee_id"),
            *("property_id", "nibrs_weapon_id", "nibrs_victim_offender_id"),
            *("nibrs_prop_desc_id", "nibrs_suspected_drug_id"),
        ):
            apart = pc.cast(pc.add(pc.cast(rows[name], pa.int64()), APART), pa.string())
            rows = rows.set_column(at, name, apart)
        elif name == "incident_number":
            number = pc.binary_join_element_wise(rows[name], "X", "")
            rows = rows.set_column(at, name, number)
    return rows


def _misspelt(names: pa.Table, rng: np.random.Generator) -> pa.Table:
    written = np.array(names["last_name"].to_pylist(), dtype=object)
    for row in np.flatnonzero(rng.random(len(written)) < MISSPELT).tolist():
        name = str(written[row])
        written[row] = f"{name[:1]}{name[2:3]}{name[1:2]}{name[3:]}"
    at = names.column_names.index("last_name")
    return names.set_column(at, "last_name", pa.array(written, pa.string()))
