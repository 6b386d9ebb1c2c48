"""The model of incidents: a small reviewed file of numbers, as resolution.model is for persons.

Guarantees: a file whose comparisons, levels or numbers do not fit the code is refused whole; a
weight is log2(m / u), the Fellegi-Sunter weight that persons' links have too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from resolution.incidents.comparisons import COMPARISONS
from resolution.model import (
    ComparisonWeights,
    Measured,
    Probability,
    check_levels,
    fingerprint_of,
    log2_odds,
    read_model,
)
from runs.manifest import Frozen

ACCEPTED: Final = Path(__file__).parent.parent / "models" / "incidents.json"


class IncidentThresholds(Frozen):
    """Match weights (log2). Links at or above ``accept`` hold an incident together; between
    ``review`` and ``accept`` a pair stays apart and is listed as doubtful."""

    accept: float
    review: float


class IncidentLimits(Frozen):
    """``pairs_per_key``: a blocking key that makes more pairs is too common.
    ``reports_per_component``: larger components are split at stronger links first."""

    pairs_per_key: Annotated[int, Field(ge=1)]
    reports_per_component: Annotated[int, Field(ge=2)]


class IncidentTraining(Frozen):
    """What the numbers were estimated from: reports, and pairs of different sources."""

    seed: int
    reports: int
    pairs: int
    note: str


class IncidentModel(Frozen):
    format: Literal[1]
    name: str
    training: IncidentTraining
    evaluation: tuple[Measured, ...] = ()
    limitations: tuple[str, ...] = ()
    probability_two_random_reports_match: Probability
    thresholds: IncidentThresholds
    limits: IncidentLimits
    comparisons: tuple[ComparisonWeights, ...]

    @property
    def prior_match_weight(self) -> float:
        """log2 odds that two reports of different sources, at random, are of one incident."""
        return log2_odds(self.probability_two_random_reports_match)

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self)


def load_incident_model(path: Path = ACCEPTED) -> IncidentModel:
    """Raises BadModel where the file is missing or does not fit this code."""
    model = read_model(
        path,
        IncidentModel,
        "a model of incidents",
        "vast model train-incidents",
        f"the shipped one is {ACCEPTED}",
    )
    check_levels(
        path,
        [(c.name, [level.name for level in c.levels]) for c in COMPARISONS],
        model.comparisons,
    )
    return model
