"""What a question asks for and the view does not hold at all.

Guarantees: told from the view's own manifest, so it says no more than the view's counts do; an
empty column is not taken for "there is none" where agreements keep the matter out of the view.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from graph.queries import Query
    from runs.manifest import ViewManifest

_TYPES: Final = re.compile(r"\b[A-Z][A-Z_]+[A-Z]\b")
WORDS: Final = {
    "OFFENDER_IN": "offenders",
    "ARRESTED_IN": "people arrested",
    "SUBJECT_OF": "subjects of tips",
    "VICTIM_IN": "victims",
    "VICTIM_WAS": "what the victim was to the offender",
    "CO_OFFENDED": "co-offenders",
    "USED": "phones, vehicles and handles of people",
    "MENTIONS": "contacts named in reports",
    "AT": "places of incidents",
    "SEIZED": "drug seizures",
    "HAD": "missing episodes",
    "FOUND_IN": "where children were found",
    "PLACED_IN": "placements",
    "HELD_IN": "events",
}
"""Relationship types of the graph, as what a reader misses where the view has none."""


def absent_from(manifest: ViewManifest, query: Query) -> list[str]:
    """What the query's text names and the view has no row of, in words."""
    rows: dict[str, int] = {}
    for entry in manifest.files:
        parts = entry.path.removesuffix(".parquet").split("-")
        if entry.path.startswith("graph/") and len(parts) == 3:
            rows[parts[1]] = rows.get(parts[1], 0) + (entry.rows or 0)
    named = set(_TYPES.findall(query.text))
    return [words for kind, words in WORDS.items() if kind in named and rows.get(kind) == 0]
