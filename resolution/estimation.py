"""Expectation maximisation over combinations of levels: what a match, and what chance, looks like.

Guarantees: no record is looked at, only how many pairs show which levels; the same counts give the
same numbers. Every level gets an m and a u: ``EXPECTED_PAIRS`` pairs speak for what the code
expects of a comparison.

The chance of a combination under a match is the product of its levels' (Fellegi and Sunter 1969);
the maximisation is that of Winkler (1988), pooled over groups of pairs, each of which says nothing
about the comparisons that its own blocking rule fixes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from resolution.comparisons import COMPARISONS
from resolution.levels import gammas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolution.comparisons import Level

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

ITERATIONS: Final = 60
TOGETHER_ROUNDS: Final = 10
UPRIGHT: Final = (
    ("given_name", "same", "similar"),
    ("household", "same_surname", "similar_surname"),
    ("birth", "same_date", "one_digit"),
)
"""Levels of a comparison of which the first says more: where less is learnt of it, the groups'
pairs are not like others."""
LEAST_DISAGREEMENT: Final = 0.01
"""The last level of a comparison has at least this m."""
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

OTHER_BIRTH: Final = ("two_parts", "two_digits", "years_apart", "different")
"""Levels of birth that are no slip: with different suffixes, a father's and his son's."""
GENERATION_BITS: Final = 60.0
"""Against one person, besides what suffix and birth say."""
GIVEN_BY_RELATIVES: Final = {"same": 0.01, "crossed": 0.02}
"""How often at least: a son is called after his father; where one of two with one surname has the
names swapped, they are crossed."""
TWINS_AMONG_RELATIVES: Final = 0.015

_PLACE: Final = {comparison.name: index for index, comparison in enumerate(COMPARISONS)}


def _number(comparison: str, level: str) -> int:
    """Where a level stands among those that its comparison declares."""
    return [declared.name for declared in COMPARISONS[_PLACE[comparison]].levels].index(level)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct combinations of levels: ``level`` (patterns, comparisons), -1 = not recorded."""

    level: Integers
    count: Floats
    used: NDArray[np.bool_]
    """Which comparisons this group may speak of."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pairs show the same ``levels`` (see resolution.levels) and were found by the same
    ``rules`` (see resolution.blocking)."""

    levels: NDArray[np.uint64]
    rules: Integers
    pairs: Floats


def patterns_of(counts: Counts, rule: int | None, used: NDArray[np.bool_]) -> Patterns:
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
    return Patterns(level, pairs, used)


def _of_two_generations(patterns: Patterns) -> NDArray[np.bool_]:
    """Senior and Junior, born on other days: one name and one home make them no one person."""
    other_suffix = patterns.level[:, _PLACE["suffix"]] == _number("suffix", "different")
    other_birth = [_number("birth", level) for level in OTHER_BIRTH]
    return np.asarray(other_suffix & np.isin(patterns.level[:, _PLACE["birth"]], other_birth))


def _log_ratio(
    patterns: Patterns, m: list[Floats], u: list[Floats], *, everything: bool = False
) -> Floats:
    total = np.zeros(len(patterns.count))
    for index, (m_levels, u_levels) in enumerate(zip(m, u, strict=True)):
        if not everything and not patterns.used[index]:
            continue
        level = patterns.level[:, index]
        ratio = np.append(np.log(m_levels / u_levels), 0.0)
        total += ratio[level]
    total[_of_two_generations(patterns)] -= GENERATION_BITS * math.log(2)
    return total


def _shown(patterns: Patterns, comparison: str, level: str) -> bool:
    shown = patterns.level[:, _PLACE[comparison]] == _number(comparison, level)
    return bool(shown.any())


def _posterior(log_ratio: Floats, prior: float) -> Floats:
    odds = log_ratio + math.log(prior / (1 - prior))
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def _tally(patterns: Patterns, weight: Floats, index: int, levels: int) -> Floats:
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


def _learnt(found: list[Floats], *, of_siblings: bool) -> list[Floats]:
    """The share of each level. ``of_siblings``: without dates of birth nothing but the given name
    tells two of a family apart; from siblings of an age one would learn that a person often has
    another."""
    if of_siblings:
        found[_PLACE["given_name"]][-1] = 0.0
    return [_humble(levels / levels.sum()) for levels in found]


@dataclass(slots=True)
class Estimate:
    m: list[Floats]
    u: list[Floats]
    prior: float
    relatives: Relatives | None = None


class Relatives:
    """Pairs that share a home or a family and are two people: neither one person nor chance.

    Where few records repeat, they outnumber the repeated ones, and two classes would be homes and
    strangers. What a home does not decide (given name, birth) is theirs by chance.
    """

    def __init__(self, groups: int, *, homes: bool) -> None:
        expected = SHARED_BY_RELATIVES if homes else SHARED_WITHOUT_A_HOME
        # Without homes few are known to be relatives, and a namesake is a stranger.
        self._given_by = GIVEN_BY_RELATIVES if homes else {"crossed": GIVEN_BY_RELATIVES["crossed"]}
        self._twins = TWINS_AMONG_RELATIVES if homes else 0.0
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
        self.shares = [0.2] * groups
        self.prior = 0.0

    def log_ratio(self, patterns: Patterns, u: list[Floats], *, everything: bool) -> Floats:
        total = np.zeros(len(patterns.count))
        for index, ratio in self.ratios(u).items():
            if everything or patterns.used[index]:
                total += np.append(ratio, 0.0)[patterns.level[:, index]]
        return total

    def ratios(self, u: list[Floats]) -> dict[int, Floats]:
        """By comparison, the log of how much more often relatives show a level than strangers; 0
        for levels that are not learnt."""
        found = {
            index: np.where(
                [level.fixed for level in COMPARISONS[index].levels],
                0.0,
                np.log(shared / u[index]),
            )
            for index, shared in self.shared.items()
        }
        given, birth = _PLACE["given_name"], _PLACE["birth"]
        shares = u[given].copy()
        for level, least in self._given_by.items():
            number = _number("given_name", level)
            shares[number] = max(shares[number], least)
        twins = np.zeros(len(COMPARISONS[birth].levels))
        if self._twins:
            number = _number("birth", "twins")
            twins[number] = math.log(self._twins / COMPARISONS[birth].levels[number].expected_u)
        return {
            **found,
            given: np.log(shares / shares.sum() / u[given]),
            birth: twins,
        }

    def tally(self, patterns: Patterns, weight: Floats, found: dict[int, Floats]) -> None:
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


def maximise(
    groups: list[Patterns],
    candidates: Patterns,
    chance: Patterns,
    all_pairs: float,
    *,
    apart_from_relatives: bool = False,
) -> Estimate:
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
    relatives = Relatives(len(groups), homes=homes) if apart_from_relatives else None
    of_siblings = apart_from_relatives and not _shown(candidates, "birth", "same_date")
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
        m = _learnt(found, of_siblings=of_siblings)
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
    estimate = Estimate(m, u, prior, relatives)
    if relatives and _upside_down(estimate):
        _learn_together(
            estimate, relatives, candidates, expected, all_pairs, of_siblings=of_siblings
        )
    return estimate


def _upside_down(estimate: Estimate) -> bool:
    """Whether what agrees is found to speak less for one person than what nearly agrees."""
    for name, better, worse in UPRIGHT:
        ratio = estimate.m[_PLACE[name]] / estimate.u[_PLACE[name]]
        if ratio[_number(name, better)] < ratio[_number(name, worse)]:
            return True
    return False


def _learn_together(
    estimate: Estimate,
    relatives: Relatives,
    candidates: Patterns,
    expected: list[Floats],
    all_pairs: float,
    *,
    of_siblings: bool,
) -> None:
    """Learn m once more, of all candidates at once, and meet half-way.

    A group's pairs agree on what its rule fixes. Where a record has one error, who agrees in given
    name and birthday differs in the surname or not at all, and from such groups alone a surname
    is learnt to be nearly always damaged. That a pair became a candidate is hardly selected; but
    there namesakes count as one person the more, the more unevenly names are held.
    """
    apart, prior = list(estimate.m), estimate.prior
    for _ in range(TOGETHER_ROUNDS):
        matching, related = _apart(
            _log_ratio(candidates, estimate.m, estimate.u, everything=True),
            relatives.log_ratio(candidates, estimate.u, everything=True),
            estimate.prior,
            relatives.prior,
        )
        matching, related = matching * candidates.count, related * candidates.count
        shared = relatives.start()
        relatives.tally(candidates, related, shared)
        relatives.learn(shared)
        relatives.prior = float(np.clip(related.sum() / all_pairs, 1e-9, 0.4))
        found = [
            EXPECTED_PAIRS * levels + _tally(candidates, matching, index, len(levels))
            for index, levels in enumerate(expected)
        ]
        estimate.m = _learnt(found, of_siblings=of_siblings)
        estimate.prior = float(np.clip(matching.sum() / all_pairs, 1e-9, 0.5))
    estimate.m = [(one + other) / 2 for one, other in zip(apart, estimate.m, strict=True)]
    estimate.prior = (estimate.prior + prior) / 2
