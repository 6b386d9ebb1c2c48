"""The declared schema, and what is written from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph import document
from graph.contracts import ImportKind
from graph.projection import nodes, relationships
from graph.rendering import import_files, node_table, relationship_table, schema_statements
from graph.schema import BY_LABEL, FULL_TEXT, NODES, PERSON, RANGE, RECORD, RELATIONSHIPS


def test_headers_follow_the_import_syntax() -> None:
    assert node_table(PERSON).column_names[:2] == ("person_id:ID(Person)", "display_name")
    assert {"birth_date:date", "roles:string[]", "records:int"} <= set(
        node_table(PERSON).column_names
    )
    refers = next(item for item in RELATIONSHIPS if item.name == "REFERS_TO")
    assert relationship_table(refers).column_names == (
        ":START_ID(Record)",
        ":END_ID(Person)",
        "probability:double",
        "weight:double",
    )


def test_relationships_join_declared_labels() -> None:
    assert {label for item in RELATIONSHIPS for label in (item.start, item.end)} <= set(BY_LABEL)


def test_every_file_is_listed_once_and_nodes_come_first(tmp_path: Path) -> None:
    files = import_files(tmp_path)
    kinds = [file.kind for file in files]
    assert kinds == sorted(kinds)
    assert kinds.count(ImportKind.NODES) == len(NODES)
    assert len({file.path for file in files}) == len(NODES) + len(RELATIONSHIPS)
    assert [file.name for file in files].count("IN") == 2


def test_every_declared_file_has_a_projection() -> None:
    assert list(nodes.NODES) == [node.label for node in NODES]
    assert list(relationships.RELATIONSHIPS) == [item.file_name for item in RELATIONSHIPS]


def test_indexes_name_declared_properties() -> None:
    for index in FULL_TEXT:
        declared = {item.name for item in BY_LABEL[index.label].all_properties}
        assert set(index.properties) <= declared
    for ranged in RANGE:
        declared = {item.name for item in BY_LABEL[ranged.label].all_properties}
        assert ranged.property in declared


def test_names_of_persons_are_in_no_index() -> None:
    named = {index.label for index in FULL_TEXT} | {index.label for index in RANGE}
    assert named.isdisjoint({PERSON.label, RECORD.label})


def test_every_label_has_a_unique_key() -> None:
    text = "\n".join(schema_statements())
    for node in NODES:
        assert f"FOR (n:{node.label}) REQUIRE n.{node.key.name} IS UNIQUE" in text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (document.DOCUMENT, document.markdown()),
        (document.STATEMENTS, document.statements()),
    ],
    ids=["documentation", "statements"],
)
def test_written_files_are_those_of_the_schema(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: python -m graph.document"
