"""How well a model resolves a made-up world, whose truth is known.

Guarantees: the truth is read only after the clusters are made. A person's record counts under the
key that ingest gives to it, so what ingest lost is not counted as found.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from ingest.landing import land
from ingest.load import load_records
from pipeline.errors import PipelineError
from pipeline.incident_quality import IncidentQuality, measure_incidents
from pipeline.scratch import scratch_folder
from resolution.around import records_around
from resolution.clustering import Constraints
from resolution.evaluate import Evaluation, GroupQuality, evaluate, evaluate_groups
from resolution.features import make_features, make_frequencies, named_records
from resolution.persons import find_persons, parties_apart
from runs.duck import connect
from runs.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from resolution.model import Model
    from resolution.progress import Progress

GAP_ALLOWED: Final = 0.03
GROUP_RECORDS: Final = 200
"""A group with fewer records than this is too small to speak of its quality."""

# A false identity is one that the person gave: its records do not say whom they are about.
_RECORDS: Final = """
SELECT record_key, t.person_id, linkable,
    given IS NOT NULL AND surname IS NOT NULL AS both_names, is_child, t.false_identity
FROM feature JOIN truth AS t USING (record_key)
WHERE t.person_id IS NOT NULL
ORDER BY record_key
"""

_GROUPS: Final = """
WITH aged AS (
    SELECT person_id, sex, race, ethnicity, tradition,
        date_diff('year', birth_date, (SELECT max(observed_on) FROM given)) AS age
    FROM person
)
SELECT person_id, sex, race, ethnicity, replace(tradition, '_', ' '),
    CASE WHEN age < 13 THEN 'under 13' WHEN age < 18 THEN '13 to 17' WHEN age < 25 THEN '18 to 24'
        WHEN age < 45 THEN '25 to 44' ELSE '45 and over' END
FROM aged
"""
KINDS: Final = ("sex", "race", "ethnicity", "naming tradition", "age")

# What no rule could find are two records of one person that share no blocking key.
_TRUE_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE true_pair AS
WITH told AS (
    SELECT rid, t.person_id, coalesce(t.false_identity, false) AS false_identity,
        given IS NULL OR surname IS NULL AS one_name, label
    FROM feature JOIN truth AS t USING (record_key) JOIN resolved_label USING (rid)
    WHERE linkable AND t.person_id IS NOT NULL
)
SELECT CASE WHEN l.false_identity OR r.false_identity THEN 'a false identity'
        WHEN l.one_name OR r.one_name THEN 'one name only' ELSE 'anything else' END AS cause,
    l.label = r.label AS joined, join_key_l IS NOT NULL AS blocked
FROM told AS l JOIN told AS r ON l.person_id = r.person_id AND l.rid < r.rid
LEFT JOIN candidate ON join_key_l = l.rid AND join_key_r = r.rid
"""
_MISSED: Final = """
SELECT cause, count(*), count(*) FILTER (NOT joined), count(*) FILTER (NOT blocked)
FROM true_pair GROUP BY cause ORDER BY cause
"""

# A reviewer is asked once about two persons, and once about a person held together too weakly.
_FOR_REVIEW: Final = """
SELECT count(DISTINCT (least(l.label, r.label), greatest(l.label, r.label)))
FROM scored_pair JOIN resolved_label AS l ON l.rid = rid_l
JOIN resolved_label AS r ON r.rid = rid_r
WHERE review_margin >= 0 AND (l.label <> r.label OR margin < 0)
"""


@dataclass(frozen=True, slots=True)
class TruePairs:
    """Pairs of linkable records of one person, by what one of the two records is: how many there
    are, how many were not joined, how many share no blocking key."""

    cause: str
    pairs: int
    missed: int
    not_candidates: int


@dataclass(frozen=True, slots=True)
class WorldQuality:
    """``parts``: evaluation by the name of a part of the records; ``groups``: by kind of group,
    over the records that can be linked; ``true_pairs``: of those records, by cause.
    ``prior_records``: what the model was fitted to; ``for_review``: pairs of persons, and persons,
    that wait for a reviewer."""

    world: str
    model: str
    prior_records: int
    prior_match_weight: float
    for_review: int
    seconds: float
    candidate_pairs: int
    true_pairs: tuple[TruePairs, ...]
    parts: dict[str, Evaluation]
    groups: dict[str, tuple[GroupQuality, ...]]
    groups_true_identity: dict[str, tuple[GroupQuality, ...]]
    incidents: IncidentQuality | None = None

    @property
    def blocking_recall(self) -> float | None:
        """Share (0 to 1) of the true pairs that share a blocking key; None where there are none."""
        pairs = sum(found.pairs for found in self.true_pairs)
        lost = sum(found.not_candidates for found in self.true_pairs)
        return 1 - lost / pairs if pairs else None

    @property
    def unfair(self) -> list[str]:
        """Groups that lie further below the rest than is allowed, and are large enough to tell."""
        return _unfair(self.groups)

    @property
    def unfair_true_identity(self) -> list[str]:
        """The same without the records of false identities."""
        return _unfair(self.groups_true_identity)

    def as_dict(self) -> dict[str, Any]:
        return {
            "world": self.world,
            "model": self.model,
            "seconds": round(self.seconds, 1),
            "candidate_pairs": self.candidate_pairs,
            "blocking_recall": self.blocking_recall,
            "prior_records": self.prior_records,
            "for_review": self.for_review,
            "true_pairs": [asdict(found) for found in self.true_pairs],
            **{name: part.as_dict() for name, part in self.parts.items()},
            "incidents": None if self.incidents is None else self.incidents.as_dict(),
            "groups": _groups_as_dict(self.groups),
            "groups, true identity": _groups_as_dict(self.groups_true_identity),
            "unfair": self.unfair,
            "unfair, true identity": self.unfair_true_identity,
        }


def _unfair(kinds: dict[str, tuple[GroupQuality, ...]]) -> list[str]:
    return [
        f"{kind} {group.group}"
        for kind, groups in kinds.items()
        for group in groups
        if group.gap > GAP_ALLOWED and group.records >= GROUP_RECORDS
    ]


def _groups_as_dict(
    kinds: dict[str, tuple[GroupQuality, ...]],
) -> dict[str, list[dict[str, Any]]]:
    return {
        kind: [
            {
                "group": group.group,
                "records": group.records,
                **asdict(group.quality),
                "f1": group.quality.f1,
                "gap": group.gap,
            }
            for group in groups
        ]
        for kind, groups in kinds.items()
    }


@contextmanager
def world_records(deliveries: Path, progress: Progress) -> Iterator[Path]:
    """Every agency's records of a folder of deliveries, loaded as a run would, in a folder that
    is removed afterwards."""
    with scratch_folder() as folder:
        home = Home(folder / "home")
        home.prepare()
        land(home, deliveries, progress=progress)
        records = folder / "records"
        load_records(home, records, folder / "scratch", progress=progress)
        yield records


def measure_world(world: Path, model: Model, progress: Progress) -> WorldQuality:
    """Resolve a world that ``vast world make`` wrote; hold persons and incidents against its truth.

    Raises PipelineError where the folder is no world.
    """
    record, person = world / "truth" / "record.parquet", world / "truth" / "person.parquet"
    if not record.exists() or not person.exists():
        raise PipelineError(
            f"{world} is no made-up world: truth/record.parquet and truth/person.parquet are "
            "missing; make one with 'vast world make DIR'"
        )
    with world_records(world / "feeds", progress) as records, connect() as con:
        records_around(con, records).create_view("given")
        model = model.for_records(named_records(con.view("given")))
        linkable = make_features(con, con.table("given"))
        make_frequencies(con, model.frequencies)
        start = time.perf_counter()
        constraints = Constraints(Constraints.none().must, parties_apart(con))
        count = len(con.table("feature"))
        progress(f"{count:,} records, {linkable:,} with a name or identifier")
        found = find_persons(con, model, count, constraints, progress)
        seconds = time.perf_counter() - start
        con.read_parquet(str(record)).create_view("truth")
        con.read_parquet(str(person)).create_view("person")
        keys = con.sql("SELECT record_key FROM feature ORDER BY rid").fetchall()
        clusters = {
            key: label for (key,), label in zip(keys, found.clusters.label.tolist(), strict=True)
        }
        true_pairs, review = _pairs(con, found.clusters.label)
        return WorldQuality(
            world=world_name(world),
            model=model.name,
            prior_records=model.prior_records,
            prior_match_weight=model.prior_match_weight,
            for_review=review,
            seconds=seconds,
            candidate_pairs=found.blocking.candidates,
            true_pairs=true_pairs,
            parts=_parts(con, clusters),
            groups=_groups(con, clusters, false_too=True),
            groups_true_identity=_groups(con, clusters, false_too=False),
            incidents=measure_incidents(
                records, clusters, world / "truth" / "report.parquet", progress
            ),
        )


def world_name(world: Path) -> str:
    """How pages and model cards call a made-up world."""
    made = json.loads((world / "world.json").read_text("utf-8"))
    return f"seed {made['seed']}, {made['persons']:,} people"


def _parts(con: duckdb.DuckDBPyConnection, clusters: dict[str, int]) -> dict[str, Evaluation]:
    rows = con.sql(_RECORDS).fetchall()
    chosen = {
        "all": [(key, who) for key, who, *_ in rows],
        "linkable": [(key, who) for key, who, linkable, *_ in rows if linkable],
        "linkable, true identity": [
            (key, who) for key, who, linkable, _, _, false in rows if linkable and not false
        ],
        "both names": [(key, who) for key, who, _, named, *_ in rows if named],
        "children": [(key, who) for key, who, _, named, child, _ in rows if named and child],
    }
    return {name: evaluate(clusters, dict(part)) for name, part in chosen.items()}


def _groups(
    con: duckdb.DuckDBPyConnection, clusters: dict[str, int], *, false_too: bool
) -> dict[str, tuple[GroupQuality, ...]]:
    truth = {
        key: who
        for key, who, linkable, _, _, false in con.sql(_RECORDS).fetchall()
        if linkable and (false_too or not false)
    }
    people = con.sql(_GROUPS).fetchall()
    return {
        kind: evaluate_groups(
            clusters, truth, {row[0]: row[place] for row in people if row[place] is not None}
        )
        for place, kind in enumerate(KINDS, start=1)
    }


def _pairs(
    con: duckdb.DuckDBPyConnection, label: NDArray[np.int64]
) -> tuple[tuple[TruePairs, ...], int]:
    labels = pa.table({"rid": np.arange(len(label)), "label": label})
    con.register("resolved_label", labels)
    con.execute(_TRUE_PAIRS)
    causes = tuple(TruePairs(*row) for row in con.sql(_MISSED).fetchall())
    [(review,)] = con.sql(_FOR_REVIEW).fetchall()
    con.unregister("resolved_label")
    return causes, int(review)
