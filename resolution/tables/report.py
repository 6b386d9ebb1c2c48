"""What linking found, as one page that needs no network: for who has to trust it or to doubt it.

Guarantees: the page is one file; it holds values of the people in it and says so at its head.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import jinja2

from resolution.comparisons import BY_NAME, GIVEN_AWAY
from resolution.scoring import Scorer
from resolution.tables.homes import make_home
from resolution.tables.others import make_other
from resolution.tables.rarity import make_rare
from resolution.waterfall import explained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from resolution.tables.link import Linked
    from resolution.tables.records import Source

PAIRS_WORTH_A_LOOK: Final = 30
LEAST_SHOWN_BITS: Final = 0.05
LONGEST_VALUE: Final = 160
MOST_SIZES: Final = 40

# As many just above the threshold as just below it, and what was parted though strong.
_WORTH_A_LOOK: Final = """
CREATE OR REPLACE TEMP TABLE worth_a_look AS
WITH judged AS (
    SELECT rid_l, rid_r, margin, l.label = r.label AS together
    FROM scored_pair JOIN label AS l ON l.rid = rid_l JOIN label AS r ON r.rid = rid_r
)
SELECT 'look' AS match_key, rid_l AS join_key_l, rid_r AS join_key_r, margin, together
FROM judged WHERE abs(margin) < 8 OR together <> (margin >= 0)
QUALIFY row_number() OVER (
    PARTITION BY together, margin >= 0 ORDER BY abs(margin), rid_l, rid_r) <= $most
"""

_SHOWN: Final = """
SELECT round(margin, 1), together, waterfall, coalesce(bits, 0), coalesce(home_bits, 0),
    coalesce(other_bits, 0), coalesce(rare_bits, 0),
    coalesce(remainder_bits, 0),
    l_record.*, r_record.*
FROM worth_a_look JOIN explained ON explained.rid_l = join_key_l AND explained.rid_r = join_key_r
JOIN feature AS l ON l.rid = join_key_l JOIN feature AS r ON r.rid = join_key_r
JOIN said AS l_record ON l_record.record_key = l.record_key
JOIN said AS r_record ON r_record.record_key = r.record_key
LEFT JOIN home ON home.rid_l = l.rid AND home.rid_r = r.rid
LEFT JOIN other ON other.rid_l = l.rid AND other.rid_r = r.rid
LEFT JOIN rare ON rare.rid_l = l.rid AND rare.rid_r = r.rid
LEFT JOIN remainder ON remainder.rid_l = l.rid AND remainder.rid_r = r.rid
LEFT JOIN source_prior ON feed_l = l.feed AND feed_r = r.feed
ORDER BY together DESC, margin, l.rid, r.rid
"""

# In the order of _SHOWN.
_BESIDES: Final = (
    ("Sources", "how often these two share a person"),
    ("Shared home", "two of one household would share this"),
    ("Other columns", "columns that were not recognised, telephones that nearly agree"),
    ("Rarity", "how many names hold what the two share"),
    ("Left over", "no other counterpart in the two sources"),
)

_NO_HOME: Final = """
CREATE OR REPLACE TEMP TABLE home (rid_l INTEGER, rid_r INTEGER, home_bits DOUBLE)
"""
_NO_OTHER: Final = """
CREATE OR REPLACE TEMP TABLE other (rid_l INTEGER, rid_r INTEGER, other_bits DOUBLE)
"""

_NO_RARE: Final = """
CREATE OR REPLACE TEMP TABLE rare (rid_l INTEGER, rid_r INTEGER, rare_bits DOUBLE)
"""

_SAID: Final = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT record_key,
    left(regexp_replace(feed, '^.*/', ''), 60) || ', row '
        || ltrim(substr(record_key, 5), '0') AS place,
    left(concat_ws(' ', given_name, middle_name, surname, name_suffix), $longest) AS name,
    coalesce(birth_date::VARCHAR, birth_year::VARCHAR,
        'about ' || age_low_years::VARCHAR || ' years') AS birth,
    left(concat_ws(', ', address_line, city, zip), $longest) AS address,
    left(concat_ws(', ', CASE WHEN starts_with(strong_id, 'id:') THEN substr(strong_id, 4) END,
        list_aggregate(phones, 'string_agg', ', '),
        list_aggregate(emails, 'string_agg', ', ')), $longest) AS contact
FROM table_record SEMI JOIN (
    SELECT record_key FROM feature
    WHERE rid IN (SELECT unnest([join_key_l, join_key_r]) FROM worth_a_look)) USING (record_key)
"""

_CLUSTER_SIZES: Final = """
SELECT records, count(*) AS clusters
FROM (SELECT count(*) AS records FROM linked_row GROUP BY cluster_id)
GROUP BY records ORDER BY records
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """``share`` (-1 to 1) is the bar's length beside the longest of its chart."""

    label: str
    words: str
    bits: float
    share: float


def _bars(rows: Sequence[tuple[str, str, float]]) -> list[Bar]:
    longest = max((abs(bits) for *_, bits in rows), default=0) or 1.0
    return [Bar(label, words, bits, bits / longest) for label, words, bits in rows]


def _pairs(con: duckdb.DuckDBPyConnection, linked: Linked) -> list[dict[str, Any]]:
    con.execute(_WORTH_A_LOOK, {"most": PAIRS_WORTH_A_LOOK // 3})
    con.execute(_SAID, {"longest": LONGEST_VALUE})
    if not con.table("worth_a_look").limit(1).fetchall():
        return []
    scorer = Scorer(con, linked.model)
    explained(con, scorer, linked.model, "worth_a_look", GIVEN_AWAY).create_view("explained")
    con.execute("CREATE OR REPLACE TEMP VIEW explained_pair AS FROM link_levels")
    if linked.learnt:
        make_home(con)
        make_other(con)
        make_rare(con)
    else:
        con.execute(_NO_HOME)
        con.execute(_NO_OTHER)
        con.execute(_NO_RARE)
    pairs = []
    for margin, together, waterfall, *rest in con.execute(_SHOWN).fetchall():
        steps = [(bar["comparison"], bar["level"], bar["match_weight"]) for bar in waterfall]
        bits, records = rest[: len(_BESIDES)], rest[len(_BESIDES) :]
        steps += [
            (label, words, added)
            for (label, words), added in zip(_BESIDES, bits, strict=True)
            if abs(added) >= LEAST_SHOWN_BITS
        ]
        half = len(records) // 2
        pairs.append(
            {
                "margin": margin,
                "together": together,
                "records": (records[1:half], records[half + 1 :]),
                "bars": _bars(steps),
            }
        )
    return pairs


def write_report(
    con: duckdb.DuckDBPyConnection, path: Path, sources: list[Source], linked: Linked
) -> None:
    """Write the page on what ``resolution.tables.link`` left in ``con``."""
    weights = [
        (
            BY_NAME[comparison.name].label,
            _bars(
                [
                    (declared.label, f"m {level.m:.3g}, u {level.u:.3g}", level.match_weight)
                    for declared, level in zip(
                        BY_NAME[comparison.name].levels, comparison.levels, strict=True
                    )
                ]
            ),
        )
        for comparison in linked.model.comparisons
    ]
    sizes = con.execute(_CLUSTER_SIZES).fetchall()
    template = (files("resolution") / "tables" / "report.html").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(template).render(
        sources=sources,
        linked=linked,
        weights=weights,
        sizes=_bars(
            [(str(size), f"{count:,}", float(count)) for size, count in sizes[:MOST_SIZES]]
        ),
        sizes_left=max(len(sizes) - MOST_SIZES, 0),
        pairs=_pairs(con, linked),
    )
    path.write_text(page, encoding="utf-8")
