"""Whether a name is one, or an initial.

Guarantees: the same answer in DuckDB and in Spark, whose texts are both compared by code point.
"""

from __future__ import annotations

from typing import Final

FIRST_WORD_SIGN: Final = "\u2e80"
"""The signs from here on are words or syllables (Chinese, Japanese, Korean); those before are
letters of alphabets, of which one is an initial."""


def whole_word(name: str) -> str:
    """SQL: ``name`` (an expression) is more than an initial."""
    return f"(length({name}) > 1 OR {name} >= '{FIRST_WORD_SIGN}')"


def initial(name: str) -> str:
    """SQL: ``name`` is an initial."""
    return f"(length({name}) = 1 AND {name} < '{FIRST_WORD_SIGN}')"
