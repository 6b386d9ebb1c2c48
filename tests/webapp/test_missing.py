"""Missing children: the list, one case with its ranked links, a child just reported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from runs.duck import connect
from runs.view import open_view
from sharing.audit import AuditEvent, looks_at

if TYPE_CHECKING:
    from runs.home import ViewFolder
    from sharing.store import Store
    from tests.conftest import Live
    from tests.webapp.conftest import SignedIn
    from tests.webapp.pages import Visit

pytestmark = pytest.mark.neo4j

KEY = re.compile(r'href="/missing/([0-9a-f]{32})"')


@pytest.fixture
def worker(signed_in: SignedIn) -> Visit:
    return signed_in("investigator")


@pytest.fixture(scope="session")
def child(investigation: ViewFolder) -> dict[str, Any]:
    """The child with most episodes: its newest episode and what is known of it."""
    with connect() as con:
        for name, folder in (("membership", "persons"), ("missing_episode", "records")):
            path = investigation.path / folder / f"{name}.parquet"
            con.read_parquet(str(path)).create_view(name)
        con.read_parquet(str(investigation.records / "person_record.parquet")).create_view("record")
        row = con.execute(
            """
            SELECT max_by(episode_key, missing_from_on) AS episode_key, person_id,
                   max(missing_from_on) AS missing_from_on, count(*) AS episodes,
                   max(given_name) AS given_name, max(surname) AS surname
            FROM missing_episode JOIN membership USING (record_key) JOIN record USING (record_key)
            WHERE surname IS NOT NULL
            GROUP BY person_id ORDER BY episodes DESC, person_id LIMIT 1
            """
        )
        names = [column[0] for column in row.description or ()]
        [values] = row.fetchall()
    return dict(zip(names, values, strict=True))


def test_the_list_holds_every_episode_once(worker: Visit, investigation: ViewFolder) -> None:
    with connect() as con:
        relation = con.read_parquet(str(investigation.records / "missing_episode.parquet"))
        [(episodes, in_error)] = relation.aggregate(
            "count(*), count(*) FILTER (exit_reason = 'record_invalid')"
        ).fetchall()
    assert 0 < in_error < episodes
    found: list[str] = []
    for number in range(1, episodes // 50 + 3):
        page = worker.get(f"/missing?page={number}")
        assert f"of {episodes - in_error} episodes" in page.text
        assert f"{in_error} more were entered in error" in page.text
        found += KEY.findall(page.response.text)
    assert len(found) == len(set(found)) == episodes


def test_only_open_ones_where_asked(worker: Visit) -> None:
    page = worker.get("/missing?open=1")
    assert "still missing" in page.text
    assert "found " not in page.text.split("Episodes, still missing first")[1].split("As of")[0]


def test_a_case_shows_the_childs_episodes_and_is_on_record(
    worker: Visit, child: dict[str, Any], web_store: Store
) -> None:
    def looks() -> int:
        return sum(
            look.event is AuditEvent.MISSING_VIEWED
            for look in looks_at(web_store, "investigation", child["person_id"])
        )

    before = looks()
    page = worker.get(f"/missing/{child['episode_key']}")
    assert looks() == before + 1
    assert f"Every episode of this child ({child['episodes']})" in page.text
    assert child["person_id"] in page.response.text
    assert "A lead is a reason to look" in page.text


def test_leads_come_with_their_reasons_strongest_first(worker: Visit) -> None:
    """Of all cases the one with most leads: each has evidence whose bits make its sum."""
    listed = KEY.findall(worker.get("/missing").response.text)
    pages = [worker.get(f"/missing/{key}").response.text for key in listed[:12]]
    text = max(pages, key=lambda page: page.count("<article"))
    leads = re.findall(r"<article.*?</article>", text, re.DOTALL)
    assert leads
    weights = []
    for lead in leads:
        said = re.search(r">([+-]?\d+\.\d) bits<", lead)
        assert said is not None
        weights.append(float(said[1]))
        items = [
            float(found) for found in re.findall(r'<td class="is-number">([+-]?\d+\.\d)</td>', lead)
        ]
        assert items
        assert sum(items) == pytest.approx(weights[-1], abs=0.05 * (len(items) + 1) + 1e-9)
        assert "-0.0" not in lead
    assert weights == sorted(weights, reverse=True)


def test_an_unknown_case_is_not_found_and_says_nothing(worker: Visit, live: Live) -> None:
    assert "0" * 32 not in worker.get(f"/missing/{'0' * 32}", status=404).text
    other = open_view(live.home, "services").folder
    with connect() as con:
        relation = con.read_parquet(str(other.records / "missing_episode.parquet"))
        [(key,)] = relation.select("episode_key").limit(1).fetchall()
    # The other view's key of an episode that both hold.
    worker.get(f"/missing/{key}", status=404)


FORM = {"given_name": "", "surname": "", "missing_from_on": "2025-06-01"}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"missing_from_on": ""}, "Enter the day of last contact"),
        ({"missing_from_on": "June"}, "Enter a date as year-month-day"),
        ({"missing_from_on": "2999-01-01"}, "This day lies in the future"),
        ({"age_years": "teen"}, "Enter the age in whole years"),
        ({"phones": "12"}, "Enter each phone with its area code"),
        ({"last_seen_locality_id": "' OR 1=1"}, "Choose a county or city from the list"),
        ({"sex": "?"}, "Choose one of the answers"),
    ],
)
def test_a_fault_is_told_beside_its_field(
    worker: Visit, values: dict[str, str], fault: str
) -> None:
    answer = worker.send("/missing/new", "/missing/new", FORM | {"surname": "Poe"} | values)
    assert answer.status_code == 422
    assert fault in answer.text


def test_a_child_just_reported_is_searched_at_once(
    worker: Visit, child: dict[str, Any], web_store: Store
) -> None:
    values = {
        "given_name": child["given_name"],
        "surname": child["surname"],
        "missing_from_on": child["missing_from_on"].isoformat(),
    }
    answer = worker.send("/missing/new", "/missing/new", values)
    assert answer.status_code == 200
    assert "may be tied to the child" in answer.text
    # The child is known already: its person and episodes come first, and that is on record.
    assert f"/persons/{child['person_id']}" in answer.text
    assert f"/missing/{child['episode_key']}" in answer.text
    assert looks_at(web_store, "investigation", child["person_id"])[-1].event is (
        AuditEvent.LINK_SEARCH
    )


def test_a_page_beyond_the_last_is_empty_and_no_fault(worker: Visit) -> None:
    assert "No episode of this choice" in worker.get(f"/missing?page={10**25}").text


def test_the_analyst_has_no_missing_pages(signed_in: SignedIn) -> None:
    signed_in("analyst").get("/missing", status=403)
