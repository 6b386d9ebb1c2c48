"""Sign-in, sign-out, purpose: refusals, return paths, tokens, cookies."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from sharing.audit import AuditEvent, looks_at
from sharing.purposes import Purpose
from sharing.store import Store
from tests.conftest import Live
from tests.webapp.pages import Visit
from webapp.account.local_path import local_path


@given(st.one_of(st.text(max_size=40), st.from_regex(r"/[/\\a-z.:@?%#\t]{0,20}", fullmatch=True)))
def test_a_return_path_never_leaves_the_site(wanted: str) -> None:
    found = local_path(wanted, "/")
    parts = urlsplit(found)
    assert not parts.scheme
    assert not parts.netloc
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com", "/\\example.com", "/\t/example.com", "x"]
)
def test_known_tricks_lead_to_the_start(elsewhere: str) -> None:
    assert local_path(elsewhere, "/start") == "/start"


def test_own_paths_are_kept() -> None:
    assert local_path("/network?start=Person:P1&hops=1", "/") == "/network?start=Person:P1&hops=1"


def test_sign_in_leads_back_and_is_on_record(visitor: Visit, live: Live, web_store: Store) -> None:
    before = len(looks_at(web_store, "investigation", "account:investigator"))
    page = "/sign-in?return=/network"
    form = visitor.get(page).form("/sign-in")
    answer = visitor.client.post(
        "/sign-in",
        data=form.fields | {"username": "investigator", "password": live.passwords["investigator"]},
    )
    assert answer.location == "/network"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    looks = looks_at(web_store, "investigation", "account:investigator")
    assert len(looks) == before + 1
    assert looks[-1].event is AuditEvent.SIGN_IN
    assert "Sign out" in visitor.get("/health").text


def test_a_wrong_password_says_nothing_more(visitor: Visit, live: Live) -> None:
    known = visitor.sign_in("analyst", "not the password at all")
    unknown = visitor.sign_in("nobody-here", "not the password at all")
    assert known.status_code == unknown.status_code == 400
    said = "do not open an account"
    assert said in known.get_data(as_text=True)
    assert said in unknown.get_data(as_text=True)
    assert live.passwords["analyst"] not in known.get_data(as_text=True)


def test_a_form_without_its_token_changes_nothing(visitor: Visit, live: Live) -> None:
    answer = visitor.client.post(
        "/sign-in",
        data={"username": "investigator", "password": live.passwords["investigator"]},
    )
    assert answer.status_code == 400
    assert "This form has expired" in answer.get_data(as_text=True)
    assert visitor.redirected("/search").startswith("/sign-in")


def test_signing_out_ends_the_session_everywhere(web: Flask, visitor: Visit, live: Live) -> None:
    visitor.sign_in("caseworker", live.passwords["caseworker"])
    stolen = web.test_client()
    with visitor.client.session_transaction() as cookie:
        token = cookie["token"]
    with stolen.session_transaction() as cookie:
        cookie["token"] = token
    assert Visit(stolen, visitor.run_id).redirected("/search").startswith("/purpose")
    form = visitor.get("/health").form("/sign-out")
    assert visitor.client.post("/sign-out", data=form.fields).status_code == 302
    assert Visit(stolen, visitor.run_id).redirected("/search").startswith("/sign-in")


def test_a_purpose_needs_its_case_number(visitor: Visit, live: Live) -> None:
    visitor.sign_in("investigator", live.passwords["investigator"])
    refused = visitor.state_purpose("missing_child", "")
    assert refused.status_code == 400
    assert "case number" in refused.get_data(as_text=True)
    assert visitor.state_purpose("missing_child", "<script>").status_code == 400
    # Not a purpose of this view.
    assert visitor.state_purpose("public_statistics", "1").status_code == 400
    accepted = visitor.client.post(
        "/purpose",
        data=visitor.get("/purpose?return=/search").form("/purpose").fields
        | {"purpose": "missing_child", "case_number": "MC-7"},
    )
    assert accepted.location == "/search"
    page = visitor.get("/search")
    assert "MC-7" in page.text
    assert "Find a missing child" in page.text


def test_who_reviews_is_offered_that_purpose_alone(visitor: Visit, live: Live) -> None:
    visitor.sign_in("steward", live.passwords["steward"])
    offered = visitor.get("/purpose").text
    assert Purpose.QUALITY_REVIEW.text in offered
    assert not any(one.text in offered for one in Purpose if one is not Purpose.QUALITY_REVIEW)
