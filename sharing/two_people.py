"""Which decisions need two people: those that join a victim with an offender.

Guarantees: what counts are the roles of the two whole persons of the view, with everything that
the decisions in force join to them, so that steps which are harmless one by one are not harmless
together. A person who is both already needs two people for every ``same`` that touches both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MEMBERSHIP, OFFENDER_ROLES, VICTIM_ROLES
from runs.duck import connect
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sharing.decisions import Pair

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


def read_sides(persons: Path | None, records: Path, keys: Iterable[str]) -> Sides:
    """The sides of the persons that hold ``keys`` (the view's), by the roles in ``records``.

    ``persons``: the folder of the persons table to go by, or None where there is none yet: then,
    and for a record that it does not know, a record is a person of its own.
    """
    with connect(threads=2, memory_limit_gb=1) as con:
        membership = read_table(con, MEMBERSHIP, persons or records / "no-persons")
        membership.create_view("membership")
        read_table(con, PERSON_RECORD, records).create_view("person_record")
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
