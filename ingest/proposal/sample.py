"""A sample file, framed as its feed's deliveries will be.

Guarantees: a file that the product would refuse is refused here with the same error; every sheet
with a header comes framed with one text column a header; a header that comes twice is not read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import duckdb

from ingest.contracts.columns import ColumnContract
from ingest.contracts.feeds import STAGED_COLUMNS, STAGING_NAMES, FileContract, Format, normal
from ingest.errors import NotRecognised, Unreadable
from ingest.framing.delimited import frame_delimited, read_header
from ingest.framing.jsonlines import frame_json_lines, read_names
from ingest.framing.parquet import frame_parquet, read_schema_names
from ingest.framing.workbook import frame_sheet, sheet_headers
from ingest.sources import FORMATS, SEPARATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ingest.framing.rows import Framed

TAKEN: Final = STAGED_COLUMNS | {"record_key", "agency_id"}
"""Names that staging and the starter SQL give to columns of their own."""
_READERS: Final = {
    Format.CSV: frame_delimited,
    Format.XLSX: frame_sheet,
    Format.JSONL: frame_json_lines,
    Format.PARQUET: frame_parquet,
}


@dataclass(frozen=True, slots=True)
class Sampled:
    """One file or sheet. ``contract`` has every column as text; ``framed`` are its rows."""

    contract: FileContract
    framed: Framed
    headers: dict[str, str]
    """Column to the header as the file spells it."""
    spoiled: tuple[str, ...] = ()
    """Headers that come twice, or are blank: nothing binds their columns by name."""


def sample(path: Path, scratch: Path) -> list[Sampled]:
    """Frame every part of the file. Raises Unreadable, DeliveryRefused and NotRecognised."""
    if path.is_dir() or not path.exists():
        what = "is a folder; name one file" if path.is_dir() else "does not exist"
        raise Unreadable(
            f"{what}: a sample is one CSV, XLSX, JSONL or Parquet file", file=str(path)
        )
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        known = ", ".join(sorted(FORMATS))
        raise NotRecognised(f"is none of {known}; unpack or export the sample", file=path.name)
    scratch.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[-_ ]?\d[\d-]*$", "", path.stem) or path.stem
    bare = FileContract(kind="rows", format=form, unused_rows="-")
    if form is Format.XLSX:
        found = [
            (_name(sheet, STAGING_NAMES, "sheet"), sheet, header)
            for sheet, header in sheet_headers(path, path.name).items()
            if any(header)
        ]
        if not found:
            raise Unreadable("no sheet has a header and rows", file=path.name)
        return [
            _framed(
                path, scratch, bare.model_copy(update={"kind": kind, "sheet": sheet}), _cut(header)
            )
            for kind, sheet, header in _unique_kinds(found)
        ]
    readers: dict[Format, Callable[[Path, str], list[str]]] = {
        Format.CSV: read_header,
        Format.JSONL: partial(read_names, lines=None),
    }
    header = readers.get(form, read_schema_names)(path, path.name)
    if form is Format.CSV and len(header) == 1 and (other := set(SEPARATORS) & set(header[0])):
        raise Unreadable(
            f"its header has no comma but {' '.join(sorted(other))}: expected comma-separated "
            "text; export it so",
            file=path.name,
            line=1,
        )
    kind = _name(stem, STAGING_NAMES, "rows")
    return [_framed(path, scratch, bare.model_copy(update={"kind": kind}), header)]


def _framed(path: Path, scratch: Path, bare: FileContract, header: Sequence[str]) -> Sampled:
    target = scratch / f"{bare.kind}.parquet"
    headers, spoiled = _columns(header)
    contract = _reading(bare, headers, spoiled)
    framed = _READERS[bare.format](path, path.name, contract, target)
    if bare.format is Format.CSV and any("quote" in fault.reason for fault in framed.faults):
        faults = len(framed.faults)
        running_on = contract.model_copy(update={"multiline": True})
        again = frame_delimited(path, path.name, running_on, target.with_suffix(".m.parquet"))
        if len(again.faults) < faults:
            contract, framed = running_on, again
    if not framed.rows:
        raise Unreadable(
            "holds no row that can be read; a sample needs some", file=bare.sheet or path.name
        )
    framed = replace(framed, columns=tuple(headers))
    return Sampled(contract, framed, headers, spoiled)


def _reading(bare: FileContract, headers: dict[str, str], spoiled: Sequence[str]) -> FileContract:
    optional = bare.format is Format.JSONL
    columns = {
        name: ColumnContract(header=header, optional=optional) for name, header in headers.items()
    }
    update = {"columns": columns, "repeated": tuple(spoiled), "unused": tuple(spoiled)}
    return bare.model_copy(update={**update, "unused_rows": None})


def _columns(header: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Column names for headers, and the headers that cannot be bound by name."""
    written = Counter(normal(name) for name in header)
    spoiled = {name for name, count in written.items() if count > 1 or not name}
    columns: dict[str, str] = {}
    for place, text in enumerate(header, start=1):
        if normal(text) in spoiled:
            continue
        name = _name(text, TAKEN, f"column_{place}")
        base, number = name, 2
        while name in columns:
            name, number = f"{base}_{number}", number + 1
        columns[name] = text.strip()
    return columns, tuple(sorted(spoiled))


def _name(text: str, taken: frozenset[str], otherwise: str) -> str:
    """A name that contracts and SQL take: LastName and Last-Name are last_name."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text.strip())
    name = re.sub(r"[^a-z0-9]+", "_", split.casefold()).strip("_")[:60].strip("_")
    if not name or not re.search("[a-z]", name):
        return otherwise
    if not name[0].isalpha():
        name = f"c_{name}"
    return f"{name}_written" if name in taken or name in reserved() else name


@cache
def reserved() -> frozenset[str]:
    """Words that SQL keeps for itself."""
    with duckdb.connect() as con:
        rows = con.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
        ).fetchall()
    return frozenset(word for (word,) in rows)


def _cut(header: Sequence[str]) -> list[str]:
    """Without the empty cells after the last name."""
    names = list(header)
    while names and not names[-1].strip():
        names.pop()
    return names


def _unique_kinds(
    found: Sequence[tuple[str, str, list[str]]],
) -> list[tuple[str, str, list[str]]]:
    count: Counter[str] = Counter()
    unique = []
    for kind, sheet, header in found:
        count[kind] += 1
        unique.append((kind if count[kind] == 1 else f"{kind}_{count[kind]}", sheet, header))
    return unique
