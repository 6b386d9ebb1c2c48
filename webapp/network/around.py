"""What lies around chosen nodes, as the canvas takes it.

Guarantees: at most ``CAP`` nodes and no more hops than asked; start nodes come first; a node that
the view does not have is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graph.schema import NODES
from webapp.graph_access import reader

if TYPE_CHECKING:
    from collections.abc import Sequence

OPEN_LIMIT: Final = 300
CAP: Final = 2000
MAX_OPENED: Final = 60
LABELS: Final = frozenset(node.label for node in NODES)
_MAX_KEY: Final = 200

_PASSED_THROUGH: Final = ("Incident", "ContactPoint", "MissingEpisode", "Location")
"""Kinds that tie people to one another: a second hop goes through them, not through records."""


@dataclass(frozen=True, slots=True)
class Around:
    """``total``: neighbours that there are; fewer are in ``nodes`` where the limit cut them."""

    nodes: tuple[dict[str, Any], ...]
    relationships: tuple[dict[str, Any], ...]
    total: int
    shown: int

    def as_json(self) -> dict[str, Any]:
        return {
            "nodes": self.nodes,
            "relationships": self.relationships,
            "total": self.total,
            "shown": self.shown,
        }

    @property
    def subjects(self) -> list[str]:
        """Whose data these are: persons and episodes; without any, whatever is shown."""
        people = [n["key"] for n in self.nodes if n["label"] in ("Person", "MissingEpisode")]
        return people or [node["key"] for node in self.nodes]


def node_name(text: str) -> str | None:
    """``Label:key`` where the label is the schema's, else None."""
    label, colon, key = text.partition(":")
    fits = colon and label in LABELS and 0 < len(key) <= _MAX_KEY
    return text if fits else None


def around(names: Sequence[str], hops: int) -> Around:
    """The neighbourhood of the named nodes; two hops go on through what ties people together."""
    first = _ask(names, OPEN_LIMIT * max(len(names), 1))
    if hops < 2 or not first.nodes:
        return first
    through = [_name(node) for node in first.nodes if node["label"] in _PASSED_THROUGH]
    return _ask([*names, *(n for n in through if n not in names)][:MAX_OPENED], OPEN_LIMIT)


def _ask(names: Sequence[str], limit: int) -> Around:
    wanted = {"nodes": list(names), "limit": min(limit, CAP)}
    result = reader().run("neighbourhood", wanted)
    if not result.rows:
        return Around((), (), 0, 0)
    row = dict(zip(result.columns, result.rows[0], strict=True))
    return Around(result.nodes, result.relationships, int(row["total"]), len(row["neighbours"]))


def _name(node: dict[str, Any]) -> str:
    return f"{node['label']}:{node['key']}"
