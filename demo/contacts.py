"""Invented telephone numbers, licence plates and online handles.

Guarantees: numbers have the exchange 555, whose line numbers the numbering administration took back
in 2016, so that none is a subscriber's; Virginia plates carry the letter Q, which Virginia does not
issue; the sites of handles do not exist. Values made by one ``Contacts`` are distinct: a world that
needs more than Virginia's area codes give (100,000 numbers) draws from the area codes as well that
the North American plan keeps for its expansion and assigns to nobody (N9X, 37X and 96X: another
million). All are possible numbers by their form.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from demo.chance import Bools, Texts, texts
from demo.errors import ImpossibleWorld

AREA_CODES: Final[tuple[str, ...]] = (
    "276",
    "434",
    "540",
    "571",
    "703",
    "757",
    "804",
    "826",
    "948",
    "686",
)
UNASSIGNED: Final = (
    *(f"{first}9{last}" for first in range(2, 10) for last in range(10)),
    *(f"{start}{last}" for start in ("37", "96") for last in range(10)),
)
NUMBERS_PER_PERSON: Final = 1.6
"""Telephones that a world uses at most per person; see ``people`` and ``lives``."""
SITES: Final = ("chirper", "pikgram", "snaply", "meetly")
AD_SITE: Final = "adpage"
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"


class Contacts:
    """Hands out new values."""

    def __init__(self, rng: np.random.Generator, persons: int) -> None:
        self._rng = rng
        self._areas = AREA_CODES
        if persons * NUMBERS_PER_PERSON > len(AREA_CODES) * 10_000:
            self._areas += UNASSIGNED
        self._numbers = rng.permutation(len(self._areas) * 10_000)
        self._plates = rng.permutation(len(_LETTERS) ** 2 * 9_000)
        self._next_number = 0
        self._next_plate = 0
        self._next_handle = 0

    def phones(self, wanted: Bools) -> Texts:
        """A number as E.164 for each who wants one, '' for the others."""
        return texts([self.phone() if wants else "" for wants in wanted.tolist()])

    def phone(self) -> str:
        """A new number. Raises ImpossibleWorld when all have been handed out."""
        if self._next_number == len(self._numbers):
            raise ImpossibleWorld(
                f"all {len(self._numbers)} fictional telephone numbers are used; make a world of "
                "fewer persons"
            )
        number = int(self._numbers[self._next_number])
        self._next_number += 1
        return f"+1{self._areas[number // 10_000]}555{number % 10_000:04d}"

    def plate(self, state: str = "VA") -> str:
        """``state:PLATE``."""
        number = int(self._plates[self._next_plate % len(self._plates)])
        self._next_plate += 1
        letters, digits = divmod(number, 9_000)
        first, last = divmod(letters, len(_LETTERS))
        return f"{state}:{_LETTERS[first]}Q{_LETTERS[last]}{digits + 1000}"

    def handle(self, given: str, site: str | None = None) -> str:
        """``site:name`` in lower case."""
        self._next_handle += 1
        name = "".join(letter for letter in given.lower() if letter.isascii() and letter.isalpha())
        ending = ("4u", "xo", "_real", ".va", "babyy", "_x", "")[self._next_handle % 7]
        where = site or SITES[int(self._rng.integers(len(SITES)))]
        return f"{where}:{name or 'user'}{ending}{self._next_handle}"
