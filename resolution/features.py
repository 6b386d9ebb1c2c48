"""What of a person record can be compared: normalised names, dates, addresses, contacts.

Guarantees: a record's features depend on its row and on public lists alone, never on another
record (non-interference); ``rid`` numbers the records by key, so that nothing depends on the order
of rows; an address marked ``household_protected`` is not compared.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb import ColumnExpression, ConstantExpression

from resolution.around import COLUMNS
from resolution.initials import whole_word
from resolution.lists import public_lists

if TYPE_CHECKING:
    from resolution.model import NameFrequencies

_MACROS: Final = (
    # Letters of any script, without accents or case; digits, punctuation and symbols separate.
    # (The class of all letters says the same and takes ten times as long to compile.)
    r"""
    CREATE OR REPLACE TEMP MACRO words(s) AS
        nullif(trim(regexp_replace(strip_accents(lower(replace(replace(
            left(s, 200), '''', ''), chr(8217), ''))),
            '[\x{0}-\x{60}\x{7B}-\x{BF}\x{D7}\x{F7}\x{2000}-\x{2BFF}\x{3000}-\x{303F}'
            || '\x{FE00}-\x{FE0F}\x{1F000}-\x{1FAFF}]+', ' ', 'g')), '')
    """,
    # Comparing takes the square of a length: names that begin with the same 40 letters are alike.
    """CREATE OR REPLACE TEMP MACRO one_word(w) AS left(replace(w, ' ', ''), 40)""",
    """CREATE OR REPLACE TEMP MACRO joined(s) AS nullif(replace(words(s), ' ', ''), '')""",
    # One sign of an alphabet is an initial; one of Chinese, Japanese or Korean writing is a name.
    f"""CREATE OR REPLACE TEMP MACRO whole_word(w) AS {whole_word("w")}""",
    # What a clerk writes where no name was told says nothing about who it is.
    r"""
    CREATE OR REPLACE TEMP MACRO no_name(w) AS regexp_full_match(w,
        '(unknown|unk|n a|na|nil|null|none|no name|noname|not (given|known|stated|recorded)|nfn'
        || '|nln|refused?|declined|withheld|anonymous|resident|occupant|householder|respond[ae]nt'
        || '|roommate|tenant|caller|client|subject)( (name|first|last|given|surname))?')
    """,
    r"""
    CREATE OR REPLACE TEMP MACRO no_given_name(w) AS no_name(w) OR regexp_full_match(w,
        '(the |a |my )?((old|young|eld)(er|est) )?(baby|infant|newborn|child|kid|boy|girl|male'
        || '|female|man|woman|lady|dad|mom|mum|father|mother|husband|wife|son|daughter|brother'
        || '|sister|spouse|person|adult|minor|juvenile|teen|male child|female child|baby boy'
        || '|baby girl|malechild|femalechild|oldest|youngest|eldest)'
        || '( (child|boy|girl|kid|son|daughter))?'
        || '( of (the )?(house|home|household|mother|family))?')
    """,
    # Written for whoever is not identified, and by courts for whoever must not be.
    """
    CREATE OR REPLACE TEMP MACRO nobody(given, surname) AS
        surname = 'doe' AND given IN ('john', 'jane', 'jon', 'johnny', 'janie', 'jayne')
    """,
    # A key by sound: one letter for letters often confused, no vowels after the first, no doubles.
    """
    CREATE OR REPLACE TEMP MACRO one_letter(s) AS translate(
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(s,
            'tch|sch|sh|ch', 'x', 'g'),
            'ph|gh$', 'f', 'g'),
            'ck|qu|gh|kh', 'k', 'g'),
            '^kn|^gn', 'n'),
        'cqzvdbgj', 'kksftpkx')
    """,
    """
    CREATE OR REPLACE TEMP MACRO name_key(s) AS left(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
            regexp_replace(regexp_replace(one_letter(s), '^[aeiouyhw]+', 'A'),
                '[aeiouyhw]+', '', 'g'),
            'pp', 'p'), 'tt', 't'), 'kk', 'k'), 'ff', 'f'), 'ss', 's'), 'xx', 'x'),
            'll', 'l'), 'mm', 'm'), 'nn', 'n'), 'rr', 'r'),
        8)
    """,
    r"""
    CREATE OR REPLACE TEMP MACRO street_of(s) AS
        nullif(trim(regexp_replace(regexp_replace(regexp_replace(
            regexp_replace(upper(left(s, 200)), '[^A-Z0-9 ]', '', 'g'),
            '^ *[0-9]+[A-Z]? +', ''),
            ' +(APARTMENT|APT|UNIT|STE|SUITE|LOT|NO) .*$', ''),
            ' +(STREET|ST|AVENUE|AVE|AV|ROAD|RD|DRIVE|DR|LANE|LN|COURT|CT|CIRCLE|CIR|PLACE|PL|'
            || 'BOULEVARD|BLVD|TERRACE|TER|WAY|TRAIL|TRL|PARKWAY|PKWY|HIGHWAY|HWY)$', '')), '')
    """,
    r"""
    CREATE OR REPLACE TEMP MACRO house_of(s) AS
        nullif(regexp_extract(upper(s), '^ *([0-9]+)', 1), '')
    """,
    # "Last, First" and "First Last" both become words in the order first ... last.
    r"""
    CREATE OR REPLACE TEMP MACRO alias_words(s) AS
        words(CASE WHEN contains(s, ',')
            THEN split_part(s, ',', 2) || ' ' || split_part(s, ',', 1) ELSE s END)
    """,
    # What is longer than any identifier is none.
    """CREATE OR REPLACE TEMP MACRO short(list) AS list_filter(list, lambda v: length(v) <= 200)""",
    """CREATE OR REPLACE TEMP MACRO nonempty(list) AS CASE WHEN len(list) > 0 THEN list END""",
)

READ: Final = (
    "record_key",
    "feed",
    "role",
    "incident_key",
    "given_name",
    "middle_name",
    "surname",
    "name_suffix",
    "aliases",
    "birth_date",
    "birth_year",
    "age_low_years",
    "age_high_years",
    "observed_on",
    "sex",
    "strong_id",
    "phones",
    "emails",
    "handles",
    "plates",
    "address_line",
    "city",
    "zip",
    "locality_id",
    "household_protected",
)
"""The columns of person_record that features are made of. From which delivery and line a record
comes is not among them: sent again in another file, it is the same record."""

RECORDS_AT_ONCE: Final = 1_500_000
"""Records that are worked on together, which bounds memory; no result depends on it."""

_BOUNDS: Final = """
SELECT record_key FROM (
    SELECT record_key, row_number() OVER (ORDER BY record_key) - 1 AS rid FROM person_record)
WHERE rid > 0 AND rid % $at_once = 0 ORDER BY rid
"""

_BASE: Final = r"""
WITH worded AS MATERIALIZED (
    SELECT *, CASE WHEN NOT no_given_name(words(given_name)) THEN words(given_name) END
            AS given_words,
        CASE WHEN NOT no_name(words(surname)) AND whole_word(words(surname))
            THEN words(surname) END AS surname_words,
        words(middle_name) AS middle_words,
        household_protected IS NOT TRUE AS comparable_address
    FROM part_record
),
cleaned AS MATERIALIZED (
    SELECT
        record_key, feed, role, sex, observed_on,
        coalesce(incident_key, charged_with) AS incident_key, circle, scene, place,
        left(split_part(given_words, ' ', 1), 40) AS given_first,
        one_word(given_words) AS given_joined,
        given_words,
        one_word(surname_words) AS surname,
        surname_words,
        one_word(middle_words) AS middle,
        nullif(regexp_replace(upper(left(name_suffix, 200)), '[^A-Z0-9]', '', 'g'), '') AS suffix,
        list_sort(list_distinct(list_filter(
            list_transform(coalesce(aliases, []), lambda a: alias_words(a)),
            lambda a: a IS NOT NULL))) AS alias_list,
        birth_date,
        coalesce(year(birth_date), birth_year)::INTEGER AS birth_year,
        CASE WHEN birth_date IS NULL AND birth_year IS NULL AND observed_on IS NOT NULL
            THEN age_low_years END AS age_low,
        coalesce(age_high_years, age_low_years) AS age_high,
        age_high_years AS recorded_age_high,
        nonempty(list_sort(list_distinct(short(phones)))) AS phones,
        nonempty(list_sort(list_distinct(
            short(list_concat(coalesce(emails, []), coalesce(handles, [])))))) AS accounts,
        list_min(short(emails)) AS email,
        nonempty(list_sort(list_distinct(short(plates)))) AS plates,
        CASE WHEN length(strong_id) <= 200 THEN strong_id END AS strong_id,
        CASE WHEN length(strong_id) <= 200 THEN nullif(split_part(strong_id, ':', 1), '') END
            AS scheme,
        CASE WHEN comparable_address THEN house_of(address_line) END AS house,
        CASE WHEN comparable_address THEN street_of(address_line) END AS street,
        CASE WHEN comparable_address THEN left(joined(city), 40) END AS city,
        CASE WHEN comparable_address THEN nullif(left(zip, 5), '') END AS zip,
        CASE WHEN comparable_address THEN locality_id END AS locality
    FROM worded
)
SELECT
    (row_number() OVER (ORDER BY record_key) - 1 + $before)::INTEGER AS rid,
    record_key, feed, role, incident_key, sex,
    coalesce(given_joined, CASE WHEN surname IS NULL AND len(alias_list) > 0
        THEN string_split(alias_list[1], ' ')[1] END) AS given,
    coalesce(given_first, given_joined) AS given_first,
    surname, middle, suffix, alias_list,
    list_distinct(list_filter(list_concat(
        coalesce(string_split(given_words, ' '), []),
        CASE WHEN length(middle) > 2 THEN [middle] ELSE [] END,
        list_transform(alias_list, lambda a: string_split(a, ' ')[1]),
        -- A Chinese given name of two signs has two parts.
        coalesce(regexp_extract_all(given_joined, '[\x{4E00}-\x{9FFF}]'), [])),
        lambda t: length(t) > 2 OR (length(t) = 1 AND whole_word(t)))) AS givens,
    list_distinct(list_filter(list_concat(
        coalesce(string_split(surname_words, ' '), []),
        list_transform(list_filter(alias_list, lambda a: contains(a, ' ')),
            lambda a: string_split(a, ' ')[-1])), lambda t: length(t) > 2)) AS surnames,
    list_distinct(list_filter(list_concat(
        [given_joined || ' ' || surname, given_first || ' ' || surname],
        list_filter(list_transform(alias_list, lambda a: CASE WHEN contains(a, ' ')
            THEN string_split(a, ' ')[1] || ' ' || string_split(a, ' ')[-1] ELSE a END),
            lambda a: length(a) > 2)), lambda t: t IS NOT NULL)) AS full_names,
    strftime(birth_date, '%Y%m%d') AS birth,
    birth_year,
    month(birth_date)::INTEGER AS birth_month,
    day(birth_date)::INTEGER AS birth_day,
    coalesce(birth_year, (year(observed_on) - age_high - 1)::INTEGER) AS year_low,
    coalesce(birth_year, (year(observed_on) - age_low)::INTEGER) AS year_high,
    coalesce(CASE WHEN observed_on IS NOT NULL THEN coalesce(
        date_diff('month', birth_date, observed_on) < 216,
        year(observed_on) - birth_year < 18) END,
        recorded_age_high < 18, false) AS is_child,
    phones, accounts, email, plates, circle, place,
    nonempty(list_distinct(list_filter([scene, locality], lambda s: s IS NOT NULL))) AS scenes,
    strong_id, scheme,
    house, CASE WHEN house IS NOT NULL THEN street END AS street,
    zip, city, coalesce(locality, city) AS locality,
    ((nobody(given_first, surname) IS NOT TRUE
            AND (given_joined IS NOT NULL OR surname IS NOT NULL OR len(alias_list) > 0))
        OR strong_id IS NOT NULL
        OR (birth_date IS NOT NULL AND len(accounts) > 0)) AS linkable
FROM cleaned
"""

_FEATURES: Final = """
SELECT
    base.* REPLACE (
        CASE WHEN year_low IS NULL OR year_high IS NULL THEN NULL ELSE year_low END AS year_low,
        nonempty(list_sort(givens)) AS givens, nonempty(list_sort(surnames)) AS surnames,
        nonempty(list_sort(full_names)) AS full_names),
    name_key(base.given) AS given_key,
    name_key(base.surname) AS surname_key,
    nonempty(list_sort(list_distinct(list_transform(givens, lambda g: name_key(g)))))
        AS givens_keys,
    list_sort(list_distinct(list_concat(
        coalesce(whole.roots, [base.given]), coalesce(first.roots, [base.given_first]))))
        AS roots
FROM feature_base AS base
LEFT JOIN nickname AS whole ON whole.name = base.given
LEFT JOIN nickname AS first ON first.name = base.given_first
"""

_MAKE_BASE: Final = "CREATE OR REPLACE TEMP TABLE feature_base AS " + _BASE
_FIRST_FEATURES: Final = "CREATE OR REPLACE TEMP TABLE feature AS " + _FEATURES
_MORE_FEATURES: Final = "INSERT INTO feature " + _FEATURES
FEATURES: Final = f"WITH feature_base AS MATERIALIZED ({_BASE.replace('$before', '0')}) {_FEATURES}"
"""From ``part_record``, on a connection that ``install`` prepared: what is compared of it."""

_FREQUENCIES: Final = (
    """
    CREATE OR REPLACE TEMP TABLE given_frequency AS
    SELECT given, greatest(coalesce(share, 0), $floor) AS tf_given
    FROM (SELECT DISTINCT given FROM feature WHERE given IS NOT NULL) AS found
    LEFT JOIN given_share ON given_share.name = found.given
    """,
    """
    CREATE OR REPLACE TEMP TABLE surname_frequency AS
    SELECT surname, greatest(coalesce(share, 0), $floor) AS tf_surname
    FROM (SELECT DISTINCT surname FROM feature WHERE surname IS NOT NULL) AS found
    LEFT JOIN surname_share ON surname_share.name = found.surname
    """,
)


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection what ``make_features`` needs; once is enough."""
    roots = public_lists().roots
    schema = pa.schema([("name", pa.string()), ("roots", pa.list_(pa.string()))])
    con.register(
        "nickname_list",
        pa.table({"name": list(roots), "roots": [list(r) for r in roots.values()]}, schema=schema),
    )
    con.execute("CREATE OR REPLACE TEMP TABLE nickname AS SELECT * FROM nickname_list")
    con.unregister("nickname_list")
    for macro in _MACROS:
        con.execute(macro)


_NAMED: Final = (
    "given_name IS NOT NULL OR surname IS NOT NULL OR len(aliases) > 0 OR strong_id IS NOT NULL"
)


def named_records(records: duckdb.DuckDBPyRelation) -> int:
    """Rows of person_record with a name or identifier as written: what a model is fitted to.

    Read from the columns alone, so that it is known before features are made, and the same
    whether all records are resolved or those that changed.
    """
    return len(records.filter(_NAMED))


def make_features(con: duckdb.DuckDBPyConnection, records: duckdb.DuckDBPyRelation) -> int:
    """Make the table ``feature`` in ``con``: one row for each row of ``records``.

    ``records`` has the columns of person_record, and those of resolution.around where the records
    have incidents. Returns the number of records that may be linked at all: those with a name or
    a strong identifier.
    """
    install(con)
    nothing = [
        ConstantExpression(None).cast(duckdb.type(kind)).alias(column)
        for column, kind in COLUMNS.items()
        if column not in records.columns
    ]
    around = [column for column in COLUMNS if column in records.columns]
    given = records.select(*READ, *around, *nothing)
    given.create_view("person_record", replace=True)
    [(count,)] = con.execute("SELECT count(*) FROM person_record").fetchall()
    # Tables are sorted by key: a part of the keys is a part of the file.
    bounds = (
        con.execute(_BOUNDS, {"at_once": RECORDS_AT_ONCE}).fetchall()
        if count > RECORDS_AT_ONCE
        else []
    )
    keys = [None, *(key for (key,) in bounds), None]
    for number, (first, end) in enumerate(pairwise(keys)):
        part = given
        if first is not None:
            part = part.filter(ColumnExpression("record_key") >= ConstantExpression(first))
        if end is not None:
            part = part.filter(ColumnExpression("record_key") < ConstantExpression(end))
        part.create_view("part_record", replace=True)
        con.execute(_MAKE_BASE, {"before": number * RECORDS_AT_ONCE})
        con.execute(_FIRST_FEATURES if number == 0 else _MORE_FEATURES)
        con.execute("DROP TABLE feature_base")
    [(linkable,)] = con.execute("SELECT count(*) FROM feature WHERE linkable").fetchall()
    return int(linkable)


def make_frequencies(con: duckdb.DuckDBPyConnection, frequencies: NameFrequencies) -> None:
    """Make ``given_frequency`` and ``surname_frequency``: how common each name of ``feature`` is.

    A name's share is the larger of the public list's and the model's own, and never below the
    floor: a list from 1990 knows too little about names that are rare in it.
    """
    hold_shares(con, frequencies)
    take_frequencies(con, frequencies)


def hold_shares(con: duckdb.DuckDBPyConnection, frequencies: NameFrequencies) -> None:
    """Make what ``take_frequencies`` reads, which does not depend on ``feature``."""
    lists = public_lists()
    schema = pa.schema([("name", pa.string()), ("share", pa.float64())])
    for table, public, own in (
        ("given_share", lists.given_name, frequencies.given_name),
        ("surname_share", lists.surname, frequencies.surname),
    ):
        shares = {**public, **{n: max(share, public.get(n, 0.0)) for n, share in own.items()}}
        con.register(
            table, pa.table({"name": list(shares), "share": list(shares.values())}, schema=schema)
        )


def take_frequencies(con: duckdb.DuckDBPyConnection, frequencies: NameFrequencies) -> None:
    """``make_frequencies`` of another ``feature``, after ``hold_shares``."""
    con.execute(_FREQUENCIES[0], {"floor": frequencies.given_name_floor})
    con.execute(_FREQUENCIES[1], {"floor": frequencies.surname_floor})
