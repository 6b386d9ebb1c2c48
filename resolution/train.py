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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.blocking import block
from resolution.comparisons import COMPARISONS
from resolution.errors import NothingToLearnFrom
from resolution.features import make_features, make_frequencies
from resolution.levels import gammas
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

    from resolution.comparisons import Level

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

DEFAULT_THRESHOLDS: Final = Thresholds(accept=3.0, review=1.0, accept_child=4.0, review_child=1.0)
DEFAULT_LIMITS: Final = Limits(records_per_key=100, records_per_component=300)
ITERATIONS: Final = 60
LEAST_DISAGREEMENT: Final = 0.01
"""The last level of a comparison has at least this m."""
NAME_HOLDERS: Final = 10
"""A name enters the model's own frequencies when at least so many people seem to hold it."""
SURNAME_FLOOR: Final = 3e-4
GIVEN_NAME_FLOOR: Final = 1e-3
EXPECTED_PAIRS: Final = 30.0
"""What the code expects of a comparison counts as this many pairs."""
SHARED_BY_RELATIVES: Final = {
    "household": {"same_both": 0.6, "similar_both": 0.05, "same_surname": 0.05,
                  "same_address": 0.2, "different": 0.05},
    "area": {"zip": 0.5, "locality": 0.3, "different": 0.2},
    "contact": {"phone": 0.2, "different": 0.8},
}  # fmt: skip
"""What two people of one household have in common, before training: the rest is by chance."""
SHARED_WITHOUT_A_HOME: Final = {
    **SHARED_BY_RELATIVES,
    "household": {"same_surname": 0.7, "similar_surname": 0.1, "different": 0.1},
    "area": {"zip": 0.5, "locality": 0.4, "different": 0.1},
}
"""The same where no address or telephone is told: a family has its name and its place."""

CROSSED_BY_RELATIVES: Final = 0.02

_NO_COUNTS: Final = """
CREATE OR REPLACE TEMP TABLE level_count (levels UBIGINT, rules INTEGER, pairs BIGINT)
"""
_COUNT: Final = """
INSERT INTO level_count
SELECT levels, rules, count(*) FROM piece_score
JOIN query_table($pairs) ON join_key_l = rid_l AND join_key_r = rid_r
GROUP BY levels, rules
"""
_COUNTS: Final = """
SELECT levels, rules, sum(pairs) AS pairs FROM level_count
GROUP BY levels, rules ORDER BY levels, rules
"""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Distinct combinations of levels: ``level`` (patterns, comparisons), -1 = not recorded."""

    level: Integers
    count: Floats
    used: NDArray[np.bool_]
    """Which comparisons this group may speak of."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many pairs show the same ``levels`` (see resolution.levels) and were found by the same
    ``rules`` (see resolution.blocking)."""

    levels: NDArray[np.uint64]
    rules: Integers
    pairs: Floats


def _counted(con: duckdb.DuckDBPyConnection, scorer: Scorer, pairs: str) -> _Counts:
    """Of the table ``pairs`` (join_key_l, join_key_r, rules): no more is kept than counts, so
    that memory does not grow with the pairs."""
    con.execute(_NO_COUNTS)
    for piece in pieces(con, pairs, PAIRS_LEARNT_AT_ONCE):
        scorer.score(piece, "piece_score")
        con.execute(_COUNT, {"pairs": piece})
        con.execute("DROP TABLE piece_score")
    found = con.sql(_COUNTS).fetchnumpy()
    con.execute("DROP TABLE level_count")
    return _Counts(
        np.asarray(found["levels"], np.uint64),
        np.asarray(found["rules"], np.int64),
        np.asarray(found["pairs"], float),
    )


def _patterns(counts: _Counts, rule: int | None, used: NDArray[np.bool_]) -> _Patterns:
    chosen = np.ones(len(counts.pairs), bool) if rule is None else (counts.rules >> rule) & 1 == 1
    levels, place = np.unique(counts.levels[chosen], return_inverse=True)
    pairs = np.bincount(place, counts.pairs[chosen], len(levels)).astype(float)
    gamma = gammas(levels)
    order = np.lexsort(gamma.T[::-1])
    gamma, pairs = gamma[order], pairs[order]
    # Splink counts levels from the last upwards; here level 0 is the first declared.
    top = np.array([len(comparison.levels) - 1 for comparison in COMPARISONS])
    level = np.where(gamma < 0, -1, top - gamma)
    for index, comparison in enumerate(COMPARISONS):
        for number, declared in enumerate(comparison.levels):
            if declared.fixed:
                level[level[:, index] == number, index] = -1
    return _Patterns(level, pairs, used)


def _log_ratio(
    patterns: _Patterns, m: list[Floats], u: list[Floats], *, everything: bool = False
) -> Floats:
    total = np.zeros(len(patterns.count))
    for index, (m_levels, u_levels) in enumerate(zip(m, u, strict=True)):
        if not everything and not patterns.used[index]:
            continue
        level = patterns.level[:, index]
        ratio = np.append(np.log(m_levels / u_levels), 0.0)
        total += ratio[level]
    return total


def _shown(patterns: _Patterns, comparison: str, level: str) -> bool:
    [index] = [i for i, declared in enumerate(COMPARISONS) if declared.name == comparison]
    names = [declared.name for declared in COMPARISONS[index].levels]
    return bool((patterns.level[:, index] == names.index(level)).any())


def _posterior(log_ratio: Floats, prior: float) -> Floats:
    odds = log_ratio + math.log(prior / (1 - prior))
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def _tally(patterns: _Patterns, weight: Floats, index: int, levels: int) -> Floats:
    level = patterns.level[:, index]
    present = level >= 0
    return np.bincount(level[present], weights=weight[present], minlength=levels).astype(float)


def _trained(level: Level, expected: float) -> float:
    """A fixed level takes no share of its comparison."""
    return 1e-12 if level.fixed else expected


def _humble(m: Floats) -> Floats:
    """Nothing is recorded so well that disagreement never happens to one person."""
    raised = m.copy()
    raised[-1] = max(raised[-1], LEAST_DISAGREEMENT)
    return np.asarray(raised / raised.sum())


@dataclass(slots=True)
class _Estimate:
    m: list[Floats]
    u: list[Floats]
    prior: float
    relatives: _Relatives | None = None


class _Relatives:
    """Pairs that share a home or a family and are two people: neither one person nor chance.

    Where few records repeat, they outnumber the repeated ones, and two classes would be homes and
    strangers. What a home does not decide (given name, birth) is theirs by chance.
    """

    def __init__(self, groups: int, *, homes: bool) -> None:
        expected = SHARED_BY_RELATIVES if homes else SHARED_WITHOUT_A_HOME
        self._sizes = {
            index: [level.name for level in comparison.levels]
            for index, comparison in enumerate(COMPARISONS)
            if comparison.name in SHARED_BY_RELATIVES
        }
        self._expected = {}
        for index, names in self._sizes.items():
            said = expected[COMPARISONS[index].name]
            shares = np.array([said.get(name, 1e-3) for name in names])
            self._expected[index] = shares / shares.sum()
        self.shared = dict(self._expected)
        [self._given] = [i for i, c in enumerate(COMPARISONS) if c.name == "given_name"]
        self._crossed = [level.name for level in COMPARISONS[self._given].levels].index("crossed")
        self.shares = [0.2] * groups
        self.prior = 0.0

    def log_ratio(self, patterns: _Patterns, u: list[Floats], *, everything: bool) -> Floats:
        total = np.zeros(len(patterns.count))
        for index, ratio in self.ratios(u).items():
            if everything or patterns.used[index]:
                total += np.append(ratio, 0.0)[patterns.level[:, index]]
        return total

    def ratios(self, u: list[Floats]) -> dict[int, Floats]:
        """By comparison, the log of how much more often relatives show a level than strangers."""
        found = {index: np.log(shared / u[index]) for index, shared in self.shared.items()}
        # Where one of two with one surname has the names swapped, they are crossed.
        given = u[self._given].copy()
        given[self._crossed] = max(given[self._crossed], CROSSED_BY_RELATIVES)
        return {**found, self._given: np.log(given / given.sum() / u[self._given])}

    def tally(self, patterns: _Patterns, weight: Floats, found: dict[int, Floats]) -> None:
        for index, names in self._sizes.items():
            if patterns.used[index]:
                found[index] = found[index] + _tally(patterns, weight, index, len(names))

    def start(self) -> dict[int, Floats]:
        return {index: EXPECTED_PAIRS * shares for index, shares in self._expected.items()}

    def learn(self, found: dict[int, Floats]) -> None:
        self.shared = {index: tally / tally.sum() for index, tally in found.items()}


def _apart(
    match: Floats, related: Floats, share: float, share_related: float
) -> tuple[Floats, Floats]:
    """The chance of a match and of relatives, of log ratios against two strangers."""
    rest = max(1 - share - share_related, 1e-6)
    one = np.clip(match + math.log(share / rest), -500, 500)
    other = np.clip(related + math.log(max(share_related, 1e-12) / rest), -500, 500)
    most = np.maximum(np.maximum(one, other), 0)
    one, other, rest_of = np.exp(one - most), np.exp(other - most), np.exp(-most)
    total = one + other + rest_of
    return np.asarray(one / total), np.asarray(other / total)


def _maximise(
    groups: list[_Patterns],
    candidates: _Patterns,
    chance: _Patterns,
    all_pairs: float,
    *,
    apart_from_relatives: bool = False,
) -> _Estimate:
    m = [np.array([_trained(level, level.expected_m) for level in c.levels]) for c in COMPARISONS]
    m = [levels / levels.sum() for levels in m]
    expected = [levels.copy() for levels in m]
    sizes = [len(levels) for levels in m]
    by_chance_expected = [
        np.array([_trained(level, level.expected_u) for level in c.levels]) for c in COMPARISONS
    ]

    def u_of(weight: Floats) -> list[Floats]:
        found = []
        for index, size in enumerate(sizes):
            tally = _tally(chance, weight, index, size)
            # A level that was not seen once among so many is taken to be half as rare as one.
            expected = by_chance_expected[index]
            floor = np.where(expected > 1e-9, 0.5, 1e-12)
            smoothed = np.maximum(tally + EXPECTED_PAIRS * expected, floor)
            found.append(smoothed / smoothed.sum())
        return found

    u = u_of(chance.count)
    shares = [0.2] * len(groups)
    prior = 1 / max(math.sqrt(2 * all_pairs), 4)
    homes = any(_shown(candidates, "household", level) for level in ("same_both", "same_address"))
    relatives = _Relatives(len(groups), homes=homes) if apart_from_relatives else None
    for _ in range(ITERATIONS):
        found = [EXPECTED_PAIRS * levels for levels in expected]
        of_relatives = relatives.start() if relatives else {}
        for number, group in enumerate(groups):
            ratio = _log_ratio(group, m, u)
            if relatives:
                posterior, related = _apart(
                    ratio,
                    relatives.log_ratio(group, u, everything=False),
                    shares[number],
                    relatives.shares[number],
                )
                of_homes = related * group.count
                relatives.shares[number] = float(
                    np.clip(of_homes.sum() / group.count.sum(), 1e-4, 0.9998)
                )
                relatives.tally(group, of_homes, of_relatives)
            else:
                posterior = _posterior(ratio, shares[number])
            matching = posterior * group.count
            shares[number] = float(np.clip(matching.sum() / group.count.sum(), 1e-4, 0.9999))
            for index, size in enumerate(sizes):
                if group.used[index]:
                    found[index] = found[index] + _tally(group, matching, index, size)
        m = [_humble(levels / levels.sum()) for levels in found]
        ratio = _log_ratio(candidates, m, u, everything=True)
        if relatives:
            relatives.learn(of_relatives)
            posterior, related = _apart(
                ratio, relatives.log_ratio(candidates, u, everything=True), prior, relatives.prior
            )
            relatives.prior = float(
                np.clip((related * candidates.count).sum() / all_pairs, 1e-9, 0.4)
            )
        else:
            posterior = _posterior(ratio, prior)
        prior = float(np.clip((posterior * candidates.count).sum() / all_pairs, 1e-9, 0.5))
        by_chance = _posterior(_log_ratio(chance, m, u, everything=True), prior)
        u = u_of((1 - by_chance) * chance.count)
    return _Estimate(m, u, prior, relatives)


def _leave_relatives(con: duckdb.DuckDBPyConnection, estimate: _Estimate) -> None:
    """Make ``relative_level`` (comparison, gamma, bits) and ``relative_share`` (share)."""
    relatives = estimate.relatives
    rows = [
        (COMPARISONS[index].name, len(ratio) - 1 - number, float(value / math.log(2)))
        for index, ratio in (relatives.ratios(estimate.u) if relatives else {}).items()
        for number, value in enumerate(ratio)
        if not COMPARISONS[index].levels[number].fixed
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
) -> Model:
    """Estimate a model from ``records`` (as for make_features), reproducibly.

    ``note`` says what the records are. ``apart_from_relatives`` learns from pairs of one household
    as a third kind, for tables in which people may seldom recur, and leaves what they share in
    ``relative_level`` (comparison, gamma, bits) and ``relative_share`` (of all pairs).

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
    candidates = _counted(con, scorer, "candidate")
    by_chance = _counted(con, scorer, "random_pair")
    for table in ("candidate", "usable_key", "random_pair"):
        con.execute(f"DROP TABLE {table}")
    everything = np.ones(len(COMPARISONS), bool)
    groups = []
    for rule, fixed in FIXED_BY_RULE.items():
        free = np.array([comparison.name not in fixed for comparison in COMPARISONS])
        group = _patterns(candidates, rule, free)
        if len(group.count):
            groups.append(group)
    estimate = _maximise(
        groups,
        _patterns(candidates, None, everything),
        _patterns(by_chance, None, everything),
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
