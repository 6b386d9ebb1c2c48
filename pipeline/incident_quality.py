"""How well the reports of a made-up world become incidents.

Guarantees: the truth is read only after the incidents are made; a report counts under the key that
ingest gives to it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]

from resolution.evaluate import Evaluation, evaluate
from resolution.incidents.find import find_incidents
from resolution.incidents.model import load_incident_model
from resolution.incidents.reports import make_reports, open_tables
from runs.duck import connect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from resolution.incidents.model import IncidentModel
    from resolution.progress import Progress

_BLOCKED: Final = """
WITH known AS (
    SELECT iid, true_incident_id FROM report JOIN true_report USING (incident_key)
),
pair AS (
    SELECT l.iid AS iid_l, r.iid AS iid_r
    FROM known AS l JOIN known AS r USING (true_incident_id) WHERE l.iid < r.iid
)
SELECT count(c.iid_l) / nullif(count(*), 0)
FROM pair LEFT JOIN report_pair AS c USING (iid_l, iid_r)
"""


@dataclass(frozen=True, slots=True)
class IncidentQuality:
    """``parts``: evaluation by the name of a part of the reports: all; joint: of incidents that an
    agency reported besides the one that told the state. ``blocking_recall``: share (0 to 1) of the
    true pairs that share a blocking key; None where there are none."""

    model: str
    seconds: float
    candidate_pairs: int
    blocking_recall: float | None
    parts: dict[str, Evaluation]

    def as_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "seconds": round(self.seconds, 1),
            "candidate_pairs": self.candidate_pairs,
            "blocking_recall": self.blocking_recall,
            **{name: part.as_dict() for name, part in self.parts.items()},
        }


def measure_incidents(
    records: Path,
    persons: Mapping[str, int],
    truth: Path,
    progress: Progress,
    model: IncidentModel | None = None,
) -> IncidentQuality | None:
    """Resolve the reports below ``records`` and hold them against the table ``truth``.

    ``persons`` maps each record's key to its person; ``model``: else the shipped one. None where
    the world has no such truth: those made before reports had one.
    """
    if not truth.exists():
        return None
    model = model or load_incident_model()
    with connect() as con:
        open_tables(con, records)
        members = pa.table(
            {
                "record_key": list(persons),
                "person_id": [f"P{person}" for person in persons.values()],
            }
        )
        con.register("membership", members)
        start = time.perf_counter()
        reports = make_reports(con, frozenset())
        found = find_incidents(con, model, reports, progress)
        seconds = time.perf_counter() - start
        con.read_parquet(str(truth)).create_view("true_report")
        keys = con.sql("SELECT incident_key FROM report ORDER BY iid").fetchall()
        clusters = {
            key: label for (key,), label in zip(keys, found.clusters.label.tolist(), strict=True)
        }
        rows = con.sql(
            "SELECT incident_key, true_incident_id, bool_or(joint) OVER "
            "(PARTITION BY true_incident_id) FROM true_report"
        ).fetchall()
        [(recall,)] = con.sql(_BLOCKED).fetchall()
    return IncidentQuality(
        model=model.name,
        seconds=seconds,
        candidate_pairs=found.candidates.pairs,
        blocking_recall=None if recall is None else float(recall),
        parts={
            "all": evaluate(clusters, {key: true for key, true, _ in rows}),
            "joint": evaluate(clusters, {key: true for key, true, joint in rows if joint}),
        },
    )
