"""Reports of incidents that may or may not be of one incident, and what was decided about them.

Guarantees: only the view's own tables and decisions are read; a decision on a report that the view
lacks is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.tables import INCIDENT
from resolution.contracts import INCIDENT_LINK, INCIDENT_MEMBERSHIP
from runs.duck import connect, rows_as_dicts
from runs.schema import read_table
from sharing.decisions import (
    About,
    Judgement,
    conflicts,
    decisions_of,
    standings,
    version,
    view_pairs,
)
from webapp.network.reports import ReportPair, report_names, report_rows, reports_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runs.home import ViewFolder
    from sharing.decisions import Conflict, Decision, Standing
    from sharing.store import Store
    from webapp.network.reports import IncidentReports, ReportName

PAGE_SIZE: Final = 25

_DOUBTFUL: Final = """
FROM incident_link AS k
JOIN incident_membership AS l ON l.incident_key = k.incident_key_l
JOIN incident_membership AS r ON r.incident_key = k.incident_key_r
ANTI JOIN decided AS d
    ON d.incident_key_l = k.incident_key_l AND d.incident_key_r = k.incident_key_r
WHERE doubtful
"""
_PAGE: Final = f"""
WITH doubtful_pair AS (
    SELECT k.*, l.incident_id AS incident_l, r.incident_id AS incident_r {_DOUBTFUL}
)
SELECT k.incident_key_l, k.incident_key_r, match_weight, match_probability, incident_l, incident_r,
    coalesce(one.occurred_on, other.occurred_on) AS occurred_on,
    coalesce(one.locality_id, other.locality_id) AS locality_id
FROM doubtful_pair AS k
JOIN incident AS one ON one.incident_key = k.incident_key_l
JOIN incident AS other ON other.incident_key = k.incident_key_r
ORDER BY match_weight DESC, k.incident_key_l, k.incident_key_r
LIMIT $most OFFSET $start
"""  # noqa: S608 - a constant
_COUNT: Final = f"SELECT count(*) {_DOUBTFUL}"


@dataclass(frozen=True, slots=True)
class Said:
    """A decision on two reports, in the view's keys, with what a page calls them."""

    decision: Decision
    keys: tuple[str, str]
    names: tuple[str, str]
    incident_id: str
    applied: bool | None
    """Today's incidents are as it says; None for one that was undone, or was made since the run."""
    state: Standing


@dataclass(frozen=True, slots=True)
class DoubtfulPage:
    """``rows``: pairs of reports in doubt, the likeliest first; ``found``: how many there are."""

    rows: tuple[dict[str, Any], ...]
    names: dict[str, ReportName]
    found: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A pair of reports with what was said of it. ``pair`` is None where the run did not compare
    the two; ``reports``: their rows; ``seen``: the pair's version (sharing.decisions.version)."""

    keys: tuple[str, str]
    names: tuple[str, str]
    reports: tuple[dict[str, Any], ...]
    pair: ReportPair | None
    other_incident: str | None
    said: tuple[Said, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class JudgedIncident:
    """An incident's reports, and every pair of them that was compared or decided about."""

    found: IncidentReports
    pairs: tuple[JudgedPair, ...]


def doubtful_pairs(folder: ViewFolder, said: Sequence[Said], number: int) -> DoubtfulPage:
    """One page, from 1, of the pairs in doubt about which nobody has decided."""
    standing = [one.keys for one in said if one.decision.stands]
    decided = pa.table(
        {
            "incident_key_l": pa.array([keys[0] for keys in standing], pa.string()),
            "incident_key_r": pa.array([keys[1] for keys in standing], pa.string()),
        }
    )
    with connect(threads=2, memory_limit_gb=1) as con:
        for table in (INCIDENT_LINK, INCIDENT_MEMBERSHIP):
            read_table(con, table, folder.persons).create_view(table.name)
        read_table(con, INCIDENT, folder.records).create_view(INCIDENT.name)
        con.register("decided", decided)
        start = (number - 1) * PAGE_SIZE
        rows = rows_as_dicts(con, _PAGE, {"most": PAGE_SIZE, "start": start})
        [(found,)] = con.execute(_COUNT).fetchall()
    keys = {row[end] for row in rows for end in ("incident_key_l", "incident_key_r")}
    return DoubtfulPage(tuple(rows), report_names(folder, keys), int(found), number)


def said_of_reports(
    folder: ViewFolder, view_key: bytes, store: Store, made_at: Any
) -> tuple[list[Said], list[Conflict]]:
    """Every decision on reports that the view holds, oldest first, and what contradicts what.

    ``made_at``: when the run that is served was made.
    """
    every = decisions_of(store, folder.view, About.REPORTS)
    pairs = view_pairs(view_key, every)
    named = report_names(folder, {key for keys in pairs for key in keys})
    states = standings(every)
    said: list[Said] = []
    for decision, keys in zip(every, pairs, strict=True):
        if keys[0] in named and keys[1] in named:
            one, other = named[keys[0]], named[keys[1]]
            together = one.incident_id == other.incident_id
            applied: bool | None = together is (decision.judgement is Judgement.SAME)
            if decision.changed_at > made_at or not decision.stands:
                applied = None
            names = (one.name, other.name)
            state = states[decision.decision_id]
            said.append(Said(decision, keys, names, one.incident_id, applied, state))
    shown = {one.decision.decision_id for one in said}
    contradicting = [
        conflict
        for conflict in conflicts(every)
        if all(one.decision_id in shown for one in conflict.decisions)
    ]
    return said, contradicting


def judged_incident(
    folder: ViewFolder, incident_id: str, said: Sequence[Said]
) -> JudgedIncident | None:
    """None where the view has no incident of that id today."""
    found = reports_of(folder, incident_id)
    if found is None:
        return None
    own = {row["incident_key"] for row in found.reports}
    pairs = {pair.keys: pair for pair in found.pairs}
    compared = dict.fromkeys([*pairs, *(one.keys for one in said if set(one.keys) & own)])
    all_keys = {key for keys in compared for key in keys}
    ends, rows = report_names(folder, all_keys), report_rows(folder, all_keys)
    judged: list[JudgedPair] = []
    for keys in compared:
        on_pair = tuple(one for one in said if one.keys == keys)
        others = [ends[key].incident_id for key in keys if ends[key].incident_id != incident_id]
        judged.append(
            JudgedPair(
                keys,
                (ends[keys[0]].name, ends[keys[1]].name),
                tuple(rows[key] for key in keys),
                pairs.get(keys),
                others[0] if others else None,
                on_pair,
                version([one.decision for one in on_pair], folder.run_id),
            )
        )
    return JudgedIncident(found, tuple(judged))
