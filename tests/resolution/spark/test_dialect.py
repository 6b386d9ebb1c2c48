"""Conditions said in Spark's SQL."""

from __future__ import annotations

import re

import pytest

from resolution.comparisons import COMPARISONS
from resolution.errors import NotForSpark
from resolution.spark.dialect import in_spark

COLUMN = re.compile(r"\w+_[lr]\b")
ALL = [
    (f"{comparison.name}: {level.name}", level.condition)
    for comparison in COMPARISONS
    for level in comparison.levels
] + [(f"{comparison.name}: not recorded", comparison.not_recorded) for comparison in COMPARISONS]


@pytest.mark.parametrize(("level", "condition"), ALL, ids=[level for level, _ in ALL])
def test_every_condition_has_its_counterpart(level: str, condition: str) -> None:
    said = in_spark(condition).lower()
    assert "list_has_any" not in said, level
    assert "&&" not in said, level
    assert "jaro_winkler_similarity" not in said, level
    # Whatever is compared is still compared.
    assert set(COLUMN.findall(condition)) == set(COLUMN.findall(said))


def test_a_function_that_spark_lacks_is_refused_by_name() -> None:
    with pytest.raises(NotForSpark, match="no_such_function"):
        in_spark("no_such_function(given_l, given_r) > 1")
