"""Which columns hold people's names, where no header tells: whole names, or their parts.

Guarantees: a part of a name is only taken where most rows hold one that the public lists know;
columns that headers tell apart from names are not asked about.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from duckdb import ColumnExpression, FunctionExpression

from resolution.lists import public_lists
from resolution.tables.headers import Field, said_by

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb

    from ingest.proposal.profile import Profile

LISTED: Final = 0.6
"""Of the rows of a column of given names or surnames, how many hold one that is listed."""
ALSO_SURNAMES: Final = 0.1
"""In a column of given names, by how much more of the rows may hold a listed surname."""
OFTEN: Final = 500
"""The most frequent values tell of most rows, and slips are not among them."""
LEAST_PARTS: Final = 20
"""Different values of a part of a name."""

_WORD: Final = r"[^\W\d_][^\W\d_'’.\-]*"  # noqa: RUF001 - as names are written
_PART: Final = re.compile(rf"{_WORD}(?: {_WORD})?")
_WHOLE: Final = re.compile(rf"{_WORD}(?:,? {_WORD}){{1,3}}\.?|[\u4e00-\u9fff]{{2,4}}")
_STREET: Final = re.compile(
    r".* (street|st|road|rd|avenue|ave|place|pl|close|crescent|cres|circuit|court|ct|drive|dr|lane|"
    r"ln|way|terrace|parade|boulevard|blvd|highway|hwy|square|trail|grove|gardens|row|hill)\.?",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"\b(id|ids|key|no|nr|num|number|index|case|record|rec|account|acct|fax|docket|invoice|order|"
    r"amount|price|cost|total|count|score|code|seq|version|hash)\b"
)


def share_of(seen: Profile, pattern: re.Pattern[str]) -> float:
    """The share of the different values that fit, 0 to 1."""
    values = [value.removesuffix(".0") for value in seen.some]
    return sum(bool(pattern.fullmatch(v)) for v in values) / len(values) if values else 0.0


def is_number(column: str) -> bool:
    """Whether the header speaks of a number or a sum."""
    return bool(_NUMBERED.search(said_by(column)))


def whole_names(columns: Mapping[str, Profile]) -> str | None:
    """The column of most different whole names; None where none is."""
    fitting = []
    for column, seen in columns.items():
        if seen.values < 3 or share_of(seen, _WHOLE) < 0.8 or share_of(seen, _STREET) >= 0.5:
            continue
        given = public_lists().given_name
        listed = sum(
            any(word.strip(".,") in given for word in value.casefold().split())
            for value in seen.some
        ) / len(seen.some)
        if seen.values >= (0.1 if listed >= 0.5 else 0.4) * seen.sound:
            fitting.append((seen.values, column))
    return max(fitting)[1] if fitting else None


def parts_of_names(
    table: duckdb.DuckDBPyRelation,
    columns: Mapping[str, Profile],
    wanted: Collection[Field],
) -> dict[Field, str]:
    """Field to column for the parts ``wanted`` (given name, surname) that are found."""
    lists = {
        Field.GIVEN_NAME: public_lists().given_name,
        Field.SURNAME: public_lists().surname,
    }
    listed: list[tuple[float, Field, str]] = []
    for column, seen in columns.items():
        if seen.values >= LEAST_PARTS and share_of(seen, _PART) >= 0.9 and not is_number(column):
            often = _often(table, column)
            shares = {
                field: sum(rows for value, rows in often.items() if value in known)
                / sum(often.values())
                for field, known in lists.items()
            }
            # Most given names are surnames, too, and hardly any surname is a given name.
            given = shares[Field.GIVEN_NAME] >= shares[Field.SURNAME] - ALSO_SURNAMES
            likelier = Field.GIVEN_NAME if given else Field.SURNAME
            if shares[likelier] >= LISTED and likelier in wanted:
                listed.append((shares[likelier], likelier, column))
    found: dict[Field, str] = {}
    for _, field, column in sorted(listed, key=lambda one: -one[0]):
        found.setdefault(field, column)
    return found


def _often(table: duckdb.DuckDBPyRelation, column: str) -> dict[str, int]:
    """The most frequent values, in small letters, with their rows."""
    value = FunctionExpression("lower", FunctionExpression("trim", ColumnExpression(column)))
    counted = table.select(value.alias("v")).filter("v <> ''").aggregate("v, count(*) AS n")
    return dict(counted.order("n DESC, v").limit(OFTEN).fetchall())
