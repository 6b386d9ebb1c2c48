"""Which SQL store a home uses: the one that VAST_DATABASE_URL names, else its own SQLite."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sharing.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runs.home import Home


@contextmanager
def store_of(home: Home) -> Iterator[Store]:
    """The home's store, migrated, for the length of a command. Raises StoreUnavailable."""
    home.prepare()
    store = open_store(os.environ.get("VAST_DATABASE_URL") or f"sqlite:///{home.database}")
    try:
        yield store
    finally:
        store.close()
