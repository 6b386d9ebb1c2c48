"""What else tells people apart: columns that nobody recognised, and telephones that nearly agree.

Guarantees: what a column (an occupation, a place of birth) or a telephone mistyped in one digit
says is learnt from the scored pairs alone, without labels, and bounded by ``MOST_BITS``; a column
that says nothing weighs next to nothing. Identifiers, free text, race, ethnicity, religion and
nationality are never used, in whatever language of terms.tsv they are called; four figures of an
identifier are, and a parent's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ingest.proposal.profile import profile
from resolution.tables.adding import add_bits
from resolution.tables.columns import field_of
from resolution.tables.headers import OF_A_PARENT, PART_OF_AN_ID, SENSITIVE, Field, said_by
from resolution.tables.vocabulary import pattern_of, said_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from ingest.proposal.profile import Profile

MOST_COLUMNS: Final = 4
MOST_BITS: Final = 4.0
MOST_AGAINST_BITS: Final = 1.5
"""People move and change their work, and nobody said that this column does not change."""
BOUNDS: Final = {"most": MOST_BITS, "against": MOST_AGAINST_BITS}
TELEPHONE: Final = -1
"""The number of no column: the first telephone."""
OF_PARENTS: Final = 1000
"""Numbers from here on are of columns that tell of a parent."""
ROUNDS: Final = 3
EXPECTED_PAIRS: Final = 20.0
"""What is expected of a column, that it says nothing, counts as this many pairs."""

_NEVER: Final = re.compile(
    r"\b(id|ids|key|uid|uuid|guid|no|nr|num|number|index|cluster|entity|label|truth|group|"
    r"household|family|dwelling|match\w*|dup\w*|row|record|rec|source|dataset|file|page|line|"
    r"simulant|person|race|ethnic\w*|hispanic|latin[oa]|colou?r|religion|nationality|caste|tribe|"
    r"name|surname|soundex|metaphone|notes?|comments?|created|updated|entered|loaded|batch|year|"
    r"date)\b"
)

_NEVER_ELSEWHERE: Final = pattern_of("never")
_NAME_WORDS: Final = re.compile(
    "|".join(
        (r"\b(full|first|last|given|family|middle|maiden|sur ?name|names?|nm)\b",
         *said_for("given_name", "surname", "name", "whole_name", "birth_name"))
    )
)  # fmt: skip

_RIDS: Final = """
CREATE OR REPLACE TEMP TABLE other_rid AS
WITH told AS (
    SELECT rid, number, value, given FROM other_value JOIN feature USING (record_key)),
share AS (
    SELECT number, value, count(*) / sum(count(*)) OVER (PARTITION BY number) AS share
    FROM told GROUP BY number, value),
alike AS (SELECT number, sum(share * share) AS alike FROM share GROUP BY number)
SELECT rid, number, value, log2(alike / share) AS rarity, given
FROM told JOIN share USING (number, value) JOIN alike USING (number)
UNION ALL
SELECT rid, $telephone, phones[1], 0, given FROM feature WHERE length(phones[1]) >= 7
"""

# One telephone is told by the comparison of contacts; it knows none that nearly agree. Brothers
# and sisters have one mother: that is evidence only where the given names are alike.
_LEVELS: Final = """
CREATE OR REPLACE TEMP TABLE other_pair AS
SELECT rid_l, rid_r, l.number, CASE WHEN l.value = r.value THEN 0
    WHEN l.number = $telephone AND damerau_levenshtein(l.value, r.value) = 1 THEN 1
    WHEN l.number <> $telephone AND jaro_winkler_similarity(l.value, r.value) >= 0.88 THEN 1
    ELSE 2 END AS level,
    CASE WHEN l.value = r.value THEN l.rarity ELSE 0 END AS rarity
FROM pair_of_others JOIN other_rid AS l ON l.rid = rid_l
JOIN other_rid AS r ON r.rid = rid_r AND r.number = l.number
WHERE (l.number <> $telephone OR l.value <> r.value)
    AND (l.number < $of_a_parent OR l.given IS NULL OR r.given IS NULL
        OR l.given = r.given OR jaro_winkler_similarity(l.given, r.given) >= 0.8)
"""

_BITS: Final = """
CREATE OR REPLACE TEMP TABLE other AS
SELECT rid_l, rid_r,
    sum(greatest(least(bits + rarity, $most), -$against)) AS other_bits
FROM other_pair JOIN other_level USING (number, level) GROUP BY rid_l, rid_r
"""

# Against candidates that are two people: they share a name or a home, as what is doubtful does.
_LEARN: Final = """
CREATE OR REPLACE TEMP TABLE other_level AS
WITH judged AS (
    SELECT number, level, 1 / (1 + pow(2, -(match_weight + coalesce(other_bits, 0)))) AS chance
    FROM other_pair JOIN new_score USING (rid_l, rid_r) LEFT JOIN other USING (rid_l, rid_r)),
tally AS (
    SELECT number, level, sum(chance) AS matching, sum(1 - chance) AS others
    FROM judged GROUP BY number, level),
whole AS (
    SELECT number, level, coalesce(matching, 0) AS matching, coalesce(others, 0) AS others
    FROM (SELECT DISTINCT number FROM tally) CROSS JOIN (VALUES (0), (1), (2)) AS v(level)
    LEFT JOIN tally USING (number, level)),
share AS (
    SELECT number, level, others,
        sum(others) OVER (PARTITION BY number) AS all_others,
        matching, sum(matching) OVER (PARTITION BY number) AS all_matching
    FROM whole),
chance AS (
    SELECT *, (others + 1) / (all_others + 3) AS u FROM share)
SELECT number, level,
    log2((matching + $expected * u) / (all_matching + $expected) / u) AS bits
FROM chance ORDER BY number, level
"""


def other_columns(
    con: duckdb.DuckDBPyConnection,
    table: duckdb.DuckDBPyRelation,
    taken: Mapping[Field, str],
    left_out: frozenset[str],
) -> tuple[str, ...]:
    """The columns of ``table`` that could tell people apart though nobody knows what they say."""
    found = []
    for column in table.columns:
        if column in left_out or column in taken.values() or _never(said_by(column)):
            continue
        seen = profile(con, table, column)
        if field_of(column, seen, guess=False) not in (None, Field.CITY):
            continue
        repeats_little = _are_words(seen) or PART_OF_AN_ID.search(said_by(column))
        most = 0.95 if repeats_little else 0.3
        often = 3 <= seen.values <= most * seen.sound and seen.sound >= 0.1 * seen.rows
        if often and seen.longest <= 100:
            found.append(column)
    return tuple(found[:MOST_COLUMNS])


def _never(said: str) -> bool:
    if SENSITIVE.search(said):
        return True
    if OF_A_PARENT.search(said):
        # A mother's name is good evidence, her number or her birthday none of the child's.
        said = _NAME_WORDS.sub(" ", said)
    return bool(_NEVER.search(said) or _NEVER_ELSEWHERE.search(said))


def _are_words(seen: Profile) -> bool:
    """Words are said again and again, also where few repeat; a number may be of one record."""
    plain = [any(c.isalpha() for c in v) and not any(c.isdigit() for c in v) for v in seen.some]
    return sum(plain) >= 0.9 * len(plain) and seen.mean_length <= 40


def start_others(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``other_value`` (record_key, number, value), empty: number is of a header."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE other_value (record_key VARCHAR, number INTEGER, "
        "value VARCHAR)"
    )


def add_other(
    con: duckdb.DuckDBPyConnection,
    table: duckdb.DuckDBPyRelation,
    told: duckdb.Expression,
    key: duckdb.Expression,
    header: str,
    number: int,
) -> None:
    """Add what a column says to ``other_value``. ``header``: its words; ``number``: the same for
    the columns of all tables that are called so, below ``OF_PARENTS``."""
    number += OF_PARENTS if OF_A_PARENT.search(header) else 0
    value = FunctionExpression("lower", told)
    table.select(
        key.alias("record_key"), ConstantExpression(number).alias("number"), value.alias("value")
    ).filter(ColumnExpression("value").isnotnull()).insert_into("other_value")


def prepare_others(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``other_rid`` (rid, number, value, rarity) of ``other_value`` and the telephones in
    ``feature``; nothing is known of it yet."""
    con.execute(_RIDS, {"telephone": TELEPHONE})
    con.execute(
        "CREATE OR REPLACE TEMP TABLE other_level (number INTEGER, level INTEGER, bits DOUBLE)"
    )


def learn_others(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``other_level`` (number, level, bits) from the candidates in ``new_score``, and add
    what it says to their match weights."""
    if not con.table("other_rid").limit(1).fetchall():
        return
    _levels(con, "new_score")
    for _ in range(ROUNDS):
        con.execute(_BITS, BOUNDS)
        con.execute(_LEARN, {"expected": EXPECTED_PAIRS})
    con.execute(_BITS, BOUNDS)
    add_bits(con, con.table("other").select("rid_l, rid_r, other_bits AS bits"))
    con.execute("DROP TABLE other_pair")
    con.execute("DROP TABLE other")


def _levels(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    con.table(pairs).create_view("pair_of_others", replace=True)
    con.execute(_LEVELS, {"telephone": TELEPHONE, "of_a_parent": OF_PARENTS})


def make_other(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``other`` (rid_l, rid_r, other_bits) of the pairs in ``explained_pair``."""
    _levels(con, "explained_pair")
    con.execute(_BITS, BOUNDS)
    con.execute("DROP TABLE other_pair")
