"""How a model of incidents comes to be: learnt from deliveries, measured on made-up worlds.

Guarantees: no truth is read before the model is made. The model that runs use is the reviewed file
that ships with the code (resolution/models/incidents.json): a new one becomes theirs by review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]

from pipeline.incident_quality import IncidentQuality, measure_incidents
from pipeline.quality import world_name, world_records
from resolution.around import records_around
from resolution.clustering import Constraints
from resolution.features import make_features, make_frequencies
from resolution.incidents.reports import make_reports, open_tables
from resolution.incidents.train import train_incidents
from resolution.model import Measured
from resolution.persons import find_persons, parties_apart
from runs.duck import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from resolution.incidents.model import IncidentModel
    from resolution.model import Model
    from resolution.progress import Progress

LIMITATIONS: Final = (
    "estimated from a small synthetic state: in a larger one a common hour or offense says less",
    "no feed of the training world repeats another's case number: that weight is by decision",
    "two incidents of the same people, in one place and hour, by two agencies are taken for one",
)


def train_incident_model(
    folder: Path,
    persons: Model,
    name: str,
    seed: int,
    note: str,
    worlds: Sequence[Path],
    progress: Progress,
) -> IncidentModel:
    """Learn from a folder of deliveries, or a world's, whose people ``persons`` resolves.

    Raises NothingToLearnFrom, and PipelineError for a folder that is no world.
    """
    feeds = folder / "feeds"
    with world_records(feeds if feeds.is_dir() else folder, progress) as records:
        known = _persons(records, persons, progress)
        with connect() as con:
            open_tables(con, records)
            members = {"record_key": list(known), "person_id": [f"P{n}" for n in known.values()]}
            con.register("membership", pa.table(members))
            make_reports(con, frozenset())
            model = train_incidents(con, name=name, seed=seed, note=note)
    progress(f"learnt from {model.training.pairs:,} pairs of reports")
    measured = [one for world in worlds for one in _measured(world, persons, model, progress)]
    return model.model_copy(update={"evaluation": tuple(measured), "limitations": LIMITATIONS})


def _persons(records: Path, model: Model, progress: Progress) -> Mapping[str, int]:
    with connect() as con:
        make_features(con, records_around(con, records))
        make_frequencies(con, model.frequencies)
        constraints = Constraints(Constraints.none().must, parties_apart(con))
        found = find_persons(con, model, len(con.table("feature")), constraints, progress)
        keys = con.sql("SELECT record_key FROM feature ORDER BY rid").fetchall()
    return {key: label for (key,), label in zip(keys, found.clusters.label.tolist(), strict=True)}


def _measured(
    world: Path, persons: Model, model: IncidentModel, progress: Progress
) -> Iterator[Measured]:
    with world_records(world / "feeds", progress) as records:
        known = _persons(records, persons, progress)
        truth = world / "truth" / "report.parquet"
        found: IncidentQuality | None = measure_incidents(records, known, truth, progress, model)
    for part, one in ({} if found is None else found.parts).items():
        yield Measured(
            world=world_name(world),
            part=part,
            records=one.records,
            precision=round(one.pairwise.precision, 4),
            recall=round(one.pairwise.recall, 4),
            f1=round(one.pairwise.f1, 4),
        )
