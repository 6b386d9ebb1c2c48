"""Digits of every script as 0 to 9: ١٩٦٠, १९६० and １９６０ are 1960 to whatever looks at a value.

Guarantees: every decimal digit of Unicode is read; where the digits of a full width are, so are the
signs that dates and telephones are written with. A table without any is left as it is.
"""  # noqa: RUF002 - digits of other scripts

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDE: Final = "／－．，：（）＋＠　"  # noqa: RUF001 - signs of a full width
_NARROW: Final = "/-.,:()+@ "


@cache
def _by_digit() -> tuple[str, ...]:
    """For 0 to 9 the signs that are that digit in another script."""
    signs = [""] * 10
    for sign in map(chr, range(0x80, sys.maxunicode + 1)):
        if sign.isdecimal():
            signs[unicodedata.decimal(sign)] += sign
    return tuple(signs)


def ascii_digits(
    con: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation, table: str
) -> duckdb.DuckDBPyRelation:
    """``rows``, every column of which is text, with ASCII digits. Makes ``table`` where some are
    others: what a column holds is looked at many times."""
    wanted = _holding(rows)
    if not wanted:
        return rows
    rows.select(
        *(
            (_read(column) if column in wanted else ColumnExpression(column)).alias(column)
            for column in rows.columns
        )
    ).create(table)
    return con.table(table)


def _holding(rows: duckdb.DuckDBPyRelation) -> Sequence[str]:
    """The columns that hold digits of another script."""
    signs = ConstantExpression("[" + "".join(_by_digit()) + "]")
    held = rows.aggregate(
        [
            FunctionExpression(
                "bool_or", FunctionExpression("regexp_matches", ColumnExpression(column), signs)
            ).alias(f"c{number}")
            for number, column in enumerate(rows.columns)
        ]
    ).fetchall()[0]
    return [column for column, holds in zip(rows.columns, held, strict=True) if holds]


def _read(column: str) -> duckdb.Expression:
    # One pass for each digit: translate() makes a map of all 650 signs anew in every row.
    text: duckdb.Expression = ColumnExpression(column)
    for digit, signs in enumerate(_by_digit()):
        text = FunctionExpression(
            "regexp_replace",
            text,
            ConstantExpression(f"[{signs}]"),
            ConstantExpression(str(digit)),
            ConstantExpression("g"),
        )
    return FunctionExpression(
        "translate", text, ConstantExpression(_WIDE), ConstantExpression(_NARROW)
    )
