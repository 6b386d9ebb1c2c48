"""What a run is made with, besides the deliveries: policy, model, pack. Read once per command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import agreements
import packs
import resolution

DEFAULT_PACK = "trafficking"


def _folder_of(package: object) -> Path:
    paths: list[str] = list(package.__path__)  # type: ignore[attr-defined]
    return Path(paths[0])


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """Folders and limits of a run.

    ``agreements``: folder of agreement files. ``model``: the accepted model. ``pack``: the
    problem's definitions. ``memory_limit_gb``: what DuckDB may use before it spills to disk.
    """

    agreements: Path
    model: Path
    pack: Path
    memory_limit_gb: float = 4.0

    @classmethod
    def from_environment(cls) -> PipelineSettings:
        """Shipped defaults, each replaceable: VAST_AGREEMENTS, VAST_MODEL, VAST_PACK."""
        models = _folder_of(resolution) / "models"
        return cls(
            agreements=Path(os.environ.get("VAST_AGREEMENTS") or _folder_of(agreements)),
            model=Path(os.environ.get("VAST_MODEL") or models / "accepted.json"),
            pack=Path(os.environ.get("VAST_PACK") or _folder_of(packs) / DEFAULT_PACK),
        )
