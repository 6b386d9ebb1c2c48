"""Which decisions need two people: those that join a victim with an offender.

Guarantees: what counts are the roles of the two whole persons of the view, with everything that
the decisions in force join to them, so that steps which are harmless one by one are not harmless
together. A person who is both already needs two people for every ``same`` that touches both sides.
A decision is weighed when it is made, by the persons of the run that is served, and again by those
of every run that takes it (sharing.outcome).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MEMBERSHIP, OFFENDER_ROLES, VICTIM_ROLES
from runs.duck import connect
from runs.keys import to_view
from runs.schema import read_table
from sharing.decisions import Judgement, verdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from runs.home import ViewFolder
    from sharing.decisions import Decision, Pair

_SIDES: Final = """
WITH named AS (SELECT unnest($keys::VARCHAR[]) AS record_key),
held AS (
    SELECT named.record_key, person_id FROM named LEFT JOIN membership USING (record_key)
),
mention AS (
    SELECT person_id, record_key FROM membership
    WHERE person_id IN (SELECT person_id FROM held)
    UNION
    SELECT record_key AS person_id, record_key FROM held WHERE person_id IS NULL
),
sides AS (
    SELECT person_id,
        bool_or(role IN (SELECT unnest($victims))) AS victim,
        bool_or(role IN (SELECT unnest($offenders))) AS offender
    FROM mention JOIN person_record USING (record_key)
    GROUP BY person_id
)
SELECT held.record_key, coalesce(held.person_id, held.record_key) AS person,
    coalesce(victim, false) AS victim, coalesce(offender, false) AS offender
FROM held LEFT JOIN sides ON sides.person_id = coalesce(held.person_id, held.record_key)
"""


@dataclass(slots=True)
class Sides:
    """Persons of some records, and on which side of a crime each stands; grows by joining."""

    person: dict[str, str]
    victims: set[str]
    offenders: set[str]
    _above: dict[str, str] = field(default_factory=dict)

    def group(self, record_key: str) -> str:
        """The name of the record's person, or of what was joined with it."""
        here = self.person.get(record_key, record_key)
        while (above := self._above.get(here, here)) != here:
            here = above
        return here

    def crosses(self, pair: Pair) -> bool:
        """Would ``same`` on the pair put a victim and an offender into one person, or keep them?"""
        left, right = (self.group(key) for key in pair)
        return (left in self.victims and right in self.offenders) or (
            left in self.offenders and right in self.victims
        )

    def join(self, pair: Pair) -> None:
        """Take the pair's persons for one."""
        left, right = (self.group(key) for key in pair)
        if left == right:
            return
        self._above[right] = left
        for side in (self.victims, self.offenders):
            if right in side:
                side.add(left)


def read_sides(folder: ViewFolder, keys: Iterable[str]) -> Sides:
    """The sides of the persons of ``folder`` that hold ``keys`` (the view's); a record that it does
    not hold is a person of its own."""
    with connect(threads=2, memory_limit_gb=1) as con:
        read_table(con, MEMBERSHIP, folder.persons).create_view("membership")
        read_table(con, PERSON_RECORD, folder.records).create_view("person_record")
        rows = con.execute(
            _SIDES,
            {
                "keys": sorted(set(keys)),
                "victims": sorted(VICTIM_ROLES),
                "offenders": sorted(OFFENDER_ROLES),
            },
        ).fetchall()
    return Sides(
        person={key: person for key, person, _, _ in rows},
        victims={person for _, person, victim, _ in rows if victim},
        offenders={person for _, person, _, offender in rows if offender},
    )


def held_back(sides: Sides, view_key: bytes, decisions: Sequence[Decision]) -> list[int]:
    """Ids of ``same`` said by one account that cross from victim to offender, in the order of
    deciding: each is weighed with all that two said and with the earlier ones that do not cross."""
    alone = said_by_one(decisions)
    found = verdicts(decisions)
    same = [one for one in _binding(decisions) if found[one.pair] is Judgement.SAME]
    crossing: list[int] = []
    for one, pair in sorted(
        zip(same, in_view([one.pair for one in same], view_key), strict=True),
        key=lambda said: (said[0].decision_id in alone, said[0].decision_id),
    ):
        if one.decision_id in alone and sides.crosses(pair):
            crossing.append(one.decision_id)
        else:
            sides.join(pair)
    return crossing


def said_by_one(decisions: Sequence[Decision]) -> frozenset[int]:
    """Ids of ``same`` that bind, though nobody confirmed them and no second author said it too."""
    binding = _binding(decisions)
    authors: dict[Pair, set[str]] = {}
    for one in binding:
        authors.setdefault(one.pair, set()).add(one.author)
    return frozenset(
        one.decision_id
        for one in binding
        if one.confirmed_at is None and len(authors[one.pair]) == 1
    )


def in_view(pairs: Collection[Pair], view_key: bytes) -> list[Pair]:
    """Pairs of record keys as pairs of the view's keys, in the same order."""
    left = to_view([pair[0] for pair in pairs], view_key)
    right = to_view([pair[1] for pair in pairs], view_key)
    return [(str(one), str(other)) for one, other in zip(left, right, strict=True)]


def _binding(decisions: Sequence[Decision]) -> list[Decision]:
    return [
        one
        for one in decisions
        if one.stands and not one.pending and one.judgement is Judgement.SAME
    ]
