"""Parquet to rows of text: nothing is lost, and a bad file is refused."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.check import check
from ingest.contracts.columns import ColumnContract
from ingest.contracts.feeds import FileContract, Format
from ingest.errors import DeliveryRefused, IngestError, Unreadable
from ingest.framing.lines import MAX_LINE_BYTES
from ingest.framing.parquet import frame_parquet
from ingest.framing.rows import BATCH_ROWS, Framed

ONE = FileContract(kind="rows", format=Format.PARQUET, columns={"a": ColumnContract()})
TWO = FileContract(
    kind="rows",
    format=Format.PARQUET,
    columns={"a": ColumnContract(), "b": ColumnContract(header="B 2", optional=True)},
)


def frame(path: Path, contract: FileContract = ONE) -> tuple[Framed, list[tuple[Any, ...]]]:
    target = path.with_name("framed.parquet")
    framed = frame_parquet(path, path.name, contract, target)
    lines = framed.lines
    assert lines.total == lines.in_rows + lines.faulty
    rows = duckdb.read_parquet(str(target)).order("source_line").fetchall()
    assert framed.rows == len(rows)
    return framed, rows


def written(folder: Path, *columns: Any, names: tuple[str, ...] = ("a",), **options: Any) -> Path:
    path = folder / "in.parquet"
    pq.write_table(pa.table(list(columns), names=list(names)), path, **options)
    return path


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (pa.array(["x", None, ""]), ["x", None, ""]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (pa.array(["x"], pa.large_string()), ["x"]),
        (pa.array(["x"], pa.string_view()), ["x"]),
        (pa.array([b"caf\xc3\xa9"]), ["café"]),
        (pa.array([1, None, -7]), ["1", None, "-7"]),
        (pa.array([2**63], pa.uint64()), [str(2**63)]),
        (pa.array([15.0, 1.5, float("nan"), -0.25, None]), ["15", "1.5", None, "-0.25", None]),
        (pa.array([0.1], pa.float32()), ["0.1"]),
        (pa.array([np.float16(2.5), np.float16(3)], pa.float16()), ["2.5", "3"]),
        (pa.array([123456789012.0, float("inf")]), ["123456789012", "inf"]),
        (pa.array([Decimal("1.50"), Decimal("2.00")]), ["1.50", "2"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array([date(2024, 5, 3)]), ["2024-05-03"]),
        (pa.array([date(2024, 5, 3)], pa.date64()), ["2024-05-03"]),
        (pa.array([time(3, 4, 5)]), ["03:04:05"]),
        (
            pa.array([datetime(2024, 5, 3, 21, 14), datetime(2024, 5, 3), None]),  # noqa: DTZ001
            ["2024-05-03T21:14:00", "2024-05-03", None],
        ),
        (
            pa.array([1714770840_123456789], pa.timestamp("ns")),
            ["2024-05-03T21:14:00.123456"],
        ),
        (pa.array([datetime(2024, 5, 4, 1, 14, tzinfo=UTC)]), ["2024-05-03T21:14:00"]),
        (pa.array([["x", "y"], [], None, [None, "z"]]), ['["x", "y"]', None, None, '[null, "z"]']),
        (pa.array([[1, 2]], pa.list_(pa.int32(), 2)), ['["1", "2"]']),
        (pa.nulls(2), [None, None]),
    ],
)
def test_values_come_as_contracts_type_them(
    tmp_path: Path, array: pa.Array, texts: list[str | None]
) -> None:
    framed, rows = frame(written(tmp_path, array))
    assert [text for _, text in rows] == texts
    assert [line for line, _ in rows] == list(range(1, len(texts) + 1))
    assert framed.faults == ()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0")), max_size=9))
def test_what_was_written_is_read(texts: list[str | None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        _, rows = frame(written(Path(name), pa.array(texts, pa.string()), row_group_size=2))
    assert [text for _, text in rows] == texts


def test_batches_keep_their_place(tmp_path: Path) -> None:
    count = 2 * BATCH_ROWS + 7
    _, rows = frame(written(tmp_path, pa.array(range(count)), row_group_size=3_001))
    assert rows == [(at + 1, str(at)) for at in range(count)]


def test_columns_are_bound_by_name_and_others_are_counted(tmp_path: Path) -> None:
    deep = pa.array([{"in": 1}, {"in": 2}])
    columns = [pa.array(["2", None]), pa.array(["x", "y"]), pa.array(["1", "1"]), deep]
    framed, rows = frame(written(tmp_path, *columns, names=("b 2", "more", "A", "deep")), TWO)
    assert framed.columns == ("b", "a")
    assert rows == [(1, "2", "1"), (2, None, "1")]
    assert framed.undeclared == {"more": 2, "deep": 2}


def test_a_value_that_is_no_text_costs_only_its_row(tmp_path: Path) -> None:
    values = [b"good", b"\xff\xfe", b"nul\0", b"x" * (MAX_LINE_BYTES + 1), b"good", None]
    for array in (pa.array(values), pa.array(values).dictionary_encode()):
        framed, rows = frame(written(tmp_path, array))
        assert rows == [(1, "good"), (5, "good"), (6, None)]
        assert [(fault.line, fault.field) for fault in framed.faults] == [
            (2, "a"),
            (3, "a"),
            (4, "a"),
        ]
    framed, rows = frame(written(tmp_path, pa.array([[b"a"], [b"b", b"\xff"]])))
    assert rows == [(1, '["a"]')]
    assert framed.faults[0].reason == "is not UTF-8 text"


@pytest.mark.parametrize(
    ("names", "said"),
    [(("a", "a"), "more than once"), (("a", "A"), "more than once"), (("b", "c"), "lacks a")],
)
def test_columns_that_repeat_or_are_missing_refuse(
    tmp_path: Path, names: tuple[str, str], said: str
) -> None:
    path = written(tmp_path, pa.array([1]), pa.array([2]), names=names)
    with pytest.raises(DeliveryRefused, match=said):
        frame(path)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([{"secret": 1}]),
        pa.array([[{"secret": 1}]]),
        pa.array([[[1]]]),
        pa.array([[("secret", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([b"1234"], pa.binary(4)),
        pa.array([5], pa.duration("s")),
    ],
)
def test_nested_columns_refuse(tmp_path: Path, array: pa.Array) -> None:
    with pytest.raises(DeliveryRefused, match="the column is of type") as refused:
        frame(written(tmp_path, array))
    assert "secret" not in str(refused.value)
    assert refused.value.field == "a"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"PAR1", "cut short"),
        (b"a,b\n1,2\n", "cut short"),
        (b"PAR1" + b"\0" * 64 + b"PARE", "encrypted"),
        (b"PAR1" + b"\xff" * 64 + b"\x40\0\0\0PAR1", "cut short"),
    ],
)
def test_what_is_no_parquet_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "in.parquet"
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=said):
        frame(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = [f"value {at % 60}" for at in range(300)]
    return written(
        tmp_path_factory.mktemp("whole"),
        pa.array(values),
        pa.array([[value] for value in values]),
        names=("a", "b 2"),
        row_group_size=100,
        write_page_checksum=True,
    )


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_file_that_is_cut_is_refused(whole: Path, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, whole.stat().st_size - 1))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.parquet"
        path.write_bytes(whole.read_bytes()[:cut])
        with pytest.raises(Unreadable):
            frame(path, TWO)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4))
def test_a_file_that_is_damaged_never_crashes(whole: Path, flips: list[tuple[int, int]]) -> None:
    data = bytearray(whole.read_bytes())
    for at, with_ in flips:
        data[at % len(data)] ^= with_
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.parquet"
        path.write_bytes(data)
        try:
            framed, _ = frame(path, TWO)
        except IngestError:
            return
    assert framed.lines.total == 300


def test_a_small_file_that_stands_for_a_huge_one_is_read_within_bounds(tmp_path: Path) -> None:
    """80 kB of file, 5 GB of text, of which memory never holds more than a batch."""
    count = 10_000
    value = "x" * 500_000
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([value]))
    path = written(tmp_path, column)
    assert path.stat().st_size < 100_000
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.ingest.test_framing_parquet import frame_bounded\n"
        "frame_bounded(Path(sys.argv[1]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) < 1_000_000
    endless = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(20_000, np.int32)), pa.array(["x" * (4 << 20)])
    )
    with pytest.raises(Unreadable, match="far more"):
        frame(written(tmp_path, endless))


def frame_bounded(path: Path) -> None:
    """What the test above runs on its own: a process's peak memory cannot be taken back."""
    assert resource.RUSAGE_SELF == 0
    frame_parquet(path, path.name, ONE, path.with_name("framed.parquet"))


def test_a_parquet_feed_is_recognised_and_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "feeds" / "campus"
    folder.mkdir(parents=True)
    (folder / "contract.toml").write_text(
        'feed = "campus"\ntitle = "t"\npublisher = "p"\ndataset = "d"\nmode = "delta"\n'
        'agency = { id = "VA-C", name = "C", kind = "police" }\n'
        '[[files]]\nkind = "contact"\nformat = "parquet"\nkey = ["no"]\n[files.columns]\n'
        'no = { kind = "integer", required = true }\nborn = { kind = "iso_date" }\n'
        'seen = { kind = "timestamp" }\nphones = { kind = "list" }\nheld = { kind = "flag" }\n'
    )
    (folder / "person_record.sql").write_text(
        "SELECT record_key(['person', 'campus', CAST(no AS VARCHAR)]) AS record_key, "
        "born AS birth_date, phones, delivery, source_line FROM contact"
    )
    path = tmp_path / "contacts.parquet"
    table = {
        "no": [1.0, 2.0, None],
        "born": [date(2001, 2, 3), None, None],
        "seen": [datetime(2024, 5, 3, 21, 14)] * 3,  # noqa: DTZ001
        "phones": [["8045550123"], [], None],
        "held": [True, False, None],
    }
    pq.write_table(pa.table(table), path)
    report = check(path, tmp_path / "feeds", tables=True)
    (file,) = report.files
    assert (file.rows_in, file.loaded, file.quarantined) == (3, 2, 1)
    assert file.reasons == {"no is blank, expected a value": 1}
    assert report.tables["campus"]["person_record"] == 2
    assert json.loads(report.to_json())["files"][0]["path"] == "contacts.parquet"
