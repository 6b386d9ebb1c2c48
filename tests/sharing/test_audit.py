"""The audit log: written first, whole, readable only while its subjects' keys exist."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from sharing.audit import (
    AuditEvent,
    Verification,
    looks_at,
    record,
    require_whole,
    shred,
    verify_chain,
)
from sharing.audit_events import SPECS
from sharing.errors import AuditMisuse, AuditUnavailable, ChainBroken
from sharing.store import open_store
from sharing.tables import AUDIT_EVENT, AUDIT_SUBJECT_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sharing.store import Store


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def log(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store of each kind, shared by the tests that only append."""
    if request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('log') / 'vast.db'}")
    else:
        opened = open_store(request.getfixturevalue("postgresql_url"))
    yield opened
    opened.close()


def look(store: Store, *subjects: str, **more: Any) -> None:
    record(
        store,
        AuditEvent.PERSON_VIEWED,
        account="jane",
        view="investigation",
        purpose="missing_child",
        case_number="MC-1",
        subjects=subjects,
        details=more,
    )


def rows(store: Store) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(sa.select(AUDIT_EVENT).order_by(AUDIT_EVENT.c.sequence)))


def test_a_look_is_one_row_for_each_subject(log: Store) -> None:
    before = len(rows(log))
    look(log, "P-one", "P-two", "P-one", page="person")

    made = rows(log)[before:]
    assert len(made) == 2
    assert len({row.look for row in made}) == 1
    assert len({row.subject_ref for row in made}) == 2
    (seen,) = looks_at(log, "investigation", "P-one")
    assert (seen.account, seen.purpose, seen.case_number) == ("jane", "missing_child", "MC-1")
    assert seen.details == {"page": "person"}
    assert looks_at(log, "services", "P-one") == []


def test_nothing_of_the_details_or_the_subject_is_in_the_row(log: Store) -> None:
    look(log, "P-secret", page="Ana Reyes")
    assert "Ana" not in str(rows(log)[-1])
    assert b"Ana" not in rows(log)[-1].ciphertext
    assert "P-secret" not in str(rows(log)[-1])


def test_an_event_without_subjects_is_one_row(log: Store) -> None:
    before = len(rows(log))
    record(log, AuditEvent.SIGN_IN, account="jane")
    assert len(rows(log)) == before + 1
    assert looks_at(log, "", "account:jane")[-1].event is AuditEvent.SIGN_IN


def test_a_destroyed_key_takes_its_looks_and_leaves_the_chain(log: Store) -> None:
    look(log, "P-gone", "P-stays")
    assert shred(log, "investigation", "P-gone")

    assert looks_at(log, "investigation", "P-gone") == []
    assert len(looks_at(log, "investigation", "P-stays")) == 1
    assert verify_chain(log).holds
    assert not shred(log, "investigation", "P-gone")


UPSERT = (
    "INSERT INTO audit_event SELECT * FROM audit_event WHERE true "
    "ON CONFLICT (sequence) DO UPDATE SET account = 'x'"
)
CHANGES = {
    "sqlite": (
        "UPDATE audit_event SET account = 'somebody'",
        "DELETE FROM audit_event",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event",
        UPSERT,
    ),
    "postgresql": (
        "UPDATE audit_event SET account = 'somebody'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        UPSERT,
    ),
}


@pytest.mark.parametrize("number", range(4))
def test_the_database_refuses_to_change_rows(log: Store, number: int) -> None:
    look(log, "P-any")
    before = rows(log)
    with log.engine.connect() as connection, pytest.raises(DBAPIError, match="is append-only"):
        connection.exec_driver_sql(CHANGES[log.engine.dialect.name][number])
    assert rows(log) == before


def test_writers_at_the_same_time_make_one_chain(log: Store) -> None:
    before = len(rows(log))
    failed: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for n in range(5):
                look(log, f"P-{writer}", f"P-{n}", "P-shared")
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert not failed
    # Each writer once names itself twice, which is one subject.
    assert len(rows(log)) == before + 4 * 5 * 3 - 4
    assert verify_chain(log).holds


@pytest.mark.parametrize(
    ("tampering", "first_broken"),
    [
        ("UPDATE audit_event SET account = 'somebody' WHERE sequence = 2", 2),
        ("UPDATE audit_event SET ciphertext = x'00' WHERE sequence = 3", 3),
        ("UPDATE audit_event SET purpose = NULL WHERE sequence = 4", 4),
        ("DELETE FROM audit_event WHERE sequence = 2", 2),
        ("DELETE FROM audit_event WHERE sequence = 1", 1),
        ("UPDATE audit_event SET previous_hash = row_hash WHERE sequence = 3", 3),
    ],
)
def test_the_first_broken_row_is_found(
    store: Store, tmp_path: Path, tampering: str, first_broken: int
) -> None:
    look(store, *(f"P{n}" for n in range(5)))
    assert require_whole(store).rows == 5
    # Somebody with the file and without scruples.
    with sqlite3.connect(tmp_path / "vast.db") as connection:
        for trigger in ("update", "delete", "replace"):
            connection.execute(f"DROP TRIGGER audit_event_no_{trigger}")
        connection.execute(tampering)
    connection.close()

    assert verify_chain(store).first_broken == first_broken
    with pytest.raises(ChainBroken, match=f"row {first_broken}"):
        require_whole(store)


def test_an_end_that_was_cut_off_is_found_by_a_head_noted_before(
    store: Store, tmp_path: Path
) -> None:
    look(store, "P1", "P2", "P3")
    noted = verify_chain(store)
    with sqlite3.connect(tmp_path / "vast.db") as connection:
        connection.execute("DROP TRIGGER audit_event_no_delete")
        connection.execute("DELETE FROM audit_event WHERE sequence = 3")
    connection.close()

    assert verify_chain(store).holds
    assert verify_chain(store, head=(noted.rows, noted.head)).first_broken == 3


def test_a_head_noted_before_still_holds_later(store: Store) -> None:
    assert verify_chain(store) == Verification(0, "0" * 64, None, None)
    look(store, "P1")
    noted = verify_chain(store)
    look(store, "P2")
    assert verify_chain(store, head=(noted.rows, noted.head)).holds
    assert not verify_chain(store, head=(noted.rows, "f" * 64)).holds


def test_a_log_that_cannot_be_written_refuses(store: Store) -> None:
    with store.write() as connection:
        connection.execute(sa.text("DROP TABLE audit_subject_key"))
    with pytest.raises(AuditUnavailable, match="nothing may be shown"):
        look(store, "P1")


def test_a_write_that_fails_half_way_leaves_nothing(store: Store) -> None:
    with store.write() as connection:
        connection.execute(
            sa.text(
                "CREATE TRIGGER full BEFORE INSERT ON audit_event WHEN NEW.sequence = 2 "
                "BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        )
    with pytest.raises(AuditUnavailable):
        look(store, "P1", "P2")
    assert rows(store) == []
    with store.read() as connection:
        assert connection.execute(sa.select(AUDIT_SUBJECT_KEY)).all() == []


LOOK: dict[str, Any] = {
    "account": "jane", "view": "services", "purpose": "child_protection", "case_number": "C1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("event", "values", "told"),
    [
        (AuditEvent.PERSON_VIEWED, {**LOOK}, "names no subject"),
        (AuditEvent.PERSON_VIEWED, {**LOOK, "subjects": ["P"], "purpose": None}, "a purpose"),
        (AuditEvent.PERSON_VIEWED, {**LOOK, "subjects": ["P"], "purpose": "gossip"}, "purpose"),
        (AuditEvent.PERSON_VIEWED, {**LOOK, "subjects": ["P"], "case_number": ""}, "case number"),
        (AuditEvent.PERSON_VIEWED, {**LOOK, "subjects": ["P"], "account": None}, "account"),
        (AuditEvent.SEARCH, {**LOOK}, "lacks the details query"),
        (AuditEvent.SEARCH, {**LOOK, "details": {"query": "x", "name": "y"}}, "undeclared"),
        (AuditEvent.SIGN_IN, {"details": {"password": "x"}}, "undeclared details password"),
    ],
)
def test_an_event_that_does_not_tell_what_it_must_is_refused(
    store: Store, event: AuditEvent, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(AuditMisuse, match=told) as refused:
        record(store, event, **values)
    assert "gossip" not in str(refused.value)
    assert rows(store) == []


def test_every_event_is_declared_and_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
    described = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    assert set(SPECS) == set(AuditEvent)
    assert set(described) == {event.value for event in AuditEvent}
    for event, spec in SPECS.items():
        for detail in spec.required | spec.optional:
            assert detail in described[event.value], f"{event}: {detail} is not documented"
