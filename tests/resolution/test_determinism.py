"""The same inputs give the same bytes, in any order of rows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from resolution import blocking, bounds, features, joining, links, scoring
from resolution import persons as persons_of
from tests.factories import rows_of
from tests.resolution.people import persons, resolve
from tests.resolution.population import population

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TABLES = ("person", "membership", "link", "lineage")


def test_order_of_rows_and_reruns_do_not_matter(tmp_path: Path) -> None:
    rows, _ = population(seed=5, people=60)
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)  # noqa: S311 - chance, not secrets
    first, _ = resolve(tmp_path / "first", rows)
    second, _ = resolve(tmp_path / "second", shuffled)
    for table in TABLES:
        one, other = (view.persons / f"{table}.parquet" for view in (first, second))
        assert one.read_bytes() == other.read_bytes(), table


def test_a_rerun_on_the_same_records_keeps_every_id_and_changes_nothing(tmp_path: Path) -> None:
    rows, _ = population(seed=6, people=40)
    first, _ = resolve(tmp_path, rows)
    second, _ = resolve(tmp_path, rows, run_id="r2", parent="r1")
    assert persons(first) == persons(second)
    for table in TABLES:
        one, other = (view.persons / f"{table}.parquet" for view in (first, second))
        assert one.read_bytes() == other.read_bytes(), table


def test_working_on_parts_changes_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = population(seed=7, people=30)
    whole, _ = resolve(tmp_path / "whole", rows)
    for module in (features, persons_of, scoring):
        monkeypatch.setattr(module, "RECORDS_AT_ONCE", 50)
    monkeypatch.setattr(bounds, "RECORDS_BOUNDED", 30)
    monkeypatch.setattr(blocking, "RECORDS_PAIRED", 40)
    for module in (joining, links):
        monkeypatch.setattr(module, "PAIRS_JOINED_AT_ONCE", 20)
    monkeypatch.setattr(links, "LINKS_AT_ONCE", 100)
    monkeypatch.setattr(scoring, "PAIRS_AT_ONCE", 30)
    parts, _ = resolve(tmp_path / "parts", rows)
    for table in TABLES:
        one, other = (rows_of(view.persons / f"{table}.parquet") for view in (whole, parts))
        assert one == other, table
