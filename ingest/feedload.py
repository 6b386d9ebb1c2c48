"""One feed's deliveries to the rows of its tables.

Guarantees: a feed is loaded from its current deliveries or refused whole; what its SQL returns has
only declared columns; provenance names the delivery and line of every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from ingest.contracts.feeds import FEW_ROWS, FeedContract, Mode
from ingest.contracts.quarantine import QUARANTINE
from ingest.contracts.tables import AGENCY, BY_NAME, LOCATION
from ingest.errors import ContractRefused, DeliveryRefused, IngestError, RowsRefused
from ingest.functions import connect_ingest
from ingest.report import CURRENT, REFUSED, FileReport
from ingest.scopes import Scope
from ingest.staging import Staging

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from ingest.sources import Part
    from runs.schema import Table


SHARED: Final = frozenset({AGENCY.name, LOCATION.name})
"""Tables whose things several agencies speak of: each keeps one row per key and agency."""
MOST_GIVEN_UP: Final = 5
_OF_ROWS: Final = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)


@dataclass(frozen=True, slots=True)
class Given:
    """A delivery to load. ``parts`` is empty where recognising it failed with ``fault``."""

    sha256: str
    name: str
    received_at: datetime
    parts: tuple[Part, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class FeedLoaded:
    """Reports per file; per delivery its state and how far it reaches."""

    files: tuple[FileReport, ...]
    states: dict[str, str]
    as_of: dict[str, str]
    stale: bool
    """A newer delivery than those that count was refused."""


class FeedLoad:
    """Loads one feed on a connection of its own; a context manager that closes it."""

    def __init__(self, contract: FeedContract, scratch: Path) -> None:
        self._contract = contract
        self._scratch = scratch
        self._con = self._connect()
        self._failed: dict[str, str] = {}

    def __enter__(self) -> FeedLoad:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        con = connect_ingest(self._scratch / "spill")
        agency = self._contract.agency
        con.execute("SET VARIABLE agency_id = ?", [agency.id if agency else None])
        return con

    def load(self, deliveries: Sequence[Given]) -> FeedLoaded:
        """Stage the current ones of ``deliveries`` (oldest first) and settle them.

        A delivery that fails an assertion of its contract is refused and the others are loaded as
        if it had not come: what it would have replaced stays.
        """
        while True:
            loaded, failed = self._load(deliveries)
            if not failed:
                return loaded
            self._again_without(failed)

    def load_and_write(
        self, deliveries: Sequence[Given], folder: Path, *, unique: bool = False
    ) -> tuple[FeedLoaded, dict[str, Path]]:
        """``load`` and ``write``; a delivery whose rows the SQL cannot work with is refused too.

        The newest is taken for it: what came before was published. With ``unique`` rows under one
        key are such rows. Raises ContractRefused where giving up MOST_GIVEN_UP deliveries, or all
        of them, does not help: then it is the SQL that is wrong.
        """
        for _ in range(MOST_GIVEN_UP):
            loaded = self.load(deliveries)
            try:
                return loaded, self.write(folder, unique=unique)
            except RowsRefused as error:
                usable = [one for one in deliveries if loaded.states[one.sha256] != REFUSED]
                if len(usable) < 2:
                    raise
                newest = usable[_newest(usable, loaded.states, CURRENT)]
                self._again_without({newest.sha256: str(error)})
        return self.load(deliveries), self.write(folder, unique=unique)

    def _again_without(self, failed: dict[str, str]) -> None:
        self._failed.update(failed)
        self._con.close()
        self._con = self._connect()

    def _load(self, deliveries: Sequence[Given]) -> tuple[FeedLoaded, dict[str, str]]:
        """What was loaded, and the newest delivery that must not count, with the reason."""
        staging = Staging(self._con, self._contract, self._scratch / "framed")
        states: dict[str, str] = {}
        refusals: list[FileReport] = []
        scopes: dict[str, Scope] = {}
        predecessor: Given | None = None
        # Newest first: a full delivery decides which older ones still count.
        for received, given in reversed(list(enumerate(deliveries))):
            if given.fault is not None:
                refusals.append(
                    FileReport.refusal(given.name, self._contract.feed, given.fault, given.sha256)
                )
                states[given.sha256] = REFUSED
                continue
            if (reason := self._failed.get(given.sha256)) is not None:
                refusals.extend(self._refused(given, DeliveryRefused(reason)))
                states[given.sha256] = REFUSED
                continue
            if self._contract.mode is Mode.FULL and scopes and not self._contract.scope:
                states[given.sha256] = "replaced"
                predecessor = predecessor or given
                continue
            try:
                scope = staging.add(given.sha256, received, given.parts, scopes)
            except IngestError as error:
                refusals.extend(self._refused(given, error))
                states[given.sha256] = REFUSED
                continue
            if scope is None:
                states[given.sha256] = "replaced"
                continue
            scopes[given.sha256] = scope
            states[given.sha256] = CURRENT
        staging.settle()
        reports = staging.reports()
        failed = spoiled(self._contract, reports) | staging.shrunk
        if not failed and predecessor is not None:
            failed = self._shrunk(staging, reports, predecessor)
        return FeedLoaded(
            (*reports, *refusals),
            states,
            staging.as_of() if scopes else {},
            stale=_newest(deliveries, states, REFUSED) > _newest(deliveries, states, CURRENT),
        ), failed

    def _shrunk(
        self, staging: Staging, reports: Sequence[FileReport], predecessor: Given
    ) -> dict[str, str]:
        """The delivery that replaced ``predecessor``, where it has too few of its rows."""
        share = self._contract.min_share_of_previous
        if share is None:
            return {}
        before = staging.rows(predecessor.parts)
        now = sum(report.rows_in for report in reports)
        if now >= share * before:
            return {}
        return {
            str(reports[0].delivery): f"has {now:,} rows where the delivery before it had "
            f"{before:,}; the contract expects at least {share:.0%} of them, so it counts as "
            "incomplete and the earlier one stays"
        }

    def _write_agency(self, folder: Path) -> Path:
        agency = self._contract.agency
        if agency is None:
            raise ContractRefused("has no agency", file=self._contract.feed)
        values = {
            "agency_id_of": agency.id,
            "name": agency.name,
            "kind": agency.kind,
            "agency_id": agency.id,
        }
        row = self._con.sql("SELECT 1 AS one").select(
            *(ConstantExpression(value).alias(name) for name, value in values.items())
        )
        target = folder / f"{AGENCY.name}.parquet"
        declared(row, AGENCY, self._contract.feed, self._contract.feed).write_parquet(str(target))
        return target

    def _refused(self, given: Given, error: IngestError) -> list[FileReport]:
        """One report a file: the one at fault with its reason, the others because of it."""
        whole = f"is not loaded because {error.file or 'a part of it'} is refused"
        return [
            FileReport.refusal(
                part.file,
                self._contract.feed,
                str(error) if part.file == error.file or error.file is None else whole,
                given.sha256,
            )
            for part in given.parts
        ]

    def write(self, folder: Path, *, unique: bool = False) -> dict[str, Path]:
        """Run the feed's SQL; one Parquet file per table that it fills.

        Raises ContractRefused where the SQL fails or returns what is not declared, RowsRefused
        where it fails on these rows or, with ``unique``, gives several of them one key.
        """
        folder.mkdir(parents=True, exist_ok=True)
        written: dict[str, Path] = {}
        prepare = self._contract.folder / "prepare.sql"
        if prepare.exists():
            try:
                self._con.execute(prepare.read_text("utf-8"))
            except duckdb.Error as error:
                raise _sql_refused(prepare, error) from error
        for path in sorted(self._contract.folder.glob("*.sql")):
            if path.stem in ("rules", "prepare"):
                continue
            if path.stem not in BY_NAME:
                raise ContractRefused("is named after no table", file=str(path))
            table = BY_NAME[path.stem]
            target = folder / f"{table.name}.parquet"
            try:
                rows = self._con.sql(path.read_text("utf-8"))
                declared(rows, table, self._contract.feed, str(path)).write_parquet(str(target))
            except duckdb.Error as error:
                raise _sql_refused(path, error) from error
            written[table.name] = target
            if unique and table.name not in SHARED:
                _refuse_repeated(self._con.read_parquet(str(target)), table, path)
        if self._contract.agency is not None:
            written[AGENCY.name] = self._write_agency(folder)
        quarantine = folder / f"{QUARANTINE.name}.parquet"
        self._con.table("quarantined").select(
            ConstantExpression(self._contract.feed).alias("feed"),
            "delivery",
            "file",
            ColumnExpression("source_line").alias("line"),
            "field",
            "reason",
        ).write_parquet(str(quarantine))
        written[QUARANTINE.name] = quarantine
        return written


def spoiled(contract: FeedContract, reports: Sequence[FileReport]) -> dict[str, str]:
    """Deliveries with a file of which more is quarantined than its contract allows, and why."""
    found: dict[str, str] = {}
    for report in reports:
        allowed = contract.file(report.kind).max_quarantined_share
        if report.rows_in < FEW_ROWS or report.quarantined <= allowed * report.rows_in:
            continue
        most = max(report.reasons, key=lambda reason: report.reasons[reason])
        found.setdefault(
            str(report.delivery),
            f"{report.quarantined:,} of {report.rows_in:,} rows of {report.path} would be "
            f"quarantined (most: {most}), and the contract allows {allowed:.0%}",
        )
    return found


def _newest(deliveries: Sequence[Given], states: dict[str, str], state: str) -> int:
    """The position of the newest delivery of that state; -1 where there is none."""
    return max((i for i, one in enumerate(deliveries) if states[one.sha256] == state), default=-1)


def _sql_refused(path: Path, error: duckdb.Error) -> ContractRefused:
    # DuckDB quotes values in conversion errors. What it says of a statement that it has not begun
    # to execute can only quote the statement.
    said = ""
    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        said = ": " + str(error).split("\n", maxsplit=1)[0].strip()
    kind = RowsRefused if isinstance(error, _OF_ROWS) else ContractRefused
    return kind(f"the SQL fails with {type(error).__name__}{said}", file=str(path))


def _refuse_repeated(rows: duckdb.DuckDBPyRelation, table: Table, path: Path) -> None:
    key = table.key[0]
    ((total, distinct),) = rows.aggregate(f"count(*), count(DISTINCT {key})").fetchall()
    if total != distinct:
        raise RowsRefused(
            f"gives table {table.name} {total:,} rows under {distinct:,} keys", file=str(path)
        )


def declared(
    rows: duckdb.DuckDBPyRelation, table: Table, feed: str, file: str
) -> duckdb.DuckDBPyRelation:
    """The rows with exactly the table's columns; those that the SQL does not name are null."""
    if unknown := sorted(set(rows.columns) - set(table.column_names)):
        raise ContractRefused(f"returns {unknown}, which {table.name} lacks", file=file)
    columns: list[Any] = []
    for column in table:
        kind = duckdb.type(column.type)
        if column.name == "feed":
            value = ConstantExpression(feed)
        elif column.name in rows.columns:
            value = ColumnExpression(column.name)
        else:
            value = ConstantExpression(None)
        columns.append(value.cast(kind).alias(column.name))
    return rows.select(*columns)
