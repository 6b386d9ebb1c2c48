"""The evidence graph of a person's records, as a drawing that needs no script.

Guarantees: the same records and links give the same drawing; strongly linked records lie close
together; what the drawing shows is in the tables beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.persons.evidence import Link

WIDTH: Final = 560
HEIGHT: Final = 340
MARGIN: Final = 26
MOST_DRAWN: Final = 40
COLOURS: Final = 6
_STRONG_BITS: Final = 12.0
_NEAR, _FAR = 0.6, 2.6


@dataclass(frozen=True, slots=True)
class Dot:
    """One record: its number, where, whose (``agency`` counts from 0), and its words."""

    number: int
    x: float
    y: float
    agency: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One link. ``kind``: holding, weakest, support (speaks for) or against."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """``agencies``: names by number, as far as the colours reach."""

    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    agencies: tuple[str, ...]


def drawing_of(
    numbers: Mapping[str, int],
    agency_of: Mapping[str, str],
    words_of: Mapping[str, str],
    holding: Sequence[Link],
    inside: Sequence[Link],
) -> Drawing | None:
    """Draw a person's records; None for a single one, or more than can be told apart."""
    if not 2 <= len(numbers) <= MOST_DRAWN:
        return None
    where = _places(list(numbers), [*holding, *inside])
    counted: dict[str, int] = {}
    for key in numbers:
        counted[agency_of[key]] = counted.get(agency_of[key], 0) + 1
    agencies = sorted(counted, key=lambda name: (-counted[name], name))
    dots = tuple(
        Dot(number, *where[key], min(agencies.index(agency_of[key]), COLOURS - 1), words_of[key])
        for key, number in numbers.items()
    )
    kinds = [("against" if link.weight < 0 else "support", link) for link in inside]
    kinds += [("weakest" if place == 0 else "holding", link) for place, link in enumerate(holding)]
    rank = ("support", "against", "holding", "weakest")
    lines = tuple(
        Line(
            *where[link.record_key_l],
            *where[link.record_key_r],
            kind,
            f"records {numbers[link.record_key_l]} and {numbers[link.record_key_r]}: "
            f"match weight {link.weight:+.1f}",
        )
        for kind, link in sorted(kinds, key=lambda one: rank.index(one[0]))
    )
    names = agencies if len(agencies) <= COLOURS else [*agencies[: COLOURS - 1], "others"]
    return Drawing(dots, lines, tuple(names))


def _places(keys: list[str], links: Sequence[Link]) -> dict[str, tuple[float, float]]:
    """Where each record lies: the stronger a link, the shorter."""
    weight = {frozenset((one.record_key_l, one.record_key_r)): one.weight for one in links}
    wanted: dict[str, dict[str, float]] = {}
    for left in keys:
        wanted[left] = {}
        for right in keys:
            share = np.clip(weight.get(frozenset((left, right)), 0.0) / _STRONG_BITS, 0.0, 1.0)
            wanted[left][right] = float(_FAR + (_NEAR - _FAR) * share)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(keys)
    found = nx.kamada_kawai_layout(graph, dist=wanted)
    spread = np.array([found[key] for key in keys])
    spread = spread - spread.mean(axis=0)
    # The longer way lies across; one scale for both ways, so that near stays near.
    _, _, axes = np.linalg.svd(spread, full_matrices=True)
    spread = spread @ (axes * np.where(axes[:, :1] < 0, -1.0, 1.0)).T
    low, high = spread.min(axis=0), spread.max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = float((room / np.maximum(high - low, 1e-6)).min())
    scaled = (spread - (low + high) / 2) * scale + np.array([WIDTH, HEIGHT]) / 2
    return {
        key: (round(float(x), 1), round(float(y), 1))
        for key, (x, y) in zip(keys, scaled, strict=True)
    }
