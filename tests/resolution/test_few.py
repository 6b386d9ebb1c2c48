"""What scores a few pairs says what Splink says, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from resolution import few
from resolution.few import FewScorer
from resolution.scoring import Scorer
from tests.resolution.strangers import levels_seen, paired_strangers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shuffled", [None, 1])
def test_weights_probabilities_and_levels_are_those_of_splink(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shuffled: int | None
) -> None:
    with paired_strangers(tmp_path, seed=4, shuffled=shuffled) as (con, model):
        Scorer(con, model).score("pair", "by_splink")
        FewScorer(con, model).score("pair", "directly")
        # Many are left to Splink.
        monkeypatch.setattr(few, "PAIRS_AT_ONCE", 1)
        FewScorer(con, model).score("pair", "many")
        wanted = con.table("by_splink").order("rid_l, rid_r")
        packed = np.asarray(wanted.fetchnumpy()["levels"], dtype=np.uint64)
        for name in ("directly", "many"):
            found = con.table(name).order("rid_l, rid_r")
            assert found.columns == wanted.columns
            assert found.types == wanted.types
            assert found.to_arrow_table().equals(wanted.to_arrow_table())
    assert len(packed) == 260 * 259 // 2
    assert len(levels_seen(packed)) > 50
