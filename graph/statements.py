"""The administrative statements of cypher/admin/: read by name, never shown to users."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).resolve().parents[1] / "cypher" / "admin"


@cache
def statement(name: str) -> str:
    """The text of ``cypher/admin/<name>.cypher``, parameters left to be bound."""
    return (_FOLDER / f"{name}.cypher").read_text(encoding="utf-8")
