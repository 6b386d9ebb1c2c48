"""Contacts and identifiers that were typed for want of one: 000-000-0000, none@none.com.

Guarantees: what stands for nothing is missing, so that nobody is known by it; a telephone, address
or identifier that somebody could have been given is never taken for one on account of how many
share it (see resolution.crowded). No list of values beside the words of ingest: what is looked at
are figures that are all alike or in order, and words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.proposal.profile import FILLERS
from resolution.tables.headers import Field

if TYPE_CHECKING:
    import duckdb

_SHORTEST: Final = 4
"""Of a word that nobody is called by: Na and Nil are names."""
_FILLERS: Final = {re.sub(r"[^a-z]", "", word.lower()) for word in FILLERS} - {""}
_NOTHING: Final = {word for word in _FILLERS if len(word) >= _SHORTEST} | {
    "declined", "declines", "declinedtostate", "pending", "noneprovided", "nonegiven",
    "notprovided", "notgiven", "notknown", "notonfile", "appliedfor", "doesnothave", "donothave",
    "tobedetermined",
}  # fmt: skip
NO_EMAIL: Final = tuple(
    sorted(
        _NOTHING
        | {"noemail", "nomail", "noemailaddress", "noemailgiven", "noemailprovided", "noaddress",
           "noreply", "donotreply", "nobody", "nowhere"}
    )
)  # fmt: skip
"""Before the @ or as the domain, whatever stands on the other side."""
NO_EMAIL_BESIDE: Final = tuple(
    sorted(
        (_FILLERS - _NOTHING)
        | {"no", "not", "test", "fake", "email", "mail", "example", "someone", "noone", "anonymous",
           "abc", "asdf", "qwerty", "a", "aa", "x", "xx", "xxx"}
    )
)  # fmt: skip
"""The same where the other side is another of them, or a provider that gives none so short."""
_PROVIDERS: Final = ("gmail", "yahoo", "hotmail", "aol", "outlook", "icloud")
NO_IDENTIFIER: Final = tuple(
    sorted({w.upper() for w in _NOTHING | _FILLERS} | {"NOSSN", "NOID", "TBD", "TEST"})
)

# RE2 has no references back: what is left after all signs like the first are taken is nothing.
_ALIKE: Final = "CREATE OR REPLACE TEMP MACRO all_alike(v) AS ltrim(v, left(v, 1)) = ''"
_IN_ORDER: Final = """
CREATE OR REPLACE TEMP MACRO in_order(v) AS
    contains('01234567890123456789', v) OR contains('98765432109876543210', v)
"""
_DIGITS: Final = """
CREATE OR REPLACE TEMP MACRO no_digits(v) AS length(v) >= 7 AND (all_alike("right"(v, 7))
    OR in_order("right"(v, 10)) OR "right"(v, 7) = '1234567')
"""
_PHONE: Final = """
CREATE OR REPLACE TEMP MACRO no_phone(v) AS no_digits(regexp_replace(v, '[^0-9]', '', 'g'))
"""


def _words(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


_MAILBOX: Final = f"""
CREATE OR REPLACE TEMP MACRO no_mailbox(who, domain) AS
    list_contains({_words(NO_EMAIL)}, who) OR list_contains({_words(NO_EMAIL)}, domain)
    OR list_contains({_words(NO_EMAIL_BESIDE)}, who)
        AND (domain = '' OR list_contains({_words((*NO_EMAIL_BESIDE, *_PROVIDERS))}, domain))
"""
_EMAIL: Final = """
CREATE OR REPLACE TEMP MACRO no_email(v) AS no_mailbox(
    regexp_replace(lower(split_part(v, '@', 1)), '[^a-z0-9]', '', 'g'),
    regexp_replace(lower(split_part(split_part(v, '@', 2), '.', 1)), '[^a-z0-9]', '', 'g'))
"""
# Rows that are numbered have an identifier of 11, too.
_SIGNS: Final = f"""
CREATE OR REPLACE TEMP MACRO no_signs(v) AS v <> '' AND (list_contains({_words(NO_IDENTIFIER)}, v)
    OR ltrim(v, '0') = '' OR length(v) >= 7 AND (all_alike(v) OR in_order(v)))
"""
_IDENTIFIER: Final = """
CREATE OR REPLACE TEMP MACRO no_identifier(v) AS
    no_signs(regexp_replace(upper(v), '[^A-Z0-9]', '', 'g'))
"""

MACROS: Final = {
    Field.PHONE: "no_phone",
    Field.EMAIL: "no_email",
    Field.STRONG_ID: "no_identifier",
}
"""By field; true of a value that stands for nothing, null of none."""


def install_placeholders(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection what ``records.sql`` and the notes tell such values by."""
    for macro in (
        _ALIKE, _IN_ORDER, _DIGITS, _PHONE, _MAILBOX, _EMAIL, _SIGNS, _IDENTIFIER,
    ):  # fmt: skip
        con.execute(macro)
