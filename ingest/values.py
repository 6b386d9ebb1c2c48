"""Written values to typed ones, as SQL expressions over framed text.

Guarantees: every declared column comes out with its declared type, null where it is blank or wrong;
the first thing that is wrong with a row is named by field and reason, never by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from ingest.contracts.columns import ColumnContract, Kind
from ingest.contracts.feeds import FileContract, Withdrawal
from ingest.framing.rows import LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import Expression

TYPES: Final = {
    Kind.INTEGER: "BIGINT",
    Kind.DECIMAL: "DOUBLE",
    Kind.FLAG: "BOOLEAN",
    Kind.ISO_DATE: "DATE",
    Kind.US_DATE: "DATE",
    Kind.NIBRS_DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.LIST: "VARCHAR[]",
    Kind.NAMES: "VARCHAR[]",
}

EXPECTED: Final = {
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.FLAG: "yes or no",
    Kind.ISO_DATE: "a date YYYY-MM-DD",
    Kind.US_DATE: "a date MM/DD/YYYY",
    Kind.NIBRS_DATE: "a date DD-MON-YY or YYYY-MM-DD",
    Kind.ISO_DATE_OR_YEAR: "a date YYYY-MM-DD or a year",
    Kind.US_DATE_OR_YEAR: "a date MM/DD/YYYY or YYYY-MM-DD, or a year",
    Kind.TIMESTAMP: "a time YYYY-MM-DDTHH:MM:SS",
    Kind.AGE_RANGE: "an age or a range of ages",
    Kind.ORI: "an ORI of nine signs",
    Kind.ZIP: "a ZIP code",
    Kind.FIPS: "a FIPS code of five digits",
    Kind.LIST: "a list",
}


def cleaned_text(
    framed: duckdb.DuckDBPyRelation, contract: FileContract, present: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Framed text as ``checked`` takes it: LINE, and the columns that the file has, cleaned.

    ``ingest.framing.cleaning`` gives the same for rows that are framed in batches.
    """
    return framed.select(
        ColumnExpression(LINE),
        *(
            FunctionExpression(
                "squeezed" if is_squeezed(contract.columns[name]) else "clean",
                ColumnExpression(name),
            ).alias(name)
            for name in present
        ),
    )


def is_squeezed(column: ColumnContract) -> bool:
    """Whether a run of blanks inside a value is as good as one."""
    return column.allowed() is not None or column.kind in (Kind.UPPER, Kind.LOCALITY)


def checked(
    text: duckdb.DuckDBPyRelation,
    contract: FileContract,
    present: Sequence[str],
    meta: Sequence[Expression],
) -> duckdb.DuckDBPyRelation:
    """``meta``, every declared column, then ``__field`` and ``__reason`` of what is wrong first.

    ``text`` holds the cleaned values of the columns ``present``; the others come out null.
    """
    # In two steps, so that no value is typed again for each of its tests.
    typed: list[Expression] = [*meta]
    for name in present:
        column = contract.columns[name]
        typed.append(_recorded(name, column).alias(_text(name)))
        if (allowed := column.allowed()) is not None:
            typed.append(_position(name, column, allowed).alias(_code(name)))
        else:
            kept = FunctionExpression(f"kept_{column.kind.value}", _recorded(name, column))
            typed.append(kept.cast(duckdb.type(column_type(column))).alias(name))
    tests: list[tuple[Expression, str, str]] = []
    values: list[Expression] = []
    for name, column in contract.columns.items():
        value = _value(name, column, present)
        values.append(value.alias(name))
        if name in present:
            stays = _stays(contract, name, present)
            tests.extend(
                (test if stays is None else stays & test, name, reason)
                for test, reason in _tests(name, column, value)
            )
    first = [_first(tests, 1).alias("__field"), _first(tests, 2).alias("__reason")]
    names = [ColumnExpression(one.get_name()) for one in meta]
    return text.select(*typed).select(*names, *values, *first)


def withdraws(withdrawal: Withdrawal) -> Expression:
    """Whether a row takes its record back."""
    return _takes_back(ColumnExpression(withdrawal.column), withdrawal)


def _takes_back(kept: Expression, withdrawal: Withdrawal) -> Expression:
    values = (ConstantExpression(value) for value in withdrawal.values)
    return kept.cast(duckdb.type("VARCHAR")).isin(*values)


def _stays(contract: FileContract, name: str, present: Sequence[str]) -> Expression | None:
    """When a column's value matters: a withdrawal needs a key and nothing else."""
    withdrawal = contract.withdrawn
    if withdrawal is None or withdrawal.column not in present:
        return None
    if name in (*contract.key, withdrawal.column):
        return None
    kept = _value(withdrawal.column, contract.columns[withdrawal.column], present)
    leaves = _takes_back(kept, withdrawal)
    return CaseExpression(leaves, ConstantExpression(False)).otherwise(ConstantExpression(True))


def column_type(column: ColumnContract) -> str:
    return TYPES.get(column.kind, "VARCHAR")


def _text(name: str) -> str:
    # No column is named so: names of columns have neither blanks nor bars.
    return f"{name}|text"


def _code(name: str) -> str:
    return f"{name}|code"


def _recorded(name: str, column: ColumnContract) -> Expression:
    """What is written, null where that is one of the contract's words for not recorded."""
    text = ColumnExpression(name)
    if not column.blank:
        return text
    words = [ConstantExpression(" ".join(word.split()).upper()) for word in column.blank]
    is_blank = FunctionExpression("as_upper", text).isin(*words)
    nothing = ConstantExpression(None).cast(duckdb.type("VARCHAR"))
    return CaseExpression(is_blank, nothing).otherwise(text)


def _position(name: str, column: ColumnContract, allowed: dict[str, str]) -> Expression:
    """Which of the allowed words is written, from 1; null where none is."""
    written = _texts(" ".join(word.split()).upper() for word in allowed)
    return FunctionExpression(
        "list_position", written, FunctionExpression("upper", _recorded(name, column))
    )


def _texts(texts: Iterable[str]) -> Expression:
    return FunctionExpression("list_value", *(ConstantExpression(text) for text in texts))


def _value(name: str, column: ColumnContract, present: Sequence[str]) -> Expression:
    """A column's kept value, over what the first step made."""
    if name not in present:
        return ConstantExpression(None).cast(duckdb.type(column_type(column)))
    allowed = column.allowed()
    if allowed is None:
        return ColumnExpression(name)
    kept = FunctionExpression(
        "list_extract", _texts(allowed.values()), ColumnExpression(_code(name))
    )
    value = FunctionExpression("nullif", kept, ConstantExpression(""))
    return value.cast(duckdb.type(column_type(column)))


def _tests(name: str, column: ColumnContract, value: Expression) -> list[tuple[Expression, str]]:
    """What makes a value wrong, with what to say; the first that holds is said."""
    text = ColumnExpression(_text(name))
    written = text.isnotnull()
    allowed = column.allowed()
    tests: list[tuple[Expression, str]] = []
    if column.required:
        tests.append((text.isnull(), "is blank, expected a value"))
    if allowed is not None:
        known = (
            f"one of the {len(allowed)} codes of {column.codes}"
            if column.codes
            else ("one of the words of the contract")
        )
        unknown = ColumnExpression(_code(name)).isnull()
        tests.append((written & unknown, f"is not {known}"))
    elif column.kind in EXPECTED and column.kind not in (Kind.LIST, Kind.NAMES):
        tests.append((written & value.isnull(), f"is not {EXPECTED[column.kind]}"))
    elif column.kind is Kind.LIST:
        is_list = FunctionExpression("only_array", text)
        tests.append((written & is_list.isnull(), f"is not {EXPECTED[column.kind]}"))
    if column.minimum is not None:
        tests.append((value < ConstantExpression(column.minimum), f"is below {column.minimum:g}"))
    if column.maximum is not None:
        tests.append((value > ConstantExpression(column.maximum), f"is above {column.maximum:g}"))
    return tests


def _first(tests: list[tuple[Expression, str, str]], said: int) -> Expression:
    nothing = ConstantExpression(None).cast(duckdb.type("VARCHAR"))
    if not tests:
        return nothing
    first, *rest = tests
    chain = CaseExpression(first[0], ConstantExpression(first[said]))
    for test in rest:
        chain = chain.when(test[0], ConstantExpression(test[said]))
    return chain.otherwise(nothing)
