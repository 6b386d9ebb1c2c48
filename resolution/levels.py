"""A pair's levels in one number, and its weights from them.

Guarantees: the number holds the level of every comparison (4 bits each, 0 where it was not recorded
in both, then as Splink counts, from the last level up), so that why a pair weighs what it weighs
is told without scoring it again: the weights are the model's, as they were when it was scored.
"""

from __future__ import annotations

import math
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final

import numpy as np
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from resolution.comparisons import COMPARISONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb
    from duckdb import Expression
    from numpy.typing import NDArray

    from resolution.model import Model

BITS: Final = 4
assert all(len(comparison.levels) < 1 << BITS for comparison in COMPARISONS)  # noqa: S101
assert len(COMPARISONS) * BITS <= 64  # noqa: S101

# A level adjusted for rarity holds only where both have the name.
_NAMED: Final = """
SELECT join_key_l AS rid_l, join_key_r AS rid_r, levels, tf_given AS given, tf_surname AS surname
FROM linked_pair JOIN feature AS l ON l.rid = join_key_l
LEFT JOIN given_frequency USING (given) LEFT JOIN surname_frequency USING (surname)
"""


def level_case(name: str, not_recorded: str, conditions: Iterable[str]) -> str:
    """A comparison's level in SQL: the place among its ``conditions`` of the first that holds, -1
    where ``not_recorded`` does."""
    whens = [f"WHEN {not_recorded} THEN -1"]
    for number, condition in enumerate(conditions):
        whens.append(f"ELSE {number}" if condition == "ELSE" else f"WHEN {condition} THEN {number}")
    return f"(CASE {' '.join(whens)} END)::TINYINT AS {name}"


def packed() -> Expression:
    """``levels`` (UBIGINT) of a row that has each comparison's ``gamma_<name>``."""
    parts = (
        (ColumnExpression(f"gamma_{comparison.name}") + ConstantExpression(1)).cast("UBIGINT")
        * ConstantExpression(1 << BITS * place).cast("UBIGINT")
        for place, comparison in enumerate(COMPARISONS)
    )
    return reduce(add, parts).cast("UBIGINT").alias("levels")


def gammas(levels: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Each comparison's gamma, -1 where it was not recorded in both; shape (n, comparisons)."""
    places = np.arange(len(COMPARISONS), dtype=np.uint64) * np.uint64(BITS)
    found = (levels[:, np.newaxis] >> places) % np.uint64(1 << BITS)
    return found.astype(np.int64) - 1


def unpacked(con: duckdb.DuckDBPyConnection, model: Model) -> duckdb.DuckDBPyRelation:
    """The columns of Scorer.explain, apart from the pair's whole weight, of the pairs in
    ``linked_pair`` (join_key_l, join_key_r, levels)."""
    columns = [ColumnExpression("rid_l"), ColumnExpression("rid_r")]
    for place, (declared, weights) in enumerate(zip(COMPARISONS, model.comparisons, strict=True)):
        gamma = (
            ColumnExpression("levels")
            // ConstantExpression(1 << BITS * place)
            % ConstantExpression(1 << BITS)
        ).cast("INTEGER") - ConstantExpression(1)
        bits = [0.0, *(level.match_weight for level in reversed(weights.levels))]
        columns.append(gamma.alias(f"gamma_{declared.name}"))
        columns.append(
            FunctionExpression(
                "list_extract", ConstantExpression(bits), gamma + ConstantExpression(2)
            ).alias(f"mw_{declared.name}")
        )
        for number, (level, weight) in enumerate(
            zip(reversed(declared.levels), reversed(weights.levels), strict=True)
        ):
            if level.frequency_column is not None:
                share = ColumnExpression(level.frequency_column)
                rarity = ConstantExpression(model.frequencies.weight) * (
                    ConstantExpression(math.log2(weight.u)) - FunctionExpression("log2", share)
                )
                columns.append(
                    CaseExpression(gamma == ConstantExpression(number), rarity)
                    .otherwise(ConstantExpression(0.0))
                    .alias(f"mw_tf_adj_{declared.name}")
                )
    return con.sql(_NAMED).select(*columns)
