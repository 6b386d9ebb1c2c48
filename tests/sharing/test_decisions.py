"""Decisions on pairs of records, and the snapshot that a run takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from resolution.contracts import DECISION
from runs.keys import to_view
from sharing.decisions import SNAPSHOT, Judgement, decide, decisions_of, in_force, snapshot, undo
from sharing.errors import DecisionRefused
from tests.factories import key, rows_of
from tests.sharing.worlds import VIEW_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from sharing.store import Store

KEYS = [key("person", "x", str(n)) for n in range(3)]
SEEN = [str(seen) for seen in to_view(KEYS, VIEW_KEY)]


def test_the_snapshot_is_what_resolution_takes() -> None:
    assert SNAPSHOT.columns == DECISION.columns
    assert (SNAPSHOT.name, SNAPSHOT.key) == (DECISION.name, DECISION.key)


def test_a_decision_is_kept_under_record_keys_and_given_in_the_views(
    store: Store, tmp_path: Path
) -> None:
    decide(store, "services", VIEW_KEY, (SEEN[0], SEEN[1]), Judgement.SAME, "jane", "same scar")

    (kept,) = decisions_of(store, "services")
    assert [kept.record_key_l, kept.record_key_r] == sorted(KEYS[:2])
    path = snapshot(store, "services", VIEW_KEY, tmp_path / "run")
    assert path is not None
    low, high = sorted(SEEN[:2])
    assert rows_of(path) == [{"record_key_l": low, "record_key_r": high, "verdict": "same"}]
    assert snapshot(store, "analysis", VIEW_KEY, tmp_path / "run") is None


def test_the_newest_decision_that_was_not_undone_is_in_force(store: Store) -> None:
    pair = (SEEN[0], SEEN[1])
    decide(store, "services", VIEW_KEY, pair, Judgement.SAME, "jane", "same scar")
    later = decide(
        store, "services", VIEW_KEY, pair[::-1], Judgement.DIFFERENT, "joe", "two birth dates"
    )
    assert [found.judgement for found in in_force(store, "services")] == [Judgement.DIFFERENT]

    undo(store, "services", later, "jane")

    assert [found.judgement for found in in_force(store, "services")] == [Judgement.SAME]
    assert len(decisions_of(store, "services")) == 2
    with pytest.raises(DecisionRefused, match="is in force"):
        undo(store, "services", later, "jane")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [((SEEN[0], SEEN[0]), "x"), ((SEEN[0], "short"), "x"), ((SEEN[0], SEEN[1]), " ")],
)
def test_what_is_no_decision_is_refused(store: Store, keys: tuple[str, str], reason: str) -> None:
    with pytest.raises(DecisionRefused):
        decide(store, "services", VIEW_KEY, keys, Judgement.SAME, "jane", reason)
