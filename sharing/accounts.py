"""Accounts: who may sign in, in which role, with which view.

Guarantees: passwords are kept as argon2id hashes only; an attempt costs the same for a name that
exists and one that does not; every attempt counts before its password is looked at, so that
attempts made at the same time cannot pass the limit together.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.exc import IntegrityError

from sharing.errors import AccountRefused, SignInRefused, SignInThrottled
from sharing.tables import ACCOUNT, SESSION, SIGN_IN_ATTEMPT

if TYPE_CHECKING:
    from sharing.store import Store


class Role(StrEnum):
    """What an account does."""

    INVESTIGATOR = "investigator"
    CASE_WORKER = "case_worker"
    ANALYST = "analyst"
    STEWARD = "steward"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    @property
    def view(self) -> str | None:
        """The view that an account of this role reads unless another is named; None: none."""
        return _VIEWS.get(self)


_VIEWS: Final = {
    Role.INVESTIGATOR: "investigation",
    Role.CASE_WORKER: "services",
    Role.ANALYST: "analysis",
}

REVIEWERS: Final = frozenset({Role.STEWARD, Role.REVIEWER})
"""Who judges pairs of records, in the view that the account reads: it is named for each account,
because to check that records were linked rightly is to look at people."""

DEMO_ACCOUNTS: Final = {
    "investigator": (Role.INVESTIGATOR, None),
    "caseworker": (Role.CASE_WORKER, None),
    "analyst": (Role.ANALYST, None),
    "steward": (Role.STEWARD, "investigation"),
    "reviewer": (Role.REVIEWER, "investigation"),
}
"""Role, and the view where the role has none of its own."""

PASSWORD_LENGTH: Final = (12, 200)
FREE_ATTEMPTS: Final = 5
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
FIRST_WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 900
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
# Without letters and digits that look alike.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"

HASHER: Final = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Account:
    """An account. ``view`` is None where it reads no view of its own."""

    username: str
    display_name: str
    role: Role
    view: str | None
    disabled: bool
    created_at: datetime


def create(
    store: Store,
    username: str,
    password: str,
    role: Role,
    view: str | None = None,
    display_name: str | None = None,
) -> Account:
    """Make an account; ``view`` is the role's own where it is None.

    Raises AccountRefused for a name that is taken or not 2 to 63 of a-z 0-9 . _ -, or a password
    that is too short or long.
    """
    if not _USERNAME.fullmatch(username):
        raise AccountRefused(
            "not a name for an account: expected 2 to 63 of a-z, 0-9, '.', '_', '-', beginning "
            "with a letter or digit"
        )
    _check_password(username, password)
    account = Account(
        username, display_name or username, role, view or role.view, False, datetime.now(UTC)
    )
    row = {
        "username": account.username,
        "display_name": account.display_name,
        "role": account.role.value,
        "view": account.view,
        "password": HASHER.hash(password),
        "disabled": False,
        "created_at": account.created_at,
    }
    try:
        with store.write() as connection:
            connection.execute(sa.insert(ACCOUNT).values(row))
    except IntegrityError:
        raise AccountRefused(f"an account {username} exists; choose another name") from None
    return account


def get(store: Store, username: str) -> Account | None:
    """The account of that name, or None."""
    with store.read() as connection:
        row = connection.execute(
            sa.select(ACCOUNT).where(ACCOUNT.c.username == username)
        ).one_or_none()
    return None if row is None else _account(row)


def all_accounts(store: Store) -> list[Account]:
    """Every account, by name."""
    with store.read() as connection:
        rows = connection.execute(sa.select(ACCOUNT).order_by(ACCOUNT.c.username)).all()
    return [_account(row) for row in rows]


def set_password(store: Store, username: str, password: str) -> None:
    """Replace a password and end every session of the account. Raises AccountRefused."""
    _check_password(username, password)
    _change(store, username, {"password": HASHER.hash(password)})


def set_disabled(store: Store, username: str, *, disabled: bool) -> None:
    """Close or open an account, ending its sessions. Raises AccountRefused."""
    _change(store, username, {"disabled": disabled})


def set_view(store: Store, username: str, view: str) -> None:
    """Let an account read another view, ending its sessions. Raises AccountRefused."""
    _change(store, username, {"view": view})


def authenticate(
    store: Store, username: str, password: str, *, at: datetime | None = None
) -> Account:
    """The account that name and password open.

    Raises SignInThrottled after five failures within 15 minutes (for 30 s, doubling to 15 minutes;
    the right password is refused as well) and SignInRefused otherwise, without saying why.
    ``at``: the moment of the attempt, now where it is None.
    """
    moment = at or datetime.now(UTC)
    username = username.strip().lower()
    attempt = hashlib.sha256(username.encode()).hexdigest()
    _count_attempt(store, attempt, moment)
    with store.read() as connection:
        row = connection.execute(
            sa.select(ACCOUNT).where(ACCOUNT.c.username == username)
        ).one_or_none()
    nobody = _hash_of_nobody()
    known = nobody if row is None else row.password
    right = _verify(known, password)
    if row is None or not right or row.disabled:
        raise SignInRefused("this name and password do not open an account")
    with store.write() as connection:
        connection.execute(
            sa.delete(SIGN_IN_ATTEMPT).where(SIGN_IN_ATTEMPT.c.username_hash == attempt)
        )
        if HASHER.check_needs_rehash(known):
            connection.execute(
                sa.update(ACCOUNT)
                .where(ACCOUNT.c.username == username)
                .values(password=HASHER.hash(password))
            )
    return _account(row)


def ensure_demo_accounts(store: Store) -> dict[str, str]:
    """Make the demo's accounts that do not exist; returns their names and generated passwords.

    An account that exists keeps its password and is not in the result; it is given its view where
    it has none.
    """
    made: dict[str, str] = {}
    for username, (role, view) in DEMO_ACCOUNTS.items():
        known = get(store, username)
        if known is not None:
            if known.view is None and view is not None:
                set_view(store, username, view)
            continue
        password = generated_password()
        try:
            create(store, username, password, role, view)
        except AccountRefused:  # made meanwhile by another process
            continue
        made[username] = password
    return made


def generated_password() -> str:
    """A password of four groups of five letters and digits: 99 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _count_attempt(store: Store, attempt: str, moment: datetime) -> None:
    table = SIGN_IN_ATTEMPT
    with store.write() as connection:
        if store.is_postgresql:
            # Serialise attempts on one name, also on a name without a row yet.
            number = int(attempt[:15], 16)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
        row = connection.execute(
            sa.select(table).where(table.c.username_hash == attempt)
        ).one_or_none()
        if row is not None and row.blocked_until is not None and row.blocked_until > moment:
            raise SignInThrottled(int((row.blocked_until - moment).total_seconds()) + 1)
        recent = row is not None and moment - row.last_at < _memory(row.failures)
        failures = (row.failures if row is not None and recent else 0) + 1
        wait_s = min(FIRST_WAIT_S * 2 ** min(failures - FREE_ATTEMPTS, 10), LONGEST_WAIT_S)
        blocked = moment + timedelta(seconds=wait_s) if failures >= FREE_ATTEMPTS else None
        values = {"failures": failures, "last_at": moment, "blocked_until": blocked}
        if row is None:
            connection.execute(sa.insert(table).values(username_hash=attempt, **values))
        else:
            connection.execute(
                sa.update(table).where(table.c.username_hash == attempt).values(values)
            )
        # What is long forgotten is removed, so that guessed names do not fill the table.
        connection.execute(sa.delete(table).where(table.c.last_at < moment - timedelta(days=1)))


def _memory(failures: int) -> timedelta:
    # A wait of 15 minutes must not also be the time in which it is forgotten.
    return FORGOTTEN_AFTER if failures < FREE_ATTEMPTS else 2 * FORGOTTEN_AFTER


@cache
def _hash_of_nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe(24))


def _verify(known: str, password: str) -> bool:
    try:
        return HASHER.verify(known, password[: PASSWORD_LENGTH[1] + 1])
    except (VerificationError, InvalidHashError):
        return False


def _check_password(username: str, password: str) -> None:
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest or password.lower() == username:
        raise AccountRefused(
            f"not a password: expected {shortest} to {longest} characters, not the account's name"
        )


def _change(store: Store, username: str, values: dict[str, Any]) -> None:
    with store.write() as connection:
        changed = connection.execute(
            sa.update(ACCOUNT).where(ACCOUNT.c.username == username).values(values)
        )
        if changed.rowcount != 1:
            raise AccountRefused(f"no account {username}")
        connection.execute(
            sa.update(SESSION)
            .where(SESSION.c.username == username, SESSION.c.revoked_at.is_(None))
            .values(revoked_at=datetime.now(UTC))
        )


def _account(row: sa.Row[Any]) -> Account:
    return Account(
        row.username, row.display_name, Role(row.role), row.view, row.disabled, row.created_at
    )
