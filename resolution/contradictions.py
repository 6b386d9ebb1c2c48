"""Which must-links give way where cannot-links contradict them.

Guarantees: one rule for what a run applies and for what pages say of decisions. A must-link whose
own two records a cannot-link parts gives way, and is no step of a chain. Of the others those give
way, and only those, that are a step of a chain of must-links, without repetition, between two
records that a cannot-link parts. So no group that is left holds two such records, a link that says
nothing on them stays, and the order of the links does not matter. Time grows with the number of
links, not of chains (docs/decisions/0020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

Name = TypeVar("Name", bound="Hashable")


def giving_way(
    must: Collection[tuple[Name, Name]], cannot: Collection[tuple[Name, Name]]
) -> list[bool]:
    """For each must-link, in its order, whether it gives way. Pairs name two records, in either
    order."""
    parted = {frozenset(pair) for pair in cannot}
    at_once = [frozenset(pair) in parted for pair in must]
    chains = Chains(pair for pair, gone in zip(must, at_once, strict=True) if not gone)
    blocks = chains.blocks_between(cannot)
    return [
        gone or chains.block_of(pair) in blocks for pair, gone in zip(must, at_once, strict=True)
    ]


class Chains(Generic[Name]):
    """Links in blocks: any two of a block are on one circle. All chains between two records go
    through the same blocks, and each link of those is a step of one of them (biconnected components
    and their tree; Hopcroft and Tarjan 1973).

    A block is named by one of its records.
    """

    def __init__(self, links: Iterable[tuple[Name, Name]]) -> None:
        self._neighbours: dict[Name, list[Name]] = {}
        for left, right in links:
            self._neighbours.setdefault(left, []).append(right)
            self._neighbours.setdefault(right, []).append(left)
        self._order: dict[Name, int] = {}
        self._group: dict[Name, Name] = {}
        # The block that lies between a record and the one from which its group was searched, and
        # the block's record that is nearest to that one. The first of a group has neither.
        self._block: dict[Name, Name] = {}
        self._above: dict[Name, Name] = {}
        for name in self._neighbours:
            if name not in self._order:
                self._search(name)
        self._depth: dict[Name, int] = {}
        for name in self._order:
            above = self._above.get(name)
            self._depth[name] = 0 if above is None else self._depth[above] + 1

    def _search(self, first: Name) -> None:
        """Find the blocks of one group, depth first."""
        order, lowest = self._order, {first: len(self._order)}
        order[first], self._group[first] = len(order), first
        way = [(first, iter(self._neighbours[first]))]
        unplaced: list[Name] = []
        while way:
            here, ahead = way[-1]
            there = next(ahead, None)
            if there is None:
                way.pop()
                if not way:
                    break
                before = way[-1][0]
                lowest[before] = min(lowest[before], lowest[here])
                # Nothing below reaches past ``before``: what is unplaced down to here is a block.
                if lowest[here] >= order[before]:
                    inside = True
                    while inside:
                        name = unplaced.pop()
                        self._block[name], self._above[name] = here, before
                        inside = name != here
            elif there in order:
                lowest[here] = min(lowest[here], order[there])
            else:
                order[there] = lowest[there] = len(order)
                self._group[there] = first
                way.append((there, iter(self._neighbours[there])))
                unplaced.append(there)

    def block_of(self, link: tuple[Name, Name]) -> Name | None:
        """The block of one of the links; None for a pair of which a record is in no link."""
        if not all(name in self._order for name in link):
            return None
        return self._block.get(max(link, key=self._order.__getitem__))

    def blocks_between(self, pairs: Iterable[tuple[Name, Name]]) -> set[Name]:
        """The blocks through which chains between the two records of any of ``pairs`` go."""
        blocks: set[Name] = set()
        through: dict[Name, Name] = {}

        def highest(name: Name) -> Name:
            """Where one gets from ``name`` through blocks that are found already."""
            end = name
            while end in through:
                end = through[end]
            while name in through:
                through[name], name = end, through[name]
            return end

        for left, right in pairs:
            if left not in self._group or self._group[left] != self._group.get(right):
                continue
            one, other = highest(left), highest(right)
            while one != other:
                if self._depth[one] < self._depth[other]:
                    one, other = other, one
                blocks.add(self._block[one])
                through[one] = self._above[one]
                one = highest(one)
        return blocks
