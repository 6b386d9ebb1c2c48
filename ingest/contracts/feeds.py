"""Feed contracts: what a publisher sends, column by column.

Guarantees: a contract that loads is consistent (keys, references and code lists name what exists,
no column is both used and unused) or it is refused whole. Columns are named, never numbered.

A contract is ``feeds/<feed id>/contract.toml``; beside it lie ``<table>.sql`` files, one SELECT
each, that turn the accepted rows into the tables of ``ingest.contracts.tables``.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from ingest.contracts.columns import DATES, ColumnContract, Frozen, Kind
from ingest.errors import ContractRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

FEEDS: Final = Path(__file__).resolve().parents[2] / "feeds"
"""Where the shipped contracts are."""

FEW_ROWS: Final = 100

STAGED_COLUMNS: Final = frozenset({"delivery", "file", "received", "source_line"})
"""Columns that staging puts before those of a contract."""
STAGING_NAMES: Final = frozenset(
    ["quarantined", "dropped", "superseded", "withdrawn", "orphan", "older", "leaving", "mention",
     "checked", "staged", "faulty", "child", "parent", "parent_superseded", "keyed", "ruled_out",
     "days", "written_values", "covered", "scope_rows", "shared"]
)  # fmt: skip
"""Tables and views of staging: no file of a contract can be called so."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*_?$")]
FeedId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Text = Annotated[str, Field(min_length=1)]


class Mode(StrEnum):
    """``full``: a delivery is everything of its scope and replaces the one before it.

    ``delta``: a delivery adds rows, and replaces earlier rows of the same key.
    """

    FULL = "full"
    DELTA = "delta"


class Format(StrEnum):
    """How a file is framed."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(min_length=1)]
"""One name, or a list of them."""


class Reference(Frozen):
    """``column`` names a row of another file of the same delivery, by its ``to`` column.

    Several columns name it together, each the one of ``to`` at its place; where one of them is
    blank the row names nothing.
    """

    column: Names
    file: Name
    to: Names

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.column) != len(self.to):
            raise ValueError(
                f"{len(self.column)} columns cannot name {len(self.to)} of {self.file}"
            )
        return self


class Withdrawal(Frozen):
    """A row whose ``column`` is kept as one of ``values`` takes the record of its key back."""

    column: Name
    values: tuple[Text, ...] = Field(min_length=1)


class FileContract(Frozen):
    """One file of a delivery (or one sheet of a workbook)."""

    kind: Name
    name: str | None = None
    """Base name, compared without case, where the publisher fixes it."""
    format: Format = Format.CSV
    sheet: str | None = None
    optional: bool = False
    """True: a delivery may lack it."""
    multiline: bool = False
    """True: a quoted value may run over several lines."""
    key: tuple[Name, ...] = ()
    references: tuple[Reference, ...] = ()
    columns: dict[Name, ColumnContract] = Field(default_factory=dict)
    unused: tuple[str, ...] = ()
    """Headers that are read over, by name."""
    unused_rows: str | None = None
    """Why nothing of this file is kept, where that is so."""
    repeated: tuple[str, ...] = ()
    """Headers that the publisher writes twice; they must be unused or hold equal values."""
    newest_by: Name | None = None
    """Of two rows of one key, the one with the larger value here is the newer (an agency's own
    time of change). Without it, or where it is equal or blank, the later delivery's row is."""
    withdrawn: Withdrawal | None = None
    min_rows: int = 1
    max_rows: int | None = None
    max_quarantined_share: float = Field(default=0.25, ge=0, le=1)
    """A file of which more is quarantined was not made as agreed: its delivery is refused. A file
    of fewer than FEW_ROWS rows proves nothing by its share."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind in STAGING_NAMES:
            raise ValueError(f"{self.kind}: no file can be called so; choose another kind")
        if taken := sorted(STAGED_COLUMNS & self.columns.keys()):
            raise ValueError(
                f"{self.kind}: every row has {', '.join(taken)} of its own; call the column "
                "otherwise and name its header"
            )
        named = {*self.key, *(name for one in self.references for name in one.column)}
        if self.newest_by is not None:
            named.add(self.newest_by)
        if self.withdrawn is not None:
            named.add(self.withdrawn.column)
        if unknown := named - self.columns.keys():
            raise ValueError(
                f"{self.kind}: key, references, newest_by or withdrawn name no column: "
                f"{sorted(unknown)}"
            )
        if self.newest_by is not None and self.columns[self.newest_by].kind not in DATES | {
            Kind.INTEGER,
            Kind.DECIMAL,
        }:
            raise ValueError(f"{self.kind}: newest_by is a date, a time or a number")
        if not self.key and (self.newest_by is not None or self.withdrawn is not None):
            raise ValueError(f"{self.kind}: newest_by and withdrawn need a key")
        used = [spelling for name in self.columns for spelling in self.headers(name)]
        if twice := {name for name in used if used.count(name) > 1}:
            raise ValueError(f"{self.kind}: two columns claim the headers {sorted(twice)}")
        if both := set(used) & {normal(name) for name in self.unused}:
            raise ValueError(f"{self.kind}: used and unused: {sorted(both)}")
        if not self.columns and self.unused_rows is None:
            raise ValueError(f"{self.kind}: has no columns; say in unused_rows why")
        return self

    def headers(self, column: str) -> tuple[str, ...]:
        """The normal forms of the headers under which a column may come."""
        declared = self.columns[column]
        first = declared.header if declared.header is not None else column.replace("_", " ")
        spellings = (first, *declared.also)
        if declared.header is None:
            spellings = (column, *spellings)
        return tuple(dict.fromkeys(normal(spelling) for spelling in spellings))

    def only_takes_back(self, headers: set[str]) -> bool:
        """Whether the (normal) headers are those of withdrawals: other names may be absent."""
        if self.withdrawn is None:
            return False
        needed = (*self.key, self.withdrawn.column)
        return headers <= self.by_header.keys() and all(
            headers.intersection(self.headers(name)) for name in needed
        )

    @property
    def by_header(self) -> dict[str, str]:
        """Normal header to column."""
        return {header: name for name in self.columns for header in self.headers(name)}

    @property
    def unused_headers(self) -> frozenset[str]:
        return frozenset(normal(name) for name in self.unused)


class Agency(Frozen):
    """Who holds the feed's rows, where a row does not name its own agency."""

    id: str
    name: str
    kind: str


class FeedContract(Frozen):
    """A feed.

    ``scope`` names ``file.column`` pairs whose values bound a full delivery: those of one file
    together, row by row. ``covers`` names, at the same places, columns of another file by which a
    delivery says so itself, also of what it has no row of.
    """

    feed: FeedId
    title: Text
    publisher: Text
    dataset: Text
    mode: Mode
    agency: Agency | None = None
    scope: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    as_of: str | None = None
    """``file.column`` of the dates whose latest says how far the delivery reaches."""
    ignored_files: tuple[str, ...] = ()
    expected_every_days: int | None = Field(default=None, ge=1)
    """After how many days without a delivery pages call the feed late; None: never."""
    min_share_of_previous: float | None = Field(default=None, ge=0, le=1)
    """A full delivery with a smaller share of its predecessor's rows is refused as incomplete; with
    a scope, one with a smaller share of them in any part of it."""
    files: tuple[FileContract, ...]
    _folder: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        seen: dict[str, FileContract] = {}
        for file in self.files:
            for reference in file.references:
                _follow(file, reference, seen.get(reference.file))
            if file.kind in seen:
                raise ValueError(f"two files are called {file.kind}")
            seen[file.kind] = file
            if self.mode is Mode.DELTA and file.columns and not file.key:
                raise ValueError(
                    f"{file.kind}: a delta needs a key, or a row sent twice would count twice"
                )
        if self.mode is Mode.DELTA and (self.min_share_of_previous is not None or self.scope):
            raise ValueError("scope and min_share_of_previous are for full deliveries")
        for named in (*self.scope, *self.covers, *([self.as_of] if self.as_of else [])):
            kind, _, column = named.partition(".")
            if kind not in seen or column not in seen[kind].columns:
                raise ValueError(f"scope, covers or as_of names no column: {named}")
            if named == self.as_of and seen[kind].columns[column].kind not in DATES:
                raise ValueError(f"as_of is a column of dates: {named}")
        if self.covers and len({name.partition(".")[0] for name in self.scope}) != 1:
            raise ValueError("covers stands beside a scope of one file")
        if self.covers and len(self.covers) != len(self.scope):
            raise ValueError("covers names a column for each one of scope")
        if len({name.partition(".")[0] for name in self.covers}) > 1:
            raise ValueError("covers names columns of one file")
        return self

    @property
    def scopes(self) -> dict[str, tuple[str, ...]]:
        """The columns of the scope, by the file that has them."""
        return _by_file(self.scope)

    def says_scope(self, kind: str) -> tuple[str, ...]:
        """The files of which a row says what a delivery is everything of."""
        return (kind, *_by_file(self.covers))

    @property
    def folder(self) -> Path:
        """Where the contract was read, its SQL beside it."""
        return self._folder if self._folder is not None else FEEDS / self.feed

    def file(self, kind: str) -> FileContract:
        return next(file for file in self.files if file.kind == kind)


def _by_file(named: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for kind, _, column in (each.partition(".") for each in named):
        found[kind] = (*found.get(kind, ()), column)
    return found


def _follow(file: FileContract, reference: Reference, target: FileContract | None) -> None:
    for name, to in zip(reference.column, reference.to, strict=True):
        if target is None or to not in target.columns:
            raise ValueError(
                f"{file.kind}: refers to {reference.file}.{to}, which is not a column of a file "
                "above it"
            )
        if file.columns[name].kind is not target.columns[to].kind:
            raise ValueError(
                f"{file.kind}: {name} and {reference.file}.{to} are of two kinds, so that no value "
                "of one is one of the other"
            )


def normal(header: str) -> str:
    """A header as it is compared: without case, outer blanks and a byte order mark."""
    return " ".join(header.strip().strip("\ufeff").split()).casefold()


def load_contract(path: Path) -> FeedContract:
    """Read one contract file. Raises ContractRefused, naming each fault's place."""
    try:
        contract = FeedContract.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ContractRefused(f"cannot be read as TOML: {error}", file=str(path)) from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_input=False)
        )
        raise ContractRefused(faults, file=str(path)) from None
    if contract.feed != path.parent.name:
        raise ContractRefused(
            f"says feed {contract.feed}, but its folder is {path.parent.name}", file=str(path)
        )
    contract._folder = path.parent
    return contract


@cache
def _shipped() -> dict[str, FeedContract]:
    return _contracts_in(FEEDS)


def _contracts_in(folder: Path) -> dict[str, FeedContract]:
    paths = sorted(folder.glob("*/contract.toml"))
    return {contract.feed: contract for contract in map(load_contract, paths)}


def load_contracts(own: Path | None = None) -> dict[str, FeedContract]:
    """The shipped contracts and those of the installation's ``own`` folder, by feed id.

    An own feed with the id of a shipped one stands in its place. Raises ContractRefused.
    """
    # Own contracts are read each time: a steward changes them while a service runs.
    found = _shipped() | (_contracts_in(own) if own is not None else {})
    return dict(sorted(found.items()))
