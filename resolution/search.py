"""Search as a person: find whom a description may mean, and say why.

Guarantees: only the view's shown values are searched and only they appear in a hit; a hit's weight
is the sum of its reasons' weights and the prior, on the scale of the links' match weights, and
comes from the same comparisons (a contact that is near what was asked, which no link is made of,
is a reason of its own). A hit is a person by the record that fits best; what that record does not
tell is taken from the person's others (resolution.added). The same view and query give the same
hits in the same order. The work is bounded whatever is asked; an answer says how many more there
were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.added import Added, Scored, added
from resolution.comparisons import COMPARISONS, CONTACT, Comparison
from resolution.errors import NoIndex
from resolution.index import ACCOUNT, PHONE, PLATE, build_index
from resolution.matching import Matcher, compile_matchers, matcher
from resolution.opened import opened
from resolution.query import PersonQuery, as_records

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from resolution.model import Model
    from resolution.opened import OpenIndex
    from resolution.retrieval import Candidates
    from runs.home import ViewFolder

__all__ = [
    "SearchAnswer",
    "SearchHit",
    "build_index",
    "find",
    "holds_names",
    "search",
    "warm",
]

SPREAD_BITS: Final = 12.0
MOST_PERSONS: Final = 60
MOST_RECORDS_OF_PERSON: Final = 40
MOST_OTHERS: Final = 300
"""Of the best of those found, so many other records are looked at too."""
LEAST_NEAR_BITS: Final = 1.0
"""What a contact that is near what was asked is worth at least: in a small view it is not rare."""
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
_TOLD: Final = (
    ["given_name", "middle_name", "shown_surname", "alias"],
    ["birth_date", "birth_year"],
    ["sex"],
)
"""Of these, what a hit's record lacks is shown from another of the person's."""
_NEAR: Final = (
    (PHONE, "phone", "a phone that differs in a digit or in its area code"),
    (ACCOUNT, "account", "an account or e-mail spelled nearly so, or on another site"),
    (PLATE, "vehicle", "a plate that differs in one character or in its state"),
)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A person who may be meant, by the record that fits best.

    ``match_weight`` is log2; ``from_others`` of it comes from other records of the person.
    ``reasons`` are words with each comparison's weight in bits, the strongest first. Display
    fields are None where the view does not show them, or no record of the person tells.
    """

    person_id: str
    record_key: str
    match_weight: float
    from_others: float
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


def warm(folder: ViewFolder) -> None:
    """Open the view's index and compile what searches run, so that the first user does not wait.

    Raises NoIndex.
    """
    index = opened(folder)
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
    index = opened(folder)
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
    index: OpenIndex, mine: Matcher, described: pa.Table, candidates: Candidates, limit: int
) -> SearchAnswer:
    rids = np.union1d(candidates.rid, _others_of_best(index, candidates))
    pairs = _compared(index, mine, described, rids, candidates)
    person = index.mapped.persons(pairs.rid)
    more = added(
        Scored(person, pairs.meant, pairs.level, pairs.bits),
        pairs.surname_bits,
        index.weights.of_level("area", "zip"),
    )
    total = pairs.total + more.total
    order = _first_of_each(person, _best_first(pairs, total, person))
    if len(order):
        # Whom almost everything contradicts is not shown while somebody else fits.
        order = order[(total[order] > 0) | (total[order[0]] - total[order] <= SPREAD_BITS)]
    shown = order[:limit]
    told = _told(pairs, shown, np.argsort(-np.round(total, 6), kind="stable"), person)
    hits = [
        _hit(row, float(total[pair]), float(more.total[pair]), _reasons(pairs, more, pair))
        for row, pair in zip(told, shown.tolist(), strict=True)
    ]
    return SearchAnswer(
        hits,
        len(order) - len(shown),
        candidates.left_out,
        candidates.too_common,
        index.model.prior_match_weight,
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Records beside each way of meaning the description. ``rows``: the records, ``at``: each
    pair's place in them; ``near``: the place in _NEAR of a contact that is near, -1 for none;
    ``total``: the bits and the prior, what Splink predicts but for near contacts."""

    rid: NDArray[np.int32]
    meant: NDArray[np.int32]
    level: dict[str, NDArray[np.int8]]
    bits: dict[str, NDArray[np.float64]]
    surname_bits: NDArray[np.float64]
    near: NDArray[np.int64]
    total: NDArray[np.float64]
    at: NDArray[np.int64]
    rows: pa.Table


def _others_of_best(index: OpenIndex, candidates: Candidates) -> NDArray[np.int32]:
    """The other records of those who seem to fit best, as many as MOST_OTHERS."""
    best = np.argsort(-candidates.score, kind="stable")
    person = index.mapped.persons(candidates.rid[best])
    _, first = np.unique(person, return_index=True)
    found = index.mapped.records_of(person[np.sort(first)[:MOST_PERSONS]], MOST_RECORDS_OF_PERSON)
    others: NDArray[np.int32] = found[~np.isin(found, candidates.rid)][:MOST_OTHERS]
    return others


def _compared(
    index: OpenIndex,
    mine: Matcher,
    described: pa.Table,
    rids: NDArray[np.int32],
    candidates: Candidates,
) -> _Pairs:
    found = index.mapped.records.take(rids)
    levels = mine.compare(described, found)
    at = np.searchsorted(rids, levels.found)
    shares = {
        name: found.column(f"tf_{name}").to_numpy()[at].astype(np.float64)
        for name in ("given", "surname")
    }
    bits = index.weights.bits(levels, shares)
    near, near_bits = _near_contact(bits["contact"], index.model, candidates, levels.found)
    bits["contact"] = np.where(near >= 0, near_bits, bits["contact"])
    return _Pairs(
        levels.found,
        levels.meant,
        levels.of,
        bits,
        index.weights.surname_bits(levels, shares),
        near,
        np.add.reduce([*bits.values()]) + index.model.prior_match_weight,
        at,
        found,
    )


def _best_first(
    pairs: _Pairs, total: NDArray[np.float64], person: NDArray[np.int32]
) -> NDArray[np.int64]:
    """The pairs for which anything speaks, best first."""
    # Nothing speaks for some: they were found by what the comparisons think little of.
    speaks = np.logical_or.reduce([part > 0 for part in pairs.bits.values()])
    # Levels are declared from the most exact down: of equal weights the exact one comes first.
    unlike = np.add.reduce([number.astype(np.int32) for number in pairs.level.values()])
    order = np.lexsort((pairs.rid, person, unlike, -np.round(total, 6)))
    return np.asarray(order[speaks[order]])


def _first_of_each(person: NDArray[np.int32], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first pair of each person, in order."""
    _, first = np.unique(person[order], return_index=True)
    return np.asarray(order[np.sort(first)])


def _near_contact(
    contact: NDArray[np.float64], model: Model, candidates: Candidates, rid: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each pair the place in _NEAR of a contact that is near, where none is the same, or -1;
    and its bits: how rare it is that one comes so close, against how often a contact of the same
    person is recorded and a digit (of a date) is wrong. Less than the same contact weighs."""
    by_name = {c.name: {level.name: level for level in c.levels} for c in model.comparisons}
    dates = by_name["birth"]
    wrong = dates["one_digit"].m / dates["same_date"].m
    near, bits = np.full(len(rid), -1), np.zeros(len(rid))
    at = np.minimum(np.searchsorted(candidates.rid, rid), len(candidates.rid) - 1)
    known = candidates.rid[at] == rid
    for place, (kind, name, _) in enumerate(_NEAR):
        if kind in candidates.near:
            rarity = np.where(known, candidates.near[kind][at], 0.0)
            here = (rarity > 0) & (contact <= 0)
            level = by_name["contact"][name]
            worth = np.clip(
                rarity + np.log2(level.m * wrong),
                LEAST_NEAR_BITS,
                level.match_weight - LEAST_NEAR_BITS,
            )
            near[here], bits[here] = place, worth[here]
    return near, bits


def holds_names(folder: ViewFolder) -> bool:
    """False where the view shows no name of anybody. Raises NoIndex."""
    return opened(folder).holds_names


def _reasons(pairs: _Pairs, more: Added, pair: int) -> tuple[str, ...]:
    """Every comparison that has something to say, in words with its bits, the strongest first;
    what comes from another record of the person says so."""
    bars: list[tuple[float, str]] = []
    for declared in COMPARISONS:
        name = declared.name
        worth = float(more.bits[name][pair]) if name in more.bits else 0.0
        if worth:
            source = more.source(name, pair)
            said = "same address" if source < 0 else _finding(declared, pairs, source)
            bars.append((worth, f"{declared.label}, in another record: {said}"))
        elif pairs.level[name][pair] >= 0:
            said = _finding(declared, pairs, pair)
            bars.append((float(pairs.bits[name][pair]), f"{declared.label}: {said}"))
    return tuple(
        f"{words} ({worth:+.1f})" for worth, words in sorted(bars, key=lambda b: (-b[0], b[1]))
    )


def _finding(declared: Comparison, pairs: _Pairs, pair: int) -> str:
    if declared is CONTACT and pairs.near[pair] >= 0:
        return _NEAR[int(pairs.near[pair])][2]
    return declared.levels[int(pairs.level[declared.name][pair])].words


def _told(
    pairs: _Pairs, shown: NDArray[np.int64], order: NDArray[np.int64], person: NDArray[np.int32]
) -> list[dict[str, Any]]:
    """What each hit's record shows of its person; what it does not tell, the best that does."""
    rows = pairs.rows.select(_SHOWN)
    hits: list[dict[str, Any]] = rows.take(pa.array(pairs.at[shown])).to_pylist()
    for columns in _TOLD:
        tells = np.logical_or.reduce([rows.column(name).is_valid() for name in columns])
        tellers = _first_of_each(person, order[tells[pairs.at[order]]])
        teller_of = dict(zip(person[tellers].tolist(), pairs.at[tellers].tolist(), strict=True))
        lacking = [
            (hit, teller_of[whose])
            for hit, whose in zip(hits, person[shown].tolist(), strict=True)
            if whose in teller_of and all(hit[name] is None for name in columns)
        ]
        found = rows.select(columns).take(pa.array([at for _, at in lacking], pa.int64()))
        for (hit, _), values in zip(lacking, found.to_pylist(), strict=True):
            hit.update(values)
    return hits


def _hit(
    row: dict[str, Any], match_weight: float, from_others: float, reasons: tuple[str, ...]
) -> SearchHit:
    names = (row["given_name"], row["middle_name"], row["shown_surname"])
    return SearchHit(
        person_id=row["person_id"],
        record_key=row["record_key"],
        match_weight=match_weight,
        from_others=from_others,
        display_name=" ".join(name for name in names if name) or row["alias"],
        birth_date=row["birth_date"],
        birth_year=row["birth_year"],
        sex=row["sex"],
        reasons=reasons,
    )
