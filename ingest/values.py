"""Written values to typed ones, as SQL expressions over framed text.

Guarantees: every declared column comes out with its declared type, null where it is blank or wrong;
the first thing that is wrong with a row is named by field and reason, never by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from ingest.contracts.feeds import ColumnContract, FileContract, Kind, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def checked_columns(contract: FileContract, present: Sequence[str]) -> list[Expression]:
    """Every declared column of the file, then ``__field`` and ``__reason`` of what is wrong first.

    ``present`` are the columns that the framed file has; the others are null.
    """
    typed: list[Expression] = []
    tests: list[tuple[Expression, str, str]] = []
    for name, column in contract.columns.items():
        kind = duckdb.type(column_type(column))
        if name not in present:
            typed.append(ConstantExpression(None).cast(kind).alias(name))
            continue
        value = typed_column(name, column)
        typed.append(value.alias(name))
        stays = _stays(contract, name, present)
        tests.extend(
            (test if stays is None else stays & test, name, reason)
            for test, reason in _tests(name, column, value)
        )
    return [*typed, _first(tests, 1).alias("__field"), _first(tests, 2).alias("__reason")]


def typed_column(name: str, column: ColumnContract) -> Expression:
    """A column of framed text as its declared type; null where it is blank or wrong."""
    return _typed(name, column).cast(duckdb.type(column_type(column)))


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
    kept = _typed(withdrawal.column, contract.columns[withdrawal.column])
    leaves = _takes_back(kept, withdrawal)
    return CaseExpression(leaves, ConstantExpression(False)).otherwise(ConstantExpression(True))


def column_type(column: ColumnContract) -> str:
    return TYPES.get(column.kind, "VARCHAR")


def _recorded(name: str, column: ColumnContract) -> Expression:
    """What is written, null where that is one of the contract's words for not recorded."""
    raw = ColumnExpression(name)
    if not column.blank:
        return raw
    words = [ConstantExpression(" ".join(word.split()).upper()) for word in column.blank]
    is_blank = FunctionExpression("as_upper", raw).isin(*words)
    nothing = ConstantExpression(None).cast(duckdb.type("VARCHAR"))
    return CaseExpression(is_blank, nothing).otherwise(raw)


def _typed(name: str, column: ColumnContract) -> Expression:
    raw = _recorded(name, column)
    allowed = column.allowed()
    if allowed is None:
        return FunctionExpression(f"as_{column.kind.value}", raw)
    position = _position(raw, allowed)
    kept = FunctionExpression("list_value", *(ConstantExpression(v) for v in allowed.values()))
    return FunctionExpression(
        "nullif", FunctionExpression("list_extract", kept, position), ConstantExpression("")
    )


def _position(raw: Expression, allowed: dict[str, str]) -> Expression:
    written = FunctionExpression(
        "list_value", *(ConstantExpression(" ".join(v.split()).upper()) for v in allowed)
    )
    return FunctionExpression("list_position", written, FunctionExpression("as_upper", raw))


def _tests(name: str, column: ColumnContract, value: Expression) -> list[tuple[Expression, str]]:
    """What makes a value wrong, with what to say; the first that holds is said."""
    raw = _recorded(name, column)
    written = FunctionExpression("clean", raw).isnotnull()
    allowed = column.allowed()
    tests: list[tuple[Expression, str]] = []
    if column.required:
        tests.append((FunctionExpression("clean", raw).isnull(), "is blank, expected a value"))
    if allowed is not None:
        known = (
            f"one of the {len(allowed)} codes of {column.codes}"
            if column.codes
            else ("one of the words of the contract")
        )
        tests.append((written & _position(raw, allowed).isnull(), f"is not {known}"))
    elif column.kind in EXPECTED and column.kind not in (Kind.LIST, Kind.NAMES):
        tests.append((written & value.isnull(), f"is not {EXPECTED[column.kind]}"))
    elif column.kind is Kind.LIST:
        is_list = FunctionExpression("only_array", raw)
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
