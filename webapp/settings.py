"""The web application's settings, read once.

Guarantees: secrets come from the home, never from code or the environment's listing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import agreements
from runs.home import Home

DIST: Final = Path(__file__).resolve().parent / "static" / "dist"
SHIPPED_AGREEMENTS: Final = Path(next(iter(agreements.__path__)))


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the data are and how pages are served.

    ``dist``: the built front end, None for pages without styles and scripts (tests of routes).
    ``https``: cookies only over HTTPS. ``pack``: the problem's definitions, by name or folder.
    ``agreements``: the policy's folder, for the views' titles and purposes. ``database``: the SQL
    store's URL, None for the home's own file.
    """

    home: Home
    dist: Path | None = DIST
    https: bool = False
    pack: str = "trafficking"
    agreements: Path = SHIPPED_AGREEMENTS
    database: str | None = None

    @classmethod
    def from_environment(cls, home: Home | None = None) -> Self:
        """``VAST_HTTPS=1`` where pages are served over HTTPS; the rest as for runs."""
        return cls(
            home=home or Home.from_environment(),
            https=os.environ.get("VAST_HTTPS", "") not in ("", "0"),
            pack=os.environ.get("VAST_PACK") or "trafficking",
            agreements=Path(os.environ.get("VAST_AGREEMENTS") or SHIPPED_AGREEMENTS),
            database=os.environ.get("VAST_DATABASE_URL") or None,
        )

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home.database}"

    @property
    def cookie_key(self) -> bytes:
        """The 32-byte key that signs cookies and form tokens."""
        return self.home.secret("web.key")
