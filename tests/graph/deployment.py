"""What docker-compose.yml says, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final = ROOT / "docker-compose.yml"


def compose() -> dict[str, Any]:
    """The file, merge keys resolved."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def neo4j_settings(service: str) -> dict[str, str]:
    """A Neo4j service's settings as its image writes them into neo4j.conf."""
    environment: dict[str, str] = compose()["services"][service]["environment"]
    return {
        name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_"): str(
            value
        )
        for name, value in environment.items()
        if name.startswith("NEO4J_") and name != "NEO4J_AUTH_FILE"
    }
