"""The person page: every record, every reason, what became of old ids, on record first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import networkx as nx
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from resolution.contracts import LINEAGE, LINK, MEMBERSHIP, PERSON
from runs.home import ViewFolder
from sharing.audit import AuditEvent, looks_at
from sharing.store import Store
from tests.factories import key, write_rows
from tests.webapp.conftest import SignedIn, Somebody
from webapp.persons.evidence import Bar, Link, evidence_of, strongest_tree
from webapp.persons.waterfall import rows, specification


def link(left: str, right: str, weight: float) -> Link:
    bars = (Bar("Before", "random", -10.0, "prior"), Bar("Birth", "same", weight + 10, "for"))
    return Link(left, right, "P1", "P1", weight, 0.9, True, False, bars)


pairs = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.integers(0, 7),
        st.integers(-20, 40).map(float),
    ).filter(lambda pair: pair[0] < pair[1]),
    unique_by=lambda pair: pair[:2],
    max_size=20,
)


@given(pairs)
def test_the_holding_links_are_the_strongest_tree(found: list[tuple[int, int, float]]) -> None:
    chosen = strongest_tree([link(str(a), str(b), weight) for a, b, weight in found])
    graph: nx.Graph[str] = nx.Graph()
    graph.add_weighted_edges_from([(str(a), str(b), weight) for a, b, weight in found])
    best = nx.maximum_spanning_tree(graph)
    assert sum(one.weight for one in chosen) == pytest.approx(
        sum(data["weight"] for _, _, data in best.edges(data=True))
    )
    assert len(chosen) == best.number_of_edges()
    assert [one.weight for one in chosen] == sorted(one.weight for one in chosen)


def test_bars_lead_from_nothing_to_the_match_weight() -> None:
    made = rows(link("a", "b", 7.5))
    assert [bar["from"] for bar in made] == [0, -10, 0]
    assert made[-2]["to"] == made[-1]["to"] == 7.5
    assert {layer["mark"]["type"] for layer in specification()["layer"]} == {
        "bar",
        "rule",
        "text",
    }


def test_a_bar_is_labelled_with_what_the_table_says() -> None:
    # Rounded to hundredths first, 6.449 would be drawn as +6.5 beside a table that says +6.4.
    made = rows(link("a", "b", 6.449))
    assert [bar["written"] for bar in made] == ["-10.0", "+16.4", "+6.4"]
    text = next(layer for layer in specification()["layer"] if layer["mark"]["type"] == "text")
    assert text["encoding"]["text"]["field"] == "written"


def test_a_link_to_another_person_is_apart(tmp_path: Path) -> None:
    folder = ViewFolder(tmp_path / "view", "run-1", "investigation")
    keys = sorted(key("person", "test", name) for name in "abc")
    write_rows(folder.persons, PERSON, [{"person_id": "P1"}, {"person_id": "P2"}])
    write_rows(
        folder.persons,
        MEMBERSHIP,
        [{"record_key": k, "person_id": p} for k, p in zip(keys, ("P1", "P1", "P2"), strict=True)],
    )
    bar = {"comparison": "Birth", "level": "same", "match_weight": 9.0, "withheld": False}
    common = {
        "match_probability": 0.9,
        "needs_review": True,
        "waterfall": [bar | {"withheld": True}, bar],
    }
    write_rows(
        folder.persons,
        LINK,
        [
            {"record_key_l": keys[0], "record_key_r": keys[1], "match_weight": 18.0, **common},
            {"record_key_l": keys[0], "record_key_r": keys[2], "match_weight": 2.0, **common},
        ],
    )
    write_rows(folder.persons, LINEAGE, [])
    write_rows(folder.records, "person_record", [{"record_key": k} for k in keys])
    evidence = evidence_of(folder, "P1")
    assert evidence is not None
    assert [one.weight for one in evidence.holding] == [18.0]
    assert [one.other_person("P1") for one in evidence.outside] == ["P2"]
    assert evidence.holding[0].bars[0].kind == "withheld"
    assert evidence_of(folder, "P7") is None


def test_the_page_shows_every_record_and_reason(
    signed_in: SignedIn, somebody: Somebody, investigation: ViewFolder, web_store: Store
) -> None:
    page = signed_in("investigator").get(f"/persons/{somebody.person_id}")
    rows_shown = re.findall(r'<tr id="record-\d+"', page.html)
    assert len(rows_shown) == len(somebody.record_keys)
    evidence = evidence_of(investigation, somebody.person_id)
    assert evidence is not None
    assert len(evidence.holding) == len(somebody.record_keys) - 1
    assert page.html.count('<details class="link"') == len(evidence.holding) + len(
        evidence.inside
    ) + len(evidence.outside)
    for shown in re.findall(
        r'<script type="application/json" id="link-[^"]*-bars"[^>]*>(.*?)</script>', page.html
    ):
        bars = json.loads(shown)
        assert bars[-2]["to"] == pytest.approx(bars[-1]["to"], abs=0.01)
    look = looks_at(web_store, "investigation", somebody.person_id)[-1]
    assert look.event is AuditEvent.PERSON_VIEWED


def test_no_record_key_leaves_the_view_in_an_address(
    signed_in: SignedIn, somebody: Somebody
) -> None:
    page = signed_in("investigator").get(f"/persons/{somebody.person_id}")
    assert all(record not in link for record in somebody.record_keys for link in page.links)


def test_another_views_id_is_nobody(signed_in: SignedIn, somebody: Somebody) -> None:
    signed_in("caseworker").get(f"/persons/{somebody.person_id}", status=404)


def test_names_never_reach_the_analyst(
    signed_in: SignedIn, somebody: Somebody, live_people: list[str]
) -> None:
    visit = signed_in("analyst")
    for person_id in live_people:
        page = visit.get(f"/persons/{person_id}")
        assert somebody.surname.lower() not in page.text.lower()
        assert page.headings[0].startswith("Person P")


@pytest.fixture
def live_people(web: Flask) -> list[str]:
    """Two persons of the analysts' view: those with most records."""
    from runs.duck import connect
    from runs.view import open_view

    folder = open_view(web.extensions["vast"].home, "analysis").folder
    with connect() as con:
        relation = con.read_parquet(str(folder.persons / "person.parquet"))
        found = relation.order("records DESC, person_id").limit(2).fetchall()
    return [row[0] for row in found]


def test_without_the_log_nothing_is_shown(
    web: Flask, signed_in: SignedIn, somebody: Somebody, web_store: Store
) -> None:
    visit = signed_in("investigator")
    # What is written about the session now and then is written now, before the store is locked.
    visit.get("/health")
    # Another process holds the store's write lock for longer than a writer waits.
    with web_store.write():
        page = visit.get(f"/persons/{somebody.person_id}", status=503)
    assert "audit log cannot be written" in page.text
    assert somebody.surname not in page.text
    assert visit.get(f"/persons/{somebody.person_id}").status == 200
