"""Splink on Spark scores pairs.

Guarantees: as ``resolution.scoring.Scorer``: every pair that is asked for is scored once, by the
model as it is. What Spark reads and writes is Parquet in one folder, which every executor must
reach: on a cluster, a shared file system.

Spark's Jaro-Winkler similarity differs from DuckDB's in some pairs, so that a weight can differ;
docs/resolution.md has how often. Within one engine the same inputs give the same weights.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from duckdb import ColumnExpression
from splink import Linker
from splink.backends.spark import SparkAPI

from resolution.levels import packed
from resolution.model import Model, splink_settings
from resolution.scoring import SCORE_COLUMNS, explained_columns
from resolution.spark.dialect import in_spark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb
    from duckdb import Expression
    from pyspark.sql import SparkSession

_TABLES = ("feature", "given_frequency", "surname_frequency")


class SparkScorer:
    """Scores pairs of ``feature`` rows of the DuckDB connection ``con`` on ``session``."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, model: Model, session: SparkSession, folder: Path
    ) -> None:
        self._con = con
        self._model = model
        self._session = session
        self._folder = folder
        self._numbers = itertools.count()
        folder.mkdir(parents=True, exist_ok=True)
        checkpoints = folder / "checkpoints"
        session.sparkContext.setCheckpointDir(str(checkpoints))
        self._api = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=session, break_lineage_method="persist"
        )
        self._given = {name: self._hand_over(name) for name in _TABLES}
        self._made: Linker | None = None

    def score(self, pairs: str, target: str) -> None:
        """As ``Scorer.score``."""
        self._predict(pairs, target, [*map(ColumnExpression, SCORE_COLUMNS), packed()])

    def explain(self, pairs: str, target: str) -> None:
        """As ``Scorer.explain``."""
        self._predict(pairs, target, [*map(ColumnExpression, explained_columns(self._model))])

    def _hand_over(self, table: str) -> str:
        """Write the DuckDB table to the folder, and name it in Spark."""
        path = self._folder / f"{table}-{next(self._numbers)}.parquet"
        self._con.table(table).write_parquet(str(path))
        self._session.read.parquet(str(path)).createOrReplaceTempView(path.stem.replace("-", "_"))
        return path.stem.replace("-", "_")

    def _predict(self, pairs: str, target: str, columns: Sequence[Expression]) -> None:
        linker = self._linker()
        handed = self._session.table(self._hand_over(pairs))
        linker.table_management.register_blocked_pairs_for_predict(self._api.register(handed))
        scored = linker.inference.predict(warning_mode="never")
        written = self._folder / f"scored-{next(self._numbers)}"
        self._session.table(scored.physical_name).select(
            *explained_columns(self._model)
        ).write.parquet(str(written))
        self._con.read_parquet(str(written / "*.parquet")).select(*columns).create(target)
        scored.drop_table_from_database_and_remove_from_cache()

    def _linker(self) -> Linker:
        if self._made is None:
            feature, given, surname = (self._session.table(self._given[name]) for name in _TABLES)
            self._made = Linker(
                self._api.register(feature),
                splink_settings(self._model, explain=True, condition=in_spark),
                log_level=None,
                validate_settings=False,
            )
            tables = self._made.table_management
            tables.register_term_frequency_lookup(self._api.register(given), "given")
            tables.register_term_frequency_lookup(self._api.register(surname), "surname")
        return self._made
