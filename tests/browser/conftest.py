"""A real Chromium on the running service.

Guarantees: a page that breaks the security policy, logs an error or throws fails its test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from runs.duck import connect
from runs.view import open_view
from tests.conftest import CHROMIUM, Live
from tests.webapp.conftest import CASE, PURPOSES, Somebody, somebody_of
from webapp.build_frontend import SOURCES

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
)
AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@dataclass
class Tab:
    """One tab of one account. ``faults`` collects what the console complains about."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str, status: int = 200) -> Page:
        """Go to a page and wait until it is at rest."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == status, (path, answer.status)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is now: rule and first element."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )
        return [
            f"{rule['id']}: {rule['nodes'][0]['html'][:160]} ({len(rule['nodes'])})"
            for rule in found["violations"]
        ]

    def listen(self) -> None:
        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and "favicon" not in message.text:
                self.faults.append(f"{message.type}: {message.text}")

        self.page.on("console", heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"thrown: {error}"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


OpenTab = Callable[[str], Tab]


@pytest.fixture(scope="session")
def tabs(browser: Browser, live: Live) -> Iterator[OpenTab]:
    """A tab of an account, signed in with its purpose; ``visitor`` has no account."""
    made: dict[str, Tab] = {}

    def tab(username: str) -> Tab:
        if username not in made:
            context = browser.new_context(viewport={"width": 1366, "height": 900})
            fresh = Tab(context.new_page(), live.url)
            fresh.listen()
            if username != "visitor":
                _sign_in(fresh, username, live.passwords[username])
            made[username] = fresh
        made[username].faults.clear()
        return made[username]

    yield tab
    for one in made.values():
        one.page.context.close()


def _sign_in(tab: Tab, username: str, password: str) -> None:
    page = tab.open("/sign-in")
    page.get_by_label("Account").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    if username in PURPOSES:
        page = tab.open("/purpose")
        page.get_by_text(PURPOSES[username].text).click()
        page.locator("#case_number").fill(CASE)
        page.get_by_role("button", name="Continue").click()


@pytest.fixture(scope="session")
def shown_person(live: Live) -> Somebody:
    return somebody_of(open_view(live.home, "investigation").folder)


def _first(live: Live, table: str, order: str, column: str) -> str:
    """The column of the first row of a table of the investigators' view."""
    folder = open_view(live.home, "investigation").folder
    place = folder.persons if (folder.persons / f"{table}.parquet").exists() else folder.records
    with connect() as con:
        rows = con.read_parquet(str(place / f"{table}.parquet")).order(order)
        [(found,)] = rows.select(column).limit(1).fetchall()
    return str(found)


@pytest.fixture(scope="session")
def shown_case(live: Live) -> str:
    """The newest missing episode, by key."""
    return _first(live, "missing_episode", "missing_from_on DESC, episode_key", "episode_key")


@pytest.fixture(scope="session")
def shown_pair(live: Live) -> str:
    """The first pair of the review queue, by its name."""
    return _first(live, "review", "place", "pair")


@pytest.fixture(scope="session")
def shown_incident(live: Live) -> str:
    """An incident that several agencies reported."""
    return _first(live, "resolved_incident", "reports DESC, incident_id", "incident_id")
