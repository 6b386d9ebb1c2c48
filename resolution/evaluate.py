"""How good a clustering is, measured against the truth.

Pairwise: over all pairs of records, those joined and those that should be. B-cubed (Bagga and
Baldwin 1998): for each record, how much of its cluster is its person and the reverse, averaged
over records, so that a large cluster does not drown the small ones.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Quality:
    """Each from 0 to 1; 1 where there was nothing to find or nothing was claimed."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def as_dict(self) -> dict[str, float]:
        return {**asdict(self), "f1": self.f1}


@dataclass(frozen=True, slots=True)
class Evaluation:
    pairwise: Quality
    bcubed: Quality
    records: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "pairwise": self.pairwise.as_dict(),
            "bcubed": self.bcubed.as_dict(),
            "records": self.records,
        }


@dataclass(frozen=True, slots=True)
class GroupQuality:
    """``quality``: over the pairs that touch a record of the group. ``gap``: how far its pairwise
    F1 lies below (negative: above) that of the pairs that touch everybody else's records."""

    group: str
    records: int
    quality: Quality
    gap: float


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 1.0


def _numbered(parts: Mapping[str, Hashable], records: Sequence[str]) -> Numbers:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(parts[r], len(numbers)) for r in records], np.int64)


def _cells(found: Numbers, true: Numbers) -> tuple[Numbers, Numbers]:
    """For each record the cell of its cluster and person, and the size of each cell."""
    cell = found * (int(true.max(initial=0)) + 1) + true
    _, cell_of, sizes = np.unique(cell, return_inverse=True, return_counts=True)
    return cell_of, sizes


def _pairs(sizes: Numbers) -> float:
    return float((sizes * (sizes - 1) // 2).sum())


def evaluate(clusters: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Evaluation:
    """Compare two partitions, each from record to cluster, over the records that both hold."""
    records = sorted(clusters.keys() & truth.keys())
    found, true = _numbered(clusters, records), _numbered(truth, records)
    cell_of, cell_sizes = _cells(found, true)
    found_sizes, true_sizes = np.bincount(found), np.bincount(true)
    both = _pairs(cell_sizes)
    shared = cell_sizes[cell_of]
    return Evaluation(
        Quality(_ratio(both, _pairs(found_sizes)), _ratio(both, _pairs(true_sizes))),
        Quality(
            _ratio((shared / found_sizes[found]).sum(), len(records)),
            _ratio((shared / true_sizes[true]).sum(), len(records)),
        ),
        len(records),
    )


def evaluate_groups(
    clusters: Mapping[str, Hashable],
    truth: Mapping[str, str],
    group_of: Mapping[str, str],
) -> tuple[GroupQuality, ...]:
    """Quality for each group of persons, by name, and how far it lies below everybody else's.

    ``group_of``: person to group; a person without one is in nobody's group and only among the
    rest. A wrong link between two groups counts against both.
    """
    records = sorted(clusters.keys() & truth.keys())
    found, true = _numbered(clusters, records), _numbered(truth, records)
    names = np.array([group_of.get(truth[r], "") for r in records])
    cell_of, _ = _cells(found, true)
    sizes = np.bincount(found, minlength=1)

    def quality(inside: np.ndarray[Any, np.dtype[np.bool_]]) -> Quality:
        own = np.bincount(found[inside], minlength=len(sizes))
        right = _pairs(np.bincount(cell_of[inside]))
        return Quality(
            _ratio(right, _pairs(sizes) - _pairs(sizes - own)),
            _ratio(right, _pairs(np.bincount(true[inside]))),
        )

    return tuple(
        GroupQuality(
            name,
            int((names == name).sum()),
            (own := quality(names == name)),
            quality(names != name).f1 - own.f1,
        )
        for name in sorted(set(names.tolist()) - {""})
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs of records that two clusterings join."""

    both: int
    only_first: int
    only_second: int


def agreement(first: Numbers, second: Numbers) -> Agreement:
    """Hold two clusterings of the same records against each other: labels in the same order."""
    _, sizes = _cells(first, second)
    both = _pairs(sizes)
    return Agreement(
        int(both),
        int(_pairs(np.bincount(first)) - both),
        int(_pairs(np.bincount(second)) - both),
    )
