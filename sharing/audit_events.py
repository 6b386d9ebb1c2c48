"""The events that the audit log knows, and what each of them must tell.

Guarantees: an event takes exactly its declared details; each is described in docs/audit.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sharing.purposes import Purpose


class AuditEvent(StrEnum):
    """Something that somebody did and that must be on record."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    PURPOSE_SET = "purpose_set"
    SEARCH = "search"
    PERSON_VIEWED = "person_viewed"
    NETWORK_VIEWED = "network_viewed"
    MISSING_VIEWED = "missing_viewed"
    LINK_SEARCH = "link_search"
    PATTERN_RUN = "pattern_run"
    EXPORT = "export"
    STEWARD_VIEWED = "steward_viewed"
    DECISION_MADE = "decision_made"
    DECISION_CONFIRMED = "decision_confirmed"
    DECISION_UNDONE = "decision_undone"
    REVIEW_VIEWED = "review_viewed"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_CHANGED = "account_changed"
    MODEL_ACCEPTED = "model_accepted"

    @property
    def spec(self) -> EventSpec:
        return SPECS[self]


@dataclass(frozen=True, slots=True)
class EventSpec:
    """What an event tells. ``looks_at_persons``: it needs an account, a view and a purpose (and the
    case number where the purpose serves a case). ``names_subjects``: at least one subject."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    looks_at_persons: bool = False
    names_subjects: bool = False

    def fault(
        self,
        details: frozenset[str],
        subjects: int,
        account: str | None,
        view: str | None,
        purpose: str | None,
        case_number: str | None,
    ) -> str | None:
        """What is wrong with an event's values, without the values; None where nothing is."""
        if missing := self.required - details:
            return f"lacks the details {', '.join(sorted(missing))}"
        if unknown := details - self.required - self.optional:
            return f"has the undeclared details {', '.join(sorted(unknown))}"
        if self.names_subjects and not subjects:
            return "names no subject"
        if not self.looks_at_persons:
            return None
        if account is None or view is None or purpose is None:
            return "looks at persons without an account, a view or a purpose"
        if purpose not in set(Purpose):
            return "states a purpose that does not exist"
        if Purpose(purpose).needs_case_number and not case_number:
            return "lacks the case number that its purpose needs"
        return None


def _look(required: str = "", optional: str = "", *, names_subjects: bool = False) -> EventSpec:
    return EventSpec(frozenset(required.split()), frozenset(optional.split()), True, names_subjects)


def _act(required: str = "", optional: str = "") -> EventSpec:
    return EventSpec(frozenset(required.split()), frozenset(optional.split()))


SPECS: Final[dict[AuditEvent, EventSpec]] = {
    AuditEvent.SIGN_IN: _act(),
    AuditEvent.SIGN_IN_FAILED: _act("reason", "username"),
    AuditEvent.SIGN_OUT: _act(),
    AuditEvent.PURPOSE_SET: _act(),
    AuditEvent.SEARCH: _look("query", "results"),
    AuditEvent.PERSON_VIEWED: _look("", "page", names_subjects=True),
    AuditEvent.NETWORK_VIEWED: _look("", "page action hops"),
    AuditEvent.MISSING_VIEWED: _look("page", "episode"),
    AuditEvent.LINK_SEARCH: _look("source", "episode"),
    AuditEvent.PATTERN_RUN: _look("pattern", "parameters rows"),
    AuditEvent.EXPORT: _look("what format", "rows"),
    AuditEvent.STEWARD_VIEWED: _act("page", "feed"),
    AuditEvent.DECISION_MADE: _look("decision about judgement reason", names_subjects=True),
    AuditEvent.DECISION_CONFIRMED: _look("decision about reason", names_subjects=True),
    AuditEvent.DECISION_UNDONE: _look("decision about reason", names_subjects=True),
    AuditEvent.REVIEW_VIEWED: _look("page", "pair"),
    AuditEvent.ACCOUNT_CREATED: _act("username role"),
    AuditEvent.ACCOUNT_CHANGED: _act("username change"),
    AuditEvent.MODEL_ACCEPTED: _act("model fingerprint replaces reason"),
}
