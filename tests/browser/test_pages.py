"""Every page in a real browser: no fault of the security policy, none of accessibility."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenTab
from tests.webapp.conftest import Somebody

pytestmark = pytest.mark.browser

PAGES = [
    ("visitor", "/sign-in"),
    ("visitor", "/health"),
    ("visitor", "/"),
    ("visitor", "/map"),
    ("visitor", "/trends"),
    ("investigator", "/purpose"),
    ("investigator", "/search"),
    ("investigator", "/network"),
    ("investigator", "/persons/{person}"),
    ("investigator", "/network?start=Person:{person}"),
    ("investigator", "/missing"),
    ("investigator", "/missing/new"),
    ("investigator", "/"),
    ("investigator", "/map"),
    ("investigator", "/trends"),
    ("investigator", "/missing/{case}"),
    ("caseworker", "/missing"),
    ("analyst", "/patterns"),
    ("analyst", "/patterns/who_is_involved?run=1"),
    ("analyst", "/patterns/seen_before_trafficking?run=1"),
    ("steward", "/steward/feeds"),
    ("steward", "/review"),
    ("steward", "/review/pairs/{pair}"),
    ("steward", "/review/incidents"),
    ("steward", "/review/incidents/{incident}"),
    ("investigator", "/network/incidents/{incident}"),
    ("reviewer", "/review/decisions"),
]


@pytest.mark.parametrize(("username", "path"), PAGES)
def test_a_page_is_sound_and_accessible(
    tabs: OpenTab,
    shown_person: Somebody,
    shown_case: str,
    shown_pair: str,
    shown_incident: str,
    username: str,
    path: str,
) -> None:
    tab = tabs(username)
    names = {
        "person": shown_person.person_id,
        "case": shown_case,
        "pair": shown_pair,
        "incident": shown_incident,
    }
    tab.open(path.format(**names))
    tab.page.wait_for_timeout(300)
    assert tab.faults == []
    assert tab.violations() == []


def test_a_problem_page_is_accessible(tabs: OpenTab) -> None:
    tab = tabs("visitor")
    tab.open("/no/such/page", status=404)
    assert tab.violations() == []


@pytest.mark.parametrize("path", ["/search", "/persons/{person}", "/network?start=Person:{person}"])
def test_pages_fit_a_narrow_window(tabs: OpenTab, shown_person: Somebody, path: str) -> None:
    tab = tabs("investigator")
    tab.page.set_viewport_size({"width": 400, "height": 800})
    try:
        tab.open(path.format(person=shown_person.person_id))
        wide = tab.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 400
    finally:
        tab.page.set_viewport_size({"width": 1366, "height": 900})
