"""A pair is left out only where it could not have mattered."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.contracts.tables import PERSON_RECORD
from resolution.bounds import AT_MOST, make_sketch, most_bits
from resolution.comparisons import COMPARISONS
from resolution.features import make_features, make_frequencies
from resolution.index import ACCEPTED_MODEL
from resolution.levels import BITS
from resolution.model import load_model
from resolution.scoring import Scorer
from runs.duck import connect
from runs.schema import read_table
from tests.factories import write_rows
from tests.resolution.strangers import PAIRS, other_weights, strangers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shuffled", [None, 1, 2])
def test_no_pair_weighs_more_than_its_bound(tmp_path: Path, shuffled: int | None) -> None:
    model = load_model(ACCEPTED_MODEL).for_records(1_000_000)
    if shuffled is not None:
        model = other_weights(model, shuffled)
    write_rows(tmp_path, "person_record", strangers(seed=3, records=260))
    with closing(connect()) as con:
        make_features(con, read_table(con, PERSON_RECORD, tmp_path))
        make_frequencies(con, model.frequencies)
        con.execute(PAIRS)
        Scorer(con, model).score("pair", "scored")
        make_sketch(con)
        found = con.execute(
            f"SELECT match_weight, {AT_MOST} AS most, scored.levels FROM scored "  # noqa: S608
            "JOIN sketch AS l ON l.rid = rid_l JOIN sketch AS r ON r.rid = rid_r",
            most_bits(model),
        ).fetchnumpy()
    most, weight, packed = (np.asarray(found[name]) for name in ("most", "match_weight", "levels"))
    assert len(most) == 260 * 259 // 2
    assert (most >= weight - 1e-9).all()
    # What it leaves out is what it is for.
    if shuffled is None:
        assert (most[weight < model.thresholds.review] < model.thresholds.review).mean() > 0.5
    # The pairs are of nearly every kind.
    seen = {
        (place, level)
        for place in range(len(COMPARISONS))
        for level in np.unique(packed.astype(np.uint64) >> np.uint64(BITS * place) & 15).tolist()
    }
    assert len(seen) > 50
