"""The steward is told that the served run holds what may be kept no longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from runs.home import Home
from runs.manifest import Current, RunManifest, ViewManifest, write_manifest
from sharing.accounts import Role, create
from sharing.store import Store
from tests.webapp.pages import Visit
from webapp import create_app
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from pathlib import Path

RUN, VIEW, PASSWORD = "20260101T000000Z", "investigation", "a long enough password"


@pytest.mark.parametrize(("days", "told"), [(0, False), (-1, True)])
def test_the_steward_is_told(tmp_path: Path, days: int, *, told: bool) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    run, made = home.run(RUN), datetime.now(UTC)
    for view in ("public", VIEW):
        write_manifest(
            run.view(view).manifest,
            ViewManifest(
                view=view, run_id=RUN, created_at=made, synthetic=True, deliveries=(), counts={},
                files=(),
            ),
        )  # fmt: skip
    write_manifest(
        run.manifest,
        RunManifest(
            run_id=RUN, created_at=made, parent=None, synthetic=True, inputs={}, inputs_hash="",
            versions={}, feeds=(), views=("public", VIEW), graph_views=(VIEW,), files=(),
            timings_s={}, kept_until={VIEW: made.date() + timedelta(days=days)},
        ),
    )  # fmt: skip
    write_manifest(home.current, Current(run_id=RUN, published_at=made, servers={}))
    app = create_app(WebSettings(home=home, dist=None))
    store: Store = app.extensions["vast_store"]
    create(store, "stella", PASSWORD, Role.STEWARD)
    visit = Visit(app.test_client(), RUN)
    assert visit.sign_in("stella", PASSWORD).status_code == 302
    page = visit.get("/steward/feeds")
    assert ("Rows are shown that may be kept no longer" in page.text) is told
    assert ("vast run --publish" in page.text) is told
