"""What two people of one home have in common is no sign that they are one person.

Guarantees: a pair's match weight is against all that it could be instead: two strangers, or two of
one household, who share a surname, an address, a telephone together. Learnt with the model
(resolution.train); without what was learnt nothing is taken away, but from Senior and Junior who
were born on other days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from resolution.comparisons import gamma_of
from resolution.estimation import GENERATION_BITS, OTHER_BIRTH
from resolution.scoring import PAIRS_LEARNT_AT_ONCE, pieces
from resolution.tables.others import make_other
from resolution.tables.rarity import make_rare

if TYPE_CHECKING:
    from resolution.model import Model
    from resolution.scoring import PairScorer, ScorerOf

# Against strangers the pair weighs what Splink says; relatives are ``share`` of all pairs.
_LESS: Final = """
SELECT rid_l, rid_r,
    -log2((1 - share) + share * pow(2, least(coalesce(given.bits, 0) + coalesce(household.bits, 0)
        + coalesce(area.bits, 0) + coalesce(contact.bits, 0) + coalesce(birth.bits, 0), 60)))
        - CASE WHEN gamma_suffix = $suffix AND gamma_birth IN $births THEN $generation ELSE 0 END
        AS home_bits
FROM explained_pair CROSS JOIN relative_share
LEFT JOIN relative_level AS given
    ON given.comparison = 'given_name' AND given.gamma = gamma_given_name
LEFT JOIN relative_level AS household
    ON household.comparison = 'household' AND household.gamma = gamma_household
LEFT JOIN relative_level AS area ON area.comparison = 'area' AND area.gamma = gamma_area
LEFT JOIN relative_level AS contact
    ON contact.comparison = 'contact' AND contact.gamma = gamma_contact
LEFT JOIN relative_level AS birth ON birth.comparison = 'birth' AND birth.gamma = gamma_birth
"""

_SCORED: Final = """
SELECT rid_l, rid_r, weight AS match_weight, 1 / (1 + pow(2, -weight)) AS match_probability,
    NULL::UBIGINT AS levels
FROM (
    SELECT rid_l, rid_r,
        match_weight + home_bits + coalesce(other_bits, 0) + coalesce(rare_bits, 0)
            + coalesce(remainder_bits, 0) AS weight
    FROM explained_pair JOIN home USING (rid_l, rid_r) LEFT JOIN other USING (rid_l, rid_r)
    LEFT JOIN rare USING (rid_l, rid_r) LEFT JOIN remainder USING (rid_l, rid_r))
"""


class HomeScorer:
    """Scores as ``inner`` does, less what a shared home explains, with unknown columns, with
    how many hold what the two share, and with who is left over."""

    def __init__(self, con: duckdb.DuckDBPyConnection, inner: PairScorer) -> None:
        self._con = con
        self._inner = inner

    def score(self, pairs: str, target: str) -> None:
        """See resolution.scoring.Scorer.score."""
        made = False
        for piece in pieces(self._con, pairs, PAIRS_LEARNT_AT_ONCE):
            self._inner.explain(piece, "explained_pair")
            make_home(self._con)
            make_other(self._con)
            make_rare(self._con)
            if made:
                self._con.sql(_SCORED).insert_into(target)
            else:
                self._con.sql(_SCORED).create(target)
            made = True
            for table in ("explained_pair", "home", "other", "rare"):
                self._con.execute(f"DROP TABLE {table}")

    def explain(self, pairs: str, target: str) -> None:
        """As ``inner`` has it: what a shared home explains is ``home_bits``."""
        self._inner.explain(pairs, target)


def make_home(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``home`` (rid_l, rid_r, home_bits) of the pairs in ``explained_pair``."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE home AS " + _LESS,
        {
            "suffix": gamma_of("suffix", "different"),
            "births": [gamma_of("birth", level) for level in OTHER_BIRTH],
            "generation": GENERATION_BITS,
        },
    )


def less_homes(scorer_of: ScorerOf) -> ScorerOf:
    """Scorers that also take away what a shared home explains."""

    def made(con: duckdb.DuckDBPyConnection, model: Model) -> HomeScorer:
        return HomeScorer(con, scorer_of(con, model))

    return made
