"""Link the people of any table or tables: no labels, no tuning, one default.

Guarantees: the same files, options and seed give the same clusters; every row is in exactly one
cluster; the accepted model of the runs is neither read nor changed where the tables themselves
can teach one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]

from resolution.clustering import Constraints
from resolution.errors import NothingToLearnFrom
from resolution.features import make_features, make_frequencies
from resolution.index import ACCEPTED_MODEL
from resolution.model import Limits, Model, Thresholds, load_model
from resolution.persons import find_persons
from resolution.scoring import Scorer
from resolution.tables.homes import less_homes
from resolution.tables.others import learn_others, prepare_others
from resolution.tables.priors import learn_source_priors
from resolution.tables.rarity import prepare_rarity
from resolution.tables.remainder import learn_remainder, start_remainder
from resolution.train import train

if TYPE_CHECKING:
    import duckdb

    from resolution.progress import Progress
    from resolution.scoring import PairScorer, ScorerOf

THRESHOLDS: Final = Thresholds(accept=0.0, review=-4.0, accept_child=0.0, review_child=-4.0)
"""Where neither error is worse than the other: as likely one person as two."""
LIMITS: Final = Limits(records_per_key=100, records_per_component=300, every_pair_up_to=2000)
RANDOM_PAIRS: Final = 1_000_000
LEARNT_PAIRS: Final = 2_000_000
"""A million records have twenty times as many candidates; of more than this every n-th is read. Of
94,798 records F1 was .9534 learnt from all 3.4 million, .9536 from 340,000, .9532 from 100,000."""
LITTLE: Final = 100
"""Of 43 rows one link in eight was wrong."""
SILENCE: Final = 0.35
"""See resolution.persons.settle: two of a person's many records often have little in common."""

# Rows that say the same, and more than a name, are one record: they need no scoring, and a
# thousand copies of one row are no crowd.
_DISTINCT: Final = """
CREATE OR REPLACE TEMP TABLE copy AS
WITH said AS (
    SELECT record_key, feed, given_name, surname, strong_id, phones, emails, birth_date,
        address_line,
        sha256(to_json({
            'feed': feed, 'given': given_name, 'middle': middle_name, 'surname': surname,
            'suffix': name_suffix, 'aliases': aliases, 'birth': birth_date, 'year': birth_year,
            'age': age_low_years, 'seen': observed_on, 'sex': sex, 'id': strong_id,
            'phones': phones, 'emails': emails, 'handles': handles, 'plates': plates,
            'address': address_line, 'city': city, 'zip': zip})::VARCHAR) AS everything
    FROM table_record
)
SELECT record_key, CASE WHEN strong_id IS NOT NULL OR phones IS NOT NULL OR emails IS NOT NULL
        OR ((given_name IS NOT NULL OR surname IS NOT NULL)
            AND (birth_date IS NOT NULL OR address_line IS NOT NULL))
    THEN min(record_key) OVER (PARTITION BY everything) ELSE record_key END AS first
FROM said
"""

_TWICE: Final = """
CREATE OR REPLACE TEMP TABLE twice AS
SELECT '' AS match_key, rid AS join_key_l, rid AS join_key_r, 0::INTEGER AS rules
FROM feature SEMI JOIN (SELECT first FROM copy GROUP BY first HAVING count(*) > 1)
    ON record_key = first
"""
_NONE_TWICE: Final = """
CREATE OR REPLACE TEMP TABLE twice_score (rid_l INTEGER, rid_r INTEGER, match_weight DOUBLE)
"""

_BEST: Final = """
CREATE OR REPLACE TEMP TABLE linked_row AS
WITH inside AS (
    SELECT rid_l AS rid, match_weight FROM twice_score
    UNION ALL
    SELECT rid_l AS rid, match_weight FROM scored_pair
    JOIN label AS l ON l.rid = rid_l JOIN label AS r ON r.rid = rid_r WHERE l.label = r.label
    UNION ALL
    SELECT rid_r, match_weight FROM scored_pair
    JOIN label AS l ON l.rid = rid_l JOIN label AS r ON r.rid = rid_r WHERE l.label = r.label
),
best AS (SELECT rid, max(match_weight) AS match_weight FROM inside GROUP BY rid),
placed AS (
    SELECT copy.record_key, cluster.record_key AS home, best.match_weight
    FROM copy JOIN feature ON feature.record_key = copy.first
    JOIN label USING (rid) JOIN feature AS cluster ON cluster.rid = label.label
    LEFT JOIN best ON best.rid = feature.rid
)
SELECT dense_rank() OVER (ORDER BY home) AS cluster_id, record_key, match_weight,
    1 / (1 + pow(2, -match_weight)) AS match_probability
FROM placed
"""

MOST_WRONG_DATES: Final = 0.1
"""Of the pairs of one person. Where it is more, as many wrong dates return as there are namesakes
whose dates do."""


@dataclass(frozen=True, slots=True)
class Linked:
    """``model`` is what was learnt; ``keys_too_common`` counts, by rule, keys not blocked on."""

    records: int
    clusters: int
    candidate_pairs: int
    pairs_scored: int
    components_split: int
    keys_too_common: dict[str, int]
    model: Model
    learnt: bool


def _dates_hold(model: Model) -> bool:
    """Whether dates of birth are so seldom wrong that two that return are two people's."""
    [births] = [weights for weights in model.comparisons if weights.name == "birth"]
    wrong = sum(level.m for level in births.levels if level.name in ("years_apart", "different"))
    return wrong <= MOST_WRONG_DATES


def _learn_more(con: duckdb.DuckDBPyConnection, prior_match_weight: float) -> None:
    learn_others(con)
    learn_source_priors(con, prior_match_weight)
    learn_remainder(con, prior_match_weight)


def _score_copies(con: duckdb.DuckDBPyConnection, scorer: PairScorer) -> None:
    """Make ``twice_score``: what a row that stands there again weighs against itself."""
    con.execute(_NONE_TWICE)
    con.execute(_TWICE)
    if con.table("twice").limit(1).fetchall():
        con.execute("DROP TABLE twice_score")
        scorer.score("twice", "twice_score")


def link(
    con: duckdb.DuckDBPyConnection, *, seed: int, progress: Progress, scorer_of: ScorerOf = Scorer
) -> Linked:
    """Link ``table_record`` into ``linked_row`` (cluster_id, record_key, match_weight,
    match_probability). Leaves feature, scored_pair and label for a report.

    ``scorer_of``: see resolution.engine; what is learnt from is scored on this machine."""
    records = con.table("table_record")
    learnt = True
    try:
        model = train(
            con,
            records,
            name="learnt-here",
            seed=seed,
            note="the given tables, without labels",
            random_pairs=RANDOM_PAIRS,
            limits=LIMITS,
            thresholds=THRESHOLDS,
            apart_from_relatives=True,
            most_pairs=LEARNT_PAIRS,
        )
        progress(f"learnt from {model.training.candidate_pairs:,} candidate pairs")
    except NothingToLearnFrom as error:
        learnt = False
        model = load_model(ACCEPTED_MODEL).model_copy(
            update={"thresholds": THRESHOLDS, "limits": LIMITS}
        )
        progress(f"nothing to learn from ({error}); the shipped model is used")
    con.execute(_DISTINCT)
    distinct = con.sql(
        "SELECT r.* FROM table_record AS r JOIN copy USING (record_key) WHERE first = record_key"
    )
    distinct.create("distinct_record")
    make_features(con, con.table("distinct_record"))
    make_frequencies(con, model.frequencies)
    [(count,)] = con.execute("SELECT count(*) FROM feature").fetchall()
    if count < LITTLE:
        progress(
            f"{count:,} different rows teach little: look at each pair in the report (--report) "
            "before you use it"
        )
    prepare_others(con)
    prepare_rarity(con)
    start_remainder(con)
    scorer = less_homes(scorer_of) if learnt else scorer_of
    found = find_persons(
        con,
        model,
        int(count),
        Constraints.none(),
        progress,
        source_priors=_learn_more if learnt else learn_source_priors,
        scorer_of=scorer,
        dates_part=_dates_hold(model),
        wide_blocking=True,
        silence=SILENCE,
    )
    label = found.clusters.label
    con.register("label_number", pa.table({"rid": list(range(len(label))), "label": label}))
    con.execute("CREATE OR REPLACE TEMP TABLE label AS SELECT * FROM label_number")
    con.unregister("label_number")
    _score_copies(con, scorer(con, model))
    con.execute(_BEST)
    [(rows, clusters)] = con.execute(
        "SELECT count(*), count(DISTINCT cluster_id) FROM linked_row"
    ).fetchall()
    return Linked(
        int(rows),
        int(clusters),
        found.blocking.candidates,
        found.settled.pairs_scored,
        found.settled.components_split,
        found.blocking.dropped,
        model,
        learnt,
    )
