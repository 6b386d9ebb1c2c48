"""Which values of the tables each compared feature of a report is made of.

Guarantees: as ``resolution.sources``, for the features of ``resolution.incidents.reports``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DAY: Final = frozenset({"incident.occurred_on", "incident.reported_on"})
_AT: Final = frozenset({"location.name", "location.city", "location.zip", "location.locality_id"})
# A person in common is one by all that persons are resolved by; first of all by these.
_PERSONS: Final = frozenset(
    f"person_record.{name}"
    for name in ("given_name", "surname", "aliases", "strong_id", "birth_date")
)

SOURCES: Final[Mapping[str, frozenset[str]]] = {
    "feed": frozenset(),
    "agency_id": frozenset(),
    "day": _DAY,
    "hour": _DAY | {"incident.occurred_hour"},
    "by_report": frozenset({"incident.date_is_report"}),
    "locality": frozenset({"incident.locality_id"}),
    "place": _AT | {"location.address_line"},
    "place_name": _AT,
    "codes": frozenset({"offense.offense_code"}),
    "code_groups": frozenset({"offense.offense_code"}),
    "persons": _PERSONS,
    "rare_persons": _PERSONS,
    # A contact point's key is made of its kind and value: that two are one tells that they agree.
    "contacts": frozenset({"contact_point.partial", "contact_point.kind", "contact_point.value"}),
    "number": frozenset({"incident.incident_number"}),
    "arrest_days": frozenset({"arrest.arrested_on"}),
    "drugs": frozenset({"drug_seizure.drug_code"}),
}
"""By feature; columns as table.column."""
