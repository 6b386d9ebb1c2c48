"""What keeps two records apart, whatever the evidence: an agency's numbering, and courts' orders.

Guarantees: the one place that says so, for a run, an increment and the pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

NUMBERED_ROLES: Final = ("arrestee", "offender", "victim")
"""Two records of one of these roles in one incident and one feed speak of two people: each agency
numbers its victims, offenders and arrestees once. (A laboratory's subject recurs with each item.)
"""

# The parties of one order are different people, however alike the names of a parent and a child.
_PARTY_PAIR: Final = """
CREATE OR REPLACE TEMP VIEW party_pair AS
WITH party AS (
    SELECT court_order_key, record_key
    FROM (UNPIVOT court_order ON petitioner_key, respondent_key, child_key
        INTO NAME part VALUE record_key)
)
SELECT DISTINCT l.record_key AS record_key_l, r.record_key AS record_key_r
FROM party AS l JOIN party AS r USING (court_order_key)
WHERE l.record_key < r.record_key
"""


def open_parties(con: duckdb.DuckDBPyConnection) -> None:
    """Make the view ``party_pair`` (record_key_l, the smaller; record_key_r) over ``court_order``:
    the parties of one order."""
    con.execute(_PARTY_PAIR)
