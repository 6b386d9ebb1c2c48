"""What a pair can weigh at most, told from little: pairs that cannot reach review are not scored.

Guarantees: a pair that is left out would weigh less than its threshold for review, whatever the
model's numbers, so that no link, component or person depends on it. What is tested instead of a
level's condition holds wherever the condition does: overlap of lists by 63 bits of hashes, edit
distance by what it leaves alike, rarity by the rarest share that the model gives. Pairs on which
there is a decision stay.

Why. A key that many share is shared by strangers: most of a large view's candidates cannot reach
review, and scoring one takes six microseconds of edit distances and moved lists; this takes one
(docs/decisions/0016).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from resolution.comparisons import BY_NAME
from resolution.initials import whole_word

if TYPE_CHECKING:
    import duckdb

    from resolution.model import Model

RECORDS_BOUNDED: Final = 500_000
"""Records on each side of the pairs that are looked at together, which bounds memory: with three
times as many the sketches of ten million records did not fit. No result depends on it."""

_MACROS: Final = (
    """
    CREATE OR REPLACE TEMP MACRO bits_of(list) AS list_bit_or(
        list_transform(list, lambda v: 1::UBIGINT << (hash(v) % 63)::INTEGER))
    """,
    """CREATE OR REPLACE TEMP MACRO hash_of(v) AS CASE WHEN v IS NOT NULL THEN hash(v) END""",
)

# Nothing recorded is NULL here too, so that what is not recorded compares as in the conditions.
_SKETCH: Final = """
CREATE OR REPLACE TEMP TABLE sketch AS
SELECT rid, given, surname, hash_of(given_key) AS given_key, hash_of(surname_key) AS surname_key,
    hash_of(middle) AS middle, hash_of(left(middle, 1)) AS middle_initial,
    hash_of(suffix) AS suffix, hash_of(sex) AS sex, hash_of(zip) AS zip, is_child,
    hash_of(birth) AS birth, birth_year, birth_month, birth_day, year_low, year_high,
    email IS NOT NULL AS email,
    hash_of(house) AS house, hash_of(locality) AS locality, hash_of(city) AS city,
    hash_of(incident_key) AS incident, hash_of(place) AS place, hash_of(strong_id) AS strong_id,
    bits_of(roots) AS roots, bits_of(full_names) AS full_names, bits_of(surnames) AS surnames,
    bits_of(givens_keys) AS givens_keys, bits_of(phones) AS phones, bits_of(accounts) AS accounts,
    bits_of(plates) AS plates, bits_of(circle) AS circle, bits_of(scenes) AS scenes
FROM feature ORDER BY rid
"""

_GIVEN: Final = f"""
CASE WHEN l.given IS NULL OR r.given IS NULL THEN 0
WHEN l.given = r.given AND {whole_word("l.given")} THEN $given_name_same
ELSE greatest($given_name_different,
    CASE WHEN l.roots & r.roots <> 0 THEN $given_name_nickname END,
    CASE WHEN l.full_names & r.full_names <> 0 THEN $given_name_alias END,
    CASE WHEN l.given = r.surname OR jaro_winkler_similarity(l.given, r.surname) >= 0.92
        THEN $given_name_swapped END,
    CASE WHEN l.given_key = r.given_key OR jaro_winkler_similarity(l.given, r.given) >= 0.8
        OR (least(length(l.given), length(r.given)) <= 3
            AND abs(length(l.given) - length(r.given)) <= 1)
        THEN greatest($given_name_similar, $given_name_alike) END,
    CASE WHEN least(length(l.given), length(r.given)) = 1 THEN $given_name_initial END,
    CASE WHEN l.givens_keys & r.givens_keys <> 0 THEN $given_name_part END,
    CASE WHEN l.given = r.surname OR l.surname = r.given THEN $given_name_crossed END,
    CASE WHEN length(l.given) > 4 AND abs(length(l.given) - length(r.given)) <= 2
        THEN $given_name_alike END)
END
"""

_HOUSEHOLD: Final = """
CASE WHEN (l.surname IS NULL OR r.surname IS NULL) AND (l.house IS NULL OR r.house IS NULL)
    AND (l.phones IS NULL OR r.phones IS NULL) THEN 0
ELSE greatest(
    CASE WHEN l.surname IS NULL OR r.surname IS NULL THEN greatest($household_unknown,
            CASE WHEN l.surnames & r.surnames <> 0 THEN $household_similar_surname END)
        WHEN l.surname = r.surname THEN $household_same_surname
        WHEN l.surname_key = r.surname_key OR l.surnames & r.surnames <> 0
            OR jaro_winkler_similarity(l.surname, r.surname) >= 0.9
            THEN greatest($household_similar_surname, $household_swapped, $household_alike_surname,
                $household_different)
        WHEN jaro_winkler_similarity(l.surname, r.surname) >= 0.8
            OR (length(l.surname) > 4 AND abs(length(l.surname) - length(r.surname)) <= 2)
            THEN greatest($household_swapped, $household_alike_surname, $household_different)
        ELSE greatest($household_swapped, $household_different) END,
    CASE WHEN l.house = r.house OR l.phones & r.phones <> 0
        THEN CASE WHEN l.surname = r.surname OR l.surname_key = r.surname_key
                OR l.surnames & r.surnames <> 0
                OR jaro_winkler_similarity(l.surname, r.surname) >= 0.9
            THEN greatest($household_same_both, $household_similar_both, $household_same_address)
            ELSE $household_same_address END
    END)
END
"""

_AREA: Final = """
CASE WHEN (l.zip IS NULL OR r.zip IS NULL) AND (l.locality IS NULL OR r.locality IS NULL) THEN 0
ELSE greatest($area_different,
    CASE WHEN l.zip = r.zip THEN $area_zip END,
    CASE WHEN l.locality = r.locality OR l.city = r.city THEN $area_locality END,
    CASE WHEN l.city <> r.city THEN $area_similar_locality END,
    CASE WHEN l.house = r.house THEN 0 END)
END
"""

# One digit that differs, or two neighbours that are swapped, leave two of the three parts as they
# are, unless the neighbours are the year's last and the month's first, or the month's last and
# the day's first.
_BIRTH: Final = """
CASE WHEN l.year_low IS NULL OR r.year_low IS NULL THEN 0
WHEN l.birth = r.birth THEN greatest($birth_twins, $birth_same_date)
WHEN l.birth IS NOT NULL AND r.birth IS NOT NULL THEN greatest($birth_two_digits,
    CASE WHEN l.year_low > r.year_high + 8 OR r.year_low > l.year_high + 8 THEN $birth_years_apart
        ELSE $birth_different END,
    CASE WHEN l.birth_year = r.birth_year AND l.birth_month = r.birth_day
        AND l.birth_day = r.birth_month THEN $birth_day_month_swapped END,
    CASE WHEN (l.birth_year = r.birth_year)::INTEGER + (l.birth_month = r.birth_month)::INTEGER
            + (l.birth_day = r.birth_day)::INTEGER >= 2
        THEN greatest($birth_one_digit, $birth_two_parts) END,
    CASE WHEN (l.birth_year = r.birth_year AND l.birth_month // 10 = r.birth_month // 10
            AND l.birth_day % 10 = r.birth_day % 10 AND l.birth_month % 10 = r.birth_day // 10)
        OR (l.birth_day = r.birth_day AND l.birth_year // 10 = r.birth_year // 10
            AND l.birth_month % 10 = r.birth_month % 10
            AND l.birth_year % 10 = r.birth_month // 10)
        THEN $birth_one_digit END,
    CASE WHEN abs(l.birth_day - r.birth_day) <= 1 AND abs(l.birth_month - r.birth_month) <= 1
        AND abs(l.birth_year - r.birth_year) IN (0, 1, 9, 10, 11) THEN $birth_near END)
ELSE greatest($birth_different,
    CASE WHEN l.year_low > r.year_high + 8 OR r.year_low > l.year_high + 8
        THEN $birth_years_apart END,
    CASE WHEN l.birth_year = r.birth_year THEN $birth_same_year END,
    CASE WHEN l.year_low <= r.year_high AND r.year_low <= l.year_high THEN $birth_age_fits END,
    CASE WHEN l.year_low <= r.year_high + 2 AND r.year_low <= l.year_high + 2
        THEN $birth_age_near END)
END
"""

_ONES: Final = """
CASE WHEN l.middle IS NULL OR r.middle IS NULL THEN 0
    WHEN l.middle = r.middle THEN greatest($middle_name_same, $middle_name_initial)
    WHEN l.middle_initial = r.middle_initial THEN $middle_name_initial
    ELSE $middle_name_different END
+ CASE WHEN l.suffix IS NULL OR r.suffix IS NULL THEN 0
    WHEN l.suffix = r.suffix THEN $suffix_same ELSE $suffix_different END
+ CASE WHEN l.sex IS NULL OR r.sex IS NULL THEN 0
    WHEN l.sex = r.sex THEN $sex_same ELSE $sex_different END
+ CASE WHEN l.strong_id IS NULL OR r.strong_id IS NULL THEN 0
    WHEN l.strong_id = r.strong_id THEN greatest(0, $strong_id_same)
    ELSE greatest(0, $strong_id_one_digit, $strong_id_different) END
+ CASE WHEN l.incident IS NULL OR r.incident IS NULL THEN 0
    WHEN l.incident = r.incident THEN greatest($incident_suspects, $incident_other_roles)
    ELSE $incident_different END
"""

_CONTACT: Final = """
CASE WHEN (l.phones IS NULL OR r.phones IS NULL) AND (l.accounts IS NULL OR r.accounts IS NULL)
    AND (l.plates IS NULL OR r.plates IS NULL) THEN 0
ELSE greatest($contact_different,
    CASE WHEN l.accounts & r.accounts <> 0 THEN $contact_account END,
    CASE WHEN l.email AND r.email THEN $contact_similar_account END,
    CASE WHEN l.phones & r.phones <> 0 THEN greatest($contact_phone, $contact_family_phone) END,
    CASE WHEN l.plates & r.plates <> 0 THEN $contact_vehicle END)
END
"""

_CIRCLE: Final = """
CASE WHEN ((l.surname IS NULL OR r.surname IS NULL OR l.year_low IS NULL OR r.year_low IS NULL)
        AND l.incident <> r.incident)
    OR (l.birth = r.birth AND l.surname <> r.surname)
THEN greatest(0, $circle_unknown, $circle_different,
    CASE WHEN l.circle & r.circle <> 0 OR l.phones & r.phones <> 0 OR l.plates & r.plates <> 0
        OR l.accounts & r.accounts <> 0
        THEN greatest($circle_own_contact_other_name, $circle_contact_other_name, $circle_contact)
    END,
    CASE WHEN l.place = r.place THEN $circle_place END,
    CASE WHEN l.scenes & r.scenes <> 0 THEN $circle_locality END)
ELSE 0 END
"""

_NEAR: Final = """
CASE WHEN l.house = r.house OR l.phones & r.phones <> 0 OR l.accounts & r.accounts <> 0
    OR l.plates & r.plates <> 0 OR l.strong_id = r.strong_id
    THEN greatest(0, $near_own, $near_incident)
WHEN l.incident = r.incident OR l.circle & r.circle <> 0 THEN greatest(0, $near_incident)
ELSE 0 END
"""

AT_MOST: Final = f"""
$prior + {_GIVEN} + {_HOUSEHOLD} + {_AREA} + {_BIRTH} + {_ONES} + {_CONTACT} + {_CIRCLE} + {_NEAR}
"""
"""The most bits that the pair of ``sketch`` rows l and r can have."""
_NAMED: Final = frozenset(re.findall(r"\$(\w+)", AT_MOST))

_POSSIBLE: Final = f"""
SELECT '' AS match_key, join_key_l, join_key_r, rules
FROM paired JOIN sketch AS l ON l.rid = join_key_l JOIN sketch AS r ON r.rid = join_key_r
WHERE l.rid >= $left AND l.rid < $left + $size AND r.rid >= $right AND r.rid < $right + $size
    AND ({AT_MOST} + 1e-6 >= CASE WHEN l.is_child OR r.is_child THEN $least_child ELSE $least END
        OR (join_key_l, join_key_r) IN (SELECT (decided.l, decided.r) FROM decided))
"""  # noqa: S608 - of this module's own texts
_LEFT_ENDS: Final = "SELECT min(join_key_l), max(join_key_l) FROM paired"
_KEEP_POSSIBLE: Final = "INSERT INTO candidate " + _POSSIBLE
_KEEP_TELLING: Final = "INSERT INTO missing_pair " + _POSSIBLE


def make_sketch(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``sketch`` of ``feature``: what ``keep_possible`` reads of each record."""
    for macro in _MACROS:
        con.execute(macro)
    con.execute(_SKETCH)


def most_bits(model: Model) -> dict[str, float]:
    """The parameters of AT_MOST: the most bits that each level can give, and the prior."""
    bits = {
        f"{comparison.name}_{level.name}": level.match_weight
        for comparison in model.comparisons
        for level in comparison.levels
    }
    rarest = {
        "given": model.frequencies.given_name_floor,
        "surname": model.frequencies.surname_floor,
    }
    for weights in model.comparisons:
        for declared, level in zip(BY_NAME[weights.name].levels, weights.levels, strict=True):
            if declared.frequency_column is not None:
                rarity = model.frequencies.adjustment(level.u, rarest[declared.frequency_column])
                bits[f"{weights.name}_{level.name}"] += max(0.0, rarity)
    return {name: bits[name] for name in _NAMED if name in bits} | {
        "prior": model.prior_match_weight
    }


def keep_possible(con: duckdb.DuckDBPyConnection, model: Model, records: int) -> None:
    """Add to ``candidate`` the pairs of ``paired`` (join_key_l < join_key_r, rules) that could
    reach review, and those in ``decided``. ``records``: rows of ``sketch``."""
    least = {"least": model.thresholds.review, "least_child": model.thresholds.review_child}
    _keep(con, _KEEP_POSSIBLE, most_bits(model) | least, records)


def keep_telling(
    con: duckdb.DuckDBPyConnection, model: Model, records: int, least_margin: float
) -> None:
    """Add to ``missing_pair`` the pairs of ``paired`` whose margin over the threshold for a link
    could be ``least_margin`` or more, and those in ``decided``."""
    accept, accept_child = model.thresholds.accept, model.thresholds.accept_child
    least = {"least": accept + least_margin, "least_child": accept_child + least_margin}
    _keep(con, _KEEP_TELLING, most_bits(model) | least, records)


def _keep(
    con: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, float], records: int
) -> None:
    [(lowest, highest)] = con.execute(_LEFT_ENDS).fetchall()
    if lowest is None:
        return
    first = lowest // RECORDS_BOUNDED * RECORDS_BOUNDED
    for left in range(first, highest + 1, RECORDS_BOUNDED):
        for right in range(left, records, RECORDS_BOUNDED):
            con.execute(
                statement, {**parameters, "left": left, "right": right, "size": RECORDS_BOUNDED}
            )
