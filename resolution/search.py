"""Search as a person: find whom a description may mean, and say why.

Guarantees: only the view's shown values are searched and only they appear in a hit; a hit's weight
is the sum of its reasons' weights and the prior, on the scale of the links' match weights, and
comes from the same comparisons (a contact that is near what was asked, which no link is made of,
is a reason of its own). The same view and query give the same hits in the same order. The work is
bounded whatever is asked; an answer says how many more there were.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.comparisons import BY_NAME, COMPARISONS
from resolution.errors import NoIndex
from resolution.index import ACCOUNT, FORMAT, PHONE, PLATE, build_index
from resolution.matching import (
    PERSON_RECORD_SCHEMA,
    Matcher,
    Weights,
    compile_matchers,
    matcher,
)
from resolution.model import Model, load_model
from resolution.retrieval import Candidates, MappedIndex

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from runs.home import ViewFolder

__all__ = [
    "PersonQuery",
    "SearchAnswer",
    "SearchHit",
    "build_index",
    "find",
    "holds_names",
    "search",
    "warm",
]

SPREAD_BITS: Final = 12.0
OPEN_INDEXES: Final = 6
MAX_NAME: Final = 200
LEAST_NEAR_BITS: Final = 1.0
"""What a contact that is near what was asked is worth at least: in a small view it is not rare."""
_NOT_PLATE: Final = re.compile(r"[^A-Z0-9:?]")
_SHOWN: Final = [
    "record_key",
    "person_id",
    "given_name",
    "middle_name",
    "shown_surname",
    "alias",
    "birth_date",
    "birth_year",
    "sex",
]
_NEAR: Final = (
    (PHONE, "phone", "a phone that differs in a digit or in its area code"),
    (ACCOUNT, "account", "an account or e-mail spelled nearly so, or on another site"),
    (PLATE, "vehicle", "a plate that differs in one character or in its state"),
)


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """What is known of a person. Any part may be missing; a name or number may be misspelt.

    ``name``: "First Last", "Last, First" or one name. ``age``: years on ``age_on``. ``phone``: a
    number of the United States in any form, else E.164. ``plate``: with its state ("VA:ABC1234")
    or without; ``handle``: with its site ("chirper:name") or without. ``locality_id``: FIPS code.
    ``birth_month``: 1 to 12, where the day is not known; counts with ``birth_year`` only.
    """

    name: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    birth_month: int | None = None
    age: int | None = None
    age_on: date | None = None
    sex: str | None = None
    phone: str | None = None
    email: str | None = None
    handle: str | None = None
    plate: str | None = None
    strong_id: str | None = None
    address_line: str | None = None
    city: str | None = None
    zip: str | None = None
    locality_id: str | None = None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A person who may be meant, by the record that fits best.

    ``match_weight`` is log2; ``reasons`` are words with each comparison's weight in bits, the
    strongest first. Display fields are None where the view does not show them.
    """

    person_id: str
    record_key: str
    match_weight: float
    display_name: str | None
    birth_date: date | None
    birth_year: int | None
    sex: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """``hits``: best first. ``others``: how many more persons fit, and less well. ``left_out``:
    records that seemed to fit as well as the last compared, and were not compared for their
    number; above 0 the description is of too many, and whoever is meant may not be shown.
    ``too_common``: something asked for is held by so many that not all were looked through.
    ``prior_match_weight``: what every weight starts at."""

    hits: list[SearchHit]
    others: int = 0
    left_out: int = 0
    too_common: bool = False
    prior_match_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class _Names:
    given: str | None = None
    middle: str | None = None
    surname: str | None = None
    alias: str | None = None


def _variants(name: str | None) -> list[_Names]:
    """How a name may be meant."""
    if name is None or not name.strip():
        return [_Names()]
    name = name.strip()[:MAX_NAME]
    if "," in name:
        last, _, first = name.partition(",")
        given, _, middle = first.strip().partition(" ")
        return [_Names(given or None, middle or None, last.strip() or None)]
    words = name.split()
    if len(words) == 1:
        return [_Names(given=name, alias=name), _Names(surname=name)]
    found = [_Names(words[0], " ".join(words[1:-1]) or None, words[-1])]
    if len(words) > 2:
        found.append(_Names(words[0], None, " ".join(words[1:])))
        found.append(_Names(" ".join(words[:-1]), None, words[-1]))
    return found


def _phones(text: str | None) -> list[str] | None:
    digits = "".join(character for character in text or "" if character.isdigit())
    if not digits:
        return None
    national = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return [f"+1{national}" if len(national) == 10 else f"+{digits}"]


def as_records(query: PersonQuery) -> pa.Table:
    """The query as rows of person_record, one for each way in which its name may be meant."""
    common: dict[str, Any] = {
        "birth_date": query.birth_date,
        "birth_year": query.birth_year,
        "age_low_years": query.age,
        "age_high_years": query.age,
        "observed_on": query.age_on,
        "sex": query.sex,
        "phones": _phones(query.phone),
        "emails": [query.email.lower()] if query.email else None,
        "handles": [query.handle.strip().lower()] if query.handle else None,
        "plates": [_NOT_PLATE.sub("", query.plate.upper())] if query.plate else None,
        "strong_id": query.strong_id,
        "address_line": query.address_line,
        "city": query.city,
        "zip": query.zip,
        "locality_id": query.locality_id,
    }
    rows = [
        {
            **common,
            "record_key": str(number),
            "given_name": names.given,
            "middle_name": names.middle,
            "surname": names.surname,
            "aliases": [names.alias] if names.alias else None,
        }
        for number, names in enumerate(_variants(query.name))
    ]
    return pa.Table.from_pylist(rows, schema=PERSON_RECORD_SCHEMA)


class _Index:
    """An opened index and its model; safe for several threads."""

    def __init__(self, folder: Path) -> None:
        try:
            about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NoIndex(
                f"{folder} has no search index: the view's run was not finished, or another "
                "version of VAST made it; make and publish a run with this one ('vast run')"
            ) from None
        if about.get("format") != FORMAT:
            raise NoIndex(
                f"{folder} has a search index of format {about.get('format')}, this version reads "
                f"{FORMAT}: make and publish a run with it ('vast run')"
            )
        self._about = _version_of(folder)
        self.hashed: int = about["hashed"]
        self.holds_names = bool(about["records_with_a_name"])
        self.mapped = MappedIndex(folder)
        self.model: Model = load_model(folder / "model.json")
        self.weights = Weights(self.model)
        self._folder = folder

    def is_there(self) -> bool:
        """False where the files that are mapped are deleted."""
        return _version_of(self._folder) == self._about


def _version_of(folder: Path) -> tuple[int, int] | None:
    try:
        found = (folder / "about.json").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


_opened: OrderedDict[Path, _Index] = OrderedDict()
_lock = threading.Lock()


def _index(folder: ViewFolder) -> _Index:
    # A run's files never change, so its path is enough to know an index by; a deleted run's rows
    # are let go of.
    with _lock:
        for path in [path for path, opened in _opened.items() if not opened.is_there()]:
            del _opened[path]
        index = _opened.get(folder.search) or _Index(folder.search)
        _opened[folder.search] = index
        _opened.move_to_end(folder.search)
        while len(_opened) > OPEN_INDEXES:
            _opened.popitem(last=False)
        return index


def warm(folder: ViewFolder) -> None:
    """Open the view's index and compile what searches run, so that the first user does not wait.

    Raises NoIndex.
    """
    index = _index(folder)
    index.mapped.read_ahead()
    compile_matchers(index.mapped.records.schema)
    # A name that many have touches what most searches touch.
    find(folder, PersonQuery(name="Mary Smith", birth_year=2000))


def search(folder: ViewFolder, query: PersonQuery, limit: int = 50) -> list[SearchHit]:
    """The hits of ``find``."""
    return find(folder, query, limit).hits


def find(folder: ViewFolder, query: PersonQuery, limit: int = 50) -> SearchAnswer:
    """Persons who may be meant, best first, at most ``limit``; an empty query finds nobody.

    Raises NoIndex where the view has no search index.
    """
    index = _index(folder)
    with matcher(index.mapped.records.schema) as mine:
        if mine.hashed != index.hashed:
            raise NoIndex(
                f"{folder.search} was made with another version of DuckDB, whose hashes differ: "
                "make and publish a run with this one ('vast run')"
            )
        described = mine.describe(as_records(query))
        if query.birth_month and not query.birth_date:
            months = pa.array([query.birth_month] * len(described), pa.int32())
            place = described.schema.get_field_index("birth_month")
            described = described.set_column(place, described.schema.field(place), months)
        candidates = index.mapped.candidates(mine.ask(described), index.model)
        if not len(candidates.rid):
            return SearchAnswer([], too_common=candidates.too_common)
        return _ranked(index, mine, described, candidates, limit)


def _ranked(
    index: _Index, mine: Matcher, described: pa.Table, candidates: Candidates, limit: int
) -> SearchAnswer:
    found = index.mapped.records.take(candidates.rid)
    levels = mine.compare(described, found)
    at = np.searchsorted(candidates.rid, levels.found)
    shares = {
        name: found.column(f"tf_{name}").to_numpy()[at].astype(np.float64)
        for name in ("given", "surname")
    }
    bits = index.weights.bits(levels, shares)
    near = _near_contact(bits["contact"], candidates, at)
    bits["contact"] = np.where(
        near >= 0, _near_bits(index.model, candidates, near, at), bits["contact"]
    )
    total = np.add.reduce([*bits.values()]) + index.model.prior_match_weight
    # Nothing speaks for some: they were found by what the comparisons think little of.
    speaks = np.logical_or.reduce([part > 0 for part in bits.values()])
    # Levels are declared from the most exact down: of equal weights the exact one comes first.
    unlike = np.add.reduce([number.astype(np.int32) for number in levels.of.values()])
    person = index.mapped.persons(levels.found)
    order = np.lexsort((levels.found, person, unlike, -np.round(total, 6)))
    order = order[speaks[order]]
    _, first = np.unique(person[order], return_index=True)
    order = order[np.sort(first)]
    if len(order):
        # Whom almost everything contradicts is not shown while somebody else fits.
        order = order[(total[order] > 0) | (total[order[0]] - total[order] <= SPREAD_BITS)]
    shown = order[:limit]
    rows = found.select(_SHOWN).take(pa.array(at[shown])).to_pylist()
    hits = [
        _hit(row, float(total[pair]), _reasons(levels.of, bits, near, pair))
        for row, pair in zip(rows, shown.tolist(), strict=True)
    ]
    return SearchAnswer(
        hits,
        len(order) - len(shown),
        candidates.left_out,
        candidates.too_common,
        index.model.prior_match_weight,
    )


def _near_contact(
    contact: NDArray[np.float64], candidates: Candidates, at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each pair the place in _NEAR of a contact that is near, where none is the same; or -1."""
    near = np.full(len(at), -1)
    for place, (kind, _, _) in enumerate(_NEAR):
        if kind in candidates.near:
            near[(candidates.near[kind][at] > 0) & (contact <= 0)] = place
    return near


def _near_bits(
    model: Model, candidates: Candidates, near: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Bits of a contact that is near: how rare it is that one comes so close, against how often
    a contact of the same person is recorded and a digit (of a date) is wrong. Less than the same
    contact weighs."""
    by_name = {c.name: {level.name: level for level in c.levels} for c in model.comparisons}
    dates = by_name["birth"]
    wrong = dates["one_digit"].m / dates["same_date"].m
    bits = np.zeros(len(at))
    for place, (kind, name, _) in enumerate(_NEAR):
        if kind in candidates.near:
            level = by_name["contact"][name]
            worth = candidates.near[kind][at] + np.log2(level.m * wrong)
            worth = np.clip(worth, LEAST_NEAR_BITS, level.match_weight - LEAST_NEAR_BITS)
            bits = np.where(near == place, worth, bits)
    return bits


def holds_names(folder: ViewFolder) -> bool:
    """False where the view shows no name of anybody. Raises NoIndex."""
    return _index(folder).holds_names


def _reasons(
    levels: dict[str, NDArray[np.int8]],
    bits: dict[str, NDArray[np.float64]],
    near: NDArray[np.int64],
    pair: int,
) -> tuple[str, ...]:
    """Every comparison that has something to say, in words with its bits, the strongest first."""
    bars: list[tuple[float, str]] = []
    for declared in COMPARISONS:
        number = int(levels[declared.name][pair])
        if number >= 0:
            words = declared.levels[number].label
            if declared is BY_NAME["contact"] and near[pair] >= 0:
                words = _NEAR[int(near[pair])][2]
            bars.append((float(bits[declared.name][pair]), f"{declared.label}: {words}"))
    return tuple(
        f"{words} ({worth:+.1f})" for worth, words in sorted(bars, key=lambda b: (-b[0], b[1]))
    )


def _hit(row: dict[str, Any], match_weight: float, reasons: tuple[str, ...]) -> SearchHit:
    names = (row["given_name"], row["middle_name"], row["shown_surname"])
    return SearchHit(
        person_id=row["person_id"],
        record_key=row["record_key"],
        match_weight=match_weight,
        display_name=" ".join(name for name in names if name) or row["alias"],
        birth_date=row["birth_date"],
        birth_year=row["birth_year"],
        sex=row["sex"],
        reasons=reasons,
    )
