"""A model file is whole and fits the code, or it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resolution.comparisons import COMPARISONS
from resolution.errors import BadModel
from resolution.incidents.model import load_incident_model
from resolution.index import ACCEPTED_MODEL
from resolution.model import load_model, save_model

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
        if any(not level.fixed for level in declared.levels) or declared.name == "sex":
            assert weights.levels[-1].match_weight < 0, declared.name


def test_a_model_fits_the_number_of_records() -> None:
    model = load_model(ACCEPTED_MODEL)
    trained = model.training.records
    assert model.for_records(0) is model.for_records(trained) is model
    ten_times = model.for_records(10 * trained)
    assert ten_times.prior_records == 8 * trained
    assert ten_times.prior_match_weight == pytest.approx(model.prior_match_weight - 3)
    # What few can share weighs as much more: its own number does not grow.
    before, after = (
        [level.match_weight for weights in of.comparisons for level in weights.levels]
        for of in (model, ten_times)
    )
    assert [b - a for a, b in zip(before, after, strict=True) if a != b] == [pytest.approx(3)] * 2
    # Within a step nothing moves, so that an increment finds its parent's weights.
    assert model.for_records(11 * trained) == ten_times != model.for_records(12 * trained)


def test_what_is_written_of_a_fitted_model_is_read_again(tmp_path: Path) -> None:
    fitted = load_model(ACCEPTED_MODEL).for_records(1_000_000)
    save_model(fitted, tmp_path / "fitted.json")
    assert load_model(tmp_path / "fitted.json") == fitted


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
    with pytest.raises(BadModel, match=r"1 field is wrong or missing \(in probability_two"):
        load_model(changed(tmp_path, probability_two_random_records_match=1.5))
    with pytest.raises(BadModel, match=r"2 fields are wrong .* \(in format, name\); expected"):
        load_model(changed(tmp_path, format=2, name=None))
    with pytest.raises(BadModel, match="public lists differ"):
        load_model(changed(tmp_path, public_lists={"surname_frequency": "0" * 64}))
    with pytest.raises(BadModel, match="no model file"):
        load_model(tmp_path / "absent.json")


@pytest.mark.parametrize("content", [b"name,phone\nDoe,1\n", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_model_is_told_what_was_expected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clerk.csv"
    path.write_bytes(content)
    with pytest.raises(BadModel) as refused:
        load_model(path)
    assert str(refused.value) == (
        f"{path} is not a model: it is not JSON; "
        "expected a JSON file as 'vast model train' writes it"
    )
    with pytest.raises(BadModel, match=r"a model of incidents.*'vast model train-incidents'"):
        load_incident_model(path)
    with pytest.raises(BadModel, match="cannot be read"):
        load_model(tmp_path)


def test_what_is_wrong_with_a_file_is_said_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text('{"Zelinski": "804-555-0100"}')
    with pytest.raises(BadModel) as refused:
        load_model(path)
    assert "fields are wrong or missing (in format, name" in str(refused.value)
    assert "Zelinski" not in str(refused.value)
