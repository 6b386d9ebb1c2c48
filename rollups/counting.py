"""What is counted, as sets: every measure by category, group, locality and month.

Guarantees: only ``incident.kind = 'incident'`` counts; each measure reads only its authoritative
feed; every subject of a measure has one locality and one month, so counts add up over places and
months. Exceptions, which the suppression knows: an episode is open in many months, and a victim
or incident may lie in several groups of relationship or location.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.contracts.packs import OTHER, UNKNOWN, Attribute, Counts
from ingest.contracts.tables import (
    ARREST,
    DRUG_SEIZURE,
    INCIDENT,
    INVOLVEMENT,
    MISSING_EPISODE,
    OFFENSE,
    PERSON_RECORD,
    RELATIONSHIP,
    VICTIM_OFFENSE,
)
from rollups.contracts import NONE
from runs.schema import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.contracts.packs import Pack

_READ: Final = (
    INCIDENT,
    OFFENSE,
    INVOLVEMENT,
    VICTIM_OFFENSE,
    RELATIONSHIP,
    ARREST,
    DRUG_SEIZURE,
    MISSING_EPISODE,
    PERSON_RECORD,
)

_DEFINITIONS: Final = """
CREATE TABLE category (category VARCHAR, offense_code VARCHAR);
CREATE TABLE broken_down (category VARCHAR);
CREATE TABLE age_band (group_key VARCHAR, low INTEGER, high INTEGER);
CREATE TABLE code_group (breakdown VARCHAR, code VARCHAR, group_key VARCHAR);
CREATE TABLE base (
    measure VARCHAR, category VARCHAR, breakdown VARCHAR, group_key VARCHAR,
    locality_id VARCHAR, month DATE, n BIGINT
);
"""

# Incidents with what they hold, one row for each category.
_SUBJECTS: Final = """
CREATE TABLE counted AS
SELECT incident_key, feed, coalesce(locality_id, 'unknown') AS locality_id,
       date_trunc('month', coalesce(occurred_on, reported_on))::DATE AS month
FROM incident WHERE kind = 'incident';

CREATE TABLE categorised AS
SELECT DISTINCT i.incident_key, i.feed, i.locality_id, i.month, c.category
FROM counted i JOIN offense o USING (incident_key) JOIN category c USING (offense_code)
WHERE i.month IS NOT NULL;

CREATE TABLE victim AS
SELECT DISTINCT i.incident_key, i.feed, i.locality_id, i.month, c.category,
       v.involvement_key, v.record_key
FROM counted i
JOIN victim_offense vo USING (incident_key)
JOIN offense o USING (offense_key)
JOIN category c USING (offense_code)
JOIN involvement v ON v.involvement_key = vo.involvement_key
WHERE i.month IS NOT NULL AND v.record_key IS NOT NULL;

CREATE TABLE arrested AS
SELECT a.arrest_key, a.feed, a.offense_code, a.incident_key,
       coalesce(i.locality_id, 'unknown') AS locality_id,
       date_trunc('month', coalesce(i.month, a.arrested_on))::DATE AS month
FROM arrest a LEFT JOIN counted i USING (incident_key)
WHERE a.multiple_indicator IS DISTINCT FROM 'M'
  AND coalesce(i.month, a.arrested_on) IS NOT NULL;

CREATE TABLE seized AS
SELECT s.drug_seizure_key, s.feed, s.confirmed, s.drug_code,
       coalesce(i.locality_id, 'unknown') AS locality_id,
       date_trunc('month', coalesce(CASE WHEN s.confirmed THEN s.analysed_on END, i.month))::DATE
           AS month
FROM drug_seizure s LEFT JOIN counted i USING (incident_key)
WHERE coalesce(CASE WHEN s.confirmed THEN s.analysed_on END, i.month) IS NOT NULL;

CREATE TABLE episode AS
SELECT episode_key, feed, coalesce(last_seen_locality_id, 'unknown') AS locality_id,
       missing_from_on,
       date_trunc('month', missing_from_on)::DATE AS entered,
       date_trunc('month', CASE WHEN found_on IS NOT NULL
                                THEN greatest(found_on, missing_from_on) END)::DATE AS ended
FROM missing_episode
WHERE missing_from_on IS NOT NULL AND exit_reason IS DISTINCT FROM 'record_invalid';
"""

_MEASURES: Final = {
    Counts.INCIDENTS: """
INSERT INTO base SELECT $measure, category, $none, $none, locality_id, month, count(*)
FROM categorised WHERE feed = $feed GROUP BY ALL""",
    Counts.VICTIMS: """
INSERT INTO base SELECT $measure, category, $none, $none, locality_id, month, count(*)
FROM victim WHERE feed = $feed GROUP BY ALL""",
    Counts.OFFENDERS: """
INSERT INTO base SELECT $measure, i.category, $none, $none, i.locality_id, i.month, count(*)
FROM categorised i JOIN involvement o USING (incident_key)
WHERE i.feed = $feed AND o.role = 'offender' AND o.record_key IS NOT NULL GROUP BY ALL""",
    Counts.ARRESTS_IN_INCIDENTS: """
INSERT INTO base SELECT $measure, i.category, $none, $none, i.locality_id, a.month, count(*)
FROM categorised i JOIN arrested a USING (incident_key)
WHERE a.feed = $feed GROUP BY ALL""",
    Counts.ARRESTS_FOR_OFFENSE: """
INSERT INTO base SELECT $measure, c.category, $none, $none, a.locality_id, a.month, count(*)
FROM arrested a JOIN category c USING (offense_code)
WHERE a.feed = $feed GROUP BY ALL""",
    Counts.MISSING_ENTRIES: """
INSERT INTO base SELECT $measure, $none, $none, $none, locality_id, entered, count(*)
FROM episode WHERE feed = $feed GROUP BY ALL""",
    Counts.MISSING_EXITS: """
INSERT INTO base SELECT $measure, $none, $none, $none, locality_id, ended, count(*)
FROM episode WHERE feed = $feed AND ended IS NOT NULL GROUP BY ALL""",
    Counts.SEIZURES_SUSPECTED: """
INSERT INTO base SELECT $measure, $none, $none, $none, locality_id, month, count(*)
FROM seized WHERE feed = $feed AND confirmed IS DISTINCT FROM true GROUP BY ALL""",
    Counts.SEIZURES_CONFIRMED: """
INSERT INTO base SELECT $measure, $none, $none, $none, locality_id, month, count(*)
FROM seized WHERE feed = $feed AND confirmed GROUP BY ALL""",
}

# Needs the months of the data, so it runs after the others: one row for each month of an opening.
OPEN_EPISODES: Final = """
INSERT INTO base SELECT $measure, $none, $none, $none, e.locality_id, m.month, count(*)
FROM episode e JOIN data_month m
  ON e.missing_from_on <= last_day(m.month) AND (e.ended IS NULL OR e.ended > m.month)
WHERE e.feed = $feed GROUP BY ALL"""

_VICTIM_AGE: Final = """
INSERT INTO base SELECT $measure, v.category, $breakdown, coalesce(b.group_key, $unknown),
       v.locality_id, v.month, count(*)
FROM victim v JOIN broken_down USING (category)
LEFT JOIN (
    SELECT record_key,
           coalesce(age_low_years, date_diff('year', birth_date, observed_on)
               - (strftime(observed_on, '%m%d') < strftime(birth_date, '%m%d'))::INTEGER) AS low,
           coalesce(age_high_years, age_low_years,
               date_diff('year', birth_date, observed_on)
               - (strftime(observed_on, '%m%d') < strftime(birth_date, '%m%d'))::INTEGER) AS high
    FROM person_record
) p ON p.record_key = v.record_key
LEFT JOIN age_band b ON p.low >= b.low AND p.high <= coalesce(b.high, p.high)
WHERE v.feed = $feed GROUP BY ALL"""

_VICTIM_SEX: Final = """
INSERT INTO base SELECT $measure, v.category, $breakdown,
       coalesce(g.group_key, CASE WHEN p.sex IS NULL THEN $unknown ELSE $other END),
       v.locality_id, v.month, count(*)
FROM victim v JOIN broken_down USING (category)
LEFT JOIN person_record p ON p.record_key = v.record_key
LEFT JOIN code_group g ON g.breakdown = $breakdown AND g.code = p.sex
WHERE v.feed = $feed GROUP BY ALL"""

_VICTIM_RELATIONSHIP: Final = """
INSERT INTO base SELECT $measure, v.category, $breakdown,
       coalesce(g.group_key, CASE WHEN r.relationship_code IS NULL THEN $unknown ELSE $other END)
           AS grp,
       v.locality_id, v.month, count(DISTINCT v.involvement_key)
FROM victim v JOIN broken_down USING (category)
LEFT JOIN relationship r ON r.victim_involvement_key = v.involvement_key
LEFT JOIN code_group g ON g.breakdown = $breakdown AND g.code = r.relationship_code
WHERE v.feed = $feed GROUP BY ALL"""

_INCIDENT_LOCATION: Final = """
INSERT INTO base SELECT $measure, i.category, $breakdown,
       coalesce(g.group_key, CASE WHEN o.location_code IS NULL THEN $unknown ELSE $other END)
           AS grp,
       i.locality_id, i.month, count(DISTINCT i.incident_key)
FROM categorised i JOIN broken_down USING (category)
JOIN offense o USING (incident_key)
JOIN category c ON c.offense_code = o.offense_code AND c.category = i.category
LEFT JOIN code_group g ON g.breakdown = $breakdown AND g.code = o.location_code
WHERE i.feed = $feed GROUP BY ALL"""

_SEIZURE_DRUG: Final = """
INSERT INTO base SELECT $measure, $none, $breakdown,
       coalesce(g.group_key, CASE WHEN s.drug_code IS NULL THEN $unknown ELSE $other END),
       s.locality_id, s.month, count(*)
FROM seized s
LEFT JOIN code_group g ON g.breakdown = $breakdown AND g.code = s.drug_code
WHERE s.feed = $feed AND coalesce(s.confirmed, false) = $confirmed GROUP BY ALL"""

_BREAKDOWNS: Final = {
    (Counts.VICTIMS, Attribute.AGE_BAND): _VICTIM_AGE,
    (Counts.VICTIMS, Attribute.SEX): _VICTIM_SEX,
    (Counts.VICTIMS, Attribute.RELATIONSHIP): _VICTIM_RELATIONSHIP,
    (Counts.INCIDENTS, Attribute.LOCATION): _INCIDENT_LOCATION,
    (Counts.SEIZURES_SUSPECTED, Attribute.DRUG): _SEIZURE_DRUG,
    (Counts.SEIZURES_CONFIRMED, Attribute.DRUG): _SEIZURE_DRUG,
}

OVERLAPPING: Final = frozenset({Attribute.RELATIONSHIP, Attribute.LOCATION})
"""Attributes of which one subject may have several groups: groups cover, they do not part."""


def count(con: duckdb.DuckDBPyConnection, records_dir: Path, pack: Pack) -> int:
    """Fill ``base`` with every measure but the open stock; return incidents without a date."""
    for table in _READ:
        read_table(con, table, records_dir).create_view(table.name)
    _define(con, pack)
    con.execute(_SUBJECTS)
    for name, measure in pack.measures.items():
        if measure.counts is not Counts.MISSING_OPEN:
            _run(con, _MEASURES[measure.counts], measure=name, feed=measure.feed)
    for breakdown, declared in pack.breakdowns.items():
        for name, measure in pack.measures.items():
            text = _BREAKDOWNS.get((measure.counts, declared.attribute))
            if measure.counts in declared.of and text is not None:
                confirmed = measure.counts is Counts.SEIZURES_CONFIRMED
                _run(con, text, measure=name, feed=measure.feed, breakdown=breakdown,
                     confirmed=confirmed)  # fmt: skip
    ((undated,),) = con.execute("SELECT count(*) FROM counted WHERE month IS NULL").fetchall()
    return int(undated)


def count_open(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Add the open stock of each month in ``data_month`` to ``base``."""
    for name, measure in pack.measures.items():
        if measure.counts is Counts.MISSING_OPEN:
            _run(con, OPEN_EPISODES, measure=name, feed=measure.feed)


def _define(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    con.execute(_DEFINITIONS)
    con.executemany("INSERT INTO category VALUES (?, ?)", pack.category_rows())
    con.executemany(
        "INSERT INTO broken_down VALUES (?)",
        [[c] for c in dict.fromkeys((pack.focus, *pack.split))],
    )
    con.executemany("INSERT INTO age_band VALUES (?, ?, ?)", pack.age_bands())
    codes = [
        (name, code, group)
        for name, breakdown in pack.breakdowns.items()
        for group, members in [
            *((g.key, g.codes) for g in breakdown.groups),
            (UNKNOWN, breakdown.unknown_codes),
        ]
        for code in sorted(members)
    ]
    if codes:
        con.executemany("INSERT INTO code_group VALUES (?, ?, ?)", codes)


def _run(con: duckdb.DuckDBPyConnection, text: str, **given: str | bool) -> None:
    """Run a constant statement with those of the parameters that it names."""
    parameters = {"none": NONE, "other": OTHER, "unknown": UNKNOWN} | given
    con.execute(text, {name: value for name, value in parameters.items() if f"${name}" in text})
