"""Items of evidence add up, each source record once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.evidence import Evidence, EvidenceKind, Lead, once_counted, records_that_count

items = st.lists(
    st.builds(
        Evidence,
        st.sampled_from(EvidenceKind),
        st.sampled_from(["a", "b", "c"]),
        st.floats(-12, 12).filter(lambda weight: weight != 0),
        st.frozensets(st.sampled_from(["r1", "r2", "r3"]), max_size=2),
        st.sampled_from([None, "P1", "P2"]),
    ),
    max_size=8,
)


def lead(*evidence: Evidence) -> Lead:
    return Lead("k", "incident", None, None, None, None, (), None, once_counted(evidence))


@given(items)
def test_order_does_not_matter_and_nothing_is_dropped(given_items: list[Evidence]) -> None:
    forward, backward = once_counted(given_items), once_counted(reversed(given_items))
    assert forward == backward
    assert len(forward) == len(given_items)


@given(items)
def test_a_repeated_item_changes_no_weight(given_items: list[Evidence]) -> None:
    with_records = [item for item in given_items if item.record_keys]
    assert lead(*with_records).weight == lead(*with_records, *with_records).weight


def test_the_stronger_of_two_items_from_one_record_counts() -> None:
    strong = Evidence(EvidenceKind.IDENTITY, "same child", 9.0, frozenset({"r"}))
    weak = Evidence(EvidenceKind.CONTACT, "same phone", 5.0, frozenset({"r"}))
    found = lead(weak, strong)
    assert found.weight == 9.0
    assert [item.counted for item in found.evidence] == [True, False]


def test_what_contradicts_counts_against_even_from_the_same_record() -> None:
    found = lead(
        Evidence(EvidenceKind.IDENTITY, "same child", 9.0, frozenset({"r"})),
        Evidence(EvidenceKind.CONTRADICTION, "sex differs", -4.0, frozenset({"r"})),
    )
    assert found.weight == 5.0
    assert found.evidence[-1].contradicts


def test_circumstance_alone_is_never_strong() -> None:
    found = lead(
        Evidence(EvidenceKind.PLACE, "same place", 9.0),
        Evidence(EvidenceKind.TIME, "same time", 9.0),
    )
    assert (found.weight, found.strength) == (18.0, "weak")


def test_one_persons_parts_in_one_incident_count_once() -> None:
    """Offender and arrestee, or the victims of two reports of it, are one human being."""
    parts = [
        Evidence(EvidenceKind.IDENTITY, role, weight, frozenset({role}), "P1")
        for role, weight in (("victim", 5.0), ("subject", 4.0))
    ]
    other = Evidence(EvidenceKind.IDENTITY, "another", 3.0, frozenset({"x"}), "P2")
    found = {item.text: item.counted for item in once_counted([*parts, other])}
    assert found == {"victim": True, "subject": False, "another": True}


def test_what_is_not_counted_takes_no_record_with_it() -> None:
    """Offender and arrestee of one name are told once; the arrest's phone is another record's."""
    offender, arrested = (
        Evidence(EvidenceKind.IDENTITY, "may be the child", 8.0, frozenset({record}), "P1")
        for record in "ab"
    )
    phone = Evidence(EvidenceKind.CONTACT, "used it too", 7.0, frozenset({"b"}), "P1", "phone")
    assert lead(offender, phone).weight == 15.0
    assert lead(offender, arrested, phone).weight == 15.0


def test_a_contact_that_another_record_tells_of_counts_though_one_of_them_is_used() -> None:
    name = Evidence(EvidenceKind.IDENTITY, "may be the child", 8.0, frozenset({"a"}), "P1")
    first, second = (
        Evidence(EvidenceKind.CONTACT, "used it too", 5.0, frozenset({record}), "P1", "phone")
        for record in "ab"
    )
    assert lead(name, first, second).weight == 13.0


@given(items, st.integers(0, 7))
def test_what_is_not_counted_changes_nothing(given_items: list[Evidence], place: int) -> None:
    found = once_counted(given_items)
    rest = [item for at, item in enumerate(found) if item.counted or at % 8 != place]
    assert lead(*rest).weight == pytest.approx(lead(*given_items).weight)


def test_a_phone_beside_the_childs_own_records_is_their_evidence_again() -> None:
    """Two reports name the child, as a victim and as a subject; one of them names the phone."""
    own = [
        Evidence(EvidenceKind.IDENTITY, role, 12.0, frozenset({role}), "child")
        for role in ("victim", "subject")
    ]
    phone = Evidence(
        EvidenceKind.CONTACT, "it names the phone", 7.0, records_that_count(own), None, "phone"
    )
    assert lead(*own, phone).weight == 12.0
    assert records_that_count([]) == frozenset()
