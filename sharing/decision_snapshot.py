"""The decisions that a run takes.

Guarantees: a run takes what binds when its making begins: of each pair one verdict, none that waits
for a second person, in the view's own keys; what is hashed as its input is what is written. A
decision on records that the view does not hold does nothing there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]

from runs.duck import connect
from runs.keys import to_view
from runs.schema import Column, Table, write_table
from sharing.decisions import About, Decision, read_decisions, verdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

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


Decided = Mapping[tuple[str, About], Sequence[Decision]]
"""All decisions of some views, by view and what they are about, as they were when read."""


def read_decided(store: Store, views: Iterable[str]) -> Decided:
    """All decisions of ``views``. A run reads them once: what it hashes is what it takes, whatever
    is decided while it is being made."""
    with store.read() as connection:
        return {
            (view, about): read_decisions(connection, view, about)
            for view in views
            for about in About
        }


def without(decided: Decided, decision_ids: Collection[int]) -> Decided:
    """The same less some decisions."""
    return {
        what: [one for one in decisions if one.decision_id not in decision_ids]
        for what, decisions in decided.items()
    }


def fingerprint(decided: Decided) -> str:
    """A hash over what binds: what the snapshots of ``decided`` hold."""
    said = sorted(
        (view, about.value, *pair, verdict.value)
        for (view, about), decisions in decided.items()
        for pair, verdict in verdicts(decisions).items()
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def snapshot(
    decisions: Iterable[Decision], view_key: bytes, target: Path, table: Table = SNAPSHOT
) -> Path | None:
    """Write what binds of one view's decisions below ``target``, as resolution takes it; None where
    nothing does. ``table``: SNAPSHOT for records, INCIDENT_DECISION for reports of incidents."""
    binding = verdicts(decisions)
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
