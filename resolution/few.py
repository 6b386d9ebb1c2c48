"""Some thousands of pairs are scored without Splink's preparations.

Guarantees: the weights, probabilities and levels are those of ``scoring.Scorer``, bit for bit: the
same conditions, the model's same numbers, added in the same order on the same engine. A test holds
the two together on every pair of a world's records.

Why. Splink writes and compiles its statement anew at each prediction, a third of a second of two
cores for whatever few pairs; what an increment scores takes less than that
(docs/decisions/0017). For millions of pairs it does not count, and Splink bounds its memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from resolution.comparisons import COMPARISONS
from resolution.levels import BITS, level_case
from resolution.scoring import PAIRS_AT_ONCE, Scorer, compared_columns

if TYPE_CHECKING:
    import duckdb

    from resolution.model import Model

_LEVELS: Final = ", ".join(
    level_case(c.name, c.not_recorded, (level.condition for level in c.levels)) for c in COMPARISONS
)
_RARITY: Final = ", ".join(
    f"""CASE WHEN list_extract($log2_u_{c.name}, {c.name} + 2) IS NULL
        OR {column} IS NULL THEN 0::DOUBLE
    ELSE $frequency_weight * (list_extract($log2_u_{c.name}, {c.name} + 2) - log2({column}))
    END AS rarity_{c.name}"""
    for c in COMPARISONS
    for column in {f"tf_{level.frequency_column}" for level in c.levels if level.frequency_column}
)
_ADJUSTED: Final = frozenset(
    c.name for c in COMPARISONS if any(level.frequency_column for level in c.levels)
)
_SUM: Final = " + ".join(
    f"list_extract($bits_{c.name}, {c.name} + 2)"
    + (f" + rarity_{c.name}" if c.name in _ADJUSTED else "")
    for c in COMPARISONS
)
# Splink counts levels from the last up; 0 stands for what was not recorded in both.
_PACKED: Final = " + ".join(
    f"(CASE WHEN {c.name} < 0 THEN 0 ELSE {len(c.levels)} - {c.name} END)::UBIGINT"
    f" * {1 << BITS * place}::UBIGINT"
    for place, c in enumerate(COMPARISONS)
)

# All of this text is made of the declared comparisons; the model's numbers are parameters.
_SCORE: Final = f"""
CREATE OR REPLACE TEMP TABLE few_score AS
WITH pair AS (
    SELECT l.rid AS rid_l, r.rid AS rid_r,
        {", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in compared_columns())}
    FROM query_table($pairs) JOIN feature AS l ON l.rid = join_key_l
    JOIN feature AS r ON r.rid = join_key_r
),
compared AS MATERIALIZED (
    SELECT rid_l, rid_r, given_l, given_r, surname_l, surname_r, {_LEVELS} FROM pair
),
named AS (
    SELECT compared.*, greatest(one.tf_given, other.tf_given) AS tf_given,
        greatest(house.tf_surname, home.tf_surname) AS tf_surname
    FROM compared
    LEFT JOIN given_frequency AS one ON one.given = given_l
    LEFT JOIN given_frequency AS other ON other.given = given_r
    LEFT JOIN surname_frequency AS house ON house.surname = surname_l
    LEFT JOIN surname_frequency AS home ON home.surname = surname_r
),
rated AS (SELECT *, {_RARITY} FROM named),
weighed AS (SELECT rid_l, rid_r, $prior + {_SUM} AS match_weight, {_PACKED} AS levels FROM rated)
SELECT rid_l, rid_r, match_weight,
    CASE WHEN match_weight >= 0 THEN 1.0 / (1.0 + pow(2::DOUBLE, -match_weight))
        ELSE pow(2::DOUBLE, match_weight) / (1.0 + pow(2::DOUBLE, match_weight))
    END AS match_probability,
    levels::UBIGINT AS levels
FROM weighed
"""  # noqa: S608


class FewScorer:
    """Scores pairs of the table that is named ``feature`` when it is asked."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: Model) -> None:
        self._con = con
        self._model = model

    def score(self, pairs: str, target: str) -> None:
        """As ``Scorer.score``, which it leaves the pairs to where they are many."""
        if len(self._con.table(pairs)) > PAIRS_AT_ONCE:
            Scorer(self._con, self._model).score(pairs, target)
            return
        # As a relation the text would be bound twice, a tenth of the time.
        self._con.execute(_SCORE, {**_numbers(self._model), "pairs": pairs})
        self._con.table("few_score").create(target)


def _numbers(model: Model) -> dict[str, object]:
    """What the statement takes of the model. In its lists the first is of "not recorded in both",
    the others are in the order of the levels."""
    numbers: dict[str, object] = {
        "prior": model.prior_match_weight,
        "frequency_weight": float(model.frequencies.weight),
    }
    for declared, weights in zip(COMPARISONS, model.comparisons, strict=True):
        bits = [0.0, *(level.match_weight for level in weights.levels)]
        numbers[f"bits_{declared.name}"] = bits
        if declared.name in _ADJUSTED:
            numbers[f"log2_u_{declared.name}"] = [
                None,
                *(
                    math.log2(weight.u) if level.frequency_column else None
                    for level, weight in zip(declared.levels, weights.levels, strict=True)
                ),
            ]
    return numbers
