"""Functions that the SQL of feeds may call beside the macros of sql/values.sql.

Guarantees: keys are those of runs.keys; a phone number is E.164 only when it is complete; a
locality is a FIPS code only when its name fits one locality.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb
import phonenumbers
import pyarrow as pa  # type: ignore[import-untyped]
from duckdb.func import FunctionNullHandling, PythonUDFType

from ingest.contracts.localities import Found, agency_localities, resolve
from runs.duck import connect
from runs.keys import record_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ELSEWHERE = re.compile(r"^(?P<place>[^,]+),\s*(?P<state>[A-Z]{2})$")


@lru_cache(maxsize=65_536)
def locality_id(written: str) -> str | None:
    """The locality_id of a FIPS code or a written name; None when ambiguous or unknown.

    "Baltimore, MD" is ``MD:BALTIMORE``: outside Virginia the name stands as it was written.
    """
    return _place(written)[0]


@lru_cache(maxsize=65_536)
def locality_note(written: str) -> str | None:
    """Why a written locality has no locality_id; None where it has one."""
    return _place(written)[1]


def _place(written: str) -> tuple[str | None, str | None]:
    elsewhere = _ELSEWHERE.match(written.strip())
    if elsewhere and elsewhere["state"] != "VA":
        return f"{elsewhere['state']}:{elsewhere['place'].strip().upper()}", None
    answer = resolve(written)
    match answer.found:
        case Found.FOUND:
            return answer.fips, None
        case Found.AMBIGUOUS:
            return None, "fits a county and a city, so no locality is taken"
        case Found.UNKNOWN:
            return None, "is not a locality of Virginia, so no locality is taken"


def agency_locality(ori: str, state: str | None, county: str | None) -> str | None:
    """The locality of an agency: by its ORI in Virginia, elsewhere ``<state>:<COUNTY>``.

    A list of counties ("TODD; DOUGLAS") is ambiguous: None.
    """
    if ori in agency_localities():
        return agency_localities()[ori]
    named = (county or "").strip().upper()
    if not state or not named or named.startswith("NOT SPECIFIED") or re.search("[;,]", named):
        return None
    if state == "VA":
        return resolve(f"{named} COUNTY").fips or resolve(named).fips
    return f"{state}:{named}"


@lru_cache(maxsize=65_536)
def phone_e164(written: str) -> str | None:
    """A complete number as E.164 (numbers without a country are of the United States)."""
    if re.search(r"[x?*]", written.lower().split("ext")[0]):
        return None
    try:
        number = phonenumbers.parse(written, "US")
    except phonenumbers.NumberParseException:
        return None
    # A number without its area code is "possible locally": it is incomplete here.
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65_536)
def phone_partial(written: str) -> str | None:
    """An incomplete number, '?' for each sign that was not read; None with under 4 digits."""
    if phone_e164(written) is not None:
        return None
    signs = re.sub(r"[^0-9?]", "", re.sub(r"[xX*#_]", "?", written))
    return signs if len(re.sub(r"\?", "", signs)) >= 4 else None


def _null_through(function: Callable[[str], str | None]) -> Callable[[str | None], str | None]:
    return lambda written: None if written is None else function(written)


def _keys(parts: pa.Array) -> pa.Array:
    keys = [None if row is None or None in row else record_key(*row) for row in parts.to_pylist()]
    return pa.array(keys, pa.string())


def connect_ingest(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the macros and functions that contracts and feeds' SQL use."""
    con = connect(scratch)
    text, texts = duckdb.type("VARCHAR"), duckdb.type("VARCHAR[]")
    con.create_function(
        "record_key",
        _keys,
        [texts],
        text,
        type=PythonUDFType.ARROW,
        null_handling=FunctionNullHandling.SPECIAL,
    )
    for function in (locality_id, locality_note, phone_e164, phone_partial):
        con.create_function(
            function.__name__,
            _null_through(function),
            [text],
            text,
            null_handling=FunctionNullHandling.SPECIAL,
        )
    con.create_function(
        "agency_locality",
        agency_locality,
        [text, text, text],
        text,
        null_handling=FunctionNullHandling.SPECIAL,
    )
    con.execute((files("ingest") / "sql" / "values.sql").read_text("utf-8"))
    return con
