"""The decisions that a run takes.

Guarantees: a run takes what binds when it is made: of each pair one verdict, none that waits for a
second person, in the view's own keys; a decision on records that the view does not hold does
nothing there.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]

from resolution.contracts import INCIDENT_DECISION
from runs.duck import connect
from runs.keys import to_view
from runs.schema import Column, Table, write_table
from sharing.deciding import held_back
from sharing.decisions import About, decisions_of, verdicts
from sharing.two_people import read_sides

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from runs.home import ViewFolder
    from sharing.decisions import Judgement, Pair
    from sharing.store import Store

SNAPSHOT: Final = Table(
    "decision",
    ("record_key_l", "record_key_r"),
    (
        Column("record_key_l", "VARCHAR", "one record", key_of="person_record"),
        Column("record_key_r", "VARCHAR", "another record", key_of="person_record"),
        Column("verdict", "VARCHAR", "same or different"),
    ),
    "Decisions in force, in the view's keys, as resolution takes them into a run.",
)


def fingerprint(store: Store, views: Iterable[str]) -> str:
    """A hash over what binds in ``views``: what a run takes from the decisions."""
    said = sorted(
        (view, *pair, verdict.value)
        for view in views
        for about in About
        for pair, verdict in verdicts(decisions_of(store, view, about)).items()
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def snapshot(
    store: Store, folder: ViewFolder, parent: ViewFolder | None, view_key: bytes, target: Path
) -> Path | None:
    """Write what binds as SNAPSHOT below ``target``; None where nothing does.

    ``folder``: the view of the run that is being made, its records written; ``parent``: the same
    view of the run that is published, whose persons say what stands together today, or None. A
    ``same`` of one author that joins a victim with an offender by the new records' roles is left
    out until somebody confirms it.
    """
    decisions = decisions_of(store, folder.view)
    found = verdicts(decisions)
    names = to_view([key for pair in found for key in pair], view_key)
    sides = read_sides(
        None if parent is None else parent.persons, folder.records, [str(key) for key in names]
    )
    held = set(held_back(sides, view_key, decisions))
    left_out = {one.pair for one in decisions if one.decision_id in held}
    binding = {pair: verdict for pair, verdict in found.items() if pair not in left_out}
    return _written(binding, view_key, SNAPSHOT, target)


def reports_snapshot(store: Store, view: str, view_key: bytes, target: Path) -> Path | None:
    """Write what binds about reports of incidents, as resolution takes it (INCIDENT_DECISION),
    below ``target``; None where nothing does."""
    binding = verdicts(decisions_of(store, view, About.REPORTS))
    return _written(binding, view_key, INCIDENT_DECISION, target)


def _written(
    binding: dict[Pair, Judgement], view_key: bytes, table: Table, target: Path
) -> Path | None:
    if not binding:
        return None
    left = to_view([pair[0] for pair in binding], view_key)
    right = to_view([pair[1] for pair in binding], view_key)
    pairs = [sorted((str(one), str(other))) for one, other in zip(left, right, strict=True)]
    columns = (
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
        [verdict.value for verdict in binding.values()],
    )
    rows = pa.table(
        {
            name: pa.array(values, pa.string())
            for name, values in zip(table.column_names, columns, strict=True)
        }
    )
    with connect() as con:
        write_table(con.from_arrow(rows), table, target)
    return table.path(target)
