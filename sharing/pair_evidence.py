"""What a view's run holds on two records, or two reports, that somebody decides about.

Guarantees: read from the view's own tables; a pair of which the view lacks one is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.tables import INCIDENT
from resolution.contracts import INCIDENT_LINK, INCIDENT_MEMBERSHIP, LINK, MEMBERSHIP, REVIEW
from runs.duck import connect
from runs.manifest import read_view
from runs.schema import read_table
from sharing.decisions import About, Evidence, Judgement
from sharing.errors import DecisionRefused

if TYPE_CHECKING:
    from runs.home import ViewFolder
    from runs.schema import Table


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a run keeps what is decided about, and three questions by the keys $l and $r."""

    things: str
    tables: tuple[Table, ...]
    visible: str
    link: str
    fingerprint: str | None


_OF: Final = {
    About.RECORDS: _Kept(
        "records",
        (LINK, MEMBERSHIP, REVIEW),
        "SELECT count(*) FROM membership WHERE record_key IN ($l, $r)",
        """
        SELECT match_weight, waterfall FROM link WHERE record_key_l = $l AND record_key_r = $r
        """,
        """
        SELECT evidence FROM review, membership AS l, membership AS r
        WHERE l.record_key = $l AND r.record_key = $r
            AND ((person_l = l.person_id AND person_r = r.person_id)
                OR (person_l = r.person_id AND person_r = l.person_id))
        """,
    ),
    About.REPORTS: _Kept(
        "reports",
        (INCIDENT_LINK, INCIDENT_MEMBERSHIP),
        "SELECT count(*) FROM incident_membership WHERE incident_key IN ($l, $r)",
        """
        SELECT match_weight, waterfall FROM incident_link
        WHERE incident_key_l = $l AND incident_key_r = $r
        """,
        None,
    ),
}
_KINDS: Final = "SELECT count(DISTINCT kind) FROM incident WHERE incident_key IN ($l, $r)"


def evidence_on(
    folder: ViewFolder, pair: tuple[str, str], about: About, judgement: Judgement
) -> Evidence:
    """What the view's run holds on a pair of the view's keys, the smaller first.

    Raises DecisionRefused where it lacks one of the two, and for ``same`` on a tip and an incident.
    """
    kept = _OF[about]
    names: dict[str, Any] = {"l": pair[0], "r": pair[1]}
    with connect(threads=2, memory_limit_gb=1) as con:
        for table in kept.tables:
            read_table(con, table, folder.persons).create_view(table.name)
        if con.execute(kept.visible, names).fetchall() != [(2,)]:
            raise DecisionRefused(
                f"the view {folder.view} of run {folder.run_id} does not hold both {kept.things}"
            )
        if about is About.REPORTS and judgement is Judgement.SAME:
            read_table(con, INCIDENT, folder.records).create_view(INCIDENT.name)
            if con.execute(_KINDS, names).fetchall() != [(1,)]:
                raise DecisionRefused(
                    "a tip is an allegation with dates of its own and never joined with an "
                    "incident: only two tips, or two reports of incidents, can be the same"
                )
        link = con.execute(kept.link, names).fetchone()
        found = None if kept.fingerprint is None else con.execute(kept.fingerprint, names)
        fingerprint = None if found is None else found.fetchone()
    return Evidence(
        match_weight=None if link is None else link[0],
        model=read_view(folder).model if about is About.RECORDS else None,
        run_id=folder.run_id,
        told=None if link is None else json.dumps(link[1] or []),
        fingerprint=None if fingerprint is None else fingerprint[0],
    )
