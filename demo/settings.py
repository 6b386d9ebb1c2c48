"""What a world is made from: its size, its years and its seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from demo.errors import ImpossibleWorld

LAST_YEAR: Final = 2025
SMALLEST: Final = 200
MOST_YEARS: Final = 10


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """Settings of one world; equal settings give byte-identical files.

    ``persons`` at least 200; ``years`` 1 to 10 calendar years that end with 2025; ``seed`` at least
    0. Raises ImpossibleWorld outside these ranges.
    """

    persons: int
    years: int
    seed: int

    def __post_init__(self) -> None:
        if self.persons < SMALLEST:
            raise ImpossibleWorld(
                f"persons is {self.persons}, expected at least {SMALLEST}: networks and families "
                "need people; ask for more persons"
            )
        if not 1 <= self.years <= MOST_YEARS:
            raise ImpossibleWorld(f"years is {self.years}, expected 1 to {MOST_YEARS}")
        if self.seed < 0:
            raise ImpossibleWorld(f"seed is {self.seed}, expected 0 or more")

    @property
    def first_year(self) -> int:
        return LAST_YEAR - self.years + 1

    @property
    def first_day(self) -> int:
        """First day of the first year, in days since 1970-01-01."""
        return days(date(self.first_year, 1, 1))

    @property
    def last_day(self) -> int:
        """31 December of the last year, in days since 1970-01-01."""
        return days(date(LAST_YEAR, 12, 31))

    @property
    def scale(self) -> float:
        """Size relative to the standard world of 3,000 persons over three years."""
        return self.persons / 3000


def days(when: date) -> int:
    """Days since 1970-01-01."""
    return when.toordinal() - _EPOCH


def as_date(day: int) -> date:
    """The date that is ``day`` days after 1970-01-01."""
    return date.fromordinal(int(day) + _EPOCH)


_EPOCH: Final = date(1970, 1, 1).toordinal()
