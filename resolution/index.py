"""A view's search index: which records hold a value, and which values are near another.

Guarantees: built from the view's shown records and persons alone, in its ``search/`` folder; the
same view gives the same bytes. A value is found spelt right, with one or two letters wrong, by
sound, by its beginning or by a nickname; a number with a digit wrong, or without what stands
before it (area code, state, site); a date with a part wrong. The index holds each distinct value's
neighbours once, not each record's, and is mapped into memory: a search touches little of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MEMBERSHIP
from resolution.features import make_features, make_frequencies, named_records
from resolution.mapped import write_numbers, write_rows_of
from resolution.model import load_model, save_model
from runs.duck import connect
from runs.manifest import write_whole
from runs.schema import Column, Table, read_table

if TYPE_CHECKING:
    from runs.home import ViewFolder

FORMAT: Final = 3
ACCEPTED_MODEL: Final = Path(__file__).parent / "models" / "accepted.json"

_TEXTS: Final = (
    "given",
    "given_first",
    "surname",
    "middle",
    "suffix",
    "given_key",
    "surname_key",
    "sex",
    "birth",
    "strong_id",
    "scheme",
    "house",
    "street",
    "email",
    "zip",
    "city",
    "locality",
    "role",
    "incident_key",
    "place",
)
_NUMBERS: Final = ("birth_year", "birth_month", "birth_day", "year_low", "year_high")
_LISTS: Final = (
    "givens",
    "givens_keys",
    "surnames",
    "full_names",
    "roots",
    "phones",
    "accounts",
    "plates",
    "circle",
    "scenes",
)
COMPARED: Final = (*_TEXTS, *_NUMBERS, *_LISTS)
"""Columns of resolution.features that comparisons read."""

INDEXED_RECORD: Final = Table(
    "indexed_record",
    ("rid",),
    (
        Column("rid", "INTEGER", "number of the record in this index: its place"),
        Column("record_key", "VARCHAR", "the record", key_of="person_record"),
        Column("person_id", "VARCHAR", "the person that it refers to"),
        Column("given_name", "VARCHAR", "as shown", personal=True),
        Column("middle_name", "VARCHAR", "as shown", personal=True),
        Column("shown_surname", "VARCHAR", "as shown", personal=True),
        Column("alias", "VARCHAR", "first alias, as shown", personal=True),
        Column("birth_date", "DATE", "as shown", personal=True),
        *(Column(name, "VARCHAR", "compared", personal=True) for name in _TEXTS),
        *(Column(name, "INTEGER", "compared", personal=True) for name in _NUMBERS),
        *(Column(name, "VARCHAR[]", "compared", personal=True) for name in _LISTS),
        Column("tf_given", "DOUBLE", "share of people with the given name"),
        Column("tf_surname", "DOUBLE", "share of people with the surname"),
    ),
    "A shown record in the form in which it is compared.",
)

SEARCH_TRAIT: Final = Table(
    "search_trait",
    (),
    (
        Column("person", "INTEGER", "number of the person that the record refers to"),
        Column("year_low", "SMALLINT", "earliest year of birth; 0 where unknown", personal=True),
        Column("year_high", "SMALLINT", "latest year of birth; 0 where unknown", personal=True),
        Column("sex", "UTINYINT", "its character; 0 where unknown", personal=True),
        Column("initial", "INTEGER", "the given name's first character or 0", personal=True),
        Column("zip", "UBIGINT", "hash, 0 where unknown", personal=True),
        Column("locality", "UBIGINT", "hash, 0 where unknown", personal=True),
    ),
    "What narrows a search but is held by too many to look up: row n is of record n.",
)

SEARCH_VALUE: Final = Table(
    "search_value",
    (),
    (
        Column("first", "BIGINT", "place of its first row in search_posting"),
        Column("records", "INTEGER", "how many records hold it"),
    ),
    "A distinct value of one kind; its number is its place.",
)

SEARCH_POSTING: Final = Table(
    "search_posting",
    (),
    (Column("rid", "INTEGER", "a record that holds the value"),),
    "The records of each value, value by value.",
)

SEARCH_NEIGHBOUR: Final = Table(
    "search_neighbour",
    (),
    (
        Column("key", "UBIGINT", "hash of way, kind and text; ascending", personal=True),
        Column("value", "INTEGER", "a value that has the key"),
    ),
    "From what two values have in common to the values.",
)

SEARCH_PERSON: Final = Table(
    "search_person",
    (),
    (
        Column("first", "BIGINT", "place of its first row in search_person_record"),
        Column("records", "INTEGER", "how many records refer to it"),
    ),
    "A person; its number is its place.",
)

SEARCH_PERSON_RECORD: Final = Table(
    "search_person_record",
    (),
    (Column("rid", "INTEGER", "a record of the person"),),
    "The records of each person, person by person.",
)

NUMBERS: Final = (
    SEARCH_TRAIT,
    SEARCH_VALUE,
    SEARCH_POSTING,
    SEARCH_NEIGHBOUR,
    SEARCH_PERSON,
    SEARCH_PERSON_RECORD,
)

GIVEN, SURNAME, PHONE, ACCOUNT, PLATE, STRONG_ID, BIRTH, ADDRESS = range(1, 9)

TRAITS: Final = """
SELECT coalesce(CASE WHEN year_low BETWEEN 1 AND 9999 THEN year_low END, 0)::SMALLINT AS year_low,
    coalesce(CASE WHEN year_high BETWEEN 1 AND 9999 THEN year_high END, 0)::SMALLINT AS year_high,
    coalesce(ascii(sex) % 256, 0)::UTINYINT AS sex,
    coalesce(ascii(given), 0)::INTEGER AS initial,
    CASE WHEN zip IS NULL THEN 0 ELSE hash(zip) END::UBIGINT AS zip,
    CASE WHEN locality IS NULL THEN 0 ELSE hash(locality) END::UBIGINT AS locality,
    rid
FROM feature
"""

# Kinds are the numbers above. A single letter tells nothing, a single sign of another script does.
VALUES: Final = """
SELECT DISTINCT rid, kind::UTINYINT AS kind, value FROM (
    SELECT rid, 1 AS kind,
        unnest(list_concat([given, given_first, middle], coalesce(givens, []))) AS value
    FROM feature
    UNION ALL SELECT rid, 2, unnest(list_concat([surname], coalesce(surnames, []))) FROM feature
    UNION ALL SELECT rid, 3, unnest(phones) FROM feature
    UNION ALL SELECT rid, 4, unnest(accounts) FROM feature
    UNION ALL SELECT rid, 5, unnest(plates) FROM feature
    UNION ALL SELECT rid, 6, strong_id FROM feature
    UNION ALL SELECT rid, 7, birth FROM feature
    UNION ALL SELECT rid, 8, house || ' ' || street FROM feature
)
WHERE length(value) > 1 OR value > '~'
"""

# Of ``valued`` (value: its number, kind, content, text: what of it can be misspelt) every key by
# which it is found, and how far that is from the value itself (0: the value).
NEIGHBOURS: Final = """
SELECT value, far::UTINYINT AS far, hash(way, kind, key) AS key FROM (
    SELECT value, kind, 0 AS far, 'is' AS way, content AS key FROM valued
    UNION ALL
    SELECT value, kind, 1, 'less', unnest(list_append(list_transform(range(length(text)),
        lambda cut: left(text, cut::INTEGER) || substr(text, cut::INTEGER + 2)), text))
    FROM valued WHERE kind <> 8 AND length(text) BETWEEN 3 AND CASE kind WHEN 4 THEN 40 ELSE 20 END
    UNION ALL
    SELECT value, kind, 3, 'less two', unnest(list_distinct(flatten(list_transform(
        range(1, length(text)), lambda two: list_transform(range(two),
            lambda one: left(text, one::INTEGER)
                || substr(text, one::INTEGER + 2, (two - one - 1)::INTEGER)
                || substr(text, two::INTEGER + 2))))))
    FROM valued WHERE kind <= 2 AND length(text) BETWEEN 6 AND 14
    UNION ALL
    SELECT value, kind, 1, 'short', unnest(coalesce(roots, [text]))
    FROM valued LEFT JOIN nickname ON name = text WHERE kind = 1
    UNION ALL
    SELECT value, kind, 2, 'sound', name_key(text) FROM valued WHERE kind <= 2
    UNION ALL
    SELECT value, kind, 4, 'start', left(text, 4)
    FROM valued WHERE kind <= 2 AND length(text) >= 4
    UNION ALL
    SELECT value, kind, 1, 'bare', text FROM valued WHERE kind IN (4, 5)
    UNION ALL
    SELECT value, kind, 2, 'last seven', right(text, 7) FROM valued WHERE kind = 3
    UNION ALL
    SELECT value, kind, 1, 'swapped', left(text, 4)
        || least(substr(text, 5, 2), substr(text, 7))
        || greatest(substr(text, 5, 2), substr(text, 7))
    FROM valued WHERE kind = 7
    UNION ALL
    SELECT value, kind, 2, 'day', substr(text, 5) FROM valued WHERE kind = 7
    UNION ALL
    SELECT value, kind, 3, 'month', left(text, 6) FROM valued WHERE kind = 7
    UNION ALL
    SELECT value, kind, 1, 'start', split_part(content, ' ', 1) || ' ' || left(text, 4)
    FROM valued WHERE kind = 8
    UNION ALL
    SELECT value, kind, 2, 'sound', split_part(content, ' ', 1) || ' ' || name_key(lower(text))
    FROM valued WHERE kind = 8
)
WHERE key <> ''
"""

# What of a value can be misspelt: no area code's country, no state, no site, no number of a house.
TEXT: Final = """
CASE kind WHEN 3 THEN right(content, 10)
    WHEN 4 THEN split_part(content, ':', -1) WHEN 5 THEN split_part(content, ':', -1)
    WHEN 8 THEN substr(content, position(' ' IN content) + 1)
    ELSE content END
"""

_RECORDS: Final = """
SELECT
    -- A handle is also found without its site, a plate without its state.
    feature.* REPLACE (
        nonempty(list_sort(list_distinct(list_concat(coalesce(accounts, []),
            list_transform(coalesce(accounts, []), lambda a: split_part(a, ':', 2))))))
            AS accounts,
        nonempty(list_sort(list_distinct(list_concat(coalesce(feature.plates, []),
            list_transform(coalesce(feature.plates, []), lambda p: split_part(p, ':', 2))))))
            AS plates),
    person_id,
    person_record.given_name, person_record.middle_name, person_record.aliases[1] AS alias,
    person_record.surname AS shown_surname, person_record.birth_date,
    tf_given, tf_surname
FROM feature
JOIN person_record USING (record_key)
JOIN membership USING (record_key)
LEFT JOIN given_frequency USING (given)
LEFT JOIN surname_frequency ON surname_frequency.surname = feature.surname
ORDER BY rid
"""

_MAKE: Final = (
    f"CREATE TEMP TABLE held AS {VALUES}",
    f"""
    CREATE TEMP TABLE valued AS
    SELECT (row_number() OVER (ORDER BY kind, content) - 1)::INTEGER AS value, kind, content,
        records::INTEGER AS records, {TEXT} AS text
    FROM (SELECT kind, value AS content, count(*) AS records FROM held GROUP BY ALL)
    """,  # noqa: S608
    f"CREATE TEMP TABLE trait AS {TRAITS}",
    """
    CREATE TEMP TABLE held_by AS
    SELECT rid, (dense_rank() OVER (ORDER BY person_id) - 1)::INTEGER AS person
    FROM feature JOIN membership USING (record_key)
    """,
    f"CREATE TEMP TABLE neighbour AS SELECT DISTINCT key, value FROM ({NEIGHBOURS})",  # noqa: S608
)
_VALUE: Final = """
SELECT (sum(records) OVER (ORDER BY value) - records)::BIGINT AS first, records
FROM valued ORDER BY value
"""
_POSTING: Final = """
SELECT rid FROM held JOIN valued ON held.kind = valued.kind AND held.value = valued.content
ORDER BY valued.value, rid
"""
_NEIGHBOUR: Final = "SELECT key, value FROM neighbour ORDER BY key, value"
_TRAIT: Final = "SELECT person, trait.* FROM trait JOIN held_by USING (rid) ORDER BY rid"
_PERSON: Final = """
SELECT (sum(count(*)) OVER (ORDER BY person) - count(*))::BIGINT AS first,
    count(*)::INTEGER AS records
FROM held_by GROUP BY person ORDER BY person
"""
_PERSON_RECORD: Final = "SELECT rid FROM held_by ORDER BY person, rid"

HASHED: Final = "SELECT hash('less', 1, 'VAST')"
"""Keys are DuckDB's hashes: an index names one, to be known by a DuckDB that hashes otherwise."""


def build_index(
    folder: ViewFolder,
    scratch: Path,
    model_path: Path = ACCEPTED_MODEL,
    *,
    prior_records: int | None = None,
) -> None:
    """Write the view's search index. Needs ``folder.records`` and ``folder.persons``.

    ``prior_records``: what the run's model was fitted to (ResolutionSummary), so that a search
    weighs as the view's links do; None for the records that it shows.
    """
    with connect(scratch) as con:
        shown = read_table(con, PERSON_RECORD, folder.records)
        model = load_model(model_path).for_records(
            named_records(shown) if prior_records is None else prior_records
        )
        make_features(con, shown)
        make_frequencies(con, model.frequencies)
        read_table(con, MEMBERSHIP, folder.persons).create_view("membership")
        for statement in _MAKE:
            con.execute(statement)
        write_rows_of(con.sql(_RECORDS), INDEXED_RECORD, folder.search)
        [(persons,)] = con.execute("SELECT count(DISTINCT person) FROM held_by").fetchall()
        for table, rows, ordered in (
            (SEARCH_TRAIT, len(con.table("trait")), _TRAIT),
            (SEARCH_VALUE, len(con.table("valued")), _VALUE),
            (SEARCH_POSTING, len(con.table("held")), _POSTING),
            (SEARCH_NEIGHBOUR, len(con.table("neighbour")), _NEIGHBOUR),
            (SEARCH_PERSON, int(persons), _PERSON),
            (SEARCH_PERSON_RECORD, len(con.table("held_by")), _PERSON_RECORD),
        ):
            write_numbers(con.sql(ordered), table, rows, folder.search)
        [(hashed,)] = con.execute(HASHED).fetchall()
        [(names,)] = con.execute(
            "SELECT count(*) FROM feature WHERE coalesce(given, surname, alias_list[1]) IS NOT NULL"
        ).fetchall()
    about = {"format": FORMAT, "hashed": hashed, "records_with_a_name": names}
    write_whole(folder.search / "about.json", json.dumps(about) + "\n")
    # The weights travel with the view, so that its folder needs nothing else.
    save_model(model, folder.search / "model.json")
