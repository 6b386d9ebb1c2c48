"""The records behind a relationship or a person, from the view's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.tables import AGENCY, PERSON_RECORD
from resolution.contracts import MEMBERSHIP
from runs.duck import connect, rows_as_dicts
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runs.home import ViewFolder

MAX_RECORDS: Final = 200

_RECORDS: Final = """
SELECT record_key, membership.person_id, feed, person_record.agency_id, agency.name AS agency,
    role, source_id, observed_on::VARCHAR AS observed_on,
    nullif(concat_ws(' ', given_name, middle_name, surname, name_suffix), '') AS name,
    match_probability AS probability, match_weight AS weight
FROM person_record
JOIN membership USING (record_key)
LEFT JOIN (
    SELECT agency_id_of AS agency_id, any_value(name ORDER BY name) AS name
    FROM agency GROUP BY agency_id_of
) AS agency ON agency.agency_id = person_record.agency_id
WHERE CASE WHEN $person_id IS NULL
    THEN record_key IN (SELECT unnest($record_keys::VARCHAR[]))
    ELSE membership.person_id = $person_id END
ORDER BY observed_on DESC, record_key
LIMIT $most
"""


def records_of(
    folder: ViewFolder, record_keys: Sequence[str] = (), person_id: str | None = None
) -> list[dict[str, Any]]:
    """The named records, or those of a person, newest first, at most ``MAX_RECORDS``."""
    with connect(threads=2, memory_limit_gb=1) as con:
        read_table(con, MEMBERSHIP, folder.persons).create_view(MEMBERSHIP.name)
        for table in (PERSON_RECORD, AGENCY):
            read_table(con, table, folder.records).create_view(table.name)
        return rows_as_dicts(
            con,
            _RECORDS,
            {"record_keys": list(record_keys), "person_id": person_id, "most": MAX_RECORDS},
        )
