"""``vast``, and ``python -m pipeline``.

Guarantees: a signal while modules are still being read, which takes seconds on a busy machine, ends
the command as a later one does (pipeline.cli), without a traceback.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """See pipeline.cli.main."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    from pipeline.cli import main as run

    run()


def _end(number: int, _frame: FrameType | None) -> None:
    sys.stderr.write("interrupted; nothing had been begun\n")
    sys.stderr.flush()
    os._exit(128 + number)


if __name__ == "__main__":
    main()
