"""Records that would make resolution quadratic, or that nobody should have delivered."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from ingest.contracts.tables import PERSON_RECORD
from resolution.features import make_features
from resolution.index import ACCEPTED_MODEL
from resolution.resolve import resolve_view
from runs.duck import connect
from runs.home import ViewFolder
from runs.schema import read_table, write_table
from tests.factories import key, write_rows
from tests.resolution.people import ALL_COLUMNS, VIEW_KEY, persons, record, resolve, same

if TYPE_CHECKING:
    from pathlib import Path

CROWD = 2_000


def test_a_crowd_in_one_incident_with_one_phone_is_told_and_not_paired(tmp_path: Path) -> None:
    """An agency that gives every case one number, and a shelter's phone to everybody."""
    view = ViewFolder(tmp_path / "r1" / "views" / "v", "r1", "v")
    one = record("one", incident_key=key("incident", "0"), phones=["+18045550100"])
    write_rows(tmp_path, PERSON_RECORD, [one])
    with connect() as con:
        con.read_parquet(str(PERSON_RECORD.path(tmp_path))).create_view("one")
        crowd = con.sql(
            "SELECT one.* REPLACE (md5(n::VARCHAR) AS record_key,"
            " 'G' || translate(n::VARCHAR, '0123456789', 'abcdefghij') AS given_name,"
            " 'S' || translate((n * 7919)::VARCHAR, '0123456789', 'klmnopqrst') AS surname,"
            " DATE '1930-01-01' + (n * 7)::INTEGER AS birth_date) FROM one, range($crowd) AS t(n)",
            params={"crowd": CROWD},
        )
        write_table(crowd, PERSON_RECORD, view.records)
    said: list[str] = []
    summary = resolve_view(
        view.records,
        view,
        tmp_path / "lineage",
        ACCEPTED_MODEL,
        VIEW_KEY,
        "r1",
        shown_columns=ALL_COLUMNS,
        decisions=None,
        parent_run_id=None,
        scratch=tmp_path / "scratch",
        progress=said.append,
    )
    assert summary.records == CROWD
    assert summary.pairs_scored < 40 * CROWD
    assert "1 keys too common but with name and year of birth: phone" in said


def test_values_of_any_length_and_script_are_bounded(tmp_path: Path) -> None:
    long = "x" * 100_000
    born = date(1990, 1, 1)
    rows = [
        record(
            f"long {n}",
            given_name=long + str(n),
            surname=long,
            birth_date=born,
            emails=[f"{long}{n}@example.org"],
            handles=[long + str(n)],
            plates=[long],
            strong_id=f"id:{long}{n}",
            name_suffix=long,
            aliases=[long, "😀 🎉"],
        )
        for n in range(4)
    ]
    rows += [
        record("arabic", given_name="محمد", surname="الحسيني", birth_date=born),
        record("arabic again", given_name="محمد", surname="الحسيني", birth_date=born),
        record("number", given_name="123", surname="456", birth_date=born),
        record("signs", given_name="😀", surname="🎉", birth_date=born),
    ]
    view, _ = resolve(tmp_path, rows)
    assert len(persons(view)) == len(rows)
    assert same(view, "arabic", "arabic again")
    assert not same(view, "number", "signs")


def test_what_edit_distances_read_is_short(tmp_path: Path) -> None:
    """They take the square of a length: 3,000 names of 10,000 letters did not end."""
    long = "ab" * 5_000
    rows = [record("one", given_name=long, middle_name=long, surname=long, city=long)]
    write_rows(tmp_path, "person_record", rows)
    with closing(connect()) as con:
        make_features(con, read_table(con, PERSON_RECORD, tmp_path))
        [lengths] = con.execute(
            "SELECT length(given), length(given_first), length(middle), length(surname), "
            "length(city) FROM feature"
        ).fetchall()
    assert lengths == (40,) * 5
