"""Text cleaned in batches is text cleaned by the macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.framing.cleaning import EDGES, cleaned, squeezed
from ingest.functions import connect_ingest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What decides: blanks of every kind, signs that normal form C joins or replaces, and their bytes.
signs = st.sampled_from(
    [*EDGES, "\f", "\v", "\x1f", "\u2003", "\u0301", "\u212b", "e", "à", "\u00c2"]
)
texts = st.one_of(
    st.none(),
    st.lists(signs, max_size=6).map("".join),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    scratch: Path = tmp_path_factory.mktemp("spill")
    with connect_ingest(scratch) as opened:
        yield opened


@settings(deadline=None, max_examples=150)
@given(st.lists(texts, max_size=8), st.integers(0, 3), st.integers(0, 3))
@example(["", "x", ""], 1, 0)
@example(["é ", " ", "b"], 0, 1)
def test_batches_and_macros_clean_alike(
    con: duckdb.DuckDBPyConnection, written: list[str | None], before: int, after: int
) -> None:
    """Also where a batch is a slice of a longer one."""
    column = pa.array([*[" a "] * before, *written, *["b\t"] * after], pa.string())
    column = column.slice(before, len(written))
    con.register("written", pa.table({"place": range(len(written)), "v": column}))
    expected = con.sql("SELECT clean(v), squeezed(v) FROM written ORDER BY place").fetchall()
    con.unregister("written")
    assert cleaned(column).to_pylist() == [text for text, _ in expected]
    assert squeezed(column).to_pylist() == [text for _, text in expected]
    cleaned(column).validate(full=True)


def test_a_clean_column_is_not_copied() -> None:
    column = pa.array(["a", "b c", "d"])
    assert cleaned(column).buffers()[2].address == column.buffers()[2].address
    assert squeezed(column) is column
