"""What changes where records stand together differently: incidents, episodes, and what ties them.

Guarantees: read from one view's folder; several reports of one incident are one here; a missing
case is tied to an incident exactly where one person's records name both, as the case pages'
identity evidence takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.tables import INCIDENT, INVOLVEMENT, MISSING_EPISODE, PERSON_RECORD
from resolution.contracts import INCIDENT_MEMBERSHIP
from runs.duck import connect
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resolution.counterfactual import Groups
    from runs.home import ViewFolder

_HAPPENED: Final = """
WITH wanted AS (SELECT unnest($keys::VARCHAR[]) AS record_key),
named AS (
    SELECT record_key, incident_key FROM person_record JOIN wanted USING (record_key)
    WHERE incident_key IS NOT NULL
    UNION
    SELECT record_key, incident_key FROM involvement JOIN wanted USING (record_key)
    WHERE incident_key IS NOT NULL
),
tied AS (
    SELECT record_key, incident_key, coalesce(incident_id, incident_key) AS happening
    FROM named LEFT JOIN incident_membership USING (incident_key)
),
told AS (
    SELECT happening,
        string_agg(DISTINCT incident_number, ' / ' ORDER BY incident_number) AS numbers,
        -- The day of a report counts only where none of them tells that of the incident.
        arg_min(occurred_on, (coalesce(date_is_report, false), occurred_on)) AS occurred_on,
        bool_and(coalesce(date_is_report, false)) AS date_is_report,
        min(kind) AS kind, min(locality_id) AS locality_id
    FROM (SELECT DISTINCT happening, incident_key FROM tied)
    LEFT JOIN incident USING (incident_key)
    GROUP BY happening
)
SELECT DISTINCT record_key, told.* FROM tied JOIN told USING (happening) ORDER BY ALL
"""
_MISSING: Final = """
SELECT record_key, episode_key, case_number, missing_from_on, found_on, found_locality_id
FROM missing_episode
WHERE record_key IN (SELECT unnest($keys::VARCHAR[])) ORDER BY ALL
"""


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """A resolved incident or a tip that a record names. ``number``: those of its reports that the
    records name; ``on`` may be the day of the report."""

    key: str
    number: str | None
    on: date | None
    is_report: bool
    kind: str | None
    locality_id: str | None

    @property
    def title(self) -> str:
        """Its number, or the beginning of its key."""
        return self.number or self.key[:8]


@dataclass(frozen=True, slots=True, order=True)
class Absence:
    """A missing episode that a record tells of. ``until`` is None while the child is missing."""

    key: str
    number: str | None
    since: date | None
    until: date | None
    found_locality_id: str | None

    @property
    def title(self) -> str:
        """Its case number, or the beginning of its key."""
        return self.number or self.key[:8]


@dataclass(frozen=True, slots=True)
class Facts:
    """What each record tells of."""

    incidents: dict[str, tuple[Happening, ...]]
    episodes: dict[str, tuple[Absence, ...]]

    def incidents_of(self, records: Iterable[str]) -> tuple[Happening, ...]:
        return tuple(sorted({one for key in records for one in self.incidents.get(key, ())},
                            key=lambda one: (one.on or date.min, one.key)))  # fmt: skip

    def episodes_of(self, records: Iterable[str]) -> tuple[Absence, ...]:
        return tuple(sorted({one for key in records for one in self.episodes.get(key, ())},
                            key=lambda one: (one.since or date.min, one.key)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Records that stand together, and what they tell of."""

    records: tuple[str, ...]
    incidents: tuple[Happening, ...]
    episodes: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class CaseChange:
    """Missing cases and the incidents that each would gain or lose through one person's records."""

    episodes: tuple[Absence, ...]
    gains: tuple[Happening, ...]
    loses: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """``groups``: who would stand together, the largest first; ``cases``: what changes for missing
    children; ``changes`` is False where all stays as it is."""

    groups: tuple[Group, ...]
    cases: tuple[CaseChange, ...]
    changes: bool


def facts_of(folder: ViewFolder, keys: Iterable[str]) -> Facts:
    """What the view's records with these keys tell of."""
    with connect(threads=2, memory_limit_gb=1) as con:
        for table in (PERSON_RECORD, INVOLVEMENT, INCIDENT, MISSING_EPISODE):
            read_table(con, table, folder.records).create_view(table.name)
        read_table(con, INCIDENT_MEMBERSHIP, folder.persons).create_view("incident_membership")
        wanted = {"keys": sorted(set(keys))}
        happened = con.execute(_HAPPENED, wanted).fetchall()
        missing = con.execute(_MISSING, wanted).fetchall()
    incidents: dict[str, tuple[Any, ...]] = {}
    for record, key, number, on, is_report, kind, locality in happened:
        one = Happening(key, number, on, bool(is_report), kind, locality)
        incidents[record] = (*incidents.get(record, ()), one)
    episodes: dict[str, tuple[Any, ...]] = {}
    for record, key, number, since, until, found in missing:
        episodes[record] = (*episodes.get(record, ()), Absence(key, number, since, until, found))
    return Facts(incidents, episodes)


def consequences(facts: Facts, before: Groups, after: Groups) -> Consequences:
    """What differs between two ways in which the same records stand together."""
    groups = tuple(
        Group(group, facts.incidents_of(group), facts.episodes_of(group)) for group in after
    )
    return Consequences(
        groups,
        _cases(facts, before, after),
        {frozenset(g) for g in before} != set(map(frozenset, after)),
    )


def _cases(facts: Facts, before: Groups, after: Groups) -> tuple[CaseChange, ...]:
    then, now = _tied(facts, before), _tied(facts, after)
    found: dict[tuple[frozenset[Happening], frozenset[Happening]], list[Absence]] = {}
    for episode in sorted(
        then.keys() | now.keys(), key=lambda one: (one.since or date.min, one.key)
    ):
        gains = now.get(episode, frozenset()) - then.get(episode, frozenset())
        loses = then.get(episode, frozenset()) - now.get(episode, frozenset())
        if gains or loses:
            found.setdefault((gains, loses), []).append(episode)
    return tuple(
        CaseChange(tuple(episodes), _in_order(gains), _in_order(loses))
        for (gains, loses), episodes in found.items()
    )


def _tied(facts: Facts, groups: Groups) -> dict[Absence, frozenset[Happening]]:
    return {
        episode: frozenset(facts.incidents_of(group))
        for group in groups
        for episode in facts.episodes_of(group)
    }


def _in_order(found: Iterable[Happening]) -> tuple[Happening, ...]:
    made: Sequence[Happening] = sorted(found, key=lambda one: (one.on or date.min, one.key))
    return tuple(made)
