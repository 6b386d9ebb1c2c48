"""The steward's pages: each feed, its sums and state, and the quarantine for its agency."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runs.home import Home
from runs.manifest import Current, Server, read_current, write_manifest
from tests.conftest import Live, free_port
from tests.webapp.pages import Visit
from webapp import create_app
from webapp.settings import WebSettings
from webapp.steward.quality import FeedQuality, Sums

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.webapp.conftest import SignedIn


def sums(live: Live, name: str) -> dict[str, int]:
    totals: dict[str, int] = {}
    for entry in live.run.feeds:
        totals[entry["feed"]] = totals.get(entry["feed"], 0) + int(entry[name])
    return totals


def test_every_feed_has_its_page(signed_in: SignedIn, live: Live) -> None:
    steward = signed_in("steward")
    links = steward.get("/steward/feeds").links
    for feed, rows_in in sums(live, "rows_in").items():
        assert f"/steward/feeds/{feed}" in links
        page = steward.get(f"/steward/feeds/{feed}")
        assert f"{rows_in:,}" in page.text
        assert "in = loaded + quarantined + duplicates" in page.text


def test_the_quarantine_goes_to_the_agency_without_values(
    signed_in: SignedIn, live: Live, web: Any
) -> None:
    feed, wanted = max(sums(live, "quarantined").items(), key=lambda item: item[1])
    assert wanted > 0, "the demo world has faulty rows"
    steward = signed_in("steward")
    assert "quarantine.csv" in steward.get(f"/steward/feeds/{feed}").html
    answer = steward.client.get(f"/steward/feeds/{feed}/quarantine.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert rows[0] == ["delivery", "delivery_sha256", "file", "line", "field", "reason"]
    assert len(rows) == wanted + 1
    assert all(int(row[3]) >= 1 and row[5] for row in rows[1:])


def test_no_other_role_and_no_unknown_feed(signed_in: SignedIn) -> None:
    for path in ("/steward/feeds/nibrs", "/steward/feeds/nibrs/quarantine.csv"):
        assert signed_in("investigator").client.get(path).status_code == 403
    assert signed_in("steward").client.get("/steward/feeds/nobody").status_code == 404
    assert signed_in("steward").client.get("/steward/feeds/nibrs?from=9999999").status_code == 404


@pytest.fixture
def with_deliveries(live: Live, tmp_path: Path) -> Callable[..., Visit]:
    """A visit of the published run whose public view states changed deliveries."""

    def visit(**change: Any) -> Visit:
        home = Home(tmp_path / "home")
        home.prepare()
        now = read_current(live.home)
        shutil.copytree(live.home.run(now.run_id).view("public").path,
                        home.run(now.run_id).view("public").path)  # fmt: skip
        shutil.copy(live.home.run(now.run_id).manifest, home.run(now.run_id).manifest)
        path = home.run(now.run_id).view("public").manifest
        manifest = json.loads(path.read_text("utf-8"))
        manifest["deliveries"] = [one | change for one in manifest["deliveries"]]
        path.write_text(json.dumps(manifest), "utf-8")
        down = {view: Server(uri=f"bolt://127.0.0.1:{free_port()}") for view in now.servers}
        write_manifest(
            home.current, Current(run_id=now.run_id, published_at=now.published_at, servers=down)
        )
        app = create_app(WebSettings(home=home, dist=None))
        app.testing = True
        return Visit(app.test_client(), now.run_id)

    return visit


def test_every_page_of_a_view_says_that_a_feed_is_stale_and_how_old(
    with_deliveries: Callable[..., Visit],
) -> None:
    received = datetime.now(UTC) - timedelta(days=40, hours=1)
    visit = with_deliveries(stale=True, received_at=received.isoformat())
    for path in ("/", "/map", "/health"):
        assert "A newer delivery was refused" in visit.get(path).text
        assert "40 days ago" in visit.get(path).text


def test_a_feed_from_which_nothing_came_as_agreed_is_late(
    with_deliveries: Callable[..., Visit],
) -> None:
    received = datetime.now(UTC) - timedelta(days=40, hours=1)
    visit = with_deliveries(received_at=received.isoformat(), expected_every_days=31)
    assert "late. A delivery is expected every 31 days" in visit.get("/").text


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "on time"),
        ({"expected_every_days": None}, "taken"),
        ({"expected_every_days": 30}, "late"),
        ({"stale": True}, "stale"),
        ({"received_at": None}, "nothing taken"),
    ],
)
def test_a_feed_is_judged_by_when_it_came_and_says_how_far_it_reaches(
    change: dict[str, Any], state: str
) -> None:
    feed = FeedQuality(
        feed="hotline",
        publisher="Trafficking hotline",
        deliveries=(),
        sums=Sums(0, 0, 0, 0, 0),
        reasons=(),
        refused=(),
        received_at=datetime.now(UTC) - timedelta(days=31, hours=1),
        as_of=(datetime.now(UTC).date() - timedelta(days=333)).isoformat(),
        stale=False,
        expected_every_days=31,
    )
    found = replace(feed, **change)
    assert (found.state, found.reach_days) == (state, 333)
    assert found.doubtful == (state in ("late", "stale", "nothing taken"))
    assert replace(feed, as_of=None).reach_days is None


def test_fresh_feeds_need_no_word(with_deliveries: Callable[..., Visit]) -> None:
    text = with_deliveries(stale=False, received_at=datetime.now(UTC).isoformat()).get("/").text
    assert "stale." not in text
    assert "late." not in text
