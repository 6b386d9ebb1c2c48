"""Records and persons of one view → the Parquet files of its graph.

Guarantees: a function of the view's folder and the pack alone; only visible rows enter; no
relationship lacks a node; equal input gives equal bytes. Derived relationships are bounded: a
contact point or incident shared by more than ``MOST_PERSONS_PAIRED`` persons makes no pairs (a
hotel's switchboard is nobody's tie), though the persons keep their own relationship to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.errors import ProjectionRefused
from graph.projection import nodes, relationships
from graph.projection.preparation import PREPARATION
from graph.rendering import node_table, relationship_table
from graph.schema import NODES, RELATIONSHIPS
from ingest.contracts.codes import CodeList, labels
from ingest.contracts.localities import localities
from ingest.contracts.tables import TABLES as RECORD_TABLES
from resolution.contracts import INCIDENT_MEMBERSHIP, MEMBERSHIP
from runs.duck import connect
from runs.schema import read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.contracts.packs import Pack
    from runs.home import ViewFolder
    from runs.schema import Table

MOST_PERSONS_PAIRED: Final = 20


def project_graph(folder: ViewFolder, pack: Pack, scratch: Path) -> dict[str, int]:
    """Write ``folder.graph`` and return the rows of each label and relationship file.

    ``folder.records`` and ``folder.persons`` must be complete; an absent table is an empty one. A
    report without a row in incident_membership is an incident of its own.
    Raises ProjectionRefused where a person record belongs to no person.
    """
    with connect(scratch) as con:
        _open_tables(con, folder)
        _open_lookups(con, pack)
        for statement in PREPARATION:
            con.execute(statement)
        _refuse_unresolved(con)
        counts: dict[str, int] = {}
        for node in NODES:
            counts[node.label] = _write(
                con, nodes.NODES[node.label], node_table(node), folder.graph
            )
        for item in RELATIONSHIPS:
            counts[item.file_name] = _write(
                con,
                relationships.RELATIONSHIPS[item.file_name],
                relationship_table(item),
                folder.graph,
            )
    return counts


def _open_tables(con: duckdb.DuckDBPyConnection, folder: ViewFolder) -> None:
    for table in RECORD_TABLES:
        read_table(con, table, folder.records).create_view(table.name)
    for members in (MEMBERSHIP, INCIDENT_MEMBERSHIP):
        read_table(con, members, folder.persons).create_view(members.name)


def _open_lookups(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    con.execute(
        "CREATE TEMP TABLE known_locality "
        "(fips VARCHAR, name VARCHAR, kind VARCHAR, population INTEGER)"
    )
    con.executemany(
        "INSERT INTO known_locality VALUES (?, ?, ?, ?)",
        [(fips, place.name, place.kind, place.population) for fips, place in localities().items()],
    )
    con.execute("CREATE TEMP TABLE offense_name (offense_code VARCHAR, name VARCHAR)")
    con.executemany(
        "INSERT INTO offense_name VALUES (?, ?)", list(labels(CodeList.OFFENSE).items())
    )
    con.execute("CREATE TEMP TABLE drug_name (drug_code VARCHAR, name VARCHAR)")
    con.executemany("INSERT INTO drug_name VALUES (?, ?)", list(labels(CodeList.DRUG).items()))
    con.execute("CREATE TEMP TABLE category_code (category VARCHAR, offense_code VARCHAR)")
    con.executemany("INSERT INTO category_code VALUES (?, ?)", pack.category_rows())
    con.execute(
        "CREATE TEMP TABLE age_band (label VARCHAR, first_years INTEGER, last_years INTEGER)"
    )
    con.executemany("INSERT INTO age_band VALUES (?, ?, ?)", pack.age_bands())


def _refuse_unresolved(con: duckdb.DuckDBPyConnection) -> None:
    ((unresolved,),) = con.execute(
        "SELECT count(*) FROM person_record ANTI JOIN membership USING (record_key)"
    ).fetchall()
    if unresolved:
        raise ProjectionRefused(
            f"{unresolved} person records of the view refer to no person; every record must be in "
            "persons/membership.parquet once: run resolution again for this view"
        )


def _write(con: duckdb.DuckDBPyConnection, sql: str, table: Table, folder: Path) -> int:
    bound = {"most_persons": MOST_PERSONS_PAIRED} if "$most_persons" in sql else {}
    return write_table(con.sql(sql, params=bound), table, folder)
