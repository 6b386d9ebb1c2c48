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
