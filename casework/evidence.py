"""Evidence for and against a tie, and how items add up.

Guarantees: every item has a weight in bits (log2 of a likelihood ratio) and, where it comes from
records, names them; a record that several items rest on is counted once, by the strongest of them;
what contradicts is kept and shown, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

AGAINST_BITS: Final = -0.05


class EvidenceKind(StrEnum):
    """What kind of tie an item is."""

    IDENTITY = "identity"
    CONTACT = "contact"
    NETWORK = "network"
    PLACE = "place"
    TIME = "time"
    DESCRIPTION = "description"
    CATEGORY = "category"
    CONTRADICTION = "contradiction"


KIND_TITLES = {
    EvidenceKind.IDENTITY: "Identity",
    EvidenceKind.CONTACT: "Shared contact",
    EvidenceKind.NETWORK: "Known associate",
    EvidenceKind.PLACE: "Place",
    EvidenceKind.TIME: "Time",
    EvidenceKind.DESCRIPTION: "Description",
    EvidenceKind.CATEGORY: "Kind of incident",
    EvidenceKind.CONTRADICTION: "Speaks against",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One item. ``record_keys``: the view's records that say so; empty for circumstances.

    ``counted`` is False where the same records are already counted through a stronger item.
    """

    kind: EvidenceKind
    text: str
    weight: float
    record_keys: frozenset[str] = frozenset()
    person_id: str | None = None
    contact_point_key: str | None = None
    counted: bool = True

    @property
    def contradicts(self) -> bool:
        """Speaks against a tie by more than rounds to nothing (a tenth of a bit)."""
        return self.weight <= AGAINST_BITS

    @property
    def title(self) -> str:
        return KIND_TITLES[self.kind]


@dataclass(frozen=True, slots=True)
class Lead:
    """An incident or tip that may be tied to the episode, with every reason for and against.

    ``reports``: the agencies' reports of it: feed, agency, number, occurred_on, probability, alone.
    """

    incident_key: str
    kind: str
    incident_number: str | None
    occurred_on: str | None
    locality_id: str | None
    location_name: str | None
    categories: tuple[str, ...]
    summary: str | None
    evidence: tuple[Evidence, ...]
    reports: tuple[dict[str, Any], ...] = ()

    @property
    def weight(self) -> float:
        """The sum of what is counted, in bits."""
        return sum(item.weight for item in self.evidence if item.counted)

    @property
    def personal(self) -> bool:
        """Whether anything but circumstance speaks for it."""
        return any(
            item.counted
            and item.weight > 0
            and item.kind in (EvidenceKind.IDENTITY, EvidenceKind.CONTACT, EvidenceKind.NETWORK)
            for item in self.evidence
        )

    @property
    def worth_showing(self) -> bool:
        """More speaks for it than against; circumstance alone must not be contradicted."""
        contradicted = any(item.kind is EvidenceKind.CONTRADICTION for item in self.evidence)
        return self.weight > 0 and (self.personal or not contradicted)

    @property
    def names_child(self) -> bool:
        """Whether a record of it is taken for the child's own, whatever the time and place say."""
        return any(item.kind is EvidenceKind.IDENTITY and item.weight > 0 for item in self.evidence)

    @property
    def strength(self) -> str:
        """The weight in a word. Never 'certain': a person decides."""
        if self.weight >= 12 and self.personal:
            return "strong"
        if self.weight >= 6 and self.personal:
            return "moderate"
        return "weak"


def once_counted(items: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The items by descending weight, each source record counted once.

    An item is left out of the sum only when every record that it rests on is already counted by a
    stronger item of the same sign, or when one of its kind already counts for the same person (and
    contact point): an incident's offender and arrestee are one human being, and so are the victims
    of two reports of it. What is left out takes nothing with it: its records may still count
    through another item. Circumstances (no records) always count.
    """
    used: dict[bool, set[str]] = {True: set(), False: set()}
    told: set[tuple[bool, EvidenceKind, str, str | None]] = set()
    result: list[Evidence] = []
    for item in sorted(items, key=_strongest_first):
        seen = used[item.contradicts]
        counted = not item.record_keys or not item.record_keys <= seen
        if item.person_id is not None:
            who = (item.contradicts, item.kind, item.person_id, item.contact_point_key)
            counted = counted and who not in told
            if counted:
                told.add(who)
        if counted:
            seen |= item.record_keys
        result.append(replace(item, counted=counted))
    return tuple(sorted(result, key=lambda e: (not e.counted, e.contradicts, *_strongest_first(e))))


def records_that_count(items: Iterable[Evidence]) -> frozenset[str]:
    """The records of the strongest of some items on one person, which are those that count of them
    (see ``once_counted``); none where there is no item. What rests on these is the same evidence
    again."""
    strongest = min(items, key=_strongest_first, default=None)
    return frozenset() if strongest is None else strongest.record_keys


def _strongest_first(item: Evidence) -> tuple[float, EvidenceKind, str, list[str], str, str]:
    return (
        -abs(item.weight),
        item.kind,
        item.text,
        sorted(item.record_keys),
        item.person_id or "",
        item.contact_point_key or "",
    )
