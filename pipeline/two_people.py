"""A view's persons, resolved until no account alone has put a victim and an offender into one.

Guarantees: a decision of one account that does so (sharing.outcome) is left out of the run, which
is then resolved without it: what is left of the earlier attempt is nothing. Most runs are resolved
once; which decisions are left out depends on the run's inputs alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolution.counterfactual import parts_by_evidence
from sharing.decision_snapshot import snapshot
from sharing.outcome import joined_by_one

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from resolution.resolve import ResolutionSummary
    from runs.home import ViewFolder
    from sharing.decisions import Decision


def resolve_by_two(
    folder: ViewFolder,
    view_key: bytes,
    decisions: Sequence[Decision],
    target: Path,
    resolve: Callable[[Path | None], ResolutionSummary],
    note: Callable[[str], None],
) -> tuple[ResolutionSummary, frozenset[int]]:
    """``resolve`` the view ``folder`` with the snapshot of ``decisions`` below ``target``; whoever
    is asked again starts anew. Returns also the ids of decisions that wait for a second person."""
    held: frozenset[int] = frozenset()
    while True:
        taken = [one for one in decisions if one.decision_id not in held]
        summary = resolve(snapshot(taken, view_key, target))
        found = joined_by_one(folder, view_key, taken, parts_by_evidence)
        if not found:
            return summary, held
        note(
            f"{len(found)} decisions of one account would join a victim with an offender: they "
            "wait for a second person, and the view is resolved without them"
        )
        held |= found
