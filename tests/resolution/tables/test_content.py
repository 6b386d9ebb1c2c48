"""What columns say whose headers say nothing, and what a table did not tell."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import pytest

from ingest.functions import connect_ingest
from resolution.lists import public_lists
from resolution.tables.errors import BadTable
from resolution.tables.files import read
from resolution.tables.headers import Field
from resolution.tables.orders import surname_first
from resolution.tables.records import Source, make_records
from resolution.tables.sexes import signs_of_sex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GIVEN = ("MARY", "JAMES", "LINDA", "ROBERT", "SUSAN", "DAVID", "KAREN", "PAUL", "RUTH", "FRANK")
SURNAMES = ("ECHEVERRIA", "PAQUIN", "HOBBS", "GARCIA", "VANCAMP", "DARBI", "RANKIN", "SNYDER")
ROWS = 60
CHANCE = random.Random(11)  # noqa: S311 - chance, not secrets


def _day(first: int, last: int) -> dt.date:
    return dt.date(first, 1, 1) + dt.timedelta(days=CHANCE.randrange((last - first) * 365))


BIRTHS = [_day(1931, 2006) for _ in range(ROWS)]
NAMES = [f"{CHANCE.choice(SURNAMES)}{n % 7 * 'A'} {CHANCE.choice(GIVEN)} B" for n in range(ROWS)]


def _made(
    folder: Path,
    columns: Mapping[str, Any],
    named: Mapping[Field, Sequence[str]] | None = None,
    *others: Mapping[str, Any],
) -> tuple[list[Source], list[dict[str, Any]]]:
    """The tables of these columns, as ``vast link`` reads them."""
    paths = []
    for number, table in enumerate((columns, *others)):
        lines = [
            ";".join(table),
            *(";".join(map(str, row)) for row in zip(*table.values(), strict=True)),
        ]
        paths.append(folder / f"{number}.csv")
        paths[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    with connect_ingest(folder / "s") as con:
        con.execute("SET preserve_insertion_order = true")
        tables = [(path.name, read(con, path, n, folder)) for n, path in enumerate(paths)]
        sources = make_records(con, tables, named=named or {}, left_out=frozenset())
        found = con.table("table_record").order("record_key")
        return sources, [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def _epoch(day: dt.date, unit: int) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400 * unit


@pytest.mark.parametrize(
    "written",
    [
        [(day - dt.date(1899, 12, 30)).days for day in BIRTHS],
        [_epoch(day, 1) for day in BIRTHS],
        [_epoch(day, 1000) for day in BIRTHS],
        [f"{_epoch(day, 1000) - 7_200_000}.0" for day in BIRTHS],
    ],
    ids=["a spreadsheet's days", "seconds", "milliseconds", "of another zone"],
)
def test_a_told_birth_date_is_read_where_it_is_counted(
    written: list[object], tmp_path: Path
) -> None:
    _, rows = _made(tmp_path, {"name": NAMES, "birth date": written})
    assert [row["birth_date"] for row in rows] == BIRTHS


@pytest.mark.parametrize("unit", ["iso", "compact", "day first", "seconds"])
def test_dates_of_a_lifetime_are_births(unit: str, tmp_path: Path) -> None:
    shapes = {"iso": "%Y-%m-%d", "compact": "%Y%m%d", "day first": "%d/%m/%Y"}
    written = [day.strftime(shapes[unit]) if unit in shapes else _epoch(day, 1) for day in BIRTHS]
    columns = {"name": NAMES, "zzdatum": written, "qq": [_day(2015, 2020) for _ in BIRTHS]}
    [source], rows = _made(tmp_path, columns)
    assert source.columns[Field.BIRTH_DATE] == "zzdatum"
    assert source.by_content == {Field.BIRTH_DATE}
    assert [row["birth_date"] for row in rows] == BIRTHS


@pytest.mark.parametrize(
    "columns",
    [
        {"seen": [_day(2010, 2020) for _ in BIRTHS]},
        {"registered": BIRTHS},
        {"badge": [10_000 + day.toordinal() % 40_000 for day in BIRTHS]},
    ],
    ids=["recent", "a header that speaks of something else", "numbers of five digits"],
)
def test_events_and_numbers_are_no_births(columns: dict[str, list[object]], tmp_path: Path) -> None:
    [source], _ = _made(tmp_path, {"name": NAMES, **columns})
    assert Field.BIRTH_DATE not in source.columns


def test_names_sexes_phones_and_zip_codes_are_told_by_what_they_hold(tmp_path: Path) -> None:
    columns = {
        "defendant": NAMES,
        "gndr": ["KM"[n % 2] for n in range(ROWS)],
        "address": [f"{n} Elm St" for n in range(ROWS)],
        "pcd": [27_000 + n % 9 for n in range(ROWS)],
        "fon": [9_195_550_000 + n for n in range(ROWS)],
    }
    [source], rows = _made(tmp_path, columns)
    assert source.columns == {
        Field.FULL_NAME: "defendant",
        Field.SEX: "gndr",
        Field.STREET: "address",
        Field.ZIP: "pcd",
        Field.PHONE: "fon",
    }
    assert [row["sex"] for row in rows[:2]] == ["F", "M"]
    surname, given, middle = NAMES[0].split()
    assert [rows[0][c] for c in ("surname", "given_name", "middle_name")] == [
        surname,
        given,
        middle,
    ]


def _listed(names: Mapping[str, float], slips: int) -> list[str]:
    """Common names by turns; every so manieth has a sign too many."""
    common = sorted(names, key=lambda name: -names[name])[:30]
    return [f"{common[n % 30].upper()}{'Q' * (n % slips == 0)}" for n in range(4 * ROWS)]


@pytest.mark.parametrize("known", [(), ("forename",), ("nachname",)])
def test_parts_of_names_are_told_by_what_most_rows_hold(
    known: tuple[str, ...], tmp_path: Path
) -> None:
    """Most of the different values are slips, most of the rows are not."""
    columns = {
        # Swapped now and then, and all of them are surnames, too.
        "pername1": [
            "SMITH" if n % 30 == 0 else name
            for n, name in enumerate(_listed(public_lists().given_name, 4))
        ],
        "pername2": _listed(public_lists().surname, 3),
        "bezirk": [f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n % 26]}aaby" for n in range(4 * ROWS)],
        "dob_year": [1950 + n % 50 for n in range(4 * ROWS)],
        "dob_mon": [1 + n % 12 for n in range(4 * ROWS)],
        "dob_day": [1 + n % 28 for n in range(4 * ROWS)],
    }
    fields = {"forename": Field.GIVEN_NAME, "nachname": Field.SURNAME}
    for header, field in fields.items():
        if header in known:
            columns[header] = columns.pop("pername1" if field is Field.GIVEN_NAME else "pername2")
    [source], rows = _made(tmp_path, columns)
    assert source.columns == {
        Field.GIVEN_NAME: "forename" if "forename" in known else "pername1",
        Field.SURNAME: "nachname" if "nachname" in known else "pername2",
        Field.BIRTH_YEAR: "dob_year",
        Field.BIRTH_MONTH: "dob_mon",
        Field.BIRTH_DAY: "dob_day",
    }
    assert rows[0]["birth_date"] == dt.date(1950, 1, 1)


def test_streets_are_no_names_and_parts_come_before_whole_names(tmp_path: Path) -> None:
    columns = {
        "c1": _listed(public_lists().given_name, 4),
        "c2": _listed(public_lists().surname, 3),
        "c3": [
            f"{NAMES[n % ROWS].split()[0]} {('STREET', 'PLACE')[n % 2]}" for n in range(4 * ROWS)
        ],
        "c4": [NAMES[n % ROWS] for n in range(4 * ROWS)],
    }
    [source], _ = _made(tmp_path, columns)
    assert source.columns == {Field.GIVEN_NAME: "c1", Field.SURNAME: "c2"}
    del columns["c1"], columns["c2"]
    [source], _ = _made(tmp_path, columns)
    assert source.columns == {Field.FULL_NAME: "c4"}


def test_the_fuller_of_two_columns_that_say_alike_is_taken(tmp_path: Path) -> None:
    """A second name that few have, headed as surnames are."""
    columns = {
        "fname": [GIVEN[n % len(GIVEN)] for n in range(ROWS)],
        "sname": ["ANNA" if n % 20 == 0 else "" for n in range(ROWS)],
        "surname": [SURNAMES[n % len(SURNAMES)] for n in range(ROWS)],
        "telephone 1": [9_195_550_000 + n if n % 10 == 0 else "" for n in range(ROWS)],
        "mobile telephone": [9_195_560_000 + n for n in range(ROWS)],
    }
    [source], _ = _made(tmp_path, columns)
    assert source.columns[Field.SURNAME] == "surname"
    assert source.columns[Field.PHONE] == "mobile telephone"


@pytest.mark.parametrize(
    ("said", "names", "first"),
    [
        ("defendant", NAMES, True),
        ("defendant", [" ".join(name.split()[:2]) for name in NAMES], True),
        ("name", [" ".join(name.split()[1::-1]) for name in NAMES], False),
        ("name", ["Jan Nowak", "Ewa Lis"], False),
        ("nom et prenom", ["Lis Ewa", "Nowak Jan"], True),
    ],
)
def test_the_order_of_whole_names(said: str, names: list[str], first: bool) -> None:
    assert surname_first(said, names) is first


@pytest.mark.parametrize(
    ("signs", "women", "men"),
    [("KM", "K", "M"), ("MV", "V", "M"), ("FH", "F", "H"), ("HM", "M", "H"), ("WM", "W", "M"),
     ("女男", "女", "男"), ("ЖМ", "Ж", "М"), ("21", "2", "1"), ("NF", "N", "F")],  # noqa: RUF001 - letters of another alphabet
)  # fmt: skip
def test_a_code_of_sex_is_read_beside_the_other(signs: str, women: str, men: str) -> None:
    found = signs_of_sex(dict.fromkeys(signs, 50) | {"U": 2})
    assert [sign for sign in found[0] if sign in signs] == [women]
    assert [sign for sign in found[1] if sign in signs] == [men]


def test_ages_are_of_the_year_that_makes_them_agree(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"name": [], "age": [], "round": [], "wave": []}
    for n, name in enumerate(NAMES):
        for year in (1850, 1860):
            columns["name"].append(f"{name}{n}")
            columns["age"].append(year - 1790 - n % 50)
            columns["round"].append(year)
            columns["wave"].append(1900 + n % 40)
    [source], rows = _made(tmp_path, columns)
    assert source.columns[Field.OBSERVED_ON] == "round"
    assert rows[0]["observed_on"] == dt.date(1850, 7, 1)


def test_a_name_of_three_words_without_a_surname_is_whole(tmp_path: Path) -> None:
    names = ["RAFAEL CARVALHO ALVES", "ANA LIMA", "JOAO DE SOUZA", "ANA MARIA LIMA"]
    [source], rows = _made(tmp_path, {"nome": names, "cidade": ["Campo"] * 4})
    assert source.columns[Field.FULL_NAME] == "nome"
    assert rows[0]["surname"] == "ALVES"
    [source], _ = _made(tmp_path, {"nome": names, "sobrenome": ["Gil"] * 4})
    assert source.columns[Field.GIVEN_NAME] == "nome"


def test_no_part_of_a_name_is_guessed_beside_a_whole_one(tmp_path: Path) -> None:
    surnames = ["Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson",
                "Moore", "Taylor", "Thomas", "Jackson", "White", "Harris", "Martin", "Clark",
                "Lewis", "Walker", "Hall", "Allen", "Young", "King"]  # fmt: skip
    columns = {"q1": [f"Lee, {name}" for name in surnames], "q2": surnames}
    [source], _ = _made(tmp_path, columns)
    assert source.columns == {Field.FULL_NAME: "q1"}


def test_what_was_told_in_vain_is_said(tmp_path: Path) -> None:
    columns = {"name": NAMES, "dob": [f"about {n}" for n in range(ROWS)], "when": ["x"] * ROWS}
    [source], _ = _made(tmp_path, columns, {Field.OBSERVED_ON: ["when"]})
    assert [note.split(",")[0] for note in source.notes] == [
        "birth_date is dob",
        "observed_on is when",
    ]
    assert "none of its 60 values could be read" in source.notes[0]
    assert "about" not in "".join(source.notes)


def test_what_was_not_told_is_said_with_what_to_do(tmp_path: Path) -> None:
    columns = {
        "email": [f"a{n}@example.org" for n in range(ROWS)],
        "zz": ["Ann", "Bo"] * (ROWS // 2),
        "day x": [_day(2010, 2020) for _ in range(ROWS)],
    }
    [source], _ = _made(tmp_path, columns)
    assert any("name" in note and "--column full_name=zz" in note for note in source.notes)
    assert any("--column birth_date=day x" in note for note in source.notes)
    [source], _ = _made(tmp_path, {"name": NAMES, "age": [30] * ROWS})
    assert "--column observed_on=" in source.notes[0]


def test_a_table_that_shares_nothing_with_another_is_refused(tmp_path: Path) -> None:
    people = {"name": NAMES, "dob": BIRTHS}
    nameless = {"xx": ["A"] * ROWS, "dob": BIRTHS, "address": [f"{n} Elm St" for n in range(ROWS)]}
    with pytest.raises(BadTable, match=r"1\.csv: no column was recognised as a name.*--column"):
        _made(tmp_path, people, None, nameless)
    with pytest.raises(BadTable, match="no field that another table has"):
        _made(tmp_path, people, None, {"phone": [f"919-555-{n:04}" for n in range(ROWS)]})
