"""The query library: .cypher files with a declared header.

Guarantees: a loaded query uses exactly the parameters, and returns exactly the columns, that its
header declares; its name is its file's and unique; otherwise the whole library is refused, naming
file and fault. Roles are declared here and enforced by whoever runs the query for a user.

A header is the ``//`` comments at the top of the file, one ``key: value`` a line::

    // name: person_records
    // question: Which records refer to this person?
    // roles: investigator, case_worker
    // param: person_id: string
    // param: limit: integer = 200
    // label: person_id: Person
    // returns: record_key: string
    // timeout_s: 5
    // rendering: table
    // note: what a reader of the answer must know
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from graph.cypher_text import Unreadable, parameters, returned_columns
from graph.errors import LibraryBroken

LIBRARY: Final = Path(__file__).resolve().parents[1] / "cypher"
"""Where the shipped queries are."""

_LOADED: Final = ("app", "casework", "patterns")
_HEADER: Final = re.compile(r"//\s*([a-z_]+)\s*:\s*(.*?)\s*$")
_DECLARATION: Final = re.compile(r"([a-z][a-z0-9_]*)\s*:\s*([a-z]+)(?:\s*=\s*(.*))?$")
_ONCE: Final = frozenset({"name", "question", "roles", "timeout_s", "rendering"})
_REPEATED: Final = frozenset({"param", "label", "returns", "note"})
MAX_TIMEOUT_S: Final = 60.0


class Role(StrEnum):
    """Who may ask. A query names its roles; nobody else may run it."""

    INVESTIGATOR = "investigator"
    CASE_WORKER = "case_worker"
    ANALYST = "analyst"
    STEWARD = "steward"


class Rendering(StrEnum):
    """How an answer is shown: a graph query is shown as a table too."""

    TABLE = "table"
    GRAPH = "graph"


class ParameterType(StrEnum):
    """``list`` is a list of strings. ``fulltext`` is a user's words, made safe for Lucene."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    FULLTEXT = "fulltext"


class ColumnType(StrEnum):
    """Type of a returned column; any value may also be null. Dates are ISO text."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    MAP = "map"
    NODE = "node"
    RELATIONSHIP = "relationship"
    PATH = "path"
    NODES = "nodes"
    RELATIONSHIPS = "relationships"

    @property
    def is_graph(self) -> bool:
        return self in _GRAPH_COLUMNS


_GRAPH_COLUMNS: Final = frozenset(
    {
        ColumnType.NODE,
        ColumnType.RELATIONSHIP,
        ColumnType.PATH,
        ColumnType.NODES,
        ColumnType.RELATIONSHIPS,
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter. ``default`` is None both for ``= null`` and where it is required."""

    name: str
    type: ParameterType
    label: str
    required: bool
    default: Any = None

    @property
    def least(self) -> int | None:
        """The least number that it takes: 0 for what Cypher's LIMIT and SKIP count, which refuse a
        negative one; None for any."""
        return 0 if self.name in ("limit", "skip") else None


@dataclass(frozen=True, slots=True)
class Returned:
    """A declared column."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class Query:
    """One query of the library. ``group`` is its folder: app, casework or patterns."""

    name: str
    group: str
    question: str
    roles: frozenset[Role]
    parameters: tuple[Parameter, ...]
    returns: tuple[Returned, ...]
    timeout_s: float
    rendering: Rendering
    notes: tuple[str, ...]
    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.returns)

    def allows(self, role: str) -> bool:
        """Whether the role may ask; an unknown role may not."""
        return role in self.roles


@cache
def load_library(folder: Path = LIBRARY) -> dict[str, Query]:
    """Every query below the folder's app, casework and patterns, by name.

    Raises LibraryBroken, naming each faulty file and what is wrong with it.
    """
    library: dict[str, Query] = {}
    faults: list[str] = []
    for group in _LOADED:
        for path in sorted((folder / group).glob("*.cypher")):
            try:
                query = read_query(path)
            except LibraryBroken as error:
                faults.append(str(error))
                continue
            if query.name in library:
                faults.append(f"{path}: the name {query.name} is taken in another folder")
            library[query.name] = query
    if faults:
        raise LibraryBroken("; ".join(faults))
    return library


def read_query(path: Path) -> Query:
    """One query file. Raises LibraryBroken where header and text differ."""
    try:
        return _read(path)
    except (_Fault, Unreadable) as fault:
        raise LibraryBroken(f"{path}: {fault}; correct the header or the text") from None


class _Fault(ValueError):
    """What is wrong with one file."""


def _read(path: Path) -> Query:
    source = path.read_text(encoding="utf-8")
    once, repeated = _header(source)
    name = _required(once, "name")
    if name != path.stem:
        raise _Fault(f"it is named {name!r}, expected its file name {path.stem!r}")
    labels = _labels(repeated["label"])
    declared = tuple(_parameter(text, labels) for text in repeated["param"])
    returns = tuple(_returned(text) for text in repeated["returns"])
    _same("parameters", [item.name for item in declared], sorted(parameters(source)), order=False)
    _same("columns", [item.name for item in returns], list(returned_columns(source)), order=True)
    if unused := labels.keys() - {item.name for item in declared}:
        raise _Fault(f"labels of undeclared parameters {sorted(unused)}")
    rendering = _one_of(Rendering, _required(once, "rendering"), "rendering")
    if rendering is Rendering.GRAPH and not any(item.type.is_graph for item in returns):
        raise _Fault("rendering is graph, but no column is a node, relationship or path")
    return Query(
        name=name,
        group=path.parent.name,
        question=_required(once, "question"),
        roles=frozenset(
            _one_of(Role, role.strip(), "role") for role in _required(once, "roles").split(",")
        ),
        parameters=declared,
        returns=returns,
        timeout_s=_timeout(_required(once, "timeout_s")),
        rendering=rendering,
        notes=tuple(repeated["note"]),
        text=source,
    )


def _header(source: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    once: dict[str, str] = {}
    repeated: dict[str, list[str]] = {key: [] for key in _REPEATED}
    for number, line in enumerate(source.splitlines(), start=1):
        if not line.startswith("//"):
            break
        match = _HEADER.match(line)
        if match is None:
            raise _Fault(f"line {number} is not '// key: value'")
        key, value = match.groups()
        if key in _REPEATED:
            repeated[key].append(value)
        elif key not in _ONCE:
            raise _Fault(f"line {number}: unknown key {key!r}")
        elif key in once:
            raise _Fault(f"line {number}: {key} is given twice")
        else:
            once[key] = value
    return once, repeated


def _required(once: dict[str, str], key: str) -> str:
    if not once.get(key):
        raise _Fault(f"the header lacks {key}")
    return once[key]


def _labels(texts: list[str]) -> dict[str, str]:
    labels = {}
    for text in texts:
        name, _, label = text.partition(":")
        if not label.strip():
            raise _Fault("a label is not 'name: text'")
        labels[name.strip()] = label.strip()
    return labels


def _parameter(text: str, labels: dict[str, str]) -> Parameter:
    match = _DECLARATION.match(text)
    if match is None:
        raise _Fault(f"param {text!r} is not 'name: type' or 'name: type = default'")
    name, kind, default = match.groups()
    parameter_type = _one_of(ParameterType, kind, "parameter type")
    return Parameter(
        name=name,
        type=parameter_type,
        label=labels.get(name, name.replace("_", " ").capitalize()),
        required=default is None,
        default=None if default is None else _default(name, parameter_type, default),
    )


def _default(name: str, kind: ParameterType, text: str) -> Any:
    if text == "null":
        return None
    try:
        match kind:
            case ParameterType.DATE:
                return date.fromisoformat(text)
            case ParameterType.STRING | ParameterType.FULLTEXT:
                return json.loads(text) if text.startswith('"') else text
            case ParameterType.INTEGER:
                return int(text)
            case ParameterType.FLOAT:
                return float(text)
            case ParameterType.BOOLEAN:
                return {"true": True, "false": False}[text]
            case ParameterType.LIST:
                return [str(item) for item in json.loads(text)]
    except (ValueError, KeyError, TypeError):
        raise _Fault(f"the default of {name} is not of type {kind}") from None


def _returned(text: str) -> Returned:
    match = _DECLARATION.match(text)
    if match is None or match.group(3) is not None:
        raise _Fault(f"returns {text!r} is not 'name: type'")
    return Returned(match.group(1), _one_of(ColumnType, match.group(2), "column type"))


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise _Fault("timeout_s is not a number") from None
    if not 0 < seconds <= MAX_TIMEOUT_S:
        raise _Fault(f"timeout_s is {seconds:g}, expected above 0 and at most {MAX_TIMEOUT_S:g}")
    return seconds


def _same(what: str, declared: list[str], found: list[str], *, order: bool) -> None:
    if len(set(declared)) != len(declared):
        raise _Fault(f"{what} are declared twice")
    if (declared if order else sorted(declared)) != found:
        raise _Fault(f"the header declares {what} {declared}, the text has {found}")


def _one_of(kind: type[Any], text: str, what: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(item.value for item in kind)
        raise _Fault(f"unknown {what} {text!r}, expected one of {known}") from None
