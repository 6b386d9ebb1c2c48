"""The statements of a search, compiled once: what is asked for, and how each candidate compares.

Guarantees: a description becomes features by the very statement that makes records' features, and
is compared by the conditions of resolution.comparisons; its weights are the model's, so that a
hit's weight is what Splink predicts for the pair. The connections hold no record between searches.

Compiling these statements takes a hundred times as long as running them. DuckDB keeps a prepared
statement while no table of its connection comes or goes, so what varies is read from registered
objects that hand out another table each time.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.tables import PERSON_RECORD
from resolution.around import COLUMNS
from resolution.comparisons import COMPARISONS, HOUSEHOLD
from resolution.features import FEATURES, install
from resolution.index import COMPARED, HASHED, NEIGHBOURS, TEXT, TRAITS, VALUES
from resolution.levels import level_case
from resolution.retrieval import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from resolution.model import Model

_TYPES: Final = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DATE": pa.date32(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
}
PERSON_RECORD_SCHEMA: Final = pa.schema([(c.name, _TYPES[c.type]) for c in PERSON_RECORD])
# Nobody searches by what stands around a record.
_AROUND: Final = [pa.field(name, _TYPES[kind]) for name, kind in COLUMNS.items()]

# A name is also looked for where the other name stands, which is farther. Of a date without its
# day, the month is looked for.
_ASK: Final = f"""
WITH feature AS MATERIALIZED (FROM described),
held AS ({VALUES}),
wanted AS (
    SELECT kind, value AS content, 0 AS crossed FROM held
    UNION ALL SELECT 3 - kind, value, 1 FROM held WHERE kind <= 2
    UNION ALL SELECT 7, birth_year || lpad(birth_month::VARCHAR, 2, '0'), 0 FROM feature
    WHERE birth IS NULL AND birth_year IS NOT NULL AND birth_month IS NOT NULL
),
named AS (
    SELECT kind::UTINYINT AS kind, content, min(crossed) AS crossed,
        dense_rank() OVER (ORDER BY least(kind, 2) + greatest(kind, 2), content)::INTEGER AS term
    FROM (SELECT DISTINCT kind, content, crossed FROM wanted) GROUP BY kind, content
),
valued AS MATERIALIZED (
    SELECT *, (row_number() OVER ())::INTEGER AS value, {TEXT} AS text FROM named
)
SELECT term, kind, min(far + crossed)::UTINYINT AS far, key
FROM ({NEIGHBOURS}) JOIN valued USING (value) GROUP BY term, kind, key
ORDER BY term, kind, key
"""  # noqa: S608


# All of this text is made of the declared comparisons; what a user typed are rows, never text.
_COMPARE: Final = f"""
WITH pair AS (
    SELECT r.rid AS found, l.rid AS meant,
        {", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in COMPARED)}
    FROM found AS r CROSS JOIN described AS l
)
SELECT found, meant, {
    ", ".join(
        level_case(c.name, c.not_recorded, (level.condition for level in c.levels))
        for c in COMPARISONS
    )
}
FROM pair ORDER BY found, meant
"""  # noqa: S608


class _Slot:
    """A registered object that hands out another table each time it is read."""

    def __init__(self, schema: pa.Schema) -> None:
        self._empty = schema.empty_table()
        self.table = self._empty

    def clear(self) -> None:
        self.table = self._empty

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class Levels:
    """Row n is one pair: ``found`` (a record's number), ``meant`` (which way of meaning the
    description), and each comparison's level: its place in the comparison, -1 for not recorded
    in both."""

    found: NDArray[np.int32]
    meant: NDArray[np.int32]
    of: dict[str, NDArray[np.int8]]


class Matcher:
    """The compiled statements on a connection of their own; for one thread at a time."""

    def __init__(self, compared: pa.Schema) -> None:
        # One thread a search: a search is too small to split, and requests come in parallel.
        self._con = duckdb.connect(
            config={
                "threads": 1,
                "memory_limit": "1GB",
                "autoload_known_extensions": False,
                "autoinstall_known_extensions": False,
            }
        )
        install(self._con)
        # What reads a table is compiled again at each run, what reads a registered object is not.
        self._nickname = self._con.table("nickname").to_arrow_table()
        self._con.execute("DROP TABLE nickname")
        self._con.register("nickname", self._nickname)
        self._asked_for = _Slot(pa.schema([*PERSON_RECORD_SCHEMA, *_AROUND]))
        self._con.register("part_record", self._asked_for)
        described = self._con.sql(FEATURES).to_arrow_table().schema
        self._schema = described
        self._described = _Slot(described)
        self._found = _Slot(compared)
        self._con.register("described", self._described)
        self._con.register("found", self._found)
        for name, statement in (
            ("features", FEATURES),
            ("keys", _ASK),
            ("traits", TRAITS.replace("FROM feature", "FROM described")),
            ("levels", _COMPARE),
        ):
            self._con.execute(f"PREPARE {name} AS {statement}")
        [(hashed,)] = self._con.execute(HASHED).fetchall()
        self.hashed: Final = int(hashed)

    def describe(self, asked_for: pa.Table) -> pa.Table:
        """Rows of person_record as features, in which they are compared."""
        for field in _AROUND:
            asked_for = asked_for.append_column(field, pa.nulls(len(asked_for), field.type))
        self._asked_for.table = asked_for
        # Few rows: fetched as Python's values, which takes half as long as DuckDB's own Arrow.
        rows = self._con.execute("EXECUTE features").fetchall()
        columns = zip(*rows, strict=True)
        return pa.Table.from_arrays(
            [
                pa.array(values, field.type)
                for values, field in zip(columns, self._schema, strict=True)
            ],
            schema=self._schema,
        )

    def ask(self, described: pa.Table) -> Asked:
        self._described.table = described
        keys, traits = self._run("keys"), self._run("traits")
        return Asked(keys["term"], keys["kind"], keys["far"], keys["key"], traits)

    def compare(self, described: pa.Table, found: pa.Table) -> Levels:
        self._described.table = described
        self._found.table = found
        levels = self._run("levels")
        return Levels(levels.pop("found"), levels.pop("meant"), levels)

    def _run(self, statement: str) -> dict[str, NDArray[Any]]:
        columns = self._con.execute(f"EXECUTE {statement}").fetchnumpy()
        return {name: np.asarray(values) for name, values in columns.items()}

    def forget(self) -> None:
        for slot in (self._asked_for, self._described, self._found):
            slot.clear()


MOST_MATCHERS: Final = max(2, os.cpu_count() or 1)
"""More searches at once than processors end no sooner, and each takes 10 MB: they wait."""


class Turns:
    """A fixed number of matchers, or of the right to compile one (None), handed out in turn.

    Guarantees: whoever waits longest is next. (From a queue, the thread that gives one back takes
    it again before another has woken: of eight threads some waited seconds.)
    """

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free: list[Matcher | None] = [None] * number
        self._waiting: deque[Future[Matcher | None]] = deque()

    def take(self) -> Matcher | None:
        """Waits for its turn."""
        with self._lock:
            if self._free:
                return self._free.pop()
            mine: Future[Matcher | None] = Future()
            self._waiting.append(mine)
        return mine.result()

    def give(self, one: Matcher | None) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set_result(one)
            else:
                self._free.append(one)


_turns = Turns(MOST_MATCHERS)
_compiling = threading.Lock()


@contextmanager
def matcher(compared: pa.Schema) -> Iterator[Matcher]:
    """A matcher for one search, kept for later ones. ``compared``: the schema of an index's
    records, the same for every index that this version opens."""
    mine = _turns.take()
    kept: Matcher | None = None
    try:
        if mine is None:
            mine = Matcher(compared)
        yield mine
        mine.forget()
        kept = mine
    finally:
        # After an error the connection is not used again.
        _turns.give(kept)


def compile_matchers(compared: pa.Schema) -> None:
    """Compile every matcher that may be used at once, so that no search waits for it."""
    # Two that each held some and waited for the rest would wait for ever.
    with _compiling, ExitStack() as held:
        for _ in range(MOST_MATCHERS):
            held.enter_context(matcher(compared))


SURNAME_OF: Final = {"same_both": "same_surname", "similar_both": "similar_surname"}
"""Levels of the household, and what of each is the surname's alone."""


class Weights:
    """The model's weights in the order of levels: how a level is worth so many bits."""

    def __init__(self, model: Model) -> None:
        self._model = model
        # The first weight is of "not recorded in both".
        self._bits = {
            c.name: np.array([0.0, *(level.match_weight for level in c.levels)])
            for c in model.comparisons
        }

    def bits(
        self, levels: Levels, shares: dict[str, NDArray[np.float64]]
    ) -> dict[str, NDArray[np.float64]]:
        """Bits of each pair by comparison. ``shares``: of people with the record's name, by
        frequency column, NaN where nothing is known."""
        return {
            declared.name: self._of(place, levels.of[declared.name], shares)
            for place, declared in enumerate(COMPARISONS)
        }

    def of_level(self, comparison: str, level: str) -> float:
        """Bits of a level, whatever is recorded."""
        of_comparison = next(c for c in self._model.comparisons if c.name == comparison)
        return next(one.match_weight for one in of_comparison.levels if one.name == level)

    def surname_bits(
        self, levels: Levels, shares: dict[str, NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Bits of each pair's household, where only what it says of the surname counts."""
        number = levels.of[HOUSEHOLD.name]
        names = [level.name for level in HOUSEHOLD.levels]
        for whole, part in SURNAME_OF.items():
            number = np.where(number == names.index(whole), names.index(part), number)
        return self._of(COMPARISONS.index(HOUSEHOLD), number, shares)

    def _of(
        self, place: int, number: NDArray[Any], shares: dict[str, NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        declared, weights = COMPARISONS[place], self._model.comparisons[place]
        bits: NDArray[np.float64] = self._bits[declared.name][number + 1]
        for at, level in enumerate(declared.levels):
            if level.frequency_column is not None:
                share = shares[level.frequency_column]
                rarity = self._model.frequencies.weight * np.log2(weights.levels[at].u / share)
                bits = np.where((number == at) & ~np.isnan(share), bits + rarity, bits)
        return bits
