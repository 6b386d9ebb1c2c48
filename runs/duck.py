"""DuckDB connections with bounded memory, a scratch folder, and no way out to the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MEMORY_LIMIT_GB: Final = 4


def connect(
    scratch: Path | None = None,
    *,
    memory_limit_gb: float = DEFAULT_MEMORY_LIMIT_GB,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """An in-memory connection that spills below ``scratch`` and never installs extensions.

    Insertion order is not preserved (tables are sorted when written), which keeps memory flat.
    """
    con = duckdb.connect(
        config={
            "memory_limit": f"{memory_limit_gb:.1f}GB",
            "threads": threads or os.cpu_count() or 2,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
    )
    # Its bar would stand in what a command prints for other programs.
    con.execute("SET enable_progress_bar = false")
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        con.execute("SET temp_directory = ?", [str(scratch)])
    return con


def rows_as_dicts(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows of one statement, each from column name to value, in the statement's order."""
    found = con.execute(sql, dict(parameters))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
