"""Lines read a block at a time give what they give one by one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.contracts.columns import ColumnContract
from ingest.contracts.feeds import FileContract
from ingest.errors import IngestError
from ingest.framing.blocks import MAX_PLAIN_BYTES, Block
from ingest.framing.delimited import BLOCK_BYTES, frame_delimited
from ingest.framing.lines import MAX_LINE_BYTES

PLAIN = FileContract(
    kind="rows",
    columns={"a": ColumnContract(), "b": ColumnContract(optional=True)},
    repeated=("a",),
)
CONTRACTS = (PLAIN, PLAIN.model_copy(update={"multiline": True}))

SIGNS = (
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\x85",
    b"\x0b",
    b"#",
    b"\\",
    b"'",
)

# Whole files of any bytes seldom hold a row: lines are made of what decides how they are read.
pieces = st.sampled_from(
    [*SIGNS, b"a", b"1", b",", b",", b'"', b'""', b'","', b"\r", b"\n", b"\r\n", b" ", b"\t", b"\0"]
)
lines = st.one_of(
    st.sampled_from([b"1,2\n", b'1,"x,y"\n', b'"1","2"\r\n', b",\n", b'"",""\n', b'"a""b",c\n']),
    st.lists(pieces, max_size=8).map(b"".join),
    st.lists(pieces, max_size=6).map(lambda some: b"".join(some) + b"\n"),
    st.binary(max_size=6),
)
headers = st.sampled_from([b"a,b\n", b"a\n", b"a,b,extra\r\n", b"a,b,a\n", b"\n\xef\xbb\xbfa\n"])


def framed(data: bytes, contract: FileContract, block_bytes: int | None) -> tuple[object, ...]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_bytes(data)
        target = Path(name) / "out.parquet"
        try:
            found = frame_delimited(path, path.name, contract, target, block_bytes=block_bytes)
        except IngestError as error:
            return type(error), str(error)
        rows = duckdb.read_parquet(str(target)).fetchall()
    return rows, found.columns, found.rows, found.faults, found.undeclared, found.lines


@settings(deadline=None, max_examples=150)
@given(headers, st.lists(lines, max_size=12), st.integers(1, 40), st.sampled_from(CONTRACTS))
@example(b"a,b\n", [b"1,2\n", b"\xef\xbb\xbf1,2\n", b'"",""\n'], 40, PLAIN)
@example(b"a,b\n", [b'1,"open\n', b"2,3\n", b'4"\n', b"5,6\n"], 8, CONTRACTS[1])
def test_blocks_and_lines_agree(
    header: bytes, body: list[bytes], block_bytes: int, contract: FileContract
) -> None:
    data = header + b"".join(body)
    expected = framed(data, contract, None)
    assert framed(data, contract, block_bytes) == expected
    assert framed(data, contract, BLOCK_BYTES) == expected


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("block_bytes", [1000, MAX_LINE_BYTES, BLOCK_BYTES])
@pytest.mark.parametrize("length", [MAX_PLAIN_BYTES - 2, MAX_PLAIN_BYTES + 2, MAX_LINE_BYTES - 3])
@pytest.mark.parametrize("more", range(3))
def test_long_lines_agree(length: int, more: int, block_bytes: int, contract: FileContract) -> None:
    for body in (
        b"1," + b"x" * (length + more) + b"\n3,4\n",
        b'1,"open\n2,' + b"x" * (length + more) + b'\n3,4"\n5,6\n',
        b"1,2\n" + b" " * (length + more),
        b"1,2\n" + b" " * (length + more) + b"\n\n7,8\n",
    ):
        assert framed(b"a,b\n" + body, contract, block_bytes) == framed(
            b"a,b\n" + body, contract, None
        )


@pytest.mark.parametrize("block_bytes", [40, 1000, BLOCK_BYTES])
@pytest.mark.parametrize("between", [b"x\n", b'"x"\n', b"\n"])
@pytest.mark.parametrize("lines", [198, 199, 200, 201])
def test_records_over_many_lines_agree(lines: int, between: bytes, block_bytes: int) -> None:
    record = b'1,"open\n' + between * lines
    for body in (
        record + b'end"\n3,4\n',
        record + b"3,4\n",
        record,
        record.replace(b"x", b"\0", 1) + b'end"\n3,4\n',
    ):
        data = b"a,b\n" + body
        assert framed(data, CONTRACTS[1], block_bytes) == framed(data, CONTRACTS[1], None)


def test_plain_lines_are_seen_as_plain() -> None:
    """Were every line doubtful, all of the above would hold and nothing would be fast."""
    data = b'1,2\n"1,5","a""b"\r\n\n1,2,3\n,\n1, "2"\n"x"y,2\n\xc3\xa9,2\n1,\xff\n'
    marks = Block.of(data).plain(2).tolist()
    assert marks == [True, True, False, False, True, False, False, False, False]
    assert Block.of(data[: -len(b"1,\xff\n")]).plain(2).tolist()[-1]
