"""Reports of one incident become one; what says nothing joins nothing."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from resolution.contracts import INCIDENT_DECISION, MATCHED_FOR_INCIDENTS
from resolution.errors import BadDecisions, BadModel
from resolution.incidents.comparisons import _LEVELS, COMPARISONS
from resolution.incidents.find import find_incidents
from resolution.incidents.model import load_incident_model
from resolution.incidents.reports import make_reports, open_tables
from resolution.incidents.scoring import rival_groups, taken_by_rivals
from resolution.incidents.train import train_incidents
from resolution.model import save_model
from runs.duck import connect
from runs.schema import empty
from tests.factories import rows_of, write_rows
from tests.resolution.people import ALL_COLUMNS
from tests.resolution.reports import Reports, incident_links, incidents

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("resolved_incident", "incident_membership", "incident_link", "incident_lineage")


def test_the_state_the_department_and_a_joint_agency_report_one_incident(tmp_path: Path) -> None:
    rows = Reports()
    state = rows.report("a", persons=("Ada", "Ben"), place="SILVER MOTEL")
    local = rows.report(
        "b", feed="local", ori="VA01", persons=("Ada",), occurred_on=date(2024, 5, 2),
        place="SILVER MOTEL",
    )  # fmt: skip
    joint = rows.report("c", feed="local", ori="VA02", persons=("Ben", "Ada"), place="SILVER MOTEL")
    other = rows.report("d", persons=("Cyd",), ori="VA03")
    view, summary = rows.resolve(tmp_path)
    found = incidents(view)
    assert found[state] == found[local] == found[joint] != found[other]
    assert (summary.reports, summary.incidents) == (4, 2)


def test_reports_of_one_source_are_different_incidents_however_alike(tmp_path: Path) -> None:
    rows = Reports()
    for name in "ab":
        rows.report(name, persons=("Ada", "Ben"), place="SILVER MOTEL")
    view, _ = rows.resolve(tmp_path)
    assert len(set(incidents(view).values())) == 2


def test_look_alikes_are_left_in_doubt_and_not_joined_at_random(tmp_path: Path) -> None:
    rows = Reports()
    (first, second), _ = rows.copies("a", "b")
    view, summary = rows.resolve(tmp_path)
    found = incidents(view)
    assert len(set(found.values())) == 4
    link = incident_links(view)[frozenset((first, second))]
    assert (link["same_incident"], link["doubtful"]) == (False, True)
    assert link["waterfall"][-1]["comparison"] == "Other reports"
    assert summary.doubtful_pairs == 4
    # One person in each tells them apart.
    rows = Reports()
    pairs = [*rows.copies("a", persons=("Ada",)), *rows.copies("b", persons=("Ben",))]
    found = incidents(rows.resolve(tmp_path / "told")[0])
    assert all(found[one] == found[other] for one, other in pairs)
    assert len(set(found.values())) == 2


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"code": None, "locality_id": None, "ori": None}, id="a date and an hour"),
        pytest.param(
            {"code": None, "locality_id": None, "occurred_on": None, "occurred_hour": None},
            id="nothing but the agency",
        ),
        pytest.param({"kind": "tip", "code": None, "occurred_hour": None, "ori": "HOT"}, id="tips"),
        pytest.param({"occurred_on": date(9999, 12, 31)}, id="a placeholder far ahead"),
        pytest.param({"occurred_on": date(1900, 1, 1)}, id="a placeholder long ago"),
        pytest.param({"reported_on": date(2024, 5, 1)}, id="a day after its own report"),
    ],
)
def test_nothing_is_joined_on_nothing(tmp_path: Path, values: dict[str, object]) -> None:
    rows = Reports()
    rows.copies("a", **values)
    view, _ = rows.resolve(tmp_path)
    assert len(set(incidents(view).values())) == 2


def test_a_tip_never_becomes_an_incident(tmp_path: Path) -> None:
    rows = Reports()
    report = rows.report("a", persons=("Ada", "Ben"), place="SILVER MOTEL")
    tip = rows.report("b", feed="hotline", kind="tip", persons=("Ada", "Ben"), place="SILVER MOTEL")
    found = incidents(rows.resolve(tmp_path)[0])
    assert found[report] != found[tip]


def test_a_number_that_both_write_joins_what_else_agrees(tmp_path: Path) -> None:
    rows = Reports()
    one = rows.report("a", incident_number="24-001234", occurred_hour=None)
    other = rows.report("b", feed="local", incident_number="2024001234", occurred_hour=3)
    rows.report("c", incident_number="24-001235", occurred_hour=None)
    found = incidents(rows.resolve(tmp_path)[0])
    assert found[one] == found[other]


def test_ids_last_and_say_what_became_of_them(tmp_path: Path) -> None:
    rows = Reports()
    state = rows.report("a", persons=("Ada", "Ben"))
    gone = rows.report("z", persons=("Zoe",), ori="VA09", locality_id="51001")
    first, _ = rows.resolve(tmp_path)
    before = incidents(first)
    rows.incidents = [row for row in rows.incidents if row["incident_key"] != gone]
    local = rows.report("a", feed="local", persons=("Ada", "Ben"))
    second, _ = rows.resolve(tmp_path, run_id="r2", parent="r1")
    after = incidents(second)
    assert after[local] == after[state] == before[state]
    history = {(row["incident_id"], row["change"])
               for row in rows_of(second.persons / "incident_lineage.parquet")}  # fmt: skip
    assert (before[gone], "retired") in history
    # The copy goes on alone, then both are apart: the old id stays with one, and the other tells.
    rows.members = [{**row, "person_id": row["person_id"] + row["record_key"]}
                    for row in rows.members]  # fmt: skip
    rows.incidents[-1]["occurred_on"] = date(2023, 1, 1)
    third, _ = rows.resolve(tmp_path, run_id="r3", parent="r2")
    apart = incidents(third)
    assert apart[state] != apart[local]
    assert after[state] in apart.values()
    changes = [row for row in rows_of(third.persons / "incident_lineage.parquet")
               if row["run_id"] == "r3"]  # fmt: skip
    assert {row["change"] for row in changes} == {"created", "split_from"}
    assert {row["other_incident_id"] for row in changes} == {"", after[state]}


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    rows = Reports()
    for day in range(1, 25):
        rows.copies(f"n{day}", persons=(f"P{day}", "Busy"), occurred_on=date(2024, 5, day))
    first, _ = rows.resolve(tmp_path / "first")
    for table in (rows.incidents, rows.people, rows.members, rows.offenses):
        table.reverse()
    second, _ = rows.resolve(tmp_path / "second")
    for name in TABLES:
        one, other = (view.persons / f"{name}.parquet" for view in (first, second))
        assert one.read_bytes() == other.read_bytes(), name
    assert len(set(incidents(first).values())) == 24


def test_waterfalls_add_up_and_withhold_what_the_view_does_not_show(tmp_path: Path) -> None:
    rows = Reports()
    [pair] = rows.copies("a", persons=("Ada",), place="SILVER MOTEL")
    told = incident_links(rows.resolve(tmp_path)[0])[frozenset(pair)]
    hidden = ALL_COLUMNS - {"person_record.surname", "incident.occurred_hour"}
    withheld = incident_links(rows.resolve(tmp_path / "less", shown=hidden)[0])[frozenset(pair)]
    for link in (told, withheld):
        total = sum(bar["match_weight"] for bar in link["waterfall"])
        assert total == pytest.approx(link["match_weight"], abs=1e-3)
    assert {"Persons", "Day and hour"} <= {bar["comparison"] for bar in told["waterfall"]}
    bars = {bar["comparison"]: bar for bar in withheld["waterfall"]}
    assert {"Persons", "Day and hour", "Other reports"}.isdisjoint(bars)
    assert bars["Withheld"]["withheld"]
    assert told["match_weight"] == withheld["match_weight"]


def test_days_that_a_view_knows_by_the_year_are_not_compared(tmp_path: Path) -> None:
    rows = Reports()
    for name in ("a", "b", "c"):
        rows.copies(name, persons=(f"P{name}",), occurred_on=date(2024, 1, 1), occurred_hour=None)
    view, _ = rows.resolve(tmp_path, by_year=frozenset({"state", "local"}))
    assert all(
        "Day and hour" not in {bar["comparison"] for bar in link["waterfall"]}
        for link in incident_links(view).values()
    )


def _crowd(con: duckdb.DuckDBPyConnection, reports: int) -> int:
    """Reports of two feeds, all of one day, place and agency, without a party."""
    for table in MATCHED_FOR_INCIDENTS:
        empty(con, table).create_view(table.name)
    con.execute("CREATE TABLE membership (record_key VARCHAR, person_id VARCHAR)")
    con.execute(
        "CREATE TABLE crowd AS SELECT *, NULL::DATE AS reported_on, NULL::VARCHAR AS "
        "location_key, NULL::VARCHAR AS incident_number, false AS date_is_report FROM ("
        "SELECT md5(i::VARCHAR) AS incident_key, IF(i % 2 = 0, 'state', 'local') AS feed, "
        "'VA01' AS agency_id, 'incident' AS kind, DATE '2024-01-01' AS occurred_on, "
        "'51087' AS locality_id, (i // 2 % 24)::SMALLINT AS occurred_hour FROM range(?) t(i))",
        [reports],
    ).fetchall()
    con.execute("CREATE OR REPLACE VIEW incident AS FROM crowd")
    return make_reports(con, frozenset())


def test_a_crowd_on_one_day_in_one_place_is_not_paired() -> None:
    with connect() as con:
        count = _crowd(con, 20_000)
        found = find_incidents(con, load_incident_model(), count, lambda line: None)
    assert count == 20_000
    assert found.candidates.pairs == 0
    assert "locality, day and hour" in found.candidates.dropped
    assert len(set(found.clusters.label.tolist())) == count


def test_rivals_share_the_odds() -> None:
    source = np.array([0, 1, 1, 2])
    left, right = np.array([0, 0, 0]), np.array([1, 2, 3])
    groups = rival_groups(source, left, right)
    taken = taken_by_rivals(*groups, np.array([10.0, 10.0, 10.0]))
    # Reports 1 and 2 are of one source: at most one of them fits. Report 3 has no rival.
    assert taken[:2] == pytest.approx(-np.log2(1 + 1024))
    assert taken[2] == 0


def test_training_needs_no_labels_and_is_reproducible(tmp_path: Path) -> None:
    rows = Reports()
    for number in range(40):
        rows.copies(
            f"n{number}", persons=(f"P{number}",), occurred_hour=number % 24,
            occurred_on=date(2024, 1 + number % 12, 1 + number % 28), code=f"{number % 9}3A",
        )  # fmt: skip
    rows.resolve(tmp_path)
    models = []
    for _ in range(2):
        with connect() as con:
            open_tables(con, tmp_path / "r1" / "views" / "v" / "records")
            con.read_parquet(
                str(tmp_path / "r1" / "views" / "v" / "persons" / "membership.parquet")
            ).create_view("membership")
            make_reports(con, frozenset())
            models.append(train_incidents(con, name="t", seed=1, note="test"))
    assert models[0] == models[1]
    path = tmp_path / "model.json"
    save_model(models[0], path)
    assert load_incident_model(path) == models[0]
    weights = {c.name: {level.name: level.match_weight for level in c.levels}
               for c in models[0].comparisons}  # fmt: skip
    assert weights["who"]["person"] > 3 > -3 > weights["who"]["nobody"]
    with pytest.raises(BadModel, match="no model file"):
        load_incident_model(tmp_path / "none.json")


def test_the_statement_knows_every_level_that_is_declared() -> None:
    """Each comparison's CASE numbers its levels as they are declared, from 1; 0 says nothing."""
    cases = [part.rsplit("(CASE", 1)[-1] for part in _LEVELS.split("END)::TINYINT")][:-1]
    for comparison, case in zip(COMPARISONS, cases, strict=True):
        numbers = [int(number) for number in re.findall(r"(?:THEN|ELSE)\s+(\d+)", case)]
        assert set(numbers) - {0} == set(range(1, len(comparison.levels) + 1)), comparison.name


def decided(folder: Path, *said: tuple[str, str, str]) -> Path:
    """A snapshot of decisions on pairs of reports."""
    rows = [
        {"incident_key_l": min(one, other), "incident_key_r": max(one, other), "verdict": verdict}
        for one, other, verdict in said
    ]
    return write_rows(folder / "decided", INCIDENT_DECISION, rows)


def test_a_decision_joins_or_parts_reports_whatever_their_evidence(tmp_path: Path) -> None:
    made = Reports()
    [(state, local)] = made.copies("a", persons=("Ada",), place="SILVER MOTEL")
    other = made.report("c", feed="third", occurred_on=date(2024, 9, 9), ori="VA09", code="290",
                        locality_id="51001")  # fmt: skip
    view, _ = made.resolve(tmp_path / "before")
    before = incidents(view)
    assert before[state] == before[local] != before[other]
    said = decided(tmp_path, (state, local, "different"), (local, other, "same"))
    view, _ = made.resolve(tmp_path / "after", decisions=said)
    after = incidents(view)
    assert after[local] == after[other] != after[state]
    assert not incident_links(view)[frozenset((state, local))]["same_incident"]


def test_two_reports_of_one_source_are_one_where_it_was_decided_and_a_tip_never(
    tmp_path: Path,
) -> None:
    made = Reports()
    one, supplement = made.report("a"), made.report("a-supplement", occurred_hour=3)
    tip = made.report("tip", kind="tip", feed="hotline", code=None)
    said = decided(tmp_path, (one, supplement, "same"), (one, tip, "same"))
    view, _ = made.resolve(tmp_path, decisions=said)
    found = incidents(view)
    assert found[one] == found[supplement] != found[tip]


@pytest.mark.parametrize("look_alikes", [2, 60])
def test_two_reports_of_one_source_that_a_chain_of_decisions_joins_are_one(
    tmp_path: Path, look_alikes: int
) -> None:
    """However many others look like them, and so however large their component is."""
    made = Reports()
    pairs = made.copies(*(f"x{n}" for n in range(look_alikes)), place="SILVER MOTEL")
    (one, local), (supplement, _) = pairs[:2]
    chain = (one, local, "same"), (local, supplement, "same")
    view, _ = made.resolve(tmp_path / "x", decisions=decided(tmp_path / "x", *chain))
    found = incidents(view)
    assert found[one] == found[local] == found[supplement]
    said = *chain, (one, supplement, "different")
    view, _ = made.resolve(tmp_path / "y", decisions=decided(tmp_path / "y", *said))
    found = incidents(view)
    assert found[one] != found[supplement]


def test_a_difference_between_reports_leaves_the_other_decisions_in_force(tmp_path: Path) -> None:
    made = Reports()
    a, b, c, d, e = (
        made.report(name, feed=name, ori=f"VA0{n}", locality_id=f"5100{n}", code=f"{n}90",
                    occurred_on=date(2024, 1 + n, 3))
        for n, name in enumerate("abcde")
    )  # fmt: skip
    said = [(*pair, "same") for pair in ((a, b), (b, c), (c, d), (d, e))]
    chosen = decided(tmp_path, *said, (a, c, "different"))
    view, _ = made.resolve(tmp_path, decisions=chosen)
    found = incidents(view)
    assert found[c] == found[d] == found[e]
    assert len({found[a], found[b], found[c]}) == 3


def test_same_joins_whole_incidents_unless_something_keeps_them_apart(tmp_path: Path) -> None:
    made = Reports()
    [(a, a_local)] = made.copies("a", persons=("Ada",), place="SILVER MOTEL")
    later = date(2024, 9, 9)
    [(b, b_local)] = made.copies("b", persons=("Bea",), place="OAK INN", occurred_on=later)
    view, _ = made.resolve(tmp_path / "x", decisions=decided(tmp_path / "x", (a, b_local, "same")))
    found = incidents(view)
    # Each source reports an incident once, so the two are not united; the named two are.
    assert found[a] == found[b_local]
    assert len({found[a], found[b]}) == 2
    said = (a, b, "same"), (a_local, b_local, "same"), (a, b_local, "different")
    view, _ = made.resolve(tmp_path / "y", decisions=decided(tmp_path / "y", *said))
    assert incidents(view)[a] != incidents(view)[b_local]


def test_decisions_that_are_none_are_refused(tmp_path: Path) -> None:
    made = Reports()
    one, other = made.report("a"), made.report("b")
    with pytest.raises(BadDecisions, match="other than same or different"):
        made.resolve(tmp_path, decisions=decided(tmp_path, (one, other, "perhaps")))
    with pytest.raises(BadDecisions, match="no snapshot"):
        made.resolve(tmp_path, decisions=tmp_path / "none.parquet")
