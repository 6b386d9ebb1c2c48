"""Estimate a model of incidents from reports alone, without labels.

Guarantees: the same reports, seed and code give the same numbers. No truth is read: expectation
maximisation over the pairs of different sources, all of them or a seeded share, with what the code
expects of each level counted as some pairs, so that a level nobody saw keeps a sensible weight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.errors import NothingToLearnFrom
from resolution.incidents.comparisons import COMPARISONS, compare
from resolution.incidents.model import (
    IncidentLimits,
    IncidentModel,
    IncidentThresholds,
    IncidentTraining,
)
from resolution.incidents.scoring import read_levels, rival_groups, taken_by_rivals
from resolution.model import ComparisonWeights, LevelWeights

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

THRESHOLDS: Final = IncidentThresholds(accept=6.0, review=-2.0)
LIMITS: Final = IncidentLimits(pairs_per_key=400, reports_per_component=60)
ITERATIONS: Final = 12
PRIOR: Final = 1e-4
EXPECTED_PAIRS: Final = 10.0
"""What the code expects of a comparison counts as this many pairs."""
LEAST_SHARE: Final = 0.005
"""No level of pairs of one incident is rarer than this: nothing is recorded so well."""


def train_incidents(
    con: duckdb.DuckDBPyConnection, *, name: str, seed: int, note: str, most_pairs: int = 4_000_000
) -> IncidentModel:
    """Learn from ``report``. Raises NothingToLearnFrom where no two sources report anything."""
    source = con.sql("SELECT source FROM report ORDER BY iid").fetchnumpy()["source"]
    drawn = _pairs(np.asarray(source, np.int64), most_pairs, seed)
    if len(drawn) < 10:
        raise NothingToLearnFrom(
            f"{len(source)} reports make {len(drawn)} pairs of different sources; a model of "
            "incidents needs at least ten"
        )
    con.register("drawn", pa.table({"iid_l": drawn[:, 0], "iid_r": drawn[:, 1]}))
    compare(con, "drawn")
    con.unregister("drawn")
    left, right, levels = read_levels(con)
    m, u, prior = _maximise(levels, *rival_groups(np.asarray(source, np.int64), left, right))
    return IncidentModel(
        format=1,
        name=name,
        training=IncidentTraining(seed=seed, reports=len(source), pairs=len(drawn), note=note),
        probability_two_random_reports_match=_rounded(prior),
        thresholds=THRESHOLDS,
        limits=LIMITS,
        comparisons=tuple(
            ComparisonWeights(
                name=comparison.name,
                levels=tuple(
                    LevelWeights(name=level.name, m=_rounded(one), u=_rounded(other))
                    for level, one, other in zip(comparison.levels, ms, us, strict=True)
                ),
            )
            for comparison, ms, us in zip(COMPARISONS, m, u, strict=True)
        ),
    )


def _pairs(source: Integers, most: int, seed: int) -> Integers:
    """Pairs of reports of different sources: every one, or a seeded draw; ordered, distinct."""
    reports = len(source)
    if reports * (reports - 1) // 2 <= most:
        left, right = np.triu_indices(reports, k=1)
    else:
        chosen = np.random.default_rng(seed).integers(0, reports, size=(most, 2))
        chosen = np.unique(np.sort(chosen[chosen[:, 0] != chosen[:, 1]], axis=1), axis=0)
        left, right = chosen[:, 0], chosen[:, 1]
    other = source[left] != source[right]
    return np.stack([left[other], right[other]], axis=1).astype(np.int64)


def _maximise(
    level: NDArray[np.int8], one: Integers, other: Integers
) -> tuple[list[Floats], list[Floats], float]:
    """Rivals take part: without them all pairs of one busy agency would be taken for alike."""
    expected_m = [np.array([level.expected_m for level in c.levels]) for c in COMPARISONS]
    expected_u = [np.array([level.expected_u for level in c.levels]) for c in COMPARISONS]
    m = expected_m = [shares / shares.sum() for shares in expected_m]
    u = expected_u = [shares / shares.sum() for shares in expected_u]
    prior = PRIOR
    for _ in range(ITERATIONS):
        weight = np.full(len(level), math.log2(prior / (1 - prior)))
        for index in range(len(COMPARISONS)):
            weight += np.append(0.0, np.log2(m[index] / u[index]))[level[:, index]]
        weight += taken_by_rivals(one, other, weight)
        same = 1 / (1 + np.exp2(-np.clip(weight, -100, 100)))
        prior = float(np.clip(same.mean(), 1e-7, 0.5))
        m = [_most(_learnt(level, same, expected_m, index), index) for index in range(len(m))]
        u = [_learnt(level, 1 - same, expected_u, index) for index in range(len(u))]
    return m, u, prior


def _learnt(level: NDArray[np.int8], weight: Floats, expected: list[Floats], index: int) -> Floats:
    if any(declared.fixed for declared in COMPARISONS[index].levels):
        return expected[index]
    levels = len(expected[index])
    tally = np.bincount(level[:, index], weights=weight, minlength=levels + 1)[1:]
    found = tally + EXPECTED_PAIRS * expected[index]
    return np.asarray(found / found.sum())


def _most(m: Floats, index: int) -> Floats:
    """Keep each level within its bounds; what is left is the other levels'."""
    most = np.array([declared.most_m for declared in COMPARISONS[index].levels])
    bounded = np.clip(m, np.minimum(LEAST_SHARE, most), most)
    free = most == 1.0
    bounded[free] *= (1 - bounded[~free].sum()) / bounded[free].sum()
    return np.asarray(bounded)


def _rounded(value: float) -> float:
    return float(f"{min(max(value, 1e-9), 0.999999):.6g}")
