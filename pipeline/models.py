"""Which linkage model an installation uses, and how another one comes to be used.

Guarantees: runs read the accepted model alone; a model is accepted whole or not at all, and only
with an evaluation, a reason and an account that the audit log names; every model that was accepted
stays in the home under its fingerprint, so that an earlier one can be accepted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.errors import ModelRefused
from pipeline.quality import measure_world, world_records
from resolution.around import records_around
from resolution.clustering import Constraints
from resolution.evaluate import Agreement, agreement
from resolution.features import make_features, make_frequencies, named_records
from resolution.index import ACCEPTED_MODEL
from resolution.model import Measured, Model, load_model, save_model
from resolution.persons import find_persons, parties_apart
from resolution.train import train
from runs.duck import connect
from runs.manifest import finished_runs
from sharing.accounts import Role, all_accounts
from sharing.audit import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from resolution.progress import Progress
    from runs.home import Home
    from sharing.store import Store

CARD_PARTS: Final = ("linkable", "linkable, true identity", "both names", "children")
_LISTED_BITS: Final = 0.5
_ACCEPTING: Final = frozenset({Role.STEWARD, Role.ADMINISTRATOR})

_LIMITATIONS: Final = (
    "estimated for the population of its training records: a name weighs less in a larger one",
    "weighs errors as if they were independent of each other",
    "never trained on a truth; race and ethnicity are no input",
)


def accepted_model(home: Home) -> Path:
    """The model that runs of this home use: its own accepted one, else the shipped one."""
    own = home.models / "accepted.json"
    return own if own.exists() else ACCEPTED_MODEL


def records_of_view(home: Home, view: str) -> Path:
    """The records that the newest run compared for a view. Raises ModelRefused where none are."""
    runs = finished_runs(home)
    if not runs or view not in runs[-1].graph_views:
        known = ", ".join(runs[-1].graph_views) if runs else "no run is finished"
        raise ModelRefused(f"no records of the view '{view}' in {home.path}: {known}")
    return home.run(runs[-1].run_id).match(view)


def train_model(
    records: Path, name: str, seed: int, note: str, worlds: Sequence[Path], progress: Progress
) -> Model:
    """Estimate a model from a folder with person_record and measure it on made-up worlds.

    Raises NothingToLearnFrom, and PipelineError for a folder that is no world.
    """
    with connect() as con:
        given = records_around(con, records)
        model = train(con, given, name=name, seed=seed, note=note)
    progress(f"learnt from {model.training.candidate_pairs:,} candidate pairs")
    measured = []
    for world in worlds:
        found = measure_world(world, model, progress)
        measured += [
            Measured(
                world=found.world,
                part=part,
                records=found.parts[part].records,
                precision=round(found.parts[part].pairwise.precision, 4),
                recall=round(found.parts[part].pairwise.recall, 4),
                f1=round(found.parts[part].pairwise.f1, 4),
            )
            for part in CARD_PARTS
        ]
    return model.model_copy(
        update={"evaluation": tuple(measured), "limitations": _LIMITATIONS},
    )


def train_on_deliveries(
    folder: Path, name: str, seed: int, note: str, worlds: Sequence[Path], progress: Progress
) -> Model:
    """The same from a folder of deliveries, or a world's, which are loaded as a run would."""
    feeds = folder / "feeds"
    with world_records(feeds if feeds.is_dir() else folder, progress) as records:
        return train_model(records, name, seed, note, worlds, progress)


@dataclass(frozen=True, slots=True)
class WeightChange:
    """Match weights (log2) of one level under two models."""

    comparison: str
    level: str
    first: float
    second: float


def weight_changes(first: Model, second: Model) -> list[WeightChange]:
    """Levels whose weight differs by half a bit or more, the largest difference first."""
    changes = [
        WeightChange(c.name, one.name, one.match_weight, other.match_weight)
        for c, d in zip(first.comparisons, second.comparisons, strict=True)
        for one, other in zip(c.levels, d.levels, strict=True)
    ]
    return sorted(
        (c for c in changes if abs(c.second - c.first) >= _LISTED_BITS),
        key=lambda c: (-abs(c.second - c.first), c.comparison, c.level),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two models make of the same records, before any decision of a reviewer."""

    records: int
    persons_first: int
    persons_second: int
    pairs: Agreement


def outcome(records: Path, first: Model, second: Model, progress: Progress) -> Outcome:
    """Resolve a folder's person_record with either model."""
    one, other = (_labels(records, model, progress) for model in (first, second))
    return Outcome(
        len(one), len(set(one.tolist())), len(set(other.tolist())), agreement(one, other)
    )


def _labels(records: Path, model: Model, progress: Progress) -> NDArray[np.int64]:
    with connect() as con:
        given = records_around(con, records)
        model = model.for_records(named_records(given))
        make_features(con, given)
        make_frequencies(con, model.frequencies)
        constraints = Constraints(Constraints.none().must, parties_apart(con))
        count = len(con.table("feature"))
        return find_persons(con, model, count, constraints, progress).clusters.label


def accept(home: Home, store: Store, candidate: Path, account: str, reason: str) -> Model:
    """Make a model the one that this home's next runs use; the audit log is told first.

    Raises BadModel for a file that is no model of this version, ModelRefused where it has no
    evaluation, where it is accepted already, without a reason, or where the account is not an
    active steward's or administrator's.
    """
    model, present = load_model(candidate), load_model(accepted_model(home))
    if not model.evaluation:
        raise ModelRefused(
            f"{candidate} has no evaluation: nobody measured it. Train it with --evaluate WORLD"
        )
    if model.fingerprint == present.fingerprint:
        raise ModelRefused(f"{model.name} ({model.fingerprint[:12]}) is the accepted model already")
    if not reason.strip():
        raise ModelRefused("say why with --reason: who reads the log later needs to know")
    active = {one.username: one.role for one in all_accounts(store) if not one.disabled}
    if active.get(account) not in _ACCEPTING:
        raise ModelRefused(
            "--by names no active account of a steward or administrator; "
            "'vast users list' lists them"
        )
    record(
        store,
        AuditEvent.MODEL_ACCEPTED,
        account=account,
        details={
            "model": model.name,
            "fingerprint": model.fingerprint,
            "replaces": present.fingerprint,
            "reason": reason,
        },
    )
    home.models.mkdir(mode=0o700, exist_ok=True)
    for kept in (present, model):
        save_model(kept, home.models / f"{kept.name}-{kept.fingerprint[:12]}.json")
    save_model(model, home.models / "accepted.json")
    return model
