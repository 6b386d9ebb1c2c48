"""An imported store and a server loaded over Bolt keep one contract.

A second local server, writable, plays the one that an agency runs itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from neo4j.exceptions import ServiceUnavailable
from neo4j.time import Date

from graph import bolt
from graph.admin import make_empty
from graph.bolt import load_store, loaded_run
from graph.errors import GraphUnavailable, LoadRefused
from graph.load_statements import FOLDER, files
from graph.neo4j_conf import DATABASE, USER, Neo4jHome, ServerLimits
from graph.queries import load_library
from graph.reader import GraphReader
from graph.rendering import node_column, node_table, relationship_columns, relationship_table
from graph.runtime import RuntimeSettings
from graph.schema import BY_LABEL, NODES, RELATIONSHIPS
from graph.server import Neo4jServer, open_driver
from graph.statements import statement
from runs.manifest import Server
from tests.factories import rows_of
from tests.graph import worlds
from tests.graph.conftest import STORE_PASSWORD
from tests.graph.deployment import neo4j_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runs.home import ViewFolder

pytestmark = pytest.mark.neo4j


def quiet(_line: str) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def external(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """Set as docker-compose.yml sets its Neo4j services."""
    home = Neo4jHome(tmp_path_factory.mktemp("external") / "home")
    make_empty(RuntimeSettings.from_environment(), home, STORE_PASSWORD)

    def write_conf(home: Neo4jHome, port: int, _limits: ServerLimits, *, read_only: bool) -> None:
        assert not read_only
        settings = neo4j_settings("neo4j-investigation") | {
            "server.bolt.listen_address": f"127.0.0.1:{port}"
        }
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        (home.conf / "neo4j.conf").write_text(lines, encoding="utf-8")

    server = Neo4jServer(home.path, STORE_PASSWORD, read_only=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.server.write_conf", write_conf)
        server.start()
    try:
        server.wait_ready(120)
        yield server
    finally:
        server.stop()


def load(view: ViewFolder, server: Neo4jServer, *, downtime: bool = False) -> list[str]:
    said: list[str] = []
    load_store(
        view,
        server.uri,
        USER,
        STORE_PASSWORD,
        DATABASE,
        downtime=downtime,
        progress=said.append,
    )
    return said


def ask(server: Neo4jServer, text: str, **parameters: Any) -> list[Any]:
    with (
        open_driver(server.uri, USER, STORE_PASSWORD) as driver,
        driver.session(database=DATABASE) as session,
    ):
        return [record.values() for record in session.run(text, parameters)]


def run_of(server: Neo4jServer) -> str | None:
    return loaded_run(server.uri, USER, STORE_PASSWORD, DATABASE)


@pytest.fixture
def emptied(external: Neo4jServer) -> Neo4jServer:
    ask(external, statement("empty"))
    return external


@pytest.fixture(scope="module", params=["imported", "loaded"])
def held(
    request: pytest.FixtureRequest, small_view: ViewFolder, small_server: Neo4jServer
) -> Neo4jServer:
    """A server that holds the small view's graph, either way."""
    if request.param == "imported":
        return small_server
    external: Neo4jServer = request.getfixturevalue("external")
    load(small_view, external, downtime=True)
    return external


def plain(value: Any) -> Any:
    if isinstance(value, Date):
        return value.to_native()
    return value


def present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items() if value is not None}


def test_every_node_is_held_with_its_properties(held: Neo4jServer, small_view: ViewFolder) -> None:
    for node in NODES:
        wanted = {
            row[node_column(node, node.key)]: present(
                {item.name: row[node_column(node, item)] for item in node.all_properties}
            )
            for row in rows_of(node_table(node).path(small_view.graph))
        }
        found = {
            values[0][node.key.name]: present(values[0])
            for values in ask(held, f"MATCH (n:{node.label}) RETURN properties(n)")
        }
        assert found == wanted, node.label
    assert ask(held, "MATCH (p:Person) WHERE p.birth_date IS :: DATE RETURN count(p) > 0") == [
        [True]
    ]


def test_every_relationship_is_held_with_its_properties(
    held: Neo4jServer, small_view: ViewFolder
) -> None:
    def order(item: tuple[Any, ...]) -> str:
        return repr((item[0], item[1], sorted(item[2].items(), key=str)))

    seen = 0
    for item in RELATIONSHIPS:
        start, end = relationship_columns(item)
        wanted = [
            (
                row[start],
                row[end],
                present({n.split(":")[0]: v for n, v in row.items() if n not in (start, end)}),
            )
            for row in rows_of(relationship_table(item).path(small_view.graph))
        ]
        keys = BY_LABEL[item.start].key.name, BY_LABEL[item.end].key.name
        found = [
            (s, e, present(properties))
            for s, e, properties in ask(
                held,
                f"MATCH (s:{item.start})-[r:{item.name}]->(e:{item.end}) "
                f"RETURN s.{keys[0]}, e.{keys[1]}, properties(r)",
            )
        ]
        assert sorted(found, key=order) == sorted(wanted, key=order), item.file_name
        seen += len(found)
    assert ask(held, "MATCH ()-[r]->() RETURN count(r)") == [[seen]]


def test_both_have_the_same_constraints_and_indexes(
    external: Neo4jServer, small_server: Neo4jServer, small_view: ViewFolder
) -> None:
    load(small_view, external, downtime=True)
    for text in (
        "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties RETURN * ORDER BY name",
        "SHOW INDEXES YIELD name, type, properties, state RETURN * ORDER BY type, properties",
    ):
        answers = ask(external, text)
        assert answers
        assert answers == ask(small_server, text)


GIVEN: dict[str, Any] = {
    "person_id": worlds.CHILD,
    "from_id": worlds.CHILD,
    "to_id": worlds.PARTNER,
    "words": "motel",
    "incident_key": worlds.RAID,
    "incident_keys": [worlds.RAID],
    "person_ids": [worlds.CHILD, worlds.TRAFFICKER],
    "contact_point_keys": [worlds.PHONE],
    "from_on": "2023-01-01",
    "to_on": "2024-12-31",
    "episode_key": worlds.EPISODES[0],
    "categories": ["trafficking"],
    "locality_ids": [worlds.FAIRFAX],
}


TIES = {"paths_between"}
"""Of paths of equal length it returns any 25; their lengths are fixed."""


def unordered(value: Any) -> Any:
    """Rows of equal rank, and collected values, come in the order in which they are stored."""
    if isinstance(value, dict):
        return sorted((name, unordered(inner)) for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return sorted((unordered(inner) for inner in value), key=repr)
    return value


def test_the_library_answers_alike(
    external: Neo4jServer, small_server: Neo4jServer, small_view: ViewFolder
) -> None:
    load(small_view, external, downtime=True)
    library = {name: replace(query, timeout_s=60) for name, query in load_library().items()}
    asked, answered = 0, 0
    with (
        GraphReader(Server(uri=small_server.uri), STORE_PASSWORD, library) as imported,
        GraphReader(Server(uri=external.uri), STORE_PASSWORD, library) as loaded,
    ):
        for name, query in sorted(library.items()):
            required = [item.name for item in query.parameters if item.required]
            if not GIVEN.keys() >= set(required):
                continue
            values = {parameter: GIVEN[parameter] for parameter in required}
            one, other = imported.run(name, values), loaded.run(name, values)
            if name in TIES:
                assert one.columns == ("path", "steps")
                assert [row[1] for row in one.rows] == [row[1] for row in other.rows]
            else:
                assert unordered(one.rows) == unordered(other.rows), name
            asked += 1
            answered += bool(one.rows)
    assert asked > 10
    assert answered > 5


def test_loading_again_does_nothing(external: Neo4jServer, small_view: ViewFolder) -> None:
    load(small_view, external, downtime=True)
    assert load(small_view, external) == ["the external Neo4j holds this graph already"]
    assert run_of(external) == small_view.run_id


def test_another_run_needs_downtime(external: Neo4jServer, small_view: ViewFolder) -> None:
    load(small_view, external, downtime=True)
    later = replace(small_view, run_id="later")
    with pytest.raises(LoadRefused, match=f"holds run {small_view.run_id}.*--downtime"):
        load(later, external)
    assert run_of(external) == small_view.run_id
    load(later, external, downtime=True)
    assert run_of(external) == "later"
    assert ask(external, "MATCH (m:GraphLoad) RETURN count(m)") == [[1]]


def test_an_interrupted_load_goes_on_and_stores_each_batch_once(
    emptied: Neo4jServer, small_view: ViewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolt, "BATCH_ROWS", 2)
    store = bolt._Load._store
    sent: list[str] = []

    def interrupted(self: Any, name: str, parameters: dict[str, Any]) -> None:
        if len(sent) == 15:
            raise KeyboardInterrupt
        sent.append(name)
        store(self, name, parameters)
        # An answer lost on the way: the same batch is sent again.
        store(self, name, parameters)

    monkeypatch.setattr(bolt._Load, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(small_view, emptied)
    assert run_of(emptied) is None
    monkeypatch.setattr(bolt._Load, "_store", store)
    assert "going on with an interrupted load at batch 15" in load(small_view, emptied)
    assert run_of(emptied) == small_view.run_id


def test_a_batch_is_sent_again_after_a_dropped_connection(
    emptied: Neo4jServer, small_view: ViewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_server = bolt._Load._ask
    dropped: list[str] = []

    def drop(self: Any, name: str, **parameters: Any) -> list[dict[str, Any]]:
        answer = ask_server(self, name, **parameters)
        if name == "load_nodes" and len(dropped) < 3:
            dropped.append(name)
            raise ServiceUnavailable("dropped after the commit")
        return answer

    monkeypatch.setattr(bolt, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(bolt._Load, "_ask", drop)
    load(small_view, emptied)
    assert len(dropped) == 3
    assert run_of(emptied) == small_view.run_id


def test_somebody_elses_graph_is_never_removed(
    emptied: Neo4jServer, small_view: ViewFolder
) -> None:
    ask(emptied, "CREATE (:Theirs)")
    with pytest.raises(LoadRefused, match="1 nodes that VAST did not load"):
        load(small_view, emptied, downtime=True)
    assert ask(emptied, "MATCH (n:Theirs) RETURN count(n)") == [[1]]


def test_a_server_that_is_down_or_refuses_is_named(
    emptied: Neo4jServer, small_view: ViewFolder
) -> None:
    with pytest.raises(GraphUnavailable, match="does not answer"):
        load_store(
            small_view,
            "bolt://127.0.0.1:9",
            USER,
            STORE_PASSWORD,
            DATABASE,
            downtime=False,
            progress=quiet,
        )
    with pytest.raises(LoadRefused, match="VAST_NEO4J_PASSWORD_"):
        load_store(
            small_view,
            emptied.uri,
            USER,
            "another-password",
            DATABASE,
            downtime=False,
            progress=quiet,
        )


def test_the_relationship_statements_are_those_of_the_schema() -> None:
    assert {path: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} == files()


def test_an_unfinished_load_of_another_run_may_be_replaced(
    emptied: Neo4jServer, small_view: ViewFolder
) -> None:
    ask(
        emptied,
        statement("load_begin"),
        run_id="abandoned",
        view=small_view.view,
        content="other",
    )
    load(small_view, emptied)
    assert run_of(emptied) == small_view.run_id
    assert date(2008, 5, 1) in {
        plain(value) for (value,) in ask(emptied, "MATCH (p:Person) RETURN p.birth_date")
    }
