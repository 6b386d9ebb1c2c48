"""A value that many people of the table hold says less of who a record is about.

Guarantees: where a pair agrees on a birth date, a place or a contact, its weight depends on how
many names of the table hold that value: a shelter's telephone, New Year's Day and the capital
count for less than their level, what few hold for more. Bounded, and zero where all values are
alike held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from resolution.comparisons import BY_NAME

if TYPE_CHECKING:
    import duckdb

SOME_HOLDERS: Final = 10.0
"""Holders that a value is taken to have besides those seen: a few more or less tell nothing."""
BOUNDS: Final = {"most": 4.0, "least": -8.0}

# Copies of a record, and a person's records, are mostly of one name: names are counted.
_HELD: Final = """
CREATE OR REPLACE TEMP TABLE held_rid AS
WITH told AS (
    SELECT rid, 'birth' AS kind, birth AS value FROM feature WHERE birth IS NOT NULL
    UNION ALL SELECT rid, 'zip', zip FROM feature WHERE zip IS NOT NULL
    UNION ALL SELECT rid, 'city', locality FROM feature WHERE locality IS NOT NULL
    UNION ALL SELECT rid, 'phone', phones[1] FROM feature WHERE phones IS NOT NULL
    UNION ALL SELECT rid, 'account', accounts[1] FROM feature WHERE accounts IS NOT NULL
    UNION ALL SELECT rid, 'address', concat_ws('|', house, street, coalesce(zip, city))
    FROM feature WHERE house IS NOT NULL AND street IS NOT NULL
),
named AS (
    SELECT rid, coalesce(hash(given_key, surname_key), hash(rid)) AS name FROM feature
),
holders AS (
    SELECT kind, value, count(DISTINCT name) AS holders FROM told JOIN named USING (rid)
    GROUP BY kind, value
),
usual AS (
    SELECT kind, sum(holders * holders) / sum(holders) AS usual FROM holders GROUP BY kind
)
SELECT rid, kind, value,
    greatest(least(log2((usual + $some) / (holders + $some)), $most), $least) AS bits
FROM told JOIN holders USING (kind, value) JOIN usual USING (kind)
"""

_COUNTED: Final = """
CREATE OR REPLACE TEMP TABLE counted_level AS
SELECT * FROM (VALUES
    ('birth', 'birth', $same_date), ('area', 'zip', $zip), ('area', 'city', $locality),
    ('contact', 'account', $account), ('contact', 'phone', $phone),
    ('contact', 'phone', $family_phone), ('household', 'address', $same_both),
    ('household', 'address', $similar_both), ('household', 'address', $same_address)
) AS level(comparison, kind, gamma)
"""

_RARE: Final = """
CREATE OR REPLACE TEMP TABLE rare AS
WITH agreed AS (
    SELECT rid_l, rid_r, unnest([
        {'comparison': 'birth', 'gamma': gamma_birth},
        {'comparison': 'area', 'gamma': gamma_area},
        {'comparison': 'contact', 'gamma': gamma_contact},
        {'comparison': 'household', 'gamma': gamma_household}], recursive := true)
    FROM explained_pair
)
SELECT rid_l, rid_r, sum(l.bits) AS rare_bits
FROM agreed JOIN counted_level USING (comparison, gamma)
JOIN held_rid AS l ON l.rid = rid_l AND l.kind = counted_level.kind
JOIN held_rid AS r ON r.rid = rid_r AND r.kind = counted_level.kind AND r.value = l.value
GROUP BY rid_l, rid_r
"""


def _gamma(comparison: str, level: str) -> int:
    """Splink counts a comparison's levels from the last one up."""
    names = [declared.name for declared in BY_NAME[comparison].levels]
    return len(names) - 1 - names.index(level)


def prepare_rarity(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``held_rid`` (rid, kind, value, bits) of ``feature``."""
    con.execute(_HELD, {"some": SOME_HOLDERS, **BOUNDS})
    con.execute(
        _COUNTED,
        {
            "same_date": _gamma("birth", "same_date"),
            "zip": _gamma("area", "zip"),
            "locality": _gamma("area", "locality"),
            **{level: _gamma("contact", level) for level in ("account", "phone", "family_phone")},
            **{
                level: _gamma("household", level)
                for level in ("same_both", "similar_both", "same_address")
            },
        },
    )


def make_rare(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``rare`` (rid_l, rid_r, rare_bits) of the pairs in ``explained_pair``."""
    con.execute(_RARE)
