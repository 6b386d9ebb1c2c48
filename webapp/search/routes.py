"""Routes of search.

Guarantees: what was asked and whom the answer names is on record before it is shown; the person
search needs no graph server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import redirect, render_template, request, url_for

from graph.errors import BadParameter
from ingest.contracts.localities import localities
from resolution.search import find, holds_names
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.graph_access import reader
from webapp.search import blueprint
from webapp.search.form import FIELDS, MAX_LENGTH, as_phone, read_person_form
from webapp.search.sealed import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 50
FAR_BEHIND: Final = 6.0
"""Bits behind the best beyond which a hit is folded away: it is sixty times less likely."""
FITS_BADLY: Final = -4.0
"""Match weight of the best hit below which the page says that nobody fits."""
SEXES: Final = (("", "Any"), ("F", "Female"), ("M", "Male"), ("X", "Another or unspecified"))


@dataclass(frozen=True, slots=True)
class WordSearch:
    """A full-text query of the library: the node that it returns, and that node's key."""

    query: str
    column: str
    key: str


WORD_SEARCHES: Final = (
    WordSearch("search_incidents", "incident", "incident_key"),
    WordSearch("search_places", "place", "location_key"),
    WordSearch("search_contact_points", "contact_point", "contact_point_key"),
    WordSearch("search_events", "event", "event_key"),
)


@blueprint.get("/search", endpoint="index")
@requires(Permission.SEE_PERSONS)
def index() -> Any:
    """The two forms; with ``q``, the answer to what was searched for."""
    typed = _unsealed("q")
    form = read_person_form(typed)
    words = typed.get("words", "")
    answer = None
    if form.query is not None:
        answer = find(current().open_view.folder, form.query, LIMIT)
        hits = answer.hits
        asked = {name: value for name, value in form.values.items() if value}
        audited(AuditEvent.SEARCH, [hit.person_id for hit in hits], query=asked, results=len(hits))
    things = _things(words) if words else None
    page = render_template(
        "search/index.html",
        form=form,
        words=words,
        answer=answer,
        no_names=not holds_names(current().open_view.folder),
        things=things,
        limit=LIMIT,
        far_behind=FAR_BEHIND,
        fits_badly=FITS_BADLY,
        sexes=SEXES,
        localities=localities().values(),
    )
    return (page, 400) if form.errors else page


@blueprint.post("/search", endpoint="ask")
@requires(Permission.SEE_PERSONS)
def ask() -> Any:
    """Take a form and lead to its answer, whose address tells nothing."""
    names = ("words",) if "words" in request.form else FIELDS
    typed = {name: request.form.get(name, "").strip()[:MAX_LENGTH] for name in names}
    filled = {name: value for name, value in typed.items() if value}
    if not filled:
        return redirect(url_for("search.index"))
    access = current()
    sealed = seal(filled, access.settings.cookie_key, access.account or "")
    answer = "things" if "words" in filled else "people"
    return redirect(url_for("search.index", q=sealed, _anchor=answer), code=303)


def _unsealed(name: str) -> dict[str, str]:
    access = current()
    text = request.args.get(name, "")
    return (unseal(text, access.settings.cookie_key, access.account or "") if text else None) or {}


def _things(words: str) -> dict[str, list[dict[str, Any]]]:
    graph = reader()
    phone = as_phone(words)
    wanted = phone or words
    role = current().role
    found: dict[str, list[dict[str, Any]]] = {}
    for one in WORD_SEARCHES:
        if graph.query(one.query).allows(role):
            found[one.column] = _nodes(graph.run, one, wanted)
    keys = [node["key"] for nodes in found.values() for node in nodes]
    audited(AuditEvent.SEARCH, keys, query={"words": words}, results=len(keys))
    return found


def _nodes(run: Callable[..., Any], one: WordSearch, words: str) -> list[dict[str, Any]]:
    try:
        result = run(one.query, {"words": words, "limit": LIMIT})
    except BadParameter:
        return []
    place = result.columns.index(one.column)
    return [row[place] for row in result.rows]
