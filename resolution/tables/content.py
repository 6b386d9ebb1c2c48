"""What columns hold whose headers say nothing: names, dates, sexes, ZIP codes, telephones.

Guarantees: only a field that nothing else was taken for is looked for, only among columns that no
header told, and where two columns fit alike neither is taken (a name, a date: the clearer).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ingest.proposal.meaning import by_header
from resolution.tables.dates import MOSTLY, Counted, Dates, Years, dates_of, year_in, years_of
from resolution.tables.headers import OF_OTHER_THINGS, SAID, Field, said_by
from resolution.tables.naming import is_number, parts_of_names, share_of, whole_names
from resolution.tables.sexes import NUMBERS, are_sexes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingest.proposal.profile import Profile

PARTS: Final = frozenset({Field.GIVEN_NAME, Field.SURNAME})
NAMES: Final = PARTS | {Field.FULL_NAME}
BIRTHS: Final = frozenset({Field.BIRTH_DATE, Field.BIRTH_YEAR})
LEAST_SPAN: Final = 40
"""Years between the earliest and the latest of a column of births: events are of fewer."""
LEAST_AGE: Final = 12
"""Years between the middle birth and the latest: most events are recent ones."""
LEAST_PAIRS: Final = 20
"""Of one name, seen in two years: fewer do not say which day an age is of."""

_ZIP: Final = re.compile(r"\d{5}(-?\d{4})?")
_SHORT_ZIP: Final = re.compile(r"\d{4}|\d{6}")
_POSTCODE: Final = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{2}-\d{3}",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"1[89]\d\d|20\d\d")
# Ten digits of North America, a Chinese mobile, a number that is dialled with its 0 or its +.
_PHONE: Final = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}|1[3-9]\d{9}|0[1-9]\d{7,9}|(\+|00)[1-9]\d{8,13}")
_EVENT: Final = re.compile(
    r"\b(regist\w*|updat\w*|modif\w*|creat\w*|expir\w*|valid|issued?|death|dead|died|deceas\w*|"
    r"dod|visit|service|admit\w*|admission|discharg\w*|book\w*|hear\w*|filed|filing|enter\w*|"
    r"entry|start|end|first|last|from|until|hired?|joined|built|loaded|due|paid|next)\b"
)
_LIKE_A_DATE: Final = re.compile(
    r"-?\d{4,14}|\d{1,4}[-/. ]?\w{1,9}[-/. ]\d{1,4}([T ].*)?|[^\W\d]{3,9} \d{1,2},? \d{4}"
)
_OF_A_DAY: Final = re.compile(r"(dat|dt|day|dob|fec|tag|jour)")


def unsaid(column: str) -> bool:
    """Whether the header speaks of nothing that is known."""
    said = said_by(column)
    return not (
        any(pattern.search(said) for _, pattern in SAID)
        or by_header(column)
        or OF_OTHER_THINGS.search(said)
    )


def of_an_event(column: str) -> bool:
    """Whether the header speaks of a day on which something happened."""
    return bool(_EVENT.search(said_by(column)))


def dated(
    table: duckdb.DuckDBPyRelation, columns: Mapping[str, Profile]
) -> dict[str, tuple[Dates, Years]]:
    """The columns that hold dates or bare years, with which."""
    found = {}
    for column, seen in columns.items():
        if share_of(seen, _LIKE_A_DATE) >= MOSTLY:
            dates = dates_of(table, column)
            years = years_of(table, column, dates)
            if years is not None:
                found[column] = (dates, years)
    return found


def by_content(
    table: duckdb.DuckDBPyRelation, found: Mapping[Field, str], silent: Mapping[str, Profile]
) -> dict[Field, str]:
    """Field to column, of the columns in ``silent`` (with what they hold), none of which is in
    ``found``. Only fields that ``found`` lacks."""
    guessed: dict[Field, str] = {}
    left = dict(silent)

    def take(field: Field, column: str | None) -> None:
        if column is not None:
            guessed[field] = column
            del left[column]

    for field, column in _names(table, found, left).items():
        take(field, column)
    if Field.SEX not in found and (found.keys() | guessed.keys()) & NAMES:
        take(Field.SEX, _sexes(left))
    if Field.ZIP not in found:
        take(Field.ZIP, _postcodes(left, beside_a_street=Field.STREET in found))
    if Field.PHONE not in found:
        take(Field.PHONE, _only(left, _is_phone))
    if not found.keys() & (BIRTHS | {Field.AGE}):
        take(Field.BIRTH_DATE, _birth(dated(table, left)))
    if Field.AGE in found and not found.keys() & (BIRTHS | {Field.OBSERVED_ON}):
        take(Field.OBSERVED_ON, _observed(table, found, dated(table, left)))
    return guessed


def _names(
    table: duckdb.DuckDBPyRelation, found: Mapping[Field, str], columns: Mapping[str, Profile]
) -> dict[Field, str]:
    """Both parts, else a whole name, else one part; beside a known part the other."""
    known = found.keys() & NAMES
    if Field.FULL_NAME in known or known == PARTS:
        return {}
    parts = parts_of_names(table, columns, PARTS - known)
    if known or parts.keys() == PARTS:
        return parts
    whole = whole_names(columns)
    return {Field.FULL_NAME: whole} if whole else parts


def _only(columns: Mapping[str, Profile], fits: Callable[[str, Profile], bool]) -> str | None:
    fitting = [column for column, seen in columns.items() if fits(column, seen)]
    return fitting[0] if len(fitting) == 1 else None


def _sexes(columns: Mapping[str, Profile]) -> str | None:
    lettered = [c for c, seen in columns.items() if seen.codes and are_sexes(seen.codes)]
    if lettered:
        return lettered[0] if len(lettered) == 1 else None
    few = [
        column
        for column, seen in columns.items()
        if seen.codes and seen.values <= 4 and seen.counts["integer"] and not is_number(column)
    ]
    if len(few) == 1 and are_sexes(columns[few[0]].codes, (NUMBERS,)):
        return few[0]
    return None


def _is_postcode(column: str, seen: Profile) -> bool:
    """Letters and figures as few other codes mix them."""
    return seen.values >= 3 and share_of(seen, _POSTCODE) >= 0.95 and not is_number(column)


def _postcodes(columns: Mapping[str, Profile], *, beside_a_street: bool) -> str | None:
    """The plainest: letters and figures, then five digits, then four or six."""

    def digits(shape: re.Pattern[str]) -> Callable[[str, Profile], bool]:
        return lambda column, seen: (
            # A number of each row's own is no place's, and a year is none.
            3 <= seen.values <= 0.7 * seen.sound
            and share_of(seen, shape) >= 0.95
            and share_of(seen, _YEAR) < 0.8
            and not is_number(column)
        )

    fits: list[Callable[[str, Profile], bool]] = [_is_postcode]
    if beside_a_street:
        fits += [digits(_ZIP), digits(_SHORT_ZIP)]
    for one in fits:
        if any(one(column, seen) for column, seen in columns.items()):
            return _only(columns, one)
    return None


def _is_phone(column: str, seen: Profile) -> bool:
    return seen.values >= 5 and share_of(seen, _PHONE) >= 0.95 and not is_number(column)


def _birth(columns: Mapping[str, tuple[Dates, Years]]) -> str | None:
    """The earliest of the columns that look like births."""
    fitting = []
    for column, (dates, years) in columns.items():
        said = said_by(column)
        long = years.latest - years.earliest > LEAST_SPAN
        if not long or years.latest - years.middle < LEAST_AGE or of_an_event(column):
            continue
        # Identifiers are digits too, and ZIP codes: only a time before 1970 is plain.
        if dates.share < 0.5 or (
            dates.counted is not None
            and not (_OF_A_DAY.search(said) if dates.counted is Counted.DAYS else years.below_zero)
        ):
            continue
        fitting.append((years.middle, column))
    return min(fitting)[1] if fitting else None


# Of one name in two years: whether both ages tell one year of birth, or are of one day.
_AGREE: Final = """
SELECT count(*), count(*) FILTER (abs(born - born_before) <= 1),
    count(*) FILTER (abs(age - age_before) <= 1)
FROM (
    SELECT year, age, year - age AS born, lag(year - age) OVER one AS born_before,
        lag(age) OVER one AS age_before, lag(year) OVER one AS year_before
    FROM aged WHERE age IS NOT NULL AND year IS NOT NULL AND name <> ''
    WINDOW one AS (PARTITION BY name ORDER BY year, age))
WHERE year - year_before >= 2
"""


def _observed(
    table: duckdb.DuckDBPyRelation,
    found: Mapping[Field, str],
    columns: Mapping[str, tuple[Dates, Years]],
) -> str | None:
    """The column that says when somebody was as old as is told: where the years and ages of one
    name tell one year of birth most often; where too few names return, the only one."""
    ranked: list[tuple[float, str]] = []
    unjudged: list[str] = []
    for column, (dates, _) in columns.items():
        said = said_by(column)
        if dates.counted is not None and not _OF_A_DAY.search(said):
            continue
        pairs, agree, alike = _agreement(table, found, column, dates)
        if pairs < LEAST_PAIRS:
            unjudged += [] if of_an_event(column) else [column]
        elif agree > alike:
            ranked.append((agree / pairs, column))
    if ranked:
        return max(ranked)[1]
    return unjudged[0] if len(unjudged) == 1 else None


def _agreement(
    table: duckdb.DuckDBPyRelation, found: Mapping[Field, str], column: str, dates: Dates
) -> tuple[int, int, int]:
    """Pairs of rows of one name in two years, how many tell one year of birth, and one age."""
    names = [ColumnExpression(found[field]) for field in sorted(NAMES & found.keys())]
    if not names:
        return (0, 0, 0)
    name = FunctionExpression(
        "lower", FunctionExpression("concat_ws", ConstantExpression(" "), *names)
    )
    age = duckdb.SQLExpression("TRY_CAST(TRY_CAST(age AS DOUBLE) AS INTEGER) AS age")
    said = table.select(
        name.alias("name"), ColumnExpression(found[Field.AGE]).alias("age"), year_in(column, dates)
    )
    aged = said.select(ColumnExpression("name"), age, ColumnExpression("year"))
    judged = aged.query("aged", _AGREE)
    [(pairs, agree, alike)] = judged.fetchall() if judged is not None else [(0, 0, 0)]
    return (int(pairs), int(agree), int(alike))
