"""Why two reports are, or may be, of one incident: the waterfall of a pair.

Guarantees: the bars sum to the match weight (within LEAST_BITS); the first is the prior; every
comparison that touches a column which the view does not show is part of the one withheld bar, and
with it what rivals took away, which rests on the same comparisons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]

from resolution.incidents.comparisons import COMPARISONS
from resolution.incidents.scoring import level_weights
from resolution.waterfall import WITHHELD

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from resolution.incidents.model import IncidentModel
    from resolution.incidents.scoring import Scored

PRIOR: Final = ("Before comparing", "two reports of different sources, taken at random")
RIVALS: Final = ("Other reports", "another report of the same source fits as well")
LEAST_BITS: Final = 0.0005

_EXPLAINED: Final = """
CREATE OR REPLACE TEMP TABLE incident_explained AS
WITH held AS (
    SELECT iid_l, iid_r, place, label, words, bits, withheld
    FROM (UNPIVOT pair_levels ON "when", "where", what, who, number, arrest, system, drugs
        INTO NAME comparison VALUE "level")
    JOIN incident_level USING (comparison, "level")
    UNION ALL
    SELECT iid_l, iid_r, 99, $rivals_label, $rivals_words, rivals, $withholds
    FROM pair_levels WHERE rivals < -$least_bits
),
bar AS (
    SELECT iid_l, iid_r,
        list({'comparison': label, 'level': words, 'match_weight': bits, 'withheld': false}
            ORDER BY place) FILTER (NOT withheld) AS shown,
        sum(bits ORDER BY place) FILTER (withheld) AS hidden
    FROM held GROUP BY iid_l, iid_r
)
SELECT iid_l, iid_r, list_concat(
    [{'comparison': $prior_label, 'level': $prior_words, 'match_weight': $prior::DOUBLE,
      'withheld': false}],
    coalesce(shown, []),
    CASE WHEN $withholds THEN [{'comparison': $withheld_label, 'level': $withheld_words,
        'match_weight': coalesce(hidden, 0), 'withheld': true}] ELSE [] END) AS waterfall
FROM pair_levels LEFT JOIN bar USING (iid_l, iid_r)
"""


def incident_levels(model: IncidentModel, shown: frozenset[str]) -> pa.Table:
    """comparison, level (from 1), place, label, words, bits, withheld: a row for each level."""
    rows = [
        {
            "comparison": comparison.name,
            "level": number,
            "place": place,
            "label": comparison.label,
            "words": level.label,
            "bits": float(bits[number]),
            "withheld": not comparison.columns <= shown,
        }
        for place, (comparison, bits) in enumerate(
            zip(COMPARISONS, level_weights(model), strict=True)
        )
        for number, level in enumerate(comparison.levels, start=1)
    ]
    return pa.Table.from_pylist(rows)


def explain_incidents(
    con: duckdb.DuckDBPyConnection,
    model: IncidentModel,
    scored: Scored,
    chosen: NDArray[np.bool_],
    shown: frozenset[str],
) -> None:
    """Make ``incident_explained`` (iid_l, iid_r, waterfall) for the ``chosen`` pairs.

    ``shown``: the columns, as table.column, whose values the view shows.
    """
    levels = incident_levels(model, shown)
    columns = {c.name: scored.level[chosen, index] for index, c in enumerate(COMPARISONS)}
    con.register("incident_level", levels)
    con.register(
        "pair_levels",
        pa.table(
            {
                "iid_l": scored.left[chosen],
                "iid_r": scored.right[chosen],
                "rivals": scored.rivals[chosen],
                **columns,
            }
        ),
    )
    con.execute(
        _EXPLAINED,
        {
            "prior": model.prior_match_weight,
            "prior_label": PRIOR[0],
            "prior_words": PRIOR[1],
            "rivals_label": RIVALS[0],
            "rivals_words": RIVALS[1],
            "least_bits": LEAST_BITS,
            "withheld_label": WITHHELD[0],
            "withheld_words": WITHHELD[1],
            "withholds": any(levels.column("withheld").to_pylist()),
        },
    )
    con.unregister("incident_level")
    con.unregister("pair_levels")
