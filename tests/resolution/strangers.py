"""Records of few values, whose pairs agree in something, and models that no training would give."""

from __future__ import annotations

import random
from contextlib import closing, contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.contracts.tables import PERSON_RECORD
from resolution.comparisons import COMPARISONS
from resolution.features import make_features, make_frequencies
from resolution.index import ACCEPTED_MODEL
from resolution.levels import BITS
from resolution.model import ComparisonWeights, Model, load_model
from runs.duck import connect
from runs.schema import read_table
from tests.factories import write_rows
from tests.resolution.people import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from tests.resolution.people import Row

RECORDS = 260
PAIRS = """
CREATE TABLE pair AS SELECT '' AS match_key, l.rid AS join_key_l, r.rid AS join_key_r
FROM feature AS l JOIN feature AS r ON l.rid < r.rid
"""

_GIVEN = (
    "Robert Bob Roberta Rob Al Ali Alan Allan Alana Maria Mariah Marie Jo Joe Joan Zelinski J "
    "Christopher Khristopher Kris 李 李明 Nguyen"
)
_SURNAMES = "Zelinski Zelinsky Zielinsky Smith Smyth Smithe Nguyen Robert Garcia-Lopez 李 Li"
GIVEN, SURNAMES = _GIVEN.split(), _SURNAMES.split()


def strangers(seed: int, records: int) -> list[Row]:
    """Records of few values, so that every pair agrees in something."""
    chance = random.Random(seed)  # noqa: S311 - chance, not secrets

    def some(share: float, *values: Any) -> Any:
        return chance.choice(values) if chance.random() < share else None

    rows = []
    for number in range(records):
        born = date(1989, 10, 1) + timedelta(
            days=chance.choice((0, 1, 9, 10, 31, 40, 92, 366, 3660))
        )
        if chance.random() < 0.2:
            born = date(
                chance.choice((1980, 1989, 1990)),
                chance.choice((1, 2, 10, 11, 12)),
                chance.choice((1, 2, 10, 11, 12, 20, 21)),
            )
        known = chance.random()
        rows.append(
            record(
                str(number),
                role=some(1, "offender", "victim"),
                given_name=some(0.9, *GIVEN),
                middle_name=some(0.3, "Ann", "Anne", "B", "Robert"),
                surname=some(0.9, *SURNAMES),
                name_suffix=some(0.1, "Jr", "Sr"),
                aliases=some(0.3, ["Bob Zelinski"], ["Zee"], ["Smith, Al", "Zee"]),
                birth_date=born if known < 0.6 else None,
                birth_year=born.year if 0.6 <= known < 0.75 else None,
                age_low_years=some(1, 20, 28, 35) if known >= 0.75 else None,
                sex=some(0.8, "F", "M"),
                phones=some(0.3, ["+18045551111"], ["+18045552222", "+18045551111"]),
                emails=some(0.1, ["rob@example.org"], ["robb@example.org"]),
                handles=some(0.1, ["@rob"], ["@zee"]),
                plates=some(0.1, ["VA ABC1234"], ["VA ABC1235"]),
                strong_id=some(0.1, "sid:123456789", "sid:123456798", "dl:1"),
                address_line=some(0.5, "812 LAUREL AVE", "812 LAUREL ST", "9 ELM ST"),
                city=some(0.5, "NORFOLK", "NORFOLC", "RICHMOND"),
                zip=some(0.4, "23510", "23220"),
                incident_key=some(0.5, "a" * 32, "b" * 32),
            )
        )
    return rows


def other_weights(model: Model, seed: int) -> Model:
    """The model with shares of levels that no training would give."""
    chance = random.Random(seed)  # noqa: S311
    shuffled = []
    for comparison in model.comparisons:
        ratios = [(level.m, level.u) for level in comparison.levels]
        chance.shuffle(ratios)
        levels = tuple(
            level.model_copy(update={"m": m, "u": u})
            for level, (m, u) in zip(comparison.levels, ratios, strict=True)
        )
        shuffled.append(ComparisonWeights(name=comparison.name, levels=levels))
    return model.model_copy(update={"comparisons": tuple(shuffled)})


@contextmanager
def paired_strangers(
    folder: Path, *, seed: int, shuffled: int | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Model]]:
    """``feature`` of 260 strangers, every pair of them in ``pair``, and the accepted model, or one
    with other weights by the seed ``shuffled``."""
    model = load_model(ACCEPTED_MODEL).for_records(1_000_000)
    if shuffled is not None:
        model = other_weights(model, shuffled)
    write_rows(folder, "person_record", strangers(seed, RECORDS))
    with closing(connect()) as con:
        make_features(con, read_table(con, PERSON_RECORD, folder))
        make_frequencies(con, model.frequencies)
        con.execute(PAIRS)
        yield con, model


def levels_seen(packed: NDArray[np.uint64]) -> set[tuple[int, int]]:
    """The levels that occur: place of the comparison, and its number (resolution.levels)."""
    return {
        (place, level)
        for place in range(len(COMPARISONS))
        for level in np.unique(packed >> np.uint64(BITS * place) & 15).tolist()
    }
