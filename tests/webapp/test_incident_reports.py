"""The page of an incident: whose reports, under which numbers, how surely one, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runs.home import Home
from runs.keys import to_view
from runs.manifest import Current, ViewManifest, write_manifest
from sharing.audit import AuditEvent, looks_at
from sharing.decisions import About, Judgement, decisions_of
from sharing.purposes import Purpose
from tests.resolution.reports import Reports, incidents
from tests.webapp.test_review import RUN, VIEW, Site
from webapp import create_app
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.webapp.pages import Visit


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


def judge_reports(
    visit: Visit, rows: Reports, site: Site, judgement: str, status: int = 302, reason: str = "read"
) -> Any:
    """Decide about the first two reports on the page of their incident."""
    left, right = sorted(row["incident_key"] for row in rows.incidents[:2])
    path = f"/review/incidents/{incidents(site.folder)[left]}"
    form = next(
        form for form in visit.get(path).forms
        if form.action == f"{path}/decisions" and form.fields["left"] == left
    )  # fmt: skip
    assert form.fields["right"] == right
    answer = visit.client.post(
        form.action, data=form.fields | {"judgement": judgement, "reason": reason}
    )
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer


@pytest.fixture
def judging(site: Site) -> Iterator[Site]:
    yield site
    with site.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM decision")


def test_reviewers_decide_about_two_reports_and_undo_it(judging: Site, rows: Reports) -> None:
    rhea = judging.visit("rhea")
    judge_reports(rhea, rows, judging, "different")
    [made] = decisions_of(judging.store, VIEW, About.REPORTS)
    assert (made.judgement, made.author, made.reason) == (Judgement.DIFFERENT, "rhea", "read")
    assert made.evidence.match_weight is not None
    key_of = judging.home.view_key(VIEW)
    assert {str(k) for k in to_view(made.pair, key_of)} == {
        row["incident_key"] for row in rows.incidents[:2]
    }
    listed = rhea.get("/review/incidents")
    assert "Different incidents" in listed.text
    assert "1 step waits for the next run." in rhea.get("/review").text
    path = f"/review/incidents/{incidents(judging.folder)[rows.incidents[0]['incident_key']]}"
    undone = rhea.send(path, f"{path}/decisions/{made.decision_id}/undoing", {"reason": "misread"})
    assert undone.status_code == 302
    assert "misread" in rhea.get(path).text
    assert "Nothing waits for the next run." in rhea.get("/review").text


def test_reviewers_who_disagree_about_reports_are_shown_both(judging: Site, rows: Reports) -> None:
    rhea, rolf = judging.visit("rhea"), judging.visit("rolf")
    judge_reports(rhea, rows, judging, "same")
    judge_reports(rolf, rows, judging, "different")
    found = incidents(judging.folder)[rows.incidents[0]["incident_key"]]
    for path in ("/review/incidents", f"/review/incidents/{found}"):
        assert "Decisions that contradict each other (1)" in rhea.get(path).text


def test_a_step_on_reports_that_was_overtaken_or_lacks_a_reason_writes_nothing(
    judging: Site, rows: Reports
) -> None:
    rhea, rolf = judging.visit("rhea"), judging.visit("rolf")
    left, right = sorted(row["incident_key"] for row in rows.incidents[:2])
    path = f"/review/incidents/{incidents(judging.folder)[left]}"
    form = rolf.get(path).form(f"{path}/decisions").fields
    judge_reports(rhea, rows, judging, "same")
    said = {"left": left, "right": right, "judgement": "different", "reason": "two"}
    late = rolf.client.post(f"{path}/decisions", data=form | said)
    assert late.status_code == 409
    assert "These reports have changed" in late.get_data(as_text=True)
    assert "1 to 2000 characters" in judge_reports(
        rolf, rows, judging, "different", 400, reason="  "
    ).get_data(as_text=True)
    assert len(decisions_of(judging.store, VIEW, About.REPORTS)) == 1
    form = rolf.get(path).form(f"{path}/decisions").fields
    hidden = said | {"left": "0" * 32}
    assert rolf.client.post(f"{path}/decisions", data=form | hidden).status_code == 400
    other = said | {"judgement": "unsure"}
    assert rolf.client.post(f"{path}/decisions", data=form | other).status_code == 400


def test_only_reviewers_reach_the_reports_in_review(judging: Site, rows: Reports) -> None:
    found = incidents(judging.folder)[rows.incidents[0]["incident_key"]]
    ines = judging.visit("ines", Purpose.TRAFFICKING_INVESTIGATION)
    for path in ("/review/incidents", f"/review/incidents/{found}"):
        assert ines.client.get(path).status_code == 403
    assert judging.visit("rhea").client.get("/review/incidents/I0").status_code == 404
    report = rows.incidents[1]["incident_key"]
    moved = judging.visit("rhea").redirected(f"/review/incidents/{report}")
    assert moved.endswith(found)
    judging.visit("stella").get(f"/review/incidents/{found}")
    assert looks_at(judging.store, VIEW, found)[-1].account == "stella"
