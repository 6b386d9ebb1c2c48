"""The page that holds a world against real tables: docs/world.md and its plots.

Guarantees: made from the world's files, the truth of repeats and the reference alone; the same
world gives the same page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.calibration.comparing import Comparison, compare
from demo.calibration.counting import Counts, count_episodes, count_nibrs, count_repeats
from demo.calibration.plots import plot
from demo.errors import NoWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """# The synthetic Virginia held against real tables

Made by `vast world report DIR`; do not edit. The world: {persons:,} persons, {first} to {last},
seed {seed}; {incidents:,} incidents.

- A measure differs when a chi-square test of homogeneity gives p < 0.001 and more than 3% of the
  cases would have to change category for the two to agree (the distance).
- A category is named when the interval of the difference (Newcombe, 95% over all categories of the
  measure) leaves out zero and its share differs by more than half a percentage point.
- Incidents of one agency resemble one another, so the true sampling error is larger than both say.
"""
REPEATS = (
    "Children by their number of episodes, from the truth. No public table was found that counts "
    "children by episodes; published practice names three or more as the group to look at, and a "
    "world is made to hold many of them."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What was written, and the measures that differ without being meant to."""

    page: Path
    comparisons: tuple[Comparison, ...]

    @property
    def unmeant(self) -> tuple[str, ...]:
        return tuple(c.measure for c in self.comparisons if c.verdict == "differs")


def write_report(world: Path, docs: Path) -> Report:
    """Write ``docs/world.md`` and ``docs/world/*.svg``. Raises NoWorld."""
    made = _world(world)
    nibrs = world / "feeds" / "nibrs"
    counts = count_nibrs(sorted(nibrs.glob("VA-*")))
    counts |= count_episodes(world / "feeds" / "clearinghouse")
    repeats = count_repeats(world / "truth")
    comparisons = compare(counts)
    plots = docs / "world"
    plots.mkdir(parents=True, exist_ok=True)
    for comparison in comparisons:
        (plots / _file(comparison)).write_text(plot(comparison), encoding="utf-8")
    page = docs / "world.md"
    text = "\n".join(_page(made, comparisons, repeats))
    page.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return Report(page, tuple(comparisons))


def _world(folder: Path) -> dict[str, Any]:
    try:
        made: dict[str, Any] = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NoWorld(
            f"{folder} holds no world.json; name a folder that `vast world make` wrote"
        ) from None
    if not made.get("finished"):
        raise NoWorld(f"{folder} holds a world that was not finished; make it again")
    return made


def _page(made: dict[str, Any], comparisons: list[Comparison], repeats: Counts) -> Iterator[str]:
    yield HEAD.format(
        persons=made["persons"], first=made["years"][0], last=made["years"][1], seed=made["seed"],
        incidents=made["made"]["incidents"],
    )  # fmt: skip
    yield "| measure | real cases | synthetic cases | p | distance | verdict |"
    yield "|---|---|---|---|---|---|"
    for found in comparisons:
        yield (
            f"| [{found.measure}](#{found.measure.replace(' ', '-')}) | {found.real_cases:,} | "
            f"{found.world_cases:,} | {_p(found.p_value)} | {found.distance:.3f} | "
            f"{found.verdict} |"
        )
    yield "\n## missing children by episodes"
    yield f"{REPEATS}\n"
    counts = repeats["missing children by episodes"]
    yield "| episodes | children | share |"
    yield "|---|---|---|"
    for name, n in counts.items():
        yield f"| {name} | {n:,} | {n / max(1, sum(counts.values())):.1%} |"
    for found in comparisons:
        yield from _section(found)


def _section(found: Comparison) -> Iterator[str]:
    yield f"\n## {found.measure}"
    yield f"![{found.measure}: real and synthetic shares](world/{_file(found)})\n"
    yield f"Real: {found.source}. Verdict: {found.verdict}. {found.meant}".rstrip() + "\n"
    differing = sorted(
        (c for c in found.categories if c.differs), key=lambda c: -abs(c.world - c.real)
    )
    if not differing:
        yield "No category differs by more than sampling allows and half a percentage point."
        return
    yield "| category | real | synthetic | difference, interval |"
    yield "|---|---|---|---|"
    for category in differing:
        yield (
            f"| {category.name} | {category.real:.1%} | {category.world:.1%} | "
            f"{category.world - category.real:+.1%} ({category.low:+.1%} to "
            f"{category.high:+.1%}) |"
        )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _file(comparison: Comparison) -> str:
    return f"{comparison.measure.replace(' ', '-')}.svg"
