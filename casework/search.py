"""Link search: the incidents and tips that may be tied to a missing child, each with its reasons.

Guarantees: everything comes from one view's folder and graph; a lead's weight is the sum of its
counted evidence; what contradicts lowers it and is shown; the same input gives the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from casework.errors import EpisodeUnknown
from casework.evidence import Evidence, EvidenceKind, Lead, once_counted, records_that_count
from casework.place_time import circumstances
from casework.usual import usual_shares
from casework.weights import ratio_weight
from resolution.query import PersonQuery
from resolution.search import SearchHit
from resolution.search import search as search_persons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from casework.description import EpisodeDescription
    from casework.weights import Weights
    from graph.contracts import Result
    from ingest.contracts.packs import Pack
    from runs.home import ViewFolder

IDENTITY_FLOOR: Final = 0.0
IDENTITY_HITS: Final = 15
SURE_WEIGHT: Final = 12.0

ROLE_TEXTS: Final = {
    "VICTIM_IN": "a victim",
    "OFFENDER_IN": "an offender",
    "ARRESTED_IN": "arrested",
    "SUBJECT_OF": "named",
}
CONTACT_TEXTS: Final = {
    "phone": "phone",
    "vehicle": "vehicle",
    "handle": "online handle",
    "email": "e-mail address",
    "address": "address",
}


class Graph(Protocol):
    """What link search needs of graph.reader.GraphReader."""

    def run(self, name: str, params: Mapping[str, Any]) -> Result: ...


@dataclass(frozen=True, slots=True)
class LinkReport:
    """The leads of one episode, strongest first; ``considered`` counts the incidents scored."""

    leads: tuple[Lead, ...]
    considered: int
    from_on: date
    to_on: date


def rows(result: Result) -> Iterator[dict[str, Any]]:
    """A result's rows by column name."""
    return (dict(zip(result.columns, row, strict=True)) for row in result.rows)


def find_links(
    description: EpisodeDescription,
    folder: ViewFolder,
    graph: Graph,
    pack: Pack,
    weights: Weights,
    *,
    as_of: date,
) -> LinkReport:
    """Search one view for what may be tied to an episode.

    Raises GraphUnavailable where the graph does not answer.
    """
    finish = description.ends_on(weights, as_of)
    from_on = description.missing_from_on - timedelta(days=weights.window_before_days)
    # Nothing is recorded of the days after the newest delivery.
    to_on = min(finish + timedelta(days=weights.window_after_days), max(finish, as_of))
    window = {"from_on": from_on.isoformat(), "to_on": to_on.isoformat()}

    evidence: dict[str, list[Evidence]] = defaultdict(list)
    own = list(description.person_ids)
    _add_own(evidence, graph, own, window, weights)
    _add_identity(evidence, graph, description, folder, window, weights)
    _add_contacts(evidence, graph, description, own, window, weights)
    _add_associates(evidence, graph, own, window, weights)
    for row in rows(
        graph.run(
            "incidents_in_window",
            {**window, "categories": sorted(weights.categories), "limit": weights.candidates},
        )
    ):
        evidence.setdefault(row["incident_key"], [])

    usual = usual_shares(
        folder,
        pack,
        weights,
        last_seen=description.last_seen_locality_id,
        begin=description.missing_from_on,
        finish=finish,
    )
    leads = []
    for details in rows(graph.run("incident_details", {"incident_keys": sorted(evidence)})):
        items = [
            *evidence[details["incident_key"]],
            *circumstances(details, description, finish, usual, weights),
        ]
        leads.append(_lead(details, once_counted(items)))
    leads.sort(key=lambda lead: (-lead.weight, lead.incident_key))
    worth = tuple(lead for lead in leads if lead.worth_showing)[: weights.leads]
    return LinkReport(worth, len(leads), from_on, to_on)


def child_of(graph: Graph, episode_key: str) -> dict[str, Any]:
    """The episode, its child and its places as the view holds them.

    Raises EpisodeUnknown where the view has no such episode.
    """
    found = next(rows(graph.run("episode", {"episode_key": episode_key})), None)
    if found is None:
        raise EpisodeUnknown(
            "this view holds no episode of that key; it may have been withdrawn, "
            "or its agency no longer shares it"
        )
    return found


def _add_own(
    evidence: dict[str, list[Evidence]],
    graph: Graph,
    own: list[str],
    window: dict[str, str],
    weights: Weights,
) -> None:
    if not own:
        return
    for row in rows(graph.run("person_incidents", {"person_ids": own, **window})):
        weakest = row["weakest_weight"]
        evidence[row["incident_key"]].append(
            Evidence(
                EvidenceKind.IDENTITY,
                f"The child is recorded as {ROLE_TEXTS[row['role']]} in it"
                + (f" (weakest record link {weakest:+.1f})" if weakest is not None else ""),
                weights.clamp(weakest if weakest is not None else SURE_WEIGHT),
                frozenset(row["record_keys"]),
                row["person_id"],
            )
        )


def _add_identity(
    evidence: dict[str, list[Evidence]],
    graph: Graph,
    description: EpisodeDescription,
    folder: ViewFolder,
    window: dict[str, str],
    weights: Weights,
) -> None:
    hits: dict[str, SearchHit] = {}
    for name in filter(None, (description.full_name, *description.aliases)):
        query = PersonQuery(
            name=name,
            birth_date=description.birth_date,
            birth_year=description.birth_year,
            sex=description.sex,
        )
        for hit in search_persons(folder, query, limit=IDENTITY_HITS):
            known = hits.get(hit.person_id)
            if (
                hit.match_weight > IDENTITY_FLOOR
                and hit.person_id not in description.person_ids
                and (known is None or known.match_weight < hit.match_weight)
            ):
                hits[hit.person_id] = hit
    if not hits:
        return
    for row in rows(graph.run("person_incidents", {"person_ids": sorted(hits), **window})):
        hit = hits[row["person_id"]]
        evidence[row["incident_key"]].append(
            Evidence(
                EvidenceKind.IDENTITY,
                f"{hit.display_name or hit.person_id}, {ROLE_TEXTS[row['role']]} in it, may be the "
                f"same child (match weight {hit.match_weight:+.1f}): {'; '.join(hit.reasons)}",
                weights.clamp(hit.match_weight),
                frozenset(row["record_keys"]),
                row["person_id"],
            )
        )


def _add_contacts(
    evidence: dict[str, list[Evidence]],
    graph: Graph,
    description: EpisodeDescription,
    own: list[str],
    window: dict[str, str],
    weights: Weights,
) -> None:
    keys = set(_own_contacts(graph, description))
    typed = [*description.phones, *description.plates, *description.handles]
    if typed:
        keys |= {
            row["contact_point_key"]
            for row in rows(graph.run("contact_points_named", {"values": typed}))
        }
    if not keys:
        return
    for row in rows(
        graph.run(
            "contact_incidents", {"contact_point_keys": sorted(keys), "child_ids": own, **window}
        )
    ):
        users = max(int(row["users"]), 1)
        if users > weights.contact_common_above:
            continue
        # The rarer the contact point, the more it says; half where it is incomplete as recorded.
        weight = ratio_weight(1.0, users / 1000)
        weight = weights.clamp(weight / 2 if row["partial"] else weight)
        kind = CONTACT_TEXTS.get(row["kind"], row["kind"])
        records = frozenset(row["record_keys"])
        if row["via_person_id"] is None:
            text = f"It names the {kind} {row['value']}, which the child used"
            # The child's own record in the incident is what names it: the same evidence again.
            records = records_that_count(
                item
                for item in evidence[row["incident_key"]]
                if item.person_id in own and not item.contradicts
            )
        else:
            who = row["via_name"] or row["via_person_id"]
            text = (
                f"{who}, {ROLE_TEXTS[row['role']]} in it, used the same {kind} "
                f"{row['value']} as the child"
            )
            weight -= 2.0
        text += f" ({users} known {'user' if users == 1 else 'users'})"
        evidence[row["incident_key"]].append(
            Evidence(
                EvidenceKind.CONTACT,
                text,
                weight,
                records,
                row["via_person_id"],
                row["contact_point_key"],
            )
        )


def _own_contacts(graph: Graph, description: EpisodeDescription) -> Iterable[str]:
    if description.episode_key is None:
        return ()
    found: list[str] = child_of(graph, description.episode_key)["contact_points"]
    return found


def _add_associates(
    evidence: dict[str, list[Evidence]],
    graph: Graph,
    own: list[str],
    window: dict[str, str],
    weights: Weights,
) -> None:
    if not own:
        return
    for row in rows(graph.run("associate_incidents", {"person_ids": own, **window})):
        # Somebody who is in many incidents anyway says less.
        weight = weights.clamp(6.0 - ratio_weight(row["incidents_of_associate"], 1.0))
        if weight <= 0:
            continue
        who = row["associate_name"] or row["associate_id"]
        evidence[row["incident_key"]].append(
            Evidence(
                EvidenceKind.NETWORK,
                f"{who}, {ROLE_TEXTS[row['role']]} in it, was in {row['shared_incidents']} other "
                f"incident{'s' if row['shared_incidents'] != 1 else ''} with the child",
                weight,
                frozenset(row["record_keys"]),
                row["associate_id"],
            )
        )


def _lead(details: dict[str, Any], evidence: tuple[Evidence, ...]) -> Lead:
    return Lead(
        incident_key=details["incident_key"],
        kind=details["kind"] or "incident",
        incident_number=details["incident_number"],
        occurred_on=details["occurred_on"],
        locality_id=details["locality_id"],
        location_name=details["location_name"],
        categories=tuple(details["categories"] or ()),
        summary=details["summary"],
        evidence=evidence,
        reports=tuple(details["reports"] or ()),
    )
