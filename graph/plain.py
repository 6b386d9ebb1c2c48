"""Driver values as plain Python values.

Guarantees: no element id leaves; a node is known by its label and the schema's key, a relationship
by a hash of what it is; dates and times are ISO text.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from graph.contracts import Result
from graph.errors import QueryFailed
from graph.schema import BY_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Plain:
    """One answer's conversion. Nodes are read first: a relationship names its ends by them."""

    def __init__(self, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
        self._columns = tuple(columns)
        self._records = [tuple(record) for record in records]
        self._nodes: dict[str, dict[str, Any]] = {}
        self._relationships: dict[str, dict[str, Any]] = {}

    def result(self) -> Result:
        """Raises QueryFailed where a relationship came without its two nodes."""
        for record in self._records:
            for value in record:
                self._meet(value)
        rows = tuple(tuple(self._value(value) for value in record) for record in self._records)
        return Result(
            columns=self._columns,
            rows=rows,
            nodes=tuple(self._nodes.values()),
            relationships=tuple(
                {item["key"]: item for item in self._relationships.values()}.values()
            ),
        )

    def _meet(self, value: Any) -> None:
        """Note every node of the value."""
        match value:
            case Node():
                if value.element_id not in self._nodes:
                    self._nodes[value.element_id] = _node(value)
            case Path():
                for node in value.nodes:
                    self._meet(node)
            case list():
                for item in value:
                    self._meet(item)
            case dict():
                for item in value.values():
                    self._meet(item)

    def _value(self, value: Any) -> Any:
        match value:
            case Node():
                return self._nodes[value.element_id]
            case Relationship():
                return self._relationship(value)
            case Path():
                return {
                    "nodes": [self._value(node) for node in value.nodes],
                    "relationships": [self._value(item) for item in value.relationships],
                }
            case list():
                return [self._value(item) for item in value]
            case dict():
                return {key: self._value(item) for key, item in value.items()}
            case _:
                return _scalar(value)

    def _relationship(self, value: Relationship) -> dict[str, Any]:
        known = self._relationships.get(value.element_id)
        if known is not None:
            return known
        start, end = (self._end(node) for node in value.nodes)
        properties = _properties(value)
        said = json.dumps([value.type, start, end, properties], sort_keys=True)
        made = {
            "key": hashlib.blake2b(said.encode(), digest_size=12).hexdigest(),
            "type": value.type,
            "start": start,
            "end": end,
            "properties": properties,
        }
        self._relationships[value.element_id] = made
        return made

    def _end(self, node: Node | None) -> dict[str, str]:
        found = self._nodes.get(node.element_id) if node is not None else None
        if found is None:
            raise QueryFailed(
                "the query returns a relationship without its two nodes; return the nodes too, or "
                "a path"
            )
        return {"label": found["label"], "key": found["key"]}


def _node(node: Node) -> dict[str, Any]:
    (label,) = tuple(node.labels) or ("",)
    declared = BY_LABEL.get(label)
    if declared is None:
        raise QueryFailed(f"the graph holds a node of label {label!r}, which is not declared")
    return {"label": label, "key": node[declared.key.name], "properties": _properties(node)}


def _properties(entity: Node | Relationship) -> dict[str, Any]:
    return {name: _listed(value) for name, value in sorted(entity.items())}


def _listed(value: Any) -> Any:
    return [_scalar(item) for item in value] if isinstance(value, list) else _scalar(value)


def _scalar(value: Any) -> Any:
    match value:
        case Date() | DateTime() | Time() | Duration():
            return value.iso_format()
        case date() | datetime() | time():
            return value.isoformat()
        case Point():
            return list(value)
        case bytes() | bytearray():
            return value.hex()
        case _:
            return value
