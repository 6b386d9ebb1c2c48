"""Headers that every answer carries, and the nonce of a page's data blocks.

Guarantees: no inline script or style runs, nothing is loaded from elsewhere, no page is framed or
kept in a cache.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from flask import g, request

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.settings import WebSettings

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR_S: Final = 31_536_000


def nonce() -> str:
    """The page's nonce: one per request, for data blocks only."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    value: str = g.nonce
    return value


def policy() -> str:
    """The content security policy of the request's answer."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce()}'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def add_headers(app: Flask, settings: WebSettings) -> None:
    """Make every answer of the application carry the headers."""

    @app.after_request
    def with_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy()
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.https:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
        hashed = request.path.startswith("/static/dist/assets/")
        if hashed and response.status_code in (200, 304):
            # These file names carry a hash of their content.
            response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
        elif request.endpoint == "static":
            response.headers["Cache-Control"] = "no-cache"
        else:
            response.headers["Cache-Control"] = "no-store"
        return response
