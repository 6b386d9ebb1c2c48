"""A value that many people of the table hold says less of who a record is about.

Guarantees: where a pair agrees on a birth date, a place or a contact, its weight depends on how
many names of the table hold that value: a shelter's telephone, New Year's Day and the capital
count for less than their level, what few hold for more. Bounded, and zero where all values are
alike held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from resolution.comparisons import gamma_of

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
SELECT rid,
    any_value(value) FILTER (kind = 'birth') AS birth,
    any_value(bits) FILTER (kind = 'birth') AS birth_bits,
    any_value(value) FILTER (kind = 'zip') AS zip,
    any_value(bits) FILTER (kind = 'zip') AS zip_bits,
    any_value(value) FILTER (kind = 'city') AS city,
    any_value(bits) FILTER (kind = 'city') AS city_bits,
    any_value(value) FILTER (kind = 'phone') AS phone,
    any_value(bits) FILTER (kind = 'phone') AS phone_bits,
    any_value(value) FILTER (kind = 'account') AS account,
    any_value(bits) FILTER (kind = 'account') AS account_bits,
    any_value(value) FILTER (kind = 'address') AS address,
    any_value(bits) FILTER (kind = 'address') AS address_bits
FROM (
    SELECT rid, kind, hash(value) AS value,
        greatest(least(log2((usual + $some) / (holders + $some)), $most), $least) AS bits
    FROM told JOIN holders USING (kind, value) JOIN usual USING (kind))
GROUP BY rid
"""

_RARE: Final = """
CREATE OR REPLACE TEMP TABLE rare AS
SELECT rid_l, rid_r,
    CASE WHEN gamma_birth = $same_date AND l.birth = r.birth THEN l.birth_bits ELSE 0 END
    + CASE WHEN gamma_area = $zip AND l.zip = r.zip THEN l.zip_bits
        WHEN gamma_area = $locality AND l.city = r.city THEN l.city_bits ELSE 0 END
    + CASE WHEN gamma_contact = $account AND l.account = r.account THEN l.account_bits
        WHEN gamma_contact IN ($phone, $family_phone) AND l.phone = r.phone THEN l.phone_bits
        ELSE 0 END
    + CASE WHEN gamma_household IN ($same_both, $similar_both, $same_address)
        AND l.address = r.address THEN l.address_bits ELSE 0 END AS rare_bits
FROM explained_pair JOIN held_rid AS l ON l.rid = rid_l JOIN held_rid AS r ON r.rid = rid_r
"""


_LEVELS: Final = {
    **{level: gamma_of("birth", level) for level in ("same_date",)},
    **{level: gamma_of("area", level) for level in ("zip", "locality")},
    **{level: gamma_of("contact", level) for level in ("account", "phone", "family_phone")},
    **{
        level: gamma_of("household", level)
        for level in ("same_both", "similar_both", "same_address")
    },
}


def prepare_rarity(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``held_rid`` (rid, and of each kind the value's hash and its bits) of ``feature``."""
    con.execute(_HELD, {"some": SOME_HOLDERS, **BOUNDS})


def make_rare(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``rare`` (rid_l, rid_r, rare_bits) of the pairs in ``explained_pair``."""
    con.execute(_RARE, _LEVELS)
