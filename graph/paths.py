"""Paths between two persons, ranked by how sure they are.

Guarantees: a path's probability is the product of its hops', so the best path is the one with the
smallest sum of -ln(p); a hop that rests on records holds if, for each person that they speak of,
the surest of that person's records refers to the person; every other hop is as recorded (1).
Computed on the paths that one query fetched, never on the whole graph.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.reader import GraphReader


@dataclass(frozen=True, slots=True)
class Hop:
    """One relationship of a path and the probability (0 to 1) that it holds."""

    relationship: dict[str, Any]
    probability: float


@dataclass(frozen=True, slots=True)
class SurePath:
    """A path from the first person to the second. ``nodes`` has one more entry than ``hops``."""

    nodes: tuple[dict[str, Any], ...]
    hops: tuple[Hop, ...]

    @property
    def cost(self) -> float:
        """Sum of -ln(p): 0 for a path of certain hops, infinite where one is impossible."""
        return sum(
            -math.log(hop.probability) if hop.probability > 0 else math.inf for hop in self.hops
        )

    @property
    def probability(self) -> float:
        """Product of the hops' probabilities, as if they were independent."""
        return math.prod(hop.probability for hop in self.hops)

    @property
    def weakest(self) -> Hop:
        """The hop that the path would break at first."""
        return min(self.hops, key=lambda hop: hop.probability)


def reliability(paths: Sequence[SurePath], *, draws: int = 10_000, seed: int = 0) -> float:
    """How probable it is that at least one of the paths holds, 0 to 1, by ``draws`` trials.

    A relationship that several paths share holds or fails for all of them at once, so this is not
    one minus the product of failures. Seeded: equal paths give an equal answer.
    """
    sure = {hop.relationship["key"]: hop.probability for path in paths for hop in path.hops}
    chance = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    routes = [[hop.relationship["key"] for hop in path.hops] for path in paths]
    held = 0
    for _ in range(draws):
        holds = {key: chance.random() < probability for key, probability in sure.items()}
        held += any(all(holds[key] for key in route) for route in routes)
    return held / draws


def best_paths(reader: GraphReader, from_id: str, to_id: str, *, k: int = 5) -> list[SurePath]:
    """The ``k`` surest of the shortest paths between two persons; empty where there is none.

    Ties go to the shorter path, then to the smaller keys. Raises what the reader raises.
    """
    found = reader.run("paths_between", {"from_id": from_id, "to_id": to_id})
    place = found.columns.index("path")
    paths = [row[place] for row in found.rows]
    evidence = {
        key
        for path in paths
        for item in path["relationships"]
        for key in item["properties"].get("record_keys", ())
    }
    sure = _references(reader, sorted(evidence))
    ranked = sorted(
        (
            SurePath(
                nodes=tuple(path["nodes"]),
                hops=tuple(Hop(item, _sure(item, sure)) for item in path["relationships"]),
            )
            for path in paths
        ),
        key=lambda path: (path.cost, len(path.hops), [node["key"] for node in path.nodes]),
    )
    return ranked[:k]


@dataclass(frozen=True, slots=True)
class _Reference:
    person_id: str
    probability: float


def _references(reader: GraphReader, record_keys: list[str]) -> dict[str, _Reference]:
    if not record_keys:
        return {}
    answer = reader.run("record_probabilities", {"record_keys": record_keys})
    return {
        key: _Reference(person_id, probability)
        for key, person_id, probability in answer.rows
        if probability is not None
    }


def _sure(relationship: dict[str, Any], references: dict[str, _Reference]) -> float:
    surest: dict[str, float] = {}
    for key in relationship["properties"].get("record_keys", ()):
        if found := references.get(key):
            best = surest.get(found.person_id, 0.0)
            surest[found.person_id] = max(best, found.probability)
    return math.prod(surest.values())
