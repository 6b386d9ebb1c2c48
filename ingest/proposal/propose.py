"""``vast feeds new``: a contract and starter SQL from one sample file.

Guarantees: the folder that is written was loaded, with the sample as a delivery, before it was
written: it accepts every row of the sample that can be framed. A folder that exists is only
replaced when that is asked for.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from ingest.contracts.feeds import Agency, Mode, Reference, load_contract
from ingest.errors import ContractRefused
from ingest.feedload import FeedLoad, Given
from ingest.functions import connect_ingest
from ingest.proposal.columns import ProposedColumn, propose_column
from ingest.proposal.document import ProposedFeed, ProposedFile, contract_text
from ingest.proposal.keys import leads_there, likely_key
from ingest.proposal.meaning import Meaning, meaning_of
from ingest.proposal.profile import profile, sampled_rows
from ingest.proposal.sample import Sampled, sample
from ingest.proposal.starter import starter
from ingest.sources import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.report import FileReport

OURS: Final = ("contract.toml", "prepare.sql", "person_record.sql", "contact_point.sql")
_MOST_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was proposed, the files of its folder, and how the sample fares under it."""

    feed: ProposedFeed
    texts: dict[str, str]
    files: tuple[FileReport, ...]
    tables: dict[str, int]


def propose(path: Path, feed: str, publisher: str | None) -> Proposal:
    """Propose a contract for the deliveries that ``path`` is a sample of.

    Raises Unreadable, DeliveryRefused and NotRecognised for a file that no feed could send.
    """
    with tempfile.TemporaryDirectory(prefix="vast-new-") as name:
        scratch = Path(name)
        parts = sample(path, scratch / "sample")
        with connect_ingest(scratch / "spill") as con:
            files = _in_order(con, [(part, _file(con, feed, part)) for part in parts])
        title = " ".join(feed.split("-")).capitalize()
        named = publisher or title
        agency = Agency(id=feed.upper(), name=named, kind="other")
        keyed = all(file.key for file in files)
        mode = Mode.DELTA if keyed and len(files) == 1 else Mode.FULL
        proposed = ProposedFeed(feed, title, named, agency, mode, files)
        for turn in range(_MOST_TRIES):
            texts = _texts(proposed)
            reports, tables, wrong = _tried(path, proposed, texts, scratch / f"try-{turn}")
            if not wrong:
                return Proposal(proposed, texts, reports, tables)
            proposed = _loosened(proposed, wrong)
        raise ContractRefused(
            f"no contract was found that accepts {', '.join(sorted(name for _, name in wrong))}; "
            "write it by hand after docs/feeds.md",
            file=path.name,
        )


def write(proposal: Proposal, folder: Path, *, force: bool) -> list[Path]:
    """Write the feed's folder below ``folder``. Raises ContractRefused where it exists."""
    target = folder / proposal.feed.feed
    if target.exists() and not force:
        raise ContractRefused(
            f"{target} exists; name another feed with --id, or replace its contract and starter "
            "SQL with --force"
        )
    target.mkdir(parents=True, exist_ok=True)
    for name in OURS:
        if name not in proposal.texts:
            (target / name).unlink(missing_ok=True)
    for name, text in proposal.texts.items():
        (target / name).write_text(text, encoding="utf-8")
    return [target / name for name in proposal.texts]


def _file(con: duckdb.DuckDBPyConnection, feed: str, part: Sampled) -> ProposedFile:
    whole = con.read_parquet(str(part.framed.path))
    rows = sampled_rows(con, part.framed.path, part.framed.rows)
    columns = []
    profiled = 0
    for name, header in part.headers.items():
        seen = profile(con, rows, name)
        profiled = seen.rows
        meaning = meaning_of(header, seen)
        columns.append(propose_column(name, header, meaning, seen, part.contract.format))
    key = likely_key(whole, columns)
    kind = part.contract.kind
    return ProposedFile(
        bare=part.contract,
        rows=part.framed.rows,
        faulty=len(part.framed.faults),
        profiled=profiled,
        columns=tuple(columns),
        key=key,
        spoiled=part.spoiled,
        references=(),
        starter=starter(feed, kind, key, columns),
    )


def _in_order(
    con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[Sampled, ProposedFile]]
) -> tuple[ProposedFile, ...]:
    """Sheets that others refer to come first; a reference is told by equal column names."""
    framed = {file.kind: con.read_parquet(str(part.framed.path)) for part, file in pairs}
    files = [file for _, file in pairs]
    keys = {file.key[0]: file for file in files if len(file.key) == 1}
    done = []
    for file in files:
        found = []
        for column in file.columns:
            parent = keys.get(column.name)
            if parent is None or parent is file or column.contract is None:
                continue
            if column.name not in file.key and leads_there(
                framed[file.kind], column.name, framed[parent.kind], column.name
            ):
                found.append(Reference(column=(column.name,), file=parent.kind, to=(column.name,)))
        # A row that refers to a person's row by number alone names no further person.
        persons = {other.kind for other in files if other.starter is not None}
        alone = all(
            column.meaning is not meaning
            for column in file.columns
            for meaning in (Meaning.SURNAME, Meaning.GIVEN_NAME, Meaning.FULL_NAME)
        )
        names_parent = alone and any(one.file in persons for one in found)
        done.append(
            replace(
                file,
                references=tuple(found[:1]),
                starter=None if names_parent else file.starter,
            )
        )
    return tuple(sorted(done, key=lambda file: bool(file.references)))


def _texts(proposed: ProposedFeed) -> dict[str, str]:
    texts = {"contract.toml": contract_text(proposed)}
    starters = [file.starter for file in proposed.files if file.starter is not None]
    if starters:
        texts["prepare.sql"] = "\n".join(one.prepare for one in starters)
        persons = "\nUNION ALL BY NAME\n".join(one.person for one in starters)
        texts["person_record.sql"] = persons + "\n"
    if any(one.contacts for one in starters):
        texts["contact_point.sql"] = "FROM contact_rows()\n"
    return texts


def _tried(
    path: Path, proposed: ProposedFeed, texts: dict[str, str], scratch: Path
) -> tuple[tuple[FileReport, ...], dict[str, int], set[tuple[str, str]]]:
    """Load the sample under the proposal; the columns whose values it would quarantine."""
    folder = scratch / "feeds" / proposed.feed
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    contract = load_contract(folder / "contract.toml")
    # All of the sample is looked at, also where a delivery with so many faults would be refused.
    patient = [file.model_copy(update={"max_quarantined_share": 1.0}) for file in contract.files]
    contract = contract.model_copy(update={"files": tuple(patient)})
    parts = tuple(
        Part(file, path, f"{path.name}#{file.sheet}" if file.sheet else path.name)
        for file in contract.files
    )
    with FeedLoad(contract, scratch / "load") as loading:
        loaded = loading.load([Given("sample", path.name, datetime.now(UTC), parts)])
        written = loading.write(scratch / "tables")
    sheets = {f"{path.name}#{file.sheet}" if file.sheet else path.name: file.kind
              for file in contract.files}  # fmt: skip
    with duckdb.connect() as con:
        bad = con.read_parquet(str(written.pop("quarantine"))).filter("field IS NOT NULL")
        wrong = {(sheets[file], field) for file, field in
                 bad.select("file", "field").distinct().fetchall()}  # fmt: skip
        known = {(file.kind, name) for file in contract.files for name in file.columns}
        tables = {
            name: int(con.read_parquet(str(table)).aggregate("count(*)").fetchall()[0][0])
            for name, table in written.items()
        }
    # A row that cannot be framed is no fault of a column's contract.
    framing = Counter({file.kind: file.faulty for file in proposed.files})
    quarantined = sum(report.quarantined for report in loaded.files)
    if quarantined <= framing.total():
        wrong = set()
    return loaded.files, tables, wrong & known


def _loosened(proposed: ProposedFeed, wrong: set[tuple[str, str]]) -> ProposedFeed:
    def column(kind: str, one: ProposedColumn) -> ProposedColumn:
        if (kind, one.name) not in wrong:
            return one
        kept = f"some rows beyond the spread are no {one.described()}: kept as text"
        return one.loosened(kept)

    files = []
    for file in proposed.files:
        columns = tuple(column(file.kind, one) for one in file.columns)
        fields = {name for kind, name in wrong if kind == file.kind}
        references = tuple(one for one in file.references if not fields.intersection(one.column))
        again = file.starter and starter(proposed.feed, file.kind, file.key, columns)
        files.append(replace(file, columns=columns, references=references, starter=again))
    return replace(proposed, files=tuple(files))
