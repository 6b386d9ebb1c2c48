"""The declared schema as import files, columns and Cypher.

Guarantees: functions of graph.schema alone, so that an import and a load over Bolt agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.contracts import ImportFile, ImportKind
from graph.elements import PropertyType
from graph.schema import FULL_TEXT, NODES, RANGE, RELATIONSHIPS
from runs.schema import Column, Table

if TYPE_CHECKING:
    from pathlib import Path

    from graph.elements import NodeType, Property, RelationshipType


def node_column(node: NodeType, item: Property) -> str:
    """The property's column in the label's Parquet file, in the import's header syntax."""
    if item is node.key:
        return f"{item.name}:ID({node.label})"
    return _header(item)


def relationship_columns(relationship: RelationshipType) -> tuple[str, str]:
    """The columns with the keys of the start and end nodes."""
    return f":START_ID({relationship.start})", f":END_ID({relationship.end})"


def _header(item: Property) -> str:
    return item.name if item.type is PropertyType.STRING else f"{item.name}:{item.type}"


def node_table(node: NodeType) -> Table:
    """The label's Parquet file, sorted by its key."""
    columns = tuple(
        Column(node_column(node, item), item.type.column_type, item.doc)
        for item in node.all_properties
    )
    return Table(node.label, (columns[0].name,), columns, node.doc)


def relationship_table(relationship: RelationshipType) -> Table:
    """The Parquet file of one type between two labels, sorted by every column.

    A stay may repeat between the same two nodes, so the two keys alone would not fix the order.
    """
    start, end = relationship_columns(relationship)
    columns = (
        Column(start, "VARCHAR", f"key of the {relationship.start}"),
        Column(end, "VARCHAR", f"key of the {relationship.end}"),
        *(
            Column(_header(item), item.type.column_type, item.doc)
            for item in relationship.properties
        ),
    )
    key = tuple(column.name for column in columns)
    return Table(relationship.file_name, key, columns, relationship.doc)


def import_files(folder: Path) -> tuple[ImportFile, ...]:
    """Every file that a projected graph below ``folder`` consists of, nodes first."""
    nodes = (
        ImportFile(ImportKind.NODES, node.label, node_table(node).path(folder)) for node in NODES
    )
    relationships = (
        ImportFile(ImportKind.RELATIONSHIPS, item.name, relationship_table(item).path(folder))
        for item in RELATIONSHIPS
    )
    return (*nodes, *relationships)


def schema_statements() -> tuple[str, ...]:
    """Cypher that makes the constraints and indexes, each safe to repeat.

    The same text is kept in cypher/admin/schema.cypher for those who run their own server.
    """
    unique = (
        f"CREATE CONSTRAINT {node.label.lower()}_key IF NOT EXISTS "
        f"FOR (n:{node.label}) REQUIRE n.{node.key.name} IS UNIQUE"
        for node in NODES
    )
    ranges = (
        f"CREATE INDEX {index.name} IF NOT EXISTS FOR (n:{index.label}) ON (n.{index.property})"
        for index in RANGE
    )
    full_text = (
        f"CREATE FULLTEXT INDEX {index.name} IF NOT EXISTS FOR (n:{index.label}) "
        f"ON EACH [{', '.join(f'n.{name}' for name in index.properties)}]"
        for index in FULL_TEXT
    )
    return (*unique, *ranges, *full_text)
