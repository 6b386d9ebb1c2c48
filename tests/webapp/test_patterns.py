"""The patterns' pages on a real graph: forms, tables, networks, downloads, refusals, the record."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from graph.contracts import Result
from graph.queries import load_library
from graph.server import Neo4jServer
from graph.store import build_store
from runs.home import Home
from runs.manifest import Current, Server, ViewManifest, now, write_manifest
from sharing import accounts, sessions
from sharing.audit import AuditEvent, Look, looks_at, verify_chain
from sharing.purposes import Purpose
from sharing.store import Store
from tests.graph import worlds
from webapp import create_app
from webapp.patterns.answer import Table, persons_in, table_of
from webapp.settings import WebSettings
from webapp.spreadsheet import csv_text

VIEW = "investigation"

SignIn = Callable[[accounts.Role], FlaskClient]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A published run of the small world with its read-only Neo4j."""
    root = tmp_path_factory.mktemp("patterns")
    home = Home(root / "home")
    home.prepare()
    folder = worlds.project_world(root / "made")
    published = home.run("run-1").view(VIEW)
    published.path.parent.mkdir(parents=True)
    folder.path.rename(published.path)
    manifest = ViewManifest(
        view=VIEW,
        run_id="run-1",
        created_at=now(),
        synthetic=True,
        deliveries=(),
        counts={},
        files=(),
    )
    write_manifest(published.manifest, manifest)
    password = home.graph_password(VIEW)
    store = home.store("run-1", VIEW)
    build_store(published, store, password, progress=lambda _line: None)
    with Neo4jServer(store, password) as server:
        current = Current(
            run_id="run-1", published_at=now(), servers={VIEW: Server(uri=server.uri)}
        )
        write_manifest(home.current, current)
        yield home


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    app = create_app(WebSettings(home=home, dist=None))
    app.testing = True
    return app


@pytest.fixture(scope="module")
def store(app: Flask) -> Store:
    store: Store = app.extensions["vast_store"]
    return store


@pytest.fixture(scope="module")
def signed_in(app: Flask, store: Store) -> SignIn:
    """A client of an account with that role on the small world's view, its purpose stated."""

    def sign_in(role: accounts.Role) -> FlaskClient:
        if accounts.get(store, role.value) is None:
            accounts.create(store, role.value, "correct horse battery", role, VIEW)
        token = sessions.begin(store, role.value)
        sessions.set_purpose(store, token, Purpose.TRAFFICKING_INVESTIGATION, "2024-17")
        client = app.test_client()
        with client.session_transaction() as session:
            session["token"] = token
        return client

    return sign_in


@pytest.fixture
def client(signed_in: SignIn) -> FlaskClient:
    return signed_in(accounts.Role.INVESTIGATOR)


def _looks(store: Store, event: AuditEvent) -> list[Look]:
    return [look for look in looks_at(store, VIEW, worlds.CHILD) if look.event is event]


def _block(page: str, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}"[^>]*>(.*?)</script>', page)
    assert found is not None
    return json.loads(found.group(1))


@pytest.mark.neo4j
def test_the_library_is_that_of_the_role(signed_in: SignIn) -> None:
    for role in (accounts.Role.INVESTIGATOR, accounts.Role.CASE_WORKER, accounts.Role.ANALYST):
        page = signed_in(role).get("/patterns").text
        for query in load_library().values():
            offered = f'href="/patterns/{query.name}"' in page
            assert offered is (query.group == "patterns" and query.allows(role.value)), query.name


@pytest.mark.neo4j
def test_a_pattern_of_another_role_and_an_application_query_are_not_here(
    signed_in: SignIn,
) -> None:
    client = signed_in(accounts.Role.CASE_WORKER)
    for name in ("offender_circuits", "person_records", "nothing"):
        assert client.get(f"/patterns/{name}?run=1").status_code == 404
        assert client.get(f"/patterns/{name}/table.csv").status_code == 404


@pytest.mark.neo4j
def test_a_visitor_is_sent_to_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/patterns/frequent_runaways?run=1")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


@pytest.mark.neo4j
def test_the_form_opens_with_the_defaults_and_asks_nothing(
    client: FlaskClient, store: Store
) -> None:
    before = verify_chain(store).rows
    page = client.get("/patterns/frequent_runaways").text
    assert 'name="minimum" type="number" value="3"' in page
    assert "At least this many episodes" in page
    assert "Answer:" not in page
    assert verify_chain(store).rows == before


@pytest.mark.neo4j
def test_an_answer_is_a_table_and_a_network_and_on_record(
    client: FlaskClient, store: Store
) -> None:
    page = client.get("/patterns/frequent_runaways?run=1&minimum=2").text
    assert "Answer: 1 row" in page
    assert f'<a href="/persons/{worlds.CHILD}">' in page
    assert "Ana M Reyes" in page
    graph = _block(page, "pattern-graph")
    assert {node["label"] for node in graph["nodes"]} == {"Person", "MissingEpisode"}
    assert len(graph["relationships"]) == 3
    latest = _looks(store, AuditEvent.PATTERN_RUN)[-1]
    assert (latest.account, latest.case_number) == ("investigator", "2024-17")
    assert latest.details is not None
    assert latest.details["pattern"] == "frequent_runaways"
    assert json.loads(latest.details["parameters"]) == {"minimum": "2"}


@pytest.mark.neo4j
def test_a_table_pattern_has_no_canvas(client: FlaskClient) -> None:
    page = client.get("/patterns/missing_by_locality?run=1").text
    assert "Henrico County" in page
    assert 'id="canvas"' not in page


@pytest.mark.neo4j
def test_nothing_found_says_so(client: FlaskClient) -> None:
    page = client.get("/patterns/frequent_runaways?run=1&minimum=50").text
    assert "Nothing in your view fits" in page


@pytest.mark.neo4j
@pytest.mark.parametrize("where", ["?run=1&minimum=many", "/table.csv?minimum=many"])
def test_a_bad_parameter_is_shown_in_the_form_without_an_answer(
    client: FlaskClient, where: str
) -> None:
    answer = client.get(f"/patterns/frequent_runaways{where}")
    assert answer.status_code == 422
    assert "At least this many episodes: expected a whole number." in answer.text
    assert 'id="minimum-error"' in answer.text
    assert "Answer:" not in answer.text


@pytest.mark.neo4j
def test_the_download_is_the_table_and_on_record(client: FlaskClient, store: Store) -> None:
    answer = client.get("/patterns/trafficking_while_missing/table.csv?days_after=60")
    assert answer.content_type.startswith("text/csv")
    assert 'filename="trafficking_while_missing-run-1.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["occurred_on"] for row in rows] == ["2024-03-12"] * 2 + ["2024-03-08"] * 2
    assert sorted(row["case_number"] for row in rows) == ["C-2", "C-2", "C-3", "C-3"]
    exported = _looks(store, AuditEvent.EXPORT)[-1]
    assert exported.details is not None
    assert exported.details["what"] == "trafficking_while_missing"


@pytest.mark.neo4j
def test_every_pattern_runs_as_its_form_opens(client: FlaskClient) -> None:
    for query in load_library().values():
        if query.group == "patterns" and query.allows("investigator"):
            answer = client.get(f"/patterns/{query.name}?run=1")
            assert answer.status_code in (200, 504), query.name
            assert "<h1>" in answer.text


@pytest.mark.neo4j
def test_a_graph_that_is_down_is_told(home: Home, client: FlaskClient) -> None:
    kept = home.current.read_bytes()
    down = Current(
        run_id="run-1", published_at=now(), servers={VIEW: Server(uri="bolt://127.0.0.1:1")}
    )
    write_manifest(home.current, down)
    try:
        answer = client.get("/patterns/frequent_runaways?run=1")
    finally:
        home.current.write_bytes(kept)
    assert answer.status_code == 503
    assert "The graph is not answering" in answer.text
    works = answer.text.partition("What still works")[2].partition("</ul>")[0]
    assert "Search" in works
    assert "Missing children" not in works


def test_cells_of_a_download_never_compute() -> None:
    table = Table(
        ("a", "b"), ("string", "list"), (("=1+1", ["@x", "y"]), (None, []), ("x,\n", [-1]))
    )
    assert list(csv.reader(io.StringIO(csv_text(table.columns, table.rows)))) == [
        ["a", "b"],
        ["'=1+1", "'@x; y"],
        ["", ""],
        ["x,\n", "'-1"],
    ]


def test_everybody_an_answer_names_is_known_before_it_is_shown() -> None:
    query = load_library()["weakest_links"]
    person = {"label": "Person", "key": "P2", "properties": {}}
    record = {"label": "Record", "key": "r", "properties": {}}
    row: tuple[Any, ...] = ("P1", "P1", "r", "nibrs", 0.9, 3.0, person, record, {})
    result = Result(query.columns, (row,), (person, record), ())
    assert persons_in(query, result) == ["P1", "P2"]
    assert table_of(query, result).columns == query.columns[:6]
