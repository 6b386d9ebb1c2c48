"""Whether whole names that no comma parts begin with the surname.

Guarantees: one answer for a column; without evidence it is the order of speech, first name first.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from resolution.lists import public_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_WORDS: Final = 5
LEAST_NAMES: Final = 5
LEAST_INITIALS: Final = 0.03
"""Of the names: with fewer, initials are slips."""
FLOOR: Final = 1e-6
"""The share of a name that a list does not have."""
LEAST_LISTED: Final = 0.3
LEAST_BITS: Final = 1.0
"""On average, for an order."""
REPEATED: Final = 1.7
"""How many times as many surnames as given names there are, where no list knows them."""

_END: Final = re.compile(r"[ ,]+(jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_SAID: Final = re.compile(
    r"\b(last|surname|family|nachname|zuname|apellidos?|cognome|sobrenome|nom|nazwisko)\b.*"
    r"\b(first|given|forenames?|vornamen?|nombres?|nome|prenoms?|imiona|imie)\b"
)
_LATIN: Final = re.compile(r"[A-Za-z]")


def surname_first(said: str, values: Sequence[str]) -> bool:
    """``said``: the words of the header; ``values``: some of the column's, each once."""
    parted = [_END.sub("", value.strip()).replace(".", "").casefold().split() for value in values]
    names = [
        words
        for value, words in zip(values, parted, strict=True)
        if "," not in value and 2 <= len(words) <= MOST_WORDS
    ]
    if len(names) < LEAST_NAMES:
        return bool(_SAID.search(said))
    # Nobody writes an initial for a surname: LEE ANN B, but Ann B. Lee.
    longer = [words for words in names if len(words) > 2]
    after = sum(_initial(words[-1]) for words in longer)
    between = sum(any(map(_initial, words[1:-1])) for words in longer)
    if max(after, between) >= max(LEAST_INITIALS * len(names), 3):
        if after > 3 * between:
            return True
        if between > 3 * after:
            return False
    listed = [bits for words in names if (bits := _bits(words)) is not None]
    if len(listed) >= LEAST_LISTED * len(names):
        mean = sum(listed) / len(listed)
        if abs(mean) >= LEAST_BITS:
            return mean > 0
    if _SAID.search(said):
        return True
    # Given names return more than surnames, in the alphabets of Europe at least.
    two = [words for words in names if len(words) == 2 and _LATIN.match(words[0])]
    first, last = ({words[place] for words in two} for place in (0, 1))
    return len(two) >= 100 and len(first) > REPEATED * len(last)


def _initial(word: str) -> bool:
    return len(word) == 1


def _bits(words: Sequence[str]) -> float | None:
    """What public lists say for the surname being first; None where they know no word."""
    lists = public_lists()

    def given(word: str) -> float:
        return math.log2(lists.given_name.get(word, 0.0) + FLOOR)

    def surname(word: str) -> float:
        return math.log2(lists.surname.get(word, 0.0) + FLOOR)

    full = [word for word in words if not _initial(word)]
    if len(full) < 2 or not any(w in lists.given_name or w in lists.surname for w in full):
        return None
    return surname(full[0]) + given(full[1]) - given(full[0]) - surname(full[-1])
