"""An error that nobody foresaw.

Guarantees: its traceback, which may quote a value, is kept in the home's logs for this user alone
and is never printed.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from runs.manifest import now

if TYPE_CHECKING:
    from runs.home import Home


def keep_traceback(home: Home) -> str:
    """Keep that of the exception being handled; says where, or why it could not be kept."""
    path = home.logs / f"error-{now():%Y%m%dT%H%M%SZ}.log"
    try:
        home.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(traceback.format_exc(), encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        return f"none, {home.logs} cannot be written ({type(error).__name__})"
    return str(path)
