"""How well the shipped model does, and that a model can be learnt without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.contracts.tables import PERSON_RECORD
from resolution.evaluate import agreement, evaluate, evaluate_groups
from resolution.model import load_model, save_model
from resolution.train import train
from runs.duck import connect
from runs.schema import read_table
from tests.factories import write_rows
from tests.resolution.people import persons, resolve
from tests.resolution.population import population

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_model_finds_people_that_it_was_not_trained_on(tmp_path: Path) -> None:
    rows, truth = population(seed=21, people=250)
    view, _ = resolve(tmp_path, rows)
    found = evaluate(persons(view), truth)
    assert found.pairwise.f1 >= 0.95
    assert found.bcubed.f1 >= 0.96


def test_training_is_reproducible_and_independent_of_order(tmp_path: Path) -> None:
    rows, _ = population(seed=3, people=80)
    models = []
    for name, given in (("a", rows), ("b", rows[::-1])):
        write_rows(tmp_path / name, "person_record", given)
        with connect() as con:
            records = read_table(con, PERSON_RECORD, tmp_path / name)
            models.append(train(con, records, name="t", seed=4, note="test", random_pairs=20_000))
    assert models[0] == models[1]
    path = tmp_path / "model.json"
    save_model(models[0], path)
    assert load_model(path) == models[0]


def test_a_part_of_the_candidates_teaches_nearly_what_all_do(tmp_path: Path) -> None:
    rows, _ = population(seed=3, people=600)
    write_rows(tmp_path, "person_record", rows)
    models = []
    for most_pairs in (None, 1500):
        with connect() as con:
            records = read_table(con, PERSON_RECORD, tmp_path)
            models.append(
                train(
                    con, records, name="t", seed=4, note="test", random_pairs=20_000,
                    most_pairs=most_pairs,
                )
            )  # fmt: skip
    whole, part = models
    assert whole.training.candidate_pairs == part.training.candidate_pairs > 3 * 1500
    assert whole.comparisons != part.comparisons
    assert part.prior_match_weight == pytest.approx(whole.prior_match_weight, abs=0.5)
    for one, other in zip(whole.comparisons, part.comparisons, strict=True):
        for level, sampled in zip(one.levels, other.levels, strict=True):
            if level.m > 0.05:
                assert sampled.match_weight == pytest.approx(level.match_weight, abs=1.0)


def test_evaluation_by_hand() -> None:
    found = evaluate(
        {"a": 1, "b": 1, "c": 1, "d": 2, "e": 3}, {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z"}
    )
    assert found.pairwise.precision == pytest.approx(1 / 3)
    assert found.pairwise.recall == pytest.approx(1 / 2)
    assert found.bcubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert found.bcubed.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert found.records == 5


def test_groups_by_hand() -> None:
    clusters = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2}
    truth = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}
    first, second = evaluate_groups(clusters, truth, {"x": "one", "y": "two"})
    assert (first.group, first.records, second.group, second.records) == ("one", 3, "two", 2)
    # Of x's pairs ab is right; cd and ce are wrong; ac and bc are missed.
    assert first.quality.precision == pytest.approx(1 / 3)
    assert first.quality.recall == pytest.approx(1 / 3)
    assert second.quality.precision == pytest.approx(1 / 3)
    assert second.quality.recall == 1
    assert first.gap == pytest.approx(second.quality.f1 - first.quality.f1)
    assert evaluate_groups(clusters, truth, {"y": "two"})[0].quality == second.quality


def test_agreement_by_hand() -> None:
    found = agreement(np.array([0, 0, 0, 1]), np.array([4, 4, 5, 5]))
    assert (found.both, found.only_first, found.only_second) == (1, 2, 1)
