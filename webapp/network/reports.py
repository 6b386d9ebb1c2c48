"""The reports of an incident and why they are taken for one, from the view's own tables.

Guarantees: only the view's own tables are read; a pair's bars sum to its match weight, with what
rests on values that the view does not show as one bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.tables import AGENCY, INCIDENT, LOCATION, OFFENSE
from resolution.contracts import INCIDENT_LINK, INCIDENT_MEMBERSHIP
from runs.duck import connect, rows_as_dicts
from runs.schema import read_table
from webapp.heirs import INCIDENTS, heirs_of
from webapp.persons.evidence import Bar, bars_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import duckdb

    from runs.home import ViewFolder

MOST_REPORTS: Final = 100

_REPORTS: Final = """
SELECT incident_key, i.feed, i.agency_id, coalesce(agency.name, i.agency_id) AS agency, i.kind,
    incident_number, occurred_on::VARCHAR AS occurred_on, occurred_hour, date_is_report,
    reported_on::VARCHAR AS reported_on, i.locality_id,
    coalesce(location.name, location.address_line) AS place, codes, i.summary,
    match_probability, match_weight
FROM incident_membership JOIN incident AS i USING (incident_key)
LEFT JOIN (SELECT agency_id_of, any_value(name ORDER BY name) AS name FROM agency GROUP BY ALL)
    AS agency ON agency.agency_id_of = i.agency_id
LEFT JOIN location ON location.location_key = i.location_key
LEFT JOIN (SELECT incident_key, list_sort(list(DISTINCT offense_code)) AS codes
    FROM offense GROUP BY incident_key) AS offense USING (incident_key)
WHERE incident_id = $incident_id OR incident_key IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY i.feed, i.agency_id, incident_key
LIMIT $most
"""
_LINKS: Final = """
SELECT k.incident_key_l, k.incident_key_r, k.match_weight, k.match_probability, k.same_incident,
    k.waterfall, l.incident_id AS incident_l, r.incident_id AS incident_r
FROM incident_link AS k
JOIN incident_membership AS l ON l.incident_key = k.incident_key_l
JOIN incident_membership AS r ON r.incident_key = k.incident_key_r
WHERE l.incident_id = $incident_id OR r.incident_id = $incident_id
ORDER BY NOT k.same_incident, k.match_weight DESC, k.incident_key_l, k.incident_key_r
LIMIT $most
"""
_NAMES: Final = """
SELECT incident_key, incident_id, coalesce(agency.name, i.agency_id, 'an agency') AS agency,
    incident_number AS number, feed
FROM incident AS i JOIN incident_membership USING (incident_key)
LEFT JOIN (SELECT agency_id_of, any_value(name ORDER BY name) AS name FROM agency GROUP BY ALL)
    AS agency ON agency.agency_id_of = i.agency_id
WHERE incident_key IN (SELECT unnest($keys::VARCHAR[]))
"""
_INCIDENT_OF: Final = "SELECT incident_id FROM incident_membership WHERE incident_key = $key"


@dataclass(frozen=True, slots=True)
class ReportPair:
    """Two reports that were compared, by key and by agency and number; ``same``: both ended in one
    incident. ``other_incident``: that of the one which is not of the incident in question."""

    keys: tuple[str, str]
    names: tuple[str, str]
    weight: float
    probability: float
    same: bool
    other_incident: str | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class IncidentReports:
    """``reports``: rows of incident, as shown. ``pairs``: joined ones first, then doubtful ones."""

    reports: tuple[dict[str, Any], ...]
    pairs: tuple[ReportPair, ...]


def reports_of(folder: ViewFolder, incident_id: str) -> IncidentReports | None:
    """None where the view has no incident of that id today."""
    given = {"incident_id": incident_id, "most": MOST_REPORTS}
    with _tables(folder) as con:
        reports = rows_as_dicts(con, _REPORTS, {**given, "keys": []})
        links = rows_as_dicts(con, _LINKS, given)
        ends = {row[end] for row in links for end in ("incident_key_l", "incident_key_r")}
        named = _named(con, ends)
    if not reports:
        return None
    pairs = tuple(_pair(row, incident_id, named) for row in links)
    return IncidentReports(tuple(reports), pairs)


def report_rows(folder: ViewFolder, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Rows of incident, as shown, by key."""
    given: dict[str, Any] = {"incident_id": "", "keys": sorted(keys), "most": len(keys)}
    with _tables(folder) as con:
        return {row["incident_key"]: row for row in rows_as_dicts(con, _REPORTS, given)}


@dataclass(frozen=True, slots=True)
class ReportName:
    """What a page calls a report, and whose incident it is of."""

    name: str
    incident_id: str


def report_names(folder: ViewFolder, keys: Collection[str]) -> dict[str, ReportName]:
    """Agency and number of each of these reports that the view holds, by key."""
    with _tables(folder) as con:
        return _named(con, keys)


def _named(con: duckdb.DuckDBPyConnection, keys: Collection[str]) -> dict[str, ReportName]:
    return {
        row["incident_key"]: ReportName(
            f"{row['agency']} {row['number'] or 'without a number'}", row["incident_id"]
        )
        for row in rows_as_dicts(con, _NAMES, {"keys": sorted(keys)})
    }


def living_incidents(folder: ViewFolder, lineage: Path, old: str) -> tuple[str, ...] | None:
    """Today's incidents to which an old id, or a report's key, leads; see webapp.heirs.heirs_of."""
    with _tables(folder) as con:
        reported = rows_as_dicts(con, _INCIDENT_OF, {"key": old})
    if reported:
        return tuple(row["incident_id"] for row in reported)
    return heirs_of(INCIDENTS, folder, lineage, old)


def _pair(row: dict[str, Any], incident_id: str, named: dict[str, ReportName]) -> ReportPair:
    ends = (row["incident_l"], row["incident_r"])
    keys = (row["incident_key_l"], row["incident_key_r"])
    return ReportPair(
        keys=keys,
        names=(named[keys[0]].name, named[keys[1]].name),
        weight=row["match_weight"],
        probability=row["match_probability"],
        same=row["same_incident"],
        other_incident=next((end for end in ends if end != incident_id), None),
        bars=bars_of(row["waterfall"] or ()),
    )


def _tables(folder: ViewFolder) -> duckdb.DuckDBPyConnection:
    con = connect(threads=2, memory_limit_gb=1)
    for table in (INCIDENT_MEMBERSHIP, INCIDENT_LINK):
        read_table(con, table, folder.persons).create_view(table.name)
    for table in (INCIDENT, AGENCY, LOCATION, OFFENSE):
        read_table(con, table, folder.records).create_view(table.name)
    return con
