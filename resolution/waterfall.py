"""Why a pair has its weight, in words.

Guarantees: the bars of a waterfall sum to the pair's match weight; the first is the prior; every
comparison that touches a column which the view does not show is part of the one withheld bar, so
that neither its level nor its own weight can be read. What was kept of a waterfall is told by what
the view shows when it is read, not when it was kept.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final

import duckdb
from duckdb import (
    CaseExpression,
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    FunctionExpression,
)

from resolution.comparisons import COMPARISONS
from resolution.contracts import WATERFALL_TYPE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from duckdb import Expression

    from resolution.comparisons import Comparison
    from resolution.model import Model
    from resolution.scoring import PairScorer

BEFORE: Final = "Before comparing"
WITHHELD: Final = ("Withheld", "values that this view does not show")


def explained(
    con: duckdb.DuckDBPyConnection,
    scorer: PairScorer,
    model: Model,
    pairs: str,
    shown_columns: frozenset[str],
) -> duckdb.DuckDBPyRelation:
    """The columns rid_l, rid_r, waterfall of the pairs in the table ``pairs``.

    Makes the table ``link_levels`` anew, which the relation reads.
    """
    con.execute("DROP TABLE IF EXISTS link_levels")
    scorer.explain(pairs, "link_levels")
    return waterfalls(con.table("link_levels"), model, shown_columns)


def waterfalls(
    levels: duckdb.DuckDBPyRelation, model: Model, shown_columns: frozenset[str]
) -> duckdb.DuckDBPyRelation:
    """The columns rid_l, rid_r, waterfall of pairs with their levels and weights, as
    Scorer.explain has them."""
    found = set(levels.columns)
    weighing = [
        declared
        for declared, weights in zip(COMPARISONS, model.comparisons, strict=True)
        if any(level.match_weight for level in weights.levels)
    ]
    shown = [comparison for comparison in weighing if comparison.columns <= shown_columns]
    hidden = [comparison for comparison in weighing if not comparison.columns <= shown_columns]
    bars = [
        _bar(*_said(_prior(model)), ConstantExpression(model.prior_match_weight), withheld=False)
    ]
    bars += [
        CaseExpression(
            _gamma(comparison) >= ConstantExpression(0),
            _bar(
                ConstantExpression(comparison.label),
                FunctionExpression(
                    "list_extract",
                    # Splink counts levels from the last upwards, from 0; lists begin at 1.
                    ConstantExpression([level.label for level in reversed(comparison.levels)]),
                    _gamma(comparison) + ConstantExpression(1),
                ),
                _bits(comparison, found),
                withheld=False,
            ),
        )
        for comparison in shown
    ]
    if hidden:
        bits = reduce(add, (_bits(comparison, found) for comparison in hidden))
        bars.append(_bar(*_said(WITHHELD), bits, withheld=True))
    return levels.select(
        "rid_l", "rid_r", FunctionExpression("list_value", *bars).alias("bars")
    ).select(
        "rid_l",
        "rid_r",
        duckdb.SQLExpression("list_filter(bars, lambda bar: bar IS NOT NULL)").alias("waterfall"),
    )


def told_comparisons(shown_columns: frozenset[str]) -> tuple[str, ...]:
    """Labels of the comparisons whose bars stand for themselves in such a view."""
    return tuple(one.label for one in COMPARISONS if one.columns <= shown_columns)


def retold(bars: Sequence[Mapping[str, Any]], told: Collection[str]) -> list[dict[str, Any]]:
    """A waterfall that was kept, as a view tells it that tells only the comparisons ``told``.

    The sum stays; what is not told now, or was not told then, is the one withheld bar.
    """
    kept = [dict(bar) for bar in bars if _stands(bar, told)]
    hidden = [float(bar["match_weight"]) for bar in bars if not _stands(bar, told)]
    if hidden:
        label, words = WITHHELD
        weight = sum(hidden)
        kept.append({"comparison": label, "level": words, "match_weight": weight, "withheld": True})
    return kept


def level_words(comparison: str, level: str) -> str:
    """What a kept bar's level says to a reader, by the labels of both; what no comparison of
    persons has (the prior, what is withheld, a bar of incidents, a word of an older version) as it
    was kept."""
    return _WORDS.get((comparison, level), level)


_WORDS: Final = {(c.label, level.label): level.words for c in COMPARISONS for level in c.levels}


def _stands(bar: Mapping[str, Any], told: Collection[str]) -> bool:
    return not bar["withheld"] and (bar["comparison"] == BEFORE or bar["comparison"] in told)


def _prior(model: Model) -> tuple[str, str]:
    pairs = round(1 / model.probability_two_random_records_match)
    words = f"of {model.prior_records:,} records, one pair in {pairs:,} is of one person"
    return BEFORE, words


def _bar(
    comparison: Expression, level: Expression, bits: Expression, *, withheld: bool
) -> Expression:
    bar = FunctionExpression("row", comparison, level, bits, ConstantExpression(withheld))
    return bar.cast(duckdb.type(WATERFALL_TYPE.removesuffix("[]")))


def _said(words: tuple[str, str]) -> tuple[Expression, Expression]:
    return ConstantExpression(words[0]), ConstantExpression(words[1])


def _gamma(comparison: Comparison) -> Expression:
    return ColumnExpression(f"gamma_{comparison.name}")


def _bits(comparison: Comparison, found: set[str]) -> Expression:
    """The comparison's weight; one that says nothing weighs nothing."""
    bits: Expression = ColumnExpression(f"mw_{comparison.name}")
    rarity = f"mw_tf_adj_{comparison.name}"
    if rarity in found:
        bits = bits + CoalesceOperator(ColumnExpression(rarity), ConstantExpression(0.0))
    recorded = _gamma(comparison) >= ConstantExpression(0)
    return CaseExpression(recorded, bits).otherwise(ConstantExpression(0.0))
