"""Adding what was learnt of pairs to the weights that they have.

Guarantees: ``new_score`` keeps its rows and levels; a pair of which nothing was learnt keeps its
weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

_ADD: Final = """
CREATE OR REPLACE TABLE new_score AS
SELECT rid_l, rid_r, weight AS match_weight, 1 / (1 + pow(2, -weight)) AS match_probability, levels
FROM (
    SELECT rid_l, rid_r, match_weight + coalesce(bits, 0) AS weight, levels
    FROM new_score LEFT JOIN learnt_bits USING (rid_l, rid_r))
"""


def add_bits(con: duckdb.DuckDBPyConnection, learnt: duckdb.DuckDBPyRelation) -> None:
    """``learnt`` (rid_l, rid_r, bits): each pair at most once."""
    learnt.create_view("learnt_bits", replace=True)
    con.execute(_ADD)
    con.execute("DROP VIEW learnt_bits")
