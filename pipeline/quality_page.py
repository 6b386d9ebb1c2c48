"""docs/resolution.md: how well records become persons and reports incidents, by world and part.

Guarantees: every number on the page was measured in the call that writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.quality import GAP_ALLOWED, GROUP_RECORDS
from runs.manifest import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.quality import WorldQuality
    from resolution.evaluate import GroupQuality

_HEAD = """\
# How well records become persons, and reports incidents

Written by `vast evaluate world` from made-up worlds whose truth is known. Pairwise: over all pairs
of records, those joined and those that should be. B-cubed: the mean over records.

"Linkable" are the records with a name or an identifier; of the others no rule of this product lets
anybody say whom they are about. "True identity" leaves out records of people who gave a false
name and birth date: only a shared phone or plate could tie those, and a phone alone never does.
"""

_MISSED_HEAD = """\
## What is missed

Pairs of linkable records of one person that were not joined, by what one of the two records is.
A false identity is a name and a date of birth that the person gave; one name only are mostly tips
to a hotline, by a first name, or one under which somebody is known, without a telephone.
"""

_INCIDENTS_HEAD = """\
## Incidents

Reports of one incident from several systems: the state's copy, a department's own, and those of
the agencies of a joint operation. Pairwise and B-cubed as above, over reports; a tip is a thing of
its own. "Joint" are the incidents that an agency reported besides the one that told the state.
"""

_GROUPS_HEAD = """\
## By group

The pairs that touch a record of the group, over the linkable records. The gap says how far the
group's F1 lies below everybody else's (negative: above). No group of {records} records or more
should lie more than {gap:.2f} below. Race and ethnicity are never an input of the model.
"""


def write_quality_page(path: Path, measured: Sequence[WorldQuality]) -> None:
    """Write the page; ``measured`` holds at least one world."""
    write_whole(path, "\n".join(_lines(measured)) + "\n")


def _lines(measured: Sequence[WorldQuality]) -> Iterator[str]:
    yield _HEAD
    yield "| world | part | records | precision | recall | F1 | B-cubed F1 |"
    yield "|---|---|---|---|---|---|---|"
    for world in measured:
        for name, part in world.parts.items():
            pairs = part.pairwise
            yield (
                f"| {world.world} | {name} | {part.records:,} | {pairs.precision:.3f} "
                f"| {pairs.recall:.3f} | {pairs.f1:.3f} | {part.bcubed.f1:.3f} |"
            )
    yield ""
    for world in measured:
        recall = "no pairs" if world.blocking_recall is None else f"{world.blocking_recall:.3f}"
        yield (
            f"- {world.world}: model {world.model} with the prior of {world.prior_records:,} "
            f"records ({world.prior_match_weight:+.1f} bits), {world.candidate_pairs:,} candidate "
            f"pairs; {recall} of the true pairs of linkable records share a blocking key; a "
            f"reviewer is asked {world.for_review:,} questions"
        )
    yield ""
    yield from _missed(measured)
    yield from _incidents(measured)
    yield _GROUPS_HEAD.format(records=GROUP_RECORDS, gap=GAP_ALLOWED)
    for world in measured:
        yield f"### {world.world}"
        yield ""
        yield f"Below the rest by more than allowed: {_named(world.unfair)}."
        yield (
            "Among records of a true identity: "
            f"{_named(world.unfair_true_identity)}. What lies between the two lists is that some "
            "groups give false identities more often than others."
        )
        yield ""
        yield "| | group | records | F1 | gap | F1, true identity | gap, true identity |"
        yield "|---|---|---|---|---|---|---|"
        for kind, groups in world.groups.items():
            honest = {group.group: group for group in world.groups_true_identity[kind]}
            for group in groups:
                yield _row(kind, group, honest.get(group.group))
        yield ""


def _missed(measured: Sequence[WorldQuality]) -> Iterator[str]:
    yield _MISSED_HEAD
    yield "| world | one of the two records | true pairs | missed | recall | no shared key |"
    yield "|---|---|---|---|---|---|"
    for world in measured:
        for found in world.true_pairs:
            yield (
                f"| {world.world} | {found.cause} | {found.pairs:,} | {found.missed:,} "
                f"| {1 - found.missed / found.pairs:.3f} | {found.not_candidates:,} |"
            )
    yield ""


def _incidents(measured: Sequence[WorldQuality]) -> Iterator[str]:
    yield _INCIDENTS_HEAD
    yield "| world | part | reports | precision | recall | F1 | B-cubed F1 |"
    yield "|---|---|---|---|---|---|---|"
    told = [(world.world, world.incidents) for world in measured if world.incidents is not None]
    for name, found in told:
        for part_name, part in found.parts.items():
            pairs = part.pairwise
            yield (
                f"| {name} | {part_name} | {part.records:,} | {pairs.precision:.3f} "
                f"| {pairs.recall:.3f} | {pairs.f1:.3f} | {part.bcubed.f1:.4f} |"
            )
    yield ""
    for name, found in told:
        recall = "no pairs" if found.blocking_recall is None else f"{found.blocking_recall:.3f}"
        yield (
            f"- {name}: model {found.model}, {found.candidate_pairs:,} candidate pairs; "
            f"{recall} of the true pairs share a blocking key"
        )
    yield ""


def _named(groups: Sequence[str]) -> str:
    return ", ".join(groups) or "no group"


def _row(kind: str, group: GroupQuality, honest: GroupQuality | None) -> str:
    cells = (
        f"| {kind} | {group.group} | {group.records:,} | {group.quality.f1:.3f} | {group.gap:+.3f} "
    )
    return cells + (f"| {honest.quality.f1:.3f} | {honest.gap:+.3f} |" if honest else "| - | - |")
