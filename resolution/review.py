"""The queue of pairs that a person has to judge, first those that would change most.

Guarantees: made from one view's folder alone and only from what it shows; the same folder gives
the same bytes. Two persons are asked about once, by the pair of their records that speaks most for
joining them; what one person holds against the evidence is asked about once, by its weakest pair.
The order: pairs whose decisions contradict each other; then pairs that touch a
child who is still missing; then those that would put a victim and an offender into one person (or
take them apart); then children; then the rest. Inside each, by what is to be expected: the chance
that today's outcome is wrong times the incidents and missing episodes that would move.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from ingest.contracts.tables import INVOLVEMENT, MISSING_EPISODE, PERSON_RECORD
from resolution.contracts import (
    INCIDENT_MEMBERSHIP,
    LINK,
    MEMBERSHIP,
    OFFENDER_ROLES,
    REVIEW,
    VICTIM_ROLES,
)
from runs.duck import connect
from runs.schema import read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import ViewFolder

PAIR_DIGITS: Final = 20

_PERSON_STAKES: Final = """
CREATE TEMP TABLE stake AS
WITH mention AS (
    SELECT person_id, record_key, role, incident_key,
        coalesce(CASE WHEN observed_on IS NOT NULL THEN coalesce(
            date_diff('month', birth_date, observed_on) < 216,
            year(observed_on) - birth_year < 18) END, age_high_years < 18, false) AS is_child
    FROM membership JOIN person_record USING (record_key)
),
happened AS (
    SELECT person_id, coalesce(incident_id, incident_key) AS incident_key
    FROM mention LEFT JOIN incident_membership USING (incident_key)
    WHERE incident_key IS NOT NULL
    UNION
    SELECT person_id, coalesce(incident_id, involvement.incident_key)
    FROM membership JOIN involvement USING (record_key)
    LEFT JOIN incident_membership ON incident_membership.incident_key = involvement.incident_key
    WHERE involvement.incident_key IS NOT NULL
),
missing AS (
    SELECT person_id, count(*) AS episodes, bool_or(found_on IS NULL) AS still_missing
    FROM membership JOIN missing_episode USING (record_key) GROUP BY person_id
)
SELECT person_id, count(*) AS records,
    coalesce(any_value(happened_to.incidents), 0) AS incidents,
    coalesce(any_value(missing.episodes), 0) AS episodes,
    coalesce(any_value(missing.still_missing), false) AS still_missing,
    coalesce(bool_or(role IN (SELECT unnest($victims))), false) AS is_victim,
    coalesce(bool_or(role IN (SELECT unnest($offenders))), false) AS is_offender,
    bool_or(is_child) OR any_value(missing.episodes) IS NOT NULL AS is_child,
    sha256(string_agg(record_key, ',' ORDER BY record_key)) AS members
FROM mention
LEFT JOIN (SELECT person_id, count(*) AS incidents FROM happened GROUP BY person_id)
    AS happened_to USING (person_id)
LEFT JOIN missing USING (person_id)
GROUP BY person_id
"""

_QUEUE: Final = """
WITH touched AS (
    SELECT link.*, l.person_id AS person_l, r.person_id AS person_r,
        l.person_id = r.person_id AS inside,
        left(sha256(record_key_l || record_key_r), $digits) AS pair
    FROM link
    JOIN membership AS l ON l.record_key = record_key_l
    JOIN membership AS r ON r.record_key = record_key_r
    WHERE review IS NOT NULL
),
weighed AS (
    SELECT pair, record_key_l, record_key_r, review, match_weight, match_probability,
        person_l, person_r,
        CASE WHEN inside THEN l.records ELSE l.records + r.records END AS records,
        CASE WHEN inside THEN l.incidents ELSE l.incidents + r.incidents END AS incidents,
        CASE WHEN inside THEN l.episodes ELSE l.episodes + r.episodes END AS episodes,
        CASE WHEN l.episodes > 0 THEN r.incidents ELSE 0 END
            + CASE WHEN NOT inside AND r.episodes > 0 THEN l.incidents ELSE 0 END
            AS case_incidents,
        l.still_missing OR r.still_missing AS still_missing,
        (l.is_victim AND r.is_offender) OR (l.is_offender AND r.is_victim) AS victim_offender,
        l.is_child OR r.is_child AS child,
        CASE WHEN inside THEN 1 - match_probability ELSE match_probability END AS chance,
        sha256(waterfall::VARCHAR || l.members || r.members) AS evidence,
        row_number() OVER between_two AS turn,
        count(*) OVER (PARTITION BY least(person_l, person_r), greatest(person_l, person_r))
            AS pairs
    FROM touched
    JOIN stake AS l ON l.person_id = person_l
    JOIN stake AS r ON r.person_id = person_r
    WINDOW between_two AS (PARTITION BY least(person_l, person_r), greatest(person_l, person_r)
        ORDER BY review = 'contradicted' DESC,
            CASE WHEN inside THEN match_weight ELSE -match_weight END, pair)
)
SELECT row_number() OVER (ORDER BY review = 'contradicted' DESC, still_missing DESC,
        victim_offender DESC, child DESC,
        chance * (incidents + episodes + case_incidents) DESC, chance DESC, pair)::INTEGER AS place,
    pair, record_key_l, record_key_r, review, match_weight, match_probability, person_l, person_r,
    pairs::INTEGER AS pairs, records::INTEGER AS records, incidents::INTEGER AS incidents,
    episodes::INTEGER AS episodes,
    case_incidents::INTEGER AS case_incidents, still_missing, victim_offender, child, evidence
FROM weighed
WHERE turn = 1
"""


def pair_name(record_key_l: str, record_key_r: str) -> str:
    """What a page calls a pair of a view's record keys, in either order: 20 hexadecimal digits."""
    low, high = sorted((record_key_l, record_key_r))
    return hashlib.sha256((low + high).encode()).hexdigest()[:PAIR_DIGITS]


def build_queue(folder: ViewFolder, scratch: Path) -> int:
    """Write the view's review table from its persons, incidents and records; returns its rows."""
    with connect(scratch) as con:
        for table in (LINK, MEMBERSHIP, INCIDENT_MEMBERSHIP):
            read_table(con, table, folder.persons).create_view(table.name)
        for table in (PERSON_RECORD, INVOLVEMENT, MISSING_EPISODE):
            read_table(con, table, folder.records).create_view(table.name)
        con.execute(
            _PERSON_STAKES, {"victims": sorted(VICTIM_ROLES), "offenders": sorted(OFFENDER_ROLES)}
        )
        queue = con.sql(_QUEUE, params={"digits": PAIR_DIGITS})
        return write_table(queue, REVIEW, folder.persons)
