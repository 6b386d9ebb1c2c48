"""What would stand together if one thing were different: the run's own clustering, asked again.

Guarantees: computed from a view's own tables by ``resolution.clustering``, the rule that the run
used. Inside one person the answer is the run's, because every pair of its records is stored with
its margin and because average linkage inside a cluster does not depend on what is outside. Between
persons a pair that is not stored counts as strong evidence against, as it does in a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ingest.contracts.tables import COURT_ORDER, PERSON_RECORD
from resolution.clustering import MARGIN_CLIP, Constraints, Pairs, cluster
from resolution.contracts import LINK, MEMBERSHIP
from runs.duck import connect
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from runs.home import ViewFolder

MOST_RECORDS: Final = 300
"""Persons with more are not asked about: a pair table of that size would take seconds."""

_UNDECIDED: Final = -1e-6
"""Margin in bits of a pair that speaks neither way: by itself it does not join."""

Pair = tuple[str, str]
Groups = tuple[tuple[str, ...], ...]
"""Records that stand together, the largest group first; keys sorted."""

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
# What resolution.persons keeps apart, as far as the view shows it.
_APART: Final = f"""{_INSIDE},
mention AS (SELECT person_record.* FROM person_record JOIN wanted USING (record_key)),
party AS (
    SELECT court_order_key, record_key
    FROM (UNPIVOT court_order ON petitioner_key, respondent_key, child_key
        INTO NAME part VALUE record_key)
    JOIN wanted USING (record_key)
)
SELECT l.record_key, r.record_key, 'incident' AS why
FROM mention AS l JOIN mention AS r USING (incident_key, feed, role)
WHERE l.record_key < r.record_key AND role IN ('victim', 'offender', 'arrestee')
UNION
SELECT l.record_key, r.record_key, 'order'
FROM party AS l JOIN party AS r USING (court_order_key)
WHERE l.record_key < r.record_key
ORDER BY ALL
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Evidence:
    """The records of some persons, the margins between them, and what keeps two apart.

    ``apart``: pairs of two victims, offenders or arrestees of one incident, or of two parties of
    one court order, each with ``incident`` or ``order``.
    """

    records: tuple[str, ...]
    margins: dict[Pair, float]
    apart: dict[Pair, str]


def evidence_between(folder: ViewFolder, persons: Collection[str]) -> Evidence | None:
    """What the view's run holds on the records of ``persons``; None for more than MOST_RECORDS."""
    with connect(threads=2, memory_limit_gb=1) as con:
        for table in (LINK, MEMBERSHIP):
            read_table(con, table, folder.persons).create_view(table.name)
        for table in (PERSON_RECORD, COURT_ORDER):
            read_table(con, table, folder.records).create_view(table.name)
        names = {"persons": sorted(persons)}
        records = con.execute(
            f"{_INSIDE} SELECT record_key FROM wanted ORDER BY ALL",  # noqa: S608 - a constant
            names,
        ).fetchall()
        if len(records) > MOST_RECORDS:
            return None
        margins = con.execute(_MARGINS, names).fetchall()
        apart = con.execute(_APART, names).fetchall()
    return Evidence(
        records=tuple(key for (key,) in records),
        margins={(left, right): float(margin) for left, right, margin in margins},
        apart={(left, right): why for left, right, why in apart},
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
    keys = [key for key in evidence.records if key != without_record]
    number = {key: place for place, key in enumerate(keys)}
    margins = dict(evidence.margins)
    if without_link is not None:
        margins[(min(without_link), max(without_link))] = _UNDECIDED
    inside = [pair for pair in margins if pair[0] in number and pair[1] in number]
    pairs = Pairs(
        np.array([number[left] for left, _ in inside], np.int64),
        np.array([number[right] for _, right in inside], np.int64),
        np.array([margins[pair] for pair in inside], np.float64),
    )
    constraints = Constraints(
        _numbered(same, number), _numbered([*evidence.apart, *different], number)
    )
    found = cluster(len(keys), np.zeros(len(keys), np.int64), pairs, constraints)
    groups: dict[int, list[str]] = {}
    for key, label in zip(keys, found.label.tolist(), strict=True):
        groups.setdefault(label, []).append(key)
    return tuple(
        tuple(group) for group in sorted(groups.values(), key=lambda group: (-len(group), group))
    )


def mean_margin(evidence: Evidence, one: Collection[str], other: Collection[str]) -> float:
    """The mean over all pairs across two groups, as the rule sees it, in bits."""
    clipped = [
        min(max(_margin(evidence, left, right), -MARGIN_CLIP), MARGIN_CLIP)
        for left in one
        for right in other
    ]
    return sum(clipped) / len(clipped)


def _margin(evidence: Evidence, left: str, right: str) -> float:
    return evidence.margins.get((min(left, right), max(left, right)), -MARGIN_CLIP)


def _numbered(pairs: Sequence[Pair], number: dict[str, int]) -> NDArray[np.int64]:
    found = [
        (number[left], number[right]) for left, right in pairs if left in number and right in number
    ]
    return np.array(found, np.int64).reshape(-1, 2)
