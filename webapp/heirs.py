"""From an id that a view's pages once showed to what holds its records, or reports, today.

Guarantees: an id leads to whatever it was merged into and whatever was split from it, however
often; an id that nothing living descends from, also of a run that was rolled back or pruned, leads
to whatever holds now what it last referred to. Only ids of the view's own tables are answered
with, so that a record which the view may see no longer is not told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb
from flask import abort

from resolution.contracts import (
    INCIDENT_LINEAGE,
    INCIDENT_MEMBERSHIP,
    LINEAGE,
    MEMBERSHIP,
    PERSON,
    RESOLVED_INCIDENT,
)
from resolution.former import last_held
from resolution.incidents.lineage import HISTORY
from resolution.lineage import MEMBERSHIP_HISTORY
from runs.duck import connect
from runs.schema import Table, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import ViewFolder

# The ways are few beside the lines that say that an id was created: they are made once.
_LED: Final = """
WITH RECURSIVE way AS MATERIALIZED (
    SELECT id, other AS heir FROM changed WHERE change = 'merged_into'
    UNION ALL
    SELECT other, id FROM changed WHERE change = 'split_from'
),
led AS (
    SELECT $id AS id UNION SELECT heir FROM led JOIN way USING (id)
)
SELECT id FROM led ORDER BY id
"""
_EVER: Final = "SELECT id FROM changed WHERE id = $id LIMIT 1"
_LIVING: Final = """
SELECT id FROM living WHERE id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY id
"""
_HOLDERS: Final = """
SELECT DISTINCT id FROM member WHERE key IN (SELECT unnest($keys::VARCHAR[])) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Lasting:
    """What has ids that last: ``living`` holds today's, ``members`` and ``history`` what they
    refer to in the view's run and in each run of its lineage, ``changes`` what became of them."""

    living: Table
    members: Table
    changes: Table
    history: Table


PERSONS: Final = Lasting(PERSON, MEMBERSHIP, LINEAGE, MEMBERSHIP_HISTORY)
INCIDENTS: Final = Lasting(RESOLVED_INCIDENT, INCIDENT_MEMBERSHIP, INCIDENT_LINEAGE, HISTORY)


def heirs_of(
    lasting: Lasting, folder: ViewFolder, lineage: Path, old: str
) -> tuple[str, ...] | None:
    """Today's ids to which an id leads that lives no more; empty where it ended, None where it
    never was.

    ``lineage``: the view's history over all runs, of which those that the view's run does not
    descend from are read as well.
    """
    with connect(threads=2, memory_limit_gb=1) as con:
        _open(con, lasting, folder.persons)
        led = _ids(con, _LED, {"id": old})
        if living := _ids(con, _LIVING, {"ids": led}):
            return living
        if keys := last_held(con, lasting.history, lineage, led, folder.run_id):
            return _ids(con, _HOLDERS, {"keys": keys})
        return () if _ids(con, _EVER, {"id": old}) else None


def today_of(heirs: tuple[str, ...] | None) -> str:
    """The first of an old id's heirs. Ends the request with 404 where the id never was, 410 where
    it ended."""
    if not heirs:
        abort(404 if heirs is None else 410)
    return heirs[0]


def _open(con: duckdb.DuckDBPyConnection, lasting: Lasting, persons: Path) -> None:
    """Make ``changed`` (id, change, other), ``living`` (id) and ``member`` (key, id)."""
    changes, living, members = lasting.changes, lasting.living, lasting.members
    for table, view, names in (
        (changes, "changed", {changes.key[0]: "id", "change": "change", changes.key[-1]: "other"}),
        (living, "living", {living.key[0]: "id"}),
        (members, "member", {members.key[0]: "key", living.key[0]: "id"}),
    ):
        columns = (duckdb.ColumnExpression(name).alias(short) for name, short in names.items())
        read_table(con, table, persons).select(*columns).create_view(view)


def _ids(
    con: duckdb.DuckDBPyConnection, sql: str, given: dict[str, str | tuple[str, ...]]
) -> tuple[str, ...]:
    return tuple(one for (one,) in con.execute(sql, given).fetchall())
