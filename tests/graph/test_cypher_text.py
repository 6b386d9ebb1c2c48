"""Reading our own Cypher: parameters and columns, whatever the comments and strings hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cypher_text import Unreadable, parameters, returned_columns

NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z").filter(
    lambda name: name not in {"order", "skip", "offset", "limit", "union", "distinct", "as"}
)
NOISE = st.text(alphabet="ab $'\"`\\/*(){};RETURN", max_size=12)


def test_parameters_are_found_only_where_they_are_used() -> None:
    text = """// $comment
    MATCH (n {a: $first, b: '$in_string', `$quoted`: "\\"$also\"}) /* $block */
    WHERE n.x = $second OR n.y = $`third`
    RETURN n AS n"""
    assert parameters(text) == {"first", "second", "third"}


@given(name=NAMES, noise=NOISE)
def test_a_strings_content_is_never_read(name: str, noise: str) -> None:
    quoted = noise.replace("\\", "\\\\").replace("'", "\\'")
    text = f"MATCH (n) WHERE n.a = '{quoted}' AND n.b = ${name} RETURN n.c AS {name}"
    assert parameters(text) == {name}
    assert returned_columns(text) == (name,)


@given(names=st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_columns_keep_their_order(names: list[str]) -> None:
    items = ", ".join(f"coalesce(n.a, [1, 2][0]) AS {name}" for name in names)
    text = f"MATCH (n) RETURN DISTINCT {items} ORDER BY {names[0]} SKIP 1 LIMIT $limit"
    assert returned_columns(text) == tuple(names)


def test_a_subquerys_return_is_not_the_querys() -> None:
    text = """MATCH (n) CALL (n) { MATCH (n)--(m) RETURN count(m) AS inner }
    RETURN n.limit AS a, inner, CASE WHEN n.x THEN 1 ELSE 2 END AS c LIMIT 5;"""
    assert returned_columns(text) == ("a", "inner", "c")


def test_every_branch_of_a_union_must_return_the_same() -> None:
    assert returned_columns("RETURN 1 AS a UNION ALL RETURN 2 AS a") == ("a",)
    with pytest.raises(Unreadable, match="UNION"):
        returned_columns("RETURN 1 AS a UNION RETURN 2 AS b")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("MATCH (n) SET n.x = 1", "no RETURN"),
        ("MATCH (n) RETURN n.name", "no name"),
        ("MATCH (n) RETURN *", "no name"),
        ("RETURN 'a AS b", "does not end"),
        ("RETURN (1 AS b", "does not close"),
        ("RETURN 1) AS b", "not opened"),
        ("RETURN 1 AS a; RETURN 2 AS a", "more than one"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        returned_columns(text)
