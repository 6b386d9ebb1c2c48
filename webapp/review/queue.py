"""The queue as it is now: the run's pairs, less what was decided since.

Guarantees: only the view's own tables and decisions are read; what is read is bounded by the page,
whatever the queue's length. Two persons leave the queue when anybody judged a pair of theirs the
same or different; ``unsure`` leaves it until the evidence is another than what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MEMBERSHIP, REVIEW
from runs.duck import connect, rows_as_dicts
from runs.keys import to_view
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from runs.home import ViewFolder
    from sharing.decisions import Decision

PAGE_SIZE: Final = 25

REASONS: Final = {
    "contradicted": "Decision contradicted",
    "kept_apart": "Strong, yet kept apart",
    "uncertain": "Not enough either way",
    "held_inside": "Weak inside one person",
}
"""Why a pair is in the queue, by the link table's ``review``."""

STAKES: Final = {
    "missing": "A child still missing",
    "crime": "Victim and offender",
    "child": "A child",
}
"""What a pair touches: filters of the queue."""

_OPEN: Final = """
CREATE TEMP TABLE open_pair AS
WITH judged AS (
    SELECT decided.judgement, decided.evidence, decided.record_key_l, decided.record_key_r,
        least(l.person_id, r.person_id) AS low, greatest(l.person_id, r.person_id) AS high
    FROM decided
    JOIN membership AS l ON l.record_key = decided.record_key_l
    JOIN membership AS r ON r.record_key = decided.record_key_r
)
SELECT * FROM review
WHERE review = 'contradicted' OR (
    evidence NOT IN (
        SELECT evidence FROM judged WHERE judgement = 'unsure' AND evidence IS NOT NULL)
    AND NOT EXISTS (
        FROM judged
        WHERE judgement <> 'unsure'
            AND low = least(person_l, person_r) AND high = greatest(person_l, person_r)
            AND (low <> high OR judged.record_key_l IN (review.record_key_l, review.record_key_r)
                OR judged.record_key_r IN (review.record_key_l, review.record_key_r))))
"""
_CHOSEN: Final = """
FROM open_pair
WHERE ($reason = '' OR review = $reason)
    AND ($stake = ''
        OR ($stake = 'missing' AND still_missing)
        OR ($stake = 'crime' AND victim_offender)
        OR ($stake = 'child' AND child))
"""
_PAGE: Final = f"SELECT * {_CHOSEN} ORDER BY place LIMIT $most OFFSET $start"
_COUNT: Final = f"SELECT count(*) {_CHOSEN}"
_BY_REASON: Final = "SELECT review, count(*) FROM open_pair GROUP BY review"
_NEXT: Final = f"SELECT pair {_CHOSEN} AND place > $place ORDER BY place LIMIT 1"
_WHO: Final = """
SELECT record_key, role, given_name, surname, birth_date, birth_year, age_low_years,
    age_high_years, sex, feed, observed_on
FROM person_record WHERE record_key IN (SELECT unnest($keys::VARCHAR[]))
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pairs are asked for; empty text is all of them. ``page`` counts from 1."""

    reason: str = ""
    stake: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class QueuePage:
    """``rows``: pairs with ``l`` and ``r``, what their records say; ``found``: how many the choice
    holds in all; ``by_reason``: how many the whole queue holds of each reason."""

    rows: tuple[dict[str, Any], ...]
    found: int
    by_reason: dict[str, int]

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE_SIZE))

    @property
    def persons(self) -> list[str]:
        return sorted({row[side] for row in self.rows for side in ("person_l", "person_r")})


def queue_page(
    folder: ViewFolder, view_key: bytes, decisions: Sequence[Decision], choice: Choice
) -> QueuePage:
    """One page of the queue."""
    asked: dict[str, Any] = {"reason": choice.reason, "stake": choice.stake}
    with _opened(folder, view_key, decisions) as con:
        page = {**asked, "most": PAGE_SIZE, "start": (choice.page - 1) * PAGE_SIZE}
        rows = rows_as_dicts(con, _PAGE, page)
        [(found,)] = con.execute(_COUNT, asked).fetchall()
        by_reason = {
            str(reason): int(count) for reason, count in con.execute(_BY_REASON).fetchall()
        }
        read_table(con, PERSON_RECORD, folder.records).create_view(PERSON_RECORD.name)
        keys = sorted({row[side] for row in rows for side in ("record_key_l", "record_key_r")})
        who = {row["record_key"]: row for row in rows_as_dicts(con, _WHO, {"keys": keys})}
    named = tuple(
        row | {"l": who.get(row["record_key_l"], {}), "r": who.get(row["record_key_r"], {})}
        for row in rows
    )
    return QueuePage(named, int(found), by_reason)


def next_pair(
    folder: ViewFolder,
    view_key: bytes,
    decisions: Sequence[Decision],
    choice: Choice,
    place: int,
) -> str | None:
    """The name of the first open pair of the choice after ``place``; None at the end."""
    with _opened(folder, view_key, decisions) as con:
        found = con.execute(
            _NEXT, {"reason": choice.reason, "stake": choice.stake, "place": place}
        ).fetchone()
    return None if found is None else str(found[0])


def _opened(
    folder: ViewFolder, view_key: bytes, decisions: Sequence[Decision]
) -> duckdb.DuckDBPyConnection:
    standing = [one for one in decisions if one.stands]
    con = connect(threads=2, memory_limit_gb=1)
    for table in (REVIEW, MEMBERSHIP):
        read_table(con, table, folder.persons).create_view(table.name)
    columns = {
        "record_key_l": to_view([one.record_key_l for one in standing], view_key),
        "record_key_r": to_view([one.record_key_r for one in standing], view_key),
        "judgement": [one.judgement.value for one in standing],
        "evidence": [one.evidence.fingerprint for one in standing],
    }
    con.register(
        "decided",
        pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}),
    )
    con.execute(_OPEN)
    return con
