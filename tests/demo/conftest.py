"""One standard world for the tests of this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from demo.world import WorldSummary, make_world

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Made:
    """A world on disk and its summary."""

    path: Path
    summary: WorldSummary


@pytest.fixture(scope="session")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The demo's world: 3,000 people, three years, seed 7."""
    path = tmp_path_factory.mktemp("world") / "standard"
    said: list[str] = []
    summary = make_world(path, progress=said.append)
    assert said
    return Made(path, summary)
