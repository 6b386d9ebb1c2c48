"""Routes of the person page.

Guarantees: the look is on record before anything is shown; an id that was replaced answers with
what replaced it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import abort, render_template

from resolution.counterfactual import MOST_RECORDS
from resolution.review import pair_name
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.consequences import facts_of
from webapp.graph_access import ask
from webapp.heirs import PERSONS, heirs_of
from webapp.labels import role
from webapp.page import day
from webapp.persons import blueprint, waterfall
from webapp.persons.contradictions import contradictions
from webapp.persons.decided import told_decisions
from webapp.persons.drawing import drawing_of
from webapp.persons.evidence import evidence_of
from webapp.persons.explained import explained

if TYPE_CHECKING:
    from webapp.persons.drawing import Drawing
    from webapp.persons.evidence import Evidence, Link


@dataclass(frozen=True, slots=True)
class AgencyRecords:
    """The records of one agency, and what the graph tells of each."""

    agency_id: str
    name: str
    feed: str
    records: tuple[dict[str, Any], ...]


@blueprint.get("/persons/<person_id>", endpoint="page")
@requires(Permission.SEE_PERSONS)
def page(person_id: str) -> Any:
    """One person, or what became of the id."""
    folder = current().open_view.folder
    evidence = evidence_of(folder, person_id)
    if evidence is None:
        return _old_id(person_id)
    found = ask("person", person_id=person_id)
    person = found[0]["person"]["properties"] if found else {}
    sections = {
        name: ask(query, person_id=person_id)
        for name, query in (
            ("records", "person_records"),
            ("incidents", "incidents_of_person"),
            ("arrests", "person_arrests"),
            ("episodes", "person_episodes"),
            ("placements", "person_placements"),
            ("contacts", "person_contact_points"),
            ("ties", "person_ties"),
        )
    }
    shown = {person_id} | {link.other_person(person_id) for link in evidence.outside}
    shown |= {tie["other_id"] for tie in sections["ties"]}
    shown |= {o["person_id"] for row in sections["incidents"] for o in row["others"]}
    shown |= {o["person_id"] for row in sections["contacts"] for o in row["others"]}
    audited(AuditEvent.PERSON_VIEWED, [person_id, *sorted(shown - {person_id})], page="person")
    numbers = {row["record_key"]: place for place, row in enumerate(evidence.records, 1)}
    facts = facts_of(folder, numbers)
    return render_template(
        "persons/page.html",
        person_id=person_id,
        person=person,
        name=person.get("display_name") or f"Person {person_id}",
        evidence=evidence,
        agencies=_by_agency(evidence, sections["records"]),
        numbers=numbers,
        holding=[_shown(link, person_id, numbers) for link in evidence.holding],
        others=[_shown(link, person_id, numbers) for link in evidence.inside],
        doubtful=[_shown(link, person_id, numbers) for link in evidence.outside],
        chart=waterfall.specification(),
        explained=explained(folder, person_id, evidence.holding),
        decided=told_decisions(folder, person_id, numbers),
        most_records=MOST_RECORDS,
        against=contradictions(
            folder, evidence.records, [*evidence.holding, *evidence.inside], facts
        ),
        drawing=_drawing(evidence, sections["records"], numbers),
        **{name: rows for name, rows in sections.items() if name != "records"},
    )


def _old_id(person_id: str) -> Any:
    access = current()
    heirs = heirs_of(PERSONS, access.open_view.folder, access.lineage, person_id)
    if heirs is None:
        abort(404)
    audited(AuditEvent.PERSON_VIEWED, [person_id, *heirs], page="retired id")
    people = [
        {"person_id": heir, "person": found[0]["person"]["properties"] if found else {}}
        for heir in heirs
        for found in [ask("person", person_id=heir)]
    ]
    return render_template("persons/replaced.html", person_id=person_id, people=people), 410


def _drawing(
    evidence: Evidence, told: list[dict[str, Any]], numbers: dict[str, int]
) -> Drawing | None:
    names = {row["record"]["key"]: row.get("agency_name") for row in told}
    agencies = {
        row["record_key"]: names.get(row["record_key"]) or str(row["agency_id"])
        for row in evidence.records
    }
    words = {
        row["record_key"]: f"record {numbers[row['record_key']]}: {role(row['role']).lower()}, "
        f"{day(row['observed_on'])}, {agencies[row['record_key']]}"
        for row in evidence.records
    }
    return drawing_of(numbers, agencies, words, evidence.holding, evidence.inside)


def _by_agency(evidence: Evidence, told: list[dict[str, Any]]) -> list[AgencyRecords]:
    known = {row["record"]["key"]: row for row in told}
    made: list[AgencyRecords] = []
    for agency_id, rows in groupby(evidence.records, lambda row: row["agency_id"]):
        records = tuple(row | {"told": known.get(row["record_key"], {})} for row in rows)
        name = records[0]["told"].get("agency_name") or agency_id
        made.append(AgencyRecords(agency_id, name, records[0]["feed"], records))
    return made


def _shown(link: Link, person_id: str, numbers: dict[str, int]) -> dict[str, Any]:
    ours, theirs = link.record_key_l, link.record_key_r
    if ours not in numbers:
        ours, theirs = theirs, ours
    if theirs in numbers and numbers[theirs] < numbers[ours]:
        ours, theirs = theirs, ours
    return {
        "id": f"link-{ours[:12]}-{theirs[:12]}",
        "ours": numbers.get(ours),
        "theirs": numbers.get(theirs),
        "other_person": link.other_person(person_id),
        "link": link,
        "review_pair": pair_name(ours, theirs) if current().may(Permission.REVIEW) else None,
        "rows": waterfall.rows(link),
    }
