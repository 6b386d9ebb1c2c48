"""What an investigator does all day, with mouse and with keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.webapp.conftest import Somebody

pytestmark = pytest.mark.browser


def test_from_a_name_to_a_network(tabs: OpenTab, shown_person: Somebody) -> None:
    tab = tabs("investigator")
    page = tab.open("/search")
    page.get_by_label("Name", exact=True).fill(f"{shown_person.given_name} {shown_person.surname}")
    page.get_by_role("button", name="Find people").click()
    page.locator(f"a[href='/persons/{shown_person.person_id}']").click()
    expect(page.locator("details.link[open] svg").first).to_be_visible()
    page.get_by_role("link", name="Open the network").click()
    expect(page.locator("#details h2")).not_to_have_text("Nothing selected")
    assert tab.faults == []


def test_a_waterfall_is_drawn_when_its_link_is_opened(
    tabs: OpenTab, shown_person: Somebody
) -> None:
    page = tabs("investigator").open(f"/persons/{shown_person.person_id}")
    closed = page.locator("details.link:not([open])").first
    name = closed.get_attribute("data-link")
    closed.locator("summary").press("Enter")
    drawn = page.locator(f"details[data-link='{name}'] .chart svg")
    expect(drawn).to_be_visible()
    assert drawn.locator("path").count() > 3


def test_the_network_by_keyboard_alone(tabs: OpenTab, shown_person: Somebody) -> None:
    tab = tabs("investigator")
    page = tab.open(f"/network?start=Person:{shown_person.person_id}")
    rows = page.locator("#network-table table").first.locator("tbody tr")
    before = rows.count()
    incident = rows.filter(has_text="Incident").first
    incident.get_by_role("button").first.press("Enter")
    expect(page.locator("#details .details__kind")).to_have_text("Incident")
    expect(incident).to_have_class("is-chosen")
    incident.get_by_role("button", name=re.compile("^Expand")).press("Enter")
    expect(page).to_have_url(re.compile("open=Incident"))
    rows.nth(1).get_by_role("button", name=re.compile("^Hide")).press("Enter")
    expect(page).to_have_url(re.compile("hide="))
    expect(page.get_by_role("button", name="Show hidden")).to_be_visible()
    shared = page.url
    page.reload()
    assert page.url == shared
    expect(page.get_by_role("button", name="Show hidden")).to_be_visible()
    page.get_by_role("button", name="Show hidden").press("Enter")
    expect(page).not_to_have_url(re.compile("hide="))
    assert rows.count() >= before
    assert tab.faults == []


def test_records_show_how_surely_they_refer(tabs: OpenTab, shown_person: Somebody) -> None:
    page = tabs("investigator").open(f"/network?start=Person:{shown_person.person_id}")
    ties = page.locator("#network-table table").nth(1)
    assert ties.get_by_text("same person").count() == 0
    page.get_by_label(re.compile("^Record")).check()
    expect(ties.get_by_text("same person").first).to_be_visible()
    page.get_by_label(re.compile("^Record")).uncheck()
    assert ties.get_by_text("same incident").count() == 0
    page.get_by_label(re.compile("^Report")).check()
    expect(ties.get_by_text("same incident").first).to_be_visible()
    assert ties.get_by_text("same person").count() == 0


def test_a_derived_tie_says_so(tabs: OpenTab, shown_person: Somebody) -> None:
    page = tabs("investigator").open(f"/network?start=Person:{shown_person.person_id}")
    derived = page.locator("#network-table tr", has_text="derived")
    if derived.count() == 0:
        pytest.skip("nobody shares a contact with this person")
    derived.first.get_by_role("button").press("Enter")
    expect(page.locator("#details")).to_contain_text("no agency recorded this tie")
