"""What answers, what does not, and what pages say then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask import Flask

from runs.home import Home
from sharing.store import Store
from tests.conftest import Live
from tests.webapp.conftest import SignedIn, Somebody
from tests.webapp.pages import Visit
from webapp import create_app
from webapp.access import Permission, requires
from webapp.settings import WebSettings


@pytest.fixture(scope="module")
def down(graphs_down: Home, live: Live) -> Flask:
    """The application on the served run's data, with every graph server gone."""
    app = create_app(
        WebSettings(home=graphs_down, dist=None, database=f"sqlite:///{live.home.database}")
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_health_names_each_graph_and_its_version(visitor: Visit, live: Live) -> None:
    told = visitor.json("/health")
    assert told["status"] == "ok"
    assert told["run_id"] == live.run.run_id
    assert {graph["view"] for graph in told["graphs"]} == set(live.run.graph_views)
    assert all(graph["neo4j_version"].startswith("20") for graph in told["graphs"])
    assert "Everything answers" in visitor.get("/health").text


def test_pages_say_within_three_seconds_that_the_graph_is_down(
    down: Flask, live: Live, somebody: Somebody
) -> None:
    visit = Visit(down.test_client(), live.run.run_id)
    visit.sign_in("investigator", live.passwords["investigator"])
    visit.state_purpose("missing_child", "MC-1")
    for path in (
        f"/persons/{somebody.person_id}",
        f"/network?start=Person:{somebody.person_id}",
        "/missing",
        f"/missing/{'0' * 32}",
    ):
        began_s = time.monotonic()
        page = visit.get(path, status=503)
        assert time.monotonic() - began_s < 3
        assert "graph is not answering" in page.text
        assert "Search" in page.text
        assert somebody.surname not in page.text
        assert page.response.headers["Retry-After"]
    # The person search needs no graph.
    answer = visit.send("/search", "/search", {"name": somebody.surname})
    assert f"/persons/{somebody.person_id}" in visit.get(answer.location).links


def test_health_is_degraded_without_graphs(down: Flask, live: Live) -> None:
    visit = Visit(down.test_client(), live.run.run_id)
    began_s = time.monotonic()
    told = visit.json("/health.json")
    assert time.monotonic() - began_s < 3
    assert told["status"] == "degraded"
    assert not any(graph["answers"] for graph in told["graphs"])
    assert "does not answer" in visit.get("/health").text


def test_an_empty_home_says_so_on_every_page(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    visit = Visit(create_app(WebSettings(home=home, dist=None)).test_client(), None)
    assert "vast run DIR" in visit.get("/health", status=503).text
    visit.get("/sign-in")
    assert visit.client.get("/health.json").status_code == 503


def test_unknown_addresses_get_a_plain_page(visitor: Visit) -> None:
    page = visitor.get("/no/such/page", status=404)
    assert "Nothing is here" in page.text
    assert visitor.client.post("/health").status_code in (400, 405)


def test_a_fault_shows_no_trace(web: Flask, live: Live) -> None:
    app = create_app(WebSettings(home=live.home, dist=None))
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @requires(Permission.PUBLIC)
    def fail() -> str:
        raise ValueError("a secret name")

    app.view_functions["health.page"] = fail
    page = Visit(app.test_client(), live.run.run_id).get("/health", status=500)
    assert "secret" not in page.html
    assert "Traceback" not in page.html


def test_stewards_read_counts_of_every_delivery(
    signed_in: SignedIn, live: Live, web_store: Store
) -> None:
    page = signed_in("steward").get("/steward/feeds")
    assert "in = loaded + quarantined + duplicates" in page.text
    assert "fresh" not in page.text
    feeds = {feed["feed"]: feed["expected_every_days"] for feed in live.run.feeds}
    timely = page.html.count("<td>on time</td>"), page.html.count("<td>taken</td>")
    assert timely == (sum(map(bool, feeds.values())), list(feeds.values()).count(None))
    assert "not how old its data are" in page.text
