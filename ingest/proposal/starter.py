"""Starter SQL: the persons and contact points of one proposed file.

Guarantees: what is written names only columns of the proposed contract, so it binds; a file that
shows no person gets none. These are files for the steward to edit: nothing here is executed but
by the loading that every feed's SQL goes through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.contracts.columns import Kind
from ingest.proposal.meaning import Meaning, name_order, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from ingest.proposal.columns import ProposedColumn

    class _Take(Protocol):
        def __call__(self, column: ProposedColumn | None, said: str, *targets: str) -> None: ...


_PARTIES: Final = {
    "victim": "victim",
    "suspect": "offender",
    "offender": "offender",
    "arrestee": "arrestee",
    "missing": "missing_child",
    "client": "client",
    "caller": "contact",
    "parent": "contact",
    "guardian": "contact",
    "mother": "contact",
    "father": "contact",
    "subject": "subject",
}
_TELLS_A_PERSON: Final = frozenset(
    {Meaning.SURNAME, Meaning.GIVEN_NAME, Meaning.FULL_NAME, Meaning.BIRTH_DATE, Meaning.STRONG_ID}
)
_ALL_PARTIES: Final = frozenset(
    {Meaning.CASE_NUMBER, Meaning.OBSERVED_ON, Meaning.DATE, Meaning.ORI, Meaning.CODE}
)


@dataclass(frozen=True, slots=True)
class Starter:
    """``prepare`` and ``person`` as SQL, without a final semicolon in the latter.

    ``used`` are the columns that a table is filled from, with the table's column; ``others`` those
    of persons that the starter leaves to the steward.
    """

    prepare: str
    person: str
    contacts: bool
    used: dict[str, str]
    others: tuple[str, ...]
    role: str


def starter(
    feed: str, kind: str, key: Sequence[str], columns: Sequence[ProposedColumn]
) -> Starter | None:
    """The SQL of a file's persons; None where no column speaks of one."""
    read = [column for column in columns if column.contract is not None]
    party = _main_party(read)
    if party is None:
        return None
    ours = [column for column in read if _party(column) in (party, "")]
    others = tuple(
        column.name
        for column in read
        if column not in ours and column.meaning not in _ALL_PARTIES | {Meaning.UNKNOWN}
    )
    picked = _Picked(ours)
    used: dict[str, str] = {}
    of_file = next((word for word in _PARTIES if word in kind), "")
    role = _PARTIES.get(party or of_file, "subject")
    lines = [f"SELECT record_key, '{role}' AS role", *_person(picked, key, used)]
    table = f"{kind}_person"
    observed = _day(picked.one(Meaning.OBSERVED_ON) or picked.one(Meaning.DATE))
    mentions = _mentions(picked, table, observed, used)
    return Starter(
        prepare=_prepare(feed, kind, key, columns, table, _persons_only(ours)) + mentions,
        person=",\n       ".join(lines) + f"\nFROM {table}",
        contacts=bool(mentions),
        used=used,
        others=others,
        role=role,
    )


class _Picked:
    """Columns by meaning."""

    def __init__(self, columns: Sequence[ProposedColumn]) -> None:
        self._columns = columns

    def all(self, meaning: Meaning) -> list[ProposedColumn]:
        return [column for column in self._columns if column.meaning is meaning]

    def home(self, meaning: Meaning) -> ProposedColumn | None:
        """The one that speaks of where somebody lives, where several places are named."""
        lives = {"address", "home", "residence", "mailing"}
        told = [one for one in self.all(meaning) if lives & set(words_of(one.header).split())]
        return next(iter(told), None) or self.one(meaning)

    def one(self, meaning: Meaning) -> ProposedColumn | None:
        return next(iter(self.all(meaning)), None)


def _party(column: ProposedColumn) -> str:
    """Whom the header names; the number of a person or a case may name its only party."""
    if column.meaning in (Meaning.STRONG_ID, Meaning.CASE_NUMBER):
        return ""
    words = words_of(column.header).split()
    return next((word for word in words if word in _PARTIES), "")


def _main_party(columns: Sequence[ProposedColumn]) -> str | None:
    """Whose columns the starter takes: the party of whom most is told."""
    told = [_party(column) for column in columns if column.meaning in _TELLS_A_PERSON]
    return max(dict.fromkeys(told), key=told.count) if told else None


def _persons_only(columns: Sequence[ProposedColumn]) -> str:
    """A condition that leaves out rows that tell of nobody; empty where every row does."""
    telling = [
        column
        for column in columns
        if column.meaning in _TELLS_A_PERSON | {Meaning.AGE, Meaning.SEX}
    ]
    if any(column.seen.never_blank for column in telling):
        return ""
    return "\nWHERE " + " OR ".join(f"{column.name} IS NOT NULL" for column in telling)


def _prepare(
    feed: str,
    kind: str,
    key: Sequence[str],
    columns: Sequence[ProposedColumn],
    table: str,
    where: str,
) -> str:
    kinds = {column.name: column.kind for column in columns}
    parts = [name if _is_text(kinds.get(name)) else f"CAST({name} AS VARCHAR)" for name in key] or [
        "delivery",
        "file",
        "CAST(source_line AS VARCHAR)",
    ]
    listed = ", ".join([f"'{feed}'", f"'{kind}'", *parts])
    return (
        f"-- One row a person that {kind} names. A row that is sent again needs the same key.\n"
        f"CREATE TEMP TABLE {table} AS\n"
        f"SELECT *, record_key(['person', {listed}]) AS record_key,\n"
        f"       getvariable('agency_id') AS agency_id\n"
        f"FROM {kind}{where};\n"
    )


def _is_text(kind: Kind | None) -> bool:
    return kind not in (
        Kind.INTEGER,
        Kind.DECIMAL,
        Kind.FLAG,
        Kind.ISO_DATE,
        Kind.US_DATE,
        Kind.NIBRS_DATE,
        Kind.TIMESTAMP,
    )


def _person(picked: _Picked, key: Sequence[str], used: dict[str, str]) -> list[str]:
    lines: list[str] = []

    def take(column: ProposedColumn | None, said: str, *targets: str) -> None:
        if column is not None:
            same = said == f"{column.name} AS {column.name}"
            lines.append(column.name if same else said)
            used[column.name] = ", ".join(targets)

    def take_each(*wanted: tuple[Meaning, str]) -> None:
        for meaning, target in wanted:
            column = picked.one(meaning)
            take(column, f"{column.name if column else ''} AS {target}", target)

    case = picked.one(Meaning.CASE_NUMBER)
    if case is not None:
        take(case, f"{case.name} AS source_id", "source_id")
    elif key:
        lines.append(f"CAST({key[0]} AS VARCHAR) AS source_id")
    _names(picked, take)
    take_each(
        (Meaning.MIDDLE_NAME, "middle_name"),
        (Meaning.NAME_SUFFIX, "name_suffix"),
        (Meaning.ALIASES, "aliases"),
    )
    _birth(picked, take)
    observed = picked.one(Meaning.OBSERVED_ON) or picked.one(Meaning.DATE)
    take(observed, f"{_day(observed)} AS observed_on", "observed_on")
    take_each((Meaning.SEX, "sex"), (Meaning.RACE, "race"), (Meaning.ETHNICITY, "ethnicity"))
    if (issued := picked.one(Meaning.STRONG_ID)) is not None:
        take(issued, f"'{_scheme(issued)}:' || {issued.name} AS strong_id", "strong_id")
    _contacts(picked, lines, used)
    _place(picked, take)
    protected = picked.one(Meaning.PROTECTED)
    said = f"coalesce({protected.name}, false)" if protected else "false"
    take(protected, f"{said} AS household_protected", "household_protected")
    if protected is None:
        lines.append("false AS household_protected")
    return [*lines, "agency_id, delivery, source_line"]


def _names(picked: _Picked, take: _Take) -> None:
    surname, given = picked.one(Meaning.SURNAME), picked.one(Meaning.GIVEN_NAME)
    take(given, f"{given.name if given else ''} AS given_name", "given_name")
    take(surname, f"{surname.name if surname else ''} AS surname", "surname")
    whole = picked.one(Meaning.FULL_NAME)
    if whole is None or surname is not None or given is not None:
        return
    if name_order(whole.seen) == "surname, given":
        said = (
            f"nullif(trim(split_part({whole.name}, ',', 2)), '') AS given_name,\n"
            f"       nullif(trim(split_part({whole.name}, ',', 1)), '') AS surname"
        )
    else:
        said = (
            f"nullif(regexp_extract(squeezed({whole.name}), '^(.*) \\S+$', 1), '') AS given_name,\n"
            f"       nullif(regexp_extract(squeezed({whole.name}), '(\\S+)$', 1), '') AS surname"
        )
    take(whole, said, "given_name", "surname")


def _birth(picked: _Picked, take: _Take) -> None:
    born, year, age = (
        picked.one(meaning) for meaning in (Meaning.BIRTH_DATE, Meaning.BIRTH_YEAR, Meaning.AGE)
    )
    if born is not None:
        day = _day(born)
        by_text = born.kind in (Kind.ISO_DATE_OR_YEAR, Kind.US_DATE_OR_YEAR)
        of = f"year_of({born.name})" if by_text else f"CAST(year({day}) AS SMALLINT)"
        take(born, f"{day} AS birth_date, {of} AS birth_year", "birth_date", "birth_year")
    elif year is not None:
        take(year, f"CAST({year.name} AS SMALLINT) AS birth_year", "birth_year")
    _age(age, take)


def _age(age: ProposedColumn | None, take: _Take) -> None:
    if age is not None:
        low, high = (
            (f"CAST({age.name} AS SMALLINT)",) * 2
            if age.kind is Kind.INTEGER
            else (f"age_low({age.name})", f"age_high({age.name})")
        )
        said = f"{low} AS age_low_years, {high} AS age_high_years"
        take(age, said, "age_low_years", "age_high_years")


def _place(picked: _Picked, take: _Take) -> None:
    for meaning, target in (
        (Meaning.ADDRESS, "address_line"),
        (Meaning.CITY, "city"),
        (Meaning.ZIP, "zip"),
    ):
        column = picked.one(meaning)
        take(column, f"{column.name if column else ''} AS {target}", target)
    place = picked.home(Meaning.FIPS) or picked.home(Meaning.LOCALITY)
    take(place, f"locality_id({place.name if place else ''}) AS locality_id", "locality_id")


def _contacts(picked: _Picked, lines: list[str], used: dict[str, str]) -> None:
    for meaning, function, target in (
        (Meaning.PHONE, "phone_e164", "phones"),
        (Meaning.EMAIL, "lower", "emails"),
        (Meaning.HANDLE, "handle", "handles"),
        (Meaning.PLATE, "plate", "plates"),
    ):
        columns = picked.all(meaning)
        if not columns:
            continue
        lists = [
            column.name if column.kind is Kind.LIST else f"just({_written(picked, column)})"
            for column in columns
        ]
        joined = lists[0]
        for more in lists[1:]:
            joined = f"list_concat({joined}, {more})"
        lines.append(
            f"nonempty(list_filter(list_transform({joined}, lambda one: {function}(one)),\n"
            f"                            lambda one: one IS NOT NULL)) AS {target}"
        )
        used.update({column.name: target for column in columns})
    if (state := picked.one(Meaning.PLATE_STATE)) is not None and picked.one(Meaning.PLATE):
        used[state.name] = "plates"


def _mentions(picked: _Picked, table: str, observed: str | None, used: dict[str, str]) -> str:
    day = f", {observed} AS used_on" if observed else ""
    selects = []
    for meaning, kind in (
        (Meaning.PHONE, "phone"),
        (Meaning.PLATE, "vehicle"),
        (Meaning.HANDLE, "handle"),
    ):
        for column in picked.all(meaning):
            written = _written(picked, column)
            said = f"unnest({column.name})" if column.kind is Kind.LIST else written
            selects.append((kind, said, ""))
            used[column.name] = f"{used[column.name]}, contact_point"
    if (address := picked.one(Meaning.ADDRESS)) is not None:
        city, protected = picked.one(Meaning.CITY), picked.one(Meaning.PROTECTED)
        said = f"address_of({address.name}, {city.name if city else 'NULL'})"
        where = f"\nWHERE NOT coalesce({protected.name}, false)" if protected else ""
        selects.append(("address", said, where))
        used[address.name] = f"{used[address.name]}, contact_point"
    if not selects:
        return ""
    told = "\nUNION ALL BY NAME\n".join(
        f"SELECT '{kind}' AS kind, {said} AS written, record_key{day},\n"
        f"       agency_id, delivery, source_line\nFROM {table}{where}"
        for kind, said, where in selects
    )
    return f"\nINSERT INTO mention BY NAME\n{told};\n"


def _written(picked: _Picked, column: ProposedColumn) -> str:
    """A plate with the state that stands beside it."""
    state = picked.one(Meaning.PLATE_STATE)
    if column.meaning is not Meaning.PLATE or state is None:
        return column.name
    return (
        f"CASE WHEN {column.name} IS NOT NULL THEN concat_ws(':', {state.name}, {column.name}) END"
    )


def _day(column: ProposedColumn | None) -> str | None:
    """The day that a column tells; null where its text is none."""
    if column is None:
        return None
    match column.kind:
        case Kind.TIMESTAMP:
            return f"CAST({column.name} AS DATE)"
        case Kind.ISO_DATE_OR_YEAR | Kind.US_DATE_OR_YEAR:
            return f"full_date({column.name})"
        case Kind.TEXT if column.seen.nearly("compact_date"):
            # 20010203 is of no kind that contracts know.
            return f"CAST(try_strptime({column.name}, '%Y%m%d') AS DATE)"
        case Kind.TEXT:
            kinds = (Kind.ISO_DATE, Kind.US_DATE)
            found = next((kind for kind in kinds if column.seen.nearly(kind)), None)
            macro = found.value if found else "us_date_or_year"
            read = f"as_{macro}({column.name})"
            return read if found else f"full_date({read})"
    return column.name


def _scheme(column: ProposedColumn) -> str:
    said = words_of(column.header)
    for words, scheme in ((r"ssn|soc", "SSN"), (r"\bfbi\b", "FBI"), (r"\bsid\b", "SID")):
        if re.search(words, said):
            return scheme
    return "DL" if re.search(r"\boln\b|driver", said) else column.name.upper()
