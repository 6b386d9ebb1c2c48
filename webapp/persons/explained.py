"""What holds a person together, and what would fall apart without it.

Guarantees: computed from the view's own tables by the clustering rule that the run used
(resolution.counterfactual); bounded: a person of many records is told in fewer questions, and says
so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from resolution.counterfactual import evidence_between, mean_margin, together
from webapp.consequences import consequences, facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolution.counterfactual import Evidence as Margins
    from resolution.counterfactual import Groups
    from runs.home import ViewFolder
    from webapp.consequences import Consequences
    from webapp.persons.evidence import Link

MOST_ASKED: Final = 60
"""Of a person with more records only the weakest link is asked about."""


@dataclass(frozen=True, slots=True)
class Split:
    """What would fall apart without one link (two record keys) or one record (one key).

    ``mean``: the mean margin in bits over all pairs between the two largest groups, which is what
    the rule joins by; 0 or more joins.
    """

    without: tuple[str, ...]
    outcome: Consequences
    mean: float


@dataclass(frozen=True, slots=True)
class Explained:
    """``asked``: how many links and records were left out in turn, each alone; ``splits``: those
    without which the person becomes several, links first; ``last_join``: the two groups that the
    rule joined last, by their mean margin. None where the person has too many records."""

    asked: int
    complete: bool
    splits: tuple[Split, ...]
    sides: tuple[tuple[str, ...], ...]
    mean: float | None


def explained(folder: ViewFolder, person_id: str, holding: Sequence[Link]) -> Explained | None:
    """What the person rests on; None for a single record or too many.

    ``holding``: the strongest links that tie all records together, weakest first.
    """
    if not holding:
        return None
    margins = evidence_between(folder, [person_id])
    if margins is None:
        return None
    facts = facts_of(folder, margins.records)
    today: Groups = (margins.records,)
    complete = len(margins.records) <= MOST_ASKED
    links = [(one.record_key_l, one.record_key_r) for one in (holding if complete else holding[:1])]
    found: list[Split] = []
    for link in links:
        groups = together(margins, without_link=link)
        if len(groups) > 1:
            outcome = consequences(facts, today, groups)
            found.append(Split(link, outcome, mean_margin(margins, groups[0], groups[1])))
    records = margins.records if complete and len(margins.records) > 2 else ()
    for key in records:
        groups = together(margins, without_record=key)
        if len(groups) > 1:
            before: Groups = (tuple(one for one in margins.records if one != key),)
            outcome = consequences(facts, before, groups)
            found.append(Split((key,), outcome, mean_margin(margins, groups[0], groups[1])))
    sides = _sides(margins, holding)
    return Explained(
        asked=len(links) + len(records),
        complete=complete,
        splits=tuple(found),
        sides=sides,
        mean=mean_margin(margins, *sides) if len(sides) == 2 else None,
    )


def _sides(margins: Margins, holding: Sequence[Link]) -> tuple[tuple[str, ...], ...]:
    """The two groups that only the weakest of the holding links ties together."""
    root = {key: key for key in margins.records}

    def find(key: str) -> str:
        while root[key] != key:
            key = root[key]
        return key

    for link in holding[1:]:
        root[find(link.record_key_l)] = find(link.record_key_r)
    groups: dict[str, list[str]] = {}
    for key in margins.records:
        groups.setdefault(find(key), []).append(key)
    return tuple(tuple(one) for one in sorted(groups.values(), key=lambda one: (-len(one), one)))
