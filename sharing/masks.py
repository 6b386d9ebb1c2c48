"""Masked values: what is left of a row's columns under a grant's masks.

Guarantees: each output value depends on the row's own values, its grant, the view's key, and on
which rows are in the view; an address marked protected leaves no trace in any half of any view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb.func import ARROW, SPECIAL

from runs.keys import to_view, token
from sharing.rules import AGE_BANDS, AGES, BIRTHS, PLACES, TOKEN_DOMAINS, Show, is_locality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runs.schema import Column, Table

E = duckdb.ColumnExpression
Value = duckdb.ConstantExpression
Call = duckdb.FunctionExpression

IS_PROTECTED: Final = "is_protected"
"""Column that the projection joins: the row's person has a protected address."""

_VIEW_KEY_OF: Final = "view_key_of"
_TOKEN_OF: Final = "token_of"  # noqa: S105 - a function's name
_TOKENS_OF: Final = "tokens_of"


def register(con: duckdb.DuckDBPyConnection, view_key: bytes) -> None:
    """Give the connection the functions that encrypt keys and make tokens of this view."""

    def view_key_of(keys: pa.Array) -> pa.Array:
        return pa.array(to_view(keys.to_pylist(), view_key), pa.string())

    def token_of(domains: pa.Array, values: pa.Array) -> pa.Array:
        pairs = zip(domains.to_pylist(), values.to_pylist(), strict=True)
        made = [None if v is None else token(view_key, d or "", v) for d, v in pairs]
        return pa.array(made, pa.string())

    def tokens_of(domains: pa.Array, values: pa.Array) -> pa.Array:
        pairs = zip(domains.to_pylist(), values.to_pylist(), strict=True)
        made = [
            None if vs is None else sorted(token(view_key, d or "", v) for v in vs if v is not None)
            for d, vs in pairs
        ]
        return pa.array(made, pa.list_(pa.string()))

    text, texts = duckdb.type("VARCHAR"), duckdb.type("VARCHAR[]")

    def give(name: str, function: Callable[..., Any], takes: list[Any], gives: Any) -> None:
        con.create_function(name, function, takes, gives, type=ARROW, null_handling=SPECIAL)

    give(_VIEW_KEY_OF, view_key_of, [text], text)
    give(_TOKEN_OF, token_of, [text, text], text)
    give(_TOKENS_OF, tokens_of, [text, texts], texts)


def encrypted(key: duckdb.Expression) -> duckdb.Expression:
    return Call(_VIEW_KEY_OF, key)


def mask_key(table: Table, column: Column, masks: Mapping[str, Show]) -> tuple[Show | None, ...]:
    """Equal keys mean that ``masked`` does the same."""
    sources = [column.name]
    if table.name == "person_record" and (column.name == "birth_year" or column.name in AGES):
        sources += sorted(BIRTHS)
    if column.name == "locality_id":
        sources += sorted(PLACES)
    return tuple(masks.get(name) for name in sources)


def masked(table: Table, column: Column, masks: Mapping[str, Show]) -> duckdb.Expression:
    """The column's value under the table's masks, of the column's declared type."""
    if table.name == "person_record" and column.name == "birth_year":
        value = _birth_year(masks)
    elif table.name == "person_record" and column.name in AGES:
        value = _age(column.name, masks)
    else:
        value = _value(table, column, masks)
    return _unless_protected(table, column, value).cast(duckdb.type(column.type))


def _value(table: Table, column: Column, masks: Mapping[str, Show]) -> duckdb.Expression:
    mask = masks[column.name]
    # A place shown as its county is shown by the row's locality.
    if column.name == "locality_id" and any(masks.get(place) is Show.COUNTY for place in PLACES):
        mask = Show.CLEAR
    match mask:
        case Show.CLEAR:
            return E(column.name)
        case Show.COUNTY:
            return E(column.name) if is_locality(column) else Value(None)
        case Show.YEAR if column.name != "birth_date":
            return Call("date_trunc", Value("year"), E(column.name))
        case Show.AGE_BAND if column.name == "age_at_entry_years":
            return _band(E(column.name), end=0)
        case Show.TOKEN:
            domain = (
                E("kind")
                if table.name == "contact_point"
                else Value(TOKEN_DOMAINS.get(column.name, column.name))
            )
            function = _TOKENS_OF if column.type.endswith("[]") else _TOKEN_OF
            return Call(function, domain, E(column.name))
        case _:
            return Value(None)


def _birth_year(masks: Mapping[str, Show]) -> duckdb.Expression:
    sources: list[duckdb.Expression] = []
    if masks["birth_year"] is Show.CLEAR:
        sources.append(E("birth_year"))
    if masks["birth_date"] is Show.YEAR:
        sources.append(Call("year", E("birth_date")))
    return duckdb.CoalesceOperator(*sources, Value(None))


def _age(name: str, masks: Mapping[str, Show]) -> duckdb.Expression:
    """The age, or the band's end where the age or the birth is shown as its band."""
    end = 0 if name == "age_low_years" else 1
    recorded = (
        E(name) if end == 0 else duckdb.CoalesceOperator(E("age_high_years"), E("age_low_years"))
    )
    sources: list[duckdb.Expression] = []
    if masks[name] is Show.CLEAR:
        sources.append(E(name))
    elif masks[name] is Show.AGE_BAND:
        sources.append(_band(recorded, end))
    if masks["birth_date"] is Show.AGE_BAND:
        years = Call("date_sub", Value("year"), E("birth_date"), E("observed_on"))
        sources.append(_band(years, end))
    if masks["birth_year"] is Show.AGE_BAND:
        # A year of birth leaves two ages possible: before and after the birthday.
        years = Call("year", E("observed_on")) - E("birth_year")
        before = duckdb.CaseExpression(years > Value(0), years - Value(1)).otherwise(years)
        sources.append(_band(before if end == 0 else years, end))
    return duckdb.CoalesceOperator(*sources, Value(None))


def _band(age: duckdb.Expression, end: int) -> duckdb.Expression:
    """First (end 0) or last (end 1) year of the age's band; null for no or an impossible age."""
    cases = duckdb.CaseExpression(age < Value(0), Value(None))
    for band in reversed(AGE_BANDS):
        cases = cases.when(age >= Value(band[0]), Value(band[end]))
    return cases.otherwise(Value(None))


def _unless_protected(table: Table, column: Column, value: duckdb.Expression) -> duckdb.Expression:
    hidden: duckdb.Expression | None = None
    if table.name == "person_record" and (column.name in PLACES or column.name == "locality_id"):
        hidden = E("household_protected")
    elif table.name == "missing_episode" and column.name == "residence_locality_id":
        hidden = E(IS_PROTECTED)
    elif table.name == "placement" and column.name == "facility":
        # The name of a shelter is its address.
        hidden = E(IS_PROTECTED) | (E("kind") == Value("shelter"))
    elif column.name == "locality_id" and table.name in {"placement", "enrolment"}:
        hidden = E(IS_PROTECTED)
    elif table.name == "enrolment" and column.name == "school":
        # Children live near their school.
        hidden = E(IS_PROTECTED)
    elif table.name == "service" and (
        column.name in PLACES or column.name in {"name", "locality_id"}
    ):
        hidden = E("confidential")
    if hidden is None:
        return value
    return duckdb.CaseExpression(hidden, Value(None)).otherwise(value)
