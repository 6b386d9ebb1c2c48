"""Person ids that last.

Guarantees: an id is a keyed hash, made once from the key of its founding record; it stays with the
cluster that holds most of its records, and is taken up again where all had left and some return;
what becomes of it is written down (created, merged_into, split_from, retired, returned), so that
every id that a run showed has an answer in the next. Ids depend on the clusters and on the parent
run alone, not on the order of rows. A run's lineage is written whole or not at all, and ids are
given by the parent's alone. What the ids of all other runs last referred to is kept beside it
(resolution.former).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.contracts import LINEAGE
from resolution.errors import BadLineage
from resolution.former import Moved, write_former
from resolution.returned import DEPARTED, take_up, write_returned
from runs.keys import token
from runs.parts import Layout, copy_table, write_changed
from runs.schema import Column, Table, read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


MEMBERSHIP_HISTORY: Final = Table(
    "membership_history",
    ("record_key",),
    (
        Column("record_key", "VARCHAR", "the record", key_of="person_record"),
        Column("person_id", "VARCHAR", "the person that it referred to in the run"),
    ),
    "Who was who in one run.",
)

_OVERLAP: Final = """
CREATE OR REPLACE TEMP TABLE overlap AS
SELECT person_id, cluster, count(*) AS records
FROM previous_membership JOIN resolved USING (record_key)
GROUP BY ALL
"""

# Most persons went over into one cluster, and that cluster holds nobody else: nothing to decide.
_UNCHANGED: Final = """
CREATE OR REPLACE TEMP TABLE person_of AS
SELECT cluster, person_id FROM overlap
QUALIFY count(*) OVER (PARTITION BY cluster) = 1 AND count(*) OVER (PARTITION BY person_id) = 1
"""

_CONTESTED: Final = """
SELECT person_id, cluster, records FROM overlap ANTI JOIN person_of USING (cluster) ORDER BY ALL
"""

_NEW: Final = (
    "SELECT DISTINCT cluster FROM resolved ANTI JOIN person_of USING (cluster) ORDER BY ALL"
)

# An id is never given twice. Of two clusters that would get one, the first by key has it.
_GIVE: Final = """
CREATE OR REPLACE TEMP TABLE given_id AS
SELECT cluster, person_id FROM minted
ANTI JOIN previous_history USING (person_id)
ANTI JOIN previous_membership USING (person_id)
ANTI JOIN person_of USING (person_id)
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY cluster) = 1
"""

_RETIRED: Final = """
INSERT INTO change
SELECT DISTINCT person_id, $run, $retired, '' FROM previous_membership
ANTI JOIN overlap USING (person_id)
"""

KEYS_AT_ONCE: Final = 200_000

CREATED: Final = "created"
MERGED_INTO: Final = "merged_into"
SPLIT_FROM: Final = "split_from"
RETIRED: Final = "retired"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of lineage, see contracts.LINEAGE. ``other`` is empty where there is none."""

    person_id: str
    change: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Ids:
    """``person_id`` maps each cluster (by its smallest record key) to its id."""

    person_id: dict[str, str]
    changes: tuple[Change, ...]


def person_id(view_key: bytes, founding_key: str, attempt: int = 0) -> str:
    """``P`` and 15 digits of base 32 (75 bits), keyed per view."""
    parts = ("person", founding_key) if attempt == 0 else ("person", founding_key, str(attempt))
    digest = bytes.fromhex(token(view_key, *parts))
    return "P" + base64.b32encode(digest).decode("ascii")[:15]


def assign(
    view_key: bytes,
    clusters: Iterable[str],
    overlaps: Iterable[tuple[str, str, int]],
    used: frozenset[str],
    live: frozenset[str],
) -> Ids:
    """Give every cluster an id.

    ``clusters`` are named by their smallest record key. ``overlaps`` are (old id, cluster, number
    of records in both). ``used`` are all ids that the lineage knows, ``live`` those of the parent
    run.
    """
    shared = sorted(overlaps, key=lambda row: (-row[2], row[0], row[1]))
    kept: dict[str, str] = {}
    placed: dict[str, str] = {}
    for old, cluster, _ in shared:
        if old not in placed and cluster not in kept:
            kept[cluster] = old
            placed[old] = cluster
    ids = dict(kept)
    taken = set(used) | set(live)
    changes: list[Change] = []
    for cluster in sorted(clusters):
        if cluster in ids:
            continue
        attempt = 0
        fresh = person_id(view_key, cluster)
        while fresh in taken:
            attempt += 1
            fresh = person_id(view_key, cluster, attempt)
        taken.add(fresh)
        ids[cluster] = fresh
        changes.append(Change(fresh, CREATED))
    moved: set[str] = set()
    for old, cluster, _ in shared:
        moved.add(old)
        if ids[cluster] == old:
            continue
        if old not in placed:
            changes.append(Change(old, MERGED_INTO, ids[cluster]))
        else:
            # Records left a person that lives on: the cluster they are in now answers for them.
            changes.append(Change(ids[cluster], SPLIT_FROM, old))
    changes.extend(Change(old, RETIRED) for old in sorted(live - moved))
    return Ids(ids, tuple(sorted(set(changes), key=lambda c: (c.person_id, c.change, c.other))))


def carry_over(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``overlap``, and ``person_of`` of the clusters that are a person of the parent run's,
    with or without records that are new.

    Reads ``resolved`` (record_key, cluster: its smallest record key) and ``previous_membership``.
    """
    con.execute(_OVERLAP)
    con.execute(_UNCHANGED)


def identify(con: duckdb.DuckDBPyConnection, view_key: bytes, run_id: str) -> None:
    """Give the other clusters an id, as ``assign`` does, and write down what became of all.

    Reads what ``carry_over`` reads and made, ``returned``, and ``previous_history`` (at least the
    lines on the ids in ``returned`` and those that may be given); completes ``person_of``
    (cluster, person_id) and makes ``change`` (the columns of contracts.LINEAGE).
    """
    contested = con.execute(_CONTESTED).fetchall()
    history = con.table("previous_history").select("person_id").distinct()
    ids = assign(
        view_key,
        {cluster for _, cluster, _ in contested},
        contested,
        used=frozenset(old for (old,) in history.fetchall()) if contested else frozenset(),
        live=frozenset(old for old, _, _ in contested),
    )
    con.register("changes", changes_table(ids.changes, run_id))
    con.execute("CREATE OR REPLACE TEMP TABLE change AS SELECT * FROM changes")
    con.unregister("changes")
    _insert(con, list(ids.person_id), list(ids.person_id.values()))
    take_up(con)
    attempt = 0
    while len(new := con.sql(_NEW).to_arrow_table().column("cluster")):
        for first in range(0, len(new), KEYS_AT_ONCE):
            keys = new.slice(first, KEYS_AT_ONCE).to_pylist()
            _mint(con, keys, [person_id(view_key, key, attempt) for key in keys], run_id)
        attempt += 1
    con.execute(_RETIRED, {"run": run_id, "retired": RETIRED})
    write_returned(con, run_id)


def _mint(con: duckdb.DuckDBPyConnection, clusters: list[str], ids: list[str], run_id: str) -> None:
    """Give those ids that are still free."""
    con.register("minted", _ids_table(clusters, ids))
    con.execute(_GIVE)
    con.unregister("minted")
    con.execute("INSERT INTO person_of SELECT * FROM given_id")
    con.execute(
        "INSERT INTO change SELECT person_id, $run, $created, '' FROM given_id",
        {"run": run_id, "created": CREATED},
    )


def _insert(con: duckdb.DuckDBPyConnection, clusters: list[str], ids: list[str]) -> None:
    con.register("kept", _ids_table(clusters, ids))
    con.execute("INSERT INTO person_of SELECT * FROM kept")
    con.unregister("kept")


def _ids_table(clusters: list[str], ids: list[str]) -> pa.Table:
    return pa.table(
        {"cluster": pa.array(clusters, pa.string()), "person_id": pa.array(ids, pa.string())}
    )


class LineageStore:
    """The lineage of one view: a folder with one pair of files per run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _run(self, run_id: str) -> Path:
        return self._folder / run_id

    def previous(
        self, con: duckdb.DuckDBPyConnection, parent_run_id: str | None
    ) -> tuple[duckdb.DuckDBPyRelation, duckdb.DuckDBPyRelation]:
        """The parent's membership and its whole history of changes; empty without a parent.

        Raises BadLineage where the parent's files are missing.
        """
        if parent_run_id is None:
            nowhere = self._folder / "no-parent"
            return read_table(con, MEMBERSHIP_HISTORY, nowhere), read_table(con, LINEAGE, nowhere)
        folder = self._run(parent_run_id)
        for table in (MEMBERSHIP_HISTORY, LINEAGE):
            if not table.path(folder).exists():
                raise BadLineage(
                    f"{table.path(folder)} is missing: person ids of run {parent_run_id} cannot "
                    "be kept; restore the folder from a backup, or publish another run with "
                    "'vast rollback' or 'vast publish RUN': its ids are kept then"
                )
        return read_table(con, MEMBERSHIP_HISTORY, folder), read_table(con, LINEAGE, folder)

    def departed(
        self, con: duckdb.DuckDBPyConnection, parent_run_id: str | None
    ) -> duckdb.DuckDBPyRelation:
        """The parent's records that are away; empty without a parent, and of one from before they
        were kept."""
        return read_table(con, DEPARTED, self._run(parent_run_id or "no-parent"))

    def write_departed(
        self,
        con: duckdb.DuckDBPyConnection,
        run_id: str,
        parent_run_id: str | None,
        departed: duckdb.DuckDBPyRelation,
        layout: Layout,
    ) -> None:
        """Write the run's: the parent's without those in ``resolved``, and what
        ``previous_membership`` has and ``resolved`` has not."""
        resolved = con.table("resolved").select("record_key")
        parent = self._run(parent_run_id or "no-parent")
        whole = layout.whole or not DEPARTED.path(parent).exists()
        gone = departed.join(resolved, "record_key", how="semi")
        went = con.table("previous_membership").join(resolved, "record_key", how="anti")
        layout = Layout(whole, layout.from_rows)
        write_changed(con, DEPARTED, self._run(run_id), parent, gone, went, layout)

    def write(
        self,
        con: duckdb.DuckDBPyConnection,
        run_id: str,
        membership: duckdb.DuckDBPyRelation,
        persons: Path,
    ) -> None:
        """Write one run's lineage; its history of changes is already below ``persons``.

        Each file appears whole; a run that is not published is never a parent, so that a crash
        between them is harmless."""
        write_table(membership, MEMBERSHIP_HISTORY, self._run(run_id))
        copy_table(LINEAGE, persons, self._run(run_id))
        write_former(con, MEMBERSHIP_HISTORY, self._folder, run_id)

    def write_changed(
        self,
        con: duckdb.DuckDBPyConnection,
        run_id: str,
        parent_run_id: str,
        gone: duckdb.DuckDBPyRelation,
        added: duckdb.DuckDBPyRelation,
        persons: Path,
        layout: Layout,
    ) -> None:
        """As ``write``, for the parent's membership without ``gone`` (record_key: all records of
        some persons) and with ``added``; see runs.parts."""
        run, parent = self._run(run_id), self._run(parent_run_id)
        write_changed(con, MEMBERSHIP_HISTORY, run, parent, gone, added, layout)
        copy_table(LINEAGE, persons, run)
        was = read_table(con, MEMBERSHIP_HISTORY, parent).join(gone, "record_key", how="semi")
        moved = Moved(parent_run_id, was, added)
        write_former(con, MEMBERSHIP_HISTORY, self._folder, run_id, moved, layout.from_rows)


def changes_table(changes: Iterable[Change], run_id: str) -> pa.Table:
    """Changes in the columns of contracts.LINEAGE."""
    rows = list(changes)
    return pa.table(
        {
            "person_id": pa.array([row.person_id for row in rows], pa.string()),
            "run_id": pa.array([run_id] * len(rows), pa.string()),
            "change": pa.array([row.change for row in rows], pa.string()),
            "other_person_id": pa.array([row.other for row in rows], pa.string()),
        }
    )
