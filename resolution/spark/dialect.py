"""Level conditions in Spark's words.

Guarantees: a condition that this module does not know how to say in Spark is refused when the
settings are made, not when Spark meets it half-way through a run.
"""

from __future__ import annotations

from typing import Final

import sqlglot
from sqlglot import exp

from resolution.errors import NotForSpark

_RENAMED: Final[dict[type[exp.Expression], str]] = {
    exp.ArrayOverlaps: "arrays_overlap",
    exp.JarowinklerSimilarity: "jaro_winkler",
}
_AS_IT_IS: Final = frozenset({"damerau_levenshtein"})
"""Functions that sqlglot does not know, which Splink's archive for Spark gives the same name."""


def _renamed(node: exp.Expression) -> exp.Expression:
    name = _RENAMED.get(type(node))
    if name is not None:
        return exp.Anonymous(this=name, expressions=[node.this, node.expression])
    if isinstance(node, exp.Anonymous) and node.name.lower() not in {
        *_AS_IT_IS,
        *_RENAMED.values(),
    }:
        raise NotForSpark(
            f"a level's condition calls {node.name}, which resolution.spark.dialect cannot say in "
            "Spark's SQL; add it there, or resolve with --engine duckdb"
        )
    return node


def in_spark(condition: str) -> str:
    """A condition of resolution.comparisons (DuckDB's SQL) as Spark reads it.

    Raises NotForSpark for a function without a counterpart.
    """
    if condition == "ELSE":
        return condition
    return sqlglot.parse_one(condition, read="duckdb").transform(_renamed).sql("spark")
