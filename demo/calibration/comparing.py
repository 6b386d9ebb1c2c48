"""A world's counts held against real ones: a test of the whole, an interval for each category.

Guarantees: a measure is said to differ only where a chi-square test of homogeneity gives p < 0.001
and the two distributions are further apart than is worth a word; a category is named only where the
95% interval of its difference, widened for the number of categories, leaves out zero.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import chi2_contingency, norm

if TYPE_CHECKING:
    from demo.calibration.counting import Counts

LEVEL: Final = 0.001
"""Large tables make any difference significant; both this and the distance must say so."""
WORTH_NAMING: Final = 0.03
"""Share of the cases that would have to change category for the two to agree."""
WORTH_LISTING: Final = 0.005
RAREST: Final = 5


@dataclass(frozen=True, slots=True)
class Category:
    """Shares of one category and the interval of their difference (world less real)."""

    name: str
    real: float
    world: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        return (self.low > 0 or self.high < 0) and abs(self.world - self.real) > WORTH_LISTING


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure. ``distance`` is half the sum of the shares' differences, 0 to 1; ``meant`` says
    why the world differs on purpose, '' where it should agree."""

    measure: str
    source: str
    real_cases: int
    world_cases: int
    p_value: float
    distance: float
    categories: tuple[Category, ...]
    meant: str

    @property
    def differs(self) -> bool:
        return self.p_value < LEVEL and self.distance > WORTH_NAMING

    @property
    def verdict(self) -> str:
        if not self.differs:
            return "agrees"
        return "differs, as meant" if self.meant else "differs"


def reference() -> tuple[Counts, dict[str, str]]:
    """The real counts that come with the package, and the source of each measure."""
    counts: Counts = {}
    sources: dict[str, str] = {}
    with files("demo").joinpath("data", "reference_counts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            counts.setdefault(row["measure"], {})[row["category"]] = int(row["count"])
            sources[row["measure"]] = row["source"]
    return counts, sources


def compare(world: Counts) -> list[Comparison]:
    """Every measure of the reference that the world has, in the reference's order."""
    real, sources = reference()
    table = files("demo").joinpath("data", "calibration.toml").read_text(encoding="utf-8")
    meant: dict[str, str] = tomllib.loads(table)["meant"]
    return [
        _compare(measure, counts, _grouped(world[measure], counts), sources[measure],
                 meant.get(measure, ""))
        for measure, counts in real.items()
        if measure in world
    ]  # fmt: skip


def _grouped(world: dict[str, int], real: dict[str, int]) -> dict[str, int]:
    """The world's counts with what the reference does not tell apart as others."""
    if "others" not in real:
        return world
    grouped = {name: n for name, n in world.items() if name in real and name != "others"}
    grouped["others"] = sum(world.values()) - sum(grouped.values())
    return grouped


def _compare(
    measure: str, real: dict[str, int], world: dict[str, int], source: str, meant: str
) -> Comparison:
    names = sorted(set(real) | set(world))
    ours = np.array([world.get(name, 0) for name in names], dtype=float)
    theirs = np.array([real.get(name, 0) for name in names], dtype=float)
    n, m = ours.sum(), theirs.sum()
    p, q = ours / n, theirs / m
    # Cells that chi-square cannot judge are judged together.
    rare = (ours + theirs) * min(n, m) / (n + m) < RAREST
    cells = np.array([[*side[~rare], side[rare].sum()] for side in (ours, theirs)])
    cells = cells[:, cells.sum(axis=0) > 0]
    p_value = float(chi2_contingency(cells).pvalue) if cells.shape[1] > 1 else 1.0
    z = float(norm.ppf(1 - 0.025 / len(names)))
    categories = tuple(
        Category(name, float(q[i]), float(p[i]), *_difference(ours[i], n, theirs[i], m, z))
        for i, name in enumerate(names)
    )
    distance = float(np.abs(p - q).sum() / 2)
    return Comparison(measure, source, int(m), int(n), p_value, distance, categories, meant)


def _difference(ours: float, n: float, theirs: float, m: float, z: float) -> tuple[float, float]:
    """Newcombe's interval of the difference of two shares."""
    p, q = ours / n, theirs / m
    low_p, high_p = _wilson(p, n, z)
    low_q, high_q = _wilson(q, m, z)
    return (
        p - q - sqrt((p - low_p) ** 2 + (high_q - q) ** 2),
        p - q + sqrt((high_p - p) ** 2 + (q - low_q) ** 2),
    )


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half
