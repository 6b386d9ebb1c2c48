"""Tables of people as ``vast link`` links them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from ingest.functions import connect_ingest
from resolution.comparisons import BY_NAME
from resolution.features import make_features
from resolution.tables import link as linking
from resolution.tables.files import read
from resolution.tables.link import link
from resolution.tables.records import make_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CITIES = ("SALEM", "BRISTOL", "GALAX", "EMPORIA", "NORTON")


def _table(namesakes: int) -> list[tuple[str, str, str, str]]:
    """Given name, surname, date of birth, city: two hundred people with one to four rows, and
    ``namesakes`` pairs of people of one name and city, with three rows each."""
    chance = random.Random(3)  # noqa: S311 - chance, not secrets
    letters = "bdfgklmnprstvz"

    def name() -> str:
        return "".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(4))

    def born() -> str:
        return f"{chance.randint(1950, 2009)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"

    rows = []
    for _ in range(200):
        given, surname, birth, city = name(), name(), born(), chance.choice(CITIES)
        for _ in range(chance.randint(1, 4)):
            where = city if chance.random() < 0.8 else chance.choice(CITIES)
            rows.append((given, surname, birth if chance.random() < 0.9 else "", where))
    for number in range(namesakes):
        given, surname = name(), name()
        for year in (1960, 1991):
            birth = f"{year}-{1 + number:02}-{11 + (year == 1991) * 12}"
            rows += [(given, surname, birth, city) for city in CITIES[:3]]
    return rows


def _linked(
    header: str, rows: Sequence[Sequence[str]], folder: Path
) -> list[tuple[int, float | None]]:
    """Of each row its cluster and match weight."""
    path = folder / "people.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]), encoding="utf-8")
    with connect_ingest(folder / "scratch") as con:
        con.execute("SET preserve_insertion_order = true")
        make_records(con, [("t", read(con, path, 0, folder))], named={}, left_out=frozenset())
        link(con, seed=1, progress=lambda line: None)
        return con.execute(
            "SELECT cluster_id, match_weight FROM linked_row ORDER BY record_key"
        ).fetchall()


def _clusters(
    rows: list[tuple[str, str, str, str]], folder: Path, third: str = "date of birth"
) -> list[int]:
    found = _linked(f"first name,last name,{third},city", rows, folder)
    return [cluster for cluster, _ in found]


def test_a_row_that_stands_there_again_has_the_weight_of_agreeing_in_all(tmp_path: Path) -> None:
    rows = [*{row[:2]: row for row in _table(namesakes=0) if row[2]}.values()]
    found = _linked("first name,last name,date of birth,city", [*rows, rows[7], rows[7]], tmp_path)
    assert found[7] == found[-1] == found[-2]
    weight = found[7][1]
    assert weight is not None
    assert weight > 0
    assert found[3][1] is None


def test_senior_and_junior_born_on_other_days_are_two(tmp_path: Path) -> None:
    """At one address, with one telephone, and often enough to be learnt from."""
    chance = random.Random(5)  # noqa: S311 - chance, not secrets
    people = {row[:2]: row for row in _table(namesakes=0) if row[2]}
    rows: list[tuple[str, ...]] = []
    for number, (given, surname, born, _) in enumerate(people.values()):
        home = (f"{number} Elm St", f"804{chance.randrange(2_000_000, 9_999_999)}")
        rows.append((given, surname, "", born, *home))
        if number % 8 == 0:
            rows[-1] = (given, surname, "Sr", f"{int(born[:4]) - 26}-{born[5:]}", *home)
            rows.append((given, surname, "Jr", born, *home))
    found = _linked("first name,last name,suffix,date of birth,address,phone", rows, tmp_path)
    sons = [n for n, row in enumerate(rows) if row[2] == "Jr"]
    assert len(sons) > 20
    assert not any(found[n][0] == found[n - 1][0] for n in sons)


def test_two_dates_of_birth_that_return_are_two_namesakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _table(namesakes=4)
    last = _clusters(rows, tmp_path)[-24:]
    people = [set(last[first : first + 3]) for first in range(0, 24, 3)]
    assert all(len(person) == 1 for person in people)
    assert len(set.union(*people)) == 8
    # Without the rule they are one: each pair differs by what one wrong date costs.
    monkeypatch.setattr(linking, "MOST_WRONG_DATES", -1.0)
    assert len(set(_clusters(rows, tmp_path)[-24:])) < 8


def test_a_telephone_that_half_tell_does_not_silence_the_names(tmp_path: Path) -> None:
    """Who shares a telephone shares a home: learnt from those pairs alone, a surname without one
    would be the mark of two strangers."""
    chance = random.Random(5)  # noqa: S311 - chance, not secrets
    letters = "bdfgklmnrt"
    names = ["".join(f"{letters[int(d)]}a" for d in f"{n * 37 % 1000:03}") for n in range(50)]
    people = chance.sample([(one, two) for one in names[:25] for two in names[25:]], 300)
    rows = [
        (given, surname, f"804555{number:04}" if number % 2 and row < 4 else "", city)
        for number, (given, surname) in enumerate(people)
        for city in (chance.choice(CITIES),)
        for row in range(6)
    ]
    clusters = _clusters(rows, tmp_path, "phone")
    whole = sum(len(set(clusters[first : first + 6])) == 1 for first in range(0, len(rows), 6))
    assert whole > 0.9 * len(people)


def test_one_chinese_sign_is_a_name_and_no_initial(tmp_path: Path) -> None:
    lines = ["first name,last name,date of birth", "伟,曾,1960-01-02", "А,Ж,1960-01-02"]  # noqa: RUF001 - Cyrillic
    path = tmp_path / "people.csv"
    path.write_text("\n".join([*lines, "W,Z,1961-01-02", "建娟,赵,1959-01-16"]), encoding="utf-8")
    with connect_ingest(tmp_path / "scratch") as con:
        con.execute("SET preserve_insertion_order = true")
        make_records(con, [("t", read(con, path, 0, tmp_path))], named={}, left_out=frozenset())
        make_features(con, con.table("table_record"))
        found = con.execute("SELECT given, surname, givens FROM feature ORDER BY rid").fetchall()
        conditions = {level.name: level.condition for level in BY_NAME["given_name"].levels}
        told = con.execute(
            f"SELECT {conditions['same']}, {conditions['initial']} "  # noqa: S608 - our conditions
            "FROM (SELECT given AS given_l, given AS given_r FROM feature ORDER BY rid)"
        ).fetchall()
    assert [surname for _, surname, _ in found[:3]] == ["曾", None, None]
    assert found[3][2] == ["娟", "建"]
    assert told == [(True, False), (False, True), (False, True), (True, False)]
