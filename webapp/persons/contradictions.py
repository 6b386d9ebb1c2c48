"""What speaks against taking a person's records for one: facts that cannot all be true.

Guarantees: only values that the view shows are compared; each finding names the records, so that
a reader can look; nothing is concluded from it here, because records err.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from casework.usual import distance_km
from ingest.contracts.localities import locality_name
from ingest.contracts.tables import PLACEMENT
from runs.duck import connect
from runs.schema import read_table
from webapp.labels import sex
from webapp.page import day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runs.home import ViewFolder
    from webapp.consequences import Facts
    from webapp.persons.evidence import Link

FAR_KM: Final = 150.0
"""Two incidents of one day that lie further apart are worth a look."""
MOST_LINKS: Final = 5
_SAME_BIRTH_YEARS: Final = 1
_DETAINED: Final = """
SELECT record_key, facility, started_on, ended_on FROM placement
WHERE kind = 'detention' AND started_on IS NOT NULL
    AND record_key IN (SELECT unnest($keys::VARCHAR[])) ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """``records``: the record keys that contradict each other; ``words``: what they say."""

    records: tuple[str, ...]
    words: str


def contradictions(
    folder: ViewFolder, records: Sequence[Mapping[str, Any]], links: Sequence[Link], facts: Facts
) -> list[Contradiction]:
    """What the view's records of one person contradict each other in, the gravest kind first."""
    return [
        *_births(records),
        *_values(records, "sex", lambda value: sex(str(value)).lower(), "The recorded sex differs"),
        *_far_apart(records, facts),
        *_detained(folder, records, facts),
        *_against(links),
    ]


def _births(records: Sequence[Mapping[str, Any]]) -> list[Contradiction]:
    spans = {row["record_key"]: span for row in records if (span := _born_between(row))}
    clashing = {
        pair
        for pair in combinations(spans, 2)
        if spans[pair[0]][0] > spans[pair[1]][1] + _SAME_BIRTH_YEARS
        or spans[pair[1]][0] > spans[pair[0]][1] + _SAME_BIRTH_YEARS
    }
    if clashing:
        keys = sorted({key for pair in clashing for key in pair})
        low = min(spans[key][0] for key in keys)
        high = max(spans[key][1] for key in keys)
        words = f"Born in different years: recorded dates and ages reach from {low} to {high}"
        return [Contradiction(tuple(keys), words)]
    return _values(records, "birth_date", day, "The birth date differs")


def _born_between(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """First and last year of birth that the record allows."""
    if row.get("birth_date"):
        return row["birth_date"].year, row["birth_date"].year
    if row.get("birth_year"):
        return int(row["birth_year"]), int(row["birth_year"])
    if row.get("age_low_years") is None or row.get("observed_on") is None:
        return None
    year: int = row["observed_on"].year
    high = row["age_high_years"] if row.get("age_high_years") is not None else row["age_low_years"]
    return year - int(high) - 1, year - int(row["age_low_years"])


def _values(
    records: Sequence[Mapping[str, Any]], name: str, text: Callable[[Any], str], words: str
) -> list[Contradiction]:
    held: dict[str, list[str]] = {}
    for row in records:
        if row.get(name):
            held.setdefault(text(row[name]), []).append(row["record_key"])
    if len(held) < 2:
        return []
    told = ", ".join(f"{value} in {len(keys)}" for value, keys in sorted(held.items()))
    usual = max(held, key=lambda value: (len(held[value]), value))
    odd = tuple(key for value, keys in sorted(held.items()) if value != usual for key in keys)
    return [Contradiction(odd, f"{words}: {told}")]


def _far_apart(records: Sequence[Mapping[str, Any]], facts: Facts) -> list[Contradiction]:
    happened = [
        (row["record_key"], one)
        for row in records
        for one in facts.incidents.get(row["record_key"], ())
        if one.on is not None and not one.is_report and one.kind != "tip" and one.locality_id
    ]
    found: dict[frozenset[str], Contradiction] = {}
    for (left, one), (right, other) in combinations(happened, 2):
        if one.on != other.on or one.key == other.key:
            continue
        apart_km = distance_km(str(one.locality_id), str(other.locality_id))
        if apart_km is None or apart_km < FAR_KM:
            continue
        places = [locality_name(str(here.locality_id)) for here in (one, other)]
        found.setdefault(
            frozenset((one.key, other.key)),
            Contradiction(
                (left, right),
                f"On {day(one.on)} in {places[0]} and in {places[1]}, {apart_km:.0f} km apart",
            ),
        )
    return list(found.values())


def _detained(
    folder: ViewFolder, records: Sequence[Mapping[str, Any]], facts: Facts
) -> list[Contradiction]:
    with connect(threads=2, memory_limit_gb=1) as con:
        read_table(con, PLACEMENT, folder.records).create_view("placement")
        keys = {"keys": [row["record_key"] for row in records]}
        stays = con.execute(_DETAINED, keys).fetchall()
    found: dict[tuple[str, str], Contradiction] = {}
    for held, facility, start, end in stays:
        for row in records:
            for one in facts.incidents.get(row["record_key"], ()):
                inside = one.on is not None and start < one.on < (end or date.max)
                if inside and not one.is_report and one.kind != "tip":
                    place = facility or "detention"
                    words = f"In {place} from {day(start)}, yet in an incident on {day(one.on)}"
                    found.setdefault(
                        (held, one.key), Contradiction((held, row["record_key"]), words)
                    )
    return list(found.values())


def _against(links: Sequence[Link]) -> list[Contradiction]:
    """The comparisons inside the person that speak most against it."""
    against = sorted(
        (link for link in links if link.weight < 0),
        key=lambda link: (link.weight, link.record_key_l),
    )
    found = []
    for link in against[:MOST_LINKS]:
        worst = min(link.bars[1:], key=lambda bar: bar.weight, default=None)
        why = "" if worst is None or worst.weight >= 0 else f": {worst.comparison.lower()}, "
        why += worst.level if worst is not None and worst.weight < 0 else ""
        found.append(
            Contradiction(
                (link.record_key_l, link.record_key_r),
                f"The comparison of the two speaks against one person, {link.weight:+.1f}{why}",
            )
        )
    return found
