"""A dry run: what would be loaded from a delivery, and what not, and why.

Guarantees: nothing is kept and no home is touched; the rows are read, typed, referred and counted
by the same code that loads them.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.contracts.feeds import load_contracts
from ingest.contracts.tables import BY_NAME
from ingest.feedload import SHARED, FeedLoad, Given
from ingest.load import refuse_repeated_keys
from ingest.report import CheckReport, FileReport
from ingest.sources import Candidate, find_deliveries


def check(path: Path, own: Path | None = None, *, tables: bool = False) -> CheckReport:
    """Check a delivery, a folder of deliveries or a zip archive.

    ``own`` is the folder of the installation's own feeds. With ``tables`` the feeds' SQL is run
    too, and the report says how many rows each table would get.

    Raises Unreadable where ``path`` does not exist, and ContractRefused; every other fault is in
    the report.
    """
    contracts = load_contracts(own)
    with tempfile.TemporaryDirectory(prefix="vast-check-") as name:
        scratch = Path(name)
        found = find_deliveries(path, contracts, scratch)
        reports = [
            FileReport.refusal(
                refusal.path, refusal.feed, _where(refusal.line, refusal.field) + refusal.reason
            )
            for refusal in found.refusals
        ]
        by_feed: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in found.candidates:
            by_feed[candidate.feed.feed].append(candidate)
        filled: dict[str, dict[str, int]] = {}
        for feed, candidates in by_feed.items():
            # Deliveries have no hash before they land: their place tells them apart.
            given = [
                Given(candidate.name, candidate.name, datetime.now(UTC), candidate.parts)
                for candidate in candidates
            ]
            with FeedLoad(contracts[feed], scratch / feed) as loading:
                loaded = loading.load(given)
                if tables:
                    written = loading.write(scratch / f"{feed}-tables")
                    filled[feed] = {name: _unique_rows(name, written[name]) for name in written}
            shown = {(c.name, part.file): part.shown for c in candidates for part in c.parts}
            reports.extend(
                replace(
                    report,
                    path=shown.get((report.delivery or "", report.path), report.path),
                    delivery=None,
                )
                for report in loaded.files
            )
    return CheckReport(
        tuple(sorted(reports, key=lambda report: report.path)), tuple(found.ignored), filled
    )


def _unique_rows(name: str, path: Path) -> int:
    """The rows of a written table. Raises LostRows where its keys repeat."""
    with duckdb.connect() as con:
        relation = con.read_parquet(str(path))
        if name in BY_NAME and name not in SHARED:
            refuse_repeated_keys(con, relation, BY_NAME[name])
        ((rows,),) = relation.aggregate("count(*)").fetchall()
        return int(rows)


def _where(line: int | None, field: str | None) -> str:
    parts = [f"line {line}"] if line is not None else []
    parts += [f"field {field}"] if field is not None else []
    return ", ".join(parts) + ": " if parts else ""
