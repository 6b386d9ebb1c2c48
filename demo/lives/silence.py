"""Agencies that report nothing for months.

Guarantees: of the agencies of one locality at most one is ever silent, so that somebody there still
reports; the State Police are never silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from demo.geography import Geography
    from demo.settings import WorldSettings

SHARE: Final = 0.05
"""Share of the localities with an agency that falls silent once in the world's years."""
SHORTEST_MONTHS, LONGEST_MONTHS = 2, 9


def month_of(day: int) -> int:
    """Months since 1970-01 of a day since 1970-01-01."""
    return int(np.datetime64(int(day), "D").astype("datetime64[M]").astype(np.int64))


def silent_months(
    settings: WorldSettings, geography: Geography, rng: np.random.Generator
) -> frozenset[tuple[int, int]]:
    """Pairs of an agency's index and a month (since 1970-01) of which the state got nothing."""
    first, last = month_of(settings.first_day), month_of(settings.last_day)
    silent: set[tuple[int, int]] = set()
    for options in geography.agencies_of:
        local = [i for i in options if geography.agencies[i].kind != "State Police"]
        falls, start, length = rng.random(), *rng.random(2)
        if len(options) < 2 or not local or falls >= SHARE:
            continue
        months = SHORTEST_MONTHS + int(length * (LONGEST_MONTHS - SHORTEST_MONTHS + 1))
        begin = first + int(start * max(1, last - first + 2 - months))
        agency = local[0] if len(local) == 1 or falls < SHARE / 2 else local[1]
        silent |= {(agency, month) for month in range(begin, min(begin + months, last + 1))}
    return frozenset(silent)
