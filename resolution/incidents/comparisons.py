"""What is compared of two reports, in words and as SQL.

Guarantees: a model file says which comparisons and levels it weighs, never how they are tested; the
tests are ``_LEVELS``, one constant statement whose numbers are the levels' places in COMPARISONS,
counted from 1; 0 says nothing (not recorded in both). The first level that holds counts. Race and
ethnicity are compared nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from resolution.incidents.sources import SOURCES

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Level:
    """One level. ``expected_m`` and ``expected_u``: its shares among pairs of one incident and of
    two, before training has seen a pair. A ``fixed`` level keeps them. ``most_m`` bounds what
    training may find: without labels, a couple's next quarrel in the same home looks like the
    first one."""

    name: str
    label: str
    expected_m: float
    expected_u: float
    fixed: bool = False
    most_m: float = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of the report's ``features`` (resolution.incidents.reports)."""

    name: str
    label: str
    features: frozenset[str]
    levels: tuple[Level, ...]

    @property
    def columns(self) -> frozenset[str]:
        """The columns, as table.column, whose values a level gives away: where a view does not
        show them all, the comparison is withheld."""
        return frozenset().union(*(SOURCES[name] for name in self.features))


WHEN: Final = Comparison(
    "when",
    "Day and hour",
    frozenset({"day", "hour", "by_report"}),
    (
        Level("same_day_hour", "same day and hour", 0.78, 0.0001),
        Level("same_day", "same day, an hour not recorded", 0.08, 0.0003),
        Level("same_day_other_hour", "same day, another hour", 0.03, 0.002, most_m=0.05),
        Level("next_day_same_hour", "a day apart, same hour", 0.04, 0.0002),
        Level("next_day", "a day apart", 0.02, 0.003),
        Level(
            "report_day_same_hour",
            "one day is that of the report, up to 45 days after the other; same hour",
            0.03,
            0.0003,
        ),
        Level("report_day", "one day is that of the report, up to 45 days later", 0.01, 0.005),
        Level("same_week", "up to seven days apart", 0.005, 0.01, most_m=0.005),
        Level("other_day", "more than a week apart", 0.002, 0.98, most_m=0.002),
    ),
)
WHERE: Final = Comparison(
    "where",
    "Place and agency",
    frozenset({"agency_id", "place", "place_name", "locality"}),
    (
        Level("place_agency", "same place and agency", 0.5, 0.0002),
        Level("place", "same place, another agency", 0.1, 0.0004),
        Level("agency", "same agency and locality, a place not recorded", 0.25, 0.005),
        Level("agency_other_place", "same agency, another place", 0.03, 0.005),
        Level("locality", "same locality, a place not recorded", 0.08, 0.01),
        Level("locality_other_place", "same locality, another place", 0.03, 0.01),
        Level("elsewhere", "another locality", 0.01, 0.97),
    ),
)
WHAT: Final = Comparison(
    "what",
    "Offenses",
    frozenset({"codes", "code_groups"}),
    (
        Level("same", "same offenses", 0.85, 0.06),
        Level("overlap", "some offense in common", 0.1, 0.03),
        Level("same_group", "offenses of one group", 0.03, 0.05),
        Level("different", "no offense in common", 0.02, 0.86),
    ),
)
WHO: Final = Comparison(
    "who",
    "Persons",
    frozenset({"persons", "rare_persons", "contacts"}),
    (
        Level("two_persons", "two persons or more in common", 0.35, 0.00001),
        Level("person", "a person in common who is in few reports", 0.45, 0.0001),
        Level("busy_person", "a person in common who is in many reports", 0.1, 0.0005),
        Level("contact", "no person, but a contact point in common", 0.05, 0.0005),
        Level("nobody", "no person in common", 0.05, 0.9989, most_m=0.05),
    ),
)
NUMBER: Final = Comparison(
    "number",
    "Case number",
    frozenset({"number", "agency_id"}),
    (
        Level("same_agency", "same number and agency", 0.3, 0.0001, fixed=True),
        Level("same", "same number, another agency", 0.05, 0.001, fixed=True),
        Level("different", "each its own number", 0.65, 0.65, fixed=True),
    ),
)
ARREST: Final = Comparison(
    "arrest",
    "Arrests",
    frozenset({"arrest_days"}),
    (
        Level("same_day", "an arrest on the same day", 0.9, 0.1, fixed=True),
        Level("other_day", "arrests on other days", 0.1, 0.9, fixed=True),
    ),
)
SYSTEM: Final = Comparison(
    "system",
    "Systems",
    frozenset({"feed"}),
    (
        Level("two_systems", "two systems", 0.99, 0.2),
        Level("one_system", "two agencies of one system", 0.01, 0.8, most_m=0.01),
    ),
)
DRUGS: Final = Comparison(
    "drugs",
    "Drugs seized",
    frozenset({"drugs"}),
    (
        Level("same", "a drug in common", 0.8, 0.3, fixed=True),
        Level("different", "other drugs", 0.2, 0.7, fixed=True),
    ),
)

COMPARISONS: Final = (WHEN, WHERE, WHAT, WHO, NUMBER, ARREST, SYSTEM, DRUGS)

_LEVELS: Final = """
CREATE OR REPLACE TEMP TABLE pair_level AS
SELECT iid_l, iid_r,
    (CASE WHEN l.day IS NULL OR r.day IS NULL THEN 0
        WHEN l.day = r.day AND l.hour = r.hour THEN 1
        WHEN l.day = r.day AND (l.hour IS NULL OR r.hour IS NULL) THEN 2
        WHEN l.day = r.day THEN 3
        WHEN abs(l.day - r.day) = 1 AND l.hour = r.hour THEN 4
        WHEN abs(l.day - r.day) = 1 THEN 5
        WHEN (l.by_report AND l.day - r.day BETWEEN 2 AND 45
            OR r.by_report AND r.day - l.day BETWEEN 2 AND 45) AND l.hour = r.hour THEN 6
        WHEN l.by_report AND l.day - r.day BETWEEN 2 AND 45
            OR r.by_report AND r.day - l.day BETWEEN 2 AND 45 THEN 7
        WHEN abs(l.day - r.day) <= 7 THEN 8
        ELSE 9 END)::TINYINT AS "when",
    (CASE WHEN l.agency_id = r.agency_id AND (l.place = r.place OR l.place_name = r.place_name)
            THEN 1
        WHEN l.place = r.place OR l.place_name = r.place_name THEN 2
        WHEN l.agency_id = r.agency_id AND (l.place IS NULL OR r.place IS NULL)
            AND coalesce(l.locality = r.locality, true) THEN 3
        WHEN l.agency_id = r.agency_id THEN 4
        WHEN l.locality IS NULL OR r.locality IS NULL THEN 0
        WHEN l.locality = r.locality AND (l.place IS NULL OR r.place IS NULL) THEN 5
        WHEN l.locality = r.locality THEN 6
        ELSE 7 END)::TINYINT AS "where",
    (CASE WHEN l.codes IS NULL OR r.codes IS NULL THEN 0
        WHEN l.codes = r.codes THEN 1
        WHEN list_has_any(l.codes, r.codes) THEN 2
        WHEN list_has_any(l.code_groups, r.code_groups) THEN 3
        ELSE 4 END)::TINYINT AS what,
    (CASE WHEN len(list_intersect(l.persons, r.persons)) > 1 THEN 1
        WHEN list_has_any(l.rare_persons, r.rare_persons) THEN 2
        WHEN list_has_any(l.persons, r.persons) THEN 3
        WHEN list_has_any(l.contacts, r.contacts) THEN 4
        WHEN l.persons IS NULL OR r.persons IS NULL THEN 0
        ELSE 5 END)::TINYINT AS who,
    (CASE WHEN l.number IS NULL OR r.number IS NULL THEN 0
        WHEN l.number = r.number AND l.agency_id = r.agency_id THEN 1
        WHEN l.number = r.number THEN 2
        ELSE 3 END)::TINYINT AS number,
    (CASE WHEN l.arrest_days IS NULL OR r.arrest_days IS NULL THEN 0
        WHEN list_has_any(l.arrest_days, r.arrest_days) THEN 1
        ELSE 2 END)::TINYINT AS arrest,
    (CASE WHEN l.feed <> r.feed THEN 1 ELSE 2 END)::TINYINT AS system,
    (CASE WHEN l.drugs IS NULL OR r.drugs IS NULL THEN 0
        WHEN list_has_any(l.drugs, r.drugs) THEN 1
        ELSE 2 END)::TINYINT AS drugs
FROM compared JOIN report AS l ON l.iid = iid_l JOIN report AS r ON r.iid = iid_r
"""


def compare(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Make ``pair_level`` (iid_l, iid_r, one level a comparison) for the table ``pairs``."""
    con.table(pairs).create_view("compared", replace=True)
    con.execute(_LEVELS)
    con.execute("DROP VIEW compared")
