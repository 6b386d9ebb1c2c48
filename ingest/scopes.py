"""What a full delivery is everything of, and what newer deliveries replace of it.

Guarantees: a delivery that cannot say its scope replaces nothing (it is refused); a delivery is
covered whole only where newer ones cover every part of its scope.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
from duckdb import ColumnExpression, FunctionExpression

from ingest.contracts.feeds import FEW_ROWS
from ingest.errors import DeliveryRefused
from ingest.report import FileReport
from ingest.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from duckdb import Expression

    from ingest.contracts.feeds import FeedContract
    from ingest.framing.rows import Framed
    from ingest.sources import Part

Scope = dict[str, dict[tuple[str, ...], int]]
"""What a full delivery is everything of: file to the values of its scope's columns, row by row,
with how many rows each has (none where the delivery only says that it covers them)."""


@dataclass(slots=True)
class Covered:
    """``parts``: files and scope values of a delivery that newer ones cover; ``whole``: all of it.

    ``shrunk``: newer deliveries with too few rows in what they replace, and why that is told.
    """

    whole: bool = False
    parts: list[tuple[str, list[str]]] = field(default_factory=list)
    shrunk: dict[str, str] = field(default_factory=dict)


def scope_of(
    con: duckdb.DuckDBPyConnection,
    contract: FeedContract,
    framed: Sequence[tuple[Part, Framed]],
) -> Scope:
    """The scope that a delivery's rows say, by file; empty where its feed declares none."""
    scope: Scope = {}
    for kind, columns in contract.scopes.items():
        scope[kind] = _values(con, framed, kind, columns)
        if contract.covers:
            other = contract.covers[0].partition(".")[0]
            said = tuple(name.partition(".")[2] for name in contract.covers)
            for values in _values(con, framed, other, said):
                scope[kind].setdefault(values, 0)
    return scope


def covered_by(contract: FeedContract, scope: Scope, newer: Mapping[str, Scope]) -> Covered:
    """What the ``newer`` deliveries cover of a scope. Raises DeliveryRefused where it is empty."""
    found = Covered()
    for kind, mine in scope.items():
        if not mine:
            raise DeliveryRefused(
                "no row says what the delivery is everything of, so it can replace nothing; "
                f"expected rows of {' or '.join(contract.says_scope(kind))}"
            )
        covered: set[tuple[str, ...]] = set()
        for other, theirs in newer.items():
            rest = (name for name in scope if name != kind)
            if all(scope[name].keys() <= theirs[name].keys() for name in rest):
                both = mine.keys() & theirs[kind].keys()
                if why := _shrunk(contract, kind, mine, theirs[kind], both):
                    found.shrunk[other] = why
                covered |= both
        if covered == mine.keys():
            found.whole = True
            return found
        found.parts += [(kind, list(values)) for values in sorted(covered)]
    return found


def refuse_other_counts(framed: Sequence[tuple[Part, Framed]]) -> None:
    """Raises DeliveryRefused where a file has fewer or more rows than its contract expects."""
    for part, frame in framed:
        rows = frame.rows + len(frame.faults)
        contract = part.contract
        if rows < contract.min_rows or (contract.max_rows is not None and rows > contract.max_rows):
            raise DeliveryRefused(
                f"has {rows} rows, expected {contract.min_rows} to "
                f"{'any number' if contract.max_rows is None else contract.max_rows}: "
                "a header without rows would replace what there is",
                file=part.file,
            )


def replaced_whole(feed: str, delivery: str, part: Part, frame: Framed) -> FileReport:
    """Of a file whose delivery newer ones replace as a whole: every row is superseded."""
    rows = frame.rows + len(frame.faults)
    kind = part.contract.kind
    return FileReport(feed, delivery, part.file, rows, 0, 0, rows, kind=kind, lines=frame.lines)


def texts(columns: Sequence[str]) -> Expression:
    """The columns' values as one list of texts."""
    text = duckdb.type("VARCHAR")
    return FunctionExpression(
        "list_value", *(ColumnExpression(name).cast(text) for name in columns)
    )


def _values(
    con: duckdb.DuckDBPyConnection,
    framed: Sequence[tuple[Part, Framed]],
    kind: str,
    columns: Sequence[str],
) -> dict[tuple[str, ...], int]:
    """The values that the columns have together, where none is blank or wrong, and the rows."""
    found: Counter[tuple[str, ...]] = Counter()
    for part, frame in framed:
        if part.contract.kind == kind and set(columns) <= set(frame.columns):
            rows = con.read_parquet(str(frame.path)).select(
                *(
                    ColumnExpression(name).cast(duckdb.type("VARCHAR")).alias(name)
                    for name in columns
                )
            )
            rows.create_view("scope_rows", replace=True)
            for *values, count in con.sql(statements()["count_rows"]).fetchall():
                if None not in values:
                    found[tuple(values)] += count
    return dict(found)


def _shrunk(
    contract: FeedContract,
    kind: str,
    before: Mapping[tuple[str, ...], int],
    now: Mapping[tuple[str, ...], int],
    both: Iterable[tuple[str, ...]],
) -> str | None:
    """Why a newer delivery counts as incomplete; None where it has rows enough."""
    share = contract.min_share_of_previous
    if share is None:
        return None
    for values in sorted(both, reverse=True):
        if before[values] >= FEW_ROWS and now[values] < share * before[values]:
            return (
                f"has {now[values]:,} rows of {kind} in a part of its scope where the delivery "
                f"before it had {before[values]:,}; the contract expects at least {share:.0%} "
                "of them, so it counts as incomplete and the earlier one stays"
            )
    return None
