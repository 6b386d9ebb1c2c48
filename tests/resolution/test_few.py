"""What scores a few pairs says what Splink says, bit for bit."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.contracts.tables import PERSON_RECORD
from resolution import few
from resolution.comparisons import COMPARISONS
from resolution.features import make_features, make_frequencies
from resolution.few import FewScorer
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


@pytest.mark.parametrize("shuffled", [None, 1])
def test_weights_probabilities_and_levels_are_those_of_splink(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shuffled: int | None
) -> None:
    model = load_model(ACCEPTED_MODEL).for_records(1_000_000)
    if shuffled is not None:
        model = other_weights(model, shuffled)
    write_rows(tmp_path, "person_record", strangers(seed=4, records=260))
    with closing(connect()) as con:
        make_features(con, read_table(con, PERSON_RECORD, tmp_path))
        make_frequencies(con, model.frequencies)
        con.execute(PAIRS)
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
    seen = {
        (place, level)
        for place in range(len(COMPARISONS))
        for level in np.unique(packed >> np.uint64(BITS * place) & 15).tolist()
    }
    assert len(seen) > 50
