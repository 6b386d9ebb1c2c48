"""The network page and its JSON: what is opened, what is refused, what is put on record."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runs.home import ViewFolder
from sharing.audit import AuditEvent, looks_at
from sharing.store import Store
from tests.webapp.conftest import SignedIn, Somebody
from webapp.network.around import CAP, LABELS, node_name
from webapp.network.records import records_of


@given(st.text(max_size=60))
def test_only_the_schemas_nodes_have_names(text: str) -> None:
    if node_name(text) is not None:
        assert text.partition(":")[0] in LABELS


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'id="network-data"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_network_opens_around_its_start(
    signed_in: SignedIn, somebody: Somebody, web_store: Store
) -> None:
    start = f"Person:{somebody.person_id}"
    page = signed_in("investigator").get(f"/network?start={start}")
    data = data_of(page.html)
    nodes = {f"{node['label']}:{node['key']}" for node in data["around"]["nodes"]}
    assert start in nodes
    assert 1 < len(nodes) <= CAP
    for tie in data["around"]["relationships"]:
        for end in (tie["start"], tie["end"]):
            assert f"{end['label']}:{end['key']}" in nodes
    assert "element_id" not in page.html.lower().replace("elementid", "element_id")
    # Everybody whose data came is on record, not only whom was asked for.
    for name in nodes:
        label, _, key = name.partition(":")
        if label == "Person":
            look = looks_at(web_store, "investigation", key)[-1]
            assert look.event is AuditEvent.NETWORK_VIEWED


def test_one_hop_is_less_than_two(signed_in: SignedIn, somebody: Somebody) -> None:
    visit = signed_in("investigator")
    start = f"/network?start=Person:{somebody.person_id}"
    near = data_of(visit.get(f"{start}&hops=1").html)["around"]["nodes"]
    far = data_of(visit.get(start).html)["around"]["nodes"]
    assert len(near) <= len(far)


def test_expanding_brings_the_neighbours(signed_in: SignedIn, somebody: Somebody) -> None:
    visit = signed_in("investigator")
    page = data_of(visit.get(f"/network?start=Person:{somebody.person_id}").html)
    other = next(n for n in page["around"]["nodes"] if n["label"] == "Incident")
    found = visit.json(f"/api/network/around?node=Incident:{other['key']}")
    labels = {node["label"] for node in found["nodes"]}
    assert {"Incident", "Person"} <= labels
    assert found["shown"] <= found["total"]


def test_details_tell_values_in_words_and_records(signed_in: SignedIn, somebody: Somebody) -> None:
    visit = signed_in("investigator")
    found = visit.json(f"/api/network/details?node=Person:{somebody.person_id}")
    assert {row["record_key"] for row in found["records"]} == set(somebody.record_keys)
    names = {fact["name"] for fact in found["facts"]}
    assert "person_id" not in names
    assert "given_name" not in names
    assert found["ties"]


def test_evidence_of_a_tie(
    signed_in: SignedIn, somebody: Somebody, investigation: ViewFolder
) -> None:
    visit = signed_in("investigator")
    record = somebody.record_keys[0]
    found = visit.json(f"/api/network/records?record={record}")["records"]
    assert [row["person_id"] for row in found] == [somebody.person_id]
    assert found == records_of(investigation, [record])


def test_what_is_no_node_is_refused(signed_in: SignedIn, somebody: Somebody) -> None:
    visit = signed_in("investigator")
    visit.get("/network?start=Secret:1", status=400)
    visit.get("/network?start=Person:P0", status=404)
    visit.json("/api/network/around", status=400)
    visit.json("/api/network/details?node=Person:P0", status=404)
    visit.json("/api/network/records?record=0", status=404)
    many = "&".join(f"node=Incident:{number}" for number in range(100))
    visit.json(f"/api/network/around?{many}", status=400)
    # Another view's person does not exist here.
    signed_in("caseworker").get(f"/network?start=Person:{somebody.person_id}", status=404)


def test_without_a_start_the_page_says_where_to_begin(signed_in: SignedIn) -> None:
    assert "/search" in signed_in("analyst").get("/network").links
