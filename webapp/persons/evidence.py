"""Why records were taken for one person: links, and their waterfalls.

Guarantees: only the view's own tables are read; a link's bars sum to its match weight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ingest.contracts.tables import PERSON_RECORD
from resolution.contracts import LINK, MEMBERSHIP, PERSON
from resolution.waterfall import level_words
from runs.duck import connect, rows_as_dicts
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from runs.home import ViewFolder

MAX_LINKS: Final = 400
"""Of a person with more, those that hold it together, the strongest and the weakest are shown."""
MOST_AGAINST: Final = 20
_THREADS: Final = 2

_LINKS: Final = """
SELECT link.record_key_l, link.record_key_r, link.match_weight, link.match_probability,
    link.same_person, link.needs_review, NULL AS waterfall,
    l.person_id AS person_l, r.person_id AS person_r
FROM link
JOIN membership AS l ON l.record_key = link.record_key_l
JOIN membership AS r ON r.record_key = link.record_key_r
WHERE l.person_id = $person_id OR r.person_id = $person_id
ORDER BY l.person_id <> r.person_id DESC, link.match_weight DESC, link.record_key_l,
    link.record_key_r
"""
_WATERFALLS: Final = """
SELECT record_key_l, record_key_r, waterfall
FROM link JOIN (SELECT unnest($left::VARCHAR[]) AS record_key_l,
    unnest($right::VARCHAR[]) AS record_key_r) AS wanted USING (record_key_l, record_key_r)
"""
_RECORDS: Final = """
SELECT person_record.* EXCLUDE (delivery, source_line), membership.match_probability,
    membership.match_weight
FROM membership JOIN person_record USING (record_key)
WHERE membership.person_id = $person_id
ORDER BY person_record.agency_id, person_record.observed_on DESC, person_record.record_key
"""
_PERSON: Final = "SELECT * FROM person WHERE person_id = $person_id"


@dataclass(frozen=True, slots=True)
class Bar:
    """One comparison of a link, ``level`` in a reader's words. ``weight`` is log2; ``kind``: prior,
    for, against or withheld."""

    comparison: str
    level: str
    weight: float
    kind: str

    @property
    def times(self) -> float:
        """How many times likelier the finding is for one person than for two, or the reverse."""
        return float(2.0 ** min(abs(self.weight), 60.0))


@dataclass(frozen=True, slots=True)
class Link:
    """A scored pair of records of which at least one belongs to the person."""

    record_key_l: str
    record_key_r: str
    person_l: str
    person_r: str
    weight: float
    probability: float
    same_person: bool
    needs_review: bool
    bars: tuple[Bar, ...]

    def other_person(self, person_id: str) -> str:
        """The id of the other side's person; the same id for a link inside the person."""
        return self.person_r if self.person_l == person_id else self.person_l


@dataclass(frozen=True, slots=True)
class Evidence:
    """``records``: rows of person_record, as shown, by agency and date. ``holding``: the strongest
    links that tie all records together, one fewer than records, weakest first; ``inside``: the
    other links between them. ``outside``: links to records of other persons that are in review."""

    weakest_match_weight: float | None
    records: tuple[dict[str, Any], ...]
    holding: tuple[Link, ...]
    inside: tuple[Link, ...]
    outside: tuple[Link, ...]


def evidence_of(folder: ViewFolder, person_id: str) -> Evidence | None:
    """What holds a person together, or None where the view has no person of that id."""
    with _tables(folder) as con:
        person = rows_as_dicts(con, _PERSON, {"person_id": person_id})
        if not person:
            return None
        records = rows_as_dicts(con, _RECORDS, {"person_id": person_id})
        links = [link_of(row) for row in rows_as_dicts(con, _LINKS, {"person_id": person_id})]
        within = [link for link in links if link.person_l == link.person_r]
        outside = [link for link in links if link.person_l != link.person_r and link.needs_review]
        holding = strongest_tree(within)
        held = {_ends(link) for link in holding}
        others = [link for link in within if _ends(link) not in held]
        if len(others) > MAX_LINKS:
            others = others[: MAX_LINKS - MOST_AGAINST] + others[-MOST_AGAINST:]
        shown = [*holding, *others, *outside[:MAX_LINKS]]
        bars = _waterfalls(con, shown)
    full = {_ends(link): replace(link, bars=bars.get(_ends(link), ())) for link in shown}
    return Evidence(
        weakest_match_weight=person[0]["weakest_match_weight"],
        records=tuple(records),
        holding=tuple(full[_ends(link)] for link in holding),
        inside=tuple(full[_ends(link)] for link in others),
        outside=tuple(full[_ends(link)] for link in outside[:MAX_LINKS]),
    )


def _ends(link: Link) -> tuple[str, str]:
    return (link.record_key_l, link.record_key_r)


def _waterfalls(
    con: duckdb.DuckDBPyConnection, links: Sequence[Link]
) -> dict[tuple[str, str], tuple[Bar, ...]]:
    wanted: dict[str, str | int | Sequence[str]] = {
        "left": [link.record_key_l for link in links],
        "right": [link.record_key_r for link in links],
    }
    return {
        (row["record_key_l"], row["record_key_r"]): bars_of(row["waterfall"] or ())
        for row in rows_as_dicts(con, _WATERFALLS, wanted)
    }


def strongest_tree(links: Sequence[Link]) -> tuple[Link, ...]:
    """The links of a maximum spanning forest over the records, weakest first."""
    root: dict[str, str] = {}

    def find(key: str) -> str:
        while (above := root.setdefault(key, key)) != key:
            root[key] = root[above]
            key = above
        return key

    chosen: list[Link] = []
    for link in sorted(links, key=lambda one: (-one.weight, one.record_key_l, one.record_key_r)):
        left, right = find(link.record_key_l), find(link.record_key_r)
        if left != right:
            root[left] = right
            chosen.append(link)
    return tuple(reversed(chosen))


def _tables(folder: ViewFolder) -> duckdb.DuckDBPyConnection:
    con = connect(threads=_THREADS, memory_limit_gb=1)
    for table in (PERSON, MEMBERSHIP, LINK):
        read_table(con, table, folder.persons).create_view(table.name)
    read_table(con, PERSON_RECORD, folder.records).create_view(PERSON_RECORD.name)
    return con


def link_of(row: dict[str, Any]) -> Link:
    """A row of the link table with its two persons."""
    return Link(
        record_key_l=row["record_key_l"],
        record_key_r=row["record_key_r"],
        person_l=row["person_l"],
        person_r=row["person_r"],
        weight=row["match_weight"],
        probability=row["match_probability"],
        same_person=row["same_person"],
        needs_review=row["needs_review"],
        bars=bars_of(row["waterfall"] or ()),
    )


def bars_of(waterfall: Sequence[dict[str, Any]]) -> tuple[Bar, ...]:
    """A stored waterfall's bars; also of one that a decision froze."""
    return tuple(_bar(place, bar) for place, bar in enumerate(waterfall))


def _bar(place: int, bar: dict[str, Any]) -> Bar:
    weight = float(bar["match_weight"])
    if bar["withheld"]:
        kind = "withheld"
    elif place == 0:
        kind = "prior"
    else:
        kind = "for" if weight >= 0 else "against"
    return Bar(bar["comparison"], level_words(bar["comparison"], bar["level"]), weight, kind)
