"""Accounts and sessions: who may sign in, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from sharing import accounts, sessions
from sharing.accounts import Role
from sharing.errors import AccountRefused, SessionRefused, SignInRefused, SignInThrottled
from sharing.purposes import Purpose
from sharing.tables import ACCOUNT, SESSION

if TYPE_CHECKING:
    from sharing.store import Store

pytestmark = pytest.mark.usefixtures("fast_hasher")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def test_a_password_opens_its_account_and_is_kept_as_a_hash(store: Store) -> None:
    made = accounts.create(store, "jane", PASSWORD, Role.INVESTIGATOR)

    assert accounts.authenticate(store, " Jane ", PASSWORD) == made
    assert made.view == "investigation"
    with store.read() as connection:
        kept = connection.execute(sa.select(ACCOUNT.c.password)).scalar_one()
    assert kept.startswith("$argon2id$")


def test_roles_and_their_views() -> None:
    assert {role.value: role.view for role in Role} == {
        "investigator": "investigation",
        "case_worker": "services",
        "analyst": "analysis",
        "steward": None,
        "reviewer": None,
        "administrator": None,
    }


def test_a_case_worker_of_the_clearinghouse_reads_another_view(store: Store) -> None:
    made = accounts.create(store, "joe", PASSWORD, Role.CASE_WORKER, view="investigation")
    assert accounts.get(store, "joe") == made
    assert made.view == "investigation"


@pytest.mark.parametrize(
    ("username", "password"),
    [("J", PASSWORD), ("jane doe", PASSWORD), ("jane", "short"), ("jane", "x" * 201),
     ("jane.the.second", "Jane.The.Second")],
)  # fmt: skip
def test_names_and_passwords_that_are_refused(store: Store, username: str, password: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.create(store, username, password, Role.ANALYST)


def test_a_name_is_taken_once(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.ANALYST)
    with pytest.raises(AccountRefused, match="choose another"):
        accounts.create(store, "jane", PASSWORD, Role.ANALYST)


def test_an_unknown_name_and_a_wrong_password_are_refused_alike(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.ANALYST)
    told = []
    for username in ("jane", "nobody"):
        with pytest.raises(SignInRefused) as refused:
            accounts.authenticate(store, username, "wrong password")
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_an_unknown_name_costs_a_hash_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    def verify(known: str, password: str) -> bool:
        verified.append(known)
        return False

    monkeypatch.setattr(accounts, "_verify", verify)
    with pytest.raises(SignInRefused):
        accounts.authenticate(store, "nobody", PASSWORD)
    assert [known[:10] for known in verified] == ["$argon2id$"]


def test_five_failures_close_the_name_for_a_while_also_for_the_right_password(
    store: Store,
) -> None:
    accounts.create(store, "jane", PASSWORD, Role.ANALYST)
    for second in range(5):
        with pytest.raises(SignInRefused):
            accounts.authenticate(store, "jane", "wrong", at=NOW + timedelta(seconds=second))

    with pytest.raises(SignInThrottled) as throttled:
        accounts.authenticate(store, "jane", PASSWORD, at=NOW + timedelta(seconds=10))
    assert 20 <= throttled.value.wait_s <= 30
    later = NOW + timedelta(seconds=40)
    assert accounts.authenticate(store, "jane", PASSWORD, at=later).username == "jane"
    with pytest.raises(SignInRefused) as refused:
        accounts.authenticate(store, "jane", "wrong", at=later)
    assert not isinstance(refused.value, SignInThrottled)


def test_waits_double_and_end_at_15_minutes(store: Store) -> None:
    moment, waits = NOW, []
    for _ in range(13):
        with pytest.raises(SignInRefused):
            accounts.authenticate(store, "nobody", "wrong", at=moment)
        try:
            accounts.authenticate(store, "nobody", "wrong", at=moment)
        except SignInThrottled as throttled:
            waits.append(throttled.wait_s - 1)
            moment += timedelta(seconds=throttled.wait_s)
        except SignInRefused:
            pass
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 900


def test_failures_are_forgotten(store: Store) -> None:
    for minute in range(0, 200, 20):
        with pytest.raises(SignInRefused) as refused:
            accounts.authenticate(store, "jane", "wrong", at=NOW + timedelta(minutes=minute))
        assert not isinstance(refused.value, SignInThrottled)


def test_a_disabled_account_is_closed_and_its_sessions_end(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.ANALYST)
    token = sessions.begin(store, "jane")
    accounts.set_disabled(store, "jane", disabled=True)

    assert sessions.read(store, token) is None
    with pytest.raises(SignInRefused):
        accounts.authenticate(store, "jane", PASSWORD)


def test_a_new_password_ends_sessions(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.ANALYST)
    token = sessions.begin(store, "jane")
    accounts.set_password(store, "jane", "another long password")

    assert sessions.read(store, token) is None
    with pytest.raises(SignInRefused):
        accounts.authenticate(store, "jane", PASSWORD)
    assert accounts.authenticate(store, "jane", "another long password")
    with pytest.raises(AccountRefused, match="no account joe"):
        accounts.set_password(store, "joe", PASSWORD)


def test_demo_accounts_are_made_once_with_passwords_of_their_own(store: Store) -> None:
    made = accounts.ensure_demo_accounts(store)

    assert set(made) == {"investigator", "caseworker", "analyst", "steward", "reviewer"}
    assert len(set(made.values())) == 5
    assert accounts.authenticate(store, "caseworker", made["caseworker"]).view == "services"
    accounts.set_view(store, "reviewer", "services")
    assert accounts.ensure_demo_accounts(store) == {}
    assert accounts.authenticate(store, "reviewer", made["reviewer"]).view == "services"
    assert {account.username for account in accounts.all_accounts(store)} == set(made)


def test_a_session_is_read_by_its_token_alone(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.INVESTIGATOR, display_name="Jane Doe")
    token = sessions.begin(store, "jane", at=NOW)
    session = sessions.read(store, token, at=NOW)

    assert session is not None
    assert (session.username, session.display_name, session.view) == (
        "jane", "Jane Doe", "investigation",
    )  # fmt: skip
    assert session.purpose is None
    assert sessions.read(store, token + "x", at=NOW) is None
    with store.read() as connection:
        assert token not in str(connection.execute(sa.select(SESSION)).all())


def test_a_session_ends_idle_and_in_any_case(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.INVESTIGATOR)
    idle, busy = (sessions.begin(store, "jane", at=NOW) for _ in range(2))

    assert sessions.read(store, idle, at=NOW + timedelta(minutes=31)) is None
    for minutes in range(20, 480, 20):
        assert sessions.read(store, busy, at=NOW + timedelta(minutes=minutes))
    assert sessions.read(store, busy, at=NOW + timedelta(hours=8)) is None


def test_a_revoked_session_ends(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.INVESTIGATOR)
    one, other = (sessions.begin(store, "jane") for _ in range(2))
    sessions.revoke(store, one)
    assert sessions.read(store, one) is None
    assert sessions.read(store, other)
    sessions.revoke_all(store, "jane")
    assert sessions.read(store, other) is None
    with pytest.raises(SessionRefused, match="has ended"):
        sessions.set_purpose(store, one, Purpose.QUALITY_REVIEW, "QR-1")


def test_a_purpose_that_serves_a_case_needs_its_number(store: Store) -> None:
    accounts.create(store, "jane", PASSWORD, Role.INVESTIGATOR)
    token = sessions.begin(store, "jane")
    for number in (None, "  ", "x" * 65, "<b>"):
        with pytest.raises(SessionRefused, match="case number"):
            sessions.set_purpose(store, token, Purpose.MISSING_CHILD, number)
    with pytest.raises(SessionRefused, match="not permitted"):
        sessions.set_purpose(
            store, token, Purpose.PROGRAM_ANALYSIS, None, permitted=(Purpose.MISSING_CHILD,)
        )

    sessions.set_purpose(store, token, Purpose.MISSING_CHILD, " MC-2026/12 ")

    session = sessions.read(store, token)
    assert session is not None
    assert (session.purpose, session.case_number) == (Purpose.MISSING_CHILD, "MC-2026/12")


def test_every_purpose_has_its_text() -> None:
    assert all(purpose.text for purpose in Purpose)
