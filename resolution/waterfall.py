"""Why a pair has its weight, in words.

Guarantees: the bars of a waterfall sum to the pair's match weight; the first is the prior; every
comparison that touches a column which the view does not show is part of the one withheld bar, so
that neither its level nor its own weight can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]

from resolution.comparisons import COMPARISONS
from resolution.scoring import Scorer

if TYPE_CHECKING:
    import duckdb

    from resolution.model import Model
    from resolution.scoring import ScorerOf

PRIOR: Final = ("Before comparing", "two records taken at random")
WITHHELD: Final = ("Withheld", "values that this view does not show")


def level_words(shown_columns: frozenset[str]) -> pa.Table:
    """comparison, gamma, place, label, words, withheld: one row for each level of each."""
    rows = [
        {
            "comparison": comparison.name,
            "gamma": len(comparison.levels) - 1 - index,
            "place": place,
            "label": comparison.label,
            "words": level.label,
            "withheld": not comparison.columns <= shown_columns,
        }
        for place, comparison in enumerate(COMPARISONS)
        for index, level in enumerate(comparison.levels)
    ]
    return pa.Table.from_pylist(rows)


_EXPLAINED: Final = """
CREATE OR REPLACE TEMP TABLE explained AS
WITH weight AS (
    SELECT rid_l, rid_r, regexp_replace(part, '^mw_(tf_adj_)?', '') AS comparison,
        sum(bits) AS bits
    FROM (UNPIVOT link_levels ON COLUMNS('^mw_') INTO NAME part VALUE bits)
    GROUP BY ALL
),
level AS (
    SELECT rid_l, rid_r, regexp_replace(part, '^gamma_', '') AS comparison, gamma
    FROM (UNPIVOT link_levels ON COLUMNS('^gamma_') INTO NAME part VALUE gamma)
    WHERE gamma >= 0
),
bar AS (
    SELECT rid_l, rid_r, place, label, words, bits, withheld
    FROM level JOIN weight USING (rid_l, rid_r, comparison)
    JOIN level_words USING (comparison, gamma)
),
shown AS (
    SELECT rid_l, rid_r, list({
        'comparison': label, 'level': words, 'match_weight': bits, 'withheld': false
    } ORDER BY place) AS bars
    FROM bar WHERE NOT withheld GROUP BY rid_l, rid_r
),
hidden AS (
    SELECT rid_l, rid_r, sum(bits ORDER BY place) AS bits
    FROM bar WHERE withheld GROUP BY rid_l, rid_r
)
SELECT rid_l, rid_r, list_concat(
    [{'comparison': $prior_label, 'level': $prior_words,
      'match_weight': $prior::DOUBLE, 'withheld': false}],
    coalesce(shown.bars, []),
    CASE WHEN $withholds THEN
        [{'comparison': $withheld_label, 'level': $withheld_words,
          'match_weight': coalesce(hidden.bits, 0), 'withheld': true}] ELSE [] END
) AS waterfall
FROM link_levels
LEFT JOIN shown USING (rid_l, rid_r)
LEFT JOIN hidden USING (rid_l, rid_r)
"""


def explain(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    pairs: str,
    shown_columns: frozenset[str],
    scorer_of: ScorerOf = Scorer,
) -> None:
    """Make the table ``explained`` (rid_l, rid_r, waterfall) for the table ``pairs``."""
    words = level_words(shown_columns)
    scorer_of(con, model).explain(pairs, "link_levels")
    con.register("level_words", words)
    con.execute(
        _EXPLAINED,
        {
            "prior": model.prior_match_weight,
            "prior_label": PRIOR[0],
            "prior_words": PRIOR[1],
            "withheld_label": WITHHELD[0],
            "withheld_words": WITHHELD[1],
            "withholds": any(words.column("withheld").to_pylist()),
        },
    )
    con.unregister("level_words")
    con.execute("DROP TABLE link_levels")
