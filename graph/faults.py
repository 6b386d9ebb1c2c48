"""Telling one operating system fault from another."""

from __future__ import annotations

import errno
from typing import Final

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_disk_full(error: OSError) -> bool:
    """Whether a write failed for lack of room: disk, quota or a limit on the size of files."""
    return error.errno in _NO_ROOM
