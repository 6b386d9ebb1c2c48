"""The administrator's commands on a home of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.control import running_service
from pipeline.database import store_of
from pipeline.demonstration import DemoPlace, check_port
from pipeline.errors import PortTaken
from pipeline.serve import listen
from runs.home import Home
from sharing.audit import AuditEvent, record
from sharing.errors import AccountRefused
from sharing.tables import AUDIT_EVENT
from tests.conftest import free_port

if TYPE_CHECKING:
    from pathlib import Path

RUN = CliRunner()
VIEW, SUBJECT = "investigation", "PAAAAAAAAAAAAAAA"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose log holds two looks at one subject."""
    home = Home(tmp_path / "home")
    with store_of(home) as store:
        for case in ("C-1", "C-2"):
            record(
                store,
                AuditEvent.PERSON_VIEWED,
                account="jane",
                view=VIEW,
                purpose="missing_child",
                case_number=case,
                subjects=[SUBJECT],
                details={},
            )
    return home


def told(home: Home, *words: str) -> str:
    return RUN.invoke(app, [*words, "--home", str(home.path)], catch_exceptions=False).stdout


def test_the_log_is_verified_and_read(home: Home) -> None:
    verified = json.loads(told(home, "audit", "verify", "--json"))
    assert verified["holds"]
    assert verified["rows"] == 2
    assert "all whole" in told(home, "audit", "verify", "--head", verified["head"])
    looks = json.loads(told(home, "audit", "looks", VIEW, SUBJECT, "--json"))
    assert [look["case_number"] for look in looks] == ["C-1", "C-2"]
    assert "C-2" in told(home, "audit", "looks", VIEW, SUBJECT)


def test_a_row_cut_off_is_told(home: Home) -> None:
    head = json.loads(told(home, "audit", "verify", "--json"))["head"]
    with store_of(home) as store, store.engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_event_no_delete"))
        connection.execute(sa.delete(AUDIT_EVENT).where(AUDIT_EVENT.c.sequence == 2))
    answer = RUN.invoke(app, ["audit", "verify", "--head", head, "--home", str(home.path)])
    assert answer.exit_code == 1
    assert "Broken at row 2" in answer.stdout


def test_a_destroyed_key_leaves_the_chain_whole(home: Home) -> None:
    assert "destroyed" in told(home, "audit", "shred", VIEW, SUBJECT, "--yes")
    assert "Nobody looked" in told(home, "audit", "looks", VIEW, SUBJECT)
    assert json.loads(told(home, "audit", "verify", "--json"))["holds"]


def test_an_account_needs_a_view_of_the_policy(home: Home) -> None:
    words = ["users", "add", "ann", "--role", "analyst", "--home", str(home.path)]
    with pytest.raises(AccountRefused, match="expected one of"):
        RUN.invoke(app, [*words, "--view", "nosuch"], catch_exceptions=False)
    assert "instead" in told(home, *words[:-2], "--view", "investigation")


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    place = DemoPlace(tmp_path / "demo")
    port = free_port()
    holder = listen("127.0.0.1", port)
    try:
        with pytest.raises(PortTaken, match="PORT="):
            check_port(place, "127.0.0.1", port)
    finally:
        holder.close()
    assert running_service(place.home) is None
    assert not place.folder.exists()
