"""The split into views: every table as one view may match and show it.

Guarantees: ``shown_dir`` and ``match_dir`` are functions of the rows that are in the view, the
policy and the view's key, byte for byte; keys are the view's; what points to a row that is not in
the view is null; ``delivery`` and ``source_line`` are null.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final

import duckdb

from ingest.contracts.tables import BY_NAME, PERSON_RECORD, TABLES
from resolution.contracts import MATCHED
from runs.duck import connect
from runs.schema import empty, write_table
from sharing.admission import OWNERS, RETENTION_DATES, TARGETS, Admission, by_feed
from sharing.masks import IS_PROTECTED, encrypted, mask_key, masked, register
from sharing.rules import Show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from runs.schema import Table
    from sharing.policy import Grant, Policy

E = duckdb.ColumnExpression
Value = duckdb.ConstantExpression

PROTECTED_KEY: Final = "protected_key"
OF_PROTECTED: Final = frozenset({"contact_point", "missing_episode", "placement", "enrolment"})

SHARED_KEYS: Final = frozenset({"incident", "location", "event", "agency"})
"""Tables in which rows of several feeds may carry one key, being about one thing. A view holds the
fullest of those that are in it; it is chosen here because which of them are differs by view."""
OWN_KEY: Final = "own_key"
FILLED: Final = "filled"
RANK: Final = "rank_of_key"
PLACE: Final = "row_number() OVER (PARTITION BY own_key ORDER BY filled DESC, feed, agency_id)"


@dataclass(frozen=True, slots=True)
class Projected:
    """A view's rows: how many are shown, by table, and the last day on which all may be kept (None
    where there are none). The day is that of a row, which a mask may hide: it is for no view."""

    rows: dict[str, int]
    kept_until: date | None


def project_view(
    records_dir: Path,
    policy: Policy,
    view: str,
    view_key: bytes,
    match_dir: Path,
    shown_dir: Path,
    scratch: Path,
    progress: Callable[[str], None],
) -> Projected:
    """Write every table below ``shown_dir``, and those of MATCHED below ``match_dir``.

    ``records_dir`` holds the tables of ingest.contracts.tables; an absent one is empty.
    ``view_key``: 32 bytes (runs.home.Home.view_key).
    Raises UnknownView, and runs.errors.SchemaMismatch where a table is not as declared.
    """
    policy.view(view)
    with connect(scratch) as con:
        register(con, view_key)
        admission = Admission(con, records_dir, policy, view)
        counts = {
            table.name: write_table(
                _projected(con, admission, table, lambda grant: grant.show), table, shown_dir
            )
            for table in TABLES
        }
        for table in MATCHED:
            matched = _projected(con, admission, table, lambda grant: grant.match)
            write_table(matched, table, match_dir)
        kept_until = admission.kept_until()
    progress(
        f"{view}: {counts['person_record']:,} records of persons and "
        f"{counts['incident']:,} incidents from {len(policy.feeds_of(view))} feeds"
    )
    return Projected(counts, kept_until)


def _projected(
    con: duckdb.DuckDBPyConnection,
    admission: Admission,
    table: Table,
    half: Callable[[Grant], Mapping[str, Show]],
) -> duckdb.DuckDBPyRelation:
    if not admission.grants(table):
        return empty(con, table)
    rows = _masked_rows(admission, table, half)
    return _one_each(rows, table) if table.name in SHARED_KEYS else rows


def _one_each(rows: duckdb.DuckDBPyRelation, table: Table) -> duckdb.DuckDBPyRelation:
    filled = reduce(
        lambda one, other: one + other,
        (E(name).isnotnull().cast(duckdb.type("INTEGER")) for name in table.column_names),
    )
    ranked = rows.select(
        duckdb.StarExpression(),
        E(table.columns[0].name).alias(OWN_KEY),
        filled.alias(FILLED),
    ).select(duckdb.StarExpression(), duckdb.SQLExpression(PLACE).alias(RANK))
    return ranked.filter(E(RANK) == Value(1)).select(
        duckdb.StarExpression(exclude=[OWN_KEY, FILLED, RANK])
    )


def _masked_rows(
    admission: Admission, table: Table, half: Callable[[Grant], Mapping[str, Show]]
) -> duckdb.DuckDBPyRelation:
    grants = admission.grants(table)
    rows = admission.rows(table)
    if table.name in OF_PROTECTED:
        rows = _with_protected(admission, rows)
    if table.name == "contact_point":
        rows = rows.filter(~(E(IS_PROTECTED) & (E("kind") == Value("address"))))
    selected: list[duckdb.Expression] = []
    own = table.columns[0]
    for column in table:
        name = column.name
        if column.key_of is not None:
            target = TARGETS.get(column.key_of)
            source = name
            if column is not own and target and name not in OWNERS.get(table.name, ()):
                source = f"{name}_inside"
                inside = admission.keys(target, source).set_alias(source)
                rows = rows.join(inside, E(name) == E(source), how="left")
            value = encrypted(E(source))
        elif name in {"delivery", "source_line"}:
            value = Value(None).cast(duckdb.type(column.type))
        elif name in {"feed", "agency_id"}:
            value = E(name)
        elif name == "retain_until":
            value = by_feed((g.feed, _retain_until(admission, g, half)) for g in grants)
        elif name == "legal_basis":
            value = by_feed((g.feed, Value(g.legal_basis)) for g in grants)
        elif len({mask_key(table, column, half(g)) for g in grants}) == 1:
            value = masked(table, column, half(grants[0]))
        else:
            value = by_feed((g.feed, masked(table, column, half(g))) for g in grants)
        selected.append(value.alias(name))
    return rows.select(*selected)


def _retain_until(
    admission: Admission, grant: Grant, half: Callable[[Grant], Mapping[str, Show]]
) -> duckdb.Expression:
    """The last day; the last of its year where it would tell a day that is not shown."""
    masks = [half(grant).get(name) for name in RETENTION_DATES.get(grant.table, ())]
    if "incident_key" in BY_NAME[grant.table].column_names:
        incidents = {g.feed: half(g) for g in admission.grants(BY_NAME["incident"])}
        shown = incidents.get(grant.feed, {})
        masks += [shown.get(name) for name in RETENTION_DATES["incident"]]
    if all(mask is Show.CLEAR for mask in masks):
        return E("retain_until")
    year = duckdb.FunctionExpression("year", E("retain_until"))
    return duckdb.FunctionExpression("make_date", year, Value(12), Value(31))


def _with_protected(admission: Admission, rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Add whether the row's person, by a record in the view, has a protected address."""
    protected = (
        admission.rows(PERSON_RECORD)
        .filter(E("household_protected"))
        .select(E("record_key").alias(PROTECTED_KEY))
        .distinct()
        .set_alias("protected")
    )
    return rows.join(protected, E("record_key") == E(PROTECTED_KEY), how="left").select(
        duckdb.StarExpression(exclude=[PROTECTED_KEY]),
        E(PROTECTED_KEY).isnotnull().alias(IS_PROTECTED),
    )
