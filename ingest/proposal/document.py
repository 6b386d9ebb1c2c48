"""A proposed contract as the TOML file that a steward edits.

Guarantees: comments hold counts, shares and kinds, never a value of the sample; the word DECIDE
stands wherever a person has to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.contracts.columns import Kind
from ingest.contracts.feeds import Format, Mode
from ingest.proposal.columns import ROWS_PER_CODE
from ingest.proposal.meaning import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.contracts.feeds import Agency, FileContract, Reference
    from ingest.proposal.columns import ProposedColumn
    from ingest.proposal.starter import Starter


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """One file (or sheet) of a proposal. ``rows`` and ``faulty`` are those of the sample."""

    bare: FileContract
    rows: int
    faulty: int
    profiled: int
    columns: tuple[ProposedColumn, ...]
    key: tuple[str, ...]
    spoiled: tuple[str, ...]
    references: tuple[Reference, ...]
    starter: Starter | None

    @property
    def kind(self) -> str:
        return self.bare.kind

    def day(self) -> str | None:
        """The column that says how far a delivery reaches."""
        for meaning in (Meaning.OBSERVED_ON, Meaning.DATE):
            for column in self.columns:
                dated = column.contract is not None and column.kind is not Kind.TEXT
                if dated and column.meaning is meaning:
                    return column.name
        return None


@dataclass(frozen=True, slots=True)
class ProposedFeed:
    """The whole of a proposal."""

    feed: str
    title: str
    publisher: str
    agency: Agency
    mode: Mode
    files: tuple[ProposedFile, ...]


def contract_text(proposal: ProposedFeed) -> str:
    """The text of contract.toml."""
    rows = sum(file.rows + file.faulty for file in proposal.files)
    day = next((f"{file.kind}.{file.day()}" for file in proposal.files if file.day()), None)
    mode = (
        "DECIDE: delta (a delivery adds rows; one with the key of an earlier row replaces it) or "
        "full (each delivery is everything)"
    )
    agency = proposal.agency
    lines = [
        f"# Proposed by 'vast feeds new' from one file of {rows:,} rows; counts are of that file.",
        "# No value of it stands here but in code tables: words for a sex, a race, an ethnicity,",
        f"# and short values, each in {ROWS_PER_CODE} rows or more, of columns about no person.",
        "# Lines that say DECIDE want a person's decision. docs/feeds.md explains every key.",
        "",
        f"feed = {_quoted(proposal.feed)}",
        f"title = {_quoted(proposal.title)}  # DECIDE: as pages name the feed",
        f"publisher = {_quoted(proposal.publisher)}  # DECIDE: who sends it",
        f"dataset = {_quoted(proposal.title)}  # DECIDE: as the agreement calls what is sent",
        f"# {mode}",
        f"mode = {_quoted(proposal.mode.value)}",
        *([f"as_of = {_quoted(day)}  # how far a delivery reaches"] if day else []),
        "# expected_every_days = 31  # DECIDE: pages then tell when a delivery is late",
        "# DECIDE: id (an ORI, else a short code), name, and kind: state_police, police, sheriff,",
        "# university, lab, social_services, juvenile_justice, clearinghouse, hotline, health,",
        "# other",
        (
            f"agency = {{ id = {_quoted(agency.id)}, name = {_quoted(agency.name)}, "
            f"kind = {_quoted(agency.kind)} }}"
        ),
    ]
    for file in proposal.files:
        lines += ["", *_file(file)]
    return "\n".join(lines) + "\n"


def _named(columns: Sequence[str]) -> str:
    return _quoted(columns[0]) if len(columns) == 1 else _list(columns)


def _file(file: ProposedFile) -> list[str]:
    seen = f"# {file.rows:,} rows"
    if file.faulty:
        seen += f", and {file.faulty:,} lines that could not be read as rows"
    if file.profiled < file.rows:
        seen += f"; columns told from a spread of {file.profiled:,}"
    lines = ["[[files]]", seen, f"kind = {_quoted(file.kind)}"]
    if file.bare.format is not Format.CSV:
        lines.append(f"format = {_quoted(file.bare.format.value)}")
    if file.bare.sheet is not None:
        lines.append(f"sheet = {_quoted(file.bare.sheet)}")
    if file.bare.multiline:
        lines.append("multiline = true  # quoted values run over several lines")
    if file.key:
        lines.append(f"key = {_list(file.key)}  # unique and never blank in all {file.rows:,} rows")
    else:
        lines.append("# key: no column is unique and never blank")
    for reference in file.references:
        lines.append(
            f"references = [{{ column = {_named(reference.column)}, "
            f"file = {_quoted(reference.file)}, to = {_named(reference.to)} }}]"
        )
    lines.append(f"# min_rows = {max(1, file.rows // 2)}  # DECIDE: fewer rows refuse a delivery")
    unread = [column for column in file.columns if column.contract is None]
    for column in unread:
        lines.append(f"# {_told(column.header)}: {'; '.join(column.remarks)}")
    unused = [*(column.header for column in unread), *file.spoiled]
    if file.spoiled:
        lines.append("# Headers that come twice, or are blank, cannot be bound by name.")
        lines.append(f"repeated = {_list(file.spoiled)}")
    if unused:
        lines.append(f"unused = {_list(unused)}")
    read = [column for column in file.columns if column.contract is not None]
    if not read:
        return [*lines, 'unused_rows = "no column held a value in the sample"']
    lines.append("[files.columns]")
    for column in read:
        lines += _column(file, column)
    return lines


def _column(file: ProposedFile, column: ProposedColumn) -> list[str]:
    contract = column.contract
    if contract is None:
        return []
    said = [] if column.meaning is Meaning.UNKNOWN else [column.meaning.value]
    target = file.starter.used.get(column.name) if file.starter else None
    said += [f"to {target}"] if target else []
    required = column.name in file.key or (column.name == file.day() and column.seen.never_blank)
    keys: list[str] = []
    if contract.header is not None:
        keys.append(f"header = {_quoted(contract.header)}")
    if contract.kind.value != "text":
        keys.append(f"kind = {_quoted(contract.kind.value)}")
    if contract.optional and not required:
        keys.append("optional = true")
    if required:
        keys.append("required = true")
    if contract.codes is not None:
        keys.append(f"codes = {_quoted(contract.codes)}")
    if contract.values is not None:
        pairs = ", ".join(f"{_quoted(one)} = {_quoted(to)}" for one, to in contract.values.items())
        keys.append(f"values = {{ {pairs} }}")
    if contract.blank:
        keys.append(f"blank = {_list(contract.blank)}")
    comment = "# " + "; ".join([*said, *column.remarks])
    return [
        comment,
        f"{column.name} = {{ {', '.join(keys)} }}" if keys else f"{column.name} = {{}}",
    ]


def _told(header: str) -> str:
    """A header as a comment may hold it: on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in header).split()) or "(blank)"


def _quoted(value: Any) -> str:
    """A TOML string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(value) for value in values) + "]"
