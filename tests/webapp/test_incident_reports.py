"""The page of an incident: whose reports, under which numbers, how surely one, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from runs.home import Home
from runs.manifest import Current, ViewManifest, write_manifest
from sharing.audit import AuditEvent, looks_at
from sharing.purposes import Purpose
from tests.resolution.reports import Reports, incidents
from tests.webapp.test_review import RUN, VIEW, Site
from webapp import create_app
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def rows() -> Reports:
    made = Reports()
    made.report("a", persons=("Ada",), incident_number="24-000017", place="SILVER MOTEL")
    made.report("b", feed="local-police", persons=("Ada",), incident_number="LP-77",
                place="SILVER MOTEL")  # fmt: skip
    made.report("c", persons=("Cyd",), incident_number="24-000099", ori="VA07", locality_id="51001")
    return made


@pytest.fixture(scope="module")
def site(rows: Reports, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder: Path = tmp_path_factory.mktemp("incidents")
    home = Home(folder / "home")
    home.prepare()
    view = home.run(RUN).view(VIEW)
    # A run before this one, in which the two reports were apart: its ids must still answer.
    alone = Reports(rows.incidents[1:], rows.offenses, rows.locations, rows.people[1:],
                    rows.members[1:])  # fmt: skip
    alone.resolve(folder, run_id="r0")
    rows.resolve(folder, run_id=RUN, parent="r0", view=view)
    write_manifest(
        view.manifest,
        ViewManifest(
            view=VIEW, run_id=RUN, created_at=datetime.now(UTC) - timedelta(hours=1),
            synthetic=True, deliveries=(), counts={"persons": 2}, files=(), model="vast-person-1",
        ),
    )  # fmt: skip
    write_manifest(home.current, Current(run_id=RUN, published_at=datetime.now(UTC), servers={}))
    app = create_app(WebSettings(home=home, dist=None))
    app.testing = True
    return Site(app)


def test_an_incident_tells_its_reports_and_why_they_are_one(site: Site, rows: Reports) -> None:
    state, local, _ = (row["incident_key"] for row in rows.incidents)
    found = incidents(site.folder)
    assert found[state] == found[local]
    page = site.visit("ines", Purpose.TRAFFICKING_INVESTIGATION).get(
        f"/network/incidents/{found[state]}"
    )
    for words in ("Reported 2 times", "24-000017", "LP-77", "SILVER MOTEL", "same day and hour"):
        assert words in page.text
    assert "24-000099" not in page.text
    [look] = [one for one in looks_at(site.store, VIEW, found[state])
              if one.event is AuditEvent.NETWORK_VIEWED]  # fmt: skip
    assert look.account == "ines"


def test_a_reports_key_and_an_unknown_one(site: Site, rows: Reports) -> None:
    state = rows.incidents[0]["incident_key"]
    visit = site.visit("ines", Purpose.TRAFFICKING_INVESTIGATION)
    moved = visit.client.get(f"/network/incidents/{state}")
    assert moved.status_code == 302
    assert moved.headers["Location"].endswith(incidents(site.folder)[state])
    assert visit.client.get("/network/incidents/I000000000000000").status_code == 404


def test_an_account_that_may_not_see_persons_sees_no_reports(site: Site, rows: Reports) -> None:
    found = incidents(site.folder)[rows.incidents[0]["incident_key"]]
    answer = site.visit("stella").client.get(f"/network/incidents/{found}")
    assert "LP-77" not in answer.get_data(as_text=True)
