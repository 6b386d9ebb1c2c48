"""How old a feed's last delivery is, and whether it is later than agreed: one rule for all.

Guarantees: what is late is judged by the day of receipt alone; how far the data reach is told
beside it and never judged, because a delivery that came as agreed may speak of long ago.
"""

from __future__ import annotations

from datetime import UTC, date, datetime


def age_days(received_at: datetime) -> int:
    """Full days since a delivery was received."""
    return (datetime.now(UTC) - received_at).days


def reach_days(as_of: str) -> int:
    """Full days since the day (ISO) that a delivery reaches to; negative for one to come."""
    return (datetime.now(UTC).date() - date.fromisoformat(as_of[:10])).days


def is_late(age: int, expected_every_days: int | None) -> bool:
    """No delivery for longer than was agreed; never where nothing was."""
    return expected_every_days is not None and age > expected_every_days
