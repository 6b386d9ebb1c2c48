"""The application on the session's served run: real views, graphs, accounts and audit log.

Routes are asked in process, without the front end's assets; tests/browser uses the service itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runs.duck import connect
from runs.manifest import Current, Server, read_current, write_manifest
from runs.view import open_view
from sharing.purposes import Purpose
from sharing.store import Store
from tests.conftest import Live, free_port
from tests.webapp.pages import Visit
from webapp import create_app
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from runs.home import Home, ViewFolder

CASE = "VSP 2026-0142"
PURPOSES = {
    "investigator": Purpose.TRAFFICKING_INVESTIGATION,
    "caseworker": Purpose.CHILD_PROTECTION,
    "analyst": Purpose.PROGRAM_ANALYSIS,
    "steward": Purpose.QUALITY_REVIEW,
    "reviewer": Purpose.QUALITY_REVIEW,
}

SignedIn = Callable[[str], Visit]


@pytest.fixture(scope="session")
def web(live: Live) -> Flask:
    """The application on the served run."""
    app = create_app(WebSettings(home=live.home, dist=None))
    app.testing = True
    # A test must see what a user sees: errors become pages.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="session")
def web_store(web: Flask) -> Store:
    store: Store = web.extensions["vast_store"]
    return store


@pytest.fixture
def visitor(web: Flask, live: Live) -> Visit:
    """Somebody without an account."""
    return Visit(web.test_client(), live.run.run_id)


@pytest.fixture(scope="session")
def signed_in(web: Flask, live: Live) -> SignedIn:
    """An account by name, with a purpose where its role needs one; one session each."""
    made: dict[str, Visit] = {}

    def sign_in(username: str) -> Visit:
        if username not in made:
            visit = Visit(web.test_client(), live.run.run_id)
            assert visit.sign_in(username, live.passwords[username]).status_code == 302
            if username in PURPOSES:
                assert visit.state_purpose(PURPOSES[username], CASE).status_code == 302
            made[username] = visit
        return made[username]

    return sign_in


@pytest.fixture(scope="session")
def investigation(live: Live) -> ViewFolder:
    return open_view(live.home, "investigation").folder


@dataclass(frozen=True)
class Somebody:
    """The person of the view with most agencies' records, for pages that need one."""

    person_id: str
    record_keys: tuple[str, ...]
    surname: str
    given_name: str


def somebody_of(folder: ViewFolder) -> Somebody:
    with connect() as con:
        con.read_parquet(str(folder.persons / "membership.parquet")).create_view("membership")
        con.read_parquet(str(folder.records / "person_record.parquet")).create_view("record")
        row = con.execute(
            """
            SELECT person_id, list(record_key ORDER BY record_key), max(surname), max(given_name)
            FROM membership JOIN record USING (record_key)
            GROUP BY person_id HAVING count(*) BETWEEN 4 AND 25 AND max(surname) IS NOT NULL
            ORDER BY count(DISTINCT feed) DESC, count(*) DESC, person_id LIMIT 1
            """
        ).fetchone()
    assert row is not None
    return Somebody(row[0], tuple(row[1]), row[2], row[3])


@pytest.fixture(scope="session")
def somebody(investigation: ViewFolder) -> Somebody:
    return somebody_of(investigation)


@pytest.fixture(scope="session")
def graphs_down(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same published run and accounts, with graph servers that nobody answers for."""
    from runs.home import Home

    home = Home(tmp_path_factory.mktemp("down") / "home")
    home.prepare()
    _share(live.home.path, home.path, ("runs", "secrets", "synthetic.json"))
    current = read_current(live.home)
    servers = {view: Server(uri=f"bolt://127.0.0.1:{free_port()}") for view in current.servers}
    write_manifest(
        home.current,
        Current(run_id=current.run_id, published_at=current.published_at, servers=servers),
    )
    return home


def _share(source: Path, target: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if not (source / name).exists():
            continue
        if (target / name).is_dir():
            (target / name).rmdir()
        (target / name).symlink_to(source / name)
