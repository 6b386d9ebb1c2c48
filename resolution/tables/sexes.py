"""What a column's codes say of sex, in the languages that occur.

Guarantees: a code is read beside the others of its column: M is a man beside F and a woman beside
H. Two codes are never read as one sex. Of a code the first sign counts, so that slips are read.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import duckdb

# By the first sign, in capitals: weiblich, kvinna and kobieta, vrouw, žena, женщина, θήλυ; then
# homme and hombre, mand, мужчина, άρρεν. Digits as ISO/IEC 5218 has them.
_WOMEN: Final = frozenset({*"FW2女ЖŽΘ여أا"})  # noqa: RUF001 - letters of other alphabets
_MEN: Final = frozenset({*"M1男МΑ남ذ"})  # noqa: RUF001 - letters of other alphabets
_NEITHER: Final = frozenset("XD")
_BESIDE: Final = (
    ("K", "M"), ("K", "V"), ("K", "E"), ("V", "M"), ("P", "L"), ("N", "M"), ("F", "H"), ("F", "V"),
    ("F", "B"), ("M", "H"), ("N", "F"), ("0", "1"),
)  # fmt: skip
"""Woman and man, where the column has these two: kvinna, man; vrouw, man; femme, homme; mujer,
hombre; nő, férfi. The first that fits."""
MOSTLY: Final = 0.8
"""Of the different values of a column of sexes, begin with the sign of one."""
LEAST_SHARE: Final = 0.1
"""Of the rows, each of the two: a slip or an unknown is no sex."""

CODES: Final = (
    ("F", "M"), ("K", "M"), ("K", "V"), ("V", "M"), ("F", "H"), ("W", "M"), ("女", "男"),
    ("Ж", "М"),  # noqa: RUF001 - letters of another alphabet
    ("FEMALE", "MALE"), ("WOMAN", "MAN"), ("FEMME", "HOMME"), ("MUJER", "HOMBRE"),
    ("FEMENINO", "MASCULINO"), ("FEMININO", "MASCULINO"), ("FEMMINA", "MASCHIO"),
    ("WEIBLICH", "MÄNNLICH"), ("FRAU", "MANN"), ("VROUW", "MAN"), ("KVINNA", "MAN"),
    ("KVINDE", "MAND"), ("KVINNE", "MANN"), ("KOBIETA", "MĘŻCZYZNA"), ("女性", "男性"),
    ("NỮ", "NAM"),
)  # fmt: skip
"""Woman and man as a column writes them that says of itself nothing: no other code is so clear."""
NUMBERS: Final = ("2", "1")
_BESIDES: Final = frozenset({"X", "U", "UNK", "UNKNOWN", "D", "N/A", "NA", "-", "?", "0", "9", ""})


# Both words of Vietnamese begin with one letter.
_SIGN: Final = """
CREATE OR REPLACE TEMP MACRO sex_sign(v) AS CASE upper(strip_accents(trim(v)))
    WHEN 'NAM' THEN 'M' WHEN 'NU' THEN 'W' ELSE upper(left(trim(v), 1)) END
"""


def install_sexes(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection what ``records.sql`` takes the sign of a value by."""
    con.execute(_SIGN)


def signs_of_sex(rows: dict[str, int]) -> tuple[list[str], list[str], list[str]]:
    """The signs that mean women, men, and neither. ``rows``: how many rows begin with each sign
    (in capitals)."""
    often = {sign for sign, count in rows.items() if count >= LEAST_SHARE * sum(rows.values())}
    women = {sign for sign in rows if sign in _WOMEN}
    men = {sign for sign in rows if sign in _MEN}
    # Two that the alphabet of most languages tells apart need no second look.
    if not (women & often and men & often):
        for woman, man in _BESIDE:
            if {woman, man} <= often:
                women, men = (women - {man}) | {woman}, (men - {woman}) | {man}
                break
    if "H" in rows and "H" not in women:
        men.add("H")
    return sorted(women), sorted(men), sorted(_NEITHER & rows.keys())


def are_sexes(codes: dict[str, int], pairs: Iterable[Collection[str]] = CODES) -> bool:
    """Whether a column holds two codes of ``pairs``, each often, and besides what is not known."""
    rows: dict[str, int] = {}
    for code, count in codes.items():
        written = unicodedata.normalize("NFC", code.strip().upper()).removesuffix(".0")
        rows[written] = rows.get(written, 0) + count
    return any(
        set(pair) <= rows.keys() <= set(pair) | _BESIDES
        and min(rows[code] for code in pair) >= 2 * LEAST_SHARE * sum(rows.values())
        for pair in pairs
    )


def begin_as_sexes(values: Collection[str]) -> bool:
    """Whether the different values of a column are those of two sexes, with slips: femaIe, mals."""
    first: dict[str, int] = {}
    for value in values:
        sign = value.strip()[:1].upper()
        first[sign] = first.get(sign, 0) + 1
    women, men, _ = signs_of_sex(first)
    shares = [sum(first[sign] for sign in signs) / len(values) for signs in (women, men)]
    return sum(shares) >= MOSTLY and min(shares) >= LEAST_SHARE
