"""Why somebody looks: the purposes that agreements permit and users state.

Guarantees: a purpose is one of an enumerated few, each with the text that a page shows; an
agreement permits purposes by the same names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """A reason to look at data, as agreements name it and the audit log keeps it."""

    MISSING_CHILD = "missing_child"
    TRAFFICKING_INVESTIGATION = "trafficking_investigation"
    CHILD_PROTECTION = "child_protection"
    PROGRAM_ANALYSIS = "program_analysis"
    QUALITY_REVIEW = "quality_review"
    PUBLIC_STATISTICS = "public_statistics"

    @property
    def text(self) -> str:
        """The purpose in words, as a page offers it."""
        return _TEXTS[self]

    @property
    def needs_case_number(self) -> bool:
        """True where a look for this purpose serves one case or review, which is then named."""
        return self in _SERVES_A_CASE


_TEXTS: Final = {
    Purpose.MISSING_CHILD: "Find a missing child",
    Purpose.TRAFFICKING_INVESTIGATION: "Investigate a trafficking offense",
    Purpose.CHILD_PROTECTION: "Protect and serve a child in my caseload",
    Purpose.PROGRAM_ANALYSIS: "Study patterns without identifying anyone",
    Purpose.QUALITY_REVIEW: "Check that records were linked rightly",
    Purpose.PUBLIC_STATISTICS: "Publish counts",
}

_SERVES_A_CASE: Final = frozenset(
    {
        Purpose.MISSING_CHILD,
        Purpose.TRAFFICKING_INVESTIGATION,
        Purpose.CHILD_PROTECTION,
        Purpose.QUALITY_REVIEW,
    }
)
