"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str], None]
"""Takes one line of text; called from the caller's thread only."""


def silent(line: str) -> None:
    """A Progress that says nothing."""
