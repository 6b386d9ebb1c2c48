"""From reports to incidents: block, compare, score, complete the components, cluster.

Guarantees: two different reports of one source are never one incident, unless it was decided; the
result depends on the reports, the model, the decisions and nothing else; a component is bounded, so
that no chain of look-alikes grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from resolution.clustering import (
    Clusters,
    Constraints,
    Pairs,
    bounded_components,
    checked_constraints,
    cluster,
    components,
)
from resolution.incidents.candidates import Candidates, make_candidates
from resolution.incidents.comparisons import compare
from resolution.incidents.scoring import Scored, read_levels, score

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from resolution.incidents.model import IncidentModel
    from resolution.progress import Progress

    Integers = NDArray[np.int64]

_SOURCE: Final = "SELECT source FROM report ORDER BY iid"

_INSIDE: Final = """
CREATE OR REPLACE TEMP TABLE inside AS
SELECT l.iid AS iid_l, r.iid AS iid_r, l.source = r.source AS one_source
FROM (SELECT * FROM component JOIN report USING (iid)) AS l
JOIN (SELECT * FROM component JOIN report USING (iid)) AS r
    ON l.component = r.component AND l.iid < r.iid
"""

_MISSING: Final = """
CREATE OR REPLACE TEMP TABLE missing AS
SELECT iid_l, iid_r FROM inside ANTI JOIN report_pair USING (iid_l, iid_r) WHERE NOT one_source
"""

_APART: Final = "SELECT iid_l AS l, iid_r AS r FROM inside WHERE one_source ORDER BY l, r"


@dataclass(frozen=True, slots=True)
class FoundIncidents:
    """``label[iid]`` is the smallest iid of the report's incident; ``scored`` are all pairs."""

    clusters: Clusters
    candidates: Candidates
    scored: Scored
    components_split: int


def find_incidents(
    con: duckdb.DuckDBPyConnection,
    model: IncidentModel,
    reports: int,
    progress: Progress,
    decided: Constraints | None = None,
) -> FoundIncidents:
    """Cluster the ``reports`` rows of ``report`` (see resolution.incidents.reports).

    ``decided``: what people said of pairs of reports, each the smaller number first.
    """
    candidates = make_candidates(con, model.limits.pairs_per_key)
    progress(f"{candidates.pairs:,} candidate pairs of reports")
    source = con.sql(_SOURCE).fetchnumpy()["source"].astype(np.int64)
    compare(con, "report_pair")
    left, right, level = read_levels(con)
    first = score(model, source, left, right, level)
    edges = Pairs(left, right, first.weight - model.thresholds.review).at_least(0)
    decided = decided or Constraints.none()
    most = model.limits.reports_per_component
    component, split = bounded_components(reports, edges, decided.must, most)
    sizes = np.bincount(component, minlength=reports)
    # What is still too large is a crowd of look-alikes, all linked equally: nobody can tell them.
    component = np.where(sizes[component] > most, np.arange(reports), component)
    sizes = np.bincount(component, minlength=reports)
    together = np.flatnonzero(sizes[component] > 1)
    con.register("component", pa.table({"iid": together, "component": component[together]}))
    con.execute(_INSIDE)
    con.execute(_MISSING)
    con.unregister("component")
    compare(con, "missing")
    more_left, more_right, more_level = read_levels(con)
    left, right = np.r_[left, more_left], np.r_[right, more_right]
    level = np.concatenate([level, more_level])
    order = np.lexsort((right, left))
    scored = score(model, source, left[order], right[order], level[order])
    apart = con.sql(_APART).fetchnumpy()
    numbered_apart = np.stack([apart["l"], apart["r"]], axis=1).astype(np.int64)
    # Decisions contradict each other only among themselves: whoever says that A is B and B is C has
    # said that A is C, also of two reports of one source.
    held, _ = checked_constraints(reports, decided)
    told = components(reports, held.must[:, 0], held.must[:, 1])[numbered_apart]
    numbered_apart = numbered_apart[told[:, 0] != told[:, 1]]
    constraints = Constraints(decided.must, np.r_[numbered_apart, decided.cannot])
    pairs = Pairs(scored.left, scored.right, scored.weight - model.thresholds.accept)
    return FoundIncidents(
        cluster(reports, component, pairs, constraints), candidates, scored, split
    )
