"""Candidates: recall where it can be afforded, and no quadratic blow-up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ingest.contracts.tables import PERSON_RECORD
from resolution.blocking import block
from resolution.features import make_features
from runs.duck import connect
from runs.schema import read_table
from tests.factories import write_rows
from tests.resolution.people import record
from tests.resolution.population import population

if TYPE_CHECKING:
    from pathlib import Path


def test_blocking_keeps_nearly_all_true_pairs(tmp_path: Path) -> None:
    rows, truth = population(seed=31, people=150)
    write_rows(tmp_path, "person_record", rows)
    with connect() as con:
        make_features(con, read_table(con, PERSON_RECORD, tmp_path))
        block(con, 100)
        keys = [k for (k,) in con.execute("SELECT record_key FROM feature ORDER BY rid").fetchall()]
        found = {
            (left, right)
            for left, right in con.execute(
                "SELECT join_key_l, join_key_r FROM candidate"
            ).fetchall()
        }
    pairs = {
        (i, j)
        for i, left in enumerate(keys)
        for j, right in enumerate(keys)
        if i < j and truth[left] == truth[right]
    }
    assert len(found & pairs) >= 0.97 * len(pairs)
    assert len(found) < 12 * len(keys)


def test_a_key_that_too_many_share_is_not_blocked_on_and_is_named(tmp_path: Path) -> None:
    crowd = 2_000
    with connect() as con:
        con.execute(
            "CREATE TABLE many AS SELECT * FROM read_parquet(?)",
            [
                str(
                    write_rows(
                        tmp_path,
                        "person_record",
                        [
                            record(
                                "john",
                                given_name="John",
                                surname="Roe",
                                birth_date=date(1900, 1, 1),
                                phones=["+18045550000"],
                            )
                        ],
                    )
                )
            ],
        )
        con.execute(
            "CREATE TABLE crowd AS SELECT many.* REPLACE (md5(n::VARCHAR) AS record_key) "
            "FROM many, range(?) AS numbers(n)",
            [crowd],
        )
        make_features(con, con.table("crowd"))
        found = block(con, 100)
    assert found.candidates == 0
    assert found.dropped["phone"] == 1
    assert "birthday and one initial" in found.dropped


def test_slips_in_both_names_and_the_year_leave_the_initials_and_the_day(tmp_path: Path) -> None:
    """Tables that nobody knows; runs look for no pairs by so little."""
    rows = [
        record("one", given_name="Walentyna", surname="Kuzmkn", birth_date=date(1910, 7, 27)),
        record("other", given_name="Wslemtyne", surname="Kosmin", birth_date=date(1901, 7, 27)),
    ]
    write_rows(tmp_path, "person_record", rows)
    found = {}
    for wide in (False, True):
        with connect() as con:
            make_features(con, read_table(con, PERSON_RECORD, tmp_path))
            found[wide] = block(con, 100, wide=wide).candidates
    assert found == {False: 0, True: 1}
