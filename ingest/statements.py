"""The named statements of sql/settle.sql, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statements() -> dict[str, str]:
    """The named statements of sql/settle.sql."""
    text = (files("ingest") / "sql" / "settle.sql").read_text("utf-8")
    blocks = text.split("-- name: ")[1:]
    return {block.split("\n", 1)[0].strip(): block.split("\n", 1)[1] for block in blocks}
