"""Items of evidence add up, each source record once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from casework.evidence import Evidence, EvidenceKind, Lead, once_counted

items = st.lists(
    st.builds(
        Evidence,
        st.sampled_from(EvidenceKind),
        st.sampled_from(["a", "b", "c"]),
        st.floats(-12, 12).filter(lambda weight: weight != 0),
        st.frozensets(st.sampled_from(["r1", "r2", "r3"]), max_size=2),
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
