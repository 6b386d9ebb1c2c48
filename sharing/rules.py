"""What may be done to a column on its way into a view.

Guarantees: every rule that an agreement can name is enumerated here, and every column allows only
the rules that mean something for it. ``mask_of`` turns the matched half into the same masks as the
shown half, so that one projection serves both.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from runs.schema import Column, Table


class Match(StrEnum):
    """What may be compared: the value, a coarser form of it, or nothing."""

    CLEAR = "clear"
    COARSE = "coarse"
    NOTHING = "nothing"


class Show(StrEnum):
    """What may be shown.

    ``year``: of a birth date the year (in ``birth_year``), of another date the first of January.
    ``age_band``: the band of AGE_BANDS, as its first and last year of age; a birth date or year
    shown so is itself absent and fills the ages. ``county``: the row's locality alone.
    ``token``: a keyed 128-bit token, equal for equal values inside one view.
    """

    CLEAR = "clear"
    YEAR = "year"
    AGE_BAND = "age_band"
    COUNTY = "county"
    TOKEN = "token"  # noqa: S105 - a mask, not a secret
    NOTHING = "nothing"


class Operator(StrEnum):
    """How a row filter compares a column. A null passes only ``is_null``."""

    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"


AGE_BANDS: Final = ((0, 11), (12, 14), (15, 17), (18, 20), (21, 24), (25, 120))
"""First and last year of age of each band (domain/privacy_and_governance.md); 120 means open."""

AGES: Final = frozenset({"age_low_years", "age_high_years"})
BIRTHS: Final = frozenset({"birth_date", "birth_year"})
PLACES: Final = frozenset(
    {"address_line", "city", "zip", "latitude", "longitude", "venue", "facility", "school"}
)

TOKEN_DOMAINS: Final = {
    "phones": "phone",
    "emails": "email",
    "handles": "handle",
    "plates": "vehicle",
    "address_line": "address",
}
"""Equal values of these columns and of a contact point of that kind give equal tokens."""


def is_locality(column: Column) -> bool:
    return column.name == "locality_id" or column.name.endswith("_locality_id")


def coarse_mask(column: Column) -> Show | None:
    """What ``coarse`` means for a column; None where nothing coarser is defined."""
    if column.name in AGES or column.name in {"birth_year", "age_at_entry_years"}:
        return Show.AGE_BAND
    if column.type == "DATE":
        return Show.YEAR
    if column.name in PLACES or is_locality(column):
        return Show.COUNTY
    return None


def allowed_match(column: Column) -> tuple[Match, ...]:
    """The matched halves that a column allows."""
    if coarse_mask(column) is None:
        return (Match.CLEAR, Match.NOTHING)
    return tuple(Match)


def allowed_show(column: Column) -> tuple[Show, ...]:
    """The shown halves that a column allows."""
    masks = {Show.CLEAR, Show.NOTHING}
    coarse = coarse_mask(column)
    if coarse is not None:
        masks.add(coarse)
    if column.name == "birth_date":
        masks.add(Show.AGE_BAND)
    if column.type in {"VARCHAR", "VARCHAR[]"} and not is_locality(column):
        masks.add(Show.TOKEN)
    return tuple(mask for mask in Show if mask in masks)


def mask_of(column: Column, match: Match) -> Show:
    """The mask that the matched half of a rule puts on a column."""
    if match is Match.COARSE:
        return coarse_mask(column) or Show.NOTHING
    return Show.CLEAR if match is Match.CLEAR else Show.NOTHING


def governed(table: Table) -> tuple[Column, ...]:
    """The columns whose values an agreement rules: neither keys nor provenance.

    Keys follow the rows: encrypted, and null where the row they point to is not in the view.
    """
    return tuple(
        column for column in table if column.key_of is None and column.name not in PROVENANCE_NAMES
    )


PROVENANCE_NAMES: Final = frozenset(
    {"feed", "agency_id", "delivery", "source_line", "retain_until", "legal_basis"}
)
