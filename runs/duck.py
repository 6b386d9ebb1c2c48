"""DuckDB connections with bounded memory, a scratch folder, and no way out to the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import duckdb

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
