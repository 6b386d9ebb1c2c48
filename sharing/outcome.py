"""Which decisions a resolution must not have taken: those by which one account alone put a victim
and an offender into one person.

Guarantees: what is weighed are the persons that the resolution made, so that nothing that brings
records together goes unseen, be it a record, a role, a model, an order or a decision that was
undone. Without the decisions that are told here, persons of both sides are such by their own
evidence or by what two people said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MEMBERSHIP, OFFENDER_ROLES, VICTIM_ROLES
from runs.duck import connect
from runs.schema import read_table
from sharing.decisions import Judgement, verdicts
from sharing.two_people import Sides, held_back, in_view, said_by_one

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runs.home import ViewFolder
    from sharing.decisions import Decision, Pair

_OF_BOTH_SIDES: Final = """
WITH pair AS (SELECT unnest($left::VARCHAR[]) AS l, unnest($right::VARCHAR[]) AS r),
held AS (
    SELECT DISTINCT one.person_id FROM pair
    JOIN membership AS one ON one.record_key = l
    JOIN membership AS other ON other.record_key = r AND other.person_id = one.person_id
),
mention AS (
    SELECT person_id, record_key,
        coalesce(role IN (SELECT unnest($victims)), false) AS victim,
        coalesce(role IN (SELECT unnest($offenders)), false) AS offender
    FROM membership SEMI JOIN held USING (person_id) JOIN person_record USING (record_key)
)
SELECT * FROM mention
WINDOW whole AS (PARTITION BY person_id)
QUALIFY bool_or(victim) OVER whole AND bool_or(offender) OVER whole
"""


class PartsOf(Protocol):
    """What evidence alone makes of persons: resolution.counterfactual.parts_by_evidence."""

    def __call__(
        self,
        folder: ViewFolder,
        persons: Collection[str],
        *,
        same: Sequence[Pair],
        different: Sequence[Pair],
    ) -> dict[str, str]: ...


def joined_by_one(
    folder: ViewFolder, view_key: bytes, decisions: Sequence[Decision], parts_of: PartsOf
) -> frozenset[int]:
    """Ids of the ``same`` of one account each by which the persons in ``folder``, whose resolution
    took ``decisions``, hold a victim and an offender.

    Every person of both sides is taken apart into what evidence alone makes of it and put together
    again: by what two people said, then by each other ``same`` in the order of deciding. Those that
    cross from victim to offender there are told, and join nothing.
    """
    alone, found = said_by_one(decisions), verdicts(decisions)
    names = dict(zip(found, in_view(found, view_key), strict=True))
    mentions = _of_both_sides(
        folder, [names[one.pair] for one in decisions if one.decision_id in alone]
    )
    if not mentions:
        return frozenset()
    person = {key: person_id for person_id, key, _, _ in mentions}
    inside = {
        pair: name
        for pair, name in names.items()
        if name[0] in person and person[name[0]] == person.get(name[1])
    }
    part = parts_of(
        folder,
        set(person.values()),
        same=[name for pair, name in inside.items() if found[pair] is Judgement.SAME],
        different=[name for pair, name in inside.items() if found[pair] is Judgement.DIFFERENT],
    )
    sides = Sides(
        part,
        victims={part[key] for _, key, victim, _ in mentions if victim},
        offenders={part[key] for _, key, _, offender in mentions if offender},
    )
    return frozenset(held_back(sides, view_key, [one for one in decisions if one.pair in inside]))


def _of_both_sides(folder: ViewFolder, pairs: Sequence[Pair]) -> list[tuple[str, str, bool, bool]]:
    """The records of each person that holds both records of a pair, a victim and an offender:
    person, record, whether a victim's, whether an offender's."""
    if not pairs:
        return []
    with connect(threads=2, memory_limit_gb=1) as con:
        read_table(con, MEMBERSHIP, folder.persons).create_view("membership")
        read_table(con, PERSON_RECORD, folder.records).create_view("person_record")
        return con.execute(
            _OF_BOTH_SIDES,
            {
                "left": [one for one, _ in pairs],
                "right": [other for _, other in pairs],
                "victims": sorted(VICTIM_ROLES),
                "offenders": sorted(OFFENDER_ROLES),
            },
        ).fetchall()
