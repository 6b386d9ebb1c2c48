"""What a table did not tell, or told in vain, and what to do about it.

Guarantees: a note names columns, fields and counts, never a value; tables of which one has nothing
that a row of another could be known by are refused before any work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duckdb import ColumnExpression, FunctionExpression

from resolution.tables.content import BIRTHS, NAMES, dated, of_an_event
from resolution.tables.errors import BadTable
from resolution.tables.headers import Field
from resolution.tables.placeholders import MACROS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from resolution.tables.columns import Recognised
    from resolution.tables.records import Source

LEAST_READ: Final = 0.5
"""Of a column's values: of fewer a note is made."""
MOST_COLUMNS: Final = 8
"""That a note names."""

_READ_AS: Final = {
    Field.BIRTH_DATE: "birth_year",
    Field.BIRTH_YEAR: "birth_year",
    Field.AGE: "age_low_years",
    Field.OBSERVED_ON: "told_day",
    Field.SEX: "sex",
    Field.PHONE: "phones",
    Field.EMAIL: "emails",
    Field.ZIP: "zip",
    Field.STRONG_ID: "strong_id",
}
_EXPECTED: Final = {
    Field.BIRTH_DATE: "dates such as 1980-12-31 or 31.12.1980",
    Field.BIRTH_YEAR: "years such as 1980",
    Field.AGE: "years from 0 to 120",
    Field.OBSERVED_ON: "dates such as 2020-12-31, or years",
    Field.SEX: "two codes such as F and M",
    Field.PHONE: "numbers of seven or more digits",
    Field.EMAIL: "e-mail addresses",
    Field.ZIP: "ZIP or postal codes",
    Field.STRONG_ID: "letters or digits",
}
_PLACEHOLDERS: Final = {
    Field.PHONE: "digits all alike or in order",
    Field.EMAIL: "words such as none or noemail",
    Field.STRONG_ID: "signs all alike or in order, or words such as pending",
}
_GROUPS: Final = (
    frozenset({*NAMES, Field.ALIAS}),
    frozenset({*BIRTHS, Field.AGE}),
    frozenset({Field.PHONE}),
    frozenset({Field.EMAIL, Field.HANDLE}),
    frozenset({Field.PLATE}),
    frozenset({Field.STREET}),
    frozenset({Field.CITY}),
    frozenset({Field.ZIP}),
    frozenset({Field.STRONG_ID}),
)
"""Fields of a group are compared with one another. Sex alone says nothing of who it is."""
_KNOWN_BY: Final = _GROUPS[0] | {Field.STRONG_ID, Field.PHONE, Field.EMAIL, Field.HANDLE}
"""Without one of these no row is linked: a birthday and a street are a household's."""


def notes_on(
    table: duckdb.DuckDBPyRelation,
    written: duckdb.DuckDBPyRelation,
    typed: duckdb.DuckDBPyRelation,
    recognised: Recognised,
    named: frozenset[Field],
) -> tuple[str, ...]:
    """``written``, ``typed``: the rows as they are before and after ``records.sql``; ``named``:
    fields of ``recognised`` that the user named."""
    fields = recognised.fields
    nothing = _nothing(written, [field for field in MACROS if field in fields])
    notes = [
        f"{field} is {fields[field]}: {rows:,} of its values ({different:,} different) stand for "
        f"nothing ({_PLACEHOLDERS[field]}) and are not used"
        for field, (rows, different) in nothing.items()
    ]
    notes += _unread(
        written, typed, recognised, named, {f: rows for f, (rows, _) in nothing.items()}
    )
    lettered = [
        column
        for column, seen in recognised.unused.items()
        if sum(any(map(str.isalpha, value)) for value in seen.some) >= 0.5 * len(seen.some)
    ]
    if not fields.keys() & (NAMES | {Field.ALIAS}):
        notes.append("no column was recognised as a name" + _which(lettered, Field.FULL_NAME))
    if not fields.keys() & (BIRTHS | {Field.AGE}):
        days = {
            column: dates
            for column, (dates, _) in dated(table, recognised.unused).items()
            if dates.counted is None and not of_an_event(column)
        }
        if days:
            bare = next(iter(days.values())).share < LEAST_READ
            notes.append(
                "no column was recognised as a date of birth"
                + _which(list(days), Field.BIRTH_YEAR if bare else Field.BIRTH_DATE)
            )
    if Field.AGE in fields and not fields.keys() & (BIRTHS | {Field.OBSERVED_ON}):
        notes.append(
            "ages are compared as if all were of one day; if a column has the day or year that "
            "they are of, name it: --column observed_on=..."
        )
    return tuple(notes)


def _which(columns: Sequence[str], field: Field) -> str:
    if not columns:
        return ""
    rest = "" if len(columns) <= MOST_COLUMNS else f" and {len(columns) - MOST_COLUMNS} more"
    return (
        f"; not used: {', '.join(columns[:MOST_COLUMNS])}{rest}. If one is it, name it, for "
        f"example --column {field}={columns[0]}"
    )


def _unread(
    written: duckdb.DuckDBPyRelation,
    typed: duckdb.DuckDBPyRelation,
    recognised: Recognised,
    named: frozenset[Field],
    nothing: Mapping[Field, int],
) -> list[str]:
    """``nothing``: how many values of a field stand for nothing; nobody expects them to be read."""
    fields = recognised.fields
    told = _counts(written, [field.value for field in fields])
    read = _counts(typed, sorted({_READ_AS[field] for field in fields if field in _READ_AS}))
    notes = []
    for field, column in fields.items():
        said = told[field.value]
        if not said:
            if field in named:
                notes.append(f"--column {field}={column}: the column says nothing in any row")
            continue
        said -= nothing.get(field, 0)
        understood = min(read[_READ_AS[field]], said) if field in _READ_AS else said
        if understood < LEAST_READ * said:
            notes.append(
                f"{field} is {column}, but {understood or 'none'} of its {said:,} values could be "
                f"read; expected {_EXPECTED[field]}. If it is another column, name it: "
                f"--column {field}=..."
            )
    return notes


def _nothing(
    written: duckdb.DuckDBPyRelation, fields: Sequence[Field]
) -> dict[Field, tuple[int, int]]:
    """Of the fields that hold values that stand for nothing: how many, and how many different."""
    found = {}
    for field in fields:
        value = ColumnExpression(field.value)
        idle = written.filter(FunctionExpression(MACROS[field], value)).select(value.alias("v"))
        [(rows, different)] = idle.aggregate("count(v), count(DISTINCT v)").fetchall()
        if rows:
            found[field] = (int(rows), int(different))
    return found


def _counts(rows: duckdb.DuckDBPyRelation, columns: Sequence[str]) -> dict[str, int]:
    if not columns:
        return {}
    counts = [FunctionExpression("count", ColumnExpression(c)).alias(c) for c in columns]
    return dict(zip(columns, rows.aggregate(counts).fetchall()[0], strict=True))


def check_common(sources: Sequence[Source]) -> None:
    """Raises BadTable where a table, of several, has nothing to be compared with another by."""
    for source in sources if len(sources) > 1 else ():
        here = source.columns.keys()
        others = {field for other in sources if other is not source for field in other.columns}
        if not here & _KNOWN_BY:
            trouble = (
                "no column was recognised as a name, telephone, e-mail address or identifier of "
                "a person, so that none of its rows could be linked"
            )
        elif not any(group & here and group & others for group in _GROUPS):
            trouble = "has no field that another table has, so that nothing could be compared"
        else:
            continue
        taken = ", ".join(f"{field} is {column}" for field, column in source.columns.items())
        raise BadTable(
            f"{source.name}: {trouble}. Recognised: {taken}. Its columns are: "
            f"{', '.join(source.headers)}. Say which is which, for example "
            f"--column full_name={source.headers[0]}"
        )
