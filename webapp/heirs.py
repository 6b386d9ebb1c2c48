"""The walk from an old id to what holds its records today.

Guarantees: ends, also where a history runs in a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_STEPS: Final = 20
"""An id that was merged and split more often than this is not followed to its end."""


def followed(start: str, next_of: Callable[[list[str]], Iterable[str]]) -> set[str]:
    """Every id that ``start`` leads to, itself included. ``next_of``: what follows some ids."""
    seen, heads = {start}, [start]
    for _ in range(MOST_STEPS):
        heads = sorted(set(next_of(heads)) - seen)
        if not heads:
            break
        seen.update(heads)
    return seen
