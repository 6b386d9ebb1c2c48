"""Ids of a view that live no more, and what they last referred to, over all runs.

Guarantees: every id that any run below a view's lineage gave is, with the newest records (or
reports) that it referred to, either in the newest run's membership history or in the table beside
it, ``former``; whether that run is an ancestor of the newest or was rolled back does not matter.
The table is made from the newest earlier run's, so that a look-up reads two tables however many
runs there were. It appears whole or not at all, and ids are never chosen by it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from runs.parts import FROM_ROWS, Layout, write_changed
from runs.schema import Table, empty, read_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_STOPPED: Final = "former_stopped"
_LIVE: Final = "former_live"
_DROP: Final = "DROP TABLE IF EXISTS former_stopped; DROP TABLE IF EXISTS former_live"


def former_part(history: Table) -> Table:
    """``history`` (what was referred to, and the id that did) of ids that live no more, by id."""
    key, by = history.columns
    return Table(f"{history.name}.former", (by.name, key.name), (by, key), "ids that live no more")


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a run's history differs from that of run ``since``: the rows of ``was`` stood there
    instead of those of ``now``. All rows of an id are in them, or none."""

    since: str
    was: duckdb.DuckDBPyRelation
    now: duckdb.DuckDBPyRelation


def write_former(
    con: duckdb.DuckDBPyConnection,
    history: Table,
    lineage: Path,
    run_id: str,
    moved: Moved | None = None,
    from_rows: int = FROM_ROWS,
) -> None:
    """Write ``former`` of a run whose ``history`` is written already.

    ``lineage``: the view's folder, with one folder a run. ``moved`` spares looking through two
    whole histories where its run is the newest. ``from_rows``: see runs.parts.Layout.
    """
    former, run = former_part(history), lineage / run_id
    by, key = former.key
    earlier = [one for one in _newest_first(lineage) if one.name != run_id]
    unread, last = earlier, None
    for place, one in enumerate(earlier):
        if _folder(one, former).exists():
            unread, last = earlier[: place + 1], _folder(one, former)
            break
    if moved is not None and last is not None and unread[0].name == moved.since == unread[-1].name:
        now, stood = moved.now, [moved.was]
    else:
        now = read_table(con, history, run)
        stood = [read_table(con, history, one) for one in unread]
    con.execute(_DROP)
    now.select(by).create(_LIVE)
    empty(con, former).create(_STOPPED)
    for rows in stood:
        known = con.table(_LIVE).union(con.table(_STOPPED).select(by))
        rows.select(by, key).join(known, by, how="anti").insert_into(_STOPPED)
    before = last or lineage / "no-run"
    past = read_table(con, former, before)
    # The way round that keeps the larger side out of memory.
    known = con.table(_LIVE).union(con.table(_STOPPED).select(by)).join(past, by, how="semi")
    gone = past.join(known.distinct(), by, how="semi")
    partial, target = run / f"{former.name}.partial", _folder(run, former)
    for left in (partial, target):
        shutil.rmtree(left, ignore_errors=True)
    layout = Layout(last is None, from_rows)
    write_changed(con, former, partial, before, gone, con.table(_STOPPED), layout)
    partial.rename(target)
    con.execute(_DROP)


def last_held(
    con: duckdb.DuckDBPyConnection,
    history: Table,
    lineage: Path,
    ids: Collection[str],
    dead_in: str,
) -> tuple[str, ...]:
    """The keys that each of ``ids`` referred to in the newest run below ``lineage`` that knew it,
    whether or not that run is still there; empty where none did.

    ``dead_in``: a run in which none of them lives, which need not be searched for them.
    """
    former = former_part(history)
    wanted, found = set(ids), set[str]()
    for run in _newest_first(lineage):
        beside = _folder(run, former)
        # Sorted by id, unlike the history, and an id is in one of the two.
        tables = [read_table(con, former, beside)] if beside.exists() else []
        if run.name != dead_in:
            tables.append(read_table(con, history, run))
        for table in tables:
            rows = _of(table.select(*former.key), former, wanted)
            wanted -= {one for one, _ in rows}
            found |= {key for _, key in rows}
        if not wanted or beside.exists():
            break
    return tuple(sorted(found))


def _of(
    rows: duckdb.DuckDBPyRelation, former: Table, ids: Collection[str]
) -> list[tuple[str, str]]:
    if not ids:
        return []
    wanted = [duckdb.ConstantExpression(one) for one in sorted(ids)]
    return rows.filter(duckdb.ColumnExpression(former.key[0]).isin(*wanted)).fetchall()


def _newest_first(lineage: Path) -> list[Path]:
    return sorted((run for run in lineage.glob("*") if run.is_dir()), reverse=True)


def _folder(run: Path, former: Table) -> Path:
    return run / former.name
