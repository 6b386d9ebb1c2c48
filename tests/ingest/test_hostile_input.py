"""Files as they really come: wrong encodings, monsters, bombs, traps of sheets, moving targets."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from openpyxl import load_workbook

from ingest import sources
from ingest.check import check
from ingest.errors import DeliveryRefused
from ingest.framing.workbook import frame_sheet
from ingest.landing import land
from ingest.load import load_records
from ingest.report import FileReport
from ingest.sources import find_deliveries
from runs.home import Home
from tests.fuzz.framing import SHEET, write_book
from tests.ingest.deliveries import (
    CLEARINGHOUSE,
    CLIENT,
    ENTRY,
    HOTLINE,
    SIGNAL,
    clearinghouse,
    hotline,
    juvenile_justice,
    social_services,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ingest.conftest import Loaded

ROOT = Path(__file__).resolve().parents[2]


def told(path: Path) -> dict[str, FileReport]:
    return {report.path: report for report in check(path).files}


def only(path: Path) -> FileReport:
    (report,) = check(path).files
    return report


def signals(path: Path, encoding: str, **options: Any) -> Path:
    """Two signals, one with an accent, in another encoding."""
    write_csv(path, HOTLINE, [SIGNAL, SIGNAL | {"Signal ID": "S-2", "Suspect Name": "Zoë"}])
    path.write_bytes(path.read_text("utf-8").encode(encoding, **options))
    return path


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    report = only(signals(tmp_path / "s.csv", encoding))
    assert report.refused
    assert "UTF-8" in next(iter(report.reasons))


def test_a_latin_1_row_is_quarantined_and_the_others_are_read(tmp_path: Path) -> None:
    report = only(signals(tmp_path / "s.csv", "latin-1"))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert report.reasons == {"is not UTF-8 text": 1}


def test_a_byte_order_mark_is_no_part_of_the_first_name(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    loaded = loaded_from(signals(tmp_path / "s.csv", "utf-8-sig"))
    assert len(loaded.rows("incident")) == 2


def test_nul_costs_its_row(tmp_path: Path) -> None:
    path = hotline(tmp_path, {}, {"Summary": "a~b"}, {})
    path.write_bytes(path.read_bytes().replace(b"~", b"\0"))
    report = only(path)
    assert (report.loaded, report.reasons) == (2, {"holds a NUL byte, expected text": 1})


def test_carriage_returns_alone_are_no_line_ends(tmp_path: Path) -> None:
    path = hotline(tmp_path, {}, {})
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    assert only(path).refused
    path = hotline(tmp_path / "crlf", {}, {})
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert only(path).loaded == 2


@pytest.mark.parametrize("where", ["row", "last row", "header"])
def test_a_line_of_33_mb_costs_itself_alone(tmp_path: Path, where: str) -> None:
    path = hotline(tmp_path, {}, {"Summary": "~"}, {})
    big = b"x" * 33_000_000
    data = path.read_bytes()
    if where == "row":
        path.write_bytes(data.replace(b"~", big))
        report = only(path)
        assert (report.rows_in, report.loaded, report.quarantined) == (3, 2, 1)
        assert "longer than" in next(iter(report.reasons))
    elif where == "last row":
        path.write_bytes(data.replace(b"~", b"") + b"S-9," + big)
        report = only(path)
        assert (report.rows_in, report.loaded, report.quarantined) == (4, 3, 1)
    else:
        path.write_bytes(big + b"," + data)
        assert only(path).refused


MEASURE = """
import resource, sys
from pathlib import Path
from ingest import sources
from ingest.check import check
import ingest.framing.rows, ingest.functions
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(report,) = check(Path(sys.argv[1])).files
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before, report.loaded, report.quarantined, sep="\\n")
"""


@pytest.mark.parametrize("ending", [".csv", pytest.param(".jsonl", marks=pytest.mark.slow)])
def test_a_line_of_1_gb_is_refused_within_512_mb(tmp_path: Path, ending: str) -> None:
    """The row before it and the row after it are loaded."""
    if ending == ".csv":
        path = hotline(tmp_path, {}, {})
    else:
        path = juvenile_justice(tmp_path / "intakes.jsonl", {}, {})
    *before, last = path.read_bytes().splitlines(keepends=True)
    with path.open("wb") as file:
        file.write(b"".join(before) + (b'S-9,"' if ending == ".csv" else b'{"intake_id": "'))
        file.truncate(1 << 30)
        file.seek(1 << 30)
        file.write(b"\n" + last)
    said = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        check=True, capture_output=True, text=True, cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    ).stdout.split()  # fmt: skip
    used_kib, loaded, quarantined = map(int, said)
    assert used_kib < 512 * 1024
    assert (loaded, quarantined) == (2, 1)


def packed(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name", ["../escaped.csv", "/escaped.csv", "a/../../escaped.csv", "..\\escaped.csv"]
)
def test_a_zip_cannot_write_outside(tmp_path: Path, name: str) -> None:
    report = only(packed(tmp_path / "in" / "x.zip", {name: b"a,b\n1,2\n"}))
    assert report.refused
    assert "outside" in next(iter(report.reasons))
    assert not list(tmp_path.rglob("escaped.csv"))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    link = zipfile.ZipInfo("events.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "outside" in next(iter(only(path).reasons))


def test_cut_archives_are_refused(tmp_path: Path) -> None:
    data = hotline(tmp_path / "plain", {}, {}).read_bytes() * 50
    whole = packed(tmp_path / "in" / "s.zip", {"signals.csv": data}).read_bytes()
    for cut in (whole[: len(whole) // 2], whole[:-10]):
        (tmp_path / "in" / "s.zip").write_bytes(cut)
        assert "broken" in next(iter(only(tmp_path / "in" / "s.zip").reasons))
    path = tmp_path / "hotline" / "signals.csv.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(data)[:-12])
    report = only(path)
    assert (report.feed, report.refused) == ("hotline", True)
    assert "cut short" in next(iter(report.reasons))


def test_a_gzip_file_is_the_delivery_that_it_packs(tmp_path: Path) -> None:
    plain = hotline(tmp_path / "plain", {}, {})
    gz = tmp_path / "packed" / "signals.csv.gz"
    gz.parent.mkdir()
    gz.write_bytes(gzip.compress(plain.read_bytes()))
    assert only(gz).loaded == 2
    home = Home(tmp_path / "home")
    home.prepare()
    assert len(land(home, gz, progress=lambda _: None).landed) == 1
    assert len(land(home, plain, progress=lambda _: None).known) == 1


@pytest.mark.parametrize("form", ["zip", "gz"])
def test_a_bomb_is_not_unpacked(tmp_path: Path, form: str) -> None:
    bomb = b"\0" * 250_000_000
    if form == "zip":
        path = packed(tmp_path / "b.zip", {"signals.csv": bomb})
    else:
        path = tmp_path / "signals.csv.gz"
        path.write_bytes(gzip.compress(bomb, 9))
    assert "far more" in next(iter(only(path).reasons))


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"signals.csv": b"\0" * 1_000_000}).read_bytes()
    report = only(packed(tmp_path / "outer.zip", {"inner.zip": inner}))
    assert report.refused


def book(path: Path, change: Callable[[Any], None], rows: int = 3) -> Path:
    """A social-services workbook with ``rows`` clients, changed by hand."""
    clients = [CLIENT | {"Client ID": f"C-{n}"} for n in range(rows)]
    social_services(path, clients, [])
    made = load_workbook(path)
    change(made["Clients"])
    made.save(path)
    return path


def clients(path: Path) -> FileReport:
    return told(path)["c.xlsx#Clients"]


def test_a_formula_without_a_value_is_no_blank(tmp_path: Path) -> None:
    def put(sheet: Any) -> None:
        sheet["B3"] = '=UPPER("doe")'

    report = clients(book(tmp_path / "c.xlsx", put))
    assert (report.loaded, report.quarantined) == (2, 1)
    assert "formula without a stored value in column 2" in next(iter(report.reasons))


def test_an_error_in_a_cell_is_no_blank(tmp_path: Path) -> None:
    def put(sheet: Any) -> None:
        sheet["C2"] = "#N/A"
        sheet["C2"].data_type = "e"

    report = clients(book(tmp_path / "c.xlsx", put))
    assert (report.loaded, report.quarantined) == (2, 1)
    assert "an error in column 3" in next(iter(report.reasons))


def test_rows_in_merged_cells_are_quarantined(tmp_path: Path) -> None:
    report = clients(book(tmp_path / "c.xlsx", lambda sheet: sheet.merge_cells("B2:B3")))
    assert (report.loaded, report.quarantined) == (1, 2)
    assert "merged" in next(iter(report.reasons))
    report = clients(book(tmp_path / "c.xlsx", lambda sheet: sheet.merge_cells("A1:B1")))
    assert report.refused


def test_dates_as_dates_numbers_and_text(tmp_path: Path) -> None:
    def put(sheet: Any) -> None:
        born = [cell.value for cell in sheet[1]].index("DOB") + 1
        sheet.cell(2, born).value = date(2009, 5, 20)
        sheet.cell(3, born).value = 39953
        sheet.cell(4, born).value = "2009-05-20"

    report = clients(book(tmp_path / "c.xlsx", put))
    assert (report.loaded, report.quarantined) == (2, 1)
    assert next(iter(report.reasons)).startswith("dob is not a date")


@pytest.mark.parametrize("gap", [0, 2])
def test_a_second_table_below_is_not_read_under_the_first_header(tmp_path: Path, gap: int) -> None:
    def put(sheet: Any) -> None:
        below = sheet.max_row + 1 + gap
        for column, name in enumerate(["First Name", "Last Name", "Client ID"], 1):
            sheet.cell(below, column).value = name
            sheet.cell(below + 1, column).value = f"shifted {column}"

    report = clients(book(tmp_path / "c.xlsx", put))
    assert (report.loaded, report.quarantined) == (3, 2)
    assert "second table" in next(iter(report.reasons))


def test_a_second_table_beside_is_refused_or_told(tmp_path: Path) -> None:
    def same(sheet: Any) -> None:
        sheet["P1"], sheet["P2"] = "Client ID", "C-7"

    assert clients(book(tmp_path / "c.xlsx", same)).refused

    def other(sheet: Any) -> None:
        sheet["P1"], sheet["P2"] = "Staff on duty", "somebody"

    report = clients(book(tmp_path / "c.xlsx", other))
    assert report.loaded == 3
    assert any("Staff on duty" in note for note in report.notes)


def test_a_workbook_that_unpacks_to_far_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.framing.book.MAX_UNPACKED_BYTES", 4 << 20)
    path = social_services(tmp_path / "c.xlsx")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet9.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(5):
            part.write(b" " * (1 << 20))
    report = only(path)
    assert "1 GiB" in next(iter(report.reasons))


MEASURE_SHEETS = """
import resource, sys
from pathlib import Path
from ingest.errors import IngestError
from ingest.framing.workbook import frame_sheet, sheet_headers
from tests.fuzz.framing import SHEET
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[1:]:
    path = Path(name)
    try:
        sheet_headers(path, path.name)
        framed = frame_sheet(path, path.name, SHEET, path.with_suffix(".parquet"))
        print(framed.rows, [fault.reason.split(",")[0] for fault in framed.faults])
    except IngestError as error:
        print(error.reason)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_sheet_takes_the_memory_of_a_row(tmp_path: Path) -> None:
    """A cell at the far corner, a text and a tag without end, texts that cells share."""
    start = b'<worksheet><sheetData><row><c t="inlineStr"><is><t>a</t></is></c></row>'
    end = b"</sheetData></worksheet>"
    much = b"x" * (100 << 20)
    strings = b"<sst><si><t>" + much + b"</t></si></sst>"
    sheets = {
        "far": [start + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + end],
        "text": [start + b'<row><c t="str"><v>' + much + b"</v></c></row>" + end],
        "tag": [start + b'<row><c r="' + much + b'"/></row>' + end],
        "shared": [start + b'<row><c t="s"><v>0</v></c></row>' + end, strings],
    }
    for name, parts in sheets.items():
        write_book(tmp_path / f"{name}.xlsx", parts)
    said = subprocess.run(
        [sys.executable, "-c", MEASURE_SHEETS, *(str(tmp_path / f"{n}.xlsx") for n in sheets)],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout.splitlines()  # fmt: skip
    assert said[:4] == [
        "0 ['has values beyond the 1 columns']",
        "0 ['is longer than 1048576 bytes']",
        "sheet S cannot be read",
        "is corrupt or not a workbook; expected an Excel workbook (.xlsx)",
    ]
    assert int(said[4]) < 100


def test_sheets_of_other_programs(tmp_path: Path) -> None:
    """Prefixes, shared rich text, escapes, spans, days since 1904, a sheet that begins below."""
    row = b'<x:row r="%d"><x:c r="A%d" %s>%s</x:c></x:row>'
    cells = [
        (b't="s"', b"<x:v>1</x:v>"),
        (b't="str"', b"<x:f>A1</x:f><x:v>a_x000D_b_x005F_</x:v>"),
        (b's="1"', b"<x:v>1.5</x:v>"),
        (b's="2"', b"<x:v>0.5</x:v>"),
        (b"", b"<x:v>12345678901234567890</x:v>"),
        (b"", b"<x:v>2.50</x:v>"),
        (b't="d"', b"<x:v>2024-01-05T00:00:00Z</x:v>"),
        (b't="s"', b"<x:v>9</x:v>"),
    ]
    made = b"".join(row % (n, n, *cell) for n, cell in enumerate(cells, start=3))
    sheet = (
        b'<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c t="s"><x:v>0</x:v></x:c></x:row>'
        + made
        + b"</x:sheetData></x:worksheet>"
    )
    strings = (
        b"<sst><si><t>a</t></si><si><r><t>Do</t></r><r><t>e</t></r><rPh><t>no</t></rPh></si></sst>"
    )
    styles = (
        b'<s><numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/></numFmts>'
        b'<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></s>'
    )
    book = b'<w><workbookPr date1904="1"/><sheets><sheet name="s" r:id="rId1"/></sheets></w>'
    path = tmp_path / "in.xlsx"
    write_book(path, [sheet, strings, styles, book])
    framed = frame_sheet(path, "in.xlsx", SHEET, tmp_path / "out.parquet")
    rows = duckdb.read_parquet(str(framed.path)).fetchall()
    assert rows == [
        (3, "Doe"),
        (4, "a\rb_"),
        (5, "1904-01-02T12:00:00"),
        (6, "43200.0"),
        (7, "12345678901234567890"),
        (8, "2.5"),
        (9, "2024-01-05"),
    ]
    assert [(fault.line, fault.reason.split(",")[0]) for fault in framed.faults] == [
        (10, "holds a text that the workbook lacks in column 1")
    ]
    assert (framed.lines.total, framed.lines.blank) == (10, 1)
    write_book(path, [sheet.replace(b'r="1"', b'r="2"')])
    with pytest.raises(DeliveryRefused, match="the header lacks a"):
        frame_sheet(path, "in.xlsx", SHEET, tmp_path / "out.parquet")


def test_json_nested_10_000_deep_costs_its_line(tmp_path: Path) -> None:
    path = juvenile_justice(tmp_path / "i.jsonl", {}, {})
    lines = path.read_text("utf-8").splitlines()
    lines.insert(1, '{"intake_id": ' + "[" * 10_000 + "]" * 10_000 + "}")
    lines.insert(2, '{"a":' * 10_000 + "1" + "}" * 10_000)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report = only(path)
    assert (report.rows_in, report.loaded, report.quarantined) == (4, 2, 2)
    assert report.reasons == {"is nested too deeply": 2}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"DOB": "02/30/2009"}, "dob"),
        ({"DOB": "13/01/2009"}, "dob"),
        ({"Entry Date": "02/29/2023"}, "entry_date"),
        ({"Age": "200"}, "age"),
        ({"Age": "-1"}, "age"),
        ({"Sex": "Q"}, "sex"),
        ({"NCIC Category": "EMZ"}, "ncic_category"),
        ({"Found Place": "99"}, "found_place"),
        ({"Reporting ORI": "VA43"}, "reporting_ori"),
    ],
)
def test_impossible_values_are_quarantined_by_field(
    tmp_path: Path, change: dict[str, str], field: str
) -> None:
    report = only(clearinghouse(tmp_path, {}, change))
    assert (report.loaded, report.quarantined) == (1, 1)
    (reason,) = report.reasons
    assert reason.startswith(f"{field} ")
    assert next(iter(change.values())) not in reason.removeprefix(field)


def test_a_file_that_grows_while_it_is_read_does_not_land(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    path = hotline(tmp_path / "hotline", {}, {})
    whole = path.read_bytes()
    synced = os.fsync

    def append_then_sync(number: int) -> None:
        with path.open("ab") as file:
            file.write(b"S-9,half a ro")
        synced(number)

    monkeypatch.setattr("os.fsync", append_then_sync)
    report = land(home, path, progress=lambda _: None)
    monkeypatch.undo()
    assert not report.landed
    assert "changed while it was read" in report.refused[0].reason
    assert not list(home.landing.glob("hotline/*"))
    path.write_bytes(whole)
    assert len(land(home, path, progress=lambda _: None).landed) == 1


def test_a_file_that_is_replaced_after_it_was_recognised_is_read_as_what_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recognised by its header, then replaced by another before it is copied."""
    home = Home(tmp_path / "home")
    home.prepare()
    path = hotline(tmp_path / "in", {}, {})
    find = find_deliveries

    def find_then_replace(*given: Any) -> Any:
        found = find(*given)
        if path.is_relative_to(given[0]):
            write_csv(path, CLEARINGHOUSE, [ENTRY])
        return found

    monkeypatch.setattr("ingest.landing.find_deliveries", find_then_replace)
    land(home, tmp_path / "in", progress=lambda _: None)
    report = load_records(home, tmp_path / "r", tmp_path / "s", progress=lambda _: None)
    assert sum(file.loaded for file in report.files) == 0
    assert all(file.refused for file in report.files)


def test_names_of_json_that_are_values_are_not_told(tmp_path: Path) -> None:
    contacts = {f"804555{n:04d}": "mother" for n in range(300)}
    path = juvenile_justice(tmp_path / "i.jsonl", {}, {"contacts": contacts, "x": {"y": 1}})
    report = only(path)
    assert report.loaded == 2
    assert {note.split()[1] for note in report.notes} == {"contacts.*", "x.*"}
    assert "804555" not in check(path).to_json()
    path = juvenile_justice(tmp_path / "i.jsonl", {f"a{n}": 1 for n in range(300)})
    assert len(only(path).notes) <= 101


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One goes while it is recognised, one before it is copied, one is another's."""
    home = Home(tmp_path / "home")
    home.prepare()
    drop = tmp_path / "drop"
    for name in ("gone", "going", "there"):
        hotline(drop, {"Summary": name}, name=f"{name}.csv")
    find, walked = find_deliveries, sources.recognise

    def recognise(path: Path, *given: Any) -> Any:
        if path.name == "gone.csv":
            path.unlink()
        return walked(path, *given)

    def find_then_lose(*given: Any) -> Any:
        found = find(*given)
        (drop / "going.csv").unlink()
        return found

    monkeypatch.setattr("ingest.sources.recognise", recognise)
    monkeypatch.setattr("ingest.landing.find_deliveries", find_then_lose)
    report = land(home, drop, progress=lambda _: None)
    assert [one.name for one in report.landed] == ["there.csv"]
    assert {one.path: one.reason for one in report.refused} == dict.fromkeys(
        ("gone.csv", "going.csv"), "cannot be read: No such file or directory"
    )


def test_contacts_that_stand_for_nothing_are_told(tmp_path: Path) -> None:
    nothing = {"Phone": "call mother", "Plate": "---", "Handle": "@"}
    part = {"Phone": "?0123", "Plate": "AB?", "Handle": "@kim"}
    report = only(hotline(tmp_path, nothing, part, {"Phone": "1-800-FLOWERS"}))
    assert (report.loaded, report.notes) == (
        3,
        {f"{name} is no {what}, so none is taken": 1 for name, what in (
            ("handle", "handle"), ("phone", "telephone number"), ("plate", "plate"))},
    )  # fmt: skip


def test_another_separator_is_named(tmp_path: Path) -> None:
    path = hotline(tmp_path)
    path.write_bytes(path.read_bytes().replace(b",", b";"))
    assert "no comma but ;" in next(iter(only(path).reasons))


def test_reports_hold_no_values(tmp_path: Path) -> None:
    path = hotline(tmp_path, {"Received": "Unique-Value-77"}, {"Victim Age": "Unique-Value-77"})
    assert "Unique-Value-77" not in check(path).to_json()
    assert json.loads(check(path).to_json())["files"][0]["quarantined"] == 2
