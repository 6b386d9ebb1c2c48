"""Where a form leads back to.

Guarantees: only ever a path of this site: a link cannot make sign-in lead elsewhere.
"""

from __future__ import annotations

from urllib.parse import urlsplit


def local_path(wanted: str | None, otherwise: str) -> str:
    """``wanted`` where it is an absolute path of this site, else ``otherwise``."""
    if not wanted or not wanted.startswith("/") or len(wanted) > 2000:
        return otherwise
    # Browsers take \\ for /, and drop tabs and line ends: //host and /\\host lead elsewhere.
    if wanted.startswith("//") or "\\" in wanted or any(ord(letter) < 33 for letter in wanted):
        return otherwise
    parts = urlsplit(wanted)
    return otherwise if parts.scheme or parts.netloc else wanted
