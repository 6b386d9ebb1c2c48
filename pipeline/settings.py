"""What a run is made with, besides the deliveries: policy, model, pack. Read once per command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import agreements
import packs
from resolution.engine import Engine

DEFAULT_PACK = "trafficking"


def _folder_of(package: object) -> Path:
    paths: list[str] = list(package.__path__)  # type: ignore[attr-defined]
    return Path(paths[0])


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """Folders and limits of a run.

    ``agreements``: folder of agreement files. ``pack``: the problem's definitions.
    ``memory_limit_gb``: what DuckDB may use before it spills to disk. The model is no setting:
    pipeline.models says which one is accepted. ``engine``: where pairs are scored;
    ``spark_master``: Spark's, None for this machine or what spark-defaults.conf names.
    """

    agreements: Path
    pack: Path
    memory_limit_gb: float = 4.0
    engine: Engine = Engine.DUCKDB
    spark_master: str | None = None

    @classmethod
    def from_environment(cls) -> PipelineSettings:
        """Shipped defaults, each replaceable: VAST_AGREEMENTS, VAST_PACK."""
        return cls(
            agreements=Path(os.environ.get("VAST_AGREEMENTS") or _folder_of(agreements)),
            pack=Path(os.environ.get("VAST_PACK") or _folder_of(packs) / DEFAULT_PACK),
        )
