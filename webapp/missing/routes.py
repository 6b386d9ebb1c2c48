"""Routes of the missing-children pages.

Guarantees: a case, its child and its leads are written to the audit log before they are shown; a
typed description is searched and forgotten.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from flask import render_template, request
from werkzeug.exceptions import NotFound

from casework.description import EpisodeDescription
from casework.errors import DescriptionInvalid, EpisodeUnknown
from casework.search import LinkReport, child_of, find_links, rows
from casework.weights import load_weights
from ingest.contracts.localities import localities
from ingest.contracts.packs import PACKS, load_pack
from resolution.query import PersonQuery
from resolution.search import search
from sharing.audit import AuditEvent
from webapp.access import Permission, current, requires
from webapp.auditing import audited
from webapp.graph_access import reader
from webapp.missing import blueprint
from webapp.missing.form import SEXES, fill

PAGE_SIZE: Final = 50
KNOWN_CHILDREN: Final = 5
LAST_PAGE: Final = 1_000_000


@blueprint.get("")
@requires(Permission.SEE_MISSING)
def index() -> str:
    """Every episode that the view holds: open ones first."""
    only_open = request.args.get("open") == "1"
    locality_id = request.args.get("locality", "")
    if locality_id not in localities():
        locality_id = ""
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    graph = reader()
    found = list(
        rows(
            graph.run(
                "episodes",
                {
                    "only_open": only_open,
                    "locality_id": locality_id,
                    "skip": (page - 1) * PAGE_SIZE,
                    "limit": PAGE_SIZE + 1,
                },
            )
        )
    )
    counts = next(rows(graph.run("episode_counts", {"locality_id": locality_id})))
    shown = found[:PAGE_SIZE]
    audited(
        AuditEvent.MISSING_VIEWED,
        sorted({row["person_id"] for row in shown if row["person_id"]}),
        page="list",
    )
    return render_template(
        "missing/index.html",
        episodes=shown,
        counts=counts,
        only_open=only_open,
        locality_id=locality_id,
        localities=localities().values(),
        page_number=page,
        more=len(found) > PAGE_SIZE,
    )


@blueprint.get("/<episode_key>")
@requires(Permission.SEE_MISSING)
def case(episode_key: str) -> str:
    """One episode: what is known, other episodes of the child, and ranked links with reasons."""
    graph = reader()
    try:
        found = child_of(graph, episode_key)
    except EpisodeUnknown as error:
        raise NotFound(str(error)) from None
    child = found["child"]["properties"] if found["child"] else {}
    person_ids = [found["child"]["key"]] if found["child"] else []
    audited(AuditEvent.MISSING_VIEWED, person_ids, page="case", episode=episode_key)
    try:
        description: EpisodeDescription | None = describe(episode_key, found)
    except DescriptionInvalid:
        description = None
    report = _search(description) if description else None
    if report:
        audited(AuditEvent.LINK_SEARCH, _people_in(report), source="episode")
    episodes = list(rows(graph.run("episodes_of_persons", {"person_ids": person_ids})))
    return render_template(
        "missing/case.html",
        episode=found["episode"]["properties"],
        child=child,
        found=found,
        description=description,
        report=report,
        episodes=episodes,
        as_of=_as_of(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.SEE_MISSING)
def new() -> tuple[str, int] | str:
    """Search at once for a child who was just reported."""
    if request.method == "GET":
        return _form_page({}, {})
    filled = fill(request.form, datetime.now(UTC).date())
    if filled.description is None:
        return _form_page(filled.typed, filled.faults), 422
    report = _search(filled.description)
    known = _known_children(filled.description)
    seen = sorted({*_people_in(report), *(child["hit"].person_id for child in known)})
    audited(AuditEvent.LINK_SEARCH, seen, source="typed")
    return render_template(
        "missing/typed.html",
        description=filled.description,
        report=report,
        typed=filled.typed,
        known=known,
        as_of=_as_of(),
    )


def _form_page(typed: dict[str, str], faults: dict[str, str]) -> str:
    return render_template(
        "missing/new.html",
        typed=typed,
        faults=faults,
        sexes=SEXES,
        localities=localities().values(),
    )


def describe(episode_key: str, found: dict[str, Any]) -> EpisodeDescription:
    """A feed's episode as a description of what the view shows of it."""
    episode = found["episode"]["properties"]
    child = found["child"]["properties"] if found["child"] else {}
    born = child.get("birth_date")
    ended = episode.get("found_on")
    return EpisodeDescription(
        missing_from_on=date.fromisoformat(episode["missing_from_on"]),
        episode_key=episode_key,
        case_number=episode.get("case_number"),
        given_name=child.get("given_name"),
        surname=child.get("surname"),
        birth_date=date.fromisoformat(born) if born else None,
        birth_year=child.get("birth_year"),
        age_years=episode.get("age_at_entry_years"),
        sex=child.get("sex"),
        found_on=date.fromisoformat(ended) if ended else None,
        last_seen_locality_id=found["last_seen"]["key"] if found["last_seen"] else None,
        person_ids=(found["child"]["key"],) if found["child"] else (),
    )


def _known_children(description: EpisodeDescription) -> list[dict[str, Any]]:
    """Persons of the view who may be the child, best first, each with its episodes."""
    asked = PersonQuery(
        name=description.full_name or None,
        birth_date=description.birth_date,
        birth_year=description.birth_year,
        age=None if description.birth_date else description.age_years,
        age_on=description.missing_from_on,
        sex=description.sex,
        phone=description.phones[0] if description.phones else None,
        plate=description.plates[0] if description.plates else None,
        handle=description.handles[0] if description.handles else None,
    )
    hits = search(current().open_view.folder, asked, KNOWN_CHILDREN)
    hits = [hit for hit in hits if hit.match_weight > 0]
    if not hits:
        return []
    found = reader().run("episodes_of_persons", {"person_ids": [hit.person_id for hit in hits]})
    episodes = list(rows(found))
    return [
        {"hit": hit, "episodes": [row for row in episodes if row["person_id"] == hit.person_id]}
        for hit in hits
    ]


def _search(description: EpisodeDescription) -> LinkReport:
    settings = current().settings
    return find_links(
        description,
        current().open_view.folder,
        reader(),
        load_pack(settings.pack),
        load_weights(PACKS / settings.pack),
        as_of=_as_of(),
    )


def _as_of() -> date:
    """The day that the view's run speaks of: its newest delivery, else the day it was made."""
    manifest = current().open_view.manifest
    told = [delivery.as_of for delivery in manifest.deliveries if delivery.as_of]
    return max((date.fromisoformat(day[:10]) for day in told), default=manifest.created_at.date())


def _people_in(report: LinkReport) -> list[str]:
    return sorted(
        {item.person_id for lead in report.leads for item in lead.evidence if item.person_id}
    )
