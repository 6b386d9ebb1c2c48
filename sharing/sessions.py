"""Sessions: rows that say who is signed in, for which purpose, until when.

Guarantees: the store keeps only a hash of a session's token; a session ends when it is revoked,
when its account is disabled or gets a new password, after 30 minutes without a request, and after
eight hours in any case.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sharing.accounts import Role
from sharing.errors import SessionRefused
from sharing.purposes import Purpose
from sharing.tables import ACCOUNT, SESSION

if TYPE_CHECKING:
    from collections.abc import Collection

    from sharing.store import Store

LIFETIME: Final = timedelta(hours=8)
IDLE: Final = timedelta(minutes=30)
_SEEN_EVERY: Final = timedelta(minutes=1)
_CASE_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds. ``purpose`` is None until one is stated."""

    username: str
    display_name: str
    role: Role
    view: str | None
    purpose: Purpose | None
    case_number: str | None
    created_at: datetime
    expires_at: datetime


def begin(store: Store, username: str, *, at: datetime | None = None) -> str:
    """Begin a session of an account that was authenticated; returns its token (43 characters)."""
    moment = at or datetime.now(UTC)
    token = secrets.token_urlsafe(32)
    with store.write() as connection:
        connection.execute(
            sa.insert(SESSION).values(
                token_hash=_hash(token),
                username=username,
                created_at=moment,
                seen_at=moment,
                expires_at=moment + LIFETIME,
            )
        )
        connection.execute(sa.delete(SESSION).where(SESSION.c.expires_at < moment - LIFETIME))
    return token


def read(store: Store, token: str, *, at: datetime | None = None) -> Session | None:
    """The session of a token, or None where there is none that still holds."""
    moment = at or datetime.now(UTC)
    found = (
        sa.select(SESSION, ACCOUNT.c.display_name, ACCOUNT.c.role, ACCOUNT.c.view)
        .join(ACCOUNT, ACCOUNT.c.username == SESSION.c.username)
        .where(
            SESSION.c.token_hash == _hash(token),
            SESSION.c.revoked_at.is_(None),
            SESSION.c.expires_at > moment,
            SESSION.c.seen_at > moment - IDLE,
            ACCOUNT.c.disabled.is_(False),
        )
    )
    with store.read() as connection:
        row = connection.execute(found).one_or_none()
    if row is None:
        return None
    if moment - row.seen_at > _SEEN_EVERY:
        with store.write() as connection:
            connection.execute(
                sa.update(SESSION)
                .where(SESSION.c.token_hash == row.token_hash)
                .values(seen_at=moment)
            )
    return Session(
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        view=row.view,
        purpose=None if row.purpose is None else Purpose(row.purpose),
        case_number=row.case_number,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def set_purpose(
    store: Store,
    token: str,
    purpose: Purpose,
    case_number: str | None,
    permitted: Collection[Purpose] = tuple(Purpose),
) -> None:
    """State why the session looks. ``permitted``: the purposes of its view (Policy.views).

    Raises SessionRefused for a purpose that the view does not permit, a missing or malformed case
    number, or a session that has ended.
    """
    if purpose not in permitted:
        raise SessionRefused(f"the purpose {purpose} is not permitted in this view")
    stated = (case_number or "").strip() or None
    if stated is None and purpose.needs_case_number:
        raise SessionRefused("this purpose serves one case: expected its case number")
    if stated is not None and not _CASE_NUMBER.fullmatch(stated):
        raise SessionRefused(
            "not a case number: expected 1 to 64 letters, digits, spaces, '.', '/', '_', '-'"
        )
    with store.write() as connection:
        changed = connection.execute(
            sa.update(SESSION)
            .where(SESSION.c.token_hash == _hash(token), SESSION.c.revoked_at.is_(None))
            .values(purpose=purpose.value, case_number=stated)
        )
    if changed.rowcount != 1:
        raise SessionRefused("the session has ended: sign in again")


def revoke(store: Store, token: str) -> None:
    """End a session; nothing happens where it has ended."""
    _revoke(store, SESSION.c.token_hash == _hash(token))


def revoke_all(store: Store, username: str) -> None:
    """End every session of an account."""
    _revoke(store, SESSION.c.username == username)


def _revoke(store: Store, which: sa.ColumnElement[bool]) -> None:
    with store.write() as connection:
        connection.execute(
            sa.update(SESSION)
            .where(which, SESSION.c.revoked_at.is_(None))
            .values(revoked_at=datetime.now(UTC))
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
