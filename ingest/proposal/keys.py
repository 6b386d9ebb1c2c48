"""The likely key of a sampled file, and references between the sheets of a workbook.

Guarantees: a proposed key is unique and never blank over the whole sample; a proposed reference
leads to a row in every row of the sample.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from duckdb import ColumnExpression, FunctionExpression

from ingest.contracts.columns import Kind
from ingest.proposal.meaning import Meaning, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ingest.proposal.columns import ProposedColumn

_ID_WORDS: Final = frozenset(
    [
        "id",
        "no",
        "number",
        "num",
        "key",
        "case",
        "#",
        "item",
        "seq",
        "sequence",
        "line",
        "signal",
        "rec",
    ]
)
_MOST_PAIRED: Final = 6
NEARLY: Final = 0.9
_NEVER: Final = frozenset(
    {
        Meaning.SURNAME,
        Meaning.GIVEN_NAME,
        Meaning.MIDDLE_NAME,
        Meaning.FULL_NAME,
        Meaning.ALIASES,
        Meaning.PHONE,
        Meaning.EMAIL,
        Meaning.HANDLE,
        Meaning.PLATE,
        Meaning.ADDRESS,
        Meaning.BIRTH_DATE,
        Meaning.OBSERVED_ON,
        Meaning.DATE,
        Meaning.FREE_TEXT,
    }
)


def likely_key(rows: duckdb.DuckDBPyRelation, columns: Sequence[ProposedColumn]) -> tuple[str, ...]:
    """The columns whose values tell every row apart; empty where none do."""
    able = [
        column
        for column in columns
        if column.contract is not None
        and column.seen.never_blank
        and not column.seen.fillers
        and column.meaning not in _NEVER
        and column.kind not in (Kind.DECIMAL, Kind.TIMESTAMP, Kind.LIST)
        and column.contract.values is None
    ]
    able.sort(key=lambda column: not _sounds_like_one(column))
    for column in able:
        if _sounds_like_one(column) and _distinct(rows, [column.name]) == _count(rows):
            return (column.name,)
    paired = [column.name for column in able if _sounds_like_one(column)][:_MOST_PAIRED]
    for pair in combinations(paired, 2):
        if _distinct(rows, pair) == _count(rows):
            return pair
    for column in able:
        named = "name" in words_of(column.header).split()
        likely = column.seen.values >= NEARLY * column.seen.rows and not named
        if likely and _distinct(rows, [column.name]) == _count(rows):
            return (column.name,)
    return ()


def nearly_key(columns: Sequence[ProposedColumn]) -> ProposedColumn | None:
    """A column that would be the key if corrections of a row repeat its number."""
    able = [
        column
        for column in columns
        if column.contract is not None
        and column.seen.never_blank
        and _sounds_like_one(column)
        and column.meaning not in _NEVER
        and column.seen.values >= NEARLY * column.seen.rows
    ]
    return max(able, key=lambda column: column.seen.values, default=None)


def leads_there(
    rows: duckdb.DuckDBPyRelation, column: str, parent: duckdb.DuckDBPyRelation, to: str
) -> bool:
    """Whether every row of ``rows`` names a row of ``parent``."""
    ours = rows.select(_clean(column).alias("ref")).set_alias("ours")
    theirs = parent.select(_clean(to).alias("ref")).set_alias("theirs")
    return not ours.join(theirs, "ref", how="anti").limit(1).fetchall()


def _sounds_like_one(column: ProposedColumn) -> bool:
    words = set(words_of(column.header).split())
    return column.meaning is Meaning.CASE_NUMBER or bool(words & _ID_WORDS)


def _clean(column: str) -> duckdb.Expression:
    return FunctionExpression("clean", ColumnExpression(column))


def _count(rows: duckdb.DuckDBPyRelation) -> int:
    ((count,),) = rows.aggregate("count(*)").fetchall()
    return int(count)


def _distinct(rows: duckdb.DuckDBPyRelation, columns: Sequence[str]) -> int:
    return _count(rows.select(*(_clean(column).alias(column) for column in columns)).distinct())
