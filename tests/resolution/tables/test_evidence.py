"""What counts beside the comparisons: how many hold a value, and who is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np

from resolution.features import make_features
from resolution.tables.others import add_other, learn_others, prepare_others, start_others
from resolution.tables.rarity import _LEVELS, make_rare, prepare_rarity
from resolution.tables.remainder import MOST_BITS, _advantage
from tests.factories import key, write_rows
from tests.resolution.people import record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.resolution.people import Row


def _name(number: int) -> str:
    return "".join("bdfgklmnrs"[int(digit)] + "a" for digit in f"{number:03}")


def test_a_shelters_phone_counts_for_less_than_ones_own(tmp_path: Path) -> None:
    rows: list[Row] = [
        record(f"s{n:03}", given_name=_name(n), surname="Abel", phones=["8045550100"])
        for n in range(300)
    ]
    rows += [
        record(f"p{n:03}", given_name=_name(n), surname="Ott", phones=[f"80455502{n // 2:02}"])
        for n in range(100)
    ]
    table = write_rows(tmp_path, "person_record", rows)
    with duckdb.connect() as con:
        make_features(con, con.read_parquet(str(table)))
        prepare_rarity(con)
        by_key = dict(con.execute("SELECT record_key, rid FROM feature").fetchall())
        keys = ("s000", "s001", "p000", "p001")
        rid = {name: by_key[key("person", "nibrs", name)] for name in keys}
        con.execute(
            "CREATE TABLE explained_pair AS SELECT l AS rid_l, r AS rid_r, -1 AS gamma_birth, "
            "-1 AS gamma_area, -1 AS gamma_household, $phone AS gamma_contact "
            "FROM (VALUES ($a, $b), ($c, $d)) AS pair(l, r)",
            {"phone": _LEVELS["phone"], "a": rid["s000"], "b": rid["s001"],
             "c": rid["p000"], "d": rid["p001"]},
        )  # fmt: skip
        make_rare(con)
        bits = dict(con.execute("SELECT unnest([rid_l, rid_r]), rare_bits FROM rare").fetchall())
    assert bits[rid["s000"]] < 0 < bits[rid["p000"]]
    assert bits[rid["p000"]] - bits[rid["s000"]] > 3


def test_a_telephone_one_digit_apart_speaks_for_one_person(tmp_path: Path) -> None:
    """Of the pairs whose telephones differ, those of one person differ in a digit."""
    rows: list[Row] = [
        record(f"{n:03}{copy}", given_name=_name(n), surname="Abel", phones=[phone])
        for n in range(200)
        for copy, phone in (("a", f"8045{n * 31_337 % 1_000_000:06}"),
                            ("b", f"804{6 if n % 2 else 5}{n * 31_337 % 1_000_000:06}"))
    ]  # fmt: skip
    table = write_rows(tmp_path, "person_record", rows)
    with duckdb.connect() as con:
        make_features(con, con.read_parquet(str(table)))
        start_others(con)
        prepare_others(con)
        con.execute(
            "CREATE TABLE new_score AS SELECT l.rid AS rid_l, r.rid AS rid_r, "
            "CASE WHEN l.given = r.given THEN 5 ELSE -5 END::DOUBLE AS match_weight, "
            "0::UBIGINT AS levels "
            "FROM feature AS l JOIN feature AS r ON l.rid < r.rid AND (l.rid + r.rid) % 5 = 0 "
            "OR l.rid < r.rid AND l.given = r.given"
        )
        before = con.execute(_WEIGHTS).fetchall()
        learn_others(con)
        after = con.execute(_WEIGHTS).fetchall()
    changed = {
        (mistyped, one_person): new - old
        for (mistyped, one_person, old), (*_, new) in zip(before, after, strict=True)
    }
    # Of one person with one telephone nothing is added: the comparison has said it.
    assert changed[0, True] == 0
    assert changed[1, True] > 2
    assert changed[2, False] < 0


_WEIGHTS = """
SELECT least(damerau_levenshtein(l.phones[1], r.phones[1]), 2) AS mistyped,
    l.given = r.given AS one_person, avg(match_weight)
FROM new_score JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r
GROUP BY ALL ORDER BY ALL
"""


def test_a_mothers_name_is_no_evidence_between_brothers_and_sisters(tmp_path: Path) -> None:
    rows: list[Row] = [
        record(f"{family:03}{child}", given_name=("Adam", "Beatrix")[child % 2],
               surname=_name(family), phones=None, address_line=f"mother {family}")
        for family in range(100)
        for child in range(4)
    ]  # fmt: skip
    table = write_rows(tmp_path, "person_record", rows)
    with duckdb.connect() as con:
        records = con.read_parquet(str(table))
        make_features(con, records)
        start_others(con)
        told, key_of = (
            duckdb.ColumnExpression("address_line"),
            duckdb.ColumnExpression("record_key"),
        )
        add_other(con, records, told, key_of, "mother name", 0)
        prepare_others(con)
        con.execute(
            "CREATE TABLE new_score AS SELECT l.rid AS rid_l, r.rid AS rid_r, "
            "CASE WHEN l.given = r.given AND l.surname = r.surname THEN 5 ELSE -5 END::DOUBLE "
            "AS match_weight, 0::UBIGINT AS levels "
            "FROM feature AS l JOIN feature AS r ON l.rid < r.rid"
        )
        learn_others(con)
        weights = con.execute(
            "SELECT l.given = r.given, min(match_weight) FROM new_score "
            "JOIN feature AS l ON l.rid = rid_l JOIN feature AS r ON r.rid = rid_r "
            "WHERE l.surname = r.surname GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    [(_, siblings), (_, one_person)] = weights
    assert siblings == -5
    assert one_person > 7


def test_the_last_two_of_two_whole_sources_are_likely_one() -> None:
    """A thousand found their counterpart; one of each source is left, and they are alike."""
    ends = np.arange(1000)
    left, right = np.append(ends, 2000), np.append(ends + 1000, 2001)
    evidence = np.append(np.full(1000, 40.0), 9.0)
    best, bits = _advantage(left, right, evidence, -10.0, (1001.0, 1001.0))
    assert (left[best].tolist(), right[best].tolist()) == ([2000], [2001])
    assert bits == MOST_BITS
    # Where the sources have few people in common, the same evidence says no more than before.
    _, none = _advantage(left[-1:], right[-1:], evidence[-1:], -10.0, (3000.0, 3000.0))
    assert none <= 0
