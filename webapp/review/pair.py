"""Two records side by side, the persons that hold them, and what either decision would change.

Guarantees: everything is read from the view's own tables; what would change is the answer of the
run's clustering rule with what binds then: the decisions that stand, other people's on this pair
too, less those that wait for a second person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.localities import locality_name
from ingest.contracts.tables import AGENCY, INCIDENT, PERSON_RECORD
from resolution.comparisons import CONTACT
from resolution.contracts import LINK, MEMBERSHIP, REVIEW
from resolution.counterfactual import evidence_between, together
from resolution.review import pair_name
from runs.duck import connect, rows_as_dicts
from runs.schema import read_table
from sharing.deciding import needs_two_people
from sharing.decisions import Judgement, verdicts, view_pairs
from webapp import labels
from webapp.consequences import consequences, facts_of
from webapp.page import day
from webapp.persons.evidence import Link, link_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from resolution.counterfactual import Evidence, Groups
    from runs.home import ViewFolder
    from sharing.decisions import Decision
    from webapp.consequences import Consequences

MOST_OTHERS: Final = 40
"""Other records of the two persons that are listed."""

_FIND: Final = "SELECT record_key_l, record_key_r FROM review WHERE pair = $pair"
_PLACE: Final = """
SELECT * FROM review WHERE least(person_l, person_r) = $low AND greatest(person_l, person_r) = $high
"""
_PERSONS: Final = """
SELECT record_key, person_id FROM membership WHERE record_key IN ($l, $r)
"""
_RECORDS: Final = """
SELECT person_record.* EXCLUDE (delivery, source_line), membership.person_id,
    agency.name AS agency_name, incident.incident_number, incident.occurred_on
FROM membership
JOIN person_record USING (record_key)
LEFT JOIN agency ON agency.agency_id_of = person_record.agency_id
LEFT JOIN incident USING (incident_key)
WHERE membership.person_id IN ($low, $high)
QUALIFY row_number() OVER (PARTITION BY record_key ORDER BY agency.name) = 1
ORDER BY membership.person_id, observed_on DESC NULLS LAST, record_key
"""
_LINK: Final = """
SELECT link.*, l.person_id AS person_l, r.person_id AS person_r
FROM link
JOIN membership AS l ON l.record_key = record_key_l
JOIN membership AS r ON r.record_key = record_key_r
WHERE record_key_l = $l AND record_key_r = $r
"""

Row = dict[str, Any]


def _text(row: Row, *names: str) -> str:
    return " ".join(str(row[name]) for name in names if row.get(name))


def _list(row: Row, name: str, kind: str | None = None) -> tuple[str, ...]:
    return tuple(labels.contact_value(str(one), kind) for one in row.get(name) or ())


def _age(row: Row) -> str:
    low, high = row.get("age_low_years"), row.get("age_high_years")
    if low is None and high is None:
        return ""
    return str(low) if low == high or high is None else f"{low} to {high}"


def _address(row: Row) -> str:
    if row.get("household_protected"):
        return "protected"
    where = ", ".join(str(row[n]) for n in ("address_line", "city", "zip") if row.get(n))
    return where or (locality_name(row["locality_id"]) if row.get("locality_id") else "")


def _born(row: Row) -> str:
    if row.get("birth_date"):
        return day(row["birth_date"])
    return str(row["birth_year"]) if row.get("birth_year") else ""


_COMPARED: Final[tuple[tuple[str, Callable[[Row], str | tuple[str, ...]]], ...]] = (
    ("Given name", lambda r: _text(r, "given_name")),
    ("Middle name", lambda r: _text(r, "middle_name")),
    ("Surname", lambda r: _text(r, "surname", "name_suffix")),
    ("Also known as", lambda r: _list(r, "aliases")),
    ("Born", _born),
    ("Age when recorded", _age),
    ("Sex", lambda r: labels.sex(r["sex"]) if r.get("sex") else ""),
    ("Race", lambda r: labels.race(r["race"]) if r.get("race") else ""),
    ("Identifier", lambda r: _text(r, "strong_id")),
    ("Phone", lambda r: _list(r, "phones", "phone")),
    ("E-mail", lambda r: _list(r, "emails")),
    ("Online handle", lambda r: _list(r, "handles")),
    ("Vehicle", lambda r: _list(r, "plates", "vehicle")),
    ("Address", _address),
)
_CONTEXT: Final[tuple[tuple[str, Callable[[Row], str]], ...]] = (
    ("Recorded as", lambda r: labels.role(r["role"])),
    ("On", lambda r: day(r["observed_on"])),
    ("By", lambda r: _text(r, "agency_name") or _text(r, "agency_id")),
    ("Source", lambda r: labels.feed(r["feed"])),
    ("Agency's number", lambda r: _text(r, "source_id")),
    ("Incident", lambda r: _text(r, "incident_number")),
)


_CONTACTS: Final = ("Phone", "E-mail", "Online handle", "Vehicle")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both records. ``verdict``: same, differs, shared (lists with a common value),
    crowded (common, but held by so many that it counts for nobody), one (recorded in one only), or
    empty for what is not compared."""

    label: str
    left: str
    right: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two persons: its id, how it is called, its records without the compared one."""

    person_id: str
    name: str
    record: Row
    others: tuple[Row, ...]
    records: int


@dataclass(frozen=True, slots=True)
class PairView:
    """Everything that the page of one pair shows. ``link`` is None where the run did not compare
    the two; ``place`` is the queue's row of the two persons, None where they are not in it;
    ``if_same`` and ``if_different`` are None for persons of too many records; ``kept_apart``: why
    no evidence joins records of the two, ``incident`` or ``order``, with how many pairs.
    ``needs_two``: ``same`` by who looks waits for a second person. ``overruled_by``: others whose
    ``different`` on the pair stands, so that ``same`` joins nothing."""

    name: str
    keys: tuple[str, str]
    sides: tuple[Side, Side]
    lines: tuple[Line, ...]
    link: Link | None
    place: Row | None
    if_same: Consequences | None
    if_different: Consequences | None
    kept_apart: dict[str, int]
    decisions: tuple[Decision, ...]
    nearby: tuple[Decision, ...]
    needs_two: bool
    overruled_by: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, int]:
        """The records of the two persons, numbered from 1 as the page names them: the two first."""
        left, right = self.sides
        others = [row["record_key"] for side in (left, right) for row in side.others]
        ordered = dict.fromkeys([*self.keys, *others])
        return {key: place for place, key in enumerate(ordered, 1)}

    @property
    def inside(self) -> bool:
        """Both records are in one person today."""
        return self.sides[0].person_id == self.sides[1].person_id


def pair_view(
    folder: ViewFolder, view_key: bytes, decisions: Sequence[Decision], name: str, account: str
) -> PairView | None:
    """The pair of that name, from the queue or from the decisions, as ``account`` would judge it;
    None where there is none whose records the view holds."""
    named = {
        one.decision_id: names
        for one, names in zip(decisions, view_pairs(view_key, decisions), strict=True)
    }
    with connect(threads=2, memory_limit_gb=1) as con:
        for table in (REVIEW, MEMBERSHIP, LINK):
            read_table(con, table, folder.persons).create_view(table.name)
        for table in (PERSON_RECORD, AGENCY, INCIDENT):
            read_table(con, table, folder.records).create_view(table.name)
        keys = con.execute(_FIND, {"pair": name}).fetchone() or next(
            (names for names in named.values() if pair_name(*names) == name), None
        )
        if keys is None:
            return None
        left, right = sorted(keys)
        held = dict(con.execute(_PERSONS, {"l": left, "r": right}).fetchall())
        if len(held) < 2:
            return None
        persons = (held[left], held[right])
        ends = {"low": min(persons), "high": max(persons)}
        records = rows_as_dicts(con, _RECORDS, ends)
        links = rows_as_dicts(con, _LINK, {"l": left, "r": right})
        places = rows_as_dicts(con, _PLACE, ends)
    link = link_of(links[0]) if links else None
    by_key = {row["record_key"]: row for row in records}
    sides = tuple(
        _side(person, key, records) for person, key in zip(persons, (left, right), strict=True)
    )
    on_pair = [one for one in decisions if named[one.decision_id] == (left, right)]
    nearby = [
        one
        for one in decisions
        if one.stands and one not in on_pair and set(named[one.decision_id]) <= set(by_key)
    ]
    evidence = evidence_between(folder, set(persons))
    if_same, if_different = None, None
    apart: dict[str, int] = {}
    if evidence is not None:
        # A new decision replaces one's own on the pair.
        kept = [*nearby, *(one for one in on_pair if one.author != account)]
        if_same, if_different = _outcomes(folder, evidence, sides, (left, right), kept, named)
        for pair, why in evidence.apart.items():
            if held_by(pair, by_key) == set(persons):
                apart[why] = apart.get(why, 0) + 1
    return PairView(
        name=name,
        keys=(left, right),
        sides=(sides[0], sides[1]),
        lines=_lines(by_key[left], by_key[right], link),
        link=link,
        place=places[0] if places else None,
        if_same=if_same,
        if_different=if_different,
        kept_apart=apart,
        decisions=tuple(on_pair),
        nearby=tuple(nearby),
        needs_two=needs_two_people(folder, view_key, decisions, (left, right), account),
        overruled_by=tuple(
            dict.fromkeys(
                one.author
                for one in on_pair
                if one.stands and one.judgement is Judgement.DIFFERENT and one.author != account
            )
        ),
    )


def held_by(pair: tuple[str, str], by_key: dict[str, Row]) -> set[str]:
    """The persons that hold a pair's records."""
    return {by_key[key]["person_id"] for key in pair if key in by_key}


def called(row: Row) -> str:
    """How a record calls its person; a dash where the view shows no name."""
    return _text(row, "given_name", "surname") or "No name shown"


def _outcomes(
    folder: ViewFolder,
    evidence: Evidence,
    sides: tuple[Side, ...],
    pair: tuple[str, str],
    kept: Sequence[Decision],
    named: dict[int, tuple[str, str]],
) -> tuple[Consequences, Consequences]:
    facts = facts_of(folder, evidence.records)
    today = _today(sides)
    view_pair = {one.pair: named[one.decision_id] for one in kept}
    bound = {view_pair[one]: verdict for one, verdict in verdicts(kept).items()}
    joined = _as_decided(evidence, {pair: Judgement.SAME} | bound)
    parted = _as_decided(evidence, bound | {pair: Judgement.DIFFERENT})
    return consequences(facts, today, joined), consequences(facts, today, parted)


def _as_decided(evidence: Evidence, bound: dict[tuple[str, str], Judgement]) -> Groups:
    return together(
        evidence,
        same=[pair for pair, verdict in bound.items() if verdict is Judgement.SAME],
        different=[pair for pair, verdict in bound.items() if verdict is Judgement.DIFFERENT],
    )


def _today(sides: tuple[Side, ...]) -> Groups:
    groups = {
        side.person_id: tuple(
            sorted({side.record["record_key"], *(row["record_key"] for row in side.others)})
        )
        for side in sides
    }
    return tuple(groups.values())


def _side(person_id: str, key: str, records: Sequence[Row]) -> Side:
    own = [row for row in records if row["person_id"] == person_id]
    record = next(row for row in own if row["record_key"] == key)
    others = tuple(row for row in own if row["record_key"] != key)
    return Side(person_id, called(record), record, others, len(own))


def _lines(left: Row, right: Row, link: Link | None) -> tuple[Line, ...]:
    made: list[Line] = []
    for label, told in _COMPARED:
        one, other = told(left), told(right)
        if one or other:
            verdict = _verdict(one, other)
            if label in _CONTACTS and verdict in ("same", "shared") and _tells_no_contact(link):
                verdict = "crowded"
            made.append(Line(label, _shown(one), _shown(other), verdict))
    for label, text in _CONTEXT:
        one, other = text(left), text(right)
        if one or other:
            made.append(Line(label, one, other, ""))
    return tuple(made)


def _tells_no_contact(link: Link | None) -> bool:
    """The run compared the two, and their contacts said nothing (resolution.crowded)."""
    return link is not None and not any(
        bar.kind == "withheld" or bar.comparison == CONTACT.label for bar in link.bars
    )


def _shown(value: str | tuple[str, ...]) -> str:
    return "; ".join(value) if isinstance(value, tuple) else value


def _verdict(one: str | tuple[str, ...], other: str | tuple[str, ...]) -> str:
    if not one or not other:
        return "one"
    if isinstance(one, tuple) and isinstance(other, tuple):
        if set(one) == set(other):
            return "same"
        return "shared" if set(one) & set(other) else "differs"
    return "same" if str(one).casefold() == str(other).casefold() else "differs"
