"""Landed deliveries to records and facts.

Guarantees: all tables of ``ingest.contracts.tables`` are written, empty ones too, each with unique
keys (locations and agencies: per feed and agency), and ``quarantine.parquet`` beside them. A feed
or delivery that is refused does not stop the others; the report says so.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

from duckdb import ColumnExpression

from ingest.contracts.feeds import FeedContract, load_contracts
from ingest.contracts.quarantine import QUARANTINE
from ingest.contracts.tables import TABLES
from ingest.errors import IngestError, LostRows
from ingest.feedload import SHARED, FeedLoad, Given
from ingest.landing import LandedDelivery, landed_deliveries, verify
from ingest.refusals import refused_since
from ingest.report import DeliveryReport, FileReport, LoadReport
from ingest.sources import find_deliveries
from runs.duck import connect
from runs.schema import empty, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from runs.home import Home
    from runs.schema import Table


def load_records(
    home: Home, records_dir: Path, scratch: Path, *, progress: Callable[[str], None]
) -> LoadReport:
    """Load everything that has landed into ``records_dir``.

    Raises BrokenLanding, ContractRefused and LostRows; a bad delivery is reported, not raised.
    """
    by_feed: dict[str, list[LandedDelivery]] = defaultdict(list)
    for delivery in landed_deliveries(home):
        verify(home, delivery)
        by_feed[delivery.feed].append(delivery)
    work = scratch / "ingest"
    try:
        try:
            return _load(home, by_feed, records_dir, work, progress)
        except LostRows as error:
            # Whose rows stand twice is looked for only now: it takes another pass over all tables.
            progress(f"{error.reason}; loading again without the delivery that brought them")
            shutil.rmtree(work)
            return _load(home, by_feed, records_dir, work, progress, unique=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _load(
    home: Home,
    by_feed: Mapping[str, Sequence[LandedDelivery]],
    records_dir: Path,
    work: Path,
    progress: Callable[[str], None],
    *,
    unique: bool = False,
) -> LoadReport:
    reports: list[FileReport] = []
    landed: list[DeliveryReport] = []
    written: dict[str, list[Path]] = defaultdict(list)
    for feed, contract in load_contracts(home.feeds).items():
        deliveries = by_feed.get(feed, ())
        if not deliveries:
            continue
        given = [_given(home, delivery, contract, work) for delivery in deliveries]
        with FeedLoad(contract, work / feed) as loading:
            loaded, tables = loading.load_and_write(given, work / feed / "tables", unique=unique)
        for name, path in tables.items():
            written[name].append(path)
        reports.extend(loaded.files)
        stale = loaded.stale or refused_since(
            home, feed, max(delivery.received_at for delivery in deliveries)
        )
        landed.extend(
            DeliveryReport(
                contract,
                delivery.sha256,
                delivery.name,
                delivery.received_at,
                loaded.states[delivery.sha256],
                loaded.as_of.get(delivery.sha256),
                stale,
            )
            for delivery in deliveries
        )
        progress(_summary(feed, loaded.files))
    return LoadReport(tuple(reports), tuple(landed), _write_tables(records_dir, written, work))


def _given(home: Home, delivery: LandedDelivery, contract: FeedContract, work: Path) -> Given:
    """Recognise a landed delivery again: contracts change, what has landed does not."""
    try:
        found = find_deliveries(delivery.content(home), {contract.feed: contract}, work)
    except IngestError as error:
        return Given(delivery.sha256, delivery.name, delivery.received_at, (), str(error))
    if len(found.candidates) != 1 or found.refusals:
        reason = found.refusals[0].reason if found.refusals else "is not one delivery"
        return Given(delivery.sha256, delivery.name, delivery.received_at, (), reason)
    return Given(delivery.sha256, delivery.name, delivery.received_at, found.candidates[0].parts)


def _write_tables(
    records_dir: Path, written: Mapping[str, Sequence[Path]], work: Path
) -> dict[str, int]:
    rows: dict[str, int] = {}
    with connect(work / "spill") as con:
        for table in (*TABLES, QUARANTINE):
            parts = written.get(table.name, ())
            relation = (
                con.read_parquet([str(path) for path in parts]) if parts else empty(con, table)
            )
            if table.name in SHARED:
                relation = _one_per_key(con, relation, table)
            elif table is not QUARANTINE:
                refuse_repeated_keys(con, relation, table)
            shared = table.name in SHARED
            order = (*table.key, "feed", "agency_id") if shared else table.key
            rows[table.name] = write_table(relation, replace(table, key=order), records_dir)
    return rows


def _one_per_key(
    con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, table: Table
) -> duckdb.DuckDBPyRelation:
    relation.select("*", ColumnExpression(table.key[0]).alias("__key")).create_view(
        "shared_rows", replace=True
    )
    text = (files("ingest") / "sql" / "one_per_key.sql").read_text("utf-8")
    return con.sql(text).select(*table.column_names)


def refuse_repeated_keys(
    con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, table: Table
) -> None:
    """Raises LostRows where two rows of a table have one key, or a row has none."""
    relation.select(ColumnExpression(table.key[0]).alias("key")).create_view("keys", replace=True)
    ((total, distinct),) = con.sql("SELECT count(*), count(DISTINCT key) FROM keys").fetchall()
    if total != distinct:
        raise LostRows(
            f"table {table.name} would hold {total} rows under {distinct} keys (a null key counts "
            "as none); the SQL of a feed repeats rows"
        )


def _summary(feed: str, reports: Sequence[FileReport]) -> str:
    refused = sum(report.refused for report in reports)
    counts = (
        f"{feed}: {sum(report.rows_in for report in reports):,} rows in, "
        f"{sum(report.loaded for report in reports):,} loaded, "
        f"{sum(report.quarantined for report in reports):,} quarantined, "
        f"{sum(report.duplicates for report in reports):,} duplicate"
    )
    return f"{counts}; {refused} files refused" if refused else counts
