"""From counts by locality and month to the cells of every place and period, and their coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.contracts.packs import Counts
from ingest.contracts.tables import REPORTING_MONTH
from rollups.contracts import PeriodLevel, PlaceLevel, is_published
from rollups.counting import count_open
from rollups.geography import place_rows
from runs.schema import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.contracts.packs import Pack

_MONTHS: Final = """
CREATE TABLE reporting AS
SELECT feed, agency, coalesce(locality_id, 'unknown') AS locality_id,
       date_trunc('month', month)::DATE AS month, bool_or(reported) AS reported
FROM reporting_month GROUP BY ALL;

CREATE TABLE data_month AS
SELECT unnest(generate_series(low, high, INTERVAL 1 MONTH))::DATE AS month
FROM (SELECT min(month) AS low, max(month) AS high
      FROM (SELECT month FROM base UNION ALL SELECT month FROM reporting))
WHERE low IS NOT NULL;
"""

# Pooled periods are counted back from the last year, so that the newest one is whole.
_PERIODS: Final = """
CREATE TABLE month_period AS
WITH last AS (SELECT max(year(month)) AS last_year, min(month) AS first_month FROM data_month),
dated AS (
    SELECT month, first_month,
           greatest(last_year - ((last_year - year(month)) // $pooled + 1) * $pooled + 1,
                    year(first_month))::INTEGER AS pool_year
    FROM data_month, last
)
SELECT month, 'month' AS period_level, month AS period_start FROM dated
UNION ALL SELECT month, 'year', make_date(year(month), 1, 1) FROM dated
UNION ALL SELECT month, 'pooled', make_date(pool_year, 1, 1) FROM dated
UNION ALL SELECT month, 'all', first_month FROM dated;
"""

_PERIOD_TABLE: Final = """
CREATE TABLE period AS
SELECT period_level, period_start, last_day(max(month)) AS period_end,
       count(*)::INTEGER AS months, max(month) AS last_month
FROM month_period GROUP BY period_level, period_start;
"""

_PLACES: Final = """
CREATE TABLE locality_place AS
SELECT place_id AS locality_id, 'locality' AS place_level, place_id FROM place
WHERE place_level = 'locality'
UNION ALL SELECT place_id, 'region', region_id FROM place WHERE place_level = 'locality'
UNION ALL SELECT place_id, 'all', 'all' FROM place WHERE place_level = 'locality';
"""

_CELLS: Final = """
CREATE TABLE cell AS
SELECT b.measure, b.category, b.breakdown, b.group_key, l.place_level, l.place_id,
       m.period_level, m.period_start, sum(b.n)::BIGINT AS n
FROM base b
JOIN locality_place l USING (locality_id)
JOIN month_period m USING (month)
JOIN cut c ON c.place_level = l.place_level AND c.period_level = m.period_level
          AND c.broken_down = (b.breakdown <> 'none')
WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.measure = b.measure)
GROUP BY ALL
UNION ALL
SELECT b.measure, b.category, b.breakdown, b.group_key, l.place_level, l.place_id,
       p.period_level, p.period_start, sum(b.n)::BIGINT
FROM base b
JOIN stock s USING (measure)
JOIN locality_place l USING (locality_id)
JOIN period p ON p.last_month = b.month
JOIN cut c ON c.place_level = l.place_level AND c.period_level = p.period_level
          AND c.broken_down = (b.breakdown <> 'none')
GROUP BY ALL;
"""

# A register is complete for every locality between its first and its last month.
_COVERAGE: Final = """
CREATE TABLE expected AS
SELECT a.feed, a.agency, a.locality_id, m.month, coalesce(r.reported, false) AS reported
FROM (SELECT DISTINCT feed, agency, locality_id FROM reporting) a
CROSS JOIN data_month m
LEFT JOIN reporting r ON r.feed = a.feed AND r.agency = a.agency AND r.month = m.month
                     AND r.locality_id = a.locality_id
WHERE a.feed NOT IN (SELECT feed FROM register)
UNION ALL
SELECT r.feed, r.feed, p.place_id, m.month, m.month BETWEEN span.low AND span.high
FROM register r
JOIN (SELECT g.feed, min(b.month) AS low, max(b.month) AS high
      FROM base b JOIN register_measure g USING (measure) GROUP BY g.feed) span USING (feed)
CROSS JOIN data_month m
CROSS JOIN (SELECT place_id FROM place WHERE place_level = 'locality') p;

CREATE TABLE coverage AS
SELECT e.feed, l.place_level, l.place_id, m.period_level, m.period_start,
       count(*)::BIGINT AS expected_months, count(*) FILTER (e.reported)::BIGINT AS reported_months
FROM expected e
JOIN locality_place l USING (locality_id)
JOIN month_period m USING (month)
JOIN cut c ON c.place_level = l.place_level AND c.period_level = m.period_level
          AND NOT c.broken_down
GROUP BY ALL;
"""


def make_cells(
    con: duckdb.DuckDBPyConnection, records_dir: Path, pack: Pack, *, suppressed: bool
) -> None:
    """From ``base`` make tables place, period, cell (n not yet hidden) and coverage.

    ``suppressed`` chooses which cells there are at all (rollups.contracts.is_published).
    """
    read_table(con, REPORTING_MONTH, records_dir).create_view(REPORTING_MONTH.name)
    con.execute(_MONTHS)
    count_open(con, pack)
    con.execute(_PERIODS, {"pooled": pack.pooled_years})
    con.execute(_PERIOD_TABLE)
    con.execute(
        "CREATE TABLE place (place_level VARCHAR, place_id VARCHAR, name VARCHAR, "
        "region_id VARCHAR, population BIGINT)"
    )
    seen = con.execute(
        "SELECT locality_id FROM base UNION SELECT locality_id FROM reporting"
    ).fetchall()
    con.executemany("INSERT INTO place VALUES (?, ?, ?, ?, ?)", place_rows(row[0] for row in seen))
    con.execute(_PLACES)
    _load_choices(con, pack, suppressed=suppressed)
    con.execute(_CELLS)
    con.execute(_COVERAGE)


def _load_choices(con: duckdb.DuckDBPyConnection, pack: Pack, *, suppressed: bool) -> None:
    con.execute("CREATE TABLE cut (place_level VARCHAR, period_level VARCHAR, broken_down BOOLEAN)")
    con.executemany(
        "INSERT INTO cut VALUES (?, ?, ?)",
        [
            (place, period, broken_down)
            for place in PlaceLevel
            for period in PeriodLevel
            for broken_down in (False, True)
            if not suppressed or is_published(place, period, broken_down=broken_down)
        ],
    )
    con.execute("CREATE TABLE stock (measure VARCHAR)")
    con.execute("CREATE TABLE register (feed VARCHAR)")
    con.execute("CREATE TABLE register_measure (feed VARCHAR, measure VARCHAR)")
    for name, measure in pack.measures.items():
        if measure.counts is Counts.MISSING_OPEN:
            con.execute("INSERT INTO stock VALUES (?)", [name])
        if measure.is_register:
            con.execute("INSERT INTO register_measure VALUES (?, ?)", [measure.feed, name])
    con.execute("INSERT INTO register SELECT DISTINCT feed FROM register_measure")
