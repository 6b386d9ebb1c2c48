"""One way for tests to ask for pages: every page that is fetched is checked for what all must have.

A page has one title and one h1, says that its people are synthetic and as of which run, carries
the security policy, and holds no inline script, style or handler; every form posts to this site
with a token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "circle", "use"})


@dataclass
class Form:
    """A form as written: where it goes, how, and its fields' values."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        self.title = ""
        self.headings: list[str] = []
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(self.html)

    @property
    def text(self) -> str:
        """The page's words, without those of its data blocks."""
        return re.sub(r"\s+", " ", " ".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        self.faults += [f"inline {name} on {tag}" for name in values if name.startswith("on")]
        if "style" in values or tag == "style":
            self.faults.append(f"inline style on {tag}")
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.faults.append("inline script")
        address = values.get("src") or (values.get("href") if tag == "link" else None) or ""
        if re.match(r"(https?:)?//", address):
            self.faults.append(f"loads from elsewhere: {tag}")
        if tag == "h1":
            self.headings.append("")
        elif tag == "a":
            self.links.append(values.get("href", ""))
        elif tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif tag == "input" and self.forms and "form" in self._open:
            self.forms[-1].fields[values.get("name", "")] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "script" in self._open:
            return
        self._words.append(data)
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        if "h1" in self._open:
            self.headings[-1] += data

    def form(self, action: str) -> Form:
        """The form that posts there."""
        return next(form for form in self.forms if form.action == action)

    def check(self, run_id: str | None) -> None:
        """Every page's duties. ``run_id`` None: nothing is published."""
        assert self.faults == []
        assert self.title.strip().endswith("· VAST"), self.title
        assert self.title.replace("· VAST", "").strip()
        assert [heading for heading in self.headings if heading.strip()], "no h1"
        assert len(self.headings) == 1
        for form in self.forms:
            assert form.action.startswith("/")
            assert not form.action.startswith("//")
            if form.method == "post":
                assert form.fields.get("csrf_token"), f"form {form.action} has no token"
        policy = self.response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert self.response.headers["Cache-Control"] == "no-store"
        assert self.response.headers["X-Content-Type-Options"] == "nosniff"
        if run_id is not None:
            assert "synthetic" in self.text
            assert run_id in self.text


@dataclass
class Visit:
    """A browser's session: fetches pages, fills forms, follows nothing by itself."""

    client: FlaskClient
    run_id: str | None

    def get(self, path: str, status: int = 200) -> Page:
        """Fetch and check a page."""
        response = self.client.get(path, headers={"Accept": "text/html"})
        assert response.status_code == status, (path, response.status_code, response.location)
        page = Page(response)
        page.check(self.run_id)
        return page

    def redirected(self, path: str) -> str:
        """Where a GET leads to."""
        response = self.client.get(path, headers={"Accept": "text/html"})
        assert response.status_code in (302, 303), (path, response.status_code)
        return response.location

    def send(self, page: str, action: str, values: Mapping[str, str]) -> TestResponse:
        """Fill the form of a page that posts to ``action`` and send it."""
        form = self.get(page).form(action)
        return self.client.post(action, data=form.fields | dict(values))

    def json(self, path: str, status: int = 200) -> Any:
        """Fetch JSON."""
        response = self.client.get(path, headers={"Accept": "application/json"})
        assert response.status_code == status, (path, response.status_code)
        if status >= 400:
            assert response.content_type == "application/problem+json"
        return response.get_json(force=True)

    def sign_in(self, username: str, password: str) -> TestResponse:
        return self.send("/sign-in", "/sign-in", {"username": username, "password": password})

    def state_purpose(self, purpose: str, case_number: str) -> TestResponse:
        return self.send("/purpose", "/purpose", {"purpose": purpose, "case_number": case_number})
