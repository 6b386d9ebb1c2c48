"""The form of the policy's files: agreements, views and groups of fields.

Guarantees: a file that loads has exactly the declared entries with the declared types; a problem
is told with its file, line and path. After Virginia's Data Trust papers an agreement binds one
provider's one dataset; what it does not name is not shared.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, model_validator

from sharing.purposes import Purpose
from sharing.rules import Match, Operator, Show

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Name = Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Text = Annotated[str, Field(strict=True, min_length=1, max_length=2000)]
Day = Annotated[date, Field(strict=True)]
Years = Annotated[int, Field(strict=True, ge=1, le=120)]
Scalar = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True)]
    | Annotated[date, Field(strict=True)]
    | StrictStr
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldRule(_Frozen):
    """The two halves of a field's rule. One word sets both: what is shown, and matched alike."""

    match: Match = Match.NOTHING
    show: Show = Show.NOTHING

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in _ONE_WORD:
            raise ValueError(
                f"expected one of {', '.join(_ONE_WORD)}, or {{match: ..., show: ...}}"
            )
        return {"match": _ONE_WORD[value], "show": value}


_ONE_WORD = {
    "clear": "clear",
    "year": "coarse",
    "age_band": "coarse",
    "county": "coarse",
    "token": "clear",
    "nothing": "nothing",
}


class RowFilter(_Frozen):
    """A condition on one column; every condition of a table must hold."""

    column: Name
    op: Operator
    values: tuple[Scalar, ...] = ()

    @model_validator(mode="after")
    def _values_fit_operator(self) -> RowFilter:
        takes = {
            Operator.IS_NULL: (0, 0),
            Operator.IS_NOT_NULL: (0, 0),
            Operator.AT_LEAST: (1, 1),
            Operator.AT_MOST: (1, 1),
        }
        low, high = takes.get(self.op, (1, 1000))
        if not low <= len(self.values) <= high:
            raise ValueError(f"{self.op} takes {low} to {high} values, not {len(self.values)}")
        return self


class TableShare(_Frozen):
    """What of one table enters a view.

    ``rows``: conditions that a row meets. ``only_with``: tables; a row enters only where a row of
    each of them, of the same feed and itself in the view, refers to it or is referred to by it.
    ``fields``: column or group of columns to rule; a column named by itself wins over its group.
    """

    rows: tuple[RowFilter, ...] = ()
    only_with: tuple[Name, ...] = ()
    fields: dict[Name, FieldRule] = Field(default_factory=dict)


class ViewShare(_Frozen):
    """What of one dataset enters one view, and why."""

    why: Text
    legal_basis: Text | None = None
    tables: dict[Name, TableShare] = Field(min_length=1)


class Agreement(_Frozen):
    """One provider's agreement about one dataset (= feed)."""

    format: Literal[1]
    provider: Text
    dataset: Name
    papers: tuple[Text, ...] = ()
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    valid_from: Day
    valid_to: Day
    legal_basis: Text
    retain_years: Years
    views: dict[Name, ViewShare]

    @model_validator(mode="after")
    def _dates_in_order(self) -> Agreement:
        if self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def in_effect(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_to


class ViewKind(StrEnum):
    """``graph``: persons, graph and rollups. ``rollups``: suppressed counts only."""

    GRAPH = "graph"
    ROLLUPS = "rollups"


class View(_Frozen):
    """A named audience. ``purposes`` are those for which its users may look."""

    name: Name
    kind: ViewKind
    title: Text
    audience: Text
    purposes: tuple[Purpose, ...] = Field(min_length=1)


class ViewsFile(_Frozen):
    """``views.yaml``: the views, and the groups of fields that agreements may name."""

    format: Literal[1]
    views: tuple[View, ...] = Field(min_length=1)
    field_groups: dict[Name, dict[Name, tuple[Name, ...]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_once(self) -> ViewsFile:
        names = [view.name for view in self.views]
        if len(set(names)) != len(names):
            raise ValueError("two views have one name")
        return self


M = TypeVar("M", bound=BaseModel)


class Document:
    """One file of the policy: its values, and the line of each path in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.value: Any = None
        self._root: yaml.Node | None = None
        self._walked: set[int] = set()
        try:
            loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
            self._root = loader.get_single_node()
            if self._root is not None:
                self._refuse_repeated_keys(self._root, ())
                self.value = loader.construct_document(self._root)
        except UnicodeDecodeError:
            self.problems.append(f"{path.name}: not UTF-8 text; expected a YAML file")
        except OSError as error:
            self.problems.append(f"{path.name}: cannot be read ({error.strerror})")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            reason = getattr(error, "problem", None) or "not YAML"
            self.problems.append(f"{path.name}{line}: not YAML: {reason}")

    def problem(self, where: Iterable[str | int], message: str) -> None:
        """Note a problem at a path of keys and positions."""
        at = tuple(where)
        dotted = ".".join(str(part) for part in at) or "the file"
        self.problems.append(f"{self.path.name}:{self._line(at)} {dotted}: {message}")

    def read(self, kind: type[M]) -> M | None:
        """The file as a model; None where it is not one, with the problems noted."""
        if self.problems:
            return None
        try:
            return kind.model_validate(self.value)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_context=False):
                self.problem(_known_part(found["loc"]), _worded(found["type"], found["msg"]))
            return None

    def _line(self, where: tuple[str | int, ...]) -> int:
        node, line = self._root, 1
        for part in where:
            if isinstance(node, yaml.MappingNode):
                pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line + 1, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                if part >= len(node.value):
                    break
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def _refuse_repeated_keys(self, node: yaml.Node, where: tuple[str | int, ...]) -> None:
        if id(node) in self._walked:  # an alias: its node was walked where it was anchored
            return
        self._walked.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    self.problems.append(
                        f"{self.path.name}:{key.start_mark.line + 1} "
                        f"{'.'.join(str(part) for part in (*where, key.value))}: written twice"
                    )
                seen.add(key.value)
                self._refuse_repeated_keys(value, (*where, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._refuse_repeated_keys(value, (*where, position))


def _known_part(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # Pydantic ends the path of a union's member with the member's type.
    return tuple(part for part in loc if isinstance(part, int) or "[" not in part)


def _worded(kind: str, message: str) -> str:
    if kind == "missing":
        return "missing; expected an entry of this name"
    if kind == "extra_forbidden":
        return "unknown entry; remove it or correct its name"
    return message
