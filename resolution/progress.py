"""How a long step says where it is: one line of text at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str], None]
"""Takes one line, without a personal value."""


def silent(line: str) -> None:
    """A Progress that says nothing."""
