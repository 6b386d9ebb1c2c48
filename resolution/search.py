"""Search as a person: find whom a description may mean, and say why.

Guarantees: only the view's shown values are searched and only they appear in a hit; a hit's weight
is the sum of its reasons' weights and the prior, on the scale of the links' match weights, and
comes from the same comparisons. The same view and query give the same hits in the same order.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.tables import PERSON_RECORD
from resolution.comparisons import COMPARISONS
from resolution.errors import NoIndex
from resolution.features import make_features
from resolution.index import COMPARED, INDEXED_RECORD, KEYS, SEARCH_KEY, build_index
from resolution.model import Model, load_model

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from runs.home import ViewFolder

__all__ = ["PersonQuery", "SearchHit", "build_index", "search"]

MAX_CANDIDATES: Final = 400
OPEN_INDEXES: Final = 6


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """What is known of a person. Any part may be missing; a name may be misspelt.

    ``name``: "First Last", "Last, First" or one name. ``age``: years on ``age_on``. ``phone``,
    ``plate`` and ``handle`` as records hold them (E.164, state:PLATE, site:name), or a handle
    without its site. ``locality_id``: FIPS code.
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


def _variants(name: str | None) -> list[tuple[str | None, str | None, str | None]]:
    """How a name may be meant: (given, middle, surname)."""
    if name is None or not name.strip():
        return [(None, None, None)]
    if "," in name:
        last, _, first = name.partition(",")
        words = [*first.split(), *last.split()]
        given = first.split()[:1]
        middle = first.split()[1:]
        return [(" ".join(given) or None, " ".join(middle) or None, last.strip() or None)]
    words = name.split()
    if len(words) == 1:
        return [(words[0], None, None), (None, None, words[0])]
    found: list[tuple[str | None, str | None, str | None]] = [
        (words[0], " ".join(words[1:-1]) or None, words[-1])
    ]
    if len(words) > 2:
        found.append((words[0], None, " ".join(words[1:])))
        found.append((" ".join(words[:-1]), None, words[-1]))
    return found


def _as_records(query: PersonQuery) -> pa.Table:
    """The query as rows of person_record, one for each way in which its name may be meant."""
    common: dict[str, Any] = {
        "birth_date": query.birth_date,
        "birth_year": query.birth_year,
        "age_low_years": query.age,
        "age_high_years": query.age,
        "observed_on": query.age_on,
        "sex": query.sex,
        "phones": [query.phone] if query.phone else None,
        "emails": [query.email.lower()] if query.email else None,
        "handles": [query.handle.lower()] if query.handle else None,
        "plates": [query.plate.upper()] if query.plate else None,
        "strong_id": query.strong_id,
        "address_line": query.address_line,
        "city": query.city,
        "zip": query.zip,
        "locality_id": query.locality_id,
    }
    rows = [
        {**common, "record_key": str(n), "given_name": g, "middle_name": m, "surname": s}
        for n, (g, m, s) in enumerate(_variants(query.name))
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
        self.model: Model = load_model(folder / "model.json")
        self._con = duckdb.connect(config={"threads": 2, "autoload_known_extensions": False})
        self._con.read_parquet(str(paths[0])).create("indexed_record")
        self._con.read_parquet(str(paths[1])).order("key, rid").create("search_key")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self._con.cursor()


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
        make_features(con, con.from_arrow(_as_records(query)))
        rows = con.sql(_SCORED)
        names = rows.columns
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    best: dict[str, SearchHit] = {}
    for row in found:
        hit = _hit(index.model, row)
        if hit is None:
            continue
        known = best.get(hit.person_id)
        if known is None or _rank(hit) < _rank(known):
            best[hit.person_id] = hit
    return sorted(best.values(), key=_rank)[:limit]


def _rank(hit: SearchHit) -> tuple[float, str, str]:
    return (-round(hit.match_weight, 6), hit.person_id, hit.record_key)


def _hit(model: Model, row: dict[str, Any]) -> SearchHit | None:
    """None where nothing speaks for the record."""
    total = model.prior_match_weight
    reasons: list[tuple[float, str]] = []
    for declared, weights in zip(COMPARISONS, model.comparisons, strict=True):
        number = row[f"level_{declared.name}"]
        if number < 0:
            continue
        level, weight = declared.levels[number], weights.levels[number]
        bits = weight.match_weight
        if level.frequency_column is not None:
            bits += model.frequencies.adjustment(weight.u, row[f"tf_{level.frequency_column}"])
        total += bits
        reasons.append((bits, f"{declared.label}: {level.label} ({bits:+.1f})"))
    if all(bits <= 0 for bits, _ in reasons):
        return None
    names = (row["found_given"], row["found_middle"], row["found_surname"])
    return SearchHit(
        person_id=row["person_id"],
        record_key=row["found_key"],
        match_weight=total,
        display_name=" ".join(name for name in names if name) or row["found_alias"],
        birth_date=row["found_birth_date"],
        birth_year=row["found_birth_year"],
        sex=row["found_sex"],
        reasons=tuple(text for _, text in sorted(reasons, key=lambda r: (-r[0], r[1]))),
    )
