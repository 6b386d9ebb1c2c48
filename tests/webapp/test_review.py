"""Review: the queue and the pair are what the view holds, and no step goes unseen or alone."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask import g, render_template_string

from resolution.comparisons import CONTACT, GIVEN_NAME, HOUSEHOLD
from resolution.contracts import LINEAGE, LINK, MEMBERSHIP, PERSON, REVIEW
from resolution.review import build_queue, pair_name
from resolution.waterfall import retold
from runs.duck import connect
from runs.home import Home
from runs.manifest import Current, ViewManifest, read_view, write_manifest
from runs.schema import write_table
from sharing.accounts import Role
from sharing.audit import AuditEvent, looks_at
from sharing.deciding import Judge, decide
from sharing.decisions import Decision, Judgement, decisions_of, version
from sharing.purposes import Purpose
from sharing.sessions import begin, read, set_purpose
from tests.factories import key, rows_of, write_rows
from tests.sharing.judging import accounts
from tests.webapp.pages import Visit
from webapp import create_app
from webapp.access import Access
from webapp.page import day
from webapp.persons.decided import told_decisions
from webapp.review.queue import PAGE_SIZE, Choice, next_pair, queue_page
from webapp.settings import WebSettings

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from flask import Flask

    from runs.home import ViewFolder
    from sharing.store import Store
    from webapp.persons.decided import Joined

VIEW = "investigation"
RUN = "20260101T000000Z"


def record(name: str, person: str, role: str, **values: Any) -> dict[str, Any]:
    return {
        "record_key": key("person", name),
        "person": person,
        "role": role,
        "feed": "nibrs",
        "agency_id": "VA0010000",
        "observed_on": date(2024, 5, 1),
        "incident_key": key("incident", name),
        "surname": name.title(),
        "sex": "F",
        **values,
    }


RECORDS = [
    record("abara", "P-MISSING", "missing_child", given_name="Robin", incident_key=None),
    record("abara2", "P-OTHER", "contact", given_name="Bob", birth_date=date(1990, 1, 2)),
    record("cole", "P-VICTIM", "victim", phones=["+18045550123", "+18045550124"]),
    record("cole2", "P-OFFENDER", "arrestee", phones=["+18045550123"]),
    record("diop", "P-ONE", "contact"),
    record("diop2", "P-ONE", "contact"),
    record("diop3", "P-ONE", "contact"),
    record("eck", "P-E1", "contact"),
    record("eck2", "P-E2", "contact"),
]
LINKS = [
    ("abara", "abara2", "uncertain", -1.0),
    ("cole", "cole2", "kept_apart", 6.0),
    ("diop", "diop2", None, 9.0),
    ("diop2", "diop3", None, 9.0),
    ("diop", "diop3", "held_inside", -1.5),
    ("eck", "eck2", "uncertain", 0.5),
]


def waterfall(weight: float, *, of_contacts: bool) -> list[dict[str, Any]]:
    bars = [
        ("Before comparing", "taken at random", -10.0),
        (GIVEN_NAME.label, "the same", weight + 10.0),
    ]
    if of_contacts:
        bars.append((CONTACT.label, "same phone", 0.0))
    return [
        {"comparison": c, "level": level, "match_weight": w, "withheld": False}
        for c, level, w in bars
    ]


def pair(one: str, other: str) -> str:
    return pair_name(key("person", one), key("person", other))


def path_of(one: str, other: str) -> str:
    return f"/review/pairs/{pair(one, other)}"


ABARA, COLE, DIOP = path_of("abara", "abara2"), path_of("cole", "cole2"), path_of("diop", "diop3")


def write_view(
    folder: ViewFolder,
    records: list[dict[str, Any]],
    *,
    contacts_tell: bool = True,
    told: tuple[str, ...] = (GIVEN_NAME.label, CONTACT.label),
) -> None:
    """A view's records and persons with its queue, by the production writers."""
    write_rows(
        folder.records,
        "person_record",
        [{n: v for n, v in row.items() if n != "person"} for row in records],
    )
    number = {"incident_number": "24-000017", "occurred_on": date(2024, 4, 9)}
    write_rows(folder.records, "incident", [{"incident_key": key("incident", "abara2"), **number}])
    episode = {"episode_key": key("e"), "record_key": key("person", "abara"), "case_number": "MC-7"}
    write_rows(folder.records, "missing_episode", [episode])
    write_rows(folder.persons, PERSON, [{"person_id": p} for p in {r["person"] for r in records}])
    write_rows(
        folder.persons,
        MEMBERSHIP,
        [{"record_key": r["record_key"], "person_id": r["person"]} for r in records],
    )
    write_rows(folder.persons, LINEAGE, [])
    rows = []
    for one, other, review, weight in LINKS:
        low, high = sorted((key("person", one), key("person", other)))
        rows.append(
            {"record_key_l": low, "record_key_r": high, "match_weight": weight,
             "match_probability": 1 / (1 + 2**-weight), "margin": weight - 2, "review": review,
             "same_person": review in (None, "held_inside"), "needs_review": review is not None,
             "waterfall": retold(
                 waterfall(weight, of_contacts=contacts_tell and one == "cole"), told)}
        )  # fmt: skip
    write_rows(folder.persons, LINK, rows)
    build_queue(folder, folder.path / "scratch")
    write_manifest(
        folder.manifest,
        ViewManifest(
            view=VIEW, run_id=RUN, created_at=datetime.now(UTC) - timedelta(hours=1),
            synthetic=True, deliveries=(), counts={"persons": 7}, files=(), model="vast-person-1",
            told_comparisons=told,
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("review") / "home")
    home.prepare()
    write_view(home.run(RUN).view(VIEW), RECORDS)
    write_manifest(home.current, Current(run_id=RUN, published_at=datetime.now(UTC), servers={}))
    return home.path


class Site:
    """The application on a copy of the made run, with accounts of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.home: Home = app.extensions["vast"].home
        self.store: Store = app.extensions["vast_store"]
        self.folder: ViewFolder = self.home.run(RUN).view(VIEW)
        accounts(self.store, "stella", role=Role.STEWARD)
        accounts(self.store, "rhea", "rolf")
        accounts(self.store, "ines", role=Role.INVESTIGATOR)

    def visit(self, who: str, purpose: Purpose | None = Purpose.QUALITY_REVIEW) -> Visit:
        visit = Visit(self.app.test_client(), RUN)
        token = begin(self.store, who)
        if purpose is not None:
            set_purpose(self.store, token, purpose, "QR 2026-1")
        with visit.client.session_transaction() as cookie:
            cookie["token"] = token
        return visit


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Site:
    shutil.copytree(made, tmp_path / "home")
    app = create_app(WebSettings(home=Home(tmp_path / "home"), dist=None))
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Site(app)


def judge(visit: Visit, path: str, judgement: str, status: int = 302, **more: str) -> Any:
    values = {"judgement": judgement, "reason": "I read both files", **more}
    answer = visit.send(path, f"{path}/decisions", values)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer


def open_pairs(visit: Visit, query: str = "") -> list[str]:
    """The pairs that the queue offers to judge, in order."""
    links = visit.get(f"/review{query}").html.split('href="')[1:]
    offered = [link for link in links if '">Judge<' in link.partition("</a>")[0]]
    return [link.partition('"')[0].partition("?")[0] for link in offered]


def test_the_queue_is_in_its_order_and_on_record_first(site: Site) -> None:
    visit = site.visit("stella")
    assert open_pairs(visit) == [ABARA, COLE, DIOP, path_of("eck", "eck2")]
    assert open_pairs(visit, "?stake=crime") == [COLE]
    assert open_pairs(visit, "?reason_for=held_inside") == [DIOP]
    assert open_pairs(visit, "?reason_for=held_inside&stake=missing") == []
    page = visit.get("/review")
    assert "child still missing" in page.text
    assert "missing case would gain 1 incident" in page.text
    look = looks_at(site.store, VIEW, "P-MISSING")[-1]
    assert (look.event, look.account) == (AuditEvent.REVIEW_VIEWED, "stella")


def test_a_pair_shows_both_records_the_comparison_and_what_would_change(site: Site) -> None:
    page = site.visit("rhea").get(ABARA)
    assert "<mark>Robin</mark>" in page.html
    assert "<mark>Abara2</mark>" in page.html
    assert "Missing case MC-7 (still missing) would be tied to 1 incident (24-000017" in page.text
    assert "Match weight sum of the above -1.0" in page.text
    assert "one in common" in site.visit("rhea").get(COLE).text
    # Inside one person to part two records is what changes, by the rule of the run.
    text = site.visit("rhea").get(DIOP).text
    assert "Both stand in person P-ONE today, who has 3 records." in text
    assert "2 persons: 2 records" in text


def test_a_surname_that_differs_is_not_called_similar_where_an_alias_was(site: Site) -> None:
    bar = {"comparison": HOUSEHOLD.label, "level": "similar surname, same address or phone"}
    rows = [
        row | {"waterfall": [*row["waterfall"], bar | {"match_weight": 0.0, "withheld": False}]}
        for row in rows_of(site.folder.persons / "link.parquet")
    ]
    write_rows(site.folder.persons, LINK, rows)
    page = site.visit("rhea").get(ABARA)
    assert "<mark>Abara2</mark>" in page.html
    assert "similar surname, part of it or an alias's, same address or phone" in page.text
    assert "similar surname, same address" not in page.html


def test_a_contact_that_counted_for_nobody_is_no_agreement(site: Site) -> None:
    write_view(site.folder, RECORDS, contacts_tell=False)
    text = site.visit("rhea").get(COLE).text
    assert "held by too many to count" in text
    assert "one in common" not in text


def test_a_decision_tells_nothing_that_an_agreement_took_away_since(site: Site) -> None:
    visit = site.visit("rhea")
    judge(visit, COLE, "different")
    before = visit.get(COLE).text
    _, _, frozen = before.partition("The comparison as rhea saw it")
    assert "Given name the same +16.0" in frozen
    write_view(site.folder, RECORDS, told=(CONTACT.label,))
    after = visit.get(COLE).text
    assert "Given name the same" not in after
    _, _, frozen = after.partition("The comparison as rhea saw it")
    assert "Phones, accounts and vehicles same phone" in frozen
    assert "Withheld values that this view does not show +16.0" in frozen
    assert "Match weight sum of the above +6.0" in frozen
    # A run of before runs said what they tell: nothing is told.
    manifest = read_view(site.folder).model_copy(update={"told_comparisons": ()})
    write_manifest(site.folder.manifest, manifest)
    _, _, frozen = visit.get(COLE).text.partition("The comparison as rhea saw it")
    assert "same phone" not in frozen


def test_a_decision_leads_on_leaves_the_queue_and_is_on_record(site: Site) -> None:
    visit = site.visit("rhea")
    assert judge(visit, ABARA, "different").location == COLE
    assert ABARA not in open_pairs(visit)
    assert "1 step waits for the next run." in visit.get("/review").text
    page = visit.get(ABARA)
    assert "I read both files" in page.text
    assert "model vast-person-1, run" in page.text
    assert ABARA in visit.get("/review/decisions?mine=1").links
    assert ABARA not in site.visit("rolf").get("/review/decisions?mine=1").links
    undone = visit.send(ABARA, "/review/decisions/1/undoing", {"reason": "wrong pair"})
    assert undone.status_code == 302
    assert ABARA in open_pairs(visit)
    assert "wrong pair" in visit.get("/review/decisions?state=undone").text
    assert "Nothing waits for the next run." in visit.get("/review").text


def test_unsure_leaves_the_queue_until_the_evidence_changes(site: Site) -> None:
    visit = site.visit("rhea")
    judge(visit, ABARA, "unsure")
    assert ABARA not in open_pairs(visit)
    write_view(site.folder, [*RECORDS, record("new", "P-E1", "contact")])
    assert ABARA not in open_pairs(visit)
    write_view(site.folder, [*RECORDS, record("new", "P-OTHER", "contact")])
    assert ABARA in open_pairs(visit)
    assert "Unsure" in visit.get(ABARA).text


def test_a_victim_and_an_offender_take_two_people(site: Site) -> None:
    stella, rhea = site.visit("stella"), site.visit("rhea")
    assert "waits until a second reviewer confirms it" in stella.get(COLE).text
    judge(stella, COLE, "same")
    assert "Waiting for a second person (1)" in rhea.get("/review").text
    assert "Nothing waits for the next run." in rhea.get("/review").text
    own = stella.get(COLE)
    assert "somebody else has to confirm it" in own.text
    assert not [form for form in own.forms if form.action.endswith("/confirmation")]
    token = own.form(f"{COLE}/decisions").fields
    forged = stella.client.post(
        "/review/decisions/1/confirmation", data=token | {"reason": "because I say so"}
    )
    assert forged.status_code == 400
    assert decisions_of(site.store, VIEW)[0].pending
    confirmed = rhea.send(COLE, "/review/decisions/1/confirmation", {"reason": "fingerprints"})
    assert confirmed.status_code == 302
    assert decisions_of(site.store, VIEW)[0].confirmed_by == "rhea"
    assert "1 step waits for the next run." in rhea.get("/review").text


def test_the_second_of_two_learns_of_the_first(site: Site) -> None:
    rhea, rolf = site.visit("rhea"), site.visit("rolf")
    form = rolf.get(ABARA).form(f"{ABARA}/decisions")
    judge(rhea, ABARA, "same")
    late = rolf.client.post(
        form.action, data=form.fields | {"judgement": "different", "reason": "two people"}
    )
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "This pair has changed" in text
    assert "rhea" in text
    assert len(decisions_of(site.store, VIEW)) == 1


def test_two_people_who_disagree_are_shown_until_one_is_undone(site: Site) -> None:
    rhea, rolf = site.visit("rhea"), site.visit("rolf")
    judge(rhea, ABARA, "same")
    judge(rolf, ABARA, "different")
    page = site.visit("stella").get("/review")
    assert "Decisions that contradict each other (1)" in page.text
    assert page.links.count(ABARA) == 2
    rolf.send(ABARA, "/review/decisions/2/undoing", {"reason": "she is right"})
    assert "contradict each other" not in rolf.get("/review").text


def outcomes(visit: Visit, path: str) -> tuple[str, str]:
    """What the page says of either judgement: if they are one person, if they are two."""
    text = visit.get(path).text.partition("If they are the same person")[2]
    one, _, two = text.partition("If they are different people")
    return one, two.partition("Your decision")[0]


def test_what_would_change_is_told_with_what_others_decided_on_the_pair(site: Site) -> None:
    rhea, rolf = site.visit("rhea"), site.visit("rolf")
    assert "One person: 2 records" in outcomes(rolf, ABARA)[0]
    judge(rhea, ABARA, "different")
    # Runs take the difference; only its author can replace it.
    assert "Nothing changes today" in outcomes(rolf, ABARA)[0]
    assert "rhea decided that these are different people" in rolf.get(ABARA).text
    assert "One person: 2 records" in outcomes(rhea, ABARA)[0]
    assert "decided that these are different" not in rhea.get(ABARA).text
    judge(rolf, ABARA, "same")
    assert "Nothing changes today" in outcomes(site.visit("stella"), ABARA)[0]


def test_what_others_contradict_beside_the_pair_binds_as_in_a_run(site: Site) -> None:
    """Both judgements of a pair are a difference there, and no contradiction of the others."""
    write_view(site.folder, [*RECORDS, record("eck3", "P-E2", "contact")])
    decided(site, "rhea", "eck2", "eck3", Judgement.DIFFERENT)
    looked = version(decisions_of(site.store, VIEW), RUN)
    decided(site, "rolf", "eck2", "eck3", Judgement.SAME, looked)
    text = outcomes(site.visit("stella"), path_of("eck", "eck2"))[0]
    assert "2 persons: 2 records" in text


def decided(
    site: Site, who: str, one: str, other: str, judgement: Judgement, looked: str = version([], RUN)
) -> Decision:
    keys = (key("person", one), key("person", other))
    return decide(
        site.store, site.folder, site.home.view_key(VIEW), keys, judgement,
        Judge(who, Purpose.QUALITY_REVIEW, "QR 2026-1"), "I read both files", looked,
    )  # fmt: skip


def test_the_decisions_that_hold_a_person_together_are_told_to_who_may_know(site: Site) -> None:
    here = key("person", "eck2")
    rows = [row | {"person": "P-E1"} if row["record_key"] == here else row for row in RECORDS]
    write_view(site.folder, rows)
    decided(site, "rhea", "eck", "eck2", Judgement.SAME)
    # The evidence alone holds these two.
    decided(site, "rhea", "diop", "diop2", Judgement.SAME)
    numbers = {key("person", "eck"): 1, here: 2}
    diop = [key("person", name) for name in ("diop", "diop2", "diop3")]

    def told(who: str, person: str, records: Collection[str]) -> tuple[Joined, ...]:
        token = begin(site.store, who)
        set_purpose(site.store, token, Purpose.QUALITY_REVIEW, "QR 2026-1")
        with site.app.test_request_context():
            g.access = Access(site.app.extensions["vast"], read(site.store, token))
            return told_decisions(site.folder, person, records)

    # Decided after the run was made, it does not hold the person that is shown.
    assert told("rhea", "P-E1", numbers) == ()
    manifest = read_view(site.folder)
    later = manifest.model_copy(update={"created_at": datetime.now(UTC) + timedelta(minutes=1)})
    write_manifest(site.folder.manifest, later)
    [one] = told("rhea", "P-E1", numbers)
    assert (set(one.keys), one.pair) == (set(numbers), pair("eck", "eck2"))
    assert told("rhea", "P-ONE", diop) == ()
    [in_part] = told("ines", "P-E1", numbers)
    assert (in_part.keys, in_part.whole) == (one.keys, False)
    looks = looks_at(site.store, VIEW, here)
    assert [look.account for look in looks if look.event is AuditEvent.REVIEW_VIEWED] == ["rhea"]

    def page(*decisions: Joined) -> str:
        with site.app.test_request_context():
            return render_template_string(
                '{% import "persons/explain.html" as e with context %}{{ e.decided_by(found, n) }}',
                found=decisions,
                n=numbers,
            )

    today, text = day(datetime.now(UTC)), page(one)
    assert f"same person</a>, rhea, {today}: I read both files" in text
    assert "Records 1 and 2" in text
    assert path_of("eck", "eck2") in text
    less = page(in_part)
    assert f"Records 1 and 2: a reviewer decided on {today} that they are one person" in less
    assert "rhea" not in less
    assert "I read both files" not in less
    assert path_of("eck", "eck2") not in less


def test_a_pair_outside_the_queue_tells_that_it_needs_two_people(site: Site) -> None:
    decided(site, "rhea", "eck2", "cole", Judgement.DIFFERENT)
    path, rolf = path_of("eck2", "cole"), site.visit("rolf")
    assert "waits until a second reviewer" not in rolf.get(path).text
    assert not rolf.json(f"/api{path}")["needs_two_people"]
    # Through this the contact is an arrestee from the next run on.
    assert not decided(site, "rolf", "eck2", "cole2", Judgement.SAME).pending
    assert "Not in the queue" in rolf.get(path).text
    assert "waits until a second reviewer confirms it" in rolf.get(path).text
    assert rolf.json(f"/api{path}")["needs_two_people"]
    judge(rolf, path, "same")
    assert decisions_of(site.store, VIEW)[-1].pending


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"judgement": "perhaps", "reason": "x"}, "Choose one of the three."),
        ({"judgement": "same", "reason": "  "}, "Say what decided it."),
        ({"judgement": "same", "reason": "x" * 2001}, "expected 1 to 2000 characters"),
    ],
)
def test_a_form_that_lacks_something_says_so(site: Site, values: dict[str, str], told: str) -> None:
    answer = site.visit("rhea").send(ABARA, f"{ABARA}/decisions", values)
    assert answer.status_code == 400
    assert told in answer.get_data(as_text=True)
    assert decisions_of(site.store, VIEW) == []


def test_what_is_not_there_is_not_there(site: Site) -> None:
    visit = site.visit("rhea")
    for path in (
        "/review/pairs/nobody",
        "/review?page=99999",
        f"/review?page={10**40}",
        "/review/decisions?page=7",
    ):
        visit.get(path, status=404)
    assert visit.client.post(f"{ABARA}/decisions", data={"judgement": "same"}).status_code == 400
    form = visit.get(ABARA).form(f"{ABARA}/decisions").fields | {"reason": "x"}
    assert visit.client.post("/review/decisions/999/undoing", data=form).status_code == 404
    assert visit.client.post("/review/pairs/x/decisions", data=form).status_code == 404


def test_a_decision_on_a_record_that_the_view_lost_shows_nothing_of_it(site: Site) -> None:
    visit = site.visit("rhea")
    judge(visit, ABARA, "different")
    write_view(site.folder, [row for row in RECORDS if row["surname"] != "Abara2"])
    visit.get(ABARA, status=404)
    assert "I read both files" in visit.get("/review/decisions").text


def test_only_who_reviews_a_view_comes_in_and_states_why(site: Site) -> None:
    assert site.visit("ines").client.get("/review").status_code == 403
    assert site.visit("ines").client.get(ABARA).status_code == 403
    fresh = site.visit("rhea", purpose=None)
    assert fresh.redirected("/review").startswith("/purpose?return=")
    offered = fresh.get("/purpose").text
    assert Purpose.QUALITY_REVIEW.text in offered
    assert Purpose.MISSING_CHILD.text not in offered
    with site.store.write() as connection:
        connection.exec_driver_sql("UPDATE account SET view = NULL WHERE username = 'rolf'")
    assert site.visit("rolf").client.get("/review").status_code == 403


def test_without_the_log_nothing_is_shown(site: Site) -> None:
    visit = site.visit("rhea")
    visit.get("/review")
    with site.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE audit_subject_key")
    for path in ("/review", ABARA, "/review/decisions"):
        assert "Abara" not in visit.get(path, status=503).text


MANY = 100_000


def test_a_hundred_thousand_pairs_are_a_page_at_a_time(site: Site) -> None:
    """What a page costs follows the page and the number of decisions, not what it shows of them."""
    row = rows_of(REVIEW.path(site.folder.persons))[0]
    with connect(threads=2) as con:
        con.execute(
            "CREATE TABLE many AS SELECT review.* REPLACE ("
            "n::INTEGER AS place, left(sha256(n::VARCHAR), 20) AS pair, "
            "'P' || n AS person_l, 'Q' || n AS person_r, sha256('e' || n) AS evidence) "
            "FROM read_parquet(?) AS review, range(1, ? + 1) AS numbers(n) WHERE pair = ?",
            [str(REVIEW.path(site.folder.persons)), MANY, row["pair"]],
        )
        write_table(con.table("many"), REVIEW, site.folder.persons)
    key_of = site.home.view_key(VIEW)
    started = time.process_time()
    last = -(-MANY // PAGE_SIZE)
    page = queue_page(site.folder, key_of, [], Choice(page=last))
    assert (page.found, page.pages, len(page.rows)) == (MANY, last, PAGE_SIZE)
    assert page.rows[-1]["place"] == MANY
    assert next_pair(site.folder, key_of, [], Choice(), MANY) is None
    assert time.process_time() - started < 5
    assert len(site.visit("rhea").get(f"/review?page={last}").html) < 100_000
