"""One column of a proposal: its kind, its codes, and what was seen, in words.

Guarantees: every value of the sample is accepted under the proposed kind; a code table is proposed
only where every value is short and occurs in at least ROWS_PER_CODE rows, or is a word for a sex, a
race, an ethnicity; a column that speaks of persons never gets one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.codes import CodeList, labels
from ingest.contracts.columns import ColumnContract, Kind
from ingest.contracts.feeds import Format, normal
from ingest.proposal.meaning import (
    ETHNICITY_WORDS,
    PERSONAL,
    RACE_WORDS,
    SEX_WORDS,
    Meaning,
    may_be_names,
    words_of,
)

if TYPE_CHECKING:
    from ingest.proposal.profile import Profile

ROWS_PER_CODE: Final = 5
MOST_CODES: Final = 30

_PUBLISHED: Final = {
    CodeList.OFFENSE: ("offense", "offence", "charge", "ucr", "nibrs"),
    CodeList.LOCATION: ("location", "place type", "premise", "found place"),
    CodeList.RELATIONSHIP: ("relationship", "relation"),
    CodeList.VICTIM_TYPE: ("victim type",),
    CodeList.WEAPON: ("weapon",),
    CodeList.BIAS: ("bias",),
    CodeList.CRIMINAL_ACTIVITY: ("criminal act", "criminal activity"),
    CodeList.DRUG_MEASURE: ("measure", "unit"),
    CodeList.DRUG: ("drug",),
    CodeList.ARREST_TYPE: ("arrest type",),
    CodeList.CLEARED_EXCEPTIONALLY: ("cleared",),
    CodeList.INJURY: ("injury",),
    CodeList.RESIDENT: ("resident",),
}
"""The lists that a column may use, by words that its header needs: A, B and C fit many lists."""

_WORDS: Final = {
    Meaning.SEX: SEX_WORDS,
    Meaning.RACE: RACE_WORDS,
    Meaning.ETHNICITY: ETHNICITY_WORDS,
}
_KINDS: Final = {
    Meaning.NAME_SUFFIX: Kind.UPPER,
    Meaning.ADDRESS: Kind.UPPER,
    Meaning.CITY: Kind.UPPER,
    Meaning.PLATE_STATE: Kind.UPPER,
    Meaning.ZIP: Kind.ZIP,
    Meaning.FIPS: Kind.FIPS,
    Meaning.LOCALITY: Kind.LOCALITY,
    Meaning.ORI: Kind.ORI,
    Meaning.PROTECTED: Kind.FLAG,
}
_TEXTS: Final = frozenset(
    {
        Meaning.SURNAME,
        Meaning.GIVEN_NAME,
        Meaning.MIDDLE_NAME,
        Meaning.FULL_NAME,
        Meaning.PHONE,
        Meaning.EMAIL,
        Meaning.HANDLE,
        Meaning.PLATE,
        Meaning.STRONG_ID,
        Meaning.CASE_NUMBER,
        Meaning.FREE_TEXT,
    }
)
_DATES: Final = (Kind.ISO_DATE, Kind.US_DATE, Kind.NIBRS_DATE)


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """``contract`` is None where the column is proposed to be read over."""

    name: str
    header: str
    meaning: Meaning
    seen: Profile
    contract: ColumnContract | None
    remarks: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind | None:
        return self.contract.kind if self.contract else None

    def described(self) -> str:
        """The kind, or the code list, in a word or two."""
        if self.contract is None:
            return "not read"
        if self.contract.codes is not None:
            return f"codes {self.contract.codes}"
        if self.contract.values is not None:
            return f"{len(self.contract.values)} codes"
        return self.contract.kind.value

    def loosened(self, reason: str) -> ProposedColumn:
        """The same column as plain text: the whole file holds what its sample did not."""
        plain = ColumnContract(
            header=self.contract.header if self.contract else None,
            optional=self.contract.optional if self.contract else False,
        )
        meaning = self.meaning if self.meaning in _TEXTS else Meaning.UNKNOWN
        return replace(self, contract=plain, meaning=meaning, remarks=(*self.remarks, reason))


def propose_column(
    name: str, header: str, meaning: Meaning, seen: Profile, form: Format
) -> ProposedColumn:
    """The contract of one column and what the steward should know about it."""
    share = seen.filled / seen.rows if seen.rows else 0.0
    remarks = [_filled(seen, share)]
    if not seen.sound:
        return ProposedColumn(name, header, meaning, seen, None, (*remarks, "nothing to go by"))
    if meaning is Meaning.FREE_TEXT:
        remarks.append("free text: may name anybody; read over unless an agreement covers it")
        return ProposedColumn(name, header, meaning, seen, None, tuple(remarks))
    keys: dict[str, Any] = {}
    if normal(header) not in (name, name.replace("_", " ")):
        keys["header"] = header
    if form is Format.JSONL and not seen.never_blank:
        keys["optional"] = True
    if (known := _WORDS.get(meaning)) is not None:
        keys["values"] = _vocabulary(
            known, {" ".join(value.split()).upper() for value in seen.codes}
        )
        remarks.append("known words; those that tell nothing are kept as not recorded")
        return ProposedColumn(name, header, meaning, seen, ColumnContract(**keys), tuple(remarks))
    published = _published(header, seen) if meaning is Meaning.UNKNOWN else None
    kind = Kind.TEXT if published else _kind(header, meaning, seen)
    meaning = _dated(meaning, kind, seen)
    if kind is Kind.TEXT and meaning in (Meaning.BIRTH_DATE, Meaning.OBSERVED_ON):
        remarks.extend(_nearly(seen))
    elif kind is Kind.TEXT and meaning not in PERSONAL:
        codes = published or _codes(header, seen)
        if codes:
            keys |= codes
            meaning = Meaning.CODE
            told = f"{seen.values} values, each in {seen.rarest:,} rows or more"
            remarks.append(
                told if "values" in codes else f"every value is a code of {codes['codes']}"
            )
        else:
            remarks.append(f"{seen.values:,} different values")
            remarks.extend(_nearly(seen))
    if not keys.keys() & {"values", "codes"}:
        if kind is not Kind.TEXT:
            keys["kind"] = kind
        fillers = tuple(word for word in seen.fillers if not _may_be_a_name(meaning, word))
        if fillers:
            keys["blank"] = fillers
            remarks.append("blank: words for not recorded, from a fixed list")
    contract = ColumnContract(**keys)
    return ProposedColumn(name, header, meaning, seen, contract, tuple(remarks))


def _vocabulary(known: dict[str, str], written: set[str]) -> dict[str, str]:
    """What was written, and the letters beside those that were: the next file may hold an X."""
    letters = (
        {"M", "F", "X", "U", "W", "B", "I", "A", "P"} if min(map(len, written)) == 1 else {"U"}
    )
    if known.get("Y") and written & {"Y", "N"}:
        letters = {"Y", "N", "U"} if "Y" in written else {"H", "N", "U"}
    if known is RACE_WORDS:
        letters -= {"M", "F", "X"}
    return {word: kept for word, kept in known.items() if word in written | letters}


def _filled(seen: Profile, share: float) -> str:
    if seen.never_blank:
        return "never blank"
    return "always blank" if not seen.filled else f"filled in {_percent(share)}"


def _percent(share: float) -> str:
    shown = f"{share:.0%}"
    return {"0%": "under 1%", "100%": "over 99%"}.get(shown, shown)


def _kind(header: str, meaning: Meaning, seen: Profile) -> Kind:
    if seen.fits(Kind.LIST):
        return Kind.LIST
    if meaning in _KINDS:
        return _KINDS[meaning]
    if meaning in _TEXTS:
        return Kind.TEXT
    if meaning is Meaning.ALIASES:
        return Kind.NAMES
    if meaning is Meaning.AGE:
        whole = seen.fits(Kind.INTEGER) and seen.counts["smallest"] >= 0
        return Kind.INTEGER if whole and seen.counts["largest"] <= 130 else Kind.AGE_RANGE
    if meaning is Meaning.BIRTH_YEAR:
        return Kind.INTEGER
    return _plain_kind(header, meaning, seen)


def _plain_kind(header: str, meaning: Meaning, seen: Profile) -> Kind:
    if seen.counts["with_time"] and seen.fits(Kind.TIMESTAMP) and meaning is not Meaning.BIRTH_DATE:
        return Kind.TIMESTAMP
    for kind in _DATES:
        if seen.fits(kind):
            return kind
    if meaning in (Meaning.BIRTH_DATE, Meaning.OBSERVED_ON):
        kinds = (Kind.ISO_DATE_OR_YEAR, Kind.US_DATE_OR_YEAR)
        return next((kind for kind in kinds if seen.fits(kind)), Kind.TEXT)
    if _is_flag(header, seen):
        return Kind.FLAG
    words = set(words_of(header).split())
    is_number = not words & {"id", "no", "number", "num", "key", "code", "zip", "phone", "pid"}
    if is_number and not seen.counts["led_by_zero"] and seen.longest <= 12:
        if seen.fits(Kind.INTEGER):
            return Kind.INTEGER
        if seen.fits(Kind.DECIMAL):
            return Kind.DECIMAL
    return Kind.TEXT


def _dated(meaning: Meaning, kind: Kind, seen: Profile) -> Meaning:
    if meaning is Meaning.UNKNOWN and (kind in _DATES or kind is Kind.TIMESTAMP) and seen.sound:
        return Meaning.DATE
    return meaning


def _is_flag(header: str, seen: Profile) -> bool:
    if not seen.fits(Kind.FLAG):
        return False
    said = {value.casefold() for value in seen.codes}
    pairs = ({"y", "n"}, {"yes", "no"}, {"true", "false"}, {"t", "f"})
    words = words_of(header).split()
    asks = words[:1] in (["is"], ["has"], ["was"]) or "flag" in words or "indicator" in words
    return any(said == pair for pair in pairs) or (
        asks and any(said <= p for p in (*pairs, {"0", "1"}))
    )


def _published(header: str, seen: Profile) -> dict[str, Any] | None:
    if not seen.codes:
        return None
    said = words_of(header)
    written = {" ".join(value.split()).upper() for value in seen.codes}
    for code_list, words in _PUBLISHED.items():
        # Published codes are upper case; NIBRS offence codes are the only list with long ones.
        if any(word in said for word in words) and written <= set(labels(code_list)):
            return {"codes": code_list.name}
    return None


def _codes(header: str, seen: Profile) -> dict[str, Any] | None:
    if not seen.codes:
        return None
    few = len(seen.codes) <= min(MOST_CODES, max(2, seen.sound // ROWS_PER_CODE))
    # A column that always says one thing tells nothing of what else it may say.
    if len(seen.codes) < 2 or not few or seen.rarest < ROWS_PER_CODE or may_be_names(header, seen):
        return None
    if not _are_numbers(seen):
        return {"values": {value: value for value in sorted(seen.codes)}}
    return None


def _are_numbers(seen: Profile) -> bool:
    """Case numbers and the like: long runs of digits are nobody's code."""
    return any(sum(sign.isdigit() for sign in value) > 4 for value in seen.codes)


def _nearly(seen: Profile) -> list[str]:
    """Kinds that all but a few rows fit: the steward decides whether those are faults."""
    kinds = (*_DATES, Kind.TIMESTAMP, Kind.INTEGER, Kind.DECIMAL, Kind.ZIP)
    return [
        f'{seen.sound - seen.counts[kind.value]:,} rows are no {kind.value}: kind = "{kind.value}" '
        "would quarantine them"
        for kind in kinds
        if seen.nearly(kind) and not seen.fits(kind)
    ][:1]


def _may_be_a_name(meaning: Meaning, word: str) -> bool:
    """Na, Null and Nil are surnames; None and Unknown beside them are written in full."""
    of_names = meaning in {
        Meaning.SURNAME,
        Meaning.GIVEN_NAME,
        Meaning.MIDDLE_NAME,
        Meaning.FULL_NAME,
        Meaning.ALIASES,
    }
    return of_names and word.isalpha() and word != "UNKNOWN"
