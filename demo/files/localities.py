"""Localities as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.chance import happens
from demo.geography import AMBIGUOUS

if TYPE_CHECKING:
    import numpy as np

    from demo.geography import Geography


def locality_name(rng: np.random.Generator, geography: Geography, locality: int) -> str:
    """``Fairfax County``, ``Norfolk city``, at times ``Norfolk``; ambiguous at times; '' for -1."""
    if locality < 0:
        return ""
    name, short = str(geography.name[locality]), str(geography.short_name[locality])
    if short in AMBIGUOUS:
        return short if happens(rng, 0.3) else name
    return short if happens(rng, 0.08) else name
