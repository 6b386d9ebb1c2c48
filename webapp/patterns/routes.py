"""Routes of the patterns: the library, one pattern with its form and answer, the table as CSV.

Guarantees: a user sees and runs only the patterns of the own role; what an answer names is written
to the audit log before it is shown; running one is a GET, so that it can be sent to a colleague,
who must hold the role and state a purpose too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Response, abort, render_template, request, url_for

from graph.errors import BadParameter, QueryFailed, QueryTimeout
from graph.queries import Query, Rendering, load_library
from ingest.contracts.localities import localities
from ingest.contracts.packs import load_pack
from sharing.audit import AuditEvent
from webapp.access import Permission, current, requires
from webapp.auditing import audited
from webapp.graph_access import reader
from webapp.patterns import blueprint
from webapp.patterns.absent import absent_from
from webapp.patterns.answer import (
    asked,
    graph_of,
    persons_in,
    table_of,
    told,
    written,
)
from webapp.spreadsheet import csv_download

if TYPE_CHECKING:
    from graph.contracts import Result

GROUP: Final = "patterns"
RUN: Final = "run"
"""The hidden field that a sent form carries: without it the page only shows the form."""

_FAULT_STATUS: Final[dict[type[Exception], int]] = {
    QueryTimeout: 504,
    QueryFailed: 502,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer, in words, and the page's status. ``field``: the one at fault."""

    heading: str
    text: str
    status: int
    field: str | None = None


_HEADINGS: Final[dict[type[Exception], str]] = {
    BadParameter: "A field is not filled in as it must be",
    QueryTimeout: "The question took too long",
    QueryFailed: "The graph refused the question",
}


@blueprint.get("")
@requires(Permission.RUN_PATTERNS)
def index() -> str:
    """The library for the user's role."""
    return render_template("patterns/index.html", patterns=_library(current().role))


@blueprint.get("/<name>")
@requires(Permission.RUN_PATTERNS)
def pattern(name: str) -> tuple[str, int]:
    """One pattern: its form, and its answer once the form was sent."""
    query = _query(name)
    given = asked(query, request.args)
    result: Result | None = None
    fault: Fault | None = None
    if RUN in request.args:
        result, fault = _answer(query, given)
    if result is not None:
        _on_record(query, given, result)
    return _page(query, given, result, fault), fault.status if fault else 200


@blueprint.get("/<name>/table.csv")
@requires(Permission.RUN_PATTERNS)
def download(name: str) -> Response | tuple[str, int]:
    """The answer's table as CSV; the page with the fault where there is none."""
    query = _query(name)
    given = asked(query, request.args)
    result, fault = _answer(query, given)
    if result is None or fault is not None:
        return _page(query, given, None, fault), fault.status if fault else 500
    table = table_of(query, result)
    _on_record(query, given, result)
    audited(
        AuditEvent.EXPORT,
        persons_in(query, result),
        what=query.name,
        format="csv",
        rows=len(table.rows),
    )
    run_id = current().open_view.folder.run_id
    return csv_download(f"{query.name}-{run_id}", table.columns, table.rows)


def _library(role: str) -> list[Query]:
    return [
        query for query in load_library().values() if query.group == GROUP and query.allows(role)
    ]


def _query(name: str) -> Query:
    """The pattern, where the user's role has it; 404 for any other name."""
    query = load_library().get(name)
    if query is None or query.group != GROUP or not query.allows(current().role):
        abort(404)
    return query


def _answer(query: Query, given: dict[str, Any]) -> tuple[Result | None, Fault | None]:
    try:
        return reader().run(query.name, given), None
    except BadParameter as error:
        labels = {item.name: item.label for item in query.parameters}
        text = f"{labels.get(error.parameter or '', query.name)}: expected {error.expected}."
        return None, Fault(_HEADINGS[BadParameter], text, 422, error.parameter)
    except (QueryTimeout, QueryFailed) as error:
        kind = type(error)
        return None, Fault(_HEADINGS[kind], str(error), _FAULT_STATUS[kind])


def _on_record(query: Query, given: dict[str, Any], result: Result) -> None:
    audited(
        AuditEvent.PATTERN_RUN,
        persons_in(query, result),
        pattern=query.name,
        parameters=told(given),
        rows=len(result.rows),
    )


def _page(query: Query, given: dict[str, Any], result: Result | None, fault: Fault | None) -> str:
    drawn = query.rendering is Rendering.GRAPH and result is not None
    return render_template(
        "patterns/pattern.html",
        pattern=query,
        values={
            item.name: given.get(item.name, written(item.default)) for item in query.parameters
        },
        fault=fault,
        absent=absent_from(current().open_view.manifest, query),
        table=None if result is None else table_of(query, result),
        graph=graph_of(result) if drawn and result is not None else None,
        download=url_for("patterns.download", name=query.name, **given),
        localities=localities().values(),
        categories=load_pack(current().settings.pack).categories,
        pages={
            "Person": "/persons/" if current().may(Permission.SEE_PERSONS) else None,
            "MissingEpisode": "/missing/" if current().may(Permission.SEE_MISSING) else None,
        },
        run_field=RUN,
    )
