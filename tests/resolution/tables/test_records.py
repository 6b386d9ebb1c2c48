"""What rows of strangers' tables say, column by column."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from ingest.functions import connect_ingest
from resolution.tables.files import read
from resolution.tables.headers import SAID, Field, said_by
from resolution.tables.records import make_records

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("GivenName", Field.GIVEN_NAME),
        ("fname", Field.GIVEN_NAME),
        ("Prénom", Field.GIVEN_NAME),
        ("LAST_NAME", Field.SURNAME),
        ("Nachname", Field.SURNAME),
        ("apellido_materno", Field.SECOND_SURNAME),
        ("birth_dt", Field.BIRTH_DATE),
        ("Geb.-Datum", Field.BIRTH_DATE),
        ("fecha_nacimiento", Field.BIRTH_DATE),
        ("dob_year", Field.BIRTH_YEAR),
        ("email_address", Field.EMAIL),
        ("Mailing Address", Field.STREET),
        ("Straße", Field.STREET),
        ("zip_code", Field.ZIP),
        ("Wohnort", Field.CITY),
        ("social_security_id", Field.STRONG_ID),
        ("HomePhone", Field.PHONE),
        ("midl_name", Field.MIDDLE_NAME),
        ("Customer Name", Field.FULL_NAME),
        ("mothers_first_name", None),
        ("address_2", None),
        ("D.O.B.", Field.BIRTH_DATE),
        ("Patient D. O. B.", Field.BIRTH_DATE),
        ("d.o.b", Field.BIRTH_DATE),
        ("S.S.N.", Field.STRONG_ID),
        ("M.I.", Field.MIDDLE_NAME),
        ("Name (M.I.)", Field.MIDDLE_NAME),
    ],
)
def test_headers_of_many_kinds_are_understood(header: str, field: Field | None) -> None:
    said = said_by(header)
    assert next(found for found, pattern in SAID if pattern.search(said)) == field


def _records(path: Path, lines: list[str]) -> list[dict[str, Any]]:
    table = path / "people.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with connect_ingest(path / "s") as con:
        con.execute("SET preserve_insertion_order = true")
        make_records(con, [("t", read(con, table, 0, path))], named={}, left_out=frozenset())
        found = con.table("table_record").order("record_key")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize(
    ("written", "year"),
    [("24.12.48", 1948), ("12/24/1948", 1948), ("24121948", 1948), ("24-Dec-48", 1948),
     ("1948-12-24T00:00:00", 1948), ("24 December 1948", 1948), ("481224", 1948)],
)  # fmt: skip
def test_dates_of_birth_in_any_order(written: str, year: int, tmp_path: Path) -> None:
    [found] = _records(tmp_path, ["name;dob", f"Ann Lee;{written}"])
    assert found["birth_date"] == dt.date(year, 12, 24)


def test_an_impossible_day_leaves_the_year(tmp_path: Path) -> None:
    one, other = _records(tmp_path, ["name,dob", "Ann Lee,1802-04-38", "Bo Ek,1802-04-08"])
    assert (one["birth_date"], one["birth_year"]) == (None, 1802)
    assert other["birth_date"] == dt.date(1802, 4, 8)


def test_whole_names_and_addresses_are_parted(tmp_path: Path) -> None:
    lines = [
        "Name;Anschrift",
        "Dr. Lee, Ann B.;Hauptstraße 12",
        "Bo Carl Ek Jr.;1 Elm St, Salem 24153",
    ]
    one, other = _records(tmp_path, lines)
    assert [one[c] for c in ("given_name", "middle_name", "surname")] == ["Ann", "B", "Lee"]
    assert one["address_line"].startswith("12 ")
    names = [other[c] for c in ("given_name", "middle_name", "surname", "name_suffix")]
    assert names == ["Bo", "Carl", "Ek", "Jr"]
    assert (other["address_line"], other["zip"]) == ("1 ELM ST", "24153")


def test_hombre_and_mujer_are_two(tmp_path: Path) -> None:
    lines = ["nombre,apellido,sexo", "Ana,Gil,M", "Luis,Gil,H", "Eva,Gil,M"]
    assert [found["sex"] for found in _records(tmp_path, lines)] == ["F", "M", "F"]


def test_nam_and_nu_are_two(tmp_path: Path) -> None:
    lines = ["họ tên,giới tính", "Nguyễn Hữu Anh,Nam", "Lê Thị Mai,Nữ", "Đỗ Lan,nu\u031b\u0303"]
    assert [found["sex"] for found in _records(tmp_path, lines)] == ["M", "F", "F"]


def test_a_column_of_sexes_may_be_mistyped(tmp_path: Path) -> None:
    women = ("female", "femaIe", "femal", "femlae", "feamle", "f", "fmale", "femalee")
    men = ("male", "mals", "mael", "m", "maIe", "mle", "nale")
    sexes = [*women, *men] * 3
    lines = ["name,gender", *(f"Ann Lee,{sex}" for sex in sexes)]
    found = [row["sex"] for row in _records(tmp_path, lines)]
    expected = ["F" if sex[0] == "f" else "M" if sex[0] == "m" else None for sex in sexes]
    assert found == expected
    # What else may be told under such a header.
    grades = ["name,gender group", *(f"Ann Lee,group {n}" for n in range(20))]
    assert {row["sex"] for row in _records(tmp_path, grades)} == {None}


def test_a_date_is_read_where_another_column_has_it(tmp_path: Path) -> None:
    lines = ["name,dob,dob_raw", "Ann Lee,,09122033", "Bo Ek,2033-02-01,02012033"]
    lines += [f"Cy Ott,,{day}182021" for day in ("01", "02", "03")]
    found = [row["birth_date"] for row in _records(tmp_path, lines)]
    assert found[:2] == [dt.date(2033, 9, 12), dt.date(2033, 2, 1)]


@pytest.mark.parametrize(
    ("field", "nothing", "something"),
    [
        ("phone",
         ("000-000-0000", "555-555-5555", "(804) 000-0000", "123-456-7890", "+1 999 999 9999",
          "804-123-4567", "0123456789", "111-1111"),
         ("804-555-0123", "804-555-1212", "804-700-0000", "212-345-6780")),
        ("email",
         ("none@none.com", "na@na.com", "noemail@x.example", "no@email.com", "test@test.com",
          "unknown@x.example", "Declined@x.example", "no e-mail", "N/A@gmail.com",
          "ann@noemail.com"),
         ("na@smith.example", "nan@lee.example", "test.smith@x.example", "ann@gmail.com")),
        ("ssn",
         ("000-00-0000", "999999999", "123-45-6789", "PENDING", "applied for", "xxx-xx-xxxx"),
         ("219-09-9998", "11", "A1234567")),
    ],
)  # fmt: skip
def test_what_stands_for_nothing_is_missing_and_told(
    field: str, nothing: tuple[str, ...], something: tuple[str, ...], tmp_path: Path
) -> None:
    column = {"phone": "phones", "email": "emails", "ssn": "strong_id"}[field]
    values = [*nothing, *something * 9]
    lines = [f"name,{field},dob", *(f"Ann Lee,{value},1990-01-02" for value in values)]
    found = _records(tmp_path, lines)
    assert [row[column] is None for row in found] == [value in nothing for value in values]
    # Nor is a row without a name known by it.
    nameless = _records(tmp_path, [line.replace("Ann Lee", "") for line in lines])
    assert [row["strong_id"] is None for row in nameless] == [value in nothing for value in values]
    with connect_ingest(tmp_path / "s2") as con:
        table = read(con, tmp_path / "people.csv", 0, tmp_path)
        [source] = make_records(con, [("t", table)], named={}, left_out=frozenset())
    [note] = [note for note in source.notes if "stand for nothing" in note]
    assert f"{len(nothing)} of its values ({len(nothing)} different)" in note
    assert not any(value in "".join(source.notes) for value in nothing)


@pytest.mark.parametrize("zero", [0x660, 0x6F0, 0x966, 0x9E6, 0xFF10, 0x1D7CE])
def test_digits_of_every_script_are_read(zero: int, tmp_path: Path) -> None:
    def written(text: str) -> str:
        """The figures, not those of the headers."""
        digits = {ord("0") + n: chr(zero + n) for n in range(10)}
        if zero == 0xFF10:
            digits |= {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "/-"}
        return text.translate(digits)

    header = "name,dob,yob,age,phone,zip,ssn,address,sex"
    rows = [
        f"Ann,17/05/196{n},196{n},4{n},804-555-012{n},2215{n},219-09-876{n},1{n} Elm,{1 + n % 2}"
        for n in range(8)
    ]
    expected = _records(tmp_path, [header, *rows])
    assert expected[3]["birth_date"] == dt.date(1963, 5, 17)
    assert expected[3]["phones"] == ["8045550123"]
    # Some as they are: a column may be of several hands.
    mixed = [row if n == 5 else written(row) for n, row in enumerate(rows)]
    assert _records(tmp_path, [header, *mixed]) == expected
    assert said_by(f"address {chr(zero + 2)}") == "address 2"
