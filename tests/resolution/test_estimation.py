"""What expectation maximisation makes of counts whose truth is known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from resolution import estimation
from resolution.comparisons import COMPARISONS
from resolution.estimation import Patterns, maximise

RECORDS, AGAIN = 10_000, 1_000
NAMES = [comparison.name for comparison in COMPARISONS]


def _number(comparison: str, level: str) -> int:
    levels = COMPARISONS[NAMES.index(comparison)].levels
    return [declared.name for declared in levels].index(level)


# Agreement, a slip, and neither; how often two strangers show each.
SHOWN = {
    "given_name": {"same": 0.02, "similar": 0.004, "different": 0.976},
    "household": {"same_surname": 0.03, "similar_surname": 0.001, "different": 0.969},
    "birth": {"same_date": 0.0001, "two_parts": 0.003, "different": 0.9969},
}


def _patterns(fixed: tuple[str, ...], *, strangers_only: bool = False) -> Patterns:
    """Pairs that agree wholly in ``fixed``: each of AGAIN people has a second record with exactly
    one slip, in one of the three."""
    pairs = RECORDS * (RECORDS - 1) / 2
    rows, counts = [], []
    for levels in product(*(SHOWN[name] for name in SHOWN)):
        shown = dict(zip(SHOWN, levels, strict=True))
        agrees = [next(iter(SHOWN[name])) == shown[name] for name in SHOWN]
        slips = [list(SHOWN[name])[1] == shown[name] for name in SHOWN]
        if any(shown[name] != next(iter(SHOWN[name])) for name in fixed):
            continue
        if not fixed and not strangers_only and sum(agrees) < 2:
            continue
        count = pairs * float(np.prod([SHOWN[name][shown[name]] for name in SHOWN]))
        if not strangers_only and sum(agrees) == 2 and sum(slips) == 1:
            count += AGAIN / 3
        level = np.full(len(COMPARISONS), -1)
        for name in SHOWN:
            level[NAMES.index(name)] = _number(name, shown[name])
        rows.append(level)
        counts.append(count)
    used = np.array([name in SHOWN and name not in fixed for name in NAMES])
    return Patterns(np.array(rows), np.array(counts), used)


def _surname_same() -> float:
    """The share of one person's pairs that is learnt to agree in surname; it is two thirds."""
    rules = (("given_name", "household"), ("given_name", "birth"), ("household", "birth"))
    estimate = maximise(
        [_patterns(fixed) for fixed in rules],
        _patterns(()),
        _patterns((), strangers_only=True),
        RECORDS * (RECORDS - 1) / 2,
        apart_from_relatives=True,
    )
    levels = estimate.m[NAMES.index("household")]
    told = [_number("household", level) for level in SHOWN["household"]]
    return float(levels[told[0]] / levels[told].sum())


def test_where_each_record_has_one_slip_what_agrees_still_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who was found by given name and date of birth differs in the surname, or would not be a pair
    with one slip: learnt from those alone, a surname would hardly ever agree."""
    assert _surname_same() == pytest.approx(0.4, abs=0.15)
    monkeypatch.setattr(estimation, "UPRIGHT", ())
    assert _surname_same() < 0.1


def _other_given_name(*levels_of_birth: str) -> float:
    """What is learnt of other given names, of as many pairs of siblings as of one person's."""
    given, household = ("same", "different"), ("same_both", "different")
    chance = {"same_both": 1e-4, "different": 1 - 1e-4, "same": 0.02}
    rows, pairs, by_chance = [], [], []
    for name, home, born in product(given, household, levels_of_birth):
        level = np.full(len(COMPARISONS), -1)
        for comparison, shown in zip(SHOWN, (name, home, born), strict=True):
            level[NAMES.index(comparison)] = _number(comparison, shown)
        rows.append(level)
        share = {"same": 0.02, "different": 0.98}[name] * chance[home] / len(levels_of_birth)
        by_chance.append(share * RECORDS * (RECORDS - 1) / 2)
        close = home == "same_both" and born == levels_of_birth[0]
        pairs.append(by_chance[-1] + AGAIN * close)
    used = np.array([name in SHOWN for name in NAMES])
    candidates = Patterns(np.array(rows), np.array(pairs), used)
    estimate = maximise(
        [candidates],
        candidates,
        Patterns(np.array(rows), np.array(by_chance), used),
        RECORDS * (RECORDS - 1) / 2,
        apart_from_relatives=True,
    )
    return float(estimate.m[NAMES.index("given_name")][-1])


def test_without_dates_of_birth_siblings_do_not_teach_that_people_change_their_names() -> None:
    assert _other_given_name("age_fits", "years_apart") == pytest.approx(0.01, abs=0.001)
    # Who was born on one day at one address under two names may well be one person.
    assert _other_given_name("same_date", "years_apart") > 0.05
