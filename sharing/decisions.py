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

from resolution.contradictions import Chains, giving_way
from runs.keys import to_view
from sharing.tables import DECISION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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


def view_pairs(view_key: bytes, decisions: Sequence[Decision]) -> list[Pair]:
    """Each decision's pair in the view's keys, the smaller first."""
    left = to_view([one.record_key_l for one in decisions], view_key)
    right = to_view([one.record_key_r for one in decisions], view_key)
    return [
        (min(str(one), str(other)), max(str(one), str(other)))
        for one, other in zip(left, right, strict=True)
    ]


class Standing(StrEnum):
    """What a decision is worth today. CONTRADICTED: a ``same`` that runs leave out because of a
    ``different``, and a ``different`` beside which not all ``same`` can be right."""

    WAITING = "waiting"
    CONTRADICTED = "contradicted"
    IN_FORCE = "in force"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Decisions that cannot all be right: the shortest chain of ``same`` from one record to the
    other, which is one step where both judgements are on one pair; the ``same`` of every other such
    chain; and the ``different`` (the last)."""

    chain: tuple[Decision, ...]
    beside: tuple[Decision, ...]
    against: tuple[Decision, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return (*self.chain, *self.beside, *self.against)

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
    """Of all decisions of a view, by id; ``waiting``: those that need a second person.

    What is contradicted is asked of the rule by which a run applies decisions, and of those that
    the run takes.
    """
    awaited = {*waiting, *(one.decision_id for one in decisions if one.pending)}
    taken = verdicts(one for one in decisions if one.decision_id not in awaited)
    same = [pair for pair, verdict in taken.items() if verdict is Judgement.SAME]
    different = [pair for pair, verdict in taken.items() if verdict is Judgement.DIFFERENT]
    left_out = {
        *different,
        *(pair for pair, out in zip(same, giving_way(same, different), strict=True) if out),
    }
    found = {
        one.decision_id: Standing.CONTRADICTED
        if one.judgement is Judgement.SAME and one.pair in left_out
        else Standing.IN_FORCE
        for one in decisions
    }
    found |= {
        one.decision_id: Standing.CONTRADICTED
        for conflict in conflicts(decisions)
        for one in conflict.against
    }
    found |= dict.fromkeys(awaited, Standing.WAITING)
    return found | {one.decision_id: Standing.UNDONE for one in decisions if not one.stands}


def conflicts(decisions: Sequence[Decision]) -> list[Conflict]:
    """What contradicts each other among decisions that stand, pending ones too; oldest first."""
    judged: dict[Judgement, dict[Pair, list[Decision]]] = {one: {} for one in Judgement}
    for one in decisions:
        if one.stands:
            judged[one.judgement].setdefault(one.pair, []).append(one)
    same = judged[Judgement.SAME]
    neighbours: dict[str, list[str]] = defaultdict(list)
    for left, right in sorted(same):
        neighbours[left].append(right)
        neighbours[right].append(left)
    chains = Chains(same)
    steps: dict[str | None, list[Pair]] = defaultdict(list)
    for pair in same:
        steps[chains.block_of(pair)].append(pair)
    found: list[Conflict] = []
    for pair, against in judged[Judgement.DIFFERENT].items():
        blocks = chains.blocks_between([pair])
        if not blocks:
            continue
        way = [(min(step), max(step)) for step in pairwise(_chain(neighbours, *pair))]
        others = {step for block in blocks for step in steps[block]} - set(way)
        beside = [one for step in others for one in same[step]]
        beside.sort(key=lambda one: one.decision_id)
        found.append(
            Conflict(
                tuple(one for step in way for one in same[step]), tuple(beside), tuple(against)
            )
        )
    return found


def _chain(neighbours: Mapping[str, Sequence[str]], start: str, end: str) -> list[str]:
    """A shortest way from one record to another that can be reached."""
    came_from: dict[str, str] = {start: start}
    waiting = deque([start])
    while end not in came_from:
        here = waiting.popleft()
        for there in neighbours[here]:
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


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
