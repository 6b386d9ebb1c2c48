"""What a Cypher text uses and returns, read with care for comments, strings and quoted names.

Guarantees: a ``$name`` inside a comment, a string or a quoted name is not a parameter; a RETURN
inside a subquery is not the query's. This reads our own query files; it is no guard against
anybody (Neo4j's EXPLAIN is).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    |(?P<parameter>\$(?:`(?:``|[^`])*`|\w+))
    |(?P<quoted>`(?:``|[^`])*`)
    |(?P<word>[^\W\d]\w*)
    |(?P<number>\d[\w.]*)
    |(?P<space>\s+)
    |(?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_AFTER_RETURN: Final = frozenset({"ORDER", "SKIP", "OFFSET", "LIMIT", "UNION"})
_OPEN: Final = frozenset("([{")
_CLOSE: Final = frozenset(")]}")


class Unreadable(ValueError):
    """The text is not one complete Cypher statement with named columns."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    depth: int


def parameters(text: str) -> frozenset[str]:
    """Names of the parameters that the text uses."""
    return frozenset(
        token.text[1:].strip("`") for token in _tokens(text) if token.kind == "parameter"
    )


def returned_columns(text: str) -> tuple[str, ...]:
    """The columns of the text's own RETURN, in order.

    Raises Unreadable where there is none, where a column has no name, or where the branches of a
    UNION differ.
    """
    tokens = _tokens(text)
    found: list[tuple[str, ...]] = []
    for position, token in enumerate(tokens):
        if token.depth == 0 and _keyword(tokens, position) == "RETURN":
            found.append(_columns(tokens, position + 1))
    if not found:
        raise Unreadable("no RETURN")
    if len(set(found)) > 1:
        raise Unreadable("the branches of the UNION return different columns")
    return found[0]


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind in {"comment", "space"}:
            continue
        symbol = match.group()
        if symbol in {"'", '"', "`"}:
            raise Unreadable("a string or quoted name does not end")
        if symbol in _CLOSE:
            depth -= 1
        tokens.append(_Token(kind, symbol, depth))
        if symbol in _OPEN:
            depth += 1
        if depth < 0:
            raise Unreadable("a bracket closes that was not opened")
    if depth:
        raise Unreadable("a bracket does not close")
    if any(token.text == ";" for token in tokens[:-1]):
        raise Unreadable("more than one statement")
    return tokens


def _keyword(tokens: list[_Token], position: int) -> str | None:
    """The upper-case word at the position, unless it names a property, label or variable."""
    token = tokens[position]
    if token.kind != "word":
        return None
    if position and tokens[position - 1].text in {".", ":"}:
        return None
    return token.text.upper()


def _columns(tokens: list[_Token], start: int) -> tuple[str, ...]:
    items: list[list[_Token]] = [[]]
    for position in range(start, len(tokens)):
        token = tokens[position]
        if token.depth == 0:
            if token.text == ";" or _keyword(tokens, position) in _AFTER_RETURN:
                break
            if token.text == ",":
                items.append([])
                continue
            if position == start and _keyword(tokens, position) == "DISTINCT":
                continue
        items[-1].append(token)
    return tuple(_column(item) for item in items)


def _column(item: list[_Token]) -> str:
    if len(item) == 1 and item[0].kind in {"word", "quoted"}:
        return item[0].text.strip("`")
    if len(item) >= 3 and item[-2].text.upper() == "AS" and item[-1].kind in {"word", "quoted"}:
        return item[-1].text.strip("`")
    raise Unreadable("a returned column has no name; give it one with AS")
