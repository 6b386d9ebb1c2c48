"""How the published cells of one folder add up: what an attacker would know.

Guarantees: every relation holds for the true counts. Relations: regions are the sum of their
localities and the whole of its regions; a period is the sum of the shorter periods in it (a stock
is that of the last one); the groups of a breakdown sum to the count, or cover it where one subject
may lie in several; a category lies within a wider one, and parts that make up the wider one cover
it; an open stock is the one before it plus entries minus exits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from ingest.contracts.packs import Counts
from rollups.counting import OVERLAPPING
from rollups.suppression import Tables

if TYPE_CHECKING:
    import duckdb

    from ingest.contracts.packs import Pack

_CHOICES: Final = """
CREATE TABLE overlapping (breakdown VARCHAR);
CREATE TABLE within (part VARCHAR, whole VARCHAR);
CREATE TABLE covered (whole VARCHAR, disjoint BOOLEAN);
CREATE TABLE additive (measure VARCHAR);
CREATE TABLE flow (opened VARCHAR, entries VARCHAR, exits VARCHAR);
CREATE TABLE threshold (measure VARCHAR, threshold BIGINT);
"""

_NUMBERED: Final = """
CREATE TABLE numbered AS
SELECT (row_number() OVER (ORDER BY measure, category, breakdown, group_key, place_level, place_id,
                           period_level, period_start) - 1)::BIGINT AS cell_id, *
FROM cell;

CREATE TABLE period_parent AS
SELECT DISTINCT child.period_level, child.period_start,
       parent.period_level AS parent_level, parent.period_start AS parent_start,
       p.last_month = c.last_month AS is_last
FROM month_period child JOIN month_period parent USING (month)
JOIN period c ON c.period_level = child.period_level AND c.period_start = child.period_start
JOIN period p ON p.period_level = parent.period_level AND p.period_start = parent.period_start
WHERE (child.period_level, parent.period_level) IN
      (('month', 'year'), ('year', 'pooled'), ('pooled', 'all'));

CREATE TABLE period_order AS
SELECT period_level, period_start,
       lead(period_start) OVER (PARTITION BY period_level ORDER BY period_start) AS next_start
FROM period;
"""

# sort: e = sums to zero, g = at least zero. A relation needs both signs to be one.
_TERMS: Final = """
CREATE TABLE term AS
-- regions and the whole
SELECT 'e' AS sort, 'place' AS why,
       concat_ws('|', measure, category, breakdown, group_key, period_level, period_start,
                 CASE WHEN place_level = 'region' THEN 'all' ELSE p.region_id END) AS relation,
       cell_id, 1 AS factor
FROM numbered n JOIN place p USING (place_level, place_id) WHERE place_level <> 'all'
UNION ALL
SELECT 'e', 'place', concat_ws('|', measure, category, breakdown, group_key, period_level,
                               period_start, place_id), cell_id, -1
FROM numbered WHERE place_level <> 'locality'
-- longer periods
UNION ALL
SELECT 'e', 'period', concat_ws('|', measure, category, breakdown, group_key, place_level, place_id,
                                parent_level, parent_start), cell_id, 1
FROM numbered JOIN period_parent USING (period_level, period_start)
WHERE is_last OR measure NOT IN (SELECT measure FROM stock)
UNION ALL
SELECT 'e', 'period', concat_ws('|', measure, category, breakdown, group_key, place_level, place_id,
                                period_level, period_start), cell_id, -1
FROM numbered
-- groups that part a count
UNION ALL
SELECT CASE WHEN breakdown IN (FROM overlapping) THEN 'g' ELSE 'e' END, 'group',
       concat_ws('|', measure, category, breakdown, place_level, place_id, period_level,
                 period_start), cell_id, 1
FROM numbered WHERE breakdown <> 'none'
UNION ALL
SELECT CASE WHEN b.breakdown IN (FROM overlapping) THEN 'g' ELSE 'e' END, 'group',
       concat_ws('|', n.measure, n.category, b.breakdown, place_level, place_id, period_level,
                 period_start), cell_id, -1
FROM numbered n
JOIN (SELECT DISTINCT measure, category, breakdown FROM numbered WHERE breakdown <> 'none') b
  ON b.measure = n.measure AND b.category = n.category
WHERE n.breakdown = 'none'
-- no group is larger than the count
UNION ALL
SELECT 'g', 'group_within', concat_ws('|', g.cell_id), unnest([g.cell_id, n.cell_id]),
       unnest([-1, 1])
FROM numbered g JOIN numbered n
  ON n.breakdown = 'none' AND g.breakdown IN (FROM overlapping)
 AND g.measure = n.measure AND g.category = n.category AND g.place_level = n.place_level
 AND g.place_id = n.place_id AND g.period_level = n.period_level
 AND g.period_start = n.period_start
-- a part of a category is no larger than it
UNION ALL
SELECT 'g', 'within', concat_ws('|', s.cell_id, l.cell_id), unnest([s.cell_id, l.cell_id]),
       unnest([-1, 1])
FROM numbered s JOIN within w ON w.part = s.category
JOIN numbered l ON l.category = w.whole
 AND l.measure = s.measure AND l.breakdown = s.breakdown AND l.group_key = s.group_key
 AND l.place_level = s.place_level AND l.place_id = s.place_id
 AND l.period_level = s.period_level AND l.period_start = s.period_start
-- and all its parts together are no smaller, or equal where nothing is in two of them
UNION ALL
SELECT CASE WHEN disjoint AND measure IN (FROM additive) THEN 'e' ELSE 'g' END, 'covered',
       concat_ws('|', measure, w.whole, breakdown, group_key, place_level, place_id, period_level,
                 period_start), cell_id, 1
FROM numbered JOIN within w ON w.part = category JOIN covered USING (whole)
UNION ALL
SELECT CASE WHEN disjoint AND measure IN (FROM additive) THEN 'e' ELSE 'g' END, 'covered',
       concat_ws('|', measure, category, breakdown, group_key, place_level, place_id, period_level,
                 period_start), cell_id, -1
FROM numbered JOIN covered ON whole = category
-- stock = stock before + entries - exits
UNION ALL
SELECT 'e', 'flow', concat_ws('|', f.opened, place_level, place_id, period_level, period_start),
       cell_id, CASE WHEN measure = f.entries THEN 1 ELSE -1 END
FROM numbered JOIN flow f ON measure IN (f.opened, f.entries, f.exits)
UNION ALL
SELECT 'e', 'flow', concat_ws('|', f.opened, place_level, place_id, period_level, next_start),
       cell_id, 1
FROM numbered JOIN flow f ON measure = f.opened JOIN period_order USING (period_level, period_start)
WHERE next_start IS NOT NULL;

CREATE TABLE relation AS
SELECT sort, why, relation,
       (row_number() OVER (PARTITION BY sort ORDER BY why, relation) - 1)::BIGINT AS row_id
FROM term GROUP BY sort, why, relation
HAVING max(factor) > 0 AND min(factor) < 0;
"""

_READ_TERMS: Final = """
SELECT r.row_id, t.cell_id, t.factor
FROM term t JOIN relation r USING (sort, why, relation) WHERE t.sort = $sort
ORDER BY r.row_id, t.cell_id
"""

# What is lost with a cell: the whole, long periods and the focus are what readers come for.
_READ_CELLS: Final = """
SELECT n, threshold,
       (CASE place_level WHEN 'all' THEN 400.0 WHEN 'region' THEN 40.0 ELSE 1.0 END)
       * (CASE period_level WHEN 'all' THEN 30.0 WHEN 'pooled' THEN 6.0 WHEN 'year' THEN 3.0
                            ELSE 1.0 END)
       * (CASE breakdown WHEN 'none' THEN 1.5 ELSE 1.0 END)
       * (CASE WHEN category = $focus AND place_level = 'region' THEN 4.0 ELSE 1.0 END) AS cost
FROM numbered JOIN threshold USING (measure) ORDER BY cell_id
"""


def read_tables(con: duckdb.DuckDBPyConnection, pack: Pack) -> Tables:
    """The cells of ``cell`` as the suppression sees them, in the order of ``numbered.cell_id``."""
    con.execute(_CHOICES)
    _load_choices(con, pack)
    con.execute(_NUMBERED)
    con.execute(_TERMS)
    cells = con.execute(_READ_CELLS, {"focus": pack.focus}).fetchnumpy()
    size = len(cells["n"])
    return Tables(
        values=np.asarray(cells["n"], dtype=np.int64),
        thresholds=np.asarray(cells["threshold"], dtype=np.int64),
        costs=np.asarray(cells["cost"], dtype=float),
        equal=_matrix(con, "e", size),
        at_least=_matrix(con, "g", size),
    )


def _matrix(con: duckdb.DuckDBPyConnection, sort: str, columns: int) -> csr_array:
    terms = con.execute(_READ_TERMS, {"sort": sort}).fetchnumpy()
    rows = np.asarray(terms["row_id"], dtype=np.int64)
    factors = np.asarray(terms["factor"], dtype=float)
    place = (rows, np.asarray(terms["cell_id"], dtype=np.int64))
    height = int(rows.max()) + 1 if rows.size else 0
    return csr_array((factors, place), shape=(height, columns))


def _load_choices(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    for name, breakdown in pack.breakdowns.items():
        if breakdown.attribute in OVERLAPPING:
            con.execute("INSERT INTO overlapping VALUES (?)", [name])
    for whole, wide in pack.categories.items():
        parts = [n for n, c in pack.categories.items() if n != whole and c.codes <= wide.codes]
        for part in parts:
            con.execute("INSERT INTO within VALUES (?, ?)", [part, whole])
        if parts and frozenset().union(*(pack.codes(part) for part in parts)) == wide.codes:
            disjoint = sum(len(pack.codes(part)) for part in parts) == len(wide.codes)
            con.execute("INSERT INTO covered VALUES (?, ?)", [whole, disjoint])
    for name, measure in pack.measures.items():
        con.execute("INSERT INTO threshold VALUES (?, ?)", [name, pack.threshold(measure.feed)])
        if measure.counts is Counts.ARRESTS_FOR_OFFENSE:
            con.execute("INSERT INTO additive VALUES (?)", [name])
        if measure.counts is Counts.MISSING_OPEN:
            for entries, one in pack.measures.items():
                for exits, other in pack.measures.items():
                    if (
                        one.counts is Counts.MISSING_ENTRIES
                        and other.counts is Counts.MISSING_EXITS
                        and one.feed == other.feed == measure.feed
                    ):
                        con.execute("INSERT INTO flow VALUES (?, ?, ?)", [name, entries, exits])
