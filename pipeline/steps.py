"""Progress that a person can read: every step announced, timed, and kept for the manifest."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator


class Steps:
    """Prints a line when a step starts and its time when it ends; ``timings_s`` keeps them.

    With a terminal the running step shows a spinner; in a log each step is one line.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.timings_s: dict[str, float] = {}
        self._depth = 0

    @contextmanager
    def step(self, title: str, key: str | None = None) -> Iterator[None]:
        """One step; its wall time in seconds is kept under ``key`` (the title where None)."""
        indent = "  " * self._depth
        started = time.monotonic()
        self.console.print(f"{indent}[cyan]▸[/] {title}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self.console.print(
                f"{indent}[red]✗[/] {title}: stopped after {time.monotonic() - started:.1f} s"
            )
            raise
        finally:
            self._depth -= 1
        took_s = time.monotonic() - started
        self.timings_s[key or title] = round(took_s, 2)
        self.console.print(f"{indent}[green]✓[/] {title} [dim]{took_s:.1f} s[/]")

    def note(self, line: str) -> None:
        """One line of progress inside the running step."""
        self.console.print(f"{'  ' * self._depth}[dim]{line}[/]")
