"""What a graph's schema is declared in: properties, labels, relationship types, indexes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PropertyType(StrEnum):
    """A property's type as the import's header spells it."""

    STRING = "string"
    STRINGS = "string[]"
    INTEGER = "int"
    FLOAT = "double"
    DATE = "date"
    BOOLEAN = "boolean"

    @property
    def column_type(self) -> str:
        """The DuckDB type of the Parquet column."""
        return _COLUMN_TYPES[self]


_COLUMN_TYPES: Final = {
    PropertyType.STRING: "VARCHAR",
    PropertyType.STRINGS: "VARCHAR[]",
    PropertyType.INTEGER: "INTEGER",
    PropertyType.FLOAT: "DOUBLE",
    PropertyType.DATE: "DATE",
    PropertyType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node or relationship; absent where the value is not known or not shown."""

    name: str
    type: PropertyType
    doc: str


@dataclass(frozen=True, slots=True)
class NodeType:
    """A label. ``key`` is unique in the view and is itself stored as a string property."""

    label: str
    key: Property
    properties: tuple[Property, ...]
    doc: str

    @property
    def all_properties(self) -> tuple[Property, ...]:
        return (self.key, *self.properties)


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A relationship type between two labels. ``derived``: computed, pointing to its evidence."""

    name: str
    start: str
    end: str
    properties: tuple[Property, ...]
    doc: str
    derived: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.start}-{self.name}-{self.end}"


@dataclass(frozen=True, slots=True)
class FullTextIndex:
    """A full-text index over one label; it never spans two views."""

    name: str
    label: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RangeIndex:
    """An index on one property that library queries filter by."""

    name: str
    label: str
    property: str
