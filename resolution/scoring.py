"""Splink scores pairs.

Guarantees: every pair that is asked for is scored once, by the model as it is; nothing is
estimated here. Splink's own log stays off the caller's console.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import duckdb
from splink import DuckDBAPI, Linker

from resolution.model import Model, splink_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCORE_COLUMNS = ("rid_l", "rid_r", "match_weight", "match_probability")


class PairScorer(Protocol):
    """What scores pairs of ``feature`` rows: on DuckDB below, on Spark in resolution.spark."""

    def score(self, pairs: str, target: str) -> None: ...

    def explain(self, pairs: str, target: str) -> None: ...


ScorerOf: TypeAlias = "Callable[[duckdb.DuckDBPyConnection, Model], PairScorer]"
"""Makes a scorer for the ``feature`` tables of a connection, by a model."""


def explained_columns(model: Model) -> tuple[str, ...]:
    """The columns of ``Scorer.explain``."""
    comparisons = [comparison.name for comparison in model.comparisons]
    return (
        *SCORE_COLUMNS,
        *(f"gamma_{name}" for name in comparisons),
        *(f"mw_{name}" for name in comparisons),
        "mw_tf_adj_given_name",
        "mw_tf_adj_household",
    )


class Scorer:
    """Scores pairs of ``feature`` rows (see resolution.features) on one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: Model) -> None:
        self._con = con
        self._model = model
        self._api = DuckDBAPI(connection=con)
        self._linkers: dict[bool, Linker] = {}

    def score(self, pairs: str, target: str) -> None:
        """Score the table ``pairs`` (match_key, join_key_l, join_key_r) into the new ``target``.

        Its columns: rid_l, rid_r, match_weight (log2), match_probability.
        """
        self._predict(pairs, target, SCORE_COLUMNS, explain=False)

    def explain(self, pairs: str, target: str) -> None:
        """As ``score``, with each comparison's ``gamma_<name>`` (-1: not recorded in both) and
        ``mw_<name>`` (log2), and ``mw_tf_adj_<name>`` where a level is adjusted for rarity."""
        self._predict(pairs, target, explained_columns(self._model), explain=True)

    def _predict(self, pairs: str, target: str, columns: Sequence[str], *, explain: bool) -> None:
        linker = self._linker(explain=explain)
        linker.table_management.register_blocked_pairs_for_predict(self._api.register(pairs))
        scored = linker.inference.predict(warning_mode="never")
        self._con.table(scored.physical_name).select(
            *(duckdb.ColumnExpression(column) for column in columns)
        ).create(target)
        scored.drop_table_from_database_and_remove_from_cache()

    def _linker(self, *, explain: bool) -> Linker:
        if explain not in self._linkers:
            linker = Linker(
                self._api.register("feature"),
                splink_settings(self._model, explain=explain),
                log_level=None,
                validate_settings=False,  # load_model did, and this costs half a second
            )
            tables = linker.table_management
            for column in ("given", "surname"):
                frequencies = self._api.register(f"{column}_frequency")
                tables.register_term_frequency_lookup(frequencies, column)
            self._linkers[explain] = linker
        return self._linkers[explain]
