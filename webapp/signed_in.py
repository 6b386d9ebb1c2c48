"""The signed-in account of a request, from its session cookie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session: whose it is, through which view it looks, and why.

    ``view`` is None for an account that reads no view of its own (a steward).
    """

    account: str
    display_name: str
    role: str
    view: str | None
    purpose: str | None
    case_number: str | None
    token: str


def signed_in() -> SignedIn | None:
    """The request's session, or None for a visitor."""
    return None
