"""Bytes to rows: nothing is lost, shifted or swallowed."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import duckdb
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.contracts.columns import ColumnContract
from ingest.contracts.feeds import FileContract, Format
from ingest.errors import DeliveryRefused, Unreadable
from ingest.framing.delimited import frame_delimited
from ingest.framing.jsonlines import frame_json_lines
from ingest.framing.lines import MAX_LINE_BYTES
from ingest.framing.rows import Framed

PLAIN = FileContract(kind="rows", columns={"a": ColumnContract(), "b": ColumnContract()})
RUNS_ON = PLAIN.model_copy(update={"multiline": True})
JSON = FileContract(
    kind="rows",
    format=Format.JSONL,
    columns={"a": ColumnContract(), "b": ColumnContract(header="in.b", optional=True)},
)

values = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=8
)
runs_on = st.text(st.sampled_from('ab,"\n é'), max_size=8)


def frame(data: bytes, contract: FileContract = PLAIN) -> tuple[Framed, list[tuple[object, ...]]]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_bytes(data)
        reader = frame_json_lines if contract.format is Format.JSONL else frame_delimited
        framed = reader(path, path.name, contract, Path(name) / "out.parquet")
        rows = duckdb.read_parquet(str(framed.path)).order("source_line").fetchall()
    lines = framed.lines
    assert lines.total == lines.header + lines.blank + lines.in_rows + lines.faulty
    assert lines.total == len(data.split(b"\n")) - data.endswith(b"\n")
    assert framed.rows == len(rows)
    return framed, rows


def written(rows: list[tuple[str, str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    return text.getvalue().encode()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(values, values), max_size=6))
def test_what_was_written_is_read(rows: list[tuple[str, str]]) -> None:
    framed, found = frame(written(rows))
    assert framed.faults == ()
    assert [(a, b) for _, a, b in found] == rows
    assert [line for line, *_ in found] == list(range(2, len(rows) + 2))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(runs_on, runs_on), max_size=6))
def test_values_may_run_over_lines_where_the_contract_says(rows: list[tuple[str, str]]) -> None:
    framed, found = frame(written(rows), RUNS_ON)
    assert framed.faults == ()
    assert [(a, b) for _, a, b in found] == rows


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(values, values), min_size=1, max_size=5),
    st.lists(st.sampled_from([b'1,"open\n', b"1\n", b"1,2,3\n", b"\xff,1\n", b"1,\x002\n", b"\n"])),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_a_bad_line_costs_only_itself(
    rows: list[tuple[str, str]], bad: list[bytes], random: object, multiline: bool
) -> None:
    """Good lines survive whatever stands between them, in every order."""
    header, *good = written(rows).splitlines(keepends=True) if _plain(rows) else (b"a,b\n",)
    lines = [*good, *bad]
    random.shuffle(lines)  # type: ignore[attr-defined]
    framed, found = frame(header + b"".join(lines), RUNS_ON if multiline else PLAIN)
    kept = {(a, b) for _, a, b in found}
    if good:
        assert kept == set(rows)
    assert len(framed.faults) == sum(line != b"\n" for line in bad)


def _plain(rows: list[tuple[str, str]]) -> bool:
    # str.splitlines knows more line ends than files do.
    return written(rows).count(b"\n") == len(written(rows).splitlines())


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes_are_framed_or_refused(data: bytes) -> None:
    for contract in (PLAIN, RUNS_ON, JSON):
        try:
            frame(data, contract)
        except (Unreadable, DeliveryRefused) as refusal:
            said = str(refusal)
        else:
            said = "in.csv"
        assert said.startswith("in.csv")
        try:
            frame(b"a,b\n" + data, contract)
        except (Unreadable, DeliveryRefused):
            assert contract is JSON


def test_an_open_quote_swallows_nothing() -> None:
    data = b'a,b\n1,"open\n2,x\n3,"y"\n4,"z\nz"\n5,w\n'
    framed, found = frame(data, RUNS_ON)
    assert found == [(3, "2", "x"), (4, "3", "y"), (5, "4", "z\nz"), (7, "5", "w")]
    assert [(fault.line, "quote" in fault.reason) for fault in framed.faults] == [(2, True)]
    framed, found = frame(data)
    assert [line for line, *_ in found] == [3, 4, 7]
    assert [fault.line for fault in framed.faults] == [2, 5, 6]


def test_columns_are_bound_by_name() -> None:
    framed, found = frame(b" B ,extra,A\n2,9,1\n3,,1\n")
    columns = dict(zip(("source_line", *framed.columns), found[0], strict=True))
    assert columns == {"source_line": 2, "a": "1", "b": "2"}
    assert framed.undeclared == {"extra": 1}


def test_a_cut_last_line_is_not_loaded() -> None:
    framed, found = frame(b"a,b\n1,2\n3,45")
    assert found == [(2, "1", "2")]
    assert "cut short" in framed.faults[0].reason


def test_a_line_too_long_is_passed_over_in_bounded_memory() -> None:
    framed, found = frame(b"a,b\n1," + b"x" * (3 * MAX_LINE_BYTES) + b"\n3,4\n")
    assert [row[1:] for row in found] == [("3", "4")]
    assert framed.faults[0].line == 2


@pytest.mark.parametrize(
    ("header", "word"),
    [(b"a\n", "lacks b"), (b"a,b,a\n", "more than once"), (b"a,B,b\n", "more than once")],
)
def test_headers_that_are_refused(header: bytes, word: str) -> None:
    with pytest.raises(DeliveryRefused, match=word):
        frame(header + b"1,2,3\n")


def test_json_lines() -> None:
    framed, found = frame(
        b'{"a": 1, "in": {"b": "x", "c": 2}, "d": [1]}\n\n{"a": "1"\n[1]\n'
        b'{"a": 1, "a": 2}\n{"a": NaN}\n{"a": "\\ud800"}\n{"a": true}\n',
        JSON,
    )
    assert found == [(1, "1", "x"), (8, "true", None)]
    assert [fault.line for fault in framed.faults] == [3, 4, 5, 6, 7]
    assert framed.undeclared == {"in.c": 1, "d": 1}


def test_long_values_are_written_before_many_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.framing.rows.BATCH_CHARACTERS", 100)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_bytes(b"a,b\n" + b"".join(b"%060d,x\n" % n for n in range(10)))
        target = Path(name) / "out.parquet"
        framed = frame_delimited(path, path.name, PLAIN, target, block_bytes=None)
        assert framed.rows == 10
        assert pq.ParquetFile(target).num_row_groups == 5
