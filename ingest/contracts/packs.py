"""A problem's definitions: what counts as what, how it is counted, and what is said beside it.

Guarantees: a loaded pack is complete and consistent (every measure's feed has a suppression class,
every group's code is in one group, every named category exists) or it is refused whole, with the
place of each fault. Nothing of a particular problem is in code: other packages take categories,
titles, thresholds and captions from here.
"""

from __future__ import annotations

import json
import tomllib
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

PACKS: Final = Path(__file__).resolve().parents[2] / "packs"
"""Where the shipped packs are: one folder each, holding ``pack.toml``."""

OTHER: Final = "other"
"""Group of a code that is recorded and in no declared group."""

UNKNOWN: Final = "unknown"
"""Group of what was not recorded."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
OffenseCode = Annotated[str, Field(pattern=r"^[0-9]{2}[0-9A-Z*]$")]
Text = Annotated[str, Field(min_length=1)]


class PackError(Exception):
    """A pack is missing or refused. The message names file, place, fault and what to do."""


class Counts(StrEnum):
    """What the core can count. A pack chooses among these; it cannot add one."""

    INCIDENTS = "incidents"
    VICTIMS = "victims"
    OFFENDERS = "offenders"
    ARRESTS_IN_INCIDENTS = "arrests_in_incidents"
    ARRESTS_FOR_OFFENSE = "arrests_for_offense"
    MISSING_ENTRIES = "missing_entries"
    MISSING_EXITS = "missing_exits"
    MISSING_OPEN = "missing_open"
    SEIZURES_SUSPECTED = "seizures_suspected"
    SEIZURES_CONFIRMED = "seizures_confirmed"


class By(StrEnum):
    """What a measure is counted by, besides place and time."""

    CATEGORY = "category"
    DRUG = "drug"
    NONE = "none"


class Attribute(StrEnum):
    """What the core can break a count down by."""

    AGE_BAND = "age_band"
    SEX = "sex"
    RELATIONSHIP = "relationship"
    LOCATION = "location"
    DRUG = "drug"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Category(_Frozen):
    """A named set of offense codes. ``codes`` are NIBRS offense codes."""

    title: Text
    codes: Annotated[frozenset[OffenseCode], Field(min_length=1)]
    explanation: Text


class Measure(_Frozen):
    """One count, and the one feed that is authoritative for it."""

    title: Text
    unit: Text
    counts: Counts
    by: By
    feed: Text
    explanation: Text
    is_register: bool = False
    """The feed covers the whole area, so that nothing recorded is a zero."""


class Group(_Frozen):
    """Codes that are shown together."""

    key: Key
    title: Text
    codes: Annotated[frozenset[str], Field(min_length=1)]


class Breakdown(_Frozen):
    """How the counts named in ``of`` are broken down. Age bands come from ``age_band_starts``."""

    title: Text
    of: Annotated[tuple[Counts, ...], Field(min_length=1)]
    attribute: Attribute
    explanation: Text
    groups: tuple[Group, ...] = ()
    unknown_codes: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        seen: set[str] = set(self.unknown_codes)
        for group in self.groups:
            if group.key in (OTHER, UNKNOWN):
                raise ValueError(f"group {group.key} is made by itself; leave it out")
            twice = seen & group.codes
            if twice:
                raise ValueError(f"codes {sorted(twice)} are in two groups")
            seen |= group.codes
        return self


class SuppressionClass(_Frozen):
    """A rule for small cells. Counts from 1 to ``threshold`` - 1 are hidden."""

    title: Text
    threshold: Annotated[int, Field(ge=2, le=100)]
    feeds: Annotated[frozenset[str], Field(min_length=1)]
    explanation: Text


class Strength(StrEnum):
    """How well an indicator is supported."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Indicator(_Frozen):
    """A prompt to look, never a score. ``support`` says who found it."""

    title: Text
    text: Text
    support: Text
    strength: Strength


class Chart(_Frozen):
    """What is said above and below a chart."""

    title: Text
    caption: Text


class Caution(_Frozen):
    """What every page of counts says."""

    short: Text
    long: Text
    hidden: Text
    unknown: Text
    zero: Text


class Pack(_Frozen):
    """A problem's definitions.

    ``focus`` is the category that pages open first; ``split`` the categories shown beside one
    another. ``age_band_starts`` are in years, ``pooled_years`` is the width of pooled periods.
    """

    name: Key
    title: Text
    version: Text
    focus: Key
    split: tuple[Key, ...]
    age_band_starts: Annotated[tuple[int, ...], Field(min_length=1)]
    rate_minimum_events: Annotated[int, Field(ge=1)]
    rate_per_population: Annotated[int, Field(ge=1)]
    hidden_candidates: Annotated[int, Field(ge=2, le=20)]
    """How many values a hidden small number must at least be able to have."""
    pooled_years: Annotated[int, Field(ge=1, le=20)]
    caution: Caution
    categories: Annotated[dict[Key, Category], Field(min_length=1)]
    measures: Annotated[dict[Key, Measure], Field(min_length=1)]
    breakdowns: dict[Key, Breakdown]
    suppression: Annotated[dict[Key, SuppressionClass], Field(min_length=1)]
    indicators: dict[Key, Indicator]
    charts: dict[Key, Chart]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in (self.focus, *self.split):
            if name not in self.categories:
                raise ValueError(f"focus or split names category {name}, which is not declared")
        if list(self.age_band_starts) != sorted(set(self.age_band_starts)) or (
            self.age_band_starts[0] != 0
        ):
            raise ValueError("age_band_starts must begin with 0 and rise")
        placed: dict[str, str] = {}
        for name, rule in self.suppression.items():
            for feed in rule.feeds:
                if feed in placed:
                    raise ValueError(f"feed {feed} is in suppression {placed[feed]} and {name}")
                placed[feed] = name
        for name, measure in self.measures.items():
            if measure.feed not in placed:
                raise ValueError(f"measure {name}: feed {measure.feed} has no suppression class")
        return self

    def codes(self, category: str) -> frozenset[str]:
        """Offense codes of a category. Raises KeyError for one that is not declared."""
        return self.categories[category].codes

    def categories_of(self, offense_code: str) -> tuple[str, ...]:
        """Names of the categories that hold the code, in the pack's order; perhaps none."""
        return tuple(n for n, category in self.categories.items() if offense_code in category.codes)

    def category_rows(self) -> list[tuple[str, str]]:
        """(category, offense code), for a join."""
        return [
            (name, code)
            for name, category in self.categories.items()
            for code in sorted(category.codes)
        ]

    def threshold(self, feed: str) -> int:
        """The smallest positive count from this feed that may be shown.

        A feed without a class takes the strictest threshold.
        """
        for rule in self.suppression.values():
            if feed in rule.feeds:
                return rule.threshold
        return max(rule.threshold for rule in self.suppression.values())

    def age_bands(self) -> tuple[tuple[str, int, int | None], ...]:
        """(label, first age, last age or None) of each band, in years: ``0-11`` ... ``25+``."""
        starts = self.age_band_starts
        bands: list[tuple[str, int, int | None]] = [
            (f"{low}-{high - 1}", low, high - 1) for low, high in pairwise(starts)
        ]
        return (*bands, (f"{starts[-1]}+", starts[-1], None))


def load_pack(name_or_path: str | Path) -> Pack:
    """The pack of that name among the shipped ones, or in that folder or file.

    Raises PackError where there is none, where it is not TOML, or where a definition is wrong.
    """
    path = _find(name_or_path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = sorted(folder.parent.name for folder in PACKS.glob("*/pack.toml"))
        raise PackError(
            f"no pack at {path}; expected a shipped pack ({', '.join(known)}) or a folder with "
            "pack.toml"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError(f"{path} is not TOML: {error}; correct the file") from None
    try:
        # Lists and enum values have no strict form in TOML; JSON's strictness fits it.
        return Pack.model_validate_json(_as_json(content))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'pack'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise PackError(f"{path}: {faults}; correct the file") from None


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path
    if isinstance(name_or_path, str) and path.name == name_or_path:
        shipped = PACKS / name_or_path / "pack.toml"
        if shipped.exists() or not path.is_dir():
            return shipped
    return path / "pack.toml"


def _as_json(content: dict[str, object]) -> str:
    try:
        return json.dumps(content)
    except TypeError as error:
        raise PackError(f"a pack holds text, numbers, lists and tables only: {error}") from None
