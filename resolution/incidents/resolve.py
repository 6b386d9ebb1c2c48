"""One view's reports in, its incidents out.

Guarantees: the tables written are a function of the view's rows and persons, the model, the view's
key and the parent run: the same inputs give the same bytes, in any order of rows. Every report is
in exactly one incident; two reports of one source, or of different kinds, never are in one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.clustering import Constraints
from resolution.contracts import (
    INCIDENT_DECISION,
    INCIDENT_LINEAGE,
    INCIDENT_LINK,
    INCIDENT_MEMBERSHIP,
    MEMBERSHIP,
    RESOLVED_INCIDENT,
)
from resolution.errors import BadDecisions
from resolution.incidents.explain import explain_incidents
from resolution.incidents.find import find_incidents
from resolution.incidents.lineage import identify
from resolution.incidents.model import load_incident_model
from resolution.incidents.reports import make_reports, open_tables
from runs.duck import connect
from runs.schema import read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from resolution.progress import Progress
    from runs.home import ViewFolder


@dataclass(frozen=True, slots=True)
class IncidentSummary:
    """Counts of one view's incidents; keys that were too common to block on, by rule."""

    reports: int
    incidents: int
    candidate_pairs: int
    doubtful_pairs: int
    components_split: int
    keys_too_common: dict[str, int] = field(default_factory=dict)
    model: str = ""


_RESOLVED: Final = """
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT report.incident_key, report.iid, founder.incident_key AS cluster
FROM report JOIN report_label USING (iid) JOIN report AS founder ON founder.iid = report_label.label
"""

# A decision on reports of which the view lacks one does nothing, nor does one of two kinds.
_DECIDED: Final = """
SELECT least(l.iid, r.iid), greatest(l.iid, r.iid), verdict
FROM decided JOIN report AS l ON l.incident_key = incident_key_l
JOIN report AS r ON r.incident_key = incident_key_r
WHERE l.kind = r.kind ORDER BY ALL
"""

_LINK: Final = """
SELECT l.incident_key AS incident_key_l, r.incident_key AS incident_key_r, match_weight,
    1 / (1 + pow(2, -match_weight)) AS match_probability, same_incident,
    NOT same_incident AS doubtful, waterfall
FROM linked JOIN incident_explained USING (iid_l, iid_r)
JOIN report AS l ON l.iid = iid_l JOIN report AS r ON r.iid = iid_r
"""

_MEMBERSHIP: Final = """
WITH inside AS (
    SELECT iid_l AS iid, match_weight FROM linked WHERE same_incident
    UNION ALL SELECT iid_r, match_weight FROM linked WHERE same_incident
),
best AS (SELECT iid, max(match_weight) AS match_weight FROM inside GROUP BY iid)
SELECT incident_key, incident_id,
    coalesce(1 / (1 + pow(2, -match_weight)), 1.0) AS match_probability, match_weight
FROM resolved JOIN identified USING (cluster) LEFT JOIN best USING (iid)
"""

_INCIDENT: Final = """
SELECT incident_id, count(*)::INTEGER AS reports, min(match_weight) AS weakest_match_weight
FROM incident_member GROUP BY incident_id
"""


def resolve_incidents(
    match_dir: Path,
    folder: ViewFolder,
    lineage_dir: Path,
    view_key: bytes,
    run_id: str,
    *,
    shown: frozenset[str],
    by_year: frozenset[str],
    parent_run_id: str | None,
    scratch: Path,
    progress: Progress,
    decisions: Path | None = None,
) -> IncidentSummary:
    """Resolve ``match_dir``'s incidents and write four tables to ``folder.persons``, and the run's
    lineage. ``folder.persons`` must hold the view's persons.

    ``shown``: the columns, as table.column, whose values the view shows. ``by_year``: feeds whose
    incidents' days may be compared by the year only. ``parent_run_id``: the run whose incident ids
    are kept. ``decisions``: what people decided (contracts.INCIDENT_DECISION). Raises BadModel and
    BadDecisions.
    """
    model = load_incident_model()
    with connect(scratch) as con:
        open_tables(con, match_dir)
        read_table(con, MEMBERSHIP, folder.persons).create_view("membership")
        reports = make_reports(con, by_year)
        found = find_incidents(con, model, reports, progress, _decided(con, decisions))
        label = found.clusters.label
        con.register("report_label", pa.table({"iid": np.arange(reports), "label": label}))
        con.execute(_RESOLVED)
        con.unregister("report_label")
        scored = found.scored
        same = label[scored.left] == label[scored.right]
        chosen = same | (scored.weight >= model.thresholds.review)
        linked = pa.table(
            {
                "iid_l": scored.left[chosen],
                "iid_r": scored.right[chosen],
                "match_weight": scored.weight[chosen],
                "same_incident": same[chosen],
            }
        )
        con.register("linked", linked)
        explain_incidents(con, model, scored, chosen, shown)
        history = identify(con, view_key, lineage_dir, run_id, parent_run_id)
        con.sql(_MEMBERSHIP).create("incident_member")
        write_table(con.table("incident_member"), INCIDENT_MEMBERSHIP, folder.persons)
        incidents = write_table(con.sql(_INCIDENT), RESOLVED_INCIDENT, folder.persons)
        write_table(con.sql(_LINK), INCIDENT_LINK, folder.persons)
        write_table(history, INCIDENT_LINEAGE, folder.persons)
    doubtful = int((chosen & ~same).sum())
    if len(found.clusters.contradicted):
        progress(
            f"{len(found.clusters.contradicted)} decisions on reports were ruled out by others"
        )
    progress(f"{reports:,} reports are of {incidents:,} incidents, {doubtful:,} pairs in doubt")
    return IncidentSummary(
        reports=reports,
        incidents=incidents,
        candidate_pairs=found.candidates.pairs,
        doubtful_pairs=doubtful,
        components_split=found.components_split,
        keys_too_common=found.candidates.dropped,
        model=model.name,
    )


def _decided(con: duckdb.DuckDBPyConnection, decisions: Path | None) -> Constraints:
    """The decisions on reports that are here, by their numbers."""
    if decisions is None:
        return Constraints.none()
    try:
        con.read_parquet(str(decisions)).create_view("decided")
        rows = con.execute(_DECIDED).fetchall()
    except duckdb.Error:
        raise BadDecisions(
            f"{decisions} is no snapshot of decisions on reports: expected the columns "
            f"{', '.join(INCIDENT_DECISION.column_names)}; 'vast run' writes it anew"
        ) from None
    unknown = {verdict for _, _, verdict in rows} - {"same", "different"}
    if unknown:
        raise BadDecisions(f"{decisions} holds a verdict other than same or different")

    def of(wanted: str) -> NDArray[np.int64]:
        found = [(left, right) for left, right, verdict in rows if verdict == wanted]
        return np.array(found, np.int64).reshape(-1, 2)

    return Constraints(of("same"), of("different"))
