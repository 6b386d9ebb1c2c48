"""What is written from the schema: docs/graph.md and cypher/admin/schema.cypher.

Guarantees: both files are functions of graph.schema alone (a test compares them). To write them
again after a change: ``python -m graph.document``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.rendering import schema_statements
from graph.schema import FULL_TEXT, NODES, RELATIONSHIPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.elements import Property

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENT: Final = ROOT / "docs" / "graph.md"
STATEMENTS: Final = ROOT / "cypher" / "admin" / "schema.cypher"
_OPENING: Final = (
    "One graph a view, built from that view's records and persons alone. Every key and id is "
    "the view's own; a property that is not known, or not shown in the view, is absent. "
    "Written from `graph/schema.py`; change it there, then `python -m graph.document`."
)


def markdown() -> str:
    """The schema for people who write queries."""
    lines = [
        "# The graph",
        "",
        _OPENING,
        "",
        "## Nodes",
    ]
    for node in NODES:
        lines += ["", f"### {node.label}", "", node.doc, "", *_table(node.all_properties)]
    lines += ["", "## Relationships"]
    for item in RELATIONSHIPS:
        lines += ["", f"### (:{item.start})-[:{item.name}]->(:{item.end})", "", item.doc]
        if item.properties:
            lines += ["", *_table(item.properties)]
    lines += [
        "",
        "## Full-text indexes",
        "",
        "Persons' names are in none of them: they are searched in the view's search index.",
        "",
        "| index | label | properties |",
        "| --- | --- | --- |",
        *(
            f"| `{index.name}` | {index.label} | {', '.join(index.properties)} |"
            for index in FULL_TEXT
        ),
    ]
    return "\n".join(lines) + "\n"


def statements() -> str:
    """Constraints and indexes as a file for a server of one's own."""
    head = (
        "// Constraints and indexes of a view's graph; safe to repeat.\n// From graph/schema.py.\n"
    )
    return head + "".join(f"{statement};\n" for statement in schema_statements())


def _table(properties: Iterable[Property]) -> list[str]:
    return [
        "| property | type | meaning |",
        "| --- | --- | --- |",
        *(f"| `{item.name}` | {item.type} | {item.doc} |" for item in properties),
    ]


def write() -> None:
    """Write both files."""
    for path, text in ((DOCUMENT, markdown()), (STATEMENTS, statements())):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
