"""The one place through which a page puts a look on record.

Guarantees: returns only when the log holds the look, with the request's account, view, purpose and
case number; a page calls it before it renders anything personal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sharing.audit import AuditEvent, record
from webapp.access import current
from webapp.signed_in import store

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AuditEvent", "audited"]


def audited(event: AuditEvent, subjects: Sequence[str] = (), **details: Any) -> None:
    """Record that the request's account sees these subjects (ids or keys of its view).

    ``details``: what the event declares (sharing.audit_events). Raises AuditUnavailable where the
    log cannot be written: the answer is then a page that shows nothing else.
    """
    access = current()
    record(
        store(),
        event,
        account=access.account,
        view=access.view,
        purpose=access.purpose,
        case_number=access.case_number,
        subjects=subjects,
        details=details,
    )
