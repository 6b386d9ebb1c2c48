"""Which pairs of reports are worth scoring.

Guarantees: a pair is a candidate when the two come from different systems or agencies, are of one
kind, and share a blocking key, which always holds more than a day. A key that would make more pairs
than the limit is narrowed by hour, place and offenses, and not used where that is still too many:
the number of candidates grows with the reports, never with their square.

What is too common is computed from the view's own reports, so after the split into views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

RULES: Final = {
    1: "case number and agency, or locality",
    2: "person",
    3: "person and day",
    4: "agency, day and hour",
    5: "agency, day and offense",
    6: "locality, day and hour",
    7: "locality, day and offense",
    8: "place and day",
    9: "place and offense",
    10: "contact and fortnight",
    11: "agency, offense, hour and month",
    12: "case number and month",
}

# Days lie at most one apart where either their halves or the next days' halves are equal.
_KEYS: Final = """
CREATE OR REPLACE TEMP TABLE report_key AS
WITH near AS (
    SELECT *, day // 2 AS half, 'a' AS shift FROM report
    UNION ALL SELECT *, (day + 1) // 2, 'b' FROM report
),
coded AS (SELECT near.*, unnest(codes) AS code FROM near),
peopled AS (
    SELECT iid, kind, p.person, day // 2 AS half, (day + 1) // 2 AS next_half
    FROM report JOIN report_person AS p USING (incident_key)
),
keyed AS (
    SELECT iid, kind, 1 AS rule, 'a' AS shift, number || '|' || agency_id AS key FROM report
    UNION ALL SELECT iid, kind, 1, 'l', number || '|' || locality FROM report
    UNION ALL SELECT iid, kind, 2, '', person::VARCHAR FROM peopled
    UNION ALL SELECT iid, kind, 3, 'a', person || '|' || half FROM peopled
    UNION ALL SELECT iid, kind, 3, 'b', person || '|' || next_half FROM peopled
    UNION ALL SELECT iid, kind, 4, shift, agency_id || '|' || half || '|' || hour FROM near
    UNION ALL SELECT iid, kind, 5, shift, agency_id || '|' || half || '|' || code FROM coded
    UNION ALL SELECT iid, kind, 6, shift, locality || '|' || half || '|' || hour FROM near
    UNION ALL SELECT iid, kind, 7, shift, locality || '|' || half || '|' || code FROM coded
    UNION ALL SELECT iid, kind, 8, shift, place || '|' || half FROM near
    UNION ALL SELECT iid, kind, 8, shift || 'n', place_name || '|' || half FROM near
    UNION ALL SELECT iid, kind, 9, '', place || '|' || code FROM coded WHERE shift = 'a'
    UNION ALL SELECT iid, kind, 10, shift, contact || '|' || (half // 7)
    FROM near JOIN report_contact USING (incident_key)
    UNION ALL SELECT iid, kind, 11, '', agency_id || '|' || code || '|' || hour || '|'
        || unnest(CASE WHEN by_report THEN [day // 30, day // 30 - 1] ELSE [day // 30] END)
    FROM coded WHERE shift = 'a'
    UNION ALL SELECT iid, kind, 12, shift, number || '|' || (half // 15) FROM near
)
SELECT DISTINCT iid, rule::TINYINT AS rule, hash(kind, rule, shift, key) AS key
FROM keyed WHERE key IS NOT NULL
"""

# Only reports of different sources make a pair.
_CROWD: Final = """
CREATE OR REPLACE TEMP TABLE crowd AS
WITH held AS (
    SELECT rule, key, source, count(*) AS n
    FROM report_key JOIN report USING (iid) GROUP BY ALL
)
SELECT rule, key, (pow(sum(n), 2) - sum(pow(n, 2))) / 2 AS pairs
FROM held GROUP BY rule, key HAVING count(*) > 1
"""

_NARROW: Final = """
CREATE OR REPLACE TEMP TABLE narrowed AS
WITH finer AS (
    SELECT iid, source, rule, CASE WHEN pairs > $limit
        THEN hash(key, hour, place, codes) ELSE key END AS key
    FROM report_key JOIN crowd USING (rule, key) JOIN report USING (iid)
),
held AS (SELECT rule, key, source, count(*) AS n FROM finer GROUP BY ALL),
counted AS (
    SELECT rule, key, (pow(sum(n), 2) - sum(pow(n, 2))) / 2 AS pairs
    FROM held GROUP BY rule, key HAVING count(*) > 1
)
SELECT iid, source, rule, key, pairs FROM finer JOIN counted USING (rule, key)
"""

_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE report_pair AS
SELECT l.iid AS iid_l, r.iid AS iid_r
FROM narrowed AS l JOIN narrowed AS r
    ON l.rule = r.rule AND l.key = r.key AND l.iid < r.iid AND l.source <> r.source
WHERE l.pairs <= $limit AND r.pairs <= $limit
GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """``pairs``: how many. ``dropped`` maps a rule, in words, to its keys that were not used."""

    pairs: int
    dropped: dict[str, int]


def make_candidates(con: duckdb.DuckDBPyConnection, pairs_per_key: int) -> Candidates:
    """Make ``report_pair`` (iid_l < iid_r) from the tables of resolution.incidents.reports."""
    con.execute(_KEYS)
    con.execute(_CROWD)
    con.execute(_NARROW, {"limit": pairs_per_key})
    con.execute(_PAIRS, {"limit": pairs_per_key})
    [(pairs,)] = con.execute("SELECT count(*) FROM report_pair").fetchall()
    dropped = con.execute(
        "SELECT rule, count(DISTINCT key) FROM narrowed WHERE pairs > $limit "
        "GROUP BY rule ORDER BY rule",
        {"limit": pairs_per_key},
    ).fetchall()
    con.execute("DROP TABLE report_key; DROP TABLE crowd; DROP TABLE narrowed")
    return Candidates(int(pairs), {RULES[rule]: int(keys) for rule, keys in dropped})
