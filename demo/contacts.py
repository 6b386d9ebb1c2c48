"""Invented telephone numbers, licence plates and online handles.

Guarantees: numbers lie in Virginia's area codes with the exchange 555; Virginia plates carry the
letter Q, which Virginia does not issue; the sites of handles do not exist. Values made by one
``Contacts`` are distinct until its ranges are used up.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from demo.chance import Texts, texts

AREA_CODES: Final = ("276", "434", "540", "571", "703", "757", "804", "826", "948", "686")
SITES: Final = ("chirper", "pikgram", "snaply", "meetly")
AD_SITE: Final = "adpage"
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"


class Contacts:
    """Hands out new values."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._numbers = rng.permutation(len(AREA_CODES) * 10_000)
        self._plates = rng.permutation(len(_LETTERS) ** 2 * 9_000)
        self._next_number = 0
        self._next_plate = 0
        self._next_handle = 0

    def phones(self, count: int) -> Texts:
        """Numbers as E.164; a world that outgrows the range uses numbers again."""
        return texts([self.phone() for _ in range(count)])

    def phone(self) -> str:
        number = int(self._numbers[self._next_number % len(self._numbers)])
        self._next_number += 1
        return f"+1{AREA_CODES[number // 10_000]}555{number % 10_000:04d}"

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
