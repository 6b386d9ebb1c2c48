"""The linkage model: a small reviewed file of numbers, without any dialect.

Guarantees: a file names comparisons and levels and gives their m and u; how they are tested is
``resolution.comparisons``. A file whose names, lists or numbers do not fit the code is refused
whole. Writing and reading a model gives the same model.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError
from splink import SettingsCreator

from resolution.comparisons import COMPARISONS, NEAR
from resolution.errors import BadModel
from resolution.lists import check_fingerprints
from runs.manifest import Frozen, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from splink.internals.comparison_creator import ComparisonCreator

FORMAT: Final = 1

Probability = Annotated[float, Field(gt=0, lt=1)]


_M = TypeVar("_M", bound=Frozen)


class LevelWeights(Frozen):
    """``m``: share of the level among pairs of one person; ``u``: among pairs of two."""

    name: str
    m: Probability
    u: Probability

    @property
    def match_weight(self) -> float:
        return math.log2(self.m / self.u)


class ComparisonWeights(Frozen):
    name: str
    levels: tuple[LevelWeights, ...]


class Thresholds(Frozen):
    """Match weights (log2). Links at or above ``accept`` hold a person together; between
    ``review`` and ``accept`` a pair is for a person to decide. The child's thresholds hold where
    either record is of a child (under 18 on its day)."""

    accept: float
    review: float
    accept_child: float
    review_child: float


class Limits(Frozen):
    """``records_per_key``: more records than this make a blocking key too common.
    ``records_per_component``: larger components are split at stronger links first."""

    records_per_key: Annotated[int, Field(ge=2)]
    records_per_component: Annotated[int, Field(ge=2)]
    every_pair_up_to: Annotated[int, Field(ge=0)] = 0


class NameFrequencies(Frozen):
    """Shares (0 to 1) of people with a name, where the public lists say less: names that many
    of the training records hold. A floor is the least share that any name is given. ``weight``
    scales the adjustment, 0 for none."""

    given_name: dict[str, Probability]
    surname: dict[str, Probability]
    given_name_floor: Probability
    surname_floor: Probability
    weight: Annotated[float, Field(ge=0, le=1)]

    def adjustment(self, u: float, share: float | None) -> float:
        """Bits that a name's rarity adds to its level's weight; 0 where nothing is known."""
        return 0.0 if share is None else self.weight * math.log2(u / share)


class Training(Frozen):
    """What the numbers were estimated from. ``fingerprint`` is of the training features."""

    seed: int
    records: int
    candidate_pairs: int
    random_pairs: int
    fingerprint: str
    note: str


class Measured(Frozen):
    """Pairwise quality (0 to 1) of one part of a world that the model was not trained on."""

    world: str
    part: str
    records: int
    precision: float
    recall: float
    f1: float


class Model(Frozen):
    """``evaluation`` and ``limitations`` are its card: what was measured, and what not to use it
    for. A model without an evaluation cannot be accepted. ``fitted_to_records``: the number of
    records that the prior holds for; None for those that it was trained on."""

    format: Literal[1]
    name: str
    training: Training
    fitted_to_records: Annotated[int, Field(ge=2)] | None = None
    evaluation: tuple[Measured, ...] = ()
    limitations: tuple[str, ...] = ()
    probability_two_random_records_match: Probability
    thresholds: Thresholds
    limits: Limits
    frequencies: NameFrequencies
    public_lists: dict[str, str]
    comparisons: tuple[ComparisonWeights, ...]

    @property
    def prior_match_weight(self) -> float:
        """log2 odds that two records taken at random are of one person."""
        return log2_odds(self.probability_two_random_records_match)

    @property
    def prior_records(self) -> int:
        """Records with a name or identifier, of which the prior is that of two at random."""
        return self.fitted_to_records or self.training.records

    def for_records(self, records: int) -> Model:
        """The model as it weighs among ``records`` records with a name or identifier.

        A record's others stay as many and the pairs grow with the square: the prior falls by a
        bit each time the records double. What only few can share (NEAR) takes that back, since
        their number stays the same. The steps are whole bits, so that a view may grow within one
        and keep every weight; below the trained number of records the prior stays as it is.
        """
        bits = round(math.log2(max(records, 1) / self.training.records))
        if bits <= 0:
            return self
        odds = 2.0 ** (self.prior_match_weight - bits)
        comparisons = tuple(
            ComparisonWeights(
                name=weights.name,
                levels=tuple(
                    level.model_copy(update={"u": level.u * 2.0**-bits}) for level in weights.levels
                ),
            )
            if weights.name == NEAR.name
            else weights
            for weights in self.comparisons
        )
        return self.model_copy(
            update={
                "fitted_to_records": self.training.records << bits,
                "probability_two_random_records_match": odds / (1 + odds),
                "comparisons": comparisons,
            }
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self)


def log2_odds(probability: float) -> float:
    return math.log2(probability / (1 - probability))


def _text(model: Frozen) -> str:
    return json.dumps(model.model_dump(mode="json"), indent=1) + "\n"


def fingerprint_of(model: Frozen) -> str:
    """SHA-256 of the file that ``save_model`` writes."""
    return hashlib.sha256(_text(model).encode()).hexdigest()


def save_model(model: Frozen, path: Path) -> None:
    """Write a model of persons or of incidents."""
    write_whole(path, _text(model))


def check_levels(
    path: Path, declared: list[tuple[str, list[str]]], weights: tuple[ComparisonWeights, ...]
) -> None:
    """Raises BadModel where the weights are not those of the declared comparisons and levels."""
    if declared != [(c.name, [level.name for level in c.levels]) for c in weights]:
        raise BadModel(
            f"{path} was made for other comparisons or levels than this version compares; "
            "train and review a new model"
        )


def read_model(path: Path, kind: type[_M], what: str, written_by: str, absent: str) -> _M:
    """A model file of one kind; ``what``, ``written_by`` and ``absent`` tell what was expected.

    Raises BadModel. Of what is wrong only the model's own fields are named: a file that is none may
    hold anything.
    """
    expected = f"expected a JSON file as '{written_by}' writes it"
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BadModel(f"no model file {path}; {absent}") from None
    except OSError as error:
        raise BadModel(f"{path} cannot be read ({error.strerror}); {expected}") from None
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise BadModel(f"{path} is not {what}: it is not JSON; {expected}") from None
        places = dict.fromkeys(str(fault["loc"][0]) for fault in faults if fault["loc"])
        named = [name for name in places if name in kind.model_fields]
        many = f"{len(faults)} fields are" if len(faults) > 1 else "1 field is"
        where = f" (in {', '.join(named)})" if named else ""
        raise BadModel(
            f"{path} is not {what}: {many} wrong or missing{where}; {expected}"
        ) from None


def load_model(path: Path) -> Model:
    """Raises BadModel where the file is missing or does not fit this code."""
    model = read_model(
        path, Model, "a model", "vast model train", "name one of resolution/models/*.json"
    )
    check_levels(
        path,
        [(c.name, [level.name for level in c.levels]) for c in COMPARISONS],
        model.comparisons,
    )
    check_fingerprints(model.public_lists)
    return model


def _in_duckdb(condition: str) -> str:
    return condition


def splink_settings(
    model: Model, *, explain: bool, condition: Callable[[str], str] = _in_duckdb
) -> SettingsCreator:
    """The model as Splink takes it. The unique id is ``rid``.

    ``condition`` says a level's condition in the words of the engine that tests it.

    With ``explain``, predictions hold each comparison's level and weight besides the sum.
    """
    comparisons: list[ComparisonCreator | dict[str, Any]] = []
    for declared, weights in zip(COMPARISONS, model.comparisons, strict=True):
        levels: list[dict[str, Any]] = [
            {
                "sql_condition": condition(declared.not_recorded),
                "label_for_charts": "not recorded in both",
                "is_null_level": True,
            }
        ]
        for level, weight in zip(declared.levels, weights.levels, strict=True):
            entry: dict[str, Any] = {
                "sql_condition": condition(level.condition),
                "label_for_charts": level.label,
                "m_probability": weight.m,
                "u_probability": weight.u,
            }
            if level.frequency_column is not None:
                entry["tf_adjustment_column"] = level.frequency_column
                entry["tf_adjustment_weight"] = model.frequencies.weight
                # The level's own u: its pairs share the name and nothing else of the comparison.
                entry["disable_tf_exact_match_detection"] = True
            levels.append(entry)
        comparisons.append(
            {
                "output_column_name": declared.name,
                "comparison_description": declared.label,
                "comparison_levels": levels,
            }
        )
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rid",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=model.probability_two_random_records_match,
        retain_matching_columns=explain,
        retain_intermediate_calculation_columns=explain,
    )
