"""Estimate a model from records alone, without labels.

Guarantees: the same records, seed and code give the same numbers, whatever the order of rows.
Every level has an m and a u: what the records do not show keeps what the code expects of it.

How. u comes from seeded random pairs, less the matches among them. m comes from expectation
maximisation over the candidate pairs, one group per blocking rule; a group says nothing about the
comparisons that its own rule fixes (Splink trains in such sessions too; here they are pooled, so
that a level that is rare in one group is learnt from the others).
"""

from __future__ import annotations

import hashlib
import math
import sys
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.blocking import block
from resolution.comparisons import COMPARISONS
from resolution.errors import NothingToLearnFrom
from resolution.estimation import Counts, Estimate, maximise, patterns_of
from resolution.features import make_features, make_frequencies
from resolution.lists import public_lists
from resolution.model import (
    FORMAT,
    ComparisonWeights,
    LevelWeights,
    Limits,
    Model,
    NameFrequencies,
    Thresholds,
    Training,
)
from resolution.scoring import PAIRS_LEARNT_AT_ONCE, Scorer, pieces

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

FIXED_BY_RULE: Final = {
    1: frozenset({"given_name", "household"}),
    2: frozenset({"given_name", "household"}),
    3: frozenset({"household", "birth"}),
    4: frozenset({"given_name", "birth"}),
    6: frozenset({"given_name", "household", "area"}),
    8: frozenset({"contact", "circle"}),
    9: frozenset({"contact"}),
    11: frozenset({"strong_id"}),
    15: frozenset({"given_name", "household", "incident"}),
}
"""Comparisons that a rule's key decides; rules that are absent are not learnt from."""
FIXED_IN_TABLES: Final = {8: frozenset({"household"}), 9: frozenset({"household"})}
"""Besides: who shares a telephone shares a home (resolution.comparisons). Learnt from such pairs
alone, where a table tells no address, a surname without a common telephone would say nothing."""

DEFAULT_THRESHOLDS: Final = Thresholds(accept=3.0, review=1.0, accept_child=4.0, review_child=1.0)
DEFAULT_LIMITS: Final = Limits(records_per_key=100, records_per_component=300)
NAME_HOLDERS: Final = 10
"""A name enters the model's own frequencies when at least so many people seem to hold it."""
SURNAME_FLOOR: Final = 3e-4
GIVEN_NAME_FLOOR: Final = 1e-3
_NO_COUNTS: Final = """
CREATE OR REPLACE TEMP TABLE level_count (levels UBIGINT, rules INTEGER, pairs BIGINT)
"""
_COUNT: Final = """
INSERT INTO level_count
SELECT levels, rules, count(*) FROM piece_score
JOIN query_table($pairs) ON join_key_l = rid_l AND join_key_r = rid_r
GROUP BY levels, rules
"""
_SOME: Final = """
CREATE OR REPLACE TEMP TABLE learnt_pair AS
SELECT * FROM candidate WHERE hash(join_key_l, join_key_r) % $one_of = 0
"""
_COUNTS: Final = """
SELECT levels, rules, sum(pairs) AS pairs FROM level_count
GROUP BY levels, rules ORDER BY levels, rules
"""


def _counted(con: duckdb.DuckDBPyConnection, scorer: Scorer, pairs: str) -> Counts:
    """Of the table ``pairs`` (join_key_l, join_key_r, rules): no more is kept than counts, so
    that memory does not grow with the pairs."""
    con.execute(_NO_COUNTS)
    for piece in pieces(con, pairs, PAIRS_LEARNT_AT_ONCE):
        scorer.score(piece, "piece_score")
        con.execute(_COUNT, {"pairs": piece})
        con.execute("DROP TABLE piece_score")
    found = con.sql(_COUNTS).fetchnumpy()
    con.execute("DROP TABLE level_count")
    return Counts(
        np.asarray(found["levels"], np.uint64),
        np.asarray(found["rules"], np.int64),
        np.asarray(found["pairs"], float),
    )


def _candidates(con: duckdb.DuckDBPyConnection, scorer: Scorer, most_pairs: int | None) -> Counts:
    """Of the candidates; of more than ``most_pairs`` every n-th, counted n times."""
    one_of = max(1, -(-len(con.table("candidate")) // (most_pairs or sys.maxsize)))
    if one_of == 1:
        return _counted(con, scorer, "candidate")
    con.execute(_SOME, {"one_of": one_of})
    counts = _counted(con, scorer, "learnt_pair")
    con.execute("DROP TABLE learnt_pair")
    return Counts(counts.levels, counts.rules, one_of * counts.pairs)


def _leave_relatives(con: duckdb.DuckDBPyConnection, estimate: Estimate) -> None:
    """Make ``relative_level`` (comparison, gamma, bits) and ``relative_share`` (share)."""
    relatives = estimate.relatives
    rows = [
        (COMPARISONS[index].name, len(ratio) - 1 - number, float(value / math.log(2)))
        for index, ratio in (relatives.ratios(estimate.u) if relatives else {}).items()
        for number, value in enumerate(ratio)
    ]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE relative_level (comparison VARCHAR, gamma INTEGER, "
        "bits DOUBLE)"
    )
    if rows:
        con.executemany("INSERT INTO relative_level VALUES (?, ?, ?)", rows)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE relative_share AS SELECT $share::DOUBLE AS share",
        {"share": relatives.prior if relatives else 0.0},
    )


def _random_pairs(con: duckdb.DuckDBPyConnection, linkable: int, pairs: int, seed: int) -> int:
    """Make the table ``random_pair`` of distinct pairs of linkable records."""
    chosen = np.random.default_rng(seed).integers(0, linkable, size=(pairs, 2))
    chosen = chosen[chosen[:, 0] != chosen[:, 1]]
    chosen = np.unique(np.sort(chosen, axis=1), axis=0)
    con.register("chosen", pa.table({"l": chosen[:, 0], "r": chosen[:, 1]}))
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE random_pair AS
        WITH numbered AS (
            SELECT rid, row_number() OVER (ORDER BY rid) - 1 AS n FROM feature WHERE linkable
        )
        SELECT '0' AS match_key, l.rid AS join_key_l, r.rid AS join_key_r, 0 AS rules
        FROM chosen JOIN numbered AS l ON l.n = chosen.l JOIN numbered AS r ON r.n = chosen.r
        """
    )
    con.unregister("chosen")
    return len(chosen)


def _untrained(
    name: str,
    training: Training,
    frequencies: NameFrequencies,
    limits: Limits,
    thresholds: Thresholds,
) -> Model:
    return Model(
        format=FORMAT,
        name=name,
        training=training,
        probability_two_random_records_match=1e-3,
        thresholds=thresholds,
        limits=limits,
        frequencies=frequencies,
        public_lists=public_lists().fingerprints,
        comparisons=tuple(
            ComparisonWeights(
                name=comparison.name,
                levels=tuple(
                    LevelWeights(name=level.name, m=level.expected_m, u=0.1)
                    for level in comparison.levels
                ),
            )
            for comparison in COMPARISONS
        ),
    )


_NAMES: Final = """
WITH person AS (
    SELECT DISTINCT given, surname, birth_year FROM feature WHERE linkable
),
mention AS (
    SELECT 'given_name' AS kind, given AS name FROM person WHERE given IS NOT NULL
    UNION ALL
    SELECT 'surname', surname FROM person WHERE surname IS NOT NULL
)
SELECT kind, name, count(*) / sum(count(*)) OVER (PARTITION BY kind) AS share
FROM mention GROUP BY kind, name
QUALIFY count(*) >= $least
ORDER BY kind, name
"""


def _frequencies(con: duckdb.DuckDBPyConnection) -> NameFrequencies:
    """Shares of the names that many records hold; a person's repeated records count once."""
    shares: dict[str, dict[str, float]] = {"given_name": {}, "surname": {}}
    for kind, name, share in con.execute(_NAMES, {"least": NAME_HOLDERS}).fetchall():
        # Where all have one name it is still a share.
        shares[kind][name] = min(float(f"{share:.3g}"), 0.99)
    return NameFrequencies(
        given_name=shares["given_name"],
        surname=shares["surname"],
        given_name_floor=GIVEN_NAME_FLOOR,
        surname_floor=SURNAME_FLOOR,
        weight=1.0,
    )


def _fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    """Of the features, in the order of their keys; the keys themselves are left out."""
    [(digest,)] = con.execute(
        "SELECT sha256(string_agg(sha256(to_json(f)::VARCHAR), '' ORDER BY sha256(to_json(f)::"
        "VARCHAR))) FROM (SELECT * EXCLUDE (rid, record_key, incident_key) FROM feature) AS f"
    ).fetchall()
    return str(digest or hashlib.sha256(b"").hexdigest())


def _rounded(value: float) -> float:
    return float(f"{min(max(value, 1e-9), 0.999999):.6g}")


def train(
    con: duckdb.DuckDBPyConnection,
    records: duckdb.DuckDBPyRelation,
    *,
    name: str,
    seed: int,
    note: str,
    random_pairs: int = 2_000_000,
    limits: Limits = DEFAULT_LIMITS,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    apart_from_relatives: bool = False,
    most_pairs: int | None = None,
) -> Model:
    """Estimate a model from ``records`` (as for make_features), reproducibly.

    ``note`` says what the records are. ``apart_from_relatives`` learns from pairs of one household
    as a third kind, for tables in which people may seldom recur, and leaves what they share in
    ``relative_level`` (comparison, gamma, bits) and ``relative_share`` (of all pairs).
    ``most_pairs``: about how many candidates are looked at; None for all.

    Raises NothingToLearnFrom where fewer than ten records can be linked or no two share a blocking
    key.
    """
    linkable = make_features(con, records)
    blocking = block(
        con, limits.records_per_key, limits.every_pair_up_to, wide=apart_from_relatives
    )
    if linkable < 10 or not blocking.candidates:
        raise NothingToLearnFrom(
            f"{linkable} records with a name or identifier and {blocking.candidates} candidate "
            "pairs; a model needs at least ten records and one pair"
        )
    drawn = _random_pairs(con, linkable, random_pairs, seed)
    training = Training(
        seed=seed,
        records=linkable,
        candidate_pairs=blocking.candidates,
        random_pairs=drawn,
        fingerprint=_fingerprint(con),
        note=note,
    )
    frequencies = _frequencies(con)
    make_frequencies(con, frequencies)
    untrained = _untrained(name, training, frequencies, limits, thresholds)
    scorer = Scorer(con, untrained)
    candidates = _candidates(con, scorer, most_pairs)
    by_chance = _counted(con, scorer, "random_pair")
    for table in ("candidate", "usable_key", "random_pair"):
        con.execute(f"DROP TABLE {table}")
    everything = np.ones(len(COMPARISONS), bool)
    groups = []
    for rule, fixed in FIXED_BY_RULE.items():
        if apart_from_relatives:
            fixed |= FIXED_IN_TABLES.get(rule, frozenset())
        free = np.array([comparison.name not in fixed for comparison in COMPARISONS])
        group = patterns_of(candidates, rule, free)
        if len(group.count):
            groups.append(group)
    estimate = maximise(
        groups,
        patterns_of(candidates, None, everything),
        patterns_of(by_chance, None, everything),
        linkable * (linkable - 1) / 2,
        apart_from_relatives=apart_from_relatives,
    )
    if apart_from_relatives:
        _leave_relatives(con, estimate)
    return untrained.model_copy(
        update={
            "probability_two_random_records_match": _rounded(estimate.prior),
            "comparisons": tuple(
                ComparisonWeights(
                    name=comparison.name,
                    levels=tuple(
                        LevelWeights(name=level.name, m=_rounded(m), u=_rounded(u))
                        if not level.fixed
                        else LevelWeights(name=level.name, m=level.expected_m, u=level.expected_u)
                        for level, m, u in zip(comparison.levels, ms, us, strict=True)
                    ),
                )
                for comparison, ms, us in zip(COMPARISONS, estimate.m, estimate.u, strict=True)
            ),
        }
    )
