"""The SQL store: accounts, sessions, audit, decisions. SQLite by default, PostgreSQL by URL.

Guarantees: an opened store is migrated to the newest step; a write holds the database's write lock
from its first statement (SQLite) so that what it read is still true when it writes; what is deleted
is overwritten in SQLite's file; the file is readable for this user only.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError

from sharing.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS: Final = 5000
CONNECT_TIMEOUT_S: Final = 5
_MIGRATION_LOCK: Final = 0x5641_5354_4D49_4752  # any 64-bit number of our own
_WRITES: Final = "vast_writes"

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA recursive_triggers = ON",
)


class Store:
    """An open store. Threads may share it; a forked process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading. Raises StoreUnavailable where the database does not answer."""
        with _named(self.engine), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction for writing, committed at the end, rolled back by an exception."""
        with _named(self.engine), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the store at a SQLAlchemy URL and migrate it to the newest step.

    ``sqlite:////path/to/vast.db`` or ``postgresql://user@host/database``. Raises StoreUnavailable
    where the address is no such URL, the database does not answer, or a newer version made it.
    """
    try:
        address = sa.make_url(url)
    except ArgumentError:
        raise StoreUnavailable(
            "the store's address is not a database URL; expected sqlite:////path/vast.db or "
            "postgresql://user@host/database (VAST_DATABASE_URL)"
        ) from None
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreUnavailable(
            f"no store on {address.get_backend_name()}: expected sqlite or postgresql"
        )
    engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)
    store = Store(engine)
    try:
        _migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def _sqlite(address: sa.URL) -> Engine:
    if not address.database:
        raise StoreUnavailable("an SQLite store needs a file: sqlite:////path/to/vast.db")
    path = Path(address.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(
            f"the store {path} cannot be opened ({error.strerror}); check the folder and its rights"
        ) from error
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # The driver must not begin transactions by itself: see `begin`.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: sa.URL) -> Engine:
    return sa.create_engine(
        address, connect_args={"connect_timeout": CONNECT_TIMEOUT_S}, pool_pre_ping=True
    )


def _migrate(store: Store) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.write() as connection:
        if store.is_postgresql:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreUnavailable(
                "the store was made by another version of VAST: its migration step is unknown "
                "here; install that version, or restore the store of this one"
            ) from error


@contextmanager
def _named(engine: Engine) -> Iterator[None]:
    """Turn the driver's ways of saying 'not available' into one error without its values."""
    where = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        kind = type(error.orig).__name__
        raise StoreUnavailable(
            f"the store {where} does not answer ({kind}); check that the database runs, that its "
            "disk has room and that nobody holds it locked"
        ) from error
    except DatabaseError as error:
        # SQLite says "file is not a database" in a plain DatabaseError; the others are our faults.
        if type(error) is not DatabaseError:
            raise
        raise StoreUnavailable(f"the store {where} is damaged or no database") from error
