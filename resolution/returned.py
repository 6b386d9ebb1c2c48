"""Records that were away from a view and come back, and whose they were.

Guarantees: a person all of whose records had left has its id again where some return, unless they
return to somebody who is known, or it was merged into another; then whoever has them answers for
it. No id is taken from a person of the parent run. What is decided depends on the clusters that
hold returned records and on the parent run alone, so that an increment, which sees no others,
decides as a full run does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runs.schema import Column, Table

if TYPE_CHECKING:
    import duckdb

DEPARTED: Final = Table(
    "departed_membership",
    ("record_key",),
    (
        Column("record_key", "VARCHAR", "the record", key_of="person_record"),
        Column("person_id", "VARCHAR", "the person that it last referred to"),
    ),
    "Records that a run lacks and one that it descends from had.",
)

_BACK: Final = """
CREATE OR REPLACE TEMP TABLE returned AS
SELECT person_id, cluster, count(*) AS records,
    person_id IN (SELECT person_id FROM back_living) AS living
FROM back GROUP BY ALL
"""

# Where two persons, or two clusters, may have each other, the larger share decides, then the order.
# A person that was merged into another is that one, also when records of it come back apart.
_RETURN: Final = """
CREATE OR REPLACE TEMP TABLE taken_up AS
WITH free AS (
    SELECT person_id, cluster, records FROM returned
    ANTI JOIN person_of USING (cluster)
    ANTI JOIN (FROM previous_history WHERE change = 'merged_into') USING (person_id)
    WHERE NOT living
),
ranked AS (
    SELECT *,
        row_number() OVER (PARTITION BY person_id ORDER BY records DESC, cluster) AS of_person,
        row_number() OVER (PARTITION BY cluster ORDER BY records DESC, person_id) AS of_cluster
    FROM free
)
SELECT cluster, person_id FROM ranked WHERE of_person = 1 AND of_cluster = 1
"""

# Records that came back to somebody else: that one answers for the person too.
_RETURNED: Final = """
INSERT INTO change
WITH elsewhere AS (
    SELECT old.person_id AS old, new.person_id AS new,
        old.living OR up.person_id IS NOT NULL AS lives
    FROM returned AS old JOIN person_of AS new USING (cluster)
    LEFT JOIN taken_up AS up ON up.person_id = old.person_id
    WHERE old.person_id <> new.person_id
)
SELECT person_id, $run, 'returned', '' FROM taken_up
UNION
SELECT new, $run, 'split_from', old FROM elsewhere WHERE lives
UNION
SELECT old, $run, 'merged_into', new FROM elsewhere WHERE NOT lives
EXCEPT
FROM change
"""


def find_returned(
    con: duckdb.DuckDBPyConnection,
    departed: duckdb.DuckDBPyRelation,
    membership: duckdb.DuckDBPyRelation,
) -> None:
    """Make ``returned`` (person_id, cluster, records, living): of whom records come back that were
    away, and whether anybody in the parent run's ``membership`` is still that person.

    Reads ``resolved``; ``departed``: the parent run's, see LineageStore.departed.
    """
    con.execute("DROP TABLE IF EXISTS back; DROP TABLE IF EXISTS back_living")
    back = departed.join(con.table("resolved"), "record_key")
    back.select("record_key", "person_id", "cluster").create("back")
    ids = con.table("back").select("person_id").distinct()
    # Seldom any: then the membership is not read through.
    living = membership.join(ids, "person_id", how="semi") if len(ids) else membership.limit(0)
    living.select("person_id").distinct().create("back_living")
    con.execute(_BACK)


def take_up(con: duckdb.DuckDBPyConnection) -> None:
    """Give clusters that are nobody's yet the ids of whom they bring back (``taken_up``).

    Reads ``returned``, ``previous_history``, and completes ``person_of``.
    """
    con.execute(_RETURN)
    con.execute("INSERT INTO person_of SELECT cluster, person_id FROM taken_up")


def write_returned(con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Write into ``change`` what became of the ids in ``returned``, once ``person_of`` is whole."""
    con.execute(_RETURNED, {"run": run_id})
