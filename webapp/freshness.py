"""How old a feed's last delivery is, and whether it is later than agreed: one rule for all."""

from __future__ import annotations

from datetime import UTC, datetime


def age_days(received_at: datetime) -> int:
    """Full days since a delivery was received."""
    return (datetime.now(UTC) - received_at).days


def is_late(age: int, expected_every_days: int | None) -> bool:
    """No delivery for longer than was agreed; never where nothing was."""
    return expected_every_days is not None and age > expected_every_days
