"""The statements that load relationships over Bolt: one file a declared relationship.

Guarantees: cypher/admin/load/ is a function of graph.schema alone (a test compares them). A
dynamic type could be one statement, but a lookup by a dynamic label uses no index. To write them
again after a change: ``python -m graph.load_statements``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graph.elements import RelationshipType
from graph.schema import BY_LABEL, RELATIONSHIPS

FOLDER: Final = Path(__file__).resolve().parents[1] / "cypher" / "admin" / "load"


def relationship_statement(item: RelationshipType) -> str:
    """The text of one file; every identifier comes from the declared schema."""
    start, end = BY_LABEL[item.start], BY_LABEL[item.end]
    return (
        f"// One batch of (:{item.start})-[:{item.name}]->(:{item.end}); see load_nodes.cypher.\n"
        "MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position\n"
        "SET m.position = $position + 1\n"
        "WITH m UNWIND $rows AS row\n"
        f"MATCH (s:{item.start} {{{start.key.name}: row.start}})\n"
        f"MATCH (e:{item.end} {{{end.key.name}: row.end}})\n"
        f"CREATE (s)-[r:{item.name}]->(e)\n"
        "SET r = row.properties\n"
        "RETURN count(r) AS created\n"
    )


def files() -> dict[Path, str]:
    """Every file with its text."""
    return {
        FOLDER / f"{item.file_name}.cypher": relationship_statement(item) for item in RELATIONSHIPS
    }


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.cypher"):
        path.unlink()
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
