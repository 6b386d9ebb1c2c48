"""Record keys: fixed, separated, and permuted inside a view."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runs.keys import from_view, record_key, to_view, token

view_keys = st.binary(min_size=32, max_size=32)


def test_a_key_is_fixed_for_ever() -> None:
    # A changed function would orphan every stored decision and audit row.
    assert record_key("person", "clearinghouse", "VA-1") == "3e834a88562c09d8d29e34a49205b58d"


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_parts_are_separated(one: list[str], other: list[str]) -> None:
    assert (record_key(*one) == record_key(*other)) == (one == other)


@given(st.lists(st.one_of(st.none(), st.text()), max_size=20), view_keys)
def test_a_view_sees_a_permutation(texts: list[str | None], key: bytes) -> None:
    keys = [None if text is None else record_key(text) for text in texts]
    inside = to_view(keys, key)
    assert from_view(inside, key) == keys
    assert [value is None for value in inside] == [value is None for value in keys]
    assert len(set(inside)) == len(set(keys))


@given(st.text(), view_keys, view_keys)
def test_two_views_share_no_token(value: str, one: bytes, other: bytes) -> None:
    assert (token(one, "phone", value) == token(other, "phone", value)) == (one == other)
