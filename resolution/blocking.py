"""Which pairs are worth scoring.

Guarantees: a pair is a candidate when the two records share at least one blocking key. A key that
more records share than the model's limit is narrowed by name and year of birth, and not blocked on
where that is still too common: the number of candidates grows with the records, never with their
square. Nameless records without a strong identifier are never candidates. Where a model is given,
a pair that could not reach its threshold for review, whatever is yet to be compared, is none
(resolution.bounds).

What is too common is computed from the given records alone, so after the split into views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from resolution.bounds import keep_possible, make_sketch
from resolution.crowded import crowded_keys, set_aside

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from resolution.model import Model

RULES: Final = (
    ("sound of both names, in any order, or of an alias", 1),
    ("short or long given name and sound of the surname", 2),
    ("sound of the surname and year of birth", 3),
    ("short or long given name and birthday", 4),
    ("birthday and one initial", 5),
    ("short or long given name and address", 6),
    ("address and year of birth", 7),
    ("phone", 8),
    ("online account or e-mail", 9),
    ("vehicle", 10),
    ("personal identifier", 11),
    ("alias", 12),
    ("short or long given name, year of birth and locality", 13),
    ("start of both names", 14),
    ("incident and one initial", 15),
    ("sound of any name and address", 16),
    ("every pair of a small table", 17),
    ("short or long given name and a contact of the incident", 18),
    ("start of any name and ZIP code", 19),
    ("start of any name and city", 20),
    ("one initial and ZIP code", 21),
    ("birthday and ZIP code or city", 22),
    ("both initials, day and month of birth", 23),
)

NAMES: Final = {number: name for name, number in RULES}

_NO_KEYS: Final = """
CREATE OR REPLACE TEMP TABLE blocking_key (rid INTEGER, rule TINYINT, key UBIGINT)
"""

_KEYS: Final = """
INSERT INTO blocking_key
WITH f AS (
    SELECT *,
        birth_year || '|' || least(birth_month, birth_day) || '|'
            || greatest(birth_month, birth_day) AS birthday,
        house || '|' || left(street, 4) AS address
    FROM feature WHERE linkable AND rid >= $first AND rid < $end
),
name_pair AS (
    SELECT rid, given_first AS one, surname AS other FROM f
    UNION ALL
    SELECT rid, string_split(name, ' ')[1], string_split(name, ' ')[-1]
    FROM (SELECT rid, unnest(full_names) AS name FROM f) WHERE contains(name, ' ')
),
root AS (SELECT rid, unnest(roots) AS root FROM f),
surname_part AS (
    SELECT rid, name_key(part) AS part FROM (SELECT rid, unnest(surnames) AS part FROM f)
    UNION SELECT rid, surname_key FROM f
),
keyed AS (
    SELECT rid, 1 AS rule,
        least(name_key(one), name_key(other)) || '|' || greatest(name_key(one), name_key(other))
            AS key
    FROM name_pair
    UNION ALL
    SELECT rid, 2, root || '|' || part FROM root JOIN surname_part USING (rid)
    UNION ALL
    SELECT rid, 3, part || '|' || unnest(range(year_low, least(year_high, year_low + 3) + 1))
    FROM f JOIN surname_part USING (rid)
    UNION ALL
    SELECT rid, 4, root || '|' || birthday FROM f JOIN root USING (rid)
    UNION ALL
    SELECT rid, 5, unnest(list_distinct([left(given, 1), left(surname, 1)])) || '|' || birthday
    FROM f
    UNION ALL
    SELECT rid, 6, root || '|' || address FROM f JOIN root USING (rid)
    UNION ALL
    SELECT rid, 7, unnest(range(year_low, least(year_high, year_low + 2) + 1)) || '|' || address
    FROM f
    UNION ALL
    SELECT rid, 8, unnest(phones) FROM f
    UNION ALL
    SELECT rid, 9, unnest(accounts) FROM f
    UNION ALL
    SELECT rid, 10, unnest(plates) FROM f
    UNION ALL
    SELECT rid, 11, strong_id FROM f
    UNION ALL
    SELECT rid, 12, unnest(list_filter(full_names, lambda n: NOT contains(n, ' '))) FROM f
    UNION ALL
    SELECT rid, 13, root || '|' || birth_year || '|' || locality FROM f JOIN root USING (rid)
    UNION ALL
    SELECT rid, 14, left(given, 3) || '|' || left(surname, 4) FROM f
    UNION ALL
    SELECT rid, 15, unnest(list_distinct([left(given, 1), left(surname, 1)])) || '|'
        || incident_key FROM f
    UNION ALL
    SELECT rid, 16, unnest(list_distinct(list_concat([given_key, surname_key],
        coalesce(givens_keys, [])))) || '|' || address
    FROM f
    UNION ALL
    SELECT rid, 18, root || '|' || contact
    FROM (SELECT rid, unnest(list_concat(roots, list_filter(full_names,
        lambda n: NOT contains(n, ' ')))) AS root, circle FROM f), unnest(circle) AS c(contact)
    UNION ALL
    SELECT rid, 18, birth || '|' || unnest(circle) FROM f
)
SELECT DISTINCT rid, rule::TINYINT AS rule, hash(rule, key) AS key
FROM keyed WHERE key IS NOT NULL
"""

# For tables that nobody knows: where names are misspelt and dates are missing, a place is left.
# Narrowed by name they would say what other rules say: one that is too common is dropped.
_WIDE_KEYS: Final = """
INSERT INTO blocking_key
WITH f AS (SELECT * FROM feature WHERE linkable),
start AS (
    SELECT DISTINCT rid, left(unnest(list_concat([given, surname], coalesce(givens, []),
        coalesce(surnames, []))), 4) AS start, zip, city
    FROM f),
keyed AS (
    SELECT rid, 19 AS rule, start || '|' || zip AS key FROM start
    UNION ALL
    SELECT rid, 20, start || '|' || city FROM start
    UNION ALL
    SELECT rid, 21, unnest(list_distinct([left(given, 1), left(surname, 1)])) || '|' || zip FROM f
    UNION ALL
    SELECT rid, 22, birth_month || '|' || birth_day || '|' || zip FROM f
    UNION ALL
    SELECT rid, 22, birth || '|' || city FROM f
    UNION ALL
    SELECT rid, 23, least(left(given, 1), left(surname, 1)) || '|'
        || greatest(left(given, 1), left(surname, 1)) || '|' || birth_month || '|' || birth_day
    FROM f
)
SELECT DISTINCT rid, rule::TINYINT AS rule, hash(rule, key) AS key
FROM keyed WHERE key IS NOT NULL
"""

_SHARED: Final = """
CREATE OR REPLACE TEMP TABLE shared_key AS
SELECT key, any_value(rule) AS rule, count(*)::INTEGER AS holders
FROM blocking_key GROUP BY key HAVING count(*) > 1
"""

_NARROWED: Final = """
SELECT rule, count(*) FROM shared_key WHERE holders > $limit AND rule < 19
GROUP BY rule ORDER BY rule
"""

# Narrowed keys alone are counted again: the others are shared by as many as before.
_NARROW: Final = """
CREATE OR REPLACE TEMP TABLE narrowed_key AS
SELECT rid, blocking_key.rule, hash(key, f.given_key, f.surname_key, f.birth_year) AS key
FROM blocking_key JOIN shared_key USING (key) JOIN feature AS f USING (rid)
WHERE holders > $limit AND shared_key.rule < 19
"""

_DROPPED: Final = """
SELECT rule, count(*) FROM (
    SELECT any_value(rule) AS rule FROM narrowed_key GROUP BY key HAVING count(*) > $limit
    UNION ALL SELECT rule FROM shared_key WHERE holders > $limit AND rule >= 19)
GROUP BY rule ORDER BY rule
"""

_USABLE: Final = """
CREATE OR REPLACE TEMP TABLE usable_key AS
SELECT rid, rule, key FROM blocking_key SEMI JOIN (
    SELECT key FROM shared_key WHERE holders <= $limit) USING (key)
UNION ALL
SELECT rid, rule, key FROM narrowed_key SEMI JOIN (
    SELECT key FROM narrowed_key GROUP BY key
    HAVING count(*) > 1 AND count(*) <= $limit) USING (key)
"""

_DROP: Final = (
    "DROP TABLE blocking_key",
    "DROP TABLE shared_key",
    "DROP TABLE narrowed_key",
)

NO_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE candidate
    (match_key VARCHAR, join_key_l INTEGER, join_key_r INTEGER, rules INTEGER)
"""

_PAIRED: Final = """
CREATE OR REPLACE TEMP TABLE paired AS
SELECT l.rid AS join_key_l, r.rid AS join_key_r, bit_or(1::INTEGER << l.rule) AS rules
FROM usable_key AS l JOIN usable_key AS r ON l.key = r.key AND l.rid < r.rid
WHERE l.rid >= $first AND l.rid < $end
GROUP BY l.rid, r.rid
"""

_KEEP_ALL: Final = """
INSERT INTO candidate SELECT '' AS match_key, join_key_l, join_key_r, rules FROM paired
"""

_EVERY_PAIR: Final = """
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT '' AS match_key, join_key_l, join_key_r,
    coalesce(rules, 0) | (1 << 17) AS rules
FROM (
    SELECT l.rid AS join_key_l, r.rid AS join_key_r
    FROM feature AS l JOIN feature AS r ON l.rid < r.rid
    WHERE l.linkable AND r.linkable
)
LEFT JOIN candidate USING (join_key_l, join_key_r)
"""


RECORDS_PAIRED: Final = 500_000
"""Records whose keys and pairs are made together, which bounds memory; no result depends on it."""


@dataclass(frozen=True, slots=True)
class Blocking:
    """``sharing``: pairs that share a key; ``candidates``: those of them that are to be scored.
    ``narrowed`` maps a rule, in words, to its keys that were too common to be used without name
    and year of birth, ``dropped`` to those that were not used at all. ``crowded``: see
    resolution.crowded."""

    sharing: int
    candidates: int
    dropped: dict[str, int]
    narrowed: dict[str, int]
    crowded: NDArray[np.uint64]


def make_keys(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``blocking_key`` (rid, rule, key) of ``feature``; a key holds its rule's number."""
    con.execute(_NO_KEYS)
    for first in range(0, len(con.table("feature")), RECORDS_PAIRED):
        con.execute(_KEYS, {"first": first, "end": first + RECORDS_PAIRED})


def block(
    con: duckdb.DuckDBPyConnection,
    max_records_per_key: int,
    every_pair_up_to: int = 0,
    *,
    wide: bool = False,
    reaching_review: Model | None = None,
    crowds_aside: bool = False,
) -> Blocking:
    """Make the table ``candidate`` (match_key, join_key_l < join_key_r, rules) from ``feature``.

    ``match_key`` is for Splink, and empty. Bit n of ``rules`` says that the pair shares a key of
    rule n (see RULES). The rules from 19 on are used where ``wide``. ``reaching_review``: the model
    by which pairs that cannot reach review are left out (resolution.bounds); None where all are
    wanted. With ``crowds_aside`` a contact that more than ``max_records_per_key`` hold is taken out
    of ``feature`` (resolution.crowded). Leaves ``usable_key`` (rid, rule, key).
    """
    limit = {"limit": max_records_per_key}
    make_keys(con)
    if wide:
        con.execute(_WIDE_KEYS)
    con.execute(_SHARED)
    narrowed = con.execute(_NARROWED, limit).fetchall()
    con.execute(_NARROW, limit)
    dropped = con.execute(_DROPPED, limit).fetchall()
    con.execute(_USABLE, limit)
    crowded = np.empty(0, dtype=np.uint64)
    if crowds_aside:
        crowded = crowded_keys(con, max_records_per_key)
    for statement in _DROP:
        con.execute(statement)
    if len(crowded):
        set_aside(con, crowded)
    con.execute(NO_PAIRS)
    records = len(con.table("feature"))
    if reaching_review is not None:
        make_sketch(con)
    sharing = 0
    for first in range(0, records, RECORDS_PAIRED):
        con.execute(_PAIRED, {"first": first, "end": first + RECORDS_PAIRED})
        sharing += len(con.table("paired"))
        if reaching_review is None:
            con.execute(_KEEP_ALL)
        else:
            keep_possible(con, reaching_review, records)
    con.execute("DROP TABLE IF EXISTS paired")
    con.execute("DROP TABLE IF EXISTS sketch")
    [(linkable,)] = con.execute("SELECT count(*) FROM feature WHERE linkable").fetchall()
    if linkable <= every_pair_up_to:
        con.execute(_EVERY_PAIR)
    candidates = len(con.table("candidate"))
    return Blocking(
        max(sharing, candidates), candidates, _named(dropped), _named(narrowed), crowded
    )


def _named(counts: list[tuple[int, int]]) -> dict[str, int]:
    return {NAMES[rule]: int(keys) for rule, keys in counts}
