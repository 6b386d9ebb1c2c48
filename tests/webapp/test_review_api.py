"""The review API: what the pages do, for other systems, and nobody overwrites anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sharing.audit import AuditEvent, looks_at
from sharing.decisions import decisions_of
from tests.webapp.test_review import ABARA, COLE, VIEW, made, pair, site

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.webapp.pages import Visit
    from tests.webapp.test_review import Site

__all__ = ["made", "site"]

QUEUE = "/api/review/queue"
PAIR = f"/api{ABARA}"


def read(visit: Visit, path: str = PAIR) -> tuple[dict[str, Any], str]:
    """A pair and its ETag."""
    answer = visit.client.get(path)
    assert answer.status_code == 200
    return answer.get_json(), answer.headers["ETag"]


def send(visit: Visit, path: str, etag: str | None, **body: Any) -> TestResponse:
    headers = {} if etag is None else {"If-Match": etag}
    return visit.client.post(path, json=body, headers=headers)


def test_the_queue_and_a_pair_are_those_of_the_pages_and_on_record(site: Site) -> None:
    visit = site.visit("rhea")
    told = visit.json(QUEUE)
    assert [row["pair"] for row in told["pairs"]][:2] == [
        pair("abara", "abara2"),
        pair("cole", "cole2"),
    ]
    assert told["found"] == 4
    assert visit.json(f"{QUEUE}?stake=crime")["found"] == 1
    first, etag = read(visit, told["pairs"][0]["href"])
    assert {"label": "Given name", "left": "Robin", "right": "Bob", "verdict": "differs"} in [
        {**line, "left": min(line["left"], line["right"], key=lambda n: n != "Robin"),
         "right": max(line["left"], line["right"], key=lambda n: n != "Robin")}
        for line in first["records"]
    ]  # fmt: skip
    assert sum(bar["weight"] for bar in first["comparisons"]) == pytest.approx(
        first["match_weight"]
    )
    assert etag == read(visit)[1]
    look = looks_at(site.store, VIEW, "P-MISSING")[-1]
    assert (look.event, look.account) == (AuditEvent.REVIEW_VIEWED, "rhea")
    for wrong, status in (("?reason=odd", 400), ("?page=99", 404)):
        visit.json(QUEUE + wrong, status)
    visit.json("/api/review/pairs/nobody", 404)


def test_decisions_that_cannot_both_be_right_are_not_in_force(site: Site) -> None:
    rhea, rolf = site.visit("rhea"), site.visit("rolf")
    for visit, judgement in ((rhea, "different"), (rolf, "same")):
        said = {"judgement": judgement, "reason": "two files"}
        both = send(visit, f"{PAIR}/decisions", read(visit)[1], **said)
    decisions = both.get_json()["decisions"]
    assert [one["state"] for one in decisions] == ["contradicted", "contradicted"]
    assert rhea.get("/review/decisions?state=contradicted").text.count("Open the pair") == 2
    [contrary] = [one["decision"] for one in decisions if one["author"] == "rolf"]
    back = f"/api/review/decisions/{contrary}/undoing"
    assert send(rolf, back, both.headers["ETag"], reason="read again").status_code == 200
    states = {one["author"]: one["state"] for one in read(rolf)[0]["decisions"]}
    assert states == {"rhea": "in force", "rolf": "undone"}


def test_a_decision_needs_what_was_seen_and_changes_it(site: Site) -> None:
    rhea, rolf = site.visit("rhea"), site.visit("rolf")
    _, etag = read(rhea)
    said = {"judgement": "different", "reason": "two files, two mothers"}
    for header in (None, "*", "W/" + etag, f'{etag}, "0123456789abcdef"'):
        assert send(rhea, f"{PAIR}/decisions", header, **said).status_code == 428
    assert decisions_of(site.store, VIEW) == []
    done = send(rhea, f"{PAIR}/decisions", etag, **said)
    assert done.status_code == 201
    assert done.headers["ETag"] != etag
    [decision] = done.get_json()["decisions"]
    assert (decision["state"], decision["author"]) == ("in force", "rhea")
    late = send(rolf, f"{PAIR}/decisions", etag, judgement="same", reason="one")
    assert (late.status_code, late.content_type) == (412, "application/problem+json")
    assert len(decisions_of(site.store, VIEW)) == 1
    assert pair("abara", "abara2") not in [row["pair"] for row in rolf.json(QUEUE)["pairs"]]
    undoing = f"/api/review/decisions/{decision['decision']}/undoing"
    assert send(rolf, undoing, etag, reason="x").status_code == 412
    undone = send(rolf, undoing, done.headers["ETag"], reason="the same mother after all")
    assert undone.status_code == 200
    assert undone.get_json()["decisions"][0]["state"] == "undone"
    assert looks_at(site.store, VIEW, decisions_pair(site))[-1].event is AuditEvent.DECISION_UNDONE


def decisions_pair(site: Site) -> str:
    """The view's key of the first record that was decided about."""
    from runs.keys import to_view

    [made, *_] = decisions_of(site.store, VIEW)
    return str(to_view([made.record_key_l], site.home.view_key(VIEW))[0])


def test_a_page_and_the_api_see_each_others_steps(site: Site) -> None:
    rhea, rolf = site.visit("rhea"), site.visit("rolf")
    form = rhea.get(ABARA).form(f"{ABARA}/decisions")
    _, etag = read(rolf)
    assert form.fields["seen"] == etag.strip('"')
    assert send(rolf, f"{PAIR}/decisions", etag, judgement="same", reason="one").status_code == 201
    late = rhea.client.post(
        form.action, data=form.fields | {"judgement": "different", "reason": "two"}
    )
    assert late.status_code == 409


def test_a_victim_and_an_offender_take_two_people_here_too(site: Site) -> None:
    path = f"/api{COLE}"
    stella, rhea = site.visit("stella"), site.visit("rhea")
    told, etag = read(stella, path)
    assert told["needs_two_people"]
    done = send(stella, f"{path}/decisions", etag, judgement="same", reason="one face")
    [decision] = done.get_json()["decisions"]
    assert decision["state"] == "waiting"
    confirming = f"/api/review/decisions/{decision['decision']}/confirmation"
    own = send(stella, confirming, done.headers["ETag"], reason="I say so")
    assert own.status_code == 422
    assert "somebody else than its author" in own.get_json()["detail"]
    assert send(rhea, confirming, done.headers["ETag"], reason="prints").status_code == 200
    assert decisions_of(site.store, VIEW)[0].confirmed_by == "rhea"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"judgement": "perhaps", "reason": "x"}, 400),
        ({"judgement": "same"}, 400),
        ({"judgement": "same", "reason": 7}, 400),
        ({"judgement": ["same"], "reason": "x"}, 400),
        ({"judgement": "same", "reason": "  "}, 422),
        ({"judgement": "same", "reason": "x" * 2001}, 422),
    ],
)
def test_a_step_that_is_none_writes_nothing(site: Site, body: dict[str, Any], status: int) -> None:
    visit = site.visit("rhea")
    _, etag = read(visit)
    assert send(visit, f"{PAIR}/decisions", etag, **body).status_code == status
    text = visit.client.post(f"{PAIR}/decisions", data="{", headers={"If-Match": etag})
    assert text.status_code == 400
    assert send(visit, "/api/review/decisions/9/undoing", etag, reason="x").status_code == 404
    assert decisions_of(site.store, VIEW) == []


def test_only_who_reviews_the_view_comes_in(site: Site) -> None:
    assert site.app.test_client().get(QUEUE).status_code == 401
    ines = site.visit("ines")
    _, etag = read(site.visit("rhea"))
    assert ines.client.get(PAIR).status_code == 403
    refused = send(ines, f"{PAIR}/decisions", etag, judgement="same", reason="one")
    assert refused.status_code == 403
    unstated = site.visit("rhea", purpose=None)
    assert unstated.client.get(QUEUE).status_code == 403
    assert (
        send(unstated, f"{PAIR}/decisions", etag, judgement="same", reason="x").status_code == 403
    )
    with site.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE audit_subject_key")
    rhea = site.visit("rhea")
    assert send(rhea, f"{PAIR}/decisions", etag, judgement="same", reason="x").status_code == 503
    assert "Robin" not in rhea.client.get(PAIR).get_data(as_text=True)
    assert decisions_of(site.store, VIEW) == []
