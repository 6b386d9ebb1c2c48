"""The signed-in session of a request.

Guarantees: the cookie holds a signed token and nothing about the account; who, which view and
which purpose come from the store on every request, so that a revoked session ends at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from flask import current_app, session

from sharing import sessions

if TYPE_CHECKING:
    from sharing.purposes import Purpose
    from sharing.sessions import Session
    from sharing.store import Store

_TOKEN: Final = "token"  # noqa: S105 - the name of the cookie's field


def store() -> Store:
    """The application's SQL store."""
    return cast("Store", current_app.extensions["vast_store"])


def signed_in() -> Session | None:
    """The request's session, or None for a visitor. Raises StoreUnavailable."""
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    found = sessions.read(store(), token)
    if found is None:
        session.pop(_TOKEN, None)
    return found


def begin(username: str) -> None:
    """Begin a session for an authenticated account; forms opened before are void."""
    end()
    session.clear()
    session[_TOKEN] = sessions.begin(store(), username)


def end() -> None:
    """End the request's session, if it has one."""
    token: Any = session.pop(_TOKEN, None)
    if isinstance(token, str):
        sessions.revoke(store(), token)
    session.clear()


def state_purpose(
    purpose: Purpose, case_number: str | None, permitted: tuple[Purpose, ...]
) -> None:
    """Keep why the session looks. Raises SessionRefused with what was expected."""
    sessions.set_purpose(store(), str(session.get(_TOKEN, "")), purpose, case_number, permitted)
