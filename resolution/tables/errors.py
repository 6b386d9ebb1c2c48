"""What can go wrong with a table that is not a feed."""

from __future__ import annotations

from resolution.errors import ResolutionError


class BadTable(ResolutionError):
    """The table cannot be read, or holds nothing that people can be compared by."""
