"""The store opens migrated, private, or not at all."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sharing.errors import StoreUnavailable
from sharing.store import Store, open_store
from sharing.tables import METADATA

if TYPE_CHECKING:
    from pathlib import Path

INSERT = sa.text("INSERT INTO sign_in_attempt VALUES ('a', 1, '2025-01-01', NULL)")
COUNT = sa.text("SELECT count(*) FROM sign_in_attempt")


def test_the_migrations_make_the_declared_tables(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_the_file_is_readable_for_this_user_only(store: Store, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "vast.db").stat().st_mode) == 0o600


def test_opening_again_keeps_what_is_there(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.execute(INSERT)
    again = open_store(f"sqlite:///{tmp_path / 'vast.db'}")
    with again.read() as connection:
        assert connection.execute(COUNT).scalar() == 1
    again.close()


def test_an_exception_rolls_a_write_back(store: Store) -> None:
    def fail_after_writing() -> None:
        with store.write() as connection:
            connection.execute(INSERT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with store.read() as connection:
        assert connection.execute(COUNT).scalar() == 0


@pytest.mark.parametrize("url", ["no url", "mysql://host/db", "sqlite://"])
def test_what_is_no_store_address_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vast.db").write_text("not a database, but long enough to look like one" * 100)
    with pytest.raises(StoreUnavailable, match="damaged or no database"):
        open_store(f"sqlite:///{tmp_path / 'vast.db'}")


def test_a_store_of_a_newer_version_is_refused(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="another version"):
        open_store(f"sqlite:///{tmp_path / 'vast.db'}")


def test_an_unreachable_postgresql_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable, match="does not answer") as refused:
        open_store("postgresql://vast:secret@127.0.0.1:1/vast")
    assert "secret" not in str(refused.value)
