"""The library asked of a real server: every query, as it is shipped.

Guarantees of these tests: each file EXPLAINs as a read, returns exactly the declared columns of the
declared types, and repeats no row; and a server that does not answer is given up within 3 s.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import neo4j
import psutil
import pytest
from neo4j.exceptions import Neo4jError

from graph.contracts import Result
from graph.errors import GraphUnavailable, QueryFailed, QueryTimeout, UnknownQuery
from graph.paths import best_paths
from graph.queries import ColumnType, Query, load_library, read_query
from graph.reader import GRACE_S, GraphReader
from graph.schema import BY_LABEL, NODES
from graph.warming import GROUPS, warm
from runs.manifest import Server
from tests.graph import worlds
from tests.graph.conftest import STORE_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.server import Neo4jServer

pytestmark = pytest.mark.neo4j

LIBRARY = load_library()
GIVEN: dict[str, Any] = {
    "person_id": worlds.CHILD,
    "from_id": worlds.CHILD,
    "to_id": worlds.PARTNER,
    "label": "Person",
    "key": worlds.CHILD,
    "nodes": [f"Person:{worlds.CHILD}", f"Incident:{worlds.RAID}"],
    "words": "motel",
    "record_keys": [worlds.person_key("victim-raid")],
    "incident_key": worlds.RAID,
    "incident_keys": [worlds.RAID],
    "person_ids": [worlds.CHILD, worlds.TRAFFICKER],
    "child_ids": [worlds.CHILD],
    "contact_point_keys": [worlds.PHONE],
    "values": ["+18045550101"],
    "from_on": "2023-01-01",
    "to_on": "2024-12-31",
    "episode_key": worlds.EPISODES[0],
    "categories": ["trafficking"],
    "locality_ids": [worlds.FAIRFAX],
}
"""A value for each required parameter of the library."""

SPECIAL: dict[str, dict[str, Any]] = {
    "search_contact_points": {"words": "804 555 0101"},
    "search_events": {"words": "harvest"},
    "search_places": {"words": "road"},
    "person_arrests": {"person_id": worlds.TRAFFICKER},
    "person_placements": {"person_id": worlds.SIBLING},
    "commercial_sex_without_trafficking": {"minimum": 1},
}
EMPTY_HERE = {"associate_incidents"}
"""Queries that rightly find nothing in the small world."""

TYPES: dict[ColumnType, type | tuple[type, ...]] = {
    ColumnType.STRING: str,
    ColumnType.INTEGER: int,
    ColumnType.FLOAT: (float, int),
    ColumnType.BOOLEAN: bool,
    ColumnType.DATE: str,
    ColumnType.LIST: list,
    ColumnType.MAP: dict,
    ColumnType.NODE: dict,
    ColumnType.RELATIONSHIP: dict,
    ColumnType.PATH: dict,
    ColumnType.NODES: list,
    ColumnType.RELATIONSHIPS: list,
}


@pytest.fixture(scope="module")
def server(small_server: Neo4jServer) -> Server:
    return Server(uri=small_server.uri)


@pytest.fixture(scope="module")
def reader(server: Server) -> Iterator[GraphReader]:
    # A first answer includes planning; on a busy machine that alone can exceed a query's limit.
    patient = {name: replace(query, timeout_s=60) for name, query in LIBRARY.items()}
    with GraphReader(server, STORE_PASSWORD, patient) as opened:
        yield opened


@pytest.fixture(scope="module")
def driver(server: Server) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(
        server.uri, auth=("neo4j", STORE_PASSWORD), notifications_min_severity="OFF"
    ) as opened:
        yield opened


def _given(query: Query) -> dict[str, Any]:
    required = {item.name: GIVEN[item.name] for item in query.parameters if item.required}
    return required | SPECIAL.get(query.name, {})


def _ask(reader: GraphReader, name: str, **given: Any) -> list[dict[str, Any]]:
    result = reader.run(name, given)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_a_shipped_query_reads_and_answers_as_declared(
    reader: GraphReader, driver: neo4j.Driver, name: str
) -> None:
    query = LIBRARY[name]
    given: dict[str, Any] = {item.name: None for item in query.parameters}
    plan = driver.execute_query(f"EXPLAIN {query.text}", given)
    assert plan.summary.query_type == "r"
    result = reader.run(name, _given(query))
    assert result.columns == query.columns
    for row in result.rows:
        for column, value in zip(query.returns, row, strict=True):
            assert value is None or isinstance(value, TYPES[column.type]), column.name
            if column.type is ColumnType.DATE and value is not None:
                date.fromisoformat(str(value))
    assert bool(result.rows) is (name not in EMPTY_HERE)
    # Fan-out: a join that multiplies rows shows as a repeated row.
    said = [str(row) for row in result.rows]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_an_answer_names_nodes_by_the_schemas_keys_and_no_element_id(
    reader: GraphReader, name: str
) -> None:
    result = reader.run(name, _given(LIBRARY[name]))
    for node in result.nodes:
        assert node["properties"][BY_LABEL[node["label"]].key.name] == node["key"]
    known = {(node["label"], node["key"]) for node in result.nodes}
    for item in result.relationships:
        assert (item["start"]["label"], item["start"]["key"]) in known
        assert (item["end"]["label"], item["end"]["key"]) in known
    assert len({item["key"] for item in result.relationships}) == len(result.relationships)
    assert "element_id" not in repr(result)
    assert reader.run(name, _given(LIBRARY[name])) == result


def test_a_fresh_server_is_asked_every_query_of_the_pages(server: Server) -> None:
    pages = [query for query in LIBRARY.values() if query.group in GROUPS]
    assert warm(server, STORE_PASSWORD, lambda: False) == len(pages) > 20
    assert warm(server, STORE_PASSWORD, lambda: True) == 0
    assert warm(server, "wrong-password", lambda: False) == 0


def test_the_server_refuses_to_write(driver: neo4j.Driver) -> None:
    with driver.session() as session, pytest.raises(Neo4jError, match="read-only"):
        session.run("CREATE (:Person {person_id: 'P9'})").consume()


def test_counts_cover_every_label_of_the_schema(reader: GraphReader) -> None:
    counts = {row["label"]: row["nodes"] for row in _ask(reader, "counts_by_label")}
    assert set(counts) == {node.label for node in NODES}
    assert (counts["Person"], counts["Record"], counts["Incident"]) == (5, len(worlds.PEOPLE), 3)


def test_the_version_is_the_servers_own(reader: GraphReader, small_server: Neo4jServer) -> None:
    assert reader.version() == small_server.version


def test_expanding_pages_through_neighbours_without_repeating_any(reader: GraphReader) -> None:
    def page(skip: int, limit: int) -> Result:
        return reader.run(
            "expand", {"label": "Person", "key": worlds.CHILD, "skip": skip, "limit": limit}
        )

    whole = page(0, 500)
    total = whole.rows[0][whole.columns.index("total")]
    assert len(whole.nodes) == total + 1
    parts = [page(skip, 4) for skip in range(0, total, 4)]
    met = [node["key"] for part in parts for node in part.nodes if node["key"] != worlds.CHILD]
    assert len(met) == len(set(met)) == total
    ties = {item["key"] for part in parts for item in part.relationships}
    assert ties == {item["key"] for item in whole.relationships}


def test_only_the_named_types_are_expanded(reader: GraphReader) -> None:
    result = reader.run(
        "expand", {"label": "Person", "key": worlds.CHILD, "types": ["HAD", "USED"]}
    )
    assert {item["type"] for item in result.relationships} == {"HAD", "USED"}


def test_a_key_under_another_label_is_not_found(reader: GraphReader) -> None:
    assert not reader.run("expand", {"label": "Record", "key": worlds.CHILD}).rows


def test_repeated_stays_are_two_relationships(reader: GraphReader) -> None:
    result = reader.run("expand", {"label": "Person", "key": worlds.SIBLING})
    stays = [item for item in result.relationships if item["type"] == "PLACED_IN"]
    assert len(stays) == 2


def test_runaways_are_counted_inside_a_window(reader: GraphReader) -> None:
    (row,) = _ask(reader, "frequent_runaways")
    assert (row["person_id"], row["most_in_window"], row["still_missing"]) == (
        worlds.CHILD,
        3,
        True,
    )
    assert _ask(reader, "frequent_runaways", days=90) == []


def test_an_incident_with_two_offenses_is_one_incident(reader: GraphReader) -> None:
    (row,) = _ask(reader, "trafficking_by_locality_and_year")
    assert (row["locality_id"], row["year"], row["incidents"], row["sex_trafficking"]) == (
        worlds.FAIRFAX,
        2024,
        1,
        1,
    )


def test_an_incident_is_found_by_the_number_of_any_of_its_reports(reader: GraphReader) -> None:
    (row,) = _ask(reader, "search_incidents", words="L-77")
    assert row["incident"]["key"] == worlds.RAID
    reports = _ask(reader, "incident_reports", incident_key=worlds.RAID)
    told = {row["report"]["properties"]["incident_number"]: row["probability"] for row in reports}
    assert told == {"2024-1": 0.98, "L-77": 0.98}


def test_copies_of_an_incident_count_once_in_every_pattern(reader: GraphReader) -> None:
    (circuit,) = _ask(
        reader, "offender_circuits", minimum_localities=1, categories=["trafficking"]
    )[:1]
    assert circuit["incidents"] == 1
    (victim,) = _ask(reader, "offenders_sharing_victims", include_tips=False, minimum_incidents=1)
    assert (victim["incidents"], victim["offenders"]) == (1, 2)
    places = _ask(reader, "kinds_of_place_and_hour")
    assert [(row["hours"], row["incidents"]) for row in places] == [("18-23", 1)]
    (place,) = _ask(reader, "shared_places", include_tips=False,
                    categories=["trafficking", "commercial_sex"])  # fmt: skip
    assert place["incidents"] == 2
    drugs = {row["drug"]: row["of_incidents"] for row in _ask(reader, "drugs_beside_trafficking")}
    assert set(drugs.values()) == {1}
    who = [row for row in _ask(reader, "who_is_involved") if row["role"] == "victim"]
    # The department leaves race and residence blank: the state's report tells them.
    assert [(row["race"], row["persons"]) for row in who] == [("W", 1)]
    (pair,) = _ask(reader, "victim_to_offender")
    assert (pair["pairs"], pair["incidents"]) == (1, 1)
    mine = _ask(reader, "incidents_of_person", person_id=worlds.CHILD)
    assert [len(row["reports"]) for row in mine] == [2, 1]
    assert len(_ask(reader, "person_arrests", person_id=worlds.TRAFFICKER)) == 1
    doubtful = {row["agency_id"]: row["incidents"] for row in _ask(reader, "doubtful_records")}
    assert doubtful[worlds.POLICE] == 3


def test_trafficking_while_missing_tells_during_from_after(reader: GraphReader) -> None:
    rows = _ask(reader, "trafficking_while_missing", days_after=60)
    by_case = {(row["case_number"], row["incident_number"]): row["while_missing"] for row in rows}
    assert by_case == {
        ("C-3", "2024-1"): True,
        ("C-3", "H-1"): True,
        ("C-2", "2024-1"): False,
        ("C-2", "H-1"): False,
    }


def test_who_saw_the_victim_first(reader: GraphReader) -> None:
    (row,) = _ask(reader, "seen_before_trafficking")
    assert (row["seen_first_by"], row["feeds"]) == (
        "juvenile-justice",
        ["juvenile-justice", "clearinghouse", "hotline"],
    )
    # With tips the first signal is the tip itself, four days before.
    (row,) = _ask(reader, "seen_before_trafficking", include_tips=True)
    assert row["feeds"] == ["juvenile-justice", "clearinghouse"]


def test_a_nameless_minor_is_shown_by_id(reader: GraphReader) -> None:
    (row,) = _ask(reader, "minors_as_offenders")
    assert row["person"] == row["person_id"] == worlds.NAMELESS


def test_an_event_is_compared_with_its_own_weekdays(reader: GraphReader) -> None:
    (row,) = _ask(reader, "around_events")
    # Two windows of 7 days overlap none of the event's 8 days only from the second week on.
    assert (row["in_window"], row["expected"], row["baseline_windows"]) == (1, 0.0, 14)


def test_paths_are_ranked_by_how_sure_each_step_is(reader: GraphReader) -> None:
    paths = best_paths(reader, worlds.CHILD, worlds.PARTNER, k=3)
    assert len(paths) == 3
    assert [path.probability for path in paths] == sorted(
        (path.probability for path in paths), reverse=True
    )
    for path in paths:
        assert path.nodes[0]["key"] == worlds.CHILD
        assert path.nodes[-1]["key"] == worlds.PARTNER
        assert path.weakest.probability == min(hop.probability for hop in path.hops)


def test_unknown_queries_are_refused(reader: GraphReader) -> None:
    with pytest.raises(UnknownQuery):
        reader.run("drop_everything")


def _library(folder: Path, text: str, returns: str, timeout_s: float = 1) -> dict[str, Query]:
    path = folder / "app" / "made.cypher"
    path.parent.mkdir()
    path.write_text(
        f"// name: made\n// question: ?\n// roles: analyst\n// returns: {returns}\n"
        f"// timeout_s: {timeout_s}\n// rendering: table\n{text}\n",
        encoding="utf-8",
    )
    return {"made": read_query(path)}


def test_a_slow_query_is_stopped_and_says_so(server: Server, tmp_path: Path) -> None:
    slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b % 7) AS s"
    with GraphReader(server, STORE_PASSWORD, _library(tmp_path, slow, "s: integer")) as opened:
        began = time.monotonic()
        with pytest.raises(QueryTimeout, match="longer than 1 s"):
            opened.run("made")
        assert time.monotonic() - began < 5
        # The server stops queries at its regular checks: the next question begins just past one.
        for _ in range(3):
            with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
                opened.run("made", timeout_s=0.2)


def test_a_relationship_without_its_nodes_is_refused(server: Server, tmp_path: Path) -> None:
    text = "MATCH ()-[r:USED]->() RETURN r AS r LIMIT 1"
    with (
        GraphReader(server, STORE_PASSWORD, _library(tmp_path, text, "r: relationship")) as opened,
        pytest.raises(QueryFailed, match="without its two nodes"),
    ):
        opened.run("made")


def test_a_library_query_cannot_write(server: Server, tmp_path: Path) -> None:
    text = "CREATE (n:Person {person_id: 'P9'}) RETURN n.person_id AS id"
    with (
        GraphReader(server, STORE_PASSWORD, _library(tmp_path, text, "id: string")) as opened,
        pytest.raises(QueryFailed, match=r"AccessMode|ReadOnly|Forbidden"),
    ):
        opened.run("made")


def _gives_up(reader: GraphReader) -> float:
    began = time.monotonic()
    with pytest.raises(GraphUnavailable, match="does not answer"):
        reader.run("localities")
    return time.monotonic() - began


def test_nothing_listening_is_told_at_once() -> None:
    with GraphReader(Server(uri="bolt://127.0.0.1:1"), STORE_PASSWORD) as opened:
        assert _gives_up(opened) < 3


def test_a_wrong_password_is_told_without_it(server: Server) -> None:
    with GraphReader(server, "wrong-password") as opened:
        with pytest.raises(GraphUnavailable) as caught:
            opened.run("localities")
        assert "wrong-password" not in str(caught.value)


@contextmanager
def _stopped(served: Neo4jServer) -> Iterator[None]:
    """The server's process stopped (not killed): its port still takes connections."""
    pid = served.pid
    assert pid is not None
    process = psutil.Process(pid)
    process.suspend()
    try:
        while process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        yield
    finally:
        process.resume()


def test_a_server_that_hangs_is_given_up_and_found_again(
    server: Server, small_server: Neo4jServer
) -> None:
    with GraphReader(server, STORE_PASSWORD) as opened:
        opened.run("localities")
        with _stopped(small_server):
            assert _gives_up(opened) < 3
        assert opened.run("localities").rows


def test_a_server_that_hangs_within_a_query_is_given_up(
    server: Server, small_server: Neo4jServer, tmp_path: Path
) -> None:
    slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b % 7) AS s"
    library = LIBRARY | _library(tmp_path, slow, "s: integer", timeout_s=2)
    with GraphReader(server, STORE_PASSWORD, library) as opened, ThreadPoolExecutor(1) as worker:
        opened.run("localities")
        began = time.monotonic()
        asked = worker.submit(opened.run, "made")
        time.sleep(0.5)
        with _stopped(small_server):
            with pytest.raises(GraphUnavailable):
                asked.result(timeout=30)
            assert time.monotonic() - began < 2 + GRACE_S + 2
        assert opened.run("localities").rows
