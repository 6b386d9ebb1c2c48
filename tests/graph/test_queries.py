"""The library's loader: a file whose header and text differ is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from graph.errors import BadParameter, LibraryBroken
from graph.parameters import bind, full_text
from graph.queries import (
    LIBRARY,
    ParameterType,
    Rendering,
    Role,
    load_library,
    read_query,
)
from webapp.access import GRANTED

if TYPE_CHECKING:
    from pathlib import Path

    from graph.queries import Query

HEADER = """\
// name: thing
// question: What is it?
// roles: investigator, analyst
// param: key: string
// param: since: date = 2024-02-29
// param: most: integer = 5
// param: share: float = null
// param: words: list = ["a, b", "c"]
// param: open: boolean = false
// label: key: The thing's key
// returns: name: string
// returns: found: node
// timeout_s: 2.5
// rendering: graph
// note: Only a test.
"""
TEXT = """MATCH (n {key: $key}) WHERE n.on >= $since AND n.a IN $words AND n.b = $open
AND n.share < $share RETURN n.name AS name, n AS found LIMIT $most
"""


def _write(folder: Path, header: str = HEADER, text: str = TEXT, name: str = "thing") -> Path:
    path = folder / "patterns" / f"{name}.cypher"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + text, encoding="utf-8")
    return path


@pytest.fixture
def query(tmp_path: Path) -> Query:
    return read_query(_write(tmp_path))


def test_the_header_is_read(query: Query) -> None:
    assert (query.name, query.group, query.timeout_s) == ("thing", "patterns", 2.5)
    assert query.rendering is Rendering.GRAPH
    assert query.roles == {Role.INVESTIGATOR, Role.ANALYST}
    assert query.columns == ("name", "found")
    assert query.notes == ("Only a test.",)
    key, since, *_ = query.parameters
    assert (key.label, key.required, key.type) == ("The thing's key", True, ParameterType.STRING)
    assert (since.label, since.required, since.default) == ("Since", False, date(2024, 2, 29))


def test_roles_are_asked_by_name(query: Query) -> None:
    assert query.allows("analyst")
    assert not query.allows("case_worker")
    assert not query.allows("visitor")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("// name: thing", "// name: other", "expected its file name"),
        ("// param: key: string\n", "", "declares parameters"),
        ("// param: key: string", "// param: key: string\n// param: spare: string", "parameters"),
        ("// param: key: string", "// param: key: words", "unknown parameter type"),
        ("// param: key: string", "// param: key: string\n// param: key: string", "twice"),
        ("integer = 5", "integer = five", "default of most"),
        ("// returns: name: string\n", "", "declares columns"),
        ("// returns: found: node", "// returns: found: thing", "unknown column type"),
        ("// returns: found: node", "// returns: found: string", "rendering is graph"),
        ("// question: What is it?\n", "", "lacks question"),
        ("// timeout_s: 2.5", "// timeout_s: 900", "timeout_s is 900"),
        ("// timeout_s: 2.5", "// timeout_s: 2.5\n// colour: red", "unknown key"),
        ("// timeout_s: 2.5", "// timeout_s: 2.5\n// timeout_s: 2", "given twice"),
        ("investigator, analyst", "investigator, king", "unknown role"),
        ("// label: key:", "// label: lock:", "undeclared parameters"),
        ("// note: Only a test.", "// only a test", "not '// key: value'"),
        ("n AS found", "n", "declares columns"),
        ("n.name AS name", "n.name", "no name"),
    ],
)
def test_a_file_that_differs_from_its_header_is_refused(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    source = HEADER + TEXT
    assert old in source
    path = _write(tmp_path, source.replace(old, new), "")
    with pytest.raises(LibraryBroken, match=why) as caught:
        read_query(path)
    assert str(path) in str(caught.value)


def test_one_bad_file_refuses_the_library_and_all_are_named(tmp_path: Path) -> None:
    _write(tmp_path, name="one")
    _write(tmp_path, name="two")
    with pytest.raises(LibraryBroken, match=r"one\.cypher.*two\.cypher"):
        load_library(tmp_path)


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    path = _write(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "thing.cypher").write_bytes(path.read_bytes())
    with pytest.raises(LibraryBroken, match="is taken in another folder"):
        load_library(tmp_path)


def test_the_shipped_library_loads() -> None:
    library = load_library()
    files = [
        path for group in ("app", "casework", "patterns") for path in (LIBRARY / group).iterdir()
    ]
    assert len(library) == len(files)
    assert sum(query.group == "patterns" for query in library.values()) >= 15


def test_roles_are_those_of_the_web_application() -> None:
    assert {role.value for role in Role} <= set(GRANTED)


def test_every_pattern_can_be_run_as_its_form_opens() -> None:
    for query in load_library().values():
        if query.group == "patterns":
            bind(query, {})


def test_text_of_a_form_and_values_of_code_are_understood(query: Query) -> None:
    from_form = bind(
        query,
        {"key": "k", "since": " 2024-03-01 ", "most": "7", "share": "0.5", "words": "x, y z",
         "open": "true"},
    )  # fmt: skip
    from_code = bind(
        query,
        {"key": "k", "since": date(2024, 3, 1), "most": 7, "share": 0.5, "words": ("x", "y", "z"),
         "open": True},
    )  # fmt: skip
    assert from_form == from_code
    assert bind(query, {"key": "", "most": " "}) == {
        "key": "",
        "since": date(2024, 2, 29),
        "most": 5,
        "share": None,
        "words": ["a, b", "c"],
        "open": False,
    }


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "needs key"),
        ({"key": "k", "other": 1}, "no parameter other"),
        ({"key": 5}, "key.*expected text"),
        ({"key": "k" * 10_001}, "key.*expected text"),
        ({"key": "k", "since": "2024-02-30"}, "since.*YYYY-MM-DD"),
        ({"key": "k", "most": "many"}, "most.*whole number"),
        ({"key": "k", "most": True}, "most.*whole number"),
        ({"key": "k", "most": 2**63}, "most.*whole number"),
        ({"key": "k", "share": "nan"}, "share.*a number"),
        ({"key": "k", "open": "perhaps"}, "open.*yes or no"),
        ({"key": "k", "words": [1]}, "words.*texts"),
    ],
)
def test_a_bad_parameter_is_named_and_its_value_is_not(
    query: Query, given: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadParameter, match=why) as caught:
        bind(query, given)
    assert "k" * 50 not in str(caught.value)
    assert "perhaps" not in str(caught.value)


def test_a_users_words_lose_lucenes_syntax() -> None:
    assert full_text("Motel 6 OR *:* ~(") == "motel* AND 6* AND or*"
    assert full_text("804-555-0101") == "(804* AND 555* AND 0101*) OR *8045550101*"
    for nothing in ("", "*", "~ ( )"):
        with pytest.raises(ValueError, match=r"^$"):
            full_text(nothing)


def test_a_negative_number_of_rows_is_refused_before_the_graph_is_asked() -> None:
    query = load_library()["frequent_runaways"]
    with pytest.raises(BadParameter, match=r"limit .* 0 or more"):
        bind(query, {"limit": "-1"})
    assert bind(query, {"limit": "0"})["limit"] == 0
