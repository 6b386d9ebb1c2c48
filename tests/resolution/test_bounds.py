"""A pair is left out only where it could not have mattered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from resolution.bounds import AT_MOST, make_sketch, most_bits
from resolution.scoring import Scorer
from tests.resolution.strangers import levels_seen, paired_strangers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shuffled", [None, 1, 2])
def test_no_pair_weighs_more_than_its_bound(tmp_path: Path, shuffled: int | None) -> None:
    with paired_strangers(tmp_path, seed=3, shuffled=shuffled) as (con, model):
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
    assert len(levels_seen(packed.astype(np.uint64))) > 50
