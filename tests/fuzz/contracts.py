"""Contracts, values and whole deliveries of any content: what loads also works, every row counted.

Guarantees: as in tests.fuzz.framing. What a contract accepts must not break the SQL behind it.
"""

from __future__ import annotations

import atexit
import csv
import io
import re
import tempfile
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.columns import ColumnContract, Kind
from ingest.contracts.feeds import FileContract, Format, load_contract, load_contracts
from ingest.contracts.tables import BY_NAME
from ingest.errors import ContractRefused
from ingest.feedload import SHARED, FeedLoad, Given
from ingest.framing.rows import LINE
from ingest.functions import connect_ingest
from ingest.load import refuse_repeated_keys
from ingest.sources import Part, find_deliveries
from ingest.values import checked, cleaned_text
from tests.fuzz.framing import PART, in_memory
from tests.ingest.deliveries import local_police, nibrs_2021

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.contracts.feeds import FeedContract

WHEN: Final = datetime(2026, 1, 1, tzinfo=UTC)
KINDS: Final = FileContract(
    kind="values", columns={f"c_{kind.value}": ColumnContract(kind=kind) for kind in Kind}
)
MACROS: Final = """
SELECT full_date(c_iso_date_or_year), year_of(c_iso_date_or_year), full_date(c_us_date_or_year),
  year_of(c_us_date_or_year), age_low(c_age_range), age_high(c_age_range), plate(c_text),
  handle(c_text), address_of(c_upper, c_upper), city_of(c_locality),
  location_key(c_text, c_upper, c_fips),
  phone_e164(c_text), phone_partial(c_text), locality_id(c_locality), locality_note(c_fips),
  contact_value('phone', c_text), record_key(['a', c_text]), agency_locality(c_ori, 'VA', c_text),
  age_on(c_iso_date, c_us_date)
FROM typed"""
"""Everything that the SQL of a feed may do with an accepted value."""


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    scratch = tempfile.TemporaryDirectory(prefix="vast-fuzz-")
    con = connect_ingest(Path(scratch.name))

    def end() -> None:
        con.close()
        _connection.cache_clear()
        scratch.cleanup()

    atexit.register(end)
    return con


def values(data: bytes) -> None:
    """Lines of text, each written in a column of every kind; framing lets no NUL through."""
    written = data.decode("utf-8", "ignore").replace("\0", "").split("\n")[:40]
    con = _connection()
    column = pa.array(written, pa.string())
    table = pa.table(
        {LINE: pa.array(range(len(written)), pa.int64())} | dict.fromkeys(KINDS.columns, column)
    )
    con.register("written", table)
    try:
        names = list(KINDS.columns)
        clean = cleaned_text(con.table("written"), KINDS, names)
        checked(clean, KINDS, names, [duckdb.ColumnExpression(LINE)]).create("typed")
        found = con.sql("SELECT * FROM typed ORDER BY source_line").fetchall()
        con.sql(MACROS).fetchall()
    finally:
        con.unregister("written")
        con.execute("DROP TABLE IF EXISTS typed")
    assert len(found) == len(written)
    for text, row in zip(written, found, strict=True):
        typed = dict(zip((*KINDS.columns, "field", "reason"), row[1:], strict=True))
        assert typed["c_integer"] == _integer(text), "integer"
        assert typed["c_iso_date"] == _iso_date(text), "iso_date"
        assert typed["c_us_date"] == _us_date(text), "us_date"
        assert (typed["reason"] is None) == (typed["field"] is None)


def _bare(text: str) -> str:
    return text.strip(" \t\n\r\xa0")


def _integer(text: str) -> int | None:
    return int(_bare(text)) if re.fullmatch("[+-]?[0-9]{1,18}", _bare(text)) else None


def _iso_date(text: str) -> date | None:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+Z?)?", _bare(text)):
        return None
    return _day(*(int(part) for part in _bare(text)[:10].split("-")))


def _us_date(text: str) -> date | None:
    if not re.fullmatch("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", _bare(text)):
        return None
    month, day, year = (int(part) for part in _bare(text).split("/"))
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        made = date(year, month, day)
    except ValueError:
        return None
    return made if 1850 <= made.year <= 2100 else None


def contract(data: bytes) -> None:
    """A contract of a feed called ``f`` as text, and behind ``PART`` the cells of its files."""
    text, _, cells = data.partition(PART)
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        feed = _loaded(text, Path(name) / "f")
        if feed is not None and all(file.format is Format.CSV for file in feed.files[:4]):
            _deliver(feed, Path(name), cells.decode("utf-8", "ignore").split("\x1f"))


class _Draw:
    """Choices that bytes make, so that most inputs are contracts and not noise."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, below: int) -> int:
        byte = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return byte % below

    def of(self, options: Sequence[str]) -> str:
        return options[self.number(len(options))]

    def some(self, options: Sequence[str]) -> list[str]:
        mask = self.number(1 << min(8, len(options)))
        return [each for at, each in enumerate(options) if mask >> at & 1]

    def rest(self) -> str:
        return self._data[self._at :].decode("utf-8", "ignore")


_NAMES: Final = (
    "a",
    "b",
    "c",
    "day",
    "select",
    "key",
    "file",
    "kind",
    "version",
    "ref",
    "delivery",
)
_FILES: Final = ("one", "two", "table", "parent", "checked", "main", "older")


def made_contract(data: bytes) -> None:
    """A contract that the bytes choose from what contracts can say, and cells behind it."""
    draw = _Draw(data)
    lines = [
        'feed = "f"\ntitle = "F"\npublisher = "P"\ndataset = "D"',
        f'mode = "{draw.of(("delta", "full"))}"',
    ]
    kinds = [draw.of(_FILES) for _ in range(1 + draw.number(3))]
    files = []
    columns: dict[str, list[str]] = {}
    for kind in kinds:
        names = [draw.of(_NAMES) for _ in range(1 + draw.number(5))]
        names = list(dict.fromkeys(names))
        file = [f'[[files]]\nkind = "{kind}"', f"key = {draw.some(names)}", "min_rows = 0"]
        file.append("max_quarantined_share = 1")
        match draw.number(6):
            case 1:
                file.append(f'newest_by = "{draw.of(names)}"')
            case 2:
                file.append(f'withdrawn = {{ column = "{draw.of(names)}", values = ["1", "x"] }}')
            case 3 if columns:
                other = draw.of(list(columns))
                both = [name for name in names if name in columns[other]]
                shared = draw.some(both) if both else []
                mine, theirs = [draw.of(names)], [draw.of(columns[other])]
                file.append(
                    f'references = [{{ column = {shared or mine}, file = "{other}", '
                    f"to = {shared or theirs} }}]"
                )
            case 4:
                file.append("multiline = true")
        file.append("[files.columns]")
        file += [f"{name} = {{ {', '.join(_column(draw))} }}" for name in names]
        files.append("\n".join(file))
        columns[kind] = names
    places = [f"{kind}.{name}" for kind, names in columns.items() for name in names]
    match draw.number(4):
        case 1:
            lines.append(f"scope = {draw.some(places)}")
            lines.append(f"covers = {draw.some(places)}")
            lines.append("min_share_of_previous = 0.5")
        case 2:
            lines.append(f'as_of = "{draw.of(places)}"')
        case 3:
            lines.append('agency = { id = "A", name = "A", kind = "other" }')
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        feed = _loaded("\n".join([*lines, *files]).encode(), Path(name) / "f")
        if feed is not None:
            _deliver(feed, Path(name), draw.rest().split("\n"))


def _column(draw: _Draw) -> list[str]:
    said = []
    if draw.number(3):
        said.append(f'kind = "{draw.of(list(Kind))}"')
    match draw.number(8):
        case 1:
            said.append("required = true")
        case 2:
            said.append('values = { A = "1", b = "", "" = "x" }')
        case 3:
            said.append('codes = "RACE"')
        case 4:
            said.append('blank = ["", "unknown", "1"]')
        case 5:
            said.append(f"minimum = {draw.of(('0', '1e400', '-3', 'nan', '2.5'))}")
        case 6:
            said.append(f"maximum = {draw.of(('0', 'inf', '99', '-1e9'))}")
        case 7:
            said.append("optional = true")
    return said


def _loaded(text: bytes, folder: Path) -> FeedContract | None:
    folder.mkdir()
    (folder / "contract.toml").write_bytes(text)
    try:
        return load_contract(folder / "contract.toml")
    except ContractRefused:
        return None


def _deliver(feed: FeedContract, folder: Path, cells: Sequence[str]) -> None:
    """Two deliveries of all files, filled with the cells in turn; every row has a fate."""
    given, sent = [], {}
    for number in range(2):
        parts = []
        for file in feed.files[:4]:
            path = folder / f"{number}-{file.kind}.csv"
            headers = [file.headers(column)[0] for column in file.columns] or ["nothing", "else"]
            made = io.StringIO()
            writer = csv.writer(made, lineterminator="\n")
            writer.writerow(headers)
            for first in range(number, 4):
                writer.writerow([cells[(first + at) % len(cells)] for at in range(len(headers))])
            path.write_text(made.getvalue(), "utf-8", newline="")
            parts.append(Part(file, path, path.name))
            sent[path.name] = made.getvalue().count("\n")
        given.append(Given(str(number), f"delivery {number}", WHEN, tuple(parts)))
    with FeedLoad(feed, folder / "scratch") as loading:
        loaded = loading.load(given)
        if feed.agency is not None:
            loading.write(folder / "tables")
    for report in loaded.files:
        assert report.refused or (report.lines and report.lines.total == sent[report.path])


def delivery(data: bytes) -> None:
    """A department's folder or, from a first byte of 128 on, a NIBRS release.

    One of its files (the first byte says which) holds the other bytes. What loads is in form.
    """
    if not data:
        return
    feed = load_contracts()["nibrs" if data[0] & 128 else "local-police"]
    make = nibrs_2021 if data[0] & 128 else local_police
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        source, scratch = Path(name) / "in", Path(name) / "scratch"
        files = sorted(make(source).iterdir())
        files[(data[0] & 127) % len(files)].write_bytes(data[1:])
        found = find_deliveries(source, {feed.feed: feed}, scratch)
        assert found.candidates or found.refusals
        given = [Given("1", each.name, WHEN, each.parts) for each in found.candidates]
        with FeedLoad(feed, scratch / "feed") as loading, duckdb.connect() as con:
            loading.load(given)
            for table, path in loading.write(scratch / "tables").items():
                if table in BY_NAME and table not in SHARED:
                    refuse_repeated_keys(con, con.read_parquet(str(path)), BY_NAME[table])
