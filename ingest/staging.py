"""Framed text to typed rows of one feed, every row accounted for.

Guarantees: a staged row has every value of the type its contract declares; a row with a value that
is not is quarantined with its line and field; a row whose reference leads nowhere is quarantined,
unless what it refers to was superseded: then it is superseded too. After ``settle`` each file kind
of the contract is a view of the connection (empty where nothing was delivered) with the columns
``delivery``, ``file``, ``received`` and ``source_line`` before the declared ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from ingest.contracts.columns import Kind
from ingest.contracts.feeds import FeedContract, FileContract, Reference
from ingest.framing.rows import LINE, Framed, Lines
from ingest.report import FileReport
from ingest.scopes import covered_by, refuse_other_counts, replaced_whole, scope_of, texts
from ingest.statements import statements
from ingest.typed import META, count_rows, write_typed
from ingest.values import column_type, withdraws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import Expression

    from ingest.scopes import Scope
    from ingest.sources import Part

NOTED: Final = frozenset({Kind.LOCALITY, Kind.FIPS, Kind.PHONE, Kind.PLATE, Kind.HANDLE})
"""Kinds that accept any text, of which not every text stands for something."""


@dataclass(slots=True)
class _FileCount:
    contract: FileContract
    rows_in: int
    framed: int
    lines: Lines
    notes: Counter[str] = field(default_factory=Counter)


class Staging:
    """The staged rows of one feed on one connection."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, contract: FeedContract, scratch: Path
    ) -> None:
        self._con = con
        self._contract = contract
        self._scratch = scratch
        self._counts: dict[tuple[str, str], _FileCount] = {}
        self._files = 0
        self._written: dict[str, list[Path]] = {file.kind: [] for file in contract.files}
        self._has_superseded: set[str] = set()
        self._replaced: list[tuple[str, str, list[str]]] = []
        """Delivery, file and scope values of rows that a newer delivery replaces."""
        self._replaced_whole: list[FileReport] = []
        self.shrunk: dict[str, str] = {}
        """Deliveries with too few rows in what they replace, and why that is told of them."""
        scratch.mkdir(parents=True, exist_ok=True)
        self._run("tables", {})

    def add(
        self, delivery: str, received: int, parts: Sequence[Part], newer: Mapping[str, Scope]
    ) -> Scope | None:
        """Stage a delivery's files; ``received`` orders deliveries, larger is newer.

        Returns the delivery's scope, or None where one of the ``newer`` ones covers it: then, as
        when Unreadable or DeliveryRefused is raised, nothing of it is staged. Where newer ones
        cover a part of it, the rows of that part are superseded.
        """
        targets = [self._next() for _ in parts]
        kept = False
        try:
            framed = [
                (part, write_typed(self._con, part, (delivery, part.file, received), target))
                for part, target in zip(parts, targets, strict=True)
            ]
            refuse_other_counts(framed)
            scope = scope_of(self._con, self._contract, framed)
            covered = covered_by(self._contract, scope, newer)
            kept = not covered.whole
        finally:
            if not kept:
                for target in targets:
                    target.unlink(missing_ok=True)
        self.shrunk |= covered.shrunk
        if covered.whole:
            feed = self._contract.feed
            self._replaced_whole += [replaced_whole(feed, delivery, *each) for each in framed]
            return None
        self._replaced += [(delivery, *part) for part in covered.parts]
        for part, frame in framed:
            self._accept(delivery, part, frame)
        return scope

    def rows(self, parts: Sequence[Part]) -> int:
        """How many rows a delivery has, well framed or not; nothing of it is staged."""
        return sum(count_rows(part, self._next()) for part in parts)

    def as_of(self) -> dict[str, str]:
        """How far each staged delivery reaches, as an ISO date; only where the contract says."""
        if self._contract.as_of is None:
            return {}
        kind, _, column = self._contract.as_of.partition(".")
        self._con.table(kind).select("delivery", ColumnExpression(column).alias("day")).create_view(
            "days", replace=True
        )
        latest = self._con.sql(statements()["latest"]).fetchall()
        return {delivery: str(day)[:10] for delivery, day in latest if day is not None}

    def settle(self) -> None:
        """Follow references, keep the newest row of each key, apply the feed's own rules."""
        for file in self._contract.files:
            self._show(file)
        self._drop_replaced()
        for file in self._contract.files:
            for reference in file.references:
                self._drop_orphans(file, reference)
            if file.key:
                self._drop_superseded(file)
        # Rules name kinds that have a key: only those can lose rows once staged.
        rules = self._contract.folder / "rules.sql"
        if rules.exists():
            self._con.sql(rules.read_text("utf-8")).create("ruled_out")
            self._run("drop_ruled_out", {})
        self._note_values()

    def reports(self) -> tuple[FileReport, ...]:
        """One report per file of a delivery that was added, the staged ones first."""
        quarantined: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        superseded: Counter[tuple[str, str]] = Counter()
        withdrawals: Counter[tuple[str, str]] = Counter()
        for fate, delivery, file, reason, count in self._con.sql(statements()["fates"]).fetchall():
            if fate == "superseded":
                superseded[delivery, file] += count
            elif fate == "withdrawn":
                withdrawals[delivery, file] += count
            else:
                quarantined[delivery, file][reason] += count
        reports = []
        loaded_rows = self._loaded()
        for (delivery, file), counted in self._counts.items():
            bad = quarantined[delivery, file]
            taken_back = withdrawals[delivery, file]
            loaded = loaded_rows.get((delivery, file), 0) + taken_back
            reports.append(
                FileReport(
                    feed=self._contract.feed,
                    delivery=delivery,
                    path=file,
                    rows_in=counted.rows_in,
                    loaded=loaded,
                    quarantined=bad.total(),
                    duplicates=superseded[delivery, file],
                    reasons=dict(sorted(bad.items())),
                    kind=counted.contract.kind,
                    unused=loaded if counted.contract.unused_rows is not None else 0,
                    withdrawals=taken_back,
                    lines=counted.lines,
                    notes=dict(sorted(counted.notes.items())),
                )
            )
        return (*reports, *self._replaced_whole)

    def _run(self, name: str, values: dict[str, str]) -> None:
        for statement in statements()[name].split(";\n"):
            if statement.strip():
                used = {key: value for key, value in values.items() if f"${key}" in statement}
                self._con.execute(statement, used)

    def _next(self) -> Path:
        self._files += 1
        return self._scratch / f"{self._files}.parquet"

    def _accept(self, delivery: str, part: Part, frame: Framed) -> None:
        contract = part.contract
        counted = _FileCount(contract, frame.rows + len(frame.faults), frame.rows, frame.lines)
        for header, count in frame.undeclared.items():
            counted.notes[f"column {header} is not in the contract; values not read"] += count
        self._counts[delivery, part.file] = counted
        if contract.columns:
            self._written[contract.kind].append(frame.path)
            self._con.read_parquet(str(frame.path)).create_view("checked", replace=True)
            self._run("quarantine_checked", {"kind": contract.kind})
        if frame.faults:
            self._quarantine_faults(delivery, part, frame)

    def _quarantine_faults(self, delivery: str, part: Part, frame: Framed) -> None:
        faults = pa.table(
            {
                "delivery": [delivery] * len(frame.faults),
                "file": [part.file] * len(frame.faults),
                LINE: pa.array([fault.line for fault in frame.faults], pa.int64()),
                "field": pa.array([fault.field for fault in frame.faults], pa.string()),
                "reason": [fault.reason for fault in frame.faults],
            }
        )
        self._con.register("faulty", faults)
        self._run("quarantine_faulty", {"kind": part.contract.kind})
        self._con.unregister("faulty")

    def _drop_replaced(self) -> None:
        """Take out the rows of those parts of a delivery's scope that newer deliveries cover."""
        for kind, columns in self._contract.scopes.items():
            replaced = [(one, values) for one, of, values in self._replaced if of == kind]
            if not replaced:
                continue
            rows = pa.table(
                {
                    "delivery": [one for one, _ in replaced],
                    "part": pa.array([values for _, values in replaced], pa.list_(pa.string())),
                }
            )
            self._con.register("covered", rows)
            self._con.table(self._staged(self._contract.file(kind))).select(
                "delivery", "file", LINE, texts(columns).alias("part")
            ).create_view("keyed", replace=True)
            self._run("replaced", {})
            self._run("drop_superseded", {"kind": kind})
            self._has_superseded.add(kind)
            self._con.unregister("covered")

    def _drop_orphans(self, file: FileContract, reference: Reference) -> None:
        parent = reference.file
        place = [ColumnExpression(name) for name in ("delivery", "file", LINE)]
        self._con.table(self._staged(file)).select(
            *place, _reference(reference.column).alias("ref")
        ).create_view("child", replace=True)
        sides = [("parent", parent)]
        if parent in self._has_superseded:
            sides.append(("parent_superseded", _old(parent)))
        for name, table in sides:
            self._con.table(table).select(
                ColumnExpression("delivery"), _reference(reference.to).alias("ref")
            ).create_view(name, replace=True)
        self._run("without_parent", {"kind": file.kind})
        if not self._any("orphan"):
            return
        if parent in self._has_superseded:
            self._run("orphans_of_superseded", {"kind": file.kind})
            self._has_superseded.add(file.kind)
        reason = f"names no row of {parent} in this delivery"
        field = ", ".join(reference.column)
        self._run("drop_orphans", {"kind": file.kind, "field": field, "reason": reason})

    def _drop_superseded(self, file: FileContract) -> None:
        version = file.newest_by
        self._con.table(self._staged(file)).select(
            "delivery",
            "file",
            "received",
            LINE,
            texts(file.key).alias("key"),
            FunctionExpression("hash", texts(file.key)).alias("key_hash"),
            (ConstantExpression(0) if version is None else ColumnExpression(version)).alias(
                "version"
            ),
        ).create_view("keyed", replace=True)
        # Most keys come once: their rows need not be put in order. Sorting numbers is ten times
        # quicker than grouping by them.
        hashes = np.sort(self._con.table("keyed").select("key_hash").fetchnumpy()["key_hash"])
        shared = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if len(shared):
            self._con.register("shared", pa.table({"key_hash": shared}))
            self._run("superseded", {"kind": file.kind})
            self._con.unregister("shared")
            if self._any("older"):
                self._run("drop_superseded", {"kind": file.kind})
                self._has_superseded.add(file.kind)
        if file.withdrawn is not None:
            self._con.table(file.kind).filter(withdraws(file.withdrawn)).select(
                "delivery", "file", LINE
            ).create_view("leaving", replace=True)
            self._run("drop_withdrawn", {"kind": file.kind})

    def _any(self, table: str) -> bool:
        return bool(self._con.table(table).limit(1).fetchall())

    def _show(self, file: FileContract) -> None:
        """Views of what is staged and stays, and of what was superseded; both stay up to date."""
        kind = file.kind
        self._accepted(file).create_view(self._staged(file))
        if not self._may_lose_rows(file):
            return
        staged = self._con.table(self._staged(file))
        for name, table, how in ((kind, "dropped", "anti"), (_old(kind), "superseded", "semi")):
            fallen = self._con.table(table).filter(
                ColumnExpression("kind") == ConstantExpression(kind)
            )
            staged.join(fallen, "delivery, file, source_line", how=how).create_view(name)

    def _accepted(self, file: FileContract) -> duckdb.DuckDBPyRelation:
        """The rows of a kind that have nothing wrong with them."""
        columns = [*META, (LINE, "BIGINT")]
        columns += [(name, column_type(column)) for name, column in file.columns.items()]
        if paths := self._written[file.kind]:
            rows = self._con.read_parquet([str(path) for path in paths])
            return rows.filter(ColumnExpression("__reason").isnull()).select(
                *(ColumnExpression(name) for name, _ in columns)
            )
        nothing = ConstantExpression(None)
        return self._con.sql("SELECT NULL AS nothing WHERE false").select(
            *(nothing.cast(duckdb.type(kind)).alias(name) for name, kind in columns)
        )

    def _loaded(self) -> dict[tuple[str, str], int]:
        """Delivery and file to accepted rows."""
        loaded: dict[tuple[str, str], int] = {}
        for at, counted in self._counts.items():
            if not counted.contract.columns:
                loaded[at] = counted.framed
        staged = {c.contract.kind for c in self._counts.values() if c.contract.columns}
        for kind in sorted(staged):
            rows = self._con.table(kind).aggregate("delivery, file, count(*)").fetchall()
            loaded.update({(delivery, file): count for delivery, file, count in rows})
        return loaded

    def _note_values(self) -> None:
        """Count the accepted values that stand for nothing: they were written, and are not used."""
        for file in self._contract.files:
            for name, column in file.columns.items():
                if column.kind not in NOTED:
                    continue
                self._con.table(file.kind).select(
                    "delivery", "file", ColumnExpression(name).alias("written")
                ).create_view("written_values", replace=True)
                found = self._con.execute(statements()["notes"], {"kind": column.kind.value})
                for delivery, at, note, count in found.fetchall():
                    self._counts[delivery, at].notes[f"{name} {note}"] += count

    def _may_lose_rows(self, file: FileContract) -> bool:
        """Whether a staged row can still be superseded, orphaned or ruled out."""
        return bool(file.key or file.references or file.kind in self._contract.scopes)

    def _staged(self, file: FileContract) -> str:
        return f"{file.kind}__staged" if self._may_lose_rows(file) else file.kind


def _reference(columns: Sequence[str]) -> Expression:
    """What several columns name together; null where one of them is blank."""
    first, *more = (ColumnExpression(name) for name in columns)
    if not more:
        return first
    blank = first.isnull()
    for column in more:
        blank = blank | column.isnull()
    names = texts(columns)
    nothing = ConstantExpression(None).cast(duckdb.type("VARCHAR[]"))
    return CaseExpression(blank, nothing).otherwise(names)


def _old(kind: str) -> str:
    return f"{kind}__superseded"
