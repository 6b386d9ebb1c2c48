"""What every way of reviewing shares: whose view, who judges, and how much waits for the next run.

Guarantees: a page and the API take a step through the same functions (sharing.deciding), so that
what one refuses the other does too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runs.errors import BrokenRun
from sharing.deciding import Judge, waiting_for_second
from sharing.decisions import About, Judgement, decisions_of, standings
from webapp.access import current
from webapp.signed_in import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runs.home import ViewFolder
    from sharing.decisions import Decision, Standing


def reviewed_folder() -> tuple[ViewFolder, bytes]:
    """The folder and key of the view that the request's account reviews. Raises BrokenRun where it
    holds no persons."""
    access = current()
    view = access.open_view
    if view.manifest.counts.get("persons") is None:
        raise BrokenRun(f"the view {access.view} holds no persons to review")
    return view.folder, access.settings.home.view_key(access.view)


def judge() -> Judge:
    """Who takes the request's step, why, and for which case."""
    access = current()
    return Judge(str(access.account), access.purpose, access.case_number)


def sentence(error: Exception) -> str:
    """An error's message as a sentence of a page."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def states_of(every: Sequence[Decision]) -> dict[int, Standing]:
    """What each of a view's decisions on records is worth today, by id; ``every``: all of them."""
    waiting = {one.decision_id for one in waiting_for_second(every)}
    return standings(every, waiting)


def steps_waiting() -> int:
    """How many steps were taken since the run that is served was made, on records and reports."""
    access = current()
    made = access.open_view.manifest.created_at
    return sum(
        one.changed_at > made
        for about in About
        for one in decisions_of(store(), access.view, about)
        if one.judgement is not Judgement.UNSURE
        and not one.pending
        and (one.stands or one.decided_at <= made)
    )
