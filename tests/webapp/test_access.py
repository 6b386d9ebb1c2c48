"""Every route states what it needs, and nobody gets further than that."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from sharing import sessions
from sharing.store import Store
from tests.webapp.conftest import SignedIn
from tests.webapp.pages import Visit
from webapp.access import GRANTED, Permission, check_every_route, permission_of
from webapp.errors import RouteUnguarded

ROLE_OF = {
    "investigator": "investigator",
    "caseworker": "case_worker",
    "analyst": "analyst",
    "steward": "steward",
    "reviewer": "reviewer",
}


def routes(app: Flask) -> list[tuple[str, Permission]]:
    """Every GET route with its arguments filled in, and its permission."""
    found = []
    for rule in app.url_map.iter_rules():
        permission = permission_of(app.view_functions[rule.endpoint])
        if "GET" in (rule.methods or ()) and permission is not None:
            found.append((re.sub(r"<[^>]+>", "1", rule.rule), permission))
    return found


def test_every_route_states_its_permission(web: Flask) -> None:
    unmarked = [
        endpoint
        for endpoint, function in web.view_functions.items()
        if endpoint != "static" and permission_of(function) is None
    ]
    assert unmarked == []
    assert len(web.view_functions) > 15


def test_a_route_without_permission_stops_the_application() -> None:
    app = Flask("unguarded")
    app.add_url_rule("/open", "open", lambda: "everything")
    with pytest.raises(RouteUnguarded, match="open"):
        check_every_route(app)


def test_visitors_reach_only_what_is_public(web: Flask, visitor: Visit) -> None:
    for path, permission in routes(web):
        response = visitor.client.get(path, headers={"Accept": "text/html"})
        if permission in GRANTED["visitor"]:
            assert response.status_code not in (401, 403), path
        elif path.startswith("/api/"):
            assert response.status_code == 401, path
        else:
            assert response.status_code == 302, path
            assert response.location.startswith("/sign-in?return="), path


@pytest.mark.parametrize(
    "username", ["investigator", "caseworker", "analyst", "steward", "reviewer"]
)
def test_roles_are_refused_what_is_not_theirs(
    web: Flask, signed_in: SignedIn, username: str
) -> None:
    visit = signed_in(username)
    granted = GRANTED[ROLE_OF[username]]
    refused = [path for path, permission in routes(web) if permission not in granted]
    assert refused
    for path in refused:
        assert visit.client.get(path).status_code == 403, path


def test_persons_need_a_purpose_first(web: Flask, visitor: Visit, web_store: Store) -> None:
    fresh = Visit(web.test_client(), visitor.run_id)
    with fresh.client.session_transaction() as cookie:
        # A second session of an account: it has stated nothing.
        cookie["token"] = sessions.begin(web_store, "investigator")
    for path, permission in routes(web):
        if not permission.needs_purpose or permission not in GRANTED["investigator"]:
            continue
        response = fresh.client.get(path)
        if path.startswith("/api/"):
            assert response.status_code == 403, path
        else:
            assert response.location.startswith("/purpose?return="), path


def test_navigation_shows_what_the_role_may_open(signed_in: SignedIn, visitor: Visit) -> None:
    assert "/steward/feeds" in signed_in("steward").get("/health").links
    assert "/search" not in signed_in("steward").get("/health").links
    assert "/search" in signed_in("investigator").get("/health").links
    assert "/search" not in visitor.get("/health").links
