"""Routes of the network page and its JSON.

Guarantees: whoever is in an answer is on record before the answer; an address holds only ids of
the view, so that it can be shared with colleagues and tells others nothing.
"""

from __future__ import annotations

from typing import Any

from flask import abort, jsonify, redirect, render_template, request, url_for

from ingest.contracts.codes import CodeList
from ingest.contracts.codes import label as code_label
from webapp.access import Permission, current, requires
from webapp.auditing import AuditEvent, audited
from webapp.graph_access import ask
from webapp.heirs import PERSONS, heirs_of, today_of
from webapp.labels import SEXES, locality
from webapp.network import blueprint
from webapp.network.around import CAP, MAX_OPENED, OPEN_LIMIT, Around, around, node_name
from webapp.network.records import MAX_RECORDS, records_of
from webapp.network.reports import living_incidents, reports_of

_CODED = {
    "race": CodeList.RACE,
    "ethnicity": CodeList.ETHNICITY,
    "location_code": CodeList.LOCATION,
    "drug_code": CodeList.DRUG,
    "offense_code": CodeList.OFFENSE,
    "arrest_type": CodeList.ARREST_TYPE,
    "measure_code": CodeList.DRUG_MEASURE,
}
_IMPLIED = (
    ("given_name", "display_name"),
    ("surname", "display_name"),
    ("birth_year", "birth_date"),
)
"""Properties that say nothing more where the second is recorded."""


@blueprint.get("/network", endpoint="page")
@requires(Permission.SEE_PERSONS)
def page() -> Any:
    """The canvas around ``start``; ``open`` names further nodes whose surroundings are shown."""
    start = request.args.get("start", "")
    if not start:
        return render_template("network/start.html")
    names = _named([start, *request.args.getlist("open")])
    # A locality or agency ties everything to everything: its second hop tells nothing.
    wide = start.startswith(("Locality:", "Agency:"))
    hops = 1 if wide or request.args.get("hops") == "1" else 2
    found = around(names, hops)
    if not any(f"{node['label']}:{node['key']}" == start for node in found.nodes):
        return redirect(url_for("network.page", start=_start_today(start)))
    _record(found, "open", hops)
    return render_template(
        "network/page.html",
        start=start,
        opened=names[1:],
        hidden=request.args.getlist("hide"),
        hops=hops,
        around=found,
        limits={"open": OPEN_LIMIT, "cap": CAP, "opened": MAX_OPENED},
    )


def _start_today(start: str) -> str:
    """The node in whose place an incident's or person's id stood that lives no more."""
    label, _, key = start.partition(":")
    access = current()
    folder = access.open_view.folder
    heirs = None
    if label == "Incident":
        heirs = living_incidents(folder, access.lineage, key)
    elif label == "Person":
        heirs = heirs_of(PERSONS, folder, access.lineage, key)
    living = today_of(heirs)
    # It lives and is not in the graph: to lead to it would never end.
    if living == key:
        abort(404)
    return f"{label}:{living}"


@blueprint.get("/network/incidents/<incident_key>", endpoint="incident")
@requires(Permission.SEE_PERSONS)
def incident(incident_key: str) -> Any:
    """The reports of one incident and why they are taken for one; an old id leads to today's."""
    folder = current().open_view.folder
    found = reports_of(folder, incident_key)
    if found is None:
        living = today_of(living_incidents(folder, current().lineage, incident_key))
        return redirect(url_for("network.incident", incident_key=living))
    audited(AuditEvent.NETWORK_VIEWED, [incident_key], page="incident", action="reports")
    return render_template("network/incident.html", incident_key=incident_key, found=found)


@blueprint.get("/api/network/around", endpoint="around")
@requires(Permission.SEE_PERSONS)
def around_json() -> Any:
    """The graph around each ``node``, one hop."""
    found = around(_named(request.args.getlist("node")), 1)
    if not found.nodes:
        abort(404)
    _record(found, "expand", 1)
    return jsonify(found.as_json())


@blueprint.get("/api/network/details", endpoint="details")
@requires(Permission.SEE_PERSONS)
def details() -> Any:
    """One node: its values in words, its ties counted, a person's records."""
    (name,) = _named([request.args.get("node", "")])
    label, _, key = name.partition(":")
    found = ask("node_details", label=label, key=key)
    if not found:
        abort(404)
    audited(AuditEvent.NETWORK_VIEWED, [key], action="details")
    node = found[0]["node"]
    folder = current().open_view.folder
    records = records_of(folder, person_id=key) if label == "Person" else []
    if label == "Record":
        records = records_of(folder, [key])
    return jsonify(
        {
            "node": node,
            "facts": _facts(node["properties"]),
            "ties": found[0]["ties"],
            "records": records,
        }
    )


@blueprint.get("/api/network/records", endpoint="records")
@requires(Permission.SEE_PERSONS)
def records() -> Any:
    """The records that a relationship names as its evidence (``record``, repeated)."""
    keys = request.args.getlist("record")
    if not keys or len(keys) > MAX_RECORDS:
        abort(400)
    found = records_of(current().open_view.folder, keys)
    if not found:
        abort(404)
    people = sorted({row["person_id"] for row in found})
    audited(AuditEvent.NETWORK_VIEWED, people, action="evidence")
    return jsonify({"records": found})


def _named(texts: list[str]) -> list[str]:
    names = list(dict.fromkeys(texts))
    if not names or len(names) > MAX_OPENED or any(node_name(name) is None for name in names):
        abort(400)
    return names


def _record(found: Around, action: str, hops: int) -> None:
    audited(AuditEvent.NETWORK_VIEWED, found.subjects, page="network", action=action, hops=hops)


def _facts(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """Values that are recorded, codes in words; what another value says already is left out."""
    told = {name for name, implied in _IMPLIED if properties.get(implied) not in (None, "")}
    return [
        {"name": name, "value": _worded(name, value)}
        for name, value in sorted(properties.items())
        if value not in (None, "", [])
        and name not in told
        and not name.endswith("_key")
        and name != "person_id"
    ]


def _worded(name: str, value: Any) -> Any:
    if name == "sex":
        return SEXES.get(str(value), value)
    if name == "locality_id":
        return locality(str(value))
    if name == "offense_codes":
        return [f"{code_label(CodeList.OFFENSE, code)} ({code})" for code in value]
    if name in _CODED:
        return f"{code_label(_CODED[name], str(value))} ({value})"
    return value
