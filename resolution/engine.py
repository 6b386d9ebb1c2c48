"""Where pairs are scored: DuckDB on this machine, or Spark for what outgrows it.

Guarantees: both engines score the same pairs by the same model; Spark is imported only where it
is asked for.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from resolution.scoring import Scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from resolution.model import Model
    from resolution.scoring import PairScorer, ScorerOf


class Engine(StrEnum):
    """Names as ``--engine`` takes them."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@contextmanager
def scoring_on(
    engine: Engine, scratch: Path, *, spark_master: str | None = None
) -> Iterator[ScorerOf]:
    """Yield what makes a scorer for a connection and a model.

    ``scratch``: a folder for what Spark reads and writes; on a cluster every executor must reach
    it. ``spark_master``: None for this machine, or what spark-defaults.conf names. Raises NoSpark.
    """
    if engine is Engine.DUCKDB:
        yield Scorer
        return
    from resolution.spark.session import spark_session

    with spark_session(spark_master) as session:
        from resolution.spark.scorer import SparkScorer

        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=scratch, prefix="spark-") as folder:
            made = 0

            def scorer_of(con: duckdb.DuckDBPyConnection, model: Model) -> PairScorer:
                nonlocal made
                made += 1
                return SparkScorer(con, model, session, Path(folder) / str(made))

            yield scorer_of
