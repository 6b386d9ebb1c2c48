"""Seeded chance: one independent stream per part of the world.

Guarantees: a part draws from its own stream, so that a change in one part leaves the others as
they were; equal seed and name give equal draws on every machine.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

T = TypeVar("T")


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of the named part."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, int.from_bytes(digest, "big")]))
    )


def ints(values: object) -> Ints:
    """A column of integers."""
    made: Ints = np.asarray(values).astype(np.int64)
    return made


def texts(values: Sequence[Any] | npt.NDArray[Any]) -> Texts:
    """An object array of the values (never a fixed-width string array)."""
    made = np.empty(len(values), dtype=object)
    made[:] = list(values)
    return made


def choose(mask: npt.NDArray[Any], yes: object, no: object) -> Texts:
    """``yes`` where the mask holds, else ``no``: columns or single values, None included."""
    made = np.where(mask.astype(bool), np.asarray(yes, dtype=object), np.asarray(no, dtype=object))
    return made.astype(object)


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of the options, each as likely."""
    return options[int(rng.integers(len(options)))]


def pick_weighted(rng: np.random.Generator, weights: Mapping[T, float]) -> T:
    """One of the keys, as likely as its weight."""
    edges = list(accumulate(weights.values()))
    found = bisect_right(edges, rng.random() * edges[-1])
    return list(weights)[min(found, len(edges) - 1)]


def draw(rng: np.random.Generator, weights: npt.NDArray[Any], size: int) -> Ints:
    """``size`` indices into ``weights``, with replacement, as likely as their weight."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    found = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return ints(np.minimum(found, len(edges) - 1))


def draw_texts(rng: np.random.Generator, weights: Mapping[str, float], size: int) -> Texts:
    """``size`` keys, with replacement, as likely as their weight."""
    return texts(list(weights))[draw(rng, np.array(list(weights.values())), size)]


def happens(rng: np.random.Generator, probability: float) -> bool:
    """True with the probability."""
    return bool(rng.random() < probability)
