"""Search as a person: find whom a description may mean, and say why.

Guarantees: only the view's shown values are searched and only they appear in a hit; a hit's weight
is the sum of its reasons' weights and the prior, on the scale of the links' match weights, and
comes from the same comparisons. The same view and query give the same hits in the same order.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.tables import PERSON_RECORD
from resolution.comparisons import COMPARISONS
from resolution.errors import NoIndex
from resolution.features import install, make_features
from resolution.index import COMPARED, INDEXED_RECORD, KEYS, SEARCH_KEY, build_index
from resolution.model import Model, load_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from runs.home import ViewFolder

__all__ = ["PersonQuery", "SearchHit", "build_index", "holds_names", "search"]

MAX_CANDIDATES: Final = 400
SPREAD_BITS: Final = 12.0
OPEN_INDEXES: Final = 6
_NOT_PLATE: Final = re.compile(r"[^A-Z0-9:?]")


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """What is known of a person. Any part may be missing; a name may be misspelt.

    ``name``: "First Last", "Last, First" or one name. ``age``: years on ``age_on``. ``phone``: a
    number of the United States in any form, else E.164. ``plate``: with its state ("VA:ABC1234")
    or without; ``handle``: with its site ("chirper:name") or without. ``locality_id``: FIPS code.
    """

    name: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
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
class _Names:
    given: str | None = None
    middle: str | None = None
    surname: str | None = None
    alias: str | None = None


def _variants(name: str | None) -> list[_Names]:
    """How a name may be meant."""
    if name is None or not name.strip():
        return [_Names()]
    if "," in name:
        last, _, first = name.partition(",")
        given, _, middle = first.strip().partition(" ")
        return [_Names(given or None, middle or None, last.strip() or None)]
    words = name.split()
    if len(words) == 1:
        return [_Names(given=name), _Names(surname=name), _Names(alias=name)]
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


def _as_records(query: PersonQuery) -> pa.Table:
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
    types = {
        "VARCHAR": pa.string(),
        "VARCHAR[]": pa.list_(pa.string()),
        "DATE": pa.date32(),
        "SMALLINT": pa.int16(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
    }
    schema = pa.schema([(column.name, types[column.type]) for column in PERSON_RECORD])
    return pa.Table.from_pylist(rows, schema=schema)


def _level_case(name: str, not_recorded: str, conditions: Iterable[str]) -> str:
    whens = [f"WHEN {not_recorded} THEN -1"]
    for number, condition in enumerate(conditions):
        whens.append(f"ELSE {number}" if condition == "ELSE" else f"WHEN {condition} THEN {number}")
    return f"CASE {' '.join(whens)} END AS level_{name}"


_LEVELS: Final = ", ".join(
    _level_case(c.name, c.not_recorded, (level.condition for level in c.levels))
    for c in COMPARISONS
)
_PAIR: Final = ", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in COMPARED)

# All of this text is made of the declared comparisons; what a user typed are rows, never text.
_SCORED: Final = f"""
WITH query_key AS ({KEYS}),
wanted AS (
    SELECT key, any_value(term) AS term FROM query_key GROUP BY key
),
hit AS (
    SELECT found.rid, count(DISTINCT wanted.term) AS terms,
        count(DISTINCT CASE WHEN NOT starts_with(key, 'less:') AND NOT starts_with(key, 'start:')
            THEN key END) AS keys
    FROM wanted JOIN main.search_key AS found USING (key)
    GROUP BY found.rid
),
candidate AS (
    SELECT rid FROM hit ORDER BY terms DESC, keys DESC, rid LIMIT {MAX_CANDIDATES}
),
pair AS (
    SELECT r.record_key AS found_key, r.person_id, r.given_name AS found_given,
        r.middle_name AS found_middle, r.shown_surname AS found_surname,
        r.alias AS found_alias, r.birth_date AS found_birth_date, r.birth_year AS found_birth_year,
        r.sex AS found_sex, r.tf_given, r.tf_surname, l.rid AS variant, {_PAIR}
    FROM candidate JOIN main.indexed_record AS r USING (rid) CROSS JOIN feature AS l
)
SELECT found_key, person_id, found_given, found_middle, found_surname, found_alias,
    found_birth_date,
    found_birth_year, found_sex, tf_given, tf_surname, variant, {_LEVELS}
FROM pair
ORDER BY found_key, variant
"""  # noqa: S608


class _Index:
    """An opened index: its tables in memory, its model, safe for several threads."""

    def __init__(self, folder: Path) -> None:
        paths = [INDEXED_RECORD.path(folder), SEARCH_KEY.path(folder), folder / "model.json"]
        missing = [path.name for path in paths if not path.exists()]
        if missing:
            raise NoIndex(f"{folder} lacks {missing}: the view's run was not finished")
        # One thread a search: a search is too small to split, and requests come in parallel.
        self._con = duckdb.connect(config={"threads": 1, "autoload_known_extensions": False})
        indexed = self._con.read_parquet(str(paths[0]))
        if lacking := set(INDEXED_RECORD.column_names) - set(indexed.columns):
            raise NoIndex(
                f"{folder} lacks the columns {sorted(lacking)}: another version of VAST made it; "
                "make and publish a run with this one"
            )
        indexed.create("indexed_record")
        self.model: Model = load_model(folder / "model.json")
        self._con.read_parquet(str(paths[1])).order("key, rid, term").create("search_key")

        self._idle: LifoQueue[duckdb.DuckDBPyConnection] = LifoQueue()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own for one search, used again by later ones."""
        try:
            con = self._idle.get_nowait()
        except Empty:
            con = self._con.cursor()
            install(con)
        yield con
        # After an error the connection is not used again.
        self._idle.put(con)


_opened: OrderedDict[Path, _Index] = OrderedDict()
_lock = threading.Lock()


def _index(folder: ViewFolder) -> _Index:
    # A run's files never change, so its path is enough to know an index by.
    with _lock:
        index = _opened.pop(folder.search, None) or _Index(folder.search)
        _opened[folder.search] = index
        while len(_opened) > OPEN_INDEXES:
            _opened.popitem(last=False)
        return index


def search(folder: ViewFolder, query: PersonQuery, limit: int = 50) -> list[SearchHit]:
    """Persons who may be meant, best first, at most ``limit``; an empty query finds nobody.

    Raises NoIndex where the view has no search index.
    """
    index = _index(folder)
    with index.cursor() as con:
        make_features(con, con.from_arrow(_as_records(query)), installed=True)
        cursor = con.execute(_SCORED)
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    best: dict[str, tuple[tuple[float, int, str, str], dict[str, Any]]] = {}
    for row in found:
        bars = _bars(index.model, row)
        if all(bits <= 0 for bits, _ in bars):
            continue  # nothing speaks for the record
        total = sum((bits for bits, _ in bars), index.model.prior_match_weight)
        # Levels are declared from the most exact down: of equal weights the exact one comes first.
        unlike = sum(row[f"level_{declared.name}"] for declared in COMPARISONS)
        rank = (-round(total, 6), unlike, row["person_id"], row["found_key"])
        known = best.get(row["person_id"])
        if known is None or rank < known[0]:
            best[row["person_id"]] = (rank, row)
    ranked = sorted(best.values(), key=lambda entry: entry[0])
    ranked = [entry for entry in ranked if _worth_showing(-entry[0][0], -ranked[0][0][0])]
    return [_hit(index.model, row) for _, row in ranked[:limit]]


def _worth_showing(weight: float, best: float) -> bool:
    """False for whom almost everything contradicts while somebody else fits."""
    return weight > 0 or best - weight <= SPREAD_BITS


def holds_names(folder: ViewFolder) -> bool:
    """False where the view shows no name of anybody. Raises NoIndex."""
    with _index(folder).cursor() as con:
        [(names,)] = con.execute(
            "SELECT count(coalesce(given_name, shown_surname, alias)) FROM main.indexed_record"
        ).fetchall()
    return bool(names)


def _bars(model: Model, row: dict[str, Any]) -> list[tuple[float, str]]:
    """Bits and words of every comparison that has something to say."""
    bars: list[tuple[float, str]] = []
    for declared, weights in zip(COMPARISONS, model.comparisons, strict=True):
        number = row[f"level_{declared.name}"]
        if number < 0:
            continue
        level, weight = declared.levels[number], weights.levels[number]
        bits = weight.match_weight
        if level.frequency_column is not None:
            bits += model.frequencies.adjustment(weight.u, row[f"tf_{level.frequency_column}"])
        bars.append((bits, f"{declared.label}: {level.label}"))
    return bars


def _hit(model: Model, row: dict[str, Any]) -> SearchHit:
    bars = _bars(model, row)
    names = (row["found_given"], row["found_middle"], row["found_surname"])
    return SearchHit(
        person_id=row["person_id"],
        record_key=row["found_key"],
        match_weight=sum((bits for bits, _ in bars), model.prior_match_weight),
        display_name=" ".join(name for name in names if name) or row["found_alias"],
        birth_date=row["found_birth_date"],
        birth_year=row["found_birth_year"],
        sex=row["found_sex"],
        reasons=tuple(
            f"{words} ({bits:+.1f})" for bits, words in sorted(bars, key=lambda b: (-b[0], b[1]))
        ),
    )
