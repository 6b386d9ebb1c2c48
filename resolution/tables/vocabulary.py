"""The words of a header, in any script, and what they are called in the languages of terms.tsv.

Guarantees: header and terms are folded alike (accents, case and punctuation are nothing); words
written as one are parted where every part is known, and never otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

# Letters that Unicode does not take apart.
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe",
     "Œ": "Oe", "đ": "d", "Đ": "D", "\u0131": "i", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D",
     "\u02bc": "'", "\u2019": "'", "\u03c2": "\u03c3"}
)  # fmt: skip

_INITIALS: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_]\. ?)+[^\W\d_](?![^\W_])")
"""D.O.B., D. O. B., S.S.N: one word."""
_WITHOUT_BLANKS: Final = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Kana, Han and Hangul: words of a header stand together."""


def fold(text: str) -> str:
    """Without accents, digits as 0 to 9; the case stays."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    bare = "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in plain
        if not unicodedata.combining(sign)
    )
    return unicodedata.normalize("NFC", bare)


@cache
def terms() -> dict[str, tuple[str, ...]]:
    """Regular expressions by field or group, folded; ``=`` leads one of a whole header."""
    told: dict[str, list[str]] = {}
    written = (files("resolution") / "tables" / "terms.tsv").read_text("utf-8")
    for line in written.splitlines():
        if not line.startswith("#"):
            group, _, here = line.split("\t")
            told.setdefault(group, []).extend(fold(here).split(";"))
    return {group: tuple(here) for group, here in told.items()}


@cache
def _together() -> re.Pattern[str]:
    """Terms of scripts without blanks, the longest first."""
    known = {
        term
        for here in terms().values()
        for term in here
        if re.fullmatch(f"[{_WITHOUT_BLANKS}]{{2,}}", term)
    }
    return re.compile("|".join(sorted(known, key=lambda term: (-len(term), term))))


@cache
def _parts(word: str) -> tuple[str, ...] | None:
    """The known words that ``word`` is written of, the longest first; None where it is not."""
    known = terms()["fused"]
    if word in known:
        return (word,)
    for end in range(len(word) - 1, 1, -1):
        if word[:end] in known and (rest := _parts(word[end:])) is not None:
            return (word[:end], *rest)
    return None


def _spaced(text: str) -> str:
    """Blanks where words or figures begin: birthDate, SSNLast4."""
    out = []
    for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False):
        begins = sign.isupper() and (before.islower() or (before.isupper() and after.islower()))
        counts = before.isalnum() and sign.isalnum() and before.isdigit() != sign.isdigit()
        out.append(f" {sign}" if begins or counts else sign)
    return "".join(out)


def spoken(header: str) -> str:
    """The words of a header: Geb.-Datum, Prénom, patdob and 出生日期 as they are looked for."""
    whole = _INITIALS.sub(lambda found: re.sub(r"[. ]", "", found[0]), _spaced(fold(header)))
    plain = re.sub(r"[^\w#']+|_+", " ", whole).casefold()
    if re.search(f"[{_WITHOUT_BLANKS}]", plain):
        plain = _together().sub(r" \g<0> ", plain)
    return " ".join(
        part
        for word in plain.split()
        for part in ((_parts(word) if word.isascii() else None) or (word,))
    )


def any_of(*words: str) -> str:
    """Any of the words, anywhere in a header; a blank may be missing."""
    return r"\b(" + "|".join(word.replace(" ", " ?") for word in words) + r")\b"


def only(*words: str) -> str:
    """The whole header."""
    return "^(" + "|".join(word.replace(" ", " ?") for word in words) + ")$"


def said_for(*groups: str) -> tuple[str, ...]:
    """Patterns of what terms.tsv has for the groups."""
    here = [term for group in groups for term in terms()[group]]
    anywhere = [term for term in here if not term.startswith("=")]
    whole = [term[1:] for term in here if term.startswith("=")]
    found = [any_of(*anywhere)] if anywhere else []
    return (*found, only(*whole)) if whole else tuple(found)


def pattern_of(*groups: str) -> re.Pattern[str]:
    """One pattern of all that the groups are called."""
    return re.compile("|".join(said_for(*groups)))
