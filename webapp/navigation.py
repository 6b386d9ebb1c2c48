"""The main navigation: what each task offers, and what of it a user sees.

Guarantees: a link is shown only to somebody whose role has the permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, request

if TYPE_CHECKING:
    from webapp.access import Access, Permission


@dataclass(frozen=True, slots=True, order=True)
class NavigationEntry:
    """One link. ``order`` places it, lowest first; ``endpoint`` is the page it opens."""

    order: int
    title: str
    endpoint: str
    permission: Permission


def visible(access: Access) -> list[tuple[NavigationEntry, bool]]:
    """The links of the user, each with whether the current page belongs to its task."""
    here = (request.blueprint or "", request.endpoint or "")
    entries: list[NavigationEntry] = current_app.extensions["vast_navigation"]
    endpoints = {entry.endpoint for entry in entries}
    return [
        (entry, _is_here(entry, here, endpoints))
        for entry in entries
        if access.may(entry.permission)
    ]


def _is_here(entry: NavigationEntry, here: tuple[str, str], endpoints: set[str]) -> bool:
    blueprint, endpoint = here
    if endpoint in endpoints:
        return entry.endpoint == endpoint
    return entry.endpoint.partition(".")[0] == blueprint
