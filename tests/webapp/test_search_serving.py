"""Searching while runs are published and removed: by real clients, over HTTP."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
from flask.sessions import SecureCookieSessionInterface
from werkzeug.serving import WSGIRequestHandler, make_server

from pipeline.prune import prune
from resolution import matching, search
from resolution.contracts import MEMBERSHIP
from resolution.query import PersonQuery
from resolution.search import build_index, warm
from runs.home import Home
from runs.manifest import Current, RunManifest, ViewManifest, write_manifest
from sharing.accounts import Role
from sharing.purposes import Purpose
from sharing.sessions import begin, set_purpose
from tests.factories import write_rows
from tests.resolution.people import record
from tests.sharing.judging import VIEW, accounts
from webapp import create_app
from webapp.search.sealed import seal
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

FIRST, SECOND = "20260101T000000Z", "20260102T000000Z"
CLIENTS = 4


def make_run(home: Home, run_id: str, surname: str) -> None:
    """A finished run whose view knows one person by that surname."""
    run = home.run(run_id)
    view = run.view(VIEW)
    row = record("one", given_name="Shaunice", surname=surname, birth_date=date(2008, 6, 15))
    write_rows(view.records, "person_record", [row])
    write_rows(
        view.persons, MEMBERSHIP, [{"record_key": row["record_key"], "person_id": f"P{run_id}"}]
    )
    build_index(view, run.scratch)
    created = datetime.now(UTC) - timedelta(days=1)
    write_manifest(
        view.manifest,
        ViewManifest(
            view=VIEW, run_id=run_id, created_at=created, synthetic=True, deliveries=(),
            counts={"persons": 1}, files=(), model=None,
        ),
    )  # fmt: skip
    write_manifest(
        run.manifest,
        RunManifest(
            run_id=run_id, created_at=created + timedelta(hours=run_id > FIRST), parent=None,
            synthetic=True, inputs={}, inputs_hash="", versions={}, feeds=(), views=(VIEW,),
            graph_views=(VIEW,), files=(), timings_s={},
        ),
    )  # fmt: skip


def publish(home: Home, run_id: str) -> None:
    write_manifest(home.current, Current(run_id=run_id, published_at=datetime.now(UTC), servers={}))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    home = Home(tmp_path / "home")
    home.prepare()
    make_run(home, FIRST, "Abernathy")
    make_run(home, SECOND, "Abernethy")
    publish(home, FIRST)
    made = create_app(WebSettings(home=home, dist=None))
    accounts(made.extensions["vast_store"], "ines", role=Role.INVESTIGATOR)
    return made


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The application behind a web server that answers several requests at once."""
    web = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    serving = threading.Thread(target=web.serve_forever)
    serving.start()
    yield web.server_port
    web.shutdown()
    serving.join()
    web.server_close()


class Quiet(WSGIRequestHandler):
    """Logs no request."""

    def log_request(self, *_: object) -> None:
        pass


def signed_in(app: Flask) -> dict[str, str]:
    """The cookie of a session that has stated its purpose."""
    token = begin(app.extensions["vast_store"], "ines")
    set_purpose(app.extensions["vast_store"], token, Purpose.TRAFFICKING_INVESTIGATION, "C 1")
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return {"Cookie": f"vast={signer.dumps({'token': token})}"}


def test_a_new_run_is_searched_at_once_and_no_search_fails_meanwhile(
    app: Flask, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.prune.PAGES_END_WITHIN", timedelta(seconds=2))
    home: Home = app.extensions["vast"].home
    sealed = seal({"name": "Shaunice Abernathy"}, app.extensions["vast"].cookie_key, "ines")
    headers = signed_in(app)
    answers: list[tuple[float, int, str]] = []
    ended = threading.Event()

    def ask() -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        while not ended.is_set():
            began = time.monotonic()
            line.request("GET", f"/search?q={sealed}", headers=headers)
            answer = line.getresponse()
            answers.append((began, answer.status, answer.read().decode()))
        line.close()

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    switched = 0.0
    try:
        for run_id in (SECOND, FIRST, SECOND):
            time.sleep(0.5)
            publish(home, run_id)
            switched = time.monotonic()
        assert prune(home, 0) == (FIRST,)
        time.sleep(0.5)
    finally:
        ended.set()
        for client in clients:
            client.join()
    assert {status for _, status, _ in answers} == {200}
    for began, _, body in answers:
        shown = [run for run in (FIRST, SECOND) if f"/persons/P{run}" in body]
        assert len(shown) == 1
        assert f'As of run <span class="text-tabular">{shown[0]}' in body
        assert began < switched or shown == [SECOND]
    assert {run for run in (FIRST, SECOND) for _, _, body in answers if f"P{run}" in body} == {
        FIRST,
        SECOND,
    }


def test_a_run_whose_index_is_gone_is_told_and_the_next_one_is_searched(
    app: Flask, port: int
) -> None:
    home: Home = app.extensions["vast"].home
    sealed = seal({"name": "Shaunice"}, app.extensions["vast"].cookie_key, "ines")
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = signed_in(app)

    def ask() -> tuple[int, str]:
        line.request("GET", f"/search?q={sealed}", headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()

    assert ask()[0] == 200
    shutil.rmtree(home.run(FIRST).view(VIEW).search)
    status, body = ask()
    assert status == 503
    assert "People cannot be searched in this run" in body
    publish(home, SECOND)
    assert ask()[0] == 200
    line.close()


def test_nobody_waits_for_compiling_after_the_index_was_opened(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = app.extensions["vast"].home.run(FIRST).view(VIEW)
    opening = [threading.Thread(target=warm, args=(view,), daemon=True) for _ in range(3)]
    for one in opening:
        one.start()
    for one in opening:
        one.join(60)
        assert not one.is_alive()

    def refuse(*_: object) -> None:
        raise AssertionError("a search compiled its statements")

    monkeypatch.setattr(matching.Matcher, "__init__", refuse)
    found: list[int] = []
    searching = [
        threading.Thread(
            target=lambda: found.append(len(search.search(view, PersonQuery(name="Shaunice"))))
        )
        for _ in range(3 * matching.MOST_MATCHERS)
    ]
    for one in searching:
        one.start()
    for one in searching:
        one.join()
    assert found == [1] * len(searching)
