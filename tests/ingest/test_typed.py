"""Rows typed while their file is framed: what goes wrong on the way leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from ingest.contracts.feeds import load_contracts
from ingest.errors import LostRows
from ingest.framing.blocks import Block
from ingest.functions import connect_ingest
from ingest.sources import Part
from ingest.staging import Staging
from ingest.typed import write_typed
from tests.ingest.deliveries import HOTLINE, SIGNAL, write_csv

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fault_in_the_middle_of_a_file_is_told_in_our_words_and_stages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = load_contracts()["hotline"]
    path = tmp_path / "signals.csv"
    write_csv(path, HOTLINE, [SIGNAL])
    part = Part(contract.files[0], path, path.name)

    def lost(*_: Any) -> None:
        raise LostRows("the lines of a block are not all rows")

    with connect_ingest(tmp_path / "spill") as con:
        staging = Staging(con, contract, tmp_path / "typed")
        with monkeypatch.context() as broken:
            broken.setattr(Block, "values", lost)
            with pytest.raises(LostRows, match="not all rows"):
                staging.add("1", 0, [part], {})
        assert not list((tmp_path / "typed").iterdir())
        staging.add("1", 0, [part], {})
        staging.settle()
        assert [report.loaded for report in staging.reports()] == [1]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2020-01-02", "2020-01-02 00:00:00"),
        ("2020-01-02T03:04", "2020-01-02 03:04:00"),
        ("2020-01-02 03:04:05", "2020-01-02 03:04:05"),
        ("2020-01-02T03:04:05.5", "2020-01-02 03:04:05.5"),
        ("2020-02-30T00:00:00", None),
        ("1849-12-31T23:59:59", None),
        ("2101-01-01 00:00:00", None),
        ("12020-01-01 00:00:00", None),
        ("2020-01-01 00:00:00+00", None),
        ("infinity", None),
    ],
)
def test_times_in_the_quick_form_and_in_others(
    tmp_path: Path, written: str, kept: str | None
) -> None:
    with connect_ingest(tmp_path) as con:
        found = con.execute("SELECT CAST(as_timestamp($v) AS VARCHAR)", {"v": written}).fetchone()
    assert found == (kept,)


@pytest.mark.slow
def test_long_texts_are_written_before_they_fill_the_memory(tmp_path: Path) -> None:
    """DuckDB holds a group of rows until it is written: 100,000 rows, however long, unless told."""
    contract = load_contracts()["hotline"]
    path = tmp_path / "signals.csv"
    text_bytes = 120_000
    rows = [
        SIGNAL | {"Signal ID": f"S-{n}", "Summary": "x y " * (text_bytes // 4)}
        for n in range(2_500)
    ]
    write_csv(path, HOTLINE, rows)
    target = tmp_path / "typed.parquet"
    with connect_ingest(tmp_path / "spill") as con:
        part = Part(contract.files[0], path, path.name)
        assert write_typed(con, part, ("d", path.name, 0), target).rows == 2_500
    groups = pq.read_metadata(target)
    largest = max(groups.row_group(at).num_rows for at in range(groups.num_row_groups))
    assert largest * text_bytes < 100_000_000
