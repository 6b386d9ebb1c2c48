"""Routes of the review API.

Guarantees: a look is on record before it is answered, a step in the transaction that takes it; who
may take which step is decided where the pages' steps are (sharing.deciding). Answers to errors are
problem details (RFC 9457).
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from flask import abort, jsonify, request, url_for

from resolution.review import pair_name
from sharing.deciding import confirm, decide, undo
from sharing.decisions import Judgement, decisions_of, version, view_pairs
from sharing.errors import DecidedMeanwhile, DecisionRefused
from webapp.access import Permission, requires
from webapp.auditing import AuditEvent, audited
from webapp.problems import Problem, answer
from webapp.review.pair import pair_view
from webapp.review.queue import PAGE_SIZE, REASONS, STAKES, Choice, queue_page
from webapp.review.steps import judge, reviewed_folder, sentence, states_of
from webapp.review_api import blueprint
from webapp.signed_in import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from sharing.decisions import Decision, Standing
    from webapp.review.pair import PairView

_LAST_PAGE: Final = 1_000_000
_ETAG: Final = re.compile(r'\s*"([0-9a-f]{16})"\s*')
_OF_QUEUE: Final = (
    "pair",
    "review",
    "match_weight",
    "match_probability",
    "records",
    "incidents",
    "episodes",
    "case_incidents",
    "still_missing",
    "victim_offender",
    "child",
)

UNVERSIONED: Final = Problem(
    428,
    "Say what you saw",
    "A step on a pair needs the header If-Match with the version that its author looked at.",
    "Read the pair, and send the ETag of that answer with the step; * is not taken.",
)
OVERTAKEN: Final = Problem(
    412,
    "This pair has changed",
    "Somebody took a step on it since it was read, or a newer run is served. Nothing was written.",
    "Read the pair again, and let whoever decides see it as it is now.",
)
_BAD_BODY: Final = Problem(
    400,
    "The step was not understood",
    "Expected a JSON object with the text 'reason', and for a decision 'judgement': same, "
    "different or unsure.",
    "Correct it and send it again.",
)


@blueprint.before_request
def need_version() -> Any:
    """Refuse a step that does not say what its author saw."""
    if request.method not in ("GET", "HEAD", "OPTIONS") and _seen() is None:
        return answer(UNVERSIONED)
    return None


def _seen() -> str | None:
    """The one version that the request names in ``If-Match``, or None."""
    found = _ETAG.fullmatch(request.headers.get("If-Match", ""))
    return found.group(1) if found else None


@blueprint.get("/queue", endpoint="queue")
@requires(Permission.REVIEW)
def queue() -> Any:
    """A page of the pairs to judge, in order; ``reason``, ``stake`` and ``page`` choose."""
    folder, view_key = reviewed_folder()
    reason, stake = request.args.get("reason", ""), request.args.get("stake", "")
    number = request.args.get("page", 1, type=int)
    if reason not in ("", *REASONS) or stake not in ("", *STAKES):
        abort(400)
    choice = Choice(reason, stake, min(max(number, 1), _LAST_PAGE))
    page = queue_page(folder, view_key, decisions_of(store(), folder.view), choice)
    if choice.page > page.pages:
        abort(404)
    audited(AuditEvent.REVIEW_VIEWED, page.persons, page="queue")
    return jsonify(
        run=folder.run_id,
        found=page.found,
        page=choice.page,
        pages=page.pages,
        page_size=PAGE_SIZE,
        pairs=[
            {name: row[name] for name in _OF_QUEUE}
            | {"href": url_for("review_api.pair", pair=row["pair"])}
            for row in page.rows
        ],
    )


@blueprint.get("/pairs/<pair>", endpoint="pair")
@requires(Permission.REVIEW)
def pair(pair: str) -> Any:
    """A pair: both records as the view shows them, the comparison, its decisions; and its ETag."""
    found = _found(pair)
    people = sorted({side.person_id for side in found.sides})
    audited(AuditEvent.REVIEW_VIEWED, [*people, *found.keys], page="pair", pair=pair)
    return _told(found)


@blueprint.post("/pairs/<pair>/decisions", endpoint="decide")
@requires(Permission.REVIEW)
def take_decision(pair: str) -> Any:
    """Decide on a pair: ``judgement`` and ``reason``."""
    folder, view_key = reviewed_folder()
    found = _found(pair)
    chosen = _text("judgement")
    if chosen not in set(Judgement):
        return answer(_BAD_BODY)

    def step(reason: str, seen: str) -> None:
        decide(store(), folder, view_key, found.keys, Judgement(chosen), judge(), reason, seen)

    return _taken(pair, step, 201)


@blueprint.post("/decisions/<int:decision_id>/confirmation", endpoint="confirm")
@requires(Permission.REVIEW)
def take_confirmation(decision_id: int) -> Any:
    """Confirm somebody else's decision: ``reason``."""
    return _later(decision_id, confirm)


@blueprint.post("/decisions/<int:decision_id>/undoing", endpoint="undo")
@requires(Permission.REVIEW)
def take_back(decision_id: int) -> Any:
    """Undo a decision: ``reason``."""
    return _later(decision_id, undo)


def _later(decision_id: int, taken: Callable[..., None]) -> Any:
    folder, view_key = reviewed_folder()
    every = decisions_of(store(), folder.view)
    decision = next((one for one in every if one.decision_id == decision_id), None)
    if decision is None:
        abort(404)
    [names] = view_pairs(view_key, [decision])

    def step(reason: str, seen: str) -> None:
        taken(store(), folder, view_key, decision_id, judge(), reason, seen)

    return _taken(pair_name(*names), step, 200)


def _taken(name: str, step: Callable[[str, str], None], status: int) -> Any:
    """Take a step and answer with the pair as it is then."""
    reason = _text("reason")
    if reason is None:
        return answer(_BAD_BODY)
    try:
        step(reason, str(_seen()))
    except DecidedMeanwhile:
        return answer(OVERTAKEN)
    except DecisionRefused as error:
        return answer(Problem(422, "The step was refused", sentence(error), "Nothing was written."))
    told = _told(_found(name))
    told.status_code = status
    return told


def _text(name: str) -> str | None:
    body = request.get_json(silent=True)
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def _found(name: str) -> PairView:
    folder, view_key = reviewed_folder()
    every = decisions_of(store(), folder.view)
    found = pair_view(folder, view_key, every, name, judge().account)
    if found is None:
        abort(404)
    return found


def _told(found: PairView) -> Response:
    folder, _ = reviewed_folder()
    every = decisions_of(store(), folder.view)
    states = states_of(every)
    link = found.link
    response = jsonify(
        pair=found.name,
        run=folder.run_id,
        review=found.place["review"] if found.place else None,
        persons=[side.person_id for side in found.sides],
        records=[asdict(line) for line in found.lines],
        match_weight=None if link is None else link.weight,
        match_probability=None if link is None else link.probability,
        comparisons=[] if link is None else [asdict(bar) for bar in link.bars],
        needs_two_people=found.needs_two,
        decisions=[_decision(one, states[one.decision_id]) for one in found.decisions],
    )
    response.set_etag(version(found.decisions, folder.run_id))
    return response


def _decision(one: Decision, state: Standing) -> dict[str, Any]:
    return {
        "decision": one.decision_id,
        "judgement": one.judgement.value,
        "author": one.author,
        "reason": one.reason,
        "decided_at": one.decided_at.isoformat(),
        "state": state.value,
        "confirmed_by": one.confirmed_by,
        "undone_by": one.undone_by,
    }
