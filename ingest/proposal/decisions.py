"""What only the steward can decide about a proposed feed.

Guarantees: every decision names what to change and where; none quotes a value of the sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.contracts.columns import Kind
from ingest.contracts.feeds import FileContract, Mode, load_contracts
from ingest.errors import IngestError
from ingest.proposal.keys import nearly_key
from ingest.proposal.meaning import Meaning
from ingest.sources import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.proposal.document import ProposedFile
    from ingest.proposal.propose import Proposal

MOST_FAULTY: Final = FileContract.model_fields["max_quarantined_share"].default


def decisions(proposal: Proposal, sample: Path, own: Path) -> list[str]:
    """In the order in which they matter. ``own`` is the folder that the feed was written to."""
    feed = proposal.feed
    agency = feed.agency
    found = [
        *_taken(proposal, sample, own),
        f"agency: id {agency.id}, name and kind {agency.kind} are placeholders (contract.toml)",
    ]
    if feed.mode is Mode.DELTA:
        found.append(
            "mode delta: each file adds rows; full, if each file is everything there is, so that "
            "rows that are missing from the next one go"
        )
    else:
        found.append(
            "mode full: each delivery replaces the one before it; delta, if it only adds rows "
            "(that needs a key)"
        )
    for file in feed.files:
        found += _of_file(file)
    found.append(
        f"agreement: without one of dataset {feed.feed} no view gets a row (docs/agreements.md)"
    )
    return found


def _taken(proposal: Proposal, sample: Path, own: Path) -> Iterator[str]:
    """Another feed whose columns the sample has as well."""
    try:
        feed, _ = recognise(sample, load_contracts(own))
    except IngestError as error:
        yield f"deliveries: {error}"
        return
    if feed.feed != proposal.feed.feed:
        yield (
            f"the sample is taken for a delivery of feed {feed.feed}: use that feed, or remove "
            "columns from the contract that it shares"
        )


def _of_file(file: ProposedFile) -> Iterator[str]:
    kind = file.kind
    share = file.faulty / (file.rows + file.faulty)
    if share > MOST_FAULTY:
        yield (
            f"{share:.0%} of the lines of {kind} could not be read as rows: ask for a better file; "
            "a delivery of 100 rows or more with so many is refused (max_quarantined_share)"
        )
    if not file.key:
        near = nearly_key(file.columns)
        if near is not None:
            repeated = near.seen.rows - near.seen.values
            yield (
                f"{kind} has no key; {near.name} is one but for {repeated:,} rows: if those "
                f'correct earlier ones, write key = ["{near.name}"], and the last of each stays'
            )
        else:
            yield f"{kind} has no key: a row that is sent twice is loaded twice"
    if file.starter is None:
        yield (
            f"{kind} names no person that could be told: write the SQL of the tables that it fills "
            "(docs/feeds.md), or declare unused_rows"
        )
    else:
        yield f"role: every person of {kind} is a {file.starter.role} (person_record.sql)"
        if file.starter.others:
            yield (
                f"other persons of {kind}: {', '.join(file.starter.others)} are read and in no "
                "table; add a SELECT for them"
            )
        if not any(column.meaning is Meaning.PROTECTED for column in file.columns):
            yield f"{kind} marks no protected address: ask whether it holds shelters' addresses"
    yield from _columns(file)


def _columns(file: ProposedFile) -> Iterator[str]:
    free = [c.name for c in file.columns if c.meaning is Meaning.FREE_TEXT]
    if free:
        yield f"free text is read over: {', '.join(free)}; it may name anybody"
    if file.spoiled:
        named = ", ".join(name or "(blank)" for name in file.spoiled)
        yield f"headers that come twice or are blank are read over: {named}; ask for names"
    listed = [c.name for c in file.columns if c.contract and c.contract.values is not None]
    if listed:
        yield (
            f"a word that is not in a code table quarantines its row: {', '.join(listed)}; ask the "
            "publisher for all words, or remove values"
        )
    used = file.starter.used if file.starter else {}
    idle = [
        column.name
        for column in file.columns
        if column.contract is not None and column.name not in used and column.name not in file.key
    ]
    if idle and used:
        yield f"read and in no table yet: {', '.join(idle)}; use them in SQL or name them in unused"
    for column in file.columns:
        if any("would quarantine" in remark for remark in column.remarks):
            yield f"{column.name}: {column.remarks[-1]}"
        if column.kind is Kind.ORI:
            yield (
                f"{column.name} names agencies: where rows are of several, let the SQL say "
                f"coalesce({column.name}, getvariable('agency_id')) AS agency_id"
            )
