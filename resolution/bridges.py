"""What joins persons beyond the mean over their pairs: the strongest bridge first.

Guarantees: the one rule for what a run joins and for what pages say it would join. Two persons that
a bridge ties become one unless a cannot-link lies between records of what stands together by then,
so that of the bridges from one record of a cannot-link to the other the weakest gives way, and the
rest stay. The order of bridges and of cannot-links does not matter, nor does what no bridge ties to
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolution.clustering import Pairs, components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


def join_bridged(label: Integers, bridges: Pairs, cannot: Integers) -> Integers:
    """For each record the smallest record number of its person with the bridges.

    ``label``: the same without them. ``bridges``: pairs of records, the higher margin first. Of
    equal ones that with the smaller records comes first. ``cannot``: pairs of records, shape
    (n, 2).
    """
    joined = _joined(label, bridges)
    torn = cannot[joined[cannot[:, 0]] == joined[cannot[:, 1]]]
    if not len(torn):
        return joined
    open_ = np.isin(joined[bridges.left], joined[torn[:, 0]])
    taken = ~open_
    taken[open_] = _taken(label, bridges.at(open_), torn)
    return _joined(label, bridges.at(taken))


def _joined(label: Integers, bridges: Pairs) -> Integers:
    found: Integers = components(len(label), label[bridges.left], label[bridges.right])[label]
    return found


def _taken(label: Integers, bridges: Pairs, cannot: Integers) -> NDArray[np.bool_]:
    """Which bridges stand."""
    above: dict[int, int] = {}
    apart: dict[int, set[int]] = {}

    def group(person: int) -> int:
        end = person
        while end in above:
            end = above[end]
        while person in above:
            above[person], person = end, above[person]
        return end

    for one, other in label[cannot].tolist():
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    low = np.minimum(bridges.left, bridges.right)
    high = np.maximum(bridges.left, bridges.right)
    taken = np.zeros(len(bridges), dtype=bool)
    for place in np.lexsort((high, low, -bridges.margin)).tolist():
        one, other = group(int(label[low[place]])), group(int(label[high[place]]))
        if other in apart.get(one, ()):
            continue
        taken[place] = True
        if one == other:
            continue
        if len(apart.get(one, ())) < len(apart.get(other, ())):
            one, other = other, one
        above[other] = one
        for third in apart.pop(other, ()):
            apart[third].remove(other)
            apart[third].add(one)
            apart[one].add(third)
    return taken
