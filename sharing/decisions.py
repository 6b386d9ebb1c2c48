"""What people decided about pairs of records: the same person, or different ones.

Guarantees: a decision belongs to one view and names record keys (never person ids or a view's
keys); nothing is overwritten, a decision is undone and stays on record; the newest decision on a
pair that was not undone is the one in force.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import sqlalchemy as sa

from runs.duck import connect
from runs.keys import from_view, to_view
from runs.schema import Column, Table, write_table
from sharing.errors import DecisionRefused
from sharing.tables import DECISION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sharing.store import Store


class Judgement(StrEnum):
    """Do two records speak of one person?"""

    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. ``record_key_l`` is the smaller of the two record keys (not a view's keys)."""

    decision_id: int
    view: str
    record_key_l: str
    record_key_r: str
    judgement: Judgement
    author: str
    reason: str
    decided_at: datetime
    undone_at: datetime | None
    undone_by: str | None


SNAPSHOT: Final = Table(
    "decision",
    ("record_key_l", "record_key_r"),
    (
        Column("record_key_l", "VARCHAR", "one record", key_of="person_record"),
        Column("record_key_r", "VARCHAR", "another record", key_of="person_record"),
        Column("verdict", "VARCHAR", "same or different; the latest decision on the pair"),
    ),
    "Decisions in force, in the view's keys, as resolution takes them into a run.",
)


def decide(
    store: Store,
    view: str,
    view_key: bytes,
    keys: tuple[str, str],
    judgement: Judgement,
    author: str,
    reason: str,
) -> int:
    """Record a decision on two records named by the view's keys; returns its id.

    Raises DecisionRefused for keys that are not two different keys, or an empty reason.
    """
    if not reason.strip():
        raise DecisionRefused("a decision needs its reason")
    if any(len(key) != 32 or set(key) - set("0123456789abcdef") for key in keys):
        raise DecisionRefused("not record keys: expected 32 hexadecimal digits each")
    if keys[0] == keys[1]:
        raise DecisionRefused("a decision is about two records, not one")
    low, high = sorted(str(key) for key in from_view(keys, view_key))
    with store.write() as connection:
        made = connection.execute(
            sa.insert(DECISION)
            .values(
                view=view,
                record_key_l=low,
                record_key_r=high,
                judgement=judgement.value,
                author=author,
                reason=reason.strip(),
                decided_at=datetime.now(UTC),
            )
            .returning(DECISION.c.decision_id)
        ).scalar_one()
    return int(made)


def undo(store: Store, view: str, decision_id: int, by: str) -> None:
    """Undo a decision of the view. Raises DecisionRefused where there is none in force."""
    with store.write() as connection:
        changed = connection.execute(
            sa.update(DECISION)
            .where(
                DECISION.c.decision_id == decision_id,
                DECISION.c.view == view,
                DECISION.c.undone_at.is_(None),
            )
            .values(undone_at=datetime.now(UTC), undone_by=by)
        )
    if changed.rowcount != 1:
        raise DecisionRefused(f"no decision {decision_id} is in force in the view {view}")


def decisions_of(store: Store, view: str) -> list[Decision]:
    """Every decision of the view, undone ones too, oldest first."""
    with store.read() as connection:
        rows = connection.execute(
            sa.select(DECISION).where(DECISION.c.view == view).order_by(DECISION.c.decision_id)
        ).all()
    return [_decision(row) for row in rows]


def in_force(store: Store, view: str) -> list[Decision]:
    """The newest decision on each pair that was not undone."""
    newest = {
        (decision.record_key_l, decision.record_key_r): decision
        for decision in decisions_of(store, view)
        if decision.undone_at is None
    }
    return list(newest.values())


def fingerprint(store: Store, views: Iterable[str]) -> str:
    """A hash over the decisions in force in ``views``: what a run takes from them."""
    said = sorted(
        (view, decision.record_key_l, decision.record_key_r, decision.judgement.value)
        for view in views
        for decision in in_force(store, view)
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def snapshot(store: Store, view: str, view_key: bytes, folder: Path) -> Path | None:
    """Write the decisions in force as SNAPSHOT below ``folder``; None where there are none."""
    found = in_force(store, view)
    if not found:
        return None
    left = to_view([decision.record_key_l for decision in found], view_key)
    right = to_view([decision.record_key_r for decision in found], view_key)
    pairs = [sorted((str(one), str(other))) for one, other in zip(left, right, strict=True)]
    rows = pa.table(
        {
            "record_key_l": pa.array([pair[0] for pair in pairs], pa.string()),
            "record_key_r": pa.array([pair[1] for pair in pairs], pa.string()),
            "verdict": pa.array([decision.judgement.value for decision in found], pa.string()),
        }
    )
    with connect() as con:
        write_table(con.from_arrow(rows), SNAPSHOT, folder)
    return SNAPSHOT.path(folder)


def _decision(row: sa.Row[Any]) -> Decision:
    return Decision(
        row.decision_id,
        row.view,
        row.record_key_l,
        row.record_key_r,
        Judgement(row.judgement),
        row.author,
        row.reason,
        row.decided_at,
        row.undone_at,
        row.undone_by,
    )
