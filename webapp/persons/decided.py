"""Which decisions hold a person together: what two records were called one person, by whom, why.

Guarantees: only decisions that the served run took, and without which the evidence leaves their two
records apart, are told. Author and reason, which are free text about records, are told to who may
review the view; others read that a decision joined the two records, and of which day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resolution.counterfactual import parts_by_evidence
from resolution.review import pair_name
from sharing.decisions import Judgement, decisions_of, verdicts, view_pairs
from webapp.access import Permission, current
from webapp.auditing import AuditEvent, audited
from webapp.signed_in import store

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from runs.home import ViewFolder
    from sharing.decisions import Decision


@dataclass(frozen=True, slots=True)
class Joined:
    """Two records of the person, in the view's keys, and the decision that joined them; ``whole``:
    its author and reason are the reader's to know."""

    keys: tuple[str, str]
    decision: Decision
    whole: bool = True

    @property
    def pair(self) -> str:
        return pair_name(*self.keys)


def told_decisions(
    folder: ViewFolder, person_id: str, records: Collection[str]
) -> tuple[Joined, ...]:
    """The decisions that hold the person of these records together, oldest first. What is told of
    a decision's author and reason is on the audit log before."""
    access = current()
    found = joining_decisions(
        folder,
        access.settings.home.view_key(access.view),
        decisions_of(store(), folder.view),
        access.open_view.manifest.created_at,
        person_id,
        records,
    )
    if not access.may(Permission.REVIEW):
        return tuple(replace(one, whole=False) for one in found)
    if found:
        keys = sorted({key for one in found for key in one.keys})
        audited(AuditEvent.REVIEW_VIEWED, keys, page="person")
    return found


def joining_decisions(
    folder: ViewFolder,
    view_key: bytes,
    decisions: Sequence[Decision],
    made: datetime,
    person_id: str,
    records: Collection[str],
) -> tuple[Joined, ...]:
    """Those of a view's ``decisions`` on which the person of a run made at ``made`` rests; none for
    more records than the rule is asked about (resolution.counterfactual)."""
    taken = [one for one in decisions if _bound(one, made)]
    judged = verdicts(replace(one, undone_at=None) for one in taken)
    inside = [
        Joined(keys, one)
        for one, keys in zip(taken, view_pairs(view_key, taken), strict=True)
        if set(keys) <= set(records)
    ]
    same = [one for one in inside if judged.get(one.decision.pair) is Judgement.SAME]
    if not same:
        return ()
    part = parts_by_evidence(
        folder,
        [person_id],
        same=[one.keys for one in same],
        different=[
            one.keys for one in inside if judged.get(one.decision.pair) is Judgement.DIFFERENT
        ],
    )
    return tuple(
        one
        for one in same
        if one.decision.judgement is Judgement.SAME and part[one.keys[0]] != part[one.keys[1]]
    )


def _bound(one: Decision, made: datetime) -> bool:
    """A run made then took it. One that was undone since holds until the next run."""
    confirmed = not one.needs_second or (one.confirmed_at is not None and one.confirmed_at <= made)
    return one.decided_at <= made and confirmed and (one.undone_at is None or one.undone_at > made)
