"""A pattern's form and answer as a page and a download show them.

Guarantees: the table holds the answer's plain columns and nothing else; whom an answer names is
known before it is shown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.contracts import Result
    from graph.queries import Query

_PERSON: Final = "Person"


@dataclass(frozen=True, slots=True)
class Table:
    """The answer without its graph values. ``kinds`` are the columns' declared types."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def table_of(query: Query, result: Result) -> Table:
    """The columns that are no nodes, relationships or paths, as declared."""
    shown = [place for place, item in enumerate(query.returns) if not item.type.is_graph]
    return Table(
        columns=tuple(query.returns[place].name for place in shown),
        kinds=tuple(query.returns[place].type.value for place in shown),
        rows=tuple(tuple(row[place] for place in shown) for row in result.rows),
    )


def graph_of(result: Result) -> dict[str, Any]:
    """What the canvas draws."""
    return {"nodes": list(result.nodes), "relationships": list(result.relationships)}


def persons_in(query: Query, result: Result) -> list[str]:
    """Ids of every person that the answer names, as rows or as nodes; sorted."""
    places = [
        place
        for place, item in enumerate(query.returns)
        if item.name == "person_id" or item.name.endswith("_person_id")
    ]
    named = {row[place] for row in result.rows for place in places if row[place]}
    named |= {node["key"] for node in result.nodes if node["label"] == _PERSON}
    return sorted(named)


def asked(query: Query, form: Mapping[str, str]) -> dict[str, Any]:
    """What the form's fields say, by parameter; a field that was not sent is not given."""
    return {item.name: form[item.name] for item in query.parameters if item.name in form}


def written(value: Any) -> str:
    """A parameter's value as its form field shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def told(parameters: Mapping[str, Any]) -> str:
    """The parameters for the audit log: JSON with sorted names."""
    return json.dumps(dict(parameters), sort_keys=True, ensure_ascii=False)
