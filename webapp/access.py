"""Who asks, through which view, for what purpose; and what each route needs.

Guarantees: every view function carries ``requires(permission)`` and the application refuses to
start with one that does not; a permission that looks at persons is given only to a signed-in
account that stated a purpose; a request sees one view of one run, opened once.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlencode

from flask import abort, current_app, g, redirect, request, url_for

from runs.view import OpenView, open_view
from sharing.accounts import Role
from webapp.errors import RouteUnguarded
from webapp.signed_in import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from sharing.sessions import Session
    from webapp.settings import WebSettings

PUBLIC_VIEW: Final = "public"

F = TypeVar("F", bound="Callable[..., Any]")


class Permission(StrEnum):
    """What a route needs. ``PUBLIC`` is for everybody, signed in or not."""

    PUBLIC = "public"
    SEE_ROLLUPS = "see_rollups"
    SEE_PERSONS = "see_persons"
    SEE_MISSING = "see_missing"
    RUN_PATTERNS = "run_patterns"
    REVIEW = "review"
    STEWARD = "steward"

    @property
    def needs_purpose(self) -> bool:
        """True where somebody's data are looked at: a purpose must be stated before."""
        return self in _LOOKS_AT_PERSONS


_LOOKS_AT_PERSONS: Final = frozenset(
    {
        Permission.SEE_PERSONS,
        Permission.SEE_MISSING,
        Permission.RUN_PATTERNS,
        Permission.REVIEW,
    }
)

VISITOR: Final = "visitor"
"""The role of somebody without an account."""

_PUBLISHED: Final = frozenset({Permission.PUBLIC, Permission.SEE_ROLLUPS})

_WORK: Final = frozenset(Permission) - {Permission.STEWARD, Permission.REVIEW}

GRANTED: Final[dict[str, frozenset[Permission]]] = {
    VISITOR: _PUBLISHED,
    Role.INVESTIGATOR: _WORK,
    Role.CASE_WORKER: _WORK,
    Role.ANALYST: _WORK - {Permission.SEE_MISSING},
    Role.STEWARD: _PUBLISHED | {Permission.STEWARD, Permission.REVIEW},
    Role.REVIEWER: _PUBLISHED | {Permission.REVIEW},
    Role.ADMINISTRATOR: _PUBLISHED,
}
"""What each role may do. A role that is not named here may do what a visitor may."""


@dataclass(frozen=True)
class Access:
    """One request's rights. ``session`` is None for a visitor without an account."""

    settings: WebSettings
    session: Session | None

    @property
    def account(self) -> str | None:
        """The account's name, or None."""
        return self.session.username if self.session else None

    @property
    def role(self) -> str:
        return self.session.role if self.session else VISITOR

    @property
    def view(self) -> str:
        """The view that this request sees; ``public`` where the account has none of its own."""
        return (self.session.view if self.session else None) or PUBLIC_VIEW

    @property
    def purpose(self) -> str | None:
        """The stated purpose's name (sharing.purposes), or None."""
        return self.session.purpose if self.session else None

    @property
    def case_number(self) -> str | None:
        return self.session.case_number if self.session else None

    @cached_property
    def open_view(self) -> OpenView:
        """The view's folder and server, read once. Raises NoPublishedRun and BrokenRun."""
        return open_view(self.settings.home, self.view)

    @property
    def lineage(self) -> Path:
        """What the view's ids referred to in every run."""
        return self.settings.home.view_lineage(self.view)

    def may(self, permission: Permission) -> bool:
        """True where the role has the permission, whether or not a purpose is stated yet.

        Who reviews does so in the view that is named for the account, and nowhere without one.
        """
        if permission is Permission.REVIEW and (self.session is None or self.session.view is None):
            return False
        return permission in GRANTED.get(self.role, GRANTED[VISITOR])


def current() -> Access:
    """The access of the request that is being answered. Raises StoreUnavailable, once."""
    access = g.get("access")
    if access is None:
        settings: WebSettings = current_app.extensions["vast"]
        # Without the store everybody is a visitor, so that the page that says so can be made.
        g.access = Access(settings, None)
        access = g.access = Access(settings, signed_in())
    return cast("Access", access)


def requires(permission: Permission) -> Callable[[F], F]:
    """Mark a view function with the permission it needs, and check it on every call.

    A visitor is sent to sign in, an account without a purpose to state one; whoever lacks the
    permission gets 403. Routes below ``/api/`` answer 401 and 403 instead of sending elsewhere.
    """

    def mark(function: F) -> F:
        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            refusal = _refusal(permission)
            return function(*args, **kwargs) if refusal is None else refusal

        checked.permission = permission  # type: ignore[attr-defined]
        return cast("F", checked)

    return mark


def permission_of(function: Callable[..., Any]) -> Permission | None:
    """The permission that a view function was marked with, or None."""
    found = getattr(function, "permission", None)
    return found if isinstance(found, Permission) else None


def check_every_route(app: Flask) -> None:
    """Raises RouteUnguarded where a view function is not marked. Static files are exempt."""
    unguarded = sorted(
        f"{endpoint} ({inspect.getsourcefile(inspect.unwrap(function))})"
        for endpoint, function in app.view_functions.items()
        if endpoint != "static" and permission_of(function) is None
    )
    if unguarded:
        raise RouteUnguarded(
            f"view functions without requires(...): {', '.join(unguarded)}; put "
            "@requires(Permission....) directly below the route"
        )


def _refusal(permission: Permission) -> Any:
    access = current()
    if not access.may(permission):
        if access.session is None:
            return _send("account.sign_in", 401)
        abort(403)
    if permission.needs_purpose and access.purpose is None:
        return _send("account.purpose", 403)
    return None


def _send(endpoint: str, api_status: int) -> Any:
    if request.path.startswith("/api/"):
        abort(api_status)
    here = {"return": request.full_path.rstrip("?")} if request.method == "GET" else {}
    return redirect(f"{url_for(endpoint)}?{urlencode(here)}" if here else url_for(endpoint))
