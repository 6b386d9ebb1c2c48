"""What would stand together if one thing were different: the run's own clustering, asked again.

Guarantees: computed from a view's own tables by ``resolution.clustering``, the rule that the run
used; with nothing different the answer is what the run made. Inside one person every pair of its
records is stored with its margin, and average linkage inside a cluster does not depend on what is
outside. What the run joined by more than pairs (one day of birth and one contact under another
name) stays joined here as long as one of the pairs that spoke for it is there. Records of two
persons come together only through a decision ``same``. Which records say too little to hold others
is known as far as the view shows names and births.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ingest.contracts.tables import COURT_ORDER, PERSON_RECORD
from resolution.apart import NUMBERED_ROLES, open_parties
from resolution.bridges import join_bridged
from resolution.clustering import MARGIN_CLIP, Constraints, Pairs, cluster, components
from resolution.contracts import LINK, MEMBERSHIP
from runs.duck import connect
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from runs.home import ViewFolder

MOST_RECORDS: Final = 300
"""Persons with more are not asked about: a pair table of that size would take seconds."""

_UNDECIDED: Final = -1e-6
"""Margin in bits of a pair that speaks neither way: by itself it does not join."""

Pair = tuple[str, str]
Groups = tuple[tuple[str, ...], ...]
"""Records that stand together, the largest group first; keys sorted."""

_MEMBERS: Final = """
SELECT record_key, person_id FROM membership
WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) ORDER BY ALL
"""
_INSIDE: Final = """
WITH wanted AS (
    SELECT record_key FROM membership WHERE person_id IN (SELECT unnest($persons::VARCHAR[]))
)
"""
_MARGINS: Final = f"""{_INSIDE}
SELECT record_key_l, record_key_r, margin FROM link
WHERE record_key_l IN (SELECT record_key FROM wanted)
    AND record_key_r IN (SELECT record_key FROM wanted)
    AND margin IS NOT NULL
ORDER BY ALL
"""  # noqa: S608 - a constant
# A view that shows no surname or no birth at all does not tell whose are lacking.
_SCRAPS: Final = f"""{_INSIDE}
SELECT record_key FROM person_record JOIN wanted USING (record_key)
WHERE (surname IS NULL OR birth_date IS NULL) AND strong_id IS NULL
    AND (SELECT count(surname) > 0 AND count(birth_date) > 0 FROM person_record)
ORDER BY ALL
"""  # noqa: S608 - a constant
# What a run keeps apart (resolution.apart), as far as the view shows it.
_APART: Final = f"""{_INSIDE},
mention AS (SELECT person_record.* FROM person_record JOIN wanted USING (record_key))
SELECT l.record_key, r.record_key, 'incident' AS why
FROM mention AS l JOIN mention AS r USING (incident_key, feed, role)
WHERE l.record_key < r.record_key AND list_contains($numbered, role)
UNION
SELECT record_key_l, record_key_r, 'order' FROM party_pair
WHERE record_key_l IN (SELECT record_key FROM wanted)
    AND record_key_r IN (SELECT record_key FROM wanted)
ORDER BY ALL
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Evidence:
    """The records of some persons, the margins between them, and what keeps two apart.

    ``person``: today's person of each record. ``apart``: pairs of two victims, offenders or
    arrestees of one incident, or of two parties of one court order, each with ``incident`` or
    ``order``. ``scraps``: records that say too little to hold others together.
    """

    person: dict[str, str]
    margins: dict[Pair, float]
    apart: dict[Pair, str]
    scraps: frozenset[str] = frozenset()

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(self.person)

    @cached_property
    def bridges(self) -> tuple[Pair, ...]:
        """What holds today's persons together beyond the linkage."""
        return tuple(
            pair
            for one in dict.fromkeys(self.person.values())
            for pair in _bridges(self, [key for key, p in self.person.items() if p == one])
        )


def evidence_between(
    folder: ViewFolder, persons: Collection[str], *, most: int | None = MOST_RECORDS
) -> Evidence | None:
    """What the view's run holds on the records of ``persons``; None for more than ``most``."""
    with connect(threads=2, memory_limit_gb=1) as con:
        for table in (LINK, MEMBERSHIP):
            read_table(con, table, folder.persons).create_view(table.name)
        for table in (PERSON_RECORD, COURT_ORDER):
            read_table(con, table, folder.records).create_view(table.name)
        names = {"persons": sorted(persons)}
        members = con.execute(_MEMBERS, names).fetchall()
        if most is not None and len(members) > most:
            return None
        margins = con.execute(_MARGINS, names).fetchall()
        open_parties(con)
        apart = con.execute(_APART, {**names, "numbered": NUMBERED_ROLES}).fetchall()
        scraps = con.execute(_SCRAPS, names).fetchall()
    return Evidence(
        person=dict(members),
        margins={(left, right): float(margin) for left, right, margin in margins},
        apart={(left, right): why for left, right, why in apart},
        scraps=frozenset(key for (key,) in scraps),
    )


def together(
    evidence: Evidence,
    *,
    same: Sequence[Pair] = (),
    different: Sequence[Pair] = (),
    without_record: str | None = None,
    without_link: Pair | None = None,
) -> Groups:
    """Who stands together where these pairs are decided, or this record or link did not exist.

    A link that does not exist speaks neither for nor against: two records without another are two
    persons, and in a mean over more pairs the others decide.

    Pairs name record keys in either order; those of records that are not here are left out.
    """
    bridges = [
        pair for pair in evidence.bridges if without_link is None or set(pair) != set(without_link)
    ]
    margins = dict(evidence.margins)
    if without_link is not None:
        margins[_ordered(*without_link)] = _UNDECIDED
    apart = [_ordered(*pair) for pair in (*evidence.apart, *different)]
    groups: list[tuple[str, ...]] = []
    for block in _blocks(evidence, same):
        keys = [key for key in block if key != without_record]
        groups += _clustered(keys, margins, same, apart, evidence.scraps, bridges)
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))


def parts_by_evidence(
    folder: ViewFolder,
    persons: Collection[str],
    *,
    same: Sequence[Pair],
    different: Sequence[Pair],
) -> dict[str, str]:
    """What evidence alone makes of each of ``persons``, which the decisions ``same`` may hold
    together: for each record a name of its part.

    The parts are those of the average linkage of the person's own records. Where ``same`` between
    them does not explain the person (more than means over pairs joins), records are of one part
    whom any pair ties that speaks for joining: rather too much in one part than too little. So is
    a person of more than MOST_RECORDS.
    """
    members: dict[str, list[str]] = {}
    with connect(threads=2, memory_limit_gb=1) as con:
        read_table(con, MEMBERSHIP, folder.persons).create_view("membership")
        for key, person in con.execute(_MEMBERS, {"persons": sorted(persons)}).fetchall():
            members.setdefault(person, []).append(key)
    part: dict[str, str] = {}
    for person, keys in members.items():
        if len(keys) > MOST_RECORDS:
            part |= dict.fromkeys(keys, person)
    weighed = [person for person, keys in members.items() if len(keys) <= MOST_RECORDS]
    evidence = evidence_between(folder, weighed, most=None)
    if evidence is None:
        return part
    margins: dict[str, dict[Pair, float]] = {person: {} for person in weighed}
    for (left, right), margin in evidence.margins.items():
        if evidence.person[left] == evidence.person[right]:
            margins[evidence.person[left]][left, right] = margin
    apart = [_ordered(*pair) for pair in (*evidence.apart, *different)]
    for person in weighed:
        keys = members[person]
        found = _clustered(keys, margins[person], (), apart, evidence.scraps)
        tied = [(group[0], key) for group in found for key in group]
        if len(set(_tied(keys, [*tied, *same]).values())) > 1:
            tied += [pair for pair, margin in margins[person].items() if margin >= 0]
        part |= _tied(keys, tied)
    return part


def _tied(keys: Sequence[str], ties: Sequence[Pair]) -> dict[str, str]:
    """Each key, and the one that stands for all whom ties connect with it."""
    number = {key: place for place, key in enumerate(keys)}
    ends = _numbered(ties, number)
    return dict(zip(keys, (keys[n] for n in components(len(keys), *ends.T)), strict=True))


def _blocks(evidence: Evidence, same: Sequence[Pair]) -> list[list[str]]:
    """Today's persons, those that a ``same`` concerns taken together; each its records in order."""
    name = {person: person for person in evidence.person.values()}
    for left, right in same:
        if left in evidence.person and right in evidence.person:
            one, other = name[evidence.person[left]], name[evidence.person[right]]
            name = {person: one if block == other else block for person, block in name.items()}
    found: dict[str, list[str]] = {}
    for key, person in evidence.person.items():
        found.setdefault(name[person], []).append(key)
    return list(found.values())


def _clustered(
    keys: Sequence[str],
    margins: dict[Pair, float],
    same: Sequence[Pair],
    apart: Sequence[Pair],
    scraps: Collection[str],
    bridges: Sequence[Pair] = (),
) -> list[tuple[str, ...]]:
    """The records ``keys``, as a run would join them by the linkage and then by ``bridges``."""
    number = {key: place for place, key in enumerate(sorted(keys))}
    cannot = _numbered(apart, number)
    found = cluster(
        len(keys),
        np.zeros(len(keys), np.int64),
        _weighed(margins, margins, number),
        Constraints(_numbered(same, number), cannot),
        np.array([number[key] for key in keys if key in scraps], np.int64),
    )
    joined = join_bridged(found.label, _weighed(bridges, margins, number), cannot)
    groups: dict[int, list[str]] = {}
    for key, label in zip(number, joined.tolist(), strict=True):
        groups.setdefault(label, []).append(key)
    return [tuple(group) for group in groups.values()]


def _bridges(evidence: Evidence, keys: Sequence[str]) -> list[Pair]:
    """What holds a person together beyond the linkage: the pairs that speak for joining between
    what the linkage alone leaves apart, and the strongest where none does; strongest first."""
    apart = list(evidence.apart)
    alone = _clustered(keys, evidence.margins, (), apart, evidence.scraps)
    if len(alone) == 1:
        return []
    home = {key: place for place, group in enumerate(alone) for key in group}
    across = sorted(
        (
            (-evidence.margins.get((left, right), -MARGIN_CLIP), (left, right))
            for left in keys
            for right in keys
            if left < right and home[left] != home[right]
        ),
    )
    found: list[Pair] = []
    for against, pair in across:
        one, other = home[pair[0]], home[pair[1]]
        if against <= 0 or one != other:
            found.append(pair)
        if one != other:
            home = {key: one if place == other else place for key, place in home.items()}
    return found


def mean_margin(evidence: Evidence, one: Collection[str], other: Collection[str]) -> float:
    """The mean over all pairs across two groups, as the rule sees it, in bits."""
    clipped = [
        min(max(_margin(evidence, left, right), -MARGIN_CLIP), MARGIN_CLIP)
        for left in one
        for right in other
    ]
    return sum(clipped) / len(clipped)


def _margin(evidence: Evidence, left: str, right: str) -> float:
    return evidence.margins.get(_ordered(left, right), -MARGIN_CLIP)


def _ordered(left: str, right: str) -> Pair:
    return (min(left, right), max(left, right))


def _weighed(pairs: Iterable[Pair], margins: Mapping[Pair, float], number: dict[str, int]) -> Pairs:
    inside = [pair for pair in pairs if pair[0] in number and pair[1] in number]
    left, right = _numbered(inside, number).T
    weights = [margins.get(pair, -MARGIN_CLIP) for pair in inside]
    return Pairs(left, right, np.array(weights, np.float64))


def _numbered(pairs: Sequence[Pair], number: dict[str, int]) -> NDArray[np.int64]:
    found = [
        (number[left], number[right]) for left, right in pairs if left in number and right in number
    ]
    return np.array(found, np.int64).reshape(-1, 2)
