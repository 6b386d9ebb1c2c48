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

from ingest.contracts.feeds import load_contracts
from ingest.feedload import FeedLoad, Given
from ingest.report import CheckReport, FileReport
from ingest.sources import Candidate, find_deliveries


def check(path: Path) -> CheckReport:
    """Check a delivery, a folder of deliveries or a zip archive.

    Raises Unreadable where ``path`` does not exist; every other fault is in the report.
    """
    contracts = load_contracts()
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
        for feed, candidates in by_feed.items():
            # Deliveries have no hash before they land: their place tells them apart.
            given = [
                Given(candidate.name, candidate.name, datetime.now(UTC), candidate.parts)
                for candidate in candidates
            ]
            with FeedLoad(contracts[feed], scratch / feed) as loading:
                loaded = loading.load(given)
            shown = {(c.name, part.file): part.shown for c in candidates for part in c.parts}
            reports.extend(
                replace(
                    report,
                    path=shown.get((report.delivery or "", report.path), report.path),
                    delivery=None,
                )
                for report in loaded.files
            )
    return CheckReport(tuple(sorted(reports, key=lambda report: report.path)), tuple(found.ignored))


def _where(line: int | None, field: str | None) -> str:
    parts = [f"line {line}"] if line is not None else []
    parts += [f"field {field}"] if field is not None else []
    return ", ".join(parts) + ": " if parts else ""
