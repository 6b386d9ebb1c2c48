"""What is compared, in words: the comparisons and levels that a model file names.

Guarantees: a model file says which comparisons and levels it weighs, never how they are tested;
the tests are here, one constant text per level over the columns of ``resolution.features``. Levels
are tried in order and the first that holds counts. Race and ethnicity are compared nowhere. What
a comparison gives away is read off its own conditions, so that no list of it can fall behind them.

The conditions use functions that every Splink dialect can transpile (Jaro-Winkler similarity,
Damerau-Levenshtein distance, overlap of lists).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from resolution.initials import initial, whole_word
from resolution.sources import SOURCES


@dataclass(frozen=True, slots=True)
class Level:
    """One level. ``expected_m`` and ``expected_u`` are its shares among pairs of one person and
    of two, before training has seen any pair.

    ``frequency_column`` names the column whose value's rarity adjusts the weight. A ``fixed``
    level keeps its expected shares and is never trained: equal shares weigh nothing, because what
    agrees there is counted elsewhere.

    ``label`` is what a run keeps with its links, and a part of what a pair's evidence is hashed
    from: where it changes, what was judged unsure comes back. ``told`` is what is read instead,
    where the condition may hold by more than the label says.
    """

    name: str
    label: str
    condition: str
    expected_m: float
    expected_u: float
    frequency_column: str | None = None
    fixed: bool = False
    told: str | None = None

    @property
    def words(self) -> str:
        """What the level says to a reader."""
        return self.told or self.label


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. ``not_recorded`` is the condition under which it says nothing (weight 0).
    The last level holds when no other does.
    """

    name: str
    label: str
    not_recorded: str
    levels: tuple[Level, ...]

    @property
    def features(self) -> frozenset[str]:
        """The columns of ``resolution.features`` that its conditions and weights read."""
        conditions = (self.not_recorded, *(level.condition for level in self.levels))
        read = {name for condition in conditions for name in _READ.findall(condition)}
        rare = {level.frequency_column for level in self.levels if level.frequency_column}
        return frozenset(read | rare)

    @property
    def columns(self) -> frozenset[str]:
        """The columns, as table.column, whose values a level gives away: where a view does not
        show them all, the comparison is withheld."""
        return frozenset().union(*(SOURCES[name] for name in self.features))


_READ: Final = re.compile(r"\b([a-z_]+)_[lr]\b")


_SWAPPED: Final = (
    "(given_l = surname_r AND surname_l = given_r AND given_l <> surname_l) OR "
    "(jaro_winkler_similarity(given_l, surname_r) >= 0.92 "
    "AND jaro_winkler_similarity(surname_l, given_r) >= 0.92 "
    "AND jaro_winkler_similarity(given_l, given_r) < 0.8)"
)
_SAME_ADDRESS: Final = (
    "house_l = house_r AND (street_l = street_r "
    "OR jaro_winkler_similarity(street_l, street_r) >= 0.9) "
    "AND (coalesce(zip_l = zip_r, true) OR coalesce(city_l = city_r, true))"
)
_SIMILAR_SURNAME: Final = (
    "(surname_key_l = surname_key_r OR jaro_winkler_similarity(surname_l, surname_r) >= 0.9 "
    "OR list_has_any(surnames_l, surnames_r))"
)
_ALIKE: Final = (
    "jaro_winkler_similarity({0}_l, {0}_r) >= 0.8 "
    "OR (length({0}_l) > 4 AND damerau_levenshtein({0}_l, {0}_r) <= 2)"
)
_SAME_HOME: Final = f"(({_SAME_ADDRESS}) OR list_has_any(phones_l, phones_r))"
_OTHER_GIVEN_NAME: Final = (
    "given_l <> given_r AND given_key_l <> given_key_r "
    f"AND {whole_word('given_l')} AND {whole_word('given_r')} "
    "AND jaro_winkler_similarity(given_l, given_r) < 0.88 "
    "AND NOT list_has_any(roots_l, roots_r) AND NOT list_has_any(full_names_l, full_names_r) "
    "AND NOT coalesce(list_has_any(givens_keys_l, givens_keys_r), false) "
    f"AND NOT coalesce({_SWAPPED}, false)"
)

GIVEN_NAME: Final = Comparison(
    "given_name",
    "Given name",
    "given_l IS NULL OR given_r IS NULL",
    (
        Level(
            "same",
            "same given name",
            f"given_l = given_r AND {whole_word('given_l')}",
            0.70,
            0.005,
            "given",
        ),
        Level(
            "nickname", "one is short for the other", "list_has_any(roots_l, roots_r)", 0.05, 0.002
        ),
        Level(
            "alias",
            "a recorded alias is the other's name",
            "list_has_any(full_names_l, full_names_r)",
            0.04,
            1e-05,
        ),
        Level("swapped", "given name and surname swapped", _SWAPPED, 0.01, 1e-05),
        Level(
            "similar",
            "similar spelling or sound",
            "given_key_l = given_key_r OR jaro_winkler_similarity(given_l, given_r) >= 0.88 "
            "OR damerau_levenshtein(given_l, given_r) <= 1",
            0.12,
            0.006,
        ),
        Level(
            "initial",
            "initial only, and it agrees",
            "left(given_l, 1) = left(given_r, 1) "
            f"AND ({initial('given_l')} OR {initial('given_r')})",
            0.02,
            0.005,
        ),
        Level(
            "part",
            "part of the given names, or an alias, agrees or sounds alike",
            "list_has_any(givens_keys_l, givens_keys_r)",
            0.03,
            0.004,
        ),
        Level(
            "crossed",
            "given name is the other's surname",
            "given_l = surname_r OR surname_l = given_r",
            0.005,
            0.0002,
        ),
        Level(
            "alike",
            "given names alike in most letters",
            _ALIKE.format("given"),
            0.02,
            0.02,
        ),
        Level("different", "different given names", "ELSE", 0.03, 0.96),
    ),
)

HOUSEHOLD: Final = Comparison(
    "household",
    "Surname and address together",
    "((surname_l IS NULL OR surname_r IS NULL) AND (house_l IS NULL OR house_r IS NULL)) "
    "AND (phones_l IS NULL OR phones_r IS NULL)",
    (
        Level(
            "same_both",
            "same surname, same address or phone",
            f"surname_l = surname_r AND {_SAME_HOME}",
            0.25,
            0.0003,
        ),
        Level(
            "similar_both",
            "similar surname, same address or phone",
            f"{_SIMILAR_SURNAME} AND {_SAME_HOME}",
            0.05,
            3e-05,
            told="similar surname, part of it or an alias's, same address or phone",
        ),
        Level("same_surname", "same surname", "surname_l = surname_r", 0.45, 0.003, "surname"),
        Level("same_address", "same address, other surname or none", _SAME_ADDRESS, 0.03, 0.0003),
        Level(
            "similar_surname",
            "similar surname, or part of it",
            _SIMILAR_SURNAME,
            0.15,
            0.004,
            told="similar surname, part of it or an alias's",
        ),
        Level(
            "alike_surname", "surnames alike in most letters", _ALIKE.format("surname"), 0.02, 0.02
        ),
        Level("swapped", "names swapped, counted there", _SWAPPED, 0.01, 0.01, fixed=True),
        Level(
            "unknown",
            "surname not recorded in both",
            "surname_l IS NULL OR surname_r IS NULL",
            0.01,
            0.01,
            fixed=True,
        ),
        Level("different", "different surname and address", "ELSE", 0.07, 0.992),
    ),
)

AREA: Final = Comparison(
    "area",
    "Area of residence",
    f"(({_SAME_ADDRESS}) IS TRUE) OR NOT ((zip_l IS NOT NULL AND zip_r IS NOT NULL) "
    "OR (locality_l IS NOT NULL AND locality_r IS NOT NULL))",
    (
        Level("zip", "same ZIP code, other address", "zip_l = zip_r", 0.35, 0.01),
        Level(
            "locality", "same locality", "locality_l = locality_r OR city_l = city_r", 0.25, 0.05
        ),
        Level(
            "similar_locality",
            "similar spelling of the locality",
            "jaro_winkler_similarity(city_l, city_r) >= 0.85 "
            "OR (length(city_l) > 4 AND damerau_levenshtein(city_l, city_r) <= 2)",
            0.03,
            0.005,
        ),
        Level("different", "different localities", "ELSE", 0.37, 0.935),
    ),
)

BIRTH: Final = Comparison(
    "birth",
    "Birth",
    "year_low_l IS NULL OR year_low_r IS NULL",
    (
        Level(
            "twins",
            "same date of birth, similar surname, other given name: twins, or one person",
            f"birth_l = birth_r AND {_OTHER_GIVEN_NAME} AND {_SIMILAR_SURNAME}",
            # Sixteen to one: not enough to join two who share a home, enough to be looked at.
            0.016,
            0.001,
            fixed=True,
            told="same date of birth, similar surname, part of it or an alias's, other given name: "
            "twins, or one person",
        ),
        Level("same_date", "same date of birth", "birth_l = birth_r", 0.70, 5e-05),
        Level(
            "day_month_swapped",
            "day and month swapped",
            "birth_year_l = birth_year_r AND birth_month_l = birth_day_r "
            "AND birth_day_l = birth_month_r",
            0.02,
            1e-05,
        ),
        Level(
            "one_digit",
            "one digit differs or two are swapped",
            "damerau_levenshtein(birth_l, birth_r) <= 1",
            0.08,
            0.0005,
        ),
        Level(
            "two_parts",
            "two of day, month and year agree",
            "(birth_month_l = birth_month_r AND birth_day_l = birth_day_r) "
            "OR (birth_year_l = birth_year_r "
            "AND (birth_month_l = birth_month_r OR birth_day_l = birth_day_r))",
            0.03,
            0.003,
        ),
        Level(
            "near",
            "day and month each off by one at most, year by one or ten",
            "abs(birth_day_l - birth_day_r) <= 1 AND abs(birth_month_l - birth_month_r) <= 1 "
            "AND abs(birth_year_l - birth_year_r) IN (0, 1, 9, 10, 11)",
            0.01,
            0.002,
        ),
        Level(
            "two_digits",
            "two digits differ",
            "damerau_levenshtein(birth_l, birth_r) <= 2",
            0.01,
            0.006,
        ),
        Level(
            "same_year",
            "same year; no full date in one",
            "(birth_l IS NULL OR birth_r IS NULL) AND birth_year_l = birth_year_r",
            0.05,
            0.015,
        ),
        Level(
            "age_fits",
            "recorded age fits",
            "(birth_year_l IS NULL OR birth_year_r IS NULL) "
            "AND year_low_l <= year_high_r AND year_low_r <= year_high_l",
            0.07,
            0.05,
        ),
        Level(
            "age_near",
            "recorded age or year is off by one or two",
            "(birth_l IS NULL OR birth_r IS NULL) "
            "AND year_low_l <= year_high_r + 2 AND year_low_r <= year_high_l + 2",
            0.02,
            0.08,
        ),
        Level(
            "years_apart",
            "more than eight years apart",
            "year_low_l > year_high_r + 8 OR year_low_r > year_high_l + 8",
            0.005,
            0.70,
        ),
        Level("different", "different dates, years or ages", "ELSE", 0.025, 0.15),
    ),
)

MIDDLE_NAME: Final = Comparison(
    "middle_name",
    "Middle name",
    "middle_l IS NULL OR middle_r IS NULL",
    (
        Level(
            "same",
            "same middle name",
            f"middle_l = middle_r AND {whole_word('middle_l')}",
            0.55,
            0.02,
        ),
        Level(
            "initial",
            "same initial or similar",
            "left(middle_l, 1) = left(middle_r, 1)",
            0.40,
            0.08,
        ),
        Level("different", "different middle names", "ELSE", 0.05, 0.9),
    ),
)

SUFFIX: Final = Comparison(
    "suffix",
    "Name suffix",
    "suffix_l IS NULL OR suffix_r IS NULL",
    (
        Level("same", "same suffix", "suffix_l = suffix_r", 0.95, 0.4),
        Level("different", "different suffixes", "ELSE", 0.05, 0.6),
    ),
)

SEX: Final = Comparison(
    "sex",
    "Sex",
    "sex_l IS NULL OR sex_r IS NULL",
    (
        # Soft by decision: clerks guess, and a person's recorded sex can change.
        Level("same", "same sex recorded", "sex_l = sex_r", 0.97, 0.5, fixed=True),
        Level("different", "different sex recorded", "ELSE", 0.03, 0.5, fixed=True),
    ),
)

CONTACT: Final = Comparison(
    "contact",
    "Phones, accounts and vehicles",
    "NOT ((phones_l IS NOT NULL AND phones_r IS NOT NULL) "
    "OR (accounts_l IS NOT NULL AND accounts_r IS NOT NULL) "
    "OR (plates_l IS NOT NULL AND plates_r IS NOT NULL))",
    (
        Level(
            "account",
            "same online account or e-mail",
            "list_has_any(accounts_l, accounts_r)",
            0.2,
            1e-05,
        ),
        Level(
            "similar_account",
            "e-mail spelled alike",
            "jaro_winkler_similarity(email_l, email_r) >= 0.92 "
            "OR damerau_levenshtein(email_l, email_r) <= 2",
            0.05,
            2e-5,
        ),
        Level(
            "family_phone",
            "same phone in one family, counted with the household",
            f"list_has_any(phones_l, phones_r) AND {_SIMILAR_SURNAME}",
            0.01,
            0.01,
            fixed=True,
            told="same phone and similar surname, part of it or an alias's, counted with the "
            "household",
        ),
        Level("phone", "same phone", "list_has_any(phones_l, phones_r)", 0.3, 0.0001),
        Level("vehicle", "same vehicle", "list_has_any(plates_l, plates_r)", 0.1, 0.0001),
        Level("different", "none in common", "ELSE", 0.4, 0.9998),
    ),
)

STRONG_ID: Final = Comparison(
    "strong_id",
    "Personal identifier",
    "scheme_l IS NULL OR scheme_r IS NULL OR scheme_l <> scheme_r",
    (
        Level("same", "same identifier", "strong_id_l = strong_id_r", 0.93, 1e-06),
        Level(
            "one_digit",
            "one digit differs or two are swapped",
            "length(strong_id_l) > 8 AND damerau_levenshtein(strong_id_l, strong_id_r) <= 1",
            0.02,
            1e-05,
        ),
        Level("different", "different identifiers of one kind", "ELSE", 0.05, 0.99998),
    ),
)

_SUSPECT: Final = (
    "role_l IN ('offender', 'arrestee', 'subject', 'defendant') "
    "AND role_r IN ('offender', 'arrestee', 'subject', 'defendant')"
)

INCIDENT: Final = Comparison(
    "incident",
    "Incident and role",
    "incident_key_l IS NULL OR incident_key_r IS NULL",
    (
        Level(
            "suspects",
            "both are suspects of one incident",
            f"incident_key_l = incident_key_r AND {_SUSPECT}",
            0.10,
            1e-4,
        ),
        Level(
            "other_roles",
            "in one incident, in roles that differ",
            "incident_key_l = incident_key_r",
            0.002,
            2e-4,
        ),
        Level("different", "in different incidents", "ELSE", 0.898, 0.9997),
    ),
)

_OWN_CONTACT: Final = (
    "(list_has_any(phones_l, phones_r) OR list_has_any(accounts_l, accounts_r) "
    "OR list_has_any(plates_l, plates_r))"
)
# A record that says too little of who it is about, and another incident.
_SPARSE: Final = (
    "((surname_l IS NULL OR surname_r IS NULL OR year_low_l IS NULL OR year_low_r IS NULL) "
    "AND incident_key_l <> incident_key_r "
    f"AND NOT coalesce({_OWN_CONTACT}, false))"
)
_OTHER_NAME_SAME_DAY: Final = (
    f"(birth_l = birth_r AND surname_l <> surname_r AND NOT coalesce({_SIMILAR_SURNAME}, false))"
)
CIRCLE: Final = Comparison(
    "circle",
    "Around the incidents",
    # Families and households share what their incidents hold: it tells only who a record with
    # one name or no age could be, or one with another name and the same day of birth.
    f"NOT coalesce({_SPARSE} OR ({_OTHER_NAME_SAME_DAY} "
    f"AND (list_has_any(circle_l, circle_r) OR {_OWN_CONTACT})), false)",
    (
        # Fixed: other names on one day of birth are too few to be learnt from. What the names
        # take away for each of the two is the one false name's.
        Level(
            "own_contact_other_name",
            "same day of birth and contact: the other name may be false",
            f"{_OTHER_NAME_SAME_DAY} AND {_OWN_CONTACT}",
            0.02,
            0.001,
            fixed=True,
        ),
        Level(
            "contact_other_name",
            "same day of birth, and both incidents hold a phone, account or vehicle: "
            "the other name may be false",
            _OTHER_NAME_SAME_DAY,
            0.3,
            1e-4,
            fixed=True,
        ),
        Level(
            "contact",
            "both incidents hold a phone, account or vehicle",
            "list_has_any(circle_l, circle_r)",
            0.2,
            0.001,
        ),
        Level("place", "both incidents were at one place", "place_l = place_r", 0.1, 0.001),
        Level("locality", "same locality", "list_has_any(scenes_l, scenes_r)", 0.4, 0.03),
        Level(
            "unknown",
            "locality not recorded in both",
            "scenes_l IS NULL OR scenes_r IS NULL",
            0.1,
            0.1,
            fixed=True,
        ),
        Level("different", "nothing in common", "ELSE", 0.3, 0.968),
    ),
)

# Homes, telephones and incidents stay small: in a view of ten times the people a record shares
# them with as many others as before, its names with ten times as many. Names, birthdays and
# localities are therefore weighed against all people, what few share against those few.
_FEW: Final = f"(({_SAME_ADDRESS}) OR {_OWN_CONTACT} OR strong_id_l = strong_id_r)"
NEAR: Final = Comparison(
    "near",
    "What few can share",
    f"NOT coalesce({_FEW} OR incident_key_l = incident_key_r "
    "OR list_has_any(circle_l, circle_r), false)",
    (
        Level(
            "own",
            "a home, contact or identifier in common: as few share it where records are more",
            _FEW,
            0.5,
            0.5,
            fixed=True,
        ),
        Level(
            "incident",
            "an incident or its contacts in common: as few share it where records are more",
            "ELSE",
            0.5,
            0.5,
            fixed=True,
        ),
    ),
)
"""Weighs what the size of the records takes off the prior, see ``Model.for_records``."""

COMPARISONS: Final = (
    GIVEN_NAME,
    HOUSEHOLD,
    AREA,
    BIRTH,
    MIDDLE_NAME,
    SUFFIX,
    SEX,
    CONTACT,
    STRONG_ID,
    INCIDENT,
    CIRCLE,
    NEAR,
)
"""In the order of the waterfall's bars."""

BY_NAME: Final = {comparison.name: comparison for comparison in COMPARISONS}

GIVEN_AWAY: Final = frozenset().union(*(comparison.columns for comparison in COMPARISONS))
"""The columns that a view must show for every comparison to be told."""


def gamma_of(comparison: str, level: str) -> int:
    """The number of a level as Splink has it, which counts from the last one up."""
    names = [declared.name for declared in BY_NAME[comparison].levels]
    return len(names) - 1 - names.index(level)
