"""From the scored pairs of components to clusters of records.

Guarantees: reads ``feature``, ``scored_pair`` and ``component`` (rid, component: of two or
more records); the clusters are those of resolution.clustering for each component by itself, parted
where two dates of birth are established, and joined where one person has another name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.births import births_apart
from resolution.bridges import join_bridged
from resolution.clustering import (
    Clusters,
    Constraints,
    Pairs,
    checked_constraints,
    cluster,
    components,
)
from resolution.scoring import cut

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

# A false name contradicts once, however many records repeat it: no mean over pairs.
_OTHER_NAME: Final = """
SELECT rid_l, rid_r, margin
FROM scored_pair
JOIN cluster_label AS one ON one.rid = rid_l JOIN cluster_label AS other ON other.rid = rid_r
JOIN feature AS f_l ON f_l.rid = rid_l JOIN feature AS f_r ON f_r.rid = rid_r
WHERE margin >= 0 AND one.label <> other.label AND one.component = other.component
    AND f_l.birth = f_r.birth AND f_l.sex = f_r.sex
    AND f_l.surname <> f_r.surname AND f_l.given <> f_r.given
"""

# Whose surname or date of birth is not told could be many; a strong identifier says who it is.
_SCRAPS: Final = """
SELECT rid FROM feature
WHERE linkable AND (surname IS NULL OR birth IS NULL) AND strong_id IS NULL ORDER BY rid
"""

_INSIDE: Final = """
CREATE OR REPLACE TEMP TABLE inside_pair AS
SELECT l.component, rid_l, rid_r, CASE WHEN margin < 0 AND margin >= $prior
    THEN $silence * margin ELSE margin END AS margin
FROM scored_pair JOIN component AS l ON l.rid = rid_l
JOIN component AS r ON r.rid = rid_r AND r.component = l.component
"""

_PAIRS_INSIDE: Final = """
SELECT component, count(*) AS pairs FROM inside_pair GROUP BY component
"""

_INSIDE_PART: Final = """
SELECT rid_l, rid_r, margin FROM inside_pair WHERE component >= $first AND component < $end
"""

PAIRS_JOINED_AT_ONCE: Final = 8_000_000
"""Pairs of whole components that are clustered together, which bounds memory; no result depends on
it. Components are numbered by their smallest record, so that of ten million records the first
tenth of the numbers holds nearly all of the large ones."""


def join_records(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    prior: float,
    silence: float,
    *,
    dates_part: bool,
) -> Clusters:
    """``component``: by rid. ``prior``, ``silence`` and ``dates_part``: see persons."""
    # What gives way joins nobody, here or by what is told of two dates of birth.
    constraints, contradicted = checked_constraints(len(component), constraints)
    con.execute(_INSIDE, {"silence": silence, "prior": prior})
    counted = con.sql(_PAIRS_INSIDE).fetchnumpy()
    pairs_inside = np.zeros(len(component), dtype=np.int64)
    pairs_inside[component[constraints.must[:, 0]]] = 1
    pairs_inside[counted["component"]] += counted["pairs"]
    scraps = con.sql(_SCRAPS).fetchnumpy()["rid"].astype(np.int64)
    label = _clusters(con, component, constraints, scraps, pairs_inside)
    if dates_part:
        label = _parted(con, component, constraints, scraps, pairs_inside, label)
    label = _under_other_names(con, component, constraints, label)
    con.execute("DROP TABLE inside_pair")
    return Clusters(label, contradicted)


def _clusters(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    scraps: Integers,
    pairs_inside: Integers,
    homes: Integers | None = None,
) -> Integers:
    """Cluster ``inside_pair``, some components at a time: no constraint holds between them.

    ``pairs_inside``: by component, how many pairs and decisions it holds. ``homes``: of these
    components only; the records of others stand alone.
    """
    if homes is not None:
        wanted = np.zeros(len(component), dtype=bool)
        wanted[homes] = True
        pairs_inside = np.where(wanted, pairs_inside, 0)
    numbers = np.flatnonzero(pairs_inside)
    label = np.arange(len(component), dtype=np.int64)
    place = np.empty(len(component), dtype=np.int64)
    for first, end in cut(numbers, pairs_inside[numbers], PAIRS_JOINED_AT_ONCE):
        chosen = (component >= first) & (component < end) & (pairs_inside[component] > 0)
        members = np.flatnonzero(chosen)
        if not len(members):
            continue
        place[members] = np.arange(len(members))
        pairs = pairs_of(
            con.execute(_INSIDE_PART, {"first": first, "end": end}).fetchnumpy(), "margin"
        )
        pairs = pairs.at(chosen[pairs.left])
        must, cannot = (
            place[pair[chosen[pair].all(axis=1)]] for pair in (constraints.must, constraints.cannot)
        )
        part = cluster(
            len(members),
            place[component[members]],
            Pairs(place[pairs.left], place[pairs.right], pairs.margin),
            Constraints(must, cannot),
            place[scraps[chosen[scraps]]],
        )
        label[members] = members[part.label]
    return label


def _parted(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    scraps: Integers,
    pairs_inside: Integers,
    label: Integers,
) -> Integers:
    """Cluster again, apart, what two established dates of birth say is of two people."""
    apart = births_apart(con, label)
    if len(apart) and len(constraints.must):
        united = _united(con, component, constraints, scraps, pairs_inside)
        apart = apart[united[apart[:, 0]] != united[apart[:, 1]]]
    if not len(apart):
        return label
    homes = np.unique(component[apart])
    held = Constraints(constraints.must, np.r_[constraints.cannot, apart])
    again = _clusters(con, component, held, scraps, pairs_inside, homes)
    return np.where(np.isin(component, homes), again, label)


def _united(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    scraps: Integers,
    pairs_inside: Integers,
) -> Integers:
    """By rid: equal where decisions make one person of the persons that the evidence alone makes.

    Whoever says that two are one person has seen both dates of birth: the rule about dates must
    not rule out between the two persons' other records what was decided about one of each.
    """
    none = np.empty((0, 2), dtype=np.int64)
    homes = np.unique(component[constraints.must])
    ruled_out = Constraints(none, constraints.cannot)
    label = _clusters(con, component, ruled_out, scraps, pairs_inside, homes)
    apart = births_apart(con, label)
    if len(apart):
        held = Constraints(none, np.r_[constraints.cannot, apart])
        label = _clusters(con, component, held, scraps, pairs_inside, homes)
    left = np.r_[np.arange(len(label)), constraints.must[:, 0]]
    right = np.r_[label, constraints.must[:, 1]]
    return components(len(label), left, right)


def _under_other_names(
    con: duckdb.DuckDBPyConnection,
    component: Integers,
    constraints: Constraints,
    label: Integers,
) -> Integers:
    """Join what one day of birth and one contact tie under another name, unless ruled out."""
    placed = {"rid": np.arange(len(label)), "label": label, "component": component}
    con.register("cluster_label", pa.table(placed))
    found = pairs_of(con.sql(_OTHER_NAME).fetchnumpy(), "margin")
    con.unregister("cluster_label")
    return join_bridged(label, found, constraints.cannot)


def pairs_of(found: dict[str, Any], margin: str) -> Pairs:
    return Pairs(
        found["rid_l"].astype(np.int64),
        found["rid_r"].astype(np.int64),
        found[margin].astype(np.float64),
    )
