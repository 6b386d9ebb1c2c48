"""What is usual among all incidents of a view: the shares that a tie is held against.

Guarantees: counted in the view's own records, so a hidden incident changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

from ingest.contracts.localities import localities
from ingest.contracts.tables import INCIDENT, OFFENSE
from resolution.contracts import INCIDENT_MEMBERSHIP
from runs.duck import connect
from runs.schema import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from casework.weights import Weights
    from ingest.contracts.packs import Pack
    from runs.home import ViewFolder

EARTH_RADIUS_KM: Final = 6371.0
SAME_LOCALITY_KM: Final = 0.0

# Several reports of one incident are one incident.
_INCIDENT: Final = """
CREATE TEMP TABLE incident AS
SELECT incident_key, coalesce(m.incident_id, incident_key) AS incident_id, occurred_on,
    date_is_report, locality_id
FROM report LEFT JOIN membership AS m USING (incident_key)
"""
_BY_LOCALITY: Final = """
SELECT locality_id, count(DISTINCT incident_id) FROM incident
WHERE locality_id IS NOT NULL GROUP BY ALL
"""
_BY_TIME: Final = """
SELECT count(*) FILTER (WHERE occurred_on BETWEEN $begin AND $finish),
       count(*) FILTER (WHERE occurred_on > $finish AND occurred_on <= $finish + $days::INTEGER),
       count(*) FILTER (WHERE occurred_on < $begin AND occurred_on >= $begin - $days::INTEGER),
       count(*)
FROM (SELECT incident_id, arg_min(occurred_on, (date_is_report IS TRUE, incident_key)) AS
      occurred_on FROM incident WHERE occurred_on IS NOT NULL GROUP BY incident_id)
"""
_BY_CODE: Final = """
SELECT offense_code, list(DISTINCT coalesce(incident_id, incident_key))
FROM offense LEFT JOIN incident USING (incident_key) GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Usual:
    """Shares (0 to 1) of the view's incidents.

    ``distance``: by distance band from where the child was last seen; None where that is unknown.
    ``during``, ``after``, ``before``, ``otherwise``: by time relative to the episode.
    """

    distance: tuple[float, ...] | None
    during: float
    after: float
    before: float
    otherwise: float
    categories: Mapping[str, float]


def distance_km(one: str, other: str) -> float | None:
    """Great-circle distance between two localities' points; None where a point is not known.

    The same locality is 0 km, whatever its size.
    """
    if one == other:
        return SAME_LOCALITY_KM
    known = localities()
    if one not in known or other not in known:
        return None
    a, b = known[one], known[other]
    rise = sin(radians(b.latitude - a.latitude) / 2) ** 2
    turn = sin(radians(b.longitude - a.longitude) / 2) ** 2
    return (
        2
        * EARTH_RADIUS_KM
        * asin(sqrt(rise + cos(radians(a.latitude)) * cos(radians(b.latitude)) * turn))
    )


def usual_shares(
    folder: ViewFolder,
    pack: Pack,
    weights: Weights,
    *,
    last_seen: str | None,
    begin: date,
    finish: date,
) -> Usual:
    """Count the shares for one episode that ran from ``begin`` to ``finish``."""
    with connect() as con:
        read_table(con, INCIDENT, folder.records).create_view("report")
        read_table(con, INCIDENT_MEMBERSHIP, folder.persons).create_view("membership")
        con.execute(_INCIDENT)
        read_table(con, OFFENSE, folder.records).create_view("offense")
        places = con.execute(_BY_LOCALITY).fetchall()
        times = con.execute(
            _BY_TIME, {"begin": begin, "finish": finish, "days": weights.time.after_days}
        ).fetchone()
        codes = con.execute(_BY_CODE).fetchall()
    during, after, before, total = times or (0, 0, 0, 0)
    total = max(int(total), 1)
    incidents_by_code = {code: set(keys) for code, keys in codes}
    return Usual(
        distance=_by_distance(places, weights, last_seen),
        during=during / total,
        after=after / total,
        before=before / total,
        otherwise=max(total - during - after - before, 0) / total,
        categories={
            name: len(
                set().union(
                    *(incidents_by_code.get(code, set()) for code in pack.categories[name].codes)
                )
            )
            / total
            for name in weights.categories
            if name in pack.categories
        },
    )


def _by_distance(
    places: list[tuple[str, int]], weights: Weights, last_seen: str | None
) -> tuple[float, ...] | None:
    if last_seen is None:
        return None
    counts = [0] * len(weights.distance)
    for locality_id, incidents in places:
        apart = distance_km(last_seen, locality_id)
        if apart is not None:
            counts[weights.band(apart)] += incidents
    total = sum(counts)
    return tuple(count / total for count in counts) if total else None
