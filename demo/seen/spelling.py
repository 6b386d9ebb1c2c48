"""What clerks do to names, numbers and dates."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Texts, happens, pick, texts
from demo.naming import tables

if TYPE_CHECKING:
    from collections.abc import Callable

PHONE_FORMS: Final = (
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}{1}{2}",
    "{0}.{1}.{2}",
    "+1 {0} {1} {2}",
)


def misspell(rng: np.random.Generator, name: str) -> str:
    """The name with one error: a transliteration, a confused pair of letters, or a typing slip."""
    if len(name) < 3:
        return name
    spelling = tables()["spelling"]
    if happens(rng, 0.5):
        for one, other in spelling["transliterations"]:
            if one in name:
                return name.replace(one, other, 1)
    if happens(rng, 0.6):
        options = [
            (one, other)
            for pair in spelling["pairs"]
            for one, other in (pair, pair[::-1])
            if one in name[1:]
        ]
        if options:
            one, other = pick(rng, options)
            return name[0] + name[1:].replace(one, other, 1)
    at = int(rng.integers(1, len(name) - 1))
    slip = int(rng.integers(3))
    if slip == 0:
        return name[:at] + name[at + 1 :]
    if slip == 1:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at] + name[at:]


def misspelt(rng: np.random.Generator, names: Texts) -> Texts:
    """Each name with one error; '' stays ''."""
    return texts([misspell(rng, str(name)) if name else "" for name in names])


def mistyped_birth(rng: np.random.Generator, births: Texts, form: Callable[[str], str]) -> Texts:
    """ISO dates with a slip, in the form that the agency writes; others stay as they are."""
    return texts(
        [form(slipped_date(rng, str(iso)) if _is_date(str(iso)) else str(iso)) for iso in births]
    )


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def plain(name: str) -> str:
    """The name without accents, as most systems keep it."""
    if name.isascii():
        return name
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def one_surname(rng: np.random.Generator, surname: str) -> str:
    """Two surnames as agencies keep them: the first, the last, or joined by a hyphen."""
    parts = surname.split(" ")
    if len(parts) != 2 or len(parts[0]) < 3:
        return surname
    return pick(rng, (parts[0], parts[0], parts[1], "-".join(parts)))


def phone_form(rng: np.random.Generator, number: str) -> str:
    """An E.164 number in one of the usual forms; '' stays ''."""
    if not number:
        return ""
    digits = number[2:]
    return pick(rng, PHONE_FORMS).format(digits[:3], digits[3:6], digits[6:])


def plate_form(rng: np.random.Generator, plate: str) -> str:
    """``VA:AQB1234`` as written: with the state, with a hyphen, or (Virginia only) bare."""
    if not plate:
        return ""
    state, value = plate.split(":")
    if state != "VA" or happens(rng, 0.5):
        return f"{state}:{value}"
    return pick(rng, (value, f"{value[:3]}-{value[3:]}", f"{value[:3]} {value[3:]}"))


def handle_form(rng: np.random.Generator, handle: str) -> str:
    """The handle, at times with the capitals that people type."""
    return handle.title().replace("'S", "'s") if handle and happens(rng, 0.2) else handle


def slipped_date(rng: np.random.Generator, iso: str) -> str:
    """An ISO date with a slip in its year, month or day that leaves it a date."""
    year, month, day = (int(part) for part in iso.split("-"))
    which = int(rng.integers(3))
    if which == 0:
        year += pick(rng, (-1, 1, -10, 10)) if year < 2000 else pick(rng, (-1, 1))
    elif which == 1:
        month = month % 12 + 1
        day = min(day, 28)
    else:
        day = day % 28 + 1
    if (month, day) == (2, 29):
        day = 28
    return f"{year:04d}-{month:02d}-{day:02d}"


def swapped_date(iso: str) -> str:
    """Day and month exchanged where that gives a date."""
    year, month, day = iso.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else iso
