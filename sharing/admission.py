"""Which rows enter a view: those that the agreements let in, and that stand without hidden ones.

Guarantees: a row is in the view exactly when an agreement in effect covers its feed and table, its
own values meet the conditions, it may still be kept, the rows that it belongs to are in the view,
and the rows that ``only_with`` asks for are in the view. That set is the largest one of its kind,
so it does not change when any row outside it is added or removed.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import duckdb

from ingest.contracts.tables import BY_NAME, TABLES
from runs.schema import empty, read_table
from sharing.errors import PolicyRefused
from sharing.policy import joining_columns
from sharing.rules import Operator

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from runs.schema import Table
    from sharing.agreements import RowFilter
    from sharing.policy import Grant, Policy

E = duckdb.ColumnExpression
Value = duckdb.ConstantExpression

OWNERS: Final[dict[str, tuple[str, ...]]] = {
    "involvement": ("incident_key", "record_key"),
    "offense": ("incident_key",),
    "victim_offense": ("involvement_key", "offense_key", "incident_key"),
    "relationship": ("victim_involvement_key", "offender_involvement_key", "incident_key"),
    "arrest": ("record_key",),
    "missing_episode": ("record_key",),
    "placement": ("record_key",),
    "enrolment": ("record_key",),
    "absence": ("record_key",),
    "court_charge": ("record_key",),
    "court_order": ("petitioner_key", "respondent_key", "child_key"),
    "medical_visit": ("record_key",),
    "referral": ("record_key",),
    "contact_point": ("record_key",),
}
"""References whose target must be in the view, or the row is not: a row about a hidden person or a
part of a hidden incident would disclose it. Other references to hidden rows become null."""

TARGETS: Final = {
    table.columns[0].key_of: table for table in TABLES if table.columns[0].key_of is not None
}
"""The table whose rows a key points to. Keys of what has no table of its own are never nulled."""

RETENTION_DATES: Final[dict[str, tuple[str, ...]]] = {
    "person_record": ("observed_on",),
    "incident": ("occurred_on", "reported_on"),
    "arrest": ("arrested_on",),
    "drug_seizure": ("analysed_on",),
    "event": ("ends_on", "starts_on"),
    "missing_episode": ("found_on", "missing_from_on"),
    "placement": ("ended_on", "started_on"),
    "enrolment": ("withdrawn_on",),
    "absence": ("ended_on", "began_on"),
    "court_charge": ("disposed_on", "filed_on"),
    "court_order": ("expires_on", "issued_on"),
    "medical_visit": ("visited_on",),
    "referral": ("outcome_on", "referred_on"),
    "contact_point": ("used_on",),
}
"""The first of these that a row has starts its retention; else its incident's day, else the day
from which the agreement is valid."""

FEED_INSIDE: Final = "feed_inside"
KEY_INSIDE: Final = "key_inside"
INCIDENT_UNTIL: Final = "incident_until"


class Admission:
    """The rows of one view, as relations on one connection."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, records_dir: Path, policy: Policy, view: str
    ) -> None:
        self._con = con
        self._records = records_dir
        self._on = policy.on
        grants = policy.grants_of(view)
        self._grants = {
            table.name: tuple(grant for grant in grants if grant.table == table.name)
            for table in TABLES
        }
        self._inside: dict[str, str] = {}
        for table in TABLES:
            self._offer(table)
        self._round = 0
        while self._shrink():
            pass

    def grants(self, table: Table) -> tuple[Grant, ...]:
        """The view's grants of the table, by feed."""
        return self._grants[table.name]

    def rows(self, table: Table) -> duckdb.DuckDBPyRelation:
        """The table's rows that are in the view: every column unmasked, retain_until filled."""
        rows = self._rows(table)
        return self._as_long_as_incident(rows, table) if _of_incident(table) else rows

    def kept_until(self) -> date | None:
        """The last day on which every row of the view may be kept; None where it has no row.

        Until then the view holds the same rows on any day, under the same agreements.
        """
        days = [
            day
            for table in TABLES
            if self._grants[table.name]
            for (day,) in self.rows(table).aggregate("min(retain_until)").fetchall()
            if day is not None
        ]
        return min(days, default=None)

    def _rows(self, table: Table) -> duckdb.DuckDBPyRelation:
        offered = self._con.table(f"offered_{table.name}")
        if self._inside[table.name] == offered.alias:
            return offered
        inside = self._links(table).select(
            E(table.columns[0].name).alias(KEY_INSIDE), E("feed").alias(FEED_INSIDE)
        )
        return offered.join(
            inside.set_alias("inside"),
            (E(table.columns[0].name) == E(KEY_INSIDE)) & (E("feed") == E(FEED_INSIDE)),
            how="semi",
        )

    def keys(self, table: Table, name: str) -> duckdb.DuckDBPyRelation:
        """The distinct keys of the table's rows in the view, as one column of that name."""
        return self._links(table).select(E(table.columns[0].name).alias(name)).distinct()

    def _links(self, table: Table) -> duckdb.DuckDBPyRelation:
        return self._con.table(self._inside[table.name])

    def _offer(self, table: Table) -> None:
        """Keep the rows that meet their grant's own conditions and may still be held."""
        name = f"offered_{table.name}"
        self._inside[table.name] = name
        grants = self._grants[table.name]
        if not grants:
            empty(self._con, table).create(name)
            return
        rows = read_table(self._con, table, self._records)
        dates = RETENTION_DATES.get(table.name, ())
        until = by_feed((grant.feed, _kept_until(grant, dates)) for grant in grants)
        offered = reduce(
            lambda one, other: one | other,
            (
                reduce(
                    lambda a, b: a & b, map(_condition, grant.rows), E("feed") == Value(grant.feed)
                )
                for grant in grants
            ),
        )
        rows.filter(offered).select(
            *(
                until.cast("DATE").alias(column) if column == "retain_until" else E(column)
                for column in table.column_names
            )
        ).filter((E("retain_until") >= Value(self._on)) | _follows_incident(table)).create(name)

    def _as_long_as_incident(
        self, rows: duckdb.DuckDBPyRelation, table: Table
    ) -> duckdb.DuckDBPyRelation:
        """Keep rows without a day of their own as long as their feed's incident, if in the view.

        An incident outside the view must not lend its day: the day would tell of it.
        """
        incidents = (
            self.rows(BY_NAME["incident"])
            .select(
                E("incident_key").alias(KEY_INSIDE),
                E("feed").alias(FEED_INSIDE),
                E("retain_until").alias(INCIDENT_UNTIL),
            )
            .aggregate("key_inside, feed_inside, max(incident_until) AS incident_until")
            .set_alias("incidents")
        )
        joined = rows.join(
            incidents,
            (E("incident_key") == E(KEY_INSIDE)) & (E("feed") == E(FEED_INSIDE)),
            how="left",
        )
        until = duckdb.CaseExpression(
            _follows_incident(table),
            duckdb.CoalesceOperator(E(INCIDENT_UNTIL), E("retain_until")),
        ).otherwise(E("retain_until"))
        return joined.select(
            *(
                until.alias(name) if name == "retain_until" else E(name)
                for name in table.column_names
            )
        )

    def _shrink(self) -> bool:
        """Remove what lost the rows that it needs; True where anything went."""
        changed = False
        for table in TABLES:
            needs = any(grant.only_with for grant in self._grants[table.name])
            needs = needs or table.name in OWNERS or _of_incident(table)
            if not self._grants[table.name] or not needs:
                continue
            before = len(self._links(table))
            self._round += 1
            name = f"inside_{table.name}_{self._round}"
            own = table.columns[0]
            names = [c.name for c in table if c is own or c.key_of is not None]
            names += ["feed", "retain_until"]
            self._supported(table).select(*map(E, names)).create(name)
            if len(self._con.table(name)) < before:
                self._inside[table.name] = name
                changed = True
        return changed

    def _supported(self, table: Table) -> duckdb.DuckDBPyRelation:
        rows = self._links(table)
        if _of_incident(table):
            rows = self._kept_by_incident(rows)
        for reference in OWNERS.get(table.name, ()):
            rows = self._with_target(rows, table, reference, or_null=True)
        if table.name == "contact_point":
            mentioned = rows.filter(E("record_key").isnull())
            rows = rows.filter(E("record_key").isnotnull()).union(
                self._with_target(mentioned, table, "incident_key", or_null=False)
            )
        for grant in self._grants[table.name]:
            for other in grant.only_with:
                rows = self._only_with(rows, table, BY_NAME[other], grant.feed)
        return rows

    def _kept_by_incident(self, rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """Rows past the day of their agreement are kept by their feed's incident, or not at all."""
        past = E("retain_until") < Value(self._on)
        incidents = (
            self._links(BY_NAME["incident"])
            .select(E("incident_key").alias(KEY_INSIDE), E("feed").alias(FEED_INSIDE))
            .set_alias("keepers")
        )
        kept = rows.filter(past).join(
            incidents,
            (E("incident_key") == E(KEY_INSIDE)) & (E("feed") == E(FEED_INSIDE)),
            how="semi",
        )
        return rows.filter(~past).union(kept)

    def _with_target(
        self, rows: duckdb.DuckDBPyRelation, table: Table, reference: str, *, or_null: bool
    ) -> duckdb.DuckDBPyRelation:
        target = TARGETS[str(table.column(reference).key_of)]
        inside = self.keys(target, KEY_INSIDE).set_alias("targets")
        held = rows.join(inside, E(reference) == E(KEY_INSIDE), how="semi")
        return held.union(rows.filter(E(reference).isnull())) if or_null else held

    def _only_with(
        self, rows: duckdb.DuckDBPyRelation, table: Table, other: Table, feed: str
    ) -> duckdb.DuckDBPyRelation:
        joined = joining_columns(table, other)
        if joined is None:
            raise PolicyRefused(f"{other.name} and {table.name} share no key")
        own, others = joined
        with_it = self._links(other).filter(E("feed") == Value(feed))
        needed = reduce(
            lambda one, more: one.union(more),
            (with_it.select(E(column).alias(KEY_INSIDE)) for column in others),
        ).set_alias("needed")
        held = rows.filter(E("feed") == Value(feed)).join(
            needed, E(own) == E(KEY_INSIDE), how="semi"
        )
        return held.union(rows.filter(E("feed") != Value(feed)))


def by_feed(values: Iterable[tuple[str, duckdb.Expression]]) -> duckdb.Expression:
    """The value of the row's own feed; null for a feed that is not among them."""
    (first, value), *others = values
    cases = duckdb.CaseExpression(E("feed") == Value(first), value)
    for feed, other in others:
        cases = cases.when(E("feed") == Value(feed), other)
    return cases.otherwise(Value(None))


def _of_incident(table: Table) -> bool:
    return table.name != "incident" and "incident_key" in table.column_names


def _follows_incident(table: Table) -> duckdb.Expression:
    """True for a row of an incident that has no day of its own."""
    if not _of_incident(table):
        return Value(value=False)
    dates = RETENTION_DATES.get(table.name, ())
    undated = (E(name).isnull() for name in dates)
    return reduce(lambda one, other: one & other, undated, E("incident_key").isnotnull())


def _kept_until(grant: Grant, dates: Iterable[str]) -> duckdb.Expression:
    day = duckdb.CoalesceOperator(*(E(name) for name in dates), Value(grant.valid_from))
    return day + duckdb.FunctionExpression("to_years", Value(grant.retain_years))


def _condition(condition: RowFilter) -> duckdb.Expression:
    column = E(condition.column)
    values = [Value(value) for value in condition.values]
    match condition.op:
        case Operator.IN:
            return column.isin(*values)
        case Operator.NOT_IN:
            return column.isnotin(*values)
        case Operator.AT_LEAST:
            return column >= values[0]
        case Operator.AT_MOST:
            return column <= values[0]
        case Operator.IS_NULL:
            return column.isnull()
        case Operator.IS_NOT_NULL:
            return column.isnotnull()
