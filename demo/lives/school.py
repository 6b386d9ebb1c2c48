"""Schools: who is enrolled where, and the spells of absence that divisions tell of.

Guarantees: a spell has at least three school days, begins inside its enrolment and overlaps no
other spell of the student; a missing episode that takes at least three school days of an enrolled
child is a spell that begins with it and lasts it out, open where the child is still missing.

Only the largest divisions take part, and only students with such a spell are told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Bools, Ints, Texts, choose, draw_texts, ints, texts
from demo.households import NEVER, YEAR_DAYS
from demo.settings import as_date, days

if TYPE_CHECKING:
    from demo.lives.setting import Setting

DIVISIONS: Final = 40
SHORTEST_SPELL_DAYS: Final = 3
CHRONIC_DAYS: Final = 18
"""A tenth of a school year of 180 days."""
DROPPED_AFTER_DAYS: Final = 15
"""School days in a row after which a school takes a child who does not come off its roll."""
TRUANT_SPELLS, ILLNESS_SPELLS = 0.5, 0.3
"""Per student and three years."""
BEFORE_RECRUITMENT_DAYS: Final = 120
_FAR: Final = 1_000_000
"""More than any day: person times this plus a day orders by person, then by day."""


@dataclass(frozen=True, slots=True)
class _Spells:
    """Absences as columns; ``end`` is the day before the return, NEVER where it is open."""

    person: Ints
    start: Ints
    end: Ints
    kind: Texts
    missing: Bools


def schooling(setting: Setting, rng: np.random.Generator) -> None:
    """Append enrolments and absences."""
    calendar = _Calendar(setting.settings.first_day, setting.settings.last_day)
    enrolled = _enrolments(setting, rng)
    missing = _while_missing(setting)
    others = _join(
        [_before_recruitment(setting, rng), *_ordinary(setting, rng, np.unique(enrolled["person"]))]
    )
    spells = _join([missing, _apart(others, missing)])
    _record(setting, rng, calendar, enrolled, spells)


class _Calendar:
    """Which days are school days, and how many lie between two days."""

    def __init__(self, first_day: int, last_day: int) -> None:
        self._first = first_day
        self.last = last_day
        day = np.arange(first_day, last_day + 1)
        month_day = [(d.month, d.day) for d in map(as_date, day.tolist())]
        summer = np.array([(6, 15) < md < (8, 20) for md in month_day])
        winter = np.array([md > (12, 20) or md < (1, 3) for md in month_day])
        weekend = (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday
        self._taught = np.concatenate([[0], np.cumsum(~(summer | winter | weekend))])

    def taught(self, start: Ints, end: Ints) -> Ints:
        """School days from start to end, both included, inside the world's years."""
        low = np.clip(start - self._first, 0, len(self._taught) - 1)
        high = np.clip(end + 1 - self._first, 0, len(self._taught) - 1)
        return ints(np.maximum(self._taught[high] - self._taught[low], 0))

    def nth(self, start: Ints, number: int) -> Ints:
        """The ``number``-th school day from start on; after the last day where there is none."""
        low = self._taught[np.clip(start - self._first, 0, len(self._taught) - 1)]
        return ints(np.searchsorted(self._taught, low + number) - 1 + self._first)


def divisions(setting: Setting) -> Ints:
    """Localities whose school divisions take part: the most populous ones."""
    return np.sort(np.argsort(-setting.geography.population, kind="stable")[:DIVISIONS])


def _enrolments(setting: Setting, rng: np.random.Generator) -> dict[str, Ints]:
    """Spans in which a child of school age lives in one division; ``moved`` 1: ended by a move."""
    people, settings = setting.people, setting.settings
    everyone = np.arange(len(people))
    begins = people.born + int(5.4 * YEAR_DAYS)
    leaves = people.born + int(18.4 * YEAR_DAYS)
    of_age = (leaves > settings.first_day + 60) & (begins < settings.last_day - 120)
    child = everyone[of_age]
    moves = people.moved_on[child]
    spans = []
    for address, low, high, moved in (
        (people.first_address, np.full(len(child), -NEVER), moves, True),
        (people.second_address, moves, np.full(len(child), NEVER), False),
    ):
        # A move takes a child off one roll; the next school enters them within a few days.
        late = np.where(low > -NEVER, low + rng.integers(1, 12, len(child)), low)
        start = np.maximum(_term_begins(begins[child]), late)
        end = np.minimum(leaves[child], high)
        live = (start < end - 30) & (start < settings.last_day - 20) & (end > settings.first_day)
        where = people.address_locality[np.maximum(address[child], 0)]
        live &= np.isin(where, divisions(setting)) & (address[child] >= 0)
        by_move = (high < NEVER) & (high <= settings.last_day) & (high < leaves[child]) & moved
        spans.append((child[live], where[live], start[live], end[live], by_move[live]))
    columns = [ints(np.concatenate(parts)) for parts in zip(*spans, strict=True)]
    return dict(zip(("person", "locality", "start", "end", "moved"), columns, strict=True))


def _term_begins(day: Ints) -> Ints:
    """The 20th of August on or after each day."""
    years = day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    this = {y: days(date(y, 8, 20)) for y in range(int(years.min()), int(years.max()) + 2)}
    of_year = np.array([this[y] for y in years.tolist()], dtype=np.int64)
    following = np.array([this[y + 1] for y in years.tolist()], dtype=np.int64)
    return np.where(day <= of_year, of_year, following)


def _while_missing(setting: Setting) -> _Spells:
    episodes = setting.history.episodes
    end = episodes.ints("end")
    return _Spells(
        person=episodes.ints("person"),
        start=episodes.ints("start"),
        end=np.where(end < NEVER, end - 1, NEVER),
        kind=texts(["Unexcused"] * len(end)),
        missing=np.ones(len(end), dtype=bool),
    )


def _before_recruitment(setting: Setting, rng: np.random.Generator) -> _Spells:
    """Irregular absences of children in the months before a trafficker has them."""
    members = setting.history.members
    person, since = members.ints("person"), members.ints("start")
    young = np.flatnonzero(setting.people.age(person, since) < 18)
    which = np.repeat(young, rng.integers(1, 5, len(young)))
    start = since[which] - rng.integers(8, BEFORE_RECRUITMENT_DAYS, len(which))
    return _spell(person[which], start, rng.integers(3, 9, len(which)), "Unexcused")


def _ordinary(setting: Setting, rng: np.random.Generator, students: Ints) -> list[_Spells]:
    """Truants, a few of them often, and the ill."""
    settings, found = setting.settings, []
    older = np.interp(setting.people.age(students, np.full(len(students), settings.last_day)),
                      [7, 12, 16], [0.05, 0.6, 2.0])  # fmt: skip
    for kind, rate, drive, longest in (
        ("Unexcused", TRUANT_SPELLS, rng.gamma(0.3, 1 / 0.3, len(students)) * older, 9),
        ("Excused", ILLNESS_SPELLS, np.ones(len(students)), 8),
    ):
        count = np.minimum(rng.poisson(drive * rate * settings.years / 3), 8)
        person = np.repeat(students, count)
        start = rng.integers(settings.first_day, settings.last_day, len(person))
        found.append(_spell(person, start, rng.integers(3, longest, len(person)), kind))
    return found


def _spell(person: Ints, start: Ints, length: Ints, kind: str) -> _Spells:
    n = len(person)
    return _Spells(person, start, start + length, texts([kind] * n), np.zeros(n, dtype=bool))


def _join(parts: list[_Spells]) -> _Spells:
    return _Spells(
        person=ints(np.concatenate([part.person for part in parts])),
        start=ints(np.concatenate([part.start for part in parts])),
        end=ints(np.concatenate([part.end for part in parts])),
        kind=texts(np.concatenate([part.kind for part in parts])),
        missing=np.concatenate([part.missing for part in parts]),
    )


def _apart(spells: _Spells, missing: _Spells) -> _Spells:
    """The spells that touch neither a missing episode nor an earlier one of themselves."""
    order = np.lexsort((spells.end, spells.start, spells.person))
    begins = spells.person[order] * _FAR + spells.start[order]
    ends = spells.person[order] * _FAR + spells.end[order]
    before = np.concatenate([[-1], np.maximum.accumulate(ends)[:-1]]) if len(ends) else ends
    free = begins > before + 1
    gone = np.sort(missing.person * _FAR + missing.start)
    back = np.sort(missing.person * _FAR + np.minimum(missing.end, _FAR - 1))
    # Episodes of a person do not overlap: those begun by the spell's end have ended before it.
    free &= np.searchsorted(gone, ends + 1, side="right") == np.searchsorted(back, begins - 1)
    kept = order[free]
    return _Spells(
        spells.person[kept], spells.start[kept], spells.end[kept], spells.kind[kept],
        spells.missing[kept],
    )  # fmt: skip


def _record(
    setting: Setting,
    rng: np.random.Generator,
    calendar: _Calendar,
    enrolled: dict[str, Ints],
    spells: _Spells,
) -> None:
    """Cut the spells to enrolments and school days, and keep the students who have any."""
    row = _enrolment_of(enrolled, spells.person, spells.start)
    start = np.where(row >= 0, np.maximum(spells.start, enrolled["start"][row]), 0)
    open_still = spells.end > calendar.last
    until = np.minimum(np.minimum(spells.end, enrolled["end"][row] - 1), calendar.last)
    taught = calendar.taught(start, until)
    kept = np.flatnonzero((row >= 0) & (taught >= SHORTEST_SPELL_DAYS))
    order = kept[np.lexsort((start[kept], row[kept]))]
    rows, which = np.unique(row[order], return_inverse=True)
    first = calendar.nth(start[order], 1)
    still = open_still[order] & (enrolled["end"][row[order]] > calendar.last)
    dropped = np.full(len(rows), NEVER, dtype=np.int64)
    gone = still & spells.missing[order] & (taught[order] >= DROPPED_AFTER_DAYS)
    dropped[which[gone]] = calendar.nth(start[order][gone], DROPPED_AFTER_DAYS)
    missed = np.bincount(which, weights=taught[order], minlength=len(rows))
    missed = missed + rng.poisson(5, len(rows)) * setting.settings.years
    ended = np.where(enrolled["end"][rows] <= calendar.last, enrolled["end"][rows], NEVER)
    withdrawn = np.minimum(ended, dropped)
    reason = choose(enrolled["moved"][rows] == 1, "Moved",
                    draw_texts(rng, {"Graduated": 0.8, "Other": 0.2}, len(rows)))  # fmt: skip
    reason = choose(dropped < NEVER, "Not attending", reason)
    history = setting.history
    made = history.enrolments.extend(
        len(rows),
        person=enrolled["person"][rows],
        locality=enrolled["locality"][rows],
        school=_schools(setting, enrolled["person"][rows], enrolled["locality"][rows]),
        start=enrolled["start"][rows],
        end=withdrawn,
        reason=choose(withdrawn < NEVER, reason, ""),
        chronic=missed >= CHRONIC_DAYS * setting.settings.years / 2,
    )
    history.absences.extend(
        len(order),
        enrolment=made[which],
        start=first,
        end=np.where(still, NEVER, _last_taught(calendar, first, taught[order])),
        taught=taught[order],
        kind=spells.kind[order],
        missing=spells.missing[order],
    )


def _last_taught(calendar: _Calendar, first: Ints, taught: Ints) -> Ints:
    """The day of the last missed lesson."""
    last = np.zeros(len(first), dtype=np.int64)
    for number in np.unique(taught).tolist():
        same = taught == number
        last[same] = calendar.nth(first[same], number)
    return last


def _enrolment_of(enrolled: dict[str, Ints], person: Ints, day: Ints) -> Ints:
    """The row of the enrolment in which the person is on the day, or -1."""
    order = np.lexsort((enrolled["start"], enrolled["person"]))
    starts = enrolled["person"][order] * _FAR + enrolled["start"][order]
    at = np.searchsorted(starts, person * _FAR + day, side="right") - 1
    row = order[np.maximum(at, 0)]
    held = (at >= 0) & (enrolled["person"][row] == person) & (enrolled["end"][row] > day)
    return np.where(held, row, -1)


def _schools(setting: Setting, person: Ints, locality: Ints) -> Texts:
    """An invented school of the division, the same for children of one household."""
    streets = setting.geography.streets
    middle = (setting.settings.first_day + setting.settings.last_day) // 2
    age = setting.people.age(person, np.full(len(person), middle))
    level = choose(age < 11, "Elementary", choose(age < 14, "Middle", "High"))
    number = (setting.people.household[person] % 3 + locality * 7) % len(streets)
    return texts([f"{streets[i]} {name} School" for i, name in zip(number, level, strict=True)])
