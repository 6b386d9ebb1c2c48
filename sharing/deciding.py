"""Deciding on two records or two reports, confirming and undoing.

Guarantees: a step is on the audit log in the same transaction, or it was not taken; only an
account that reviews this view takes one; both are visible in the view; what somebody else
did on the pair since it was looked at is told before anything is written; a ``same`` that joins a
victim with an offender binds nothing until another account than its author's confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from runs.keys import from_view
from sharing.accounts import REVIEWERS
from sharing.audit import record
from sharing.audit_events import AuditEvent
from sharing.decisions import About, Decision, Judgement, read_decisions, version
from sharing.errors import DecidedMeanwhile, DecisionRefused
from sharing.pair_evidence import evidence_on
from sharing.tables import ACCOUNT, DECISION
from sharing.two_people import in_view, read_sides, said_by_one

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from runs.home import ViewFolder
    from sharing.store import Store

LONGEST_REASON: Final = 2000
_DECIDING_LOCK: Final = 0x5641_5354_4445_4349
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Judge:
    """Who takes a step, why they look, and for which case."""

    account: str
    purpose: str | None
    case_number: str | None


def decide(
    store: Store,
    folder: ViewFolder,
    view_key: bytes,
    keys: tuple[str, str],
    judgement: Judgement,
    judge: Judge,
    reason: str,
    seen: str,
    about: About = About.RECORDS,
) -> Decision:
    """Record a decision on two records, or two reports, named by the view's keys; ``seen``: the
    pair's ``version`` as the judge looked at it. An earlier decision of the same author on the pair
    is undone.

    Raises DecidedMeanwhile where somebody took a step on the pair since, or another run is served;
    DecisionRefused for keys that are not two of the view, a reason that is empty or too long, an
    account that does not review it, and ``same`` on a tip and an incident; and AuditUnavailable.
    """
    reason = _reason(reason)
    pair = _pair(keys)
    low, high = sorted(str(key) for key in from_view(pair, view_key))
    evidence = evidence_on(folder, pair, about, judgement)
    now = datetime.now(UTC)
    with store.write() as connection:
        decisions = _locked(store, connection, folder.view, about, judge)
        on_pair = [one for one in decisions if one.pair == (low, high)]
        _check_seen(on_pair, folder.run_id, seen)
        if any(
            one.pending and one.judgement is judgement and one.author != judge.account
            for one in on_pair
        ):
            raise DecisionRefused(
                "somebody decided the same and waits for a second person: confirm that decision"
            )
        connection.execute(
            sa.update(DECISION)
            .where(
                DECISION.c.view == folder.view,
                DECISION.c.about == about.value,
                DECISION.c.record_key_l == low,
                DECISION.c.record_key_r == high,
                DECISION.c.author == judge.account,
                DECISION.c.undone_at.is_(None),
            )
            .values(undone_at=now, undone_by=judge.account, undo_reason="replaced by a newer one")
        )
        crosses = (
            about is About.RECORDS
            and judgement is Judgement.SAME
            and needs_two_people(folder, view_key, decisions, pair, judge.account)
        )
        made = connection.execute(
            sa.insert(DECISION)
            .values(
                view=folder.view,
                record_key_l=low,
                record_key_r=high,
                judgement=judgement.value,
                author=judge.account,
                reason=reason,
                decided_at=now,
                match_weight=evidence.match_weight,
                model=evidence.model,
                run_id=evidence.run_id,
                waterfall=evidence.told,
                evidence=evidence.fingerprint,
                needs_second=crosses,
                about=about.value,
            )
            .returning(DECISION.c.decision_id)
        ).scalar_one()
        told = {
            "decision": int(made),
            "about": about.value,
            "judgement": judgement.value,
            "reason": reason,
        }
        _tell(store, connection, AuditEvent.DECISION_MADE, folder.view, judge, pair, told)
        return next(
            one for one in read_decisions(connection, folder.view, about) if one.decision_id == made
        )


def confirm(
    store: Store,
    folder: ViewFolder,
    view_key: bytes,
    decision_id: int,
    judge: Judge,
    reason: str,
    seen: str,
) -> None:
    """Confirm another author's ``same`` on two records. Raises as ``decide``; DecisionRefused also
    for the author's own decision, one that was undone or confirmed, and any other judgement."""

    def refuse(decision: Decision, pair: tuple[str, str]) -> None:
        if decision.judgement is not Judgement.SAME or decision.confirmed_at is not None:
            raise DecisionRefused(f"decision {decision_id} waits for nobody")
        if decision.author == judge.account:
            raise DecisionRefused(
                "a decision is confirmed by somebody else than its author: ask another reviewer"
            )
        evidence_on(folder, pair, About.RECORDS, decision.judgement)

    step = _Step(
        AuditEvent.DECISION_CONFIRMED, ("confirmed_at", "confirmed_by", "confirm_reason"), refuse
    )
    _later(store, folder, view_key, decision_id, judge, reason, seen, About.RECORDS, step)


def undo(
    store: Store,
    folder: ViewFolder,
    view_key: bytes,
    decision_id: int,
    judge: Judge,
    reason: str,
    seen: str,
    about: About = About.RECORDS,
) -> None:
    """Undo a decision, one's own or another's. Raises as ``decide``; DecisionRefused also where
    no such decision stands. To decide again is a new decision, which needs its own second person.
    """
    step = _Step(
        AuditEvent.DECISION_UNDONE,
        ("undone_at", "undone_by", "undo_reason"),
        lambda decision, pair: None,
    )
    _later(store, folder, view_key, decision_id, judge, reason, seen, about, step)


@dataclass(frozen=True, slots=True)
class _Step:
    """A later step on a decision: its event, the columns of when, who and why, and what speaks
    against it (raises DecisionRefused)."""

    event: AuditEvent
    columns: tuple[str, str, str]
    refuse: Callable[[Decision, tuple[str, str]], None]


def _later(
    store: Store,
    folder: ViewFolder,
    view_key: bytes,
    decision_id: int,
    judge: Judge,
    reason: str,
    seen: str,
    about: About,
    step: _Step,
) -> None:
    reason = _reason(reason)
    with store.write() as connection:
        decisions = _locked(store, connection, folder.view, about, judge)
        found = next((one for one in decisions if one.decision_id == decision_id), None)
        if found is None or not found.stands:
            raise DecisionRefused(f"no decision {decision_id} stands in the view {folder.view}")
        _check_seen([one for one in decisions if one.pair == found.pair], folder.run_id, seen)
        [pair] = in_view([found.pair], view_key)
        step.refuse(found, pair)
        when, who, why = step.columns
        connection.execute(
            sa.update(DECISION)
            .where(DECISION.c.decision_id == decision_id)
            .values({when: datetime.now(UTC), who: judge.account, why: reason})
        )
        told = {"decision": decision_id, "about": about.value, "reason": reason}
        _tell(store, connection, step.event, folder.view, judge, pair, told)


def waiting_for_second(decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions that bind nothing before a second person confirms them: those that crossed from a
    victim to an offender when they were made, or in a run that took them."""
    return [one for one in decisions if one.pending]


def hold_back(store: Store, view: str, decision_ids: Collection[int]) -> None:
    """Let decisions wait for a second person from now on, which a run found to join a victim with
    an offender (sharing.outcome). What was undone, confirmed or said by a second author since the
    run took them is left as it is."""
    with store.write() as connection:
        _lock(store, connection)
        alone = said_by_one(read_decisions(connection, view, About.RECORDS))
        connection.execute(
            sa.update(DECISION)
            .where(DECISION.c.decision_id.in_(sorted(alone & set(decision_ids))))
            .values(needs_second=True)
        )


def needs_two_people(
    folder: ViewFolder,
    view_key: bytes,
    decisions: Sequence[Decision],
    keys: tuple[str, str],
    account: str,
) -> bool:
    """Would ``same`` by this account, on two records named by the view's keys, wait for a second
    person? ``decisions``: all of the view's on records."""
    pair = _pair(keys)
    low, high = sorted(str(key) for key in from_view(pair, view_key))
    others = [one for one in decisions if one.pair != (low, high) or one.author != account]
    if any(
        one.pair == (low, high)
        and one.stands
        and not one.pending
        and one.judgement is Judgement.SAME
        for one in others
    ):
        return False
    return _crosses(folder, view_key, others, pair)


def _crosses(
    folder: ViewFolder, view_key: bytes, decisions: Sequence[Decision], pair: tuple[str, str]
) -> bool:
    joined = in_view(
        [
            one.pair
            for one in decisions
            if one.stands and one.judgement is Judgement.SAME and not one.pending
        ],
        view_key,
    )
    sides = read_sides(folder, [key for names in (*joined, pair) for key in names])
    for names in joined:
        sides.join(names)
    return sides.crosses(pair)


def _pair(keys: tuple[str, str]) -> tuple[str, str]:
    if any(len(key) != 32 or set(key) - _HEX for key in keys):
        raise DecisionRefused("not record keys: expected 32 hexadecimal digits each")
    if keys[0] == keys[1]:
        raise DecisionRefused("a decision is about two records, not one")
    return (min(keys), max(keys))


def _reason(reason: str) -> str:
    stated = reason.replace("\x00", "").strip()
    if not 1 <= len(stated) <= LONGEST_REASON:
        raise DecisionRefused(f"a step needs its reason: expected 1 to {LONGEST_REASON} characters")
    return stated


def _locked(
    store: Store, connection: sa.Connection, view: str, about: About, judge: Judge
) -> list[Decision]:
    """The view's decisions, which nobody else can change until the transaction ends."""
    _lock(store, connection)
    account = connection.execute(
        sa.select(ACCOUNT).where(ACCOUNT.c.username == judge.account)
    ).one_or_none()
    if account is None or account.disabled or account.role not in REVIEWERS or account.view != view:
        raise DecisionRefused(
            f"this account does not review the view {view}: expected the role "
            f"{' or '.join(sorted(REVIEWERS))}, reading that view"
        )
    return read_decisions(connection, view, about)


def _lock(store: Store, connection: sa.Connection) -> None:
    if store.is_postgresql:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_DECIDING_LOCK)))


def _check_seen(on_pair: Sequence[Decision], run_id: str, seen: str) -> None:
    if version(on_pair, run_id) != seen:
        raise DecidedMeanwhile(
            "somebody decided, confirmed or undid something on this pair since you opened it, or "
            "another run is served; nothing was written: look at it again"
        )


def _tell(
    store: Store,
    connection: sa.Connection,
    event: AuditEvent,
    view: str,
    judge: Judge,
    pair: tuple[str, str],
    details: dict[str, Any],
) -> None:
    record(
        store,
        event,
        account=judge.account,
        view=view,
        purpose=judge.purpose,
        case_number=judge.case_number,
        subjects=sorted(pair),
        details=details,
        connection=connection,
    )
