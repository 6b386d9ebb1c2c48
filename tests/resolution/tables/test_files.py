"""Files in the encodings and shapes that people send."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from ingest.functions import connect_ingest
from resolution.tables.errors import BadTable
from resolution.tables.files import read

if TYPE_CHECKING:
    from pathlib import Path


def _rows(path: Path, scratch: Path) -> list[tuple[str | None, ...]]:
    with connect_ingest(scratch) as con:
        con.execute("SET preserve_insertion_order = true")
        table = read(con, path, 0, path.parent)
        return [tuple(table.columns), *table.fetchall()]


@pytest.mark.parametrize(
    "written",
    [
        "Name;Straße\nJosé Müller;Allee 1\n".encode("latin-1"),
        "Name;Straße\nJosé Müller;Allee 1\n".encode("utf-16"),
        "Name;Straße\nJosé Müller;Allee 1\n".encode("utf-8-sig"),
        "Name\tStraße\r\nJosé Müller\tAllee 1\r\n".encode(),
        "Name,Straße\rJosé Müller,Allee 1\r".encode("cp1252"),
    ],
    ids=["latin-1", "utf-16", "mark", "tabs", "carriage returns"],
)
def test_any_encoding_and_separator_is_read(written: bytes, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(written)
    assert _rows(path, tmp_path / "s") == [("Name", "Straße"), ("José Müller", "Allee 1")]


def test_short_lines_and_line_breaks_keep_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('a,b\n"one\nlong",1\n2\n\n3,4\n', encoding="utf-8")
    assert _rows(path, tmp_path / "s")[1:] == [("one\nlong", "1"), ("2", None), ("3", "4")]


def test_a_workbook_and_numbers_with_a_point_are_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("People")
    sheet.append(["Name", "DOB", "Zip"])
    sheet.append(["Ann Lee", dt.date(1990, 1, 2), 22079])
    sheet.append(["Bo Ek", None, None])
    book.save(tmp_path / "people.xlsx")
    expected = [("Name", "DOB", "Zip"), ("Ann Lee", "1990-01-02", "22079"), ("Bo Ek", None, None)]
    assert _rows(tmp_path / "people.xlsx", tmp_path / "s") == expected
    pq.write_table(pa.table({"zip": [22079.0, None]}), tmp_path / "people.parquet")
    assert _rows(tmp_path / "people.parquet", tmp_path / "s")[1:] == [("22079",), (None,)]


@pytest.mark.parametrize(
    ("above", "separator"),
    [
        ("Client list of 2024\n", ";"),
        ("Clients, as of 3 May, 2024\n", ","),
        ("Report,,\n,,\n", ","),
        ("sep=;\n", ";"),
        ("\n\n", "\t"),
        ("", ","),
    ],
    ids=["title", "title that is parted", "title and empty row", "sep", "empty lines", "nothing"],
)
def test_what_stands_above_the_header_is_passed_over(
    above: str, separator: str, tmp_path: Path
) -> None:
    rows = [("first", "last", "dob"), ("Ann", "Lee", "1990-01-02"), ("Bo", "Ek", "1980-05-06")]
    path = tmp_path / "people.csv"
    path.write_text(above + "".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
    assert _rows(path, tmp_path / "s") == rows


@pytest.mark.parametrize(
    "row",
    [
        ("Ann", "Lee", "1990-01-02"),
        ("Ann", "12 Main Street", "22079"),
        ("Lee, Ann", "2 May 1990", "Bonn"),
        ("Ann", "ann@x.example", "Bonn"),
        ("Main Street", "804-555-0123", "1/2/90"),
    ],
)
def test_a_table_without_a_header_keeps_its_first_row(row: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["\t".join(row)] * 3), encoding="utf-8")
    assert _rows(path, tmp_path / "s") == [("column0", "column1", "column2"), row, row, row]
    book = openpyxl.Workbook()
    sheet = book.create_sheet("People")
    for _ in range(3):
        sheet.append(row)
    book.save(tmp_path / "people.xlsx")
    assert len(_rows(tmp_path / "people.xlsx", tmp_path / "s")) == 4


@pytest.mark.parametrize(
    "header", [("2019", "2020", "2021"), ("soundex", "x1", "x2"), ("given", "who", "12345")]
)
def test_a_header_that_says_little_is_one(header: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(",".join(header) + "\nAnn,Lee,Bonn\nBo,Ek,Ulm\n", encoding="utf-8")
    assert _rows(path, tmp_path / "s")[0] == header


def test_a_title_above_a_sheets_header_is_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("People")
    for row in (["Clients of 2024"], [], ["Name", "DOB"], ["Ann Lee", "1990-01-02"]):
        sheet.append(row)
    book.save(tmp_path / "people.xlsx")
    expected = [("Name", "DOB"), ("Ann Lee", "1990-01-02")]
    assert _rows(tmp_path / "people.xlsx", tmp_path / "s") == expected


def test_the_sheet_that_names_most_fields_is_read_and_the_others_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, rows in (
        ("Cover", [["Export of clients"], ["printed 2021"]]),
        ("Codes", [["code", "city"], *[[str(n), "Salem"] for n in range(40)]]),
        ("Clients", [["Name", "DOB"], ["Ann Lee", "1990-01-02"]]),
    ):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "people.xlsx")
    told: list[str] = []
    with connect_ingest(tmp_path / "s") as con:
        found = read(con, tmp_path / "people.xlsx", 0, tmp_path, told.append)
        assert (tuple(found.columns), len(found)) == (("Name", "DOB"), 1)
    [line] = told
    assert "sheet Clients was read; not read: Cover, Codes" in line


@pytest.mark.parametrize(
    "written",
    [b"", b"name,dob\n", b"name,dob\n" + b"Secretname" * 400_000 + b",1\n"],
    ids=["empty", "header only", "a line of 4 MB"],
)
def test_what_cannot_be_read_is_told_without_its_values(written: bytes, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(written)
    with pytest.raises(BadTable, match="expected CSV") as refused:
        _rows(path, tmp_path / "s")
    assert "Secretname" not in str(refused.value)


_CLIENTS = "id,client,dob,town\n0,Ann Roe,1951-02-02,Salem\n"
_SECRET = "1,Secretname, Ann,1950-01-01,Salem\n"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (_CLIENTS + _SECRET, r"line 3: .* the only such line"),
        # Beyond the rows that the reader looks at first, and after a line break in quotes.
        (_CLIENTS + '2,"A\nB",,\n' + "3,Bo Ek,,\n" * 30_000 + _SECRET * 3 + "4,Cy Ott\n",
         r"line 30005: .* the first of 3 such lines"),
        ("sep=,\n" + _CLIENTS + _SECRET, "line 4: "),
        ("Clients of 2024\n\n" + _CLIENTS + _SECRET, "line 5: "),
        # R's row names have no header.
        ("name\tdob\n1\tSecretname\t1950-01-01\n2\tBo Ek\t1950-01-01\n", "line 2: .* of 2 such"),
    ],
    ids=["unquoted", "far below", "sep", "title", "row names"],
)  # fmt: skip
def test_a_line_of_more_values_than_the_header_is_refused(
    written: str, told: str, tmp_path: Path
) -> None:
    for name, encoding in (("people.csv", "utf-8"), ("other.csv", "utf-16")):
        path = tmp_path / name
        path.write_bytes(written.encode(encoding))
        with pytest.raises(BadTable, match=told) as refused:
            _rows(path, tmp_path / "s")
        assert "Secretname" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "row"),
    [
        ("name,dob\nAnn Lee,1990-01-02,\nBo Ek,1990-01-02,,\n", ("Ann Lee", "1990-01-02")),
        ("name,dob,\nAnn Lee,1990-01-02,x\nBo Ek,1990-01-02\n", ("Ann Lee", "1990-01-02", "x")),
        ('name,dob\n"Lee, Ann",1990-01-02\nBo Ek\n', ("Lee, Ann", "1990-01-02")),
        ("Ann Lee,1990-01-02\nBo Ek,1990-01-02,x\n", ("Ann Lee", "1990-01-02")),
    ],
    ids=["empty cells", "a column without a name", "quoted", "no header"],
)
def test_lines_of_other_lengths_that_say_nothing_more_are_read(
    written: str, row: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(written, encoding="utf-8")
    assert _rows(path, tmp_path / "s")[1][: len(row)] == row


def test_quotes_that_begin_far_below_are_quotes(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "name,dob\n" + "Bo Ek,\n" * 30_000 + '"Lee, Ann",1990-01-02\n', encoding="utf-8"
    )
    assert _rows(path, tmp_path / "s")[-1] == ("Lee, Ann", "1990-01-02")
