"""A view's search index: which records could be meant, found by key.

Guarantees: built from the view's shown records and persons alone, in its ``search/`` folder; the
same view gives the same bytes. A record is found by any of its names, spelt right, with one letter
wrong, by sound, by its beginning or by a nickname, and by contacts, date of birth or address.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import MEMBERSHIP
from resolution.features import make_features, make_frequencies
from resolution.model import load_model
from runs.duck import connect
from runs.schema import Column, Table, read_table, write_table

if TYPE_CHECKING:
    from runs.home import ViewFolder

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
        Column("rid", "INTEGER", "number of the record in this index"),
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

SEARCH_KEY: Final = Table(
    "search_key",
    ("key", "rid", "term"),
    (
        Column("key", "VARCHAR", "kind and value", personal=True),
        Column("rid", "INTEGER", "a record that has it"),
        Column("term", "INTEGER", "which of the record's terms the key is of"),
    ),
    "From a key to the records that have it.",
)

KEYS: Final = """
WITH word AS (
    SELECT rid, unnest(list_distinct(list_filter(list_concat(
        [given, given_first, surname, middle],
        coalesce(givens, []), coalesce(surnames, [])), lambda w: length(w) > 1))) AS word
    FROM feature
),
term AS (
    SELECT rid, 'word' AS kind, word AS value FROM word
    UNION ALL SELECT rid, 'phone', unnest(phones) FROM feature
    UNION ALL SELECT rid, 'account', unnest(accounts) FROM feature
    UNION ALL SELECT rid, 'account', split_part(unnest(accounts), ':', 2) FROM feature
    UNION ALL SELECT rid, 'plate', unnest(plates) FROM feature
    UNION ALL SELECT rid, 'plate', split_part(unnest(plates), ':', 2) FROM feature
    UNION ALL SELECT rid, 'id', strong_id FROM feature
    UNION ALL SELECT rid, 'birth', birth FROM feature
    UNION ALL SELECT rid, 'birth', birth_year || lpad(birth_day::VARCHAR, 2, '0')
        || lpad(birth_month::VARCHAR, 2, '0') FROM feature
    UNION ALL SELECT rid, 'address', house || ' ' || street FROM feature
    UNION ALL SELECT rid, 'address', house || ' ' || left(street, 4) FROM feature
),
numbered AS (
    SELECT *, dense_rank() OVER (PARTITION BY rid ORDER BY kind, value) AS term
    FROM (SELECT DISTINCT * FROM term WHERE value IS NOT NULL AND value <> '')
),
expanded AS (
    SELECT rid, term, kind || ':' || value AS key FROM numbered
    UNION ALL
    SELECT rid, term, 'sound:' || name_key(value) FROM numbered WHERE kind = 'word'
    UNION ALL
    SELECT rid, term, 'start:' || left(value, 4) FROM numbered
    WHERE kind = 'word' AND length(value) >= 4
    UNION ALL
    SELECT rid, term, 'less:' || left(value, cut::INTEGER) || substr(value, cut::INTEGER + 2)
    FROM (SELECT rid, term, value, unnest(range(length(value))) AS cut FROM numbered
        WHERE kind = 'word' AND length(value) BETWEEN 3 AND 20)
    UNION ALL
    SELECT rid, term, 'less:' || value FROM numbered WHERE kind = 'word' AND length(value) > 2
    UNION ALL
    SELECT feature.rid, term, 'root:' || unnest(roots)
    FROM feature JOIN numbered
        ON numbered.rid = feature.rid AND kind = 'word' AND value = given_first
)
SELECT DISTINCT key, rid, term::INTEGER AS term FROM expanded WHERE key IS NOT NULL
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
"""


def build_index(folder: ViewFolder, scratch: Path, model_path: Path = ACCEPTED_MODEL) -> None:
    """Write the view's search index. Needs ``folder.records`` and ``folder.persons``."""
    model = load_model(model_path)
    with connect(scratch) as con:
        make_features(con, read_table(con, PERSON_RECORD, folder.records))
        make_frequencies(con, model.frequencies)
        read_table(con, MEMBERSHIP, folder.persons).create_view("membership")
        indexed = con.sql(_RECORDS).select(*INDEXED_RECORD.column_names)
        write_table(con.sql(KEYS), SEARCH_KEY, folder.search)
        write_table(indexed, INDEXED_RECORD, folder.search)
    # The weights travel with the view, so that its folder needs nothing else.
    shutil.copyfile(model_path, folder.search / "model.json")
