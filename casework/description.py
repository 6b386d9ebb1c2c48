"""What is known of a missing child: from a feed's episode, or just typed in.

Guarantees: a description is checked once, when it is made; nothing downstream parses text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from casework.errors import DescriptionInvalid

if TYPE_CHECKING:
    from casework.weights import Weights

OLDEST_AGE_YEARS = 120


@dataclass(frozen=True, slots=True)
class EpisodeDescription:
    """One episode. Empty and None mean not known.

    ``person_ids`` are the view's persons that the episode is already tied to (a feed's episode has
    one). ``phones`` are E.164, ``plates`` ``STATE:PLATE``, ``handles`` ``site:name`` or a bare
    name.
    """

    missing_from_on: date
    episode_key: str | None = None
    case_number: str | None = None
    given_name: str | None = None
    surname: str | None = None
    aliases: tuple[str, ...] = ()
    birth_date: date | None = None
    birth_year: int | None = None
    age_years: int | None = None
    sex: str | None = None
    found_on: date | None = None
    last_seen_locality_id: str | None = None
    phones: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    person_ids: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.found_on and self.found_on < self.missing_from_on:
            raise DescriptionInvalid("the day found lies before the day of last contact")
        if self.birth_date and self.birth_date > self.missing_from_on:
            raise DescriptionInvalid("the date of birth lies after the day of last contact")
        if self.age_years is not None and not 0 <= self.age_years <= OLDEST_AGE_YEARS:
            raise DescriptionInvalid(f"an age is between 0 and {OLDEST_AGE_YEARS} years")
        known = (
            self.given_name,
            self.surname,
            self.phones,
            self.plates,
            self.handles,
            self.person_ids,
            self.last_seen_locality_id,
        )
        if not any(known):
            raise DescriptionInvalid(
                "a search needs a name, a phone, plate or handle, or the "
                "locality where the child was last seen"
            )

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_name, self.surname) if part)

    @property
    def age_at_entry_years(self) -> int | None:
        """Age on the day of last contact, as stated or from the birth date or year."""
        if self.age_years is not None:
            return self.age_years
        gone = self.missing_from_on
        if self.birth_date is not None:
            before_birthday = (gone.month, gone.day) < (self.birth_date.month, self.birth_date.day)
            return gone.year - self.birth_date.year - before_birthday
        return gone.year - self.birth_year if self.birth_year is not None else None

    def ends_on(self, weights: Weights, as_of: date) -> date:
        """The last day of the episode; for an open one as far as it may be taken to run."""
        if self.found_on is not None:
            return self.found_on
        return min(as_of, self.missing_from_on + timedelta(days=weights.open_episode_days))
