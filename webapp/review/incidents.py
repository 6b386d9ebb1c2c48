"""Routes of reviewing reports: those in doubt, one incident, deciding and undoing.

Guarantees: a look is on record before anything is shown, a step in the transaction that takes it
(sharing.deciding); a step that was overtaken by somebody else's is refused and shows theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import abort, flash, redirect, render_template, request, url_for

from sharing.deciding import LONGEST_REASON, decide, undo
from sharing.decisions import About, Judgement
from sharing.errors import DecidedMeanwhile, DecisionRefused
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.heirs import today_of
from webapp.network.reports import living_incidents
from webapp.review import blueprint
from webapp.review.doubtful import doubtful_pairs, judged_incident, said_of_reports
from webapp.review.steps import judge, reviewed_folder, sentence, steps_waiting
from webapp.signed_in import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from sharing.decisions import Conflict
    from webapp.review.doubtful import Said

_LAST_PAGE: Final = 1_000_000
MOST_SAID: Final = 50
"""Decisions that are listed, the newest; the others are on the pages of their incidents."""
_WORDS: Final = {Judgement.SAME: "the same incident", Judgement.DIFFERENT: "different incidents"}
_OVERTAKEN: Final = (
    "Another reviewer took a step on these two after you opened the page, or a newer run is "
    "served. Nothing of yours was recorded: read the page as it is now, then decide."
)


@blueprint.get("/incidents", endpoint="incidents")
@requires(Permission.REVIEW)
def incidents() -> Any:
    """Pairs of reports in doubt, and decisions on reports that contradict each other."""
    folder, _ = reviewed_folder()
    said, contradicting = _said()
    number = min(max(request.args.get("page", 1, type=int), 1), _LAST_PAGE)
    page = doubtful_pairs(folder, said, number)
    if number > page.pages:
        abort(404)
    ids = {row[end] for row in page.rows for end in ("incident_l", "incident_r")}
    told = [one for one in said if one.decision.stands]
    audited(
        AuditEvent.REVIEW_VIEWED, sorted(ids | {one.incident_id for one in told}), page="incidents"
    )
    return render_template(
        "review/incidents.html",
        queue=page,
        said=told[-MOST_SAID:],
        decided=len(told),
        by_id={one.decision.decision_id: one for one in said},
        conflicts=contradicting,
        waiting=steps_waiting(),
    )


@blueprint.get("/incidents/<incident_id>", endpoint="incident")
@requires(Permission.REVIEW)
def incident(incident_id: str) -> Any:
    """One incident's reports, why they are one, and what may be decided; an old id leads on."""
    return _incident_page(incident_id)


@blueprint.post("/incidents/<incident_id>/decisions", endpoint="decide_reports")
@requires(Permission.REVIEW)
def take_decision(incident_id: str) -> Any:
    """Decide on two reports."""
    folder, view_key = reviewed_folder()
    keys = (request.form.get("left", ""), request.form.get("right", ""))
    chosen = request.form.get("judgement", "")
    if chosen not in _WORDS:
        abort(400)

    def step() -> str:
        judgement = Judgement(chosen)
        decide(
            store(), folder, view_key, keys, judgement, judge(), request.form.get("reason", ""),
            request.form.get("seen", ""), About.REPORTS,
        )  # fmt: skip
        return f"Recorded: {_WORDS[judgement]}. It takes effect with the next run."

    return _taken(incident_id, f"{keys[0]}-{keys[1]}", step)


@blueprint.post("/incidents/<incident_id>/decisions/<int:decision_id>/undoing",
                endpoint="undo_reports")  # fmt: skip
@requires(Permission.REVIEW)
def take_back(incident_id: str, decision_id: int) -> Any:
    """Undo a decision on two reports."""
    folder, view_key = reviewed_folder()

    def step() -> str:
        given = (request.form.get("reason", ""), request.form.get("seen", ""))
        undo(store(), folder, view_key, decision_id, judge(), *given, About.REPORTS)
        return "Undone. The next run goes by the evidence again."

    return _taken(incident_id, f"step-{decision_id}", step)


def _taken(incident_id: str, place: str, step: Callable[[], str]) -> Any:
    """Take a step and lead back; ``place``: where on the page its refusal belongs."""
    try:
        flash(step(), "success")
    except DecidedMeanwhile:
        return _incident_page(incident_id, error={"page": _OVERTAKEN}), 409
    except DecisionRefused as error:
        return _incident_page(incident_id, error={place: sentence(error)}), 400
    return redirect(url_for("review.incident", incident_id=incident_id))


def _incident_page(incident_id: str, *, error: dict[str, str] | None = None) -> Any:
    folder, _ = reviewed_folder()
    said, contradicting = _said()
    found = judged_incident(folder, incident_id, said)
    if found is None:
        living = today_of(living_incidents(folder, current().lineage, incident_id))
        return redirect(url_for("review.incident", incident_id=living))
    keys = {key for pair in found.pairs for key in pair.keys}
    audited(AuditEvent.REVIEW_VIEWED, [incident_id, *sorted(keys)], page="incident")
    return render_template(
        "review/incident.html",
        incident_id=incident_id,
        found=found,
        conflicts=[
            conflict
            for conflict in contradicting
            if any(
                one.decision.decision_id == said_one.decision_id
                for pair in found.pairs
                for one in pair.said
                for said_one in conflict.decisions
            )
        ],
        by_id={one.decision.decision_id: one for one in said},
        waiting=steps_waiting(),
        longest=LONGEST_REASON,
        error=error or {},
        form=request.form,
    )


def _said() -> tuple[list[Said], list[Conflict]]:
    folder, view_key = reviewed_folder()
    return said_of_reports(folder, view_key, store(), current().open_view.manifest.created_at)
