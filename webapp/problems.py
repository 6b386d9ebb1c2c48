"""What a user sees when something is wrong: plain pages, and problem details for the API.

Guarantees: no trace, no personal value and no other view's existence in any of them; below
``/api/`` the answer is ``application/problem+json`` (RFC 9457).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Response, g, json, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from graph.errors import GraphUnavailable, QueryTimeout
from resolution.errors import NoIndex
from runs.errors import BrokenRun, NoPublishedRun
from sharing.errors import AuditUnavailable, StoreUnavailable
from webapp.access import Permission

if TYPE_CHECKING:
    from flask import Flask

LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """``title`` is the page's heading; ``detail`` says what happened, ``advice`` what to do.

    ``stops`` names the blueprints whose pages do not answer either.
    """

    status: int
    title: str
    detail: str
    advice: str
    retry_after_s: int | None = None
    stops: frozenset[str] = frozenset()


_BY_ERROR: Final[dict[type[Exception], Problem]] = {
    GraphUnavailable: Problem(
        503,
        "The graph is not answering",
        "The graph server of this view is stopped, starting or unreachable. Nothing is lost: "
        "it only serves what the last run published.",
        "Search finds people, and counts, map and trends work; their pages need the graph. It is "
        "started again by itself, which takes up to a minute; if it lasts longer, "
        "tell your administrator: 'vast status' names the server that is down.",
        retry_after_s=10,
        stops=frozenset({"missing", "network", "patterns"}),
    ),
    QueryTimeout: Problem(
        503,
        "The question took too long",
        "The graph stopped it at its time limit, so that others are not held up.",
        "Ask for less: one locality, a shorter period, one person, fewer results.",
    ),
    AuditUnavailable: Problem(
        503,
        "The audit log cannot be written",
        "Every look at a person is recorded before anything is shown. The record could not be "
        "written, so nothing is shown.",
        "Tell your administrator. Pages without personal data still work.",
        retry_after_s=30,
    ),
    StoreUnavailable: Problem(
        503,
        "Accounts are not available",
        "The database of accounts and the audit log does not answer, so nobody can be signed in.",
        "Tell your administrator. Published counts need no account.",
        retry_after_s=30,
    ),
    NoPublishedRun: Problem(
        503,
        "Nothing is published yet",
        "This installation has no published run.",
        "Make one with 'vast run DIR' and serve it with 'vast serve'.",
        retry_after_s=30,
    ),
    BrokenRun: Problem(
        503,
        "The published run is incomplete",
        "A file of the published run is missing or damaged.",
        "Tell your administrator: 'vast rollback' serves an earlier run.",
        retry_after_s=30,
    ),
    NoIndex: Problem(
        503,
        "People cannot be searched in this run",
        "The search index of the published run is missing, or another version of VAST made it.",
        "Tell your administrator: 'vast run' and 'vast publish' make a new one. Everything else "
        "works.",
    ),
}

_BY_STATUS: Final[dict[int, Problem]] = {
    400: Problem(
        400,
        "The request was not understood",
        "Something in the address or the form has a form that this page does not know.",
        "Go back, correct it, and send it again.",
    ),
    401: Problem(
        401, "Sign in first", "This needs an account.", "Sign in and repeat what you did."
    ),
    403: Problem(
        403,
        "This is not open to your account",
        "Your role, or the purpose that you stated, does not include this page.",
        "If your work needs it, ask your administrator. Nothing was shown or recorded.",
    ),
    404: Problem(
        404,
        "Nothing is here",
        "There is no such page, or no such thing in your view of the data.",
        "Check the address, or search for what you need.",
    ),
    405: Problem(
        405,
        "That is not possible here",
        "This address does not take what was sent to it.",
        "Go back and use the page's own buttons.",
    ),
    410: Problem(
        410,
        "This has ended",
        "Nothing that this id stood for is in the data of your view any longer.",
        "Search for what you need.",
    ),
    413: Problem(
        413, "That is too long", "What was sent exceeds what this page takes.", "Shorten it."
    ),
    500: Problem(
        500,
        "Something went wrong",
        "The page could not be made. The fault is recorded without your data.",
        "Try again. If it happens again, tell your administrator what you were doing.",
    ),
}

_NOT_FOR_REVIEW: Final = Problem(
    403,
    "This is not open to your account",
    "Whoever reviews sees the records that a decision is about and what it would change, not "
    "whole persons, cases or networks: those are opened for an investigation or a case.",
    "Review shows both persons of a pair, with all their records. Nothing was shown or recorded.",
)

FORM_EXPIRED: Final = Problem(
    400,
    "This form has expired",
    "It was open for too long, or you signed in or out meanwhile. Nothing was changed.",
    "Open the page again and send the form once more.",
)


def register(app: Flask) -> None:
    """Answer every error of the application with a page or problem details."""
    for error in _BY_ERROR:
        app.register_error_handler(error, _known)
    app.register_error_handler(CSRFError, lambda _: answer(FORM_EXPIRED))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def answer(problem: Problem, **more: Any) -> Response:
    """The problem as the kind of answer that the request wants."""
    if request.path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "detail": f"{problem.detail} {problem.advice}",
        } | more
        response = Response(json.dumps(body), content_type="application/problem+json")
    else:
        response = Response(render_template("problem.html", problem=problem, **more))
    response.status_code = problem.status
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response


def _known(error: Exception) -> Response:
    LOG.warning("%s: %s", type(error).__name__, error)
    problem = next(p for kind, p in _BY_ERROR.items() if isinstance(error, kind))
    return answer(problem)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    if status == 403 and _reviews():
        return answer(_NOT_FOR_REVIEW)
    fallback = Problem(status, error.name, "The request was refused.", "Go back and try again.")
    return answer(_BY_STATUS.get(status, fallback))


def _reviews() -> bool:
    """True where the role may review: its pages are a part of what other roles see."""
    access = g.get("access")
    return access is not None and access.may(Permission.REVIEW)


def _unknown(error: Exception) -> Response:
    # The message of a foreign error may hold data: its type and place are enough to find it.
    trace = error.__traceback__
    place = "?"
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    LOG.error("%s at %s, %s %s", type(error).__name__, place, request.method, request.endpoint)
    return answer(_BY_STATUS[500])
