"""What people decided about pairs of records: the same person, different ones, or unsure; and
about pairs of reports: the same incident, or different ones.

Guarantees: a decision belongs to one view and names record keys (never person ids or a view's
keys), so that it survives new runs and new models; nothing is overwritten, a decision is undone and
stays on record. Of one author the newest on a pair stands; two authors' contradicting judgements
both stand, and are a conflict until somebody undoes one. Meanwhile a run takes ``different``.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sharing.tables import DECISION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sharing.store import Store

Pair = tuple[str, str]
"""Two record keys, the smaller first."""


class About(StrEnum):
    """What a decision is about: two records of persons, or two reports of incidents."""

    RECORDS = "records"
    REPORTS = "reports"


class Judgement(StrEnum):
    """Do two records speak of one person, or two reports of one incident?"""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the author saw, frozen. ``match_weight`` (log2), ``told`` (the waterfall as JSON) and
    ``fingerprint`` are None where the run held no link of the pair; ``model`` and ``run_id`` where
    they are unknown."""

    match_weight: float | None
    model: str | None
    run_id: str | None
    told: str | None
    fingerprint: str | None

    @property
    def waterfall(self) -> tuple[dict[str, Any], ...] | None:
        """The bars, as contracts.LINK holds them; read when asked, because lists are long."""
        return None if self.told is None else tuple(json.loads(self.told))


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. ``record_key_l`` is the smaller of the two record keys (not a view's keys), or
    of the two reports' keys.

    ``needs_second``: it joins a victim with an offender, so that it binds nothing before somebody
    else has confirmed it.
    """

    decision_id: int
    view: str
    record_key_l: str
    record_key_r: str
    judgement: Judgement
    author: str
    reason: str
    decided_at: datetime
    evidence: Evidence
    needs_second: bool
    confirmed_at: datetime | None
    confirmed_by: str | None
    confirm_reason: str | None
    undone_at: datetime | None
    undone_by: str | None
    undo_reason: str | None
    about: About = About.RECORDS

    @property
    def pair(self) -> Pair:
        return (self.record_key_l, self.record_key_r)

    @property
    def stands(self) -> bool:
        """It was not undone."""
        return self.undone_at is None

    @property
    def pending(self) -> bool:
        """It waits for a second person."""
        return self.stands and self.needs_second and self.confirmed_at is None

    @property
    def changed_at(self) -> datetime:
        """When it last changed what a run takes."""
        return max(
            moment
            for moment in (self.decided_at, self.confirmed_at, self.undone_at)
            if moment is not None
        )


class Standing(StrEnum):
    """What a decision is worth today. CONTRADICTED: another stands that cannot be right beside it,
    and runs follow what both leave, which is to keep apart."""

    WAITING = "waiting"
    CONTRADICTED = "contradicted"
    IN_FORCE = "in force"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Decisions that cannot all be right: both judgements of a pair, or a ``different`` (the last)
    and the shortest chain of ``same`` that says otherwise."""

    decisions: tuple[Decision, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple(dict.fromkeys(decision.pair for decision in self.decisions))


def decisions_of(store: Store, view: str, about: About = About.RECORDS) -> list[Decision]:
    """Every decision of the view, undone ones too, oldest first."""
    with store.read() as connection:
        return read_decisions(connection, view, about)


def read_decisions(connection: sa.Connection, view: str, about: About) -> list[Decision]:
    """As ``decisions_of``, inside a transaction."""
    rows = connection.execute(
        sa.select(DECISION)
        .where(DECISION.c.view == view, DECISION.c.about == about.value)
        .order_by(DECISION.c.decision_id)
    ).all()
    return [_decision(row) for row in rows]


def version(decisions: Iterable[Decision], run_id: str) -> str:
    """What a judge sees of a pair, as a tag: it changes with every step that anybody takes on it
    and with the run that is served, so that nobody's decision keeps evidence that they never saw.
    """
    told = [
        (one.decision_id, one.stands, one.confirmed_by)
        for one in sorted(decisions, key=lambda one: one.decision_id)
    ]
    return hashlib.sha256(json.dumps([run_id, told]).encode()).hexdigest()[:16]


def verdicts(decisions: Iterable[Decision]) -> dict[Pair, Judgement]:
    """What a run takes of each pair: ``same`` or ``different``; of both, ``different``."""
    found: dict[Pair, Judgement] = {}
    for decision in decisions:
        if not decision.stands or decision.pending or decision.judgement is Judgement.UNSURE:
            continue
        if found.get(decision.pair) is not Judgement.DIFFERENT:
            found[decision.pair] = decision.judgement
    return found


def standings(decisions: Sequence[Decision], waiting: Collection[int] = ()) -> dict[int, Standing]:
    """Of all decisions of a view, by id; ``waiting``: those that need a second person."""
    found = {one.decision_id: Standing.IN_FORCE for one in decisions}
    for conflict in conflicts(decisions):
        found |= {one.decision_id: Standing.CONTRADICTED for one in conflict.decisions}
    found |= dict.fromkeys(waiting, Standing.WAITING)
    return found | {one.decision_id: Standing.UNDONE for one in decisions if not one.stands}


def conflicts(decisions: Sequence[Decision]) -> list[Conflict]:
    """What contradicts each other among decisions that stand, pending ones too; oldest first."""
    standing = [one for one in decisions if one.stands and one.judgement is not Judgement.UNSURE]
    same: dict[Pair, list[Decision]] = defaultdict(list)
    neighbours: dict[str, set[str]] = defaultdict(set)
    for one in standing:
        if one.judgement is Judgement.SAME:
            same[one.pair].append(one)
            neighbours[one.record_key_l].add(one.record_key_r)
            neighbours[one.record_key_r].add(one.record_key_l)
    found: list[Conflict] = []
    seen: set[Pair] = set()
    for one in standing:
        if one.judgement is not Judgement.DIFFERENT or one.pair in seen:
            continue
        seen.add(one.pair)
        chain = _chain(neighbours, *one.pair)
        if chain is None:
            continue
        steps = [
            decision
            for left, right in pairwise(chain)
            for decision in same[(min(left, right), max(left, right))]
        ]
        against = [
            other
            for other in standing
            if other.pair == one.pair and other.judgement is Judgement.DIFFERENT
        ]
        found.append(Conflict((*steps, *against)))
    return found


def _chain(neighbours: dict[str, set[str]], start: str, end: str) -> list[str] | None:
    """The shortest way from one record to the other; None where there is none."""
    came_from: dict[str, str] = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == end:
            way = [end]
            while way[-1] != start:
                way.append(came_from[way[-1]])
            return way[::-1]
        for there in sorted(neighbours.get(here, ())):
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    return None


def _decision(row: sa.Row[Any]) -> Decision:
    return Decision(
        decision_id=row.decision_id,
        view=row.view,
        record_key_l=row.record_key_l,
        record_key_r=row.record_key_r,
        judgement=Judgement(row.judgement),
        author=row.author,
        reason=row.reason,
        decided_at=row.decided_at,
        evidence=Evidence(
            row.match_weight,
            row.model,
            row.run_id,
            row.waterfall,
            row.evidence,
        ),
        needs_second=row.needs_second,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        confirm_reason=row.confirm_reason,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undo_reason=row.undo_reason,
        about=About(row.about),
    )
