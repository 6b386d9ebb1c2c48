"""Routes of review: the queue, one pair, the decisions, and the three steps on a pair.

Guarantees: a look is on record before anything is shown, a step in the transaction that takes it;
a step that was overtaken by somebody else's is refused and shows theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import abort, flash, redirect, render_template, request, url_for

from resolution.counterfactual import MOST_RECORDS
from resolution.review import pair_name
from resolution.waterfall import retold
from sharing.deciding import (
    LONGEST_REASON,
    confirm,
    decide,
    undo,
    waiting_for_second,
)
from sharing.decisions import (
    Judgement,
    Standing,
    conflicts,
    decisions_of,
    version,
    view_pairs,
)
from sharing.errors import DecidedMeanwhile, DecisionRefused
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.persons import waterfall
from webapp.persons.evidence import bars_of
from webapp.review import blueprint
from webapp.review.pair import MOST_OTHERS, pair_view
from webapp.review.queue import PAGE_SIZE, REASONS, STAKES, Choice, next_pair, queue_page
from webapp.review.steps import judge, reviewed_folder, sentence, states_of, steps_waiting
from webapp.signed_in import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sharing.decisions import Decision

DECISIONS_A_PAGE: Final = 50
_STATES: Final = tuple(Standing)
_MOST_CONFLICTS: Final = 20
_LAST_PAGE: Final = 1_000_000


@blueprint.get("", endpoint="queue")
@requires(Permission.REVIEW)
def queue() -> Any:
    """What contradicts, what waits for a second person, and the pairs in order."""
    folder, view_key = reviewed_folder()
    decisions = decisions_of(store(), folder.view)
    choice = _choice()
    page = queue_page(folder, view_key, decisions, choice)
    if choice.page > page.pages:
        abort(404)
    contradicting = conflicts(decisions)[:_MOST_CONFLICTS] if choice.page == 1 else []
    second = waiting_for_second(decisions) if choice.page == 1 else []
    told = [one for conflict in contradicting for one in conflict.decisions] + second
    names = _pair_names(view_key, told)
    subjects = [*page.persons, *_record_keys(view_key, told)]
    audited(AuditEvent.REVIEW_VIEWED, subjects, page="queue")
    return render_template(
        "review/queue.html",
        queue=page,
        choice=choice,
        reasons=REASONS,
        stakes=STAKES,
        conflicts=contradicting,
        second=second,
        names=names,
        waiting=steps_waiting(),
        first=(choice.page - 1) * PAGE_SIZE + 1,
    )


@blueprint.get("/pairs/<pair>", endpoint="pair")
@requires(Permission.REVIEW)
def pair(pair: str) -> Any:
    """One pair: both records, the comparison, what a decision would change, and its history."""
    return _pair_page(pair)


@blueprint.post("/pairs/<pair>/decisions", endpoint="decide")
@requires(Permission.REVIEW)
def take_decision(pair: str) -> Any:
    """Decide on the pair."""
    folder, view_key = reviewed_folder()
    decisions = decisions_of(store(), folder.view)
    found = pair_view(folder, view_key, decisions, pair, judge().account)
    if found is None:
        abort(404)
    chosen = request.form.get("judgement", "")
    if chosen not in set(Judgement):
        return _pair_page(pair, error={"judgement": "Choose one of the three."}), 400
    if not request.form.get("reason", "").strip():
        return _pair_page(pair, error={"reason": "Say what decided it."}), 400
    try:
        made = decide(
            store(),
            folder,
            view_key,
            found.keys,
            Judgement(chosen),
            judge(),
            request.form.get("reason", ""),
            request.form.get("seen", ""),
        )
    except DecidedMeanwhile:
        return _overtaken(pair)
    except DecisionRefused as error:
        return _pair_page(pair, error={"reason": sentence(error)}), 400
    flash(_made(made), "success")
    choice = _choice()
    place = found.place["place"] if found.place else 0
    following = next_pair(folder, view_key, decisions_of(store(), folder.view), choice, place)
    where: dict[str, Any] = {"reason_for": choice.reason or None, "stake": choice.stake or None}
    if following is None:
        return redirect(url_for("review.queue", **where))
    return redirect(url_for("review.pair", pair=following, **where))


@blueprint.post("/decisions/<int:decision_id>/confirmation", endpoint="confirm")
@requires(Permission.REVIEW)
def take_confirmation(decision_id: int) -> Any:
    """Confirm somebody else's decision."""
    return _step(decision_id, confirm, "Confirmed. It takes effect with the next run.")


@blueprint.post("/decisions/<int:decision_id>/undoing", endpoint="undo")
@requires(Permission.REVIEW)
def take_back(decision_id: int) -> Any:
    """Undo a decision."""
    return _step(decision_id, undo, "Undone. The next run goes by the evidence again.")


@blueprint.get("/decisions", endpoint="decisions")
@requires(Permission.REVIEW)
def decisions() -> Any:
    """Every decision of the view, newest first, with its history."""
    folder, view_key = reviewed_folder()
    every = decisions_of(store(), folder.view)
    state = request.args.get("state", "")
    mine = request.args.get("mine") == "1"
    states = states_of(every)
    chosen = [
        one
        for one in reversed(every)
        if (not mine or one.author == current().account)
        and (state not in _STATES or states[one.decision_id] == state)
    ]
    number = request.args.get("page", 1, type=int)
    pages = max(1, -(-len(chosen) // DECISIONS_A_PAGE))
    if not 1 <= number <= pages:
        abort(404)
    shown = chosen[(number - 1) * DECISIONS_A_PAGE : number * DECISIONS_A_PAGE]
    audited(AuditEvent.REVIEW_VIEWED, _record_keys(view_key, shown), page="decisions")
    return render_template(
        "review/decisions.html",
        decisions=shown,
        states=states,
        all_states=_STATES,
        state=state if state in _STATES else "",
        mine=mine,
        found=len(chosen),
        number=number,
        pages=pages,
        names=_pair_names(view_key, shown),
        waiting=steps_waiting(),
    )


def _pair_page(name: str, *, error: dict[str, str] | None = None, overtaken: bool = False) -> Any:
    folder, view_key = reviewed_folder()
    every = decisions_of(store(), folder.view)
    found = pair_view(folder, view_key, every, name, judge().account)
    if found is None:
        abort(404)
    people = {side.person_id for side in found.sides}
    audited(AuditEvent.REVIEW_VIEWED, [*sorted(people), *found.keys], page="pair", pair=name)
    # Agreements may have taken away what was told when the decision was made.
    told = current().open_view.manifest.told_comparisons
    return render_template(
        "review/pair.html",
        found=found,
        numbers=found.numbers,
        most_others=MOST_OTHERS,
        most_records=MOST_RECORDS,
        bars=waterfall.rows(found.link) if found.link else None,
        chart=waterfall.specification(),
        frozen={
            one.decision_id: bars_of(retold(one.evidence.waterfall, told))
            for one in found.decisions
            if one.evidence.waterfall is not None
        },
        seen=version(found.decisions, folder.run_id),
        states=states_of(every),
        names=_pair_names(view_key, found.nearby),
        choice=_choice(),
        reasons=REASONS,
        judgements=_JUDGEMENTS,
        longest=LONGEST_REASON,
        error=error or {},
        form=request.form,
        overtaken=overtaken,
        waiting=steps_waiting(),
    )


_JUDGEMENTS: Final = (
    (Judgement.SAME, "The same person", "Joins the two persons from the next run on"),
    (Judgement.DIFFERENT, "Different people", "Keeps these two records apart, whatever is learnt"),
    (Judgement.UNSURE, "Unsure", "Changes nothing; the pair comes back when the evidence changes"),
)


def _overtaken(name: str) -> Any:
    return _pair_page(name, overtaken=True), 409


def _step(decision_id: int, step: Any, said: str) -> Any:
    folder, view_key = reviewed_folder()
    every = decisions_of(store(), folder.view)
    decision = next((one for one in every if one.decision_id == decision_id), None)
    if decision is None:
        abort(404)
    [name] = _pair_names(view_key, [decision]).values()
    given = (request.form.get("reason", ""), request.form.get("seen", ""))
    try:
        step(store(), folder, view_key, decision_id, judge(), *given)
    except DecidedMeanwhile:
        return _overtaken(name)
    except DecisionRefused as error:
        return _pair_page(name, error={f"step-{decision_id}": sentence(error)}), 400
    flash(said, "success")
    return redirect(url_for("review.pair", pair=name))


def _made(decision: Decision) -> str:
    words = {
        Judgement.SAME: "Recorded: the same person.",
        Judgement.DIFFERENT: "Recorded: different people.",
        Judgement.UNSURE: "Recorded: unsure. The pair comes back when the evidence changes.",
    }[decision.judgement]
    if decision.pending:
        return (
            f"{words} It joins a victim with an offender, so it waits until another reviewer "
            "confirms it."
        )
    if decision.judgement is Judgement.UNSURE:
        return words
    return f"{words} It takes effect with the next run. This is the next pair."


def _choice() -> Choice:
    given = request.values
    reason, stake = given.get("reason_for", ""), given.get("stake", "")
    page = min(request.args.get("page", 1, type=int), _LAST_PAGE)
    return Choice(
        reason if reason in REASONS else "", stake if stake in STAKES else "", max(page, 1)
    )


def _record_keys(view_key: bytes, decisions: Sequence[Decision]) -> list[str]:
    return sorted({key for names in view_pairs(view_key, decisions) for key in names})


def _pair_names(view_key: bytes, decisions: Sequence[Decision]) -> dict[int, str]:
    return {
        one.decision_id: pair_name(*names)
        for one, names in zip(decisions, view_pairs(view_key, decisions), strict=True)
    }
