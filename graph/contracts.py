"""What the parts of this package, and the stages above it, agree on.

Guarantees: plain frozen values, no driver object and no element id in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class ImportKind(StrEnum):
    """The two kinds of file that an import takes."""

    NODES = "nodes"
    RELATIONSHIPS = "relationships"


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One Parquet file of a graph. Several files may carry one relationship type."""

    kind: ImportKind
    name: str
    """Label or relationship type."""
    path: Path


@dataclass(frozen=True, slots=True)
class Result:
    """What a library query answered, as plain values.

    ``rows`` hold one value per column: text, numbers, truth values, ISO dates as text, lists, and
    for graph values the dictionaries below. ``nodes`` are ``{label, key, properties}`` and
    ``relationships`` ``{key, type, start: {label, key}, end: {label, key}, properties}``, each
    once, in order of first appearance. A relationship's key is a hash of its content: equal in
    every answer of one run.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    nodes: tuple[dict[str, Any], ...]
    relationships: tuple[dict[str, Any], ...]
