"""Households: how many there are, where they live, who belongs to them, and when they move.

Guarantees: every child lives with an adult who is at least 15 years older; households are drawn by
the localities' population and share of children.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from demo.chance import Bools, Ints, Texts, draw, draw_texts, ints, texts
from demo.geography import Geography, by_population
from demo.naming import TRADITIONS
from demo.settings import WorldSettings

HOUSEHOLDS: Final = {
    "single": 0.23,
    "couple": 0.15,
    "family": 0.24,
    "one_parent": 0.19,
    "blended": 0.09,
    "three_generations": 0.06,
    "housemates": 0.04,
}
"""Kinds of households. Families are over-represented: the world is of people whom agencies meet."""

YEAR_DAYS: Final = 365.25
NEVER: Final = 10**6
"""A day after every world's end."""


class Households:
    """The households as columns, and who belongs to them."""

    def __init__(
        self, settings: WorldSettings, geography: Geography, rng: np.random.Generator
    ) -> None:
        self._settings = settings
        count = settings.persons  # more than enough: no household is empty
        self.locality = by_population(geography, rng, count)
        weights = np.array(list(HOUSEHOLDS.values()))
        kind = draw(rng, weights, count)
        young = geography.young_share[self.locality] / 0.21
        redraw = (kind >= 2) & (kind <= 5) & (rng.random(count) > young)
        kind[redraw] = draw(rng, weights[:2], int(redraw.sum()))
        self.kind = texts(list(HOUSEHOLDS))[kind]
        self.tradition = draw_texts(rng, TRADITIONS, count)
        with_children = (kind >= 2) & (kind <= 5)
        self.children = np.where(with_children, 1 + draw(rng, np.array([35, 36, 19, 10]), count), 0)
        self.others = np.where(self.kind == "housemates", 1 + draw(rng, np.array([5, 3]), count), 0)
        coupled = np.isin(self.kind, ["couple", "family", "blended"])
        coupled |= (self.kind == "three_generations") & (rng.random(count) < 0.6)
        self.partner = coupled.astype(np.int64)
        self.grandparent = (self.kind == "three_generations").astype(np.int64)
        self._rng = rng
        size = 1 + self.partner + self.children + self.others + self.grandparent
        self.count = int(np.searchsorted(np.cumsum(size), settings.persons) + 1)
        self._size = size[: self.count]

    def members(self) -> tuple[Ints, Texts, Ints]:
        """Household, position and birth day of every person, household by household."""
        rng, n_homes = self._rng, self.count
        household = np.repeat(np.arange(n_homes), self._size)
        start = np.cumsum(self._size) - self._size
        rank = np.arange(len(household)) - start[household]
        partner = self.partner[household]
        children = self.children[household]
        others = self.others[household]
        position = np.full(len(household), "grandparent", dtype=object)
        position[rank < 1 + partner + children + others] = "housemate"
        position[rank < 1 + partner + children] = "child"
        position[(partner == 1) & (rank == 1)] = "partner"
        position[rank == 0] = "head"
        child_rank = rank - 1 - partner
        blended = (self.kind[household] == "blended") & (position == "child")
        position[blended & (child_rank % 2 == 1)] = "stepchild"
        position[blended & (children == 1) & (rng.random(len(household)) < 0.6)] = "stepchild"

        end = self._settings.last_day
        gaps = rng.gamma(2.2, 1.3, (n_homes, 4)) + 0.9
        youngest = rng.uniform(0.5, 17.5, n_homes)
        ages = np.column_stack([youngest, youngest[:, None] + np.cumsum(gaps[:, :3], axis=1)])
        oldest = ages[np.arange(n_homes), np.maximum(self.children[:n_homes] - 1, 0)]
        has_children = self.children[:n_homes] > 0
        alone = np.clip(18 + rng.gamma(2.0, 13.0, n_homes), 18.5, 92)
        parent = oldest + np.clip(rng.normal(27, 5.5, n_homes), 16.5, 43)
        head = np.where(has_children, parent, alone)
        age = head[household]
        at = np.flatnonzero(position == "partner")
        # A parent stays at least 15.5 years older than the oldest child.
        floor = np.where(has_children, oldest + 15.5, 18.5)[household[at]]
        age[at] = np.maximum(age[at] + rng.normal(-1, 4, len(at)), floor)
        is_child = np.isin(position, ["child", "stepchild"])
        age[is_child] = ages[household[is_child], child_rank[is_child]]
        at = np.flatnonzero(position == "grandparent")
        age[at] = np.minimum(age[at] + np.clip(rng.normal(27, 5, len(at)), 16, 42), 97)
        at = np.flatnonzero(position == "housemate")
        age[at] = np.clip(18 + rng.gamma(2.0, 6.0, len(at)), 18.5, 80)
        born = (end - age * YEAR_DAYS - rng.uniform(0, 1, len(age))).astype(np.int64)
        wanted = self._settings.persons
        self._heads = start
        return household[:wanted], position[:wanted], born[:wanted]

    def head_of(self, household: Ints) -> Ints:
        return ints(self._heads[household])

    def make_twins(
        self, household: Ints, position: Texts, born: Ints, rng: np.random.Generator
    ) -> Bools:
        """Give some neighbouring siblings one birth date; returns who is a twin."""
        pairs = np.flatnonzero(
            (position[:-1] == "child")
            & (position[1:] == "child")
            & (household[:-1] == household[1:])
        )
        chosen = pairs[rng.random(len(pairs)) < 0.035]
        twin = np.zeros(len(born), dtype=bool)
        for first in chosen.tolist():
            if not twin[first]:
                born[first + 1] = born[first]
                twin[first : first + 2] = True
        return twin

    def addresses(
        self, geography: Geography, rng: np.random.Generator
    ) -> tuple[Texts, Texts, Texts, Ints]:
        """Line, city, ZIP and locality: per household its first and its second address, and one for
        those who leave alone."""
        first = self.locality[: self.count]
        far = by_population(geography, rng, self.count)
        second = np.where(rng.random(self.count) < 0.6, first, far)
        third = np.where(rng.random(self.count) < 0.7, first, far)
        locality = np.concatenate([first, second, third])
        lines = geography.homes(rng, locality)
        zips = geography.zip_codes(locality, rng.integers(0, 40, len(locality)))
        return lines, geography.cities(locality), zips, locality.astype(np.int64)

    def residence(
        self, household: Ints, position: Texts, born: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints]:
        """First address, second address, day of the move (NEVER: none)."""
        begin, end = self._settings.first_day, self._settings.last_day
        home_move = np.where(
            rng.random(self.count) < 0.22, rng.integers(begin, end, self.count), NEVER
        )
        moved = home_move[household]
        second = household + self.count
        # Young adults leave their parents.
        adult_on = born + int(18.5 * YEAR_DAYS)
        leaves = np.isin(position, ["child", "stepchild"]) & (adult_on < end - 60)
        leaves &= rng.random(len(household)) < 0.6
        moved = np.where(leaves, np.maximum(adult_on, begin - 400), moved)
        second = np.where(leaves, household + 2 * self.count, second)
        return household.copy(), second.astype(np.int64), moved.astype(np.int64)
