"""A small home with a published run, as tests/faults has it."""

from __future__ import annotations

from tests.faults.conftest import place, small_place

__all__ = ["place", "small_place"]
