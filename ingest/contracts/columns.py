"""One column of a feed contract: the type of its values and which of them are accepted.

Guarantees: a column that loads is consistent (one source of accepted values, limits on numbers
only) or its contract is refused.
"""

from __future__ import annotations

from enum import StrEnum
from math import isfinite
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, model_validator

from ingest.contracts.codes import CodeList, labels


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """The type of a column's values. Each has a macro ``kept_<kind>`` in ingest/sql/values.sql."""

    TEXT = "text"
    UPPER = "upper"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLAG = "flag"
    ISO_DATE = "iso_date"
    US_DATE = "us_date"
    NIBRS_DATE = "nibrs_date"
    ISO_DATE_OR_YEAR = "iso_date_or_year"
    US_DATE_OR_YEAR = "us_date_or_year"
    TIMESTAMP = "timestamp"
    AGE_RANGE = "age_range"
    ORI = "ori"
    ZIP = "zip"
    FIPS = "fips"
    LOCALITY = "locality"
    PHONE = "phone"
    PLATE = "plate"
    HANDLE = "handle"
    LIST = "list"
    NAMES = "names"


DATES: Final = frozenset({Kind.ISO_DATE, Kind.US_DATE, Kind.NIBRS_DATE, Kind.TIMESTAMP})


class ColumnContract(Frozen):
    """One column that is used.

    ``header`` is the name in the file when it is not the column's own with spaces for underscores
    (a dotted path in JSON lines); ``also`` lists other spellings. ``optional`` columns may be
    absent from the file; ``required`` values may not be blank. ``codes`` names a published list;
    ``values`` maps what is written to what is kept. ``blank`` lists texts that mean not recorded.
    """

    kind: Kind = Kind.TEXT
    header: str | None = None
    also: tuple[str, ...] = ()
    optional: bool = False
    required: bool = False
    codes: str | None = None
    values: dict[str, str] | None = None
    blank: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.codes is not None and self.codes not in CodeList.__members__:
            raise ValueError(f"codes: no published list {self.codes}")
        if self.codes is not None and self.values is not None:
            raise ValueError("codes and values exclude one another")
        if self.allowed() is not None and self.kind not in (Kind.TEXT, Kind.UPPER):
            raise ValueError(f"codes and values give text, so the kind cannot be {self.kind}")
        if self.values is not None and not self.values:
            raise ValueError("values names no word; leave it out where any text is accepted")
        limits = [limit for limit in (self.minimum, self.maximum) if limit is not None]
        if limits and self.kind not in (Kind.INTEGER, Kind.DECIMAL):
            raise ValueError(f"minimum and maximum are of numbers, not of kind {self.kind}")
        if not all(isfinite(limit) for limit in limits):
            raise ValueError("minimum and maximum are finite numbers")
        return self

    def allowed(self) -> dict[str, str] | None:
        """What may be written, to what is kept; None where any text is accepted."""
        if self.codes is not None:
            return {code: code for code in labels(CodeList[self.codes])}
        return self.values
