"""Splink scores pairs.

Guarantees: every pair that is asked for is scored once, by the model as it is; nothing is
estimated here. Splink's own log stays off the caller's console.
"""

from __future__ import annotations

import re
from itertools import combinations_with_replacement, pairwise
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import numpy as np
from duckdb import ColumnExpression
from splink import DuckDBAPI, Linker

from resolution.comparisons import COMPARISONS
from resolution.features import RECORDS_AT_ONCE
from resolution.levels import packed
from resolution.model import Model, splink_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb
    from duckdb import Expression
    from numpy.typing import ArrayLike, NDArray

_COMPARED: Final = re.compile(r"\b([a-z_]+)_[lr]\b")
_PART: Final = """
CREATE OR REPLACE TEMP TABLE part_pair AS
SELECT match_key, join_key_l, join_key_r FROM query_table($pairs)
WHERE join_key_l >= $left AND join_key_l < $left + $size
    AND join_key_r >= $right AND join_key_r < $right + $size
"""

_COUNTED: Final = """
SELECT join_key_l AS rid_l, count(*) AS pairs FROM query_table($pairs) GROUP BY ALL ORDER BY rid_l
"""
_PIECE: Final = """
CREATE OR REPLACE TEMP TABLE piece_pair AS
SELECT * FROM query_table($pairs)
WHERE join_key_l >= $first AND join_key_l < $end
"""

PAIRS_AT_ONCE: Final = 1_000_000
"""Pairs that are scored together: Splink keeps with each what it compared, most of a kilobyte. No
result depends on it."""
PAIRS_LEARNT_AT_ONCE: Final = 400_000
"""The same where there is no run's memory to fill: in training, and for tables."""

SCORE_COLUMNS = ("rid_l", "rid_r", "match_weight", "match_probability")


def pieces(con: duckdb.DuckDBPyConnection, pairs: str, at_once: int) -> Iterator[str]:
    """Names of tables that hold the rows of ``pairs``, each about ``at_once`` of them: itself
    where it is no larger, else ``piece_pair`` again and again."""
    if len(con.table(pairs)) <= at_once:
        yield pairs
        return
    counted = con.execute(_COUNTED, {"pairs": pairs}).fetchnumpy()
    for first, end in cut(np.asarray(counted["rid_l"]), counted["pairs"], at_once):
        con.execute(_PIECE, {"pairs": pairs, "first": first, "end": end})
        yield "piece_pair"


def cut(numbers: NDArray[np.integer], counts: ArrayLike, at_once: int) -> Iterator[tuple[int, int]]:
    """Ranges (first, end) of ascending ``numbers`` that hold about ``at_once`` each; the first
    begins at 0, and the last ends behind all."""
    _, starts = np.unique(np.cumsum(counts) // at_once, return_index=True)
    bounds = numbers[starts[1:]].tolist()
    return pairwise([0, *bounds, int(numbers[-1]) + 1 if len(numbers) else 1])


class Weigher(Protocol):
    """What gives pairs of ``feature`` rows their weights; a few at a time: resolution.few."""

    def score(self, pairs: str, target: str) -> None: ...


class PairScorer(Weigher, Protocol):
    """What explains them besides: on DuckDB below, on Spark in resolution.spark."""

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


def compared_columns() -> tuple[str, ...]:
    """The columns of ``feature`` that comparisons read."""
    conditions = (
        condition
        for comparison in COMPARISONS
        for condition in (
            comparison.not_recorded,
            *(level.condition for level in comparison.levels),
        )
    )
    return tuple(sorted({c for condition in conditions for c in _COMPARED.findall(condition)}))


class Scorer:
    """Scores pairs of ``feature`` rows (see resolution.features) on one connection: of the table
    that has this name when it is asked."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: Model) -> None:
        self._con = con
        self._model = model
        self._api = DuckDBAPI(connection=con)
        self._made: Linker | None = None

    def score(self, pairs: str, target: str) -> None:
        """Score the table ``pairs`` (match_key, join_key_l, join_key_r) into the new ``target``.

        Its columns: rid_l, rid_r, match_weight (log2), match_probability, levels (see
        resolution.levels).
        """
        self._predict(pairs, target, [*map(ColumnExpression, SCORE_COLUMNS), packed()])

    def explain(self, pairs: str, target: str) -> None:
        """As ``score``, with each comparison's ``gamma_<name>`` (-1: not recorded in both) and
        ``mw_<name>`` (log2), and ``mw_tf_adj_<name>`` where a level is adjusted for rarity."""
        self._predict(pairs, target, [*map(ColumnExpression, explained_columns(self._model))])

    def _predict(self, pairs: str, target: str, columns: Sequence[Expression]) -> None:
        linker = self._linker()
        made = False
        for part in self._parts(pairs):
            linker.table_management.register_blocked_pairs_for_predict(self._api.register(part))
            scored = linker.inference.predict(warning_mode="never")
            rows = self._con.table(scored.physical_name).select(*columns)
            if made:
                rows.insert_into(target)
            else:
                rows.create(target)
            made = True
            scored.drop_table_from_database_and_remove_from_cache()

    def _parts(self, pairs: str) -> Iterator[str]:
        """Tables that hold the pairs: a join that has to spill writes every pair with everything
        that is compared, so both sides of a part, and what comes of it, fit in memory."""
        starts = range(0, len(self._con.table("feature")), RECORDS_AT_ONCE)
        if len(starts) < 2:
            yield from pieces(self._con, pairs, PAIRS_AT_ONCE)
            return
        found = False
        for left, right in combinations_with_replacement(starts, 2):
            self._con.execute(
                _PART, {"pairs": pairs, "left": left, "right": right, "size": RECORDS_AT_ONCE}
            )
            if self._con.table("part_pair").limit(1).fetchall():
                found = True
                yield from pieces(self._con, "part_pair", PAIRS_AT_ONCE)
        if not found:
            yield pairs

    def _linker(self) -> Linker:
        if self._made is None:
            # Splink copies the records that it scores: without what no comparison reads.
            self._con.table("feature").select("rid", *compared_columns()).create_view(
                "compared_feature", replace=True
            )
            self._made = Linker(
                self._api.register("compared_feature"),
                splink_settings(self._model, explain=True),
                log_level=None,
                validate_settings=False,  # load_model did, and this costs half a second
            )
            tables = self._made.table_management
            for column in ("given", "surname"):
                frequencies = self._api.register(f"{column}_frequency")
                tables.register_term_frequency_lookup(frequencies, column)
        return self._made
