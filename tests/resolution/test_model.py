"""A model file is whole and fits the code, or it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resolution.comparisons import COMPARISONS
from resolution.errors import BadModel
from resolution.index import ACCEPTED_MODEL
from resolution.model import load_model

if TYPE_CHECKING:
    from pathlib import Path


def changed(tmp_path: Path, **values: Any) -> Path:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**json.loads(ACCEPTED_MODEL.read_text()), **values}))
    return path


def test_the_shipped_model_fits_and_is_not_trained_on_the_demo() -> None:
    model = load_model(ACCEPTED_MODEL)
    assert model.training.seed != 7
    assert model.thresholds.accept_child > model.thresholds.accept > model.thresholds.review
    # Agreement speaks for, disagreement against, in every comparison that is trained.
    for declared, weights in zip(COMPARISONS, model.comparisons, strict=True):
        assert weights.levels[-1].match_weight < 0, declared.name


def test_race_is_compared_nowhere() -> None:
    for comparison in COMPARISONS:
        text = " ".join((comparison.not_recorded, *(lv.condition for lv in comparison.levels)))
        assert "race" not in text
        assert "ethnic" not in text
        assert not comparison.columns & {"race", "ethnicity"}


def test_every_level_ends_with_else_once() -> None:
    for comparison in COMPARISONS:
        assert [lv.condition == "ELSE" for lv in comparison.levels].index(True) == (
            len(comparison.levels) - 1
        )


def test_a_model_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    comparisons = json.loads(ACCEPTED_MODEL.read_text())["comparisons"]
    with pytest.raises(BadModel, match="other comparisons"):
        load_model(changed(tmp_path, comparisons=comparisons[:-1]))
    with pytest.raises(BadModel, match="1 fields are wrong"):
        load_model(changed(tmp_path, probability_two_random_records_match=1.5))
    with pytest.raises(BadModel, match="public lists differ"):
        load_model(changed(tmp_path, public_lists={"surname_frequency": "0" * 64}))
    with pytest.raises(BadModel, match="no model file"):
        load_model(tmp_path / "absent.json")
