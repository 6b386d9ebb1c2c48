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
    from collections.abc import Hashable, Mapping


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


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 1.0


def evaluate(clusters: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Evaluation:
    """Compare two partitions, each from record to cluster, over the records that both hold."""
    records = sorted(clusters.keys() & truth.keys())
    numbers: dict[Hashable, int] = {}
    persons: dict[Hashable, int] = {}
    found = np.array([numbers.setdefault(clusters[r], len(numbers)) for r in records], np.int64)
    true = np.array([persons.setdefault(truth[r], len(persons)) for r in records], np.int64)
    cell = found * max(len(persons), 1) + true
    _, cell_of, cell_sizes = np.unique(cell, return_inverse=True, return_counts=True)
    found_sizes, true_sizes = np.bincount(found), np.bincount(true)

    def pairs(sizes: np.ndarray[Any, np.dtype[np.int64]]) -> float:
        return float((sizes * (sizes - 1) // 2).sum())

    both = pairs(cell_sizes)
    shared = cell_sizes[cell_of]
    return Evaluation(
        Quality(_ratio(both, pairs(found_sizes)), _ratio(both, pairs(true_sizes))),
        Quality(
            _ratio((shared / found_sizes[found]).sum(), len(records)),
            _ratio((shared / true_sizes[true]).sum(), len(records)),
        ),
        len(records),
    )
