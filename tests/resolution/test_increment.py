"""Resolving only what changed gives what resolving everything gives."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from resolution.checks import StateUnusable
from resolution.comparisons import CONTACT
from resolution.contracts import DECISION, LINEAGE, LINK, MEMBERSHIP, PERSON
from resolution.former import former_part
from resolution.index import ACCEPTED_MODEL
from resolution.lineage import MEMBERSHIP_HISTORY
from resolution.model import Limits, load_model, save_model
from resolution.resolve import Memory
from resolution.returned import DEPARTED
from resolution.state import load
from runs.schema import added_part, read_table
from tests.factories import key, write_rows
from tests.resolution.people import Row, persons, record, resolve
from tests.resolution.population import population
from tests.resolution.test_bridges import three_names

if TYPE_CHECKING:
    from pathlib import Path

    from resolution.resolve import ResolutionSummary
    from runs.home import ViewFolder

TABLES = (PERSON, MEMBERSHIP, LINK, LINEAGE)


@dataclass
class Case:
    """What a run takes in: records by key, decisions and court orders."""

    rows: dict[str, Row]
    decisions: dict[tuple[str, str], str] = field(default_factory=dict)
    orders: list[Row] = field(default_factory=list)
    around: dict[str, list[Row]] = field(default_factory=dict)


def contents(view: ViewFolder) -> dict[str, list[Any]]:
    """The rows of each table, whichever way it was written."""
    with duckdb.connect() as con:
        return {
            table.name: read_table(con, table, view.persons).order("ALL").fetchall()
            for table in TABLES
        }


def ids_kept(home: Path, run: str) -> list[list[Any]]:
    """What the run's lineage holds for later runs and for old ids."""
    former = former_part(MEMBERSHIP_HISTORY)
    lineage = home / "lineage" / run
    places = (
        (MEMBERSHIP_HISTORY, lineage),
        (DEPARTED, lineage),
        (former, lineage / former.name),
    )
    with duckdb.connect() as con:
        return [read_table(con, *place).order("ALL").fetchall() for place in places]


class Line:
    """Runs one after the other, each as an increment and, apart, as a full run."""

    def __init__(
        self, folder: Path, model: Path, parts_from: int = 1, most_changed: float = 1000
    ) -> None:
        self.folder, self.model, self.parts_from = folder, model, parts_from
        self.most_changed = most_changed
        self.number = 0

    def run(self, case: Case) -> tuple[ResolutionSummary, ResolutionSummary]:
        self.number += 1
        run, parent = f"r{self.number}", f"r{self.number - 1}" if self.number > 1 else None
        decisions = None
        if case.decisions:
            rows = [
                {"record_key_l": left, "record_key_r": right, "verdict": verdict}
                for (left, right), verdict in case.decisions.items()
            ]
            decisions = write_rows(self.folder / "decided" / run, DECISION, rows)
        made = []
        for way in ("changes", "all"):
            home = self.folder / way
            memory = None
            if way == "changes":
                memory = Memory(
                    home / "state" / run,
                    home / "state" / parent if parent else None,
                    home / parent / "views" / "v" / "persons" if parent else None,
                    self.parts_from,
                    most_changed=self.most_changed,
                )
            made.append(
                resolve(
                    home,
                    list(case.rows.values()),
                    run_id=run,
                    parent=parent,
                    decisions=decisions,
                    orders=case.orders,
                    around=case.around,
                    model=self.model,
                    memory=memory,
                )
            )
        (one, by_changes), (other, by_all) = made
        assert contents(one) == contents(other)
        assert ids_kept(self.folder / "changes", run) == ids_kept(self.folder / "all", run)
        self.views = one, other
        for name in (
            "records",
            "linkable_records",
            "persons",
            "links",
            "needs_review",
            "contradicted_decisions",
            "keys_too_common",
        ):
            assert getattr(by_changes, name) == getattr(by_all, name), name
        return by_changes, by_all


@pytest.fixture(scope="module")
def tight_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The accepted model with limits that a small population meets."""
    model = load_model(ACCEPTED_MODEL)
    path = tmp_path_factory.mktemp("model") / "model.json"
    limits = Limits(records_per_key=6, records_per_component=9)
    save_model(model.model_copy(update={"limits": limits}), path)
    return path


def changed(chance: random.Random, row: Row) -> Row:
    return {**row, "surname": chance.choice(["Quist", "Smith"]), "phones": ["+18045550001"]}


def decide(chance: random.Random, case: Case, step: str) -> None:
    """Decisions and an order come, earlier ones go."""
    for pair in list(case.decisions)[: chance.randrange(3)]:
        del case.decisions[pair]
    for _ in range(3):
        left, right = sorted(chance.sample(sorted(case.rows), 2))
        case.decisions[left, right] = chance.choice(["same", "different"])
    near = sorted(case.rows, key=lambda k: (case.rows[k]["surname"], k))
    at = chance.randrange(len(near) - 3)
    left, right = sorted(near[at : at + 2])
    case.decisions[left, right] = "different"
    order = {
        "court_order_key": key("court_order", "courts", step),
        "petitioner_key": near[at + 1],
        "respondent_key": near[at + 2],
    }
    case.orders = [*case.orders[1:], order]


def check_random_splits(folder: Path, model: Path, seed: int, people: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance, not secrets
    rows, _ = population(seed=seed, people=people)
    chance.shuffle(rows)
    line = Line(folder, model, parts_from=chance.choice([1, 10_000]))
    start = chance.randrange(len(rows) // 2, len(rows))
    case = Case({row["record_key"]: row for row in rows[:start]})
    coming = rows[start:]
    assert line.run(case)[0].resolved_all_because
    for step in range(3):
        for row in coming[: chance.randrange(0, 8)]:
            case.rows[row["record_key"]] = row
            coming.remove(row)
        if step % 2:
            for name in chance.sample(sorted(case.rows), 2):
                case.rows[name] = changed(chance, case.rows[name])
            for name in chance.sample(sorted(case.rows), 2):
                coming.append(case.rows.pop(name))
        if step != 1:
            decide(chance, case, f"{seed}/{step}")
        by_changes, _ = line.run(case)
        assert not by_changes.resolved_all_because


def test_a_random_split_with_changes_withdrawals_decisions_and_orders(
    tmp_path: Path, tight_model: Path
) -> None:
    check_random_splits(tmp_path, tight_model, seed=0, people=25)


def test_records_that_were_away_have_their_ids_again(tmp_path: Path, tight_model: Path) -> None:
    """Whole persons and single records of some leave, and come back beside others that are new."""
    rows, _ = population(seed=21, people=40)
    line = Line(tmp_path, tight_model)
    first, new = rows[:-6], rows[-6:]
    line.run(Case({row["record_key"]: row for row in first}))
    before = persons(line.views[1])
    left = set(sorted(set(before.values()))[:5])
    away = {record_key for record_key, one in before.items() if one in left}
    away |= set(sorted(set(before) - away)[:5])
    line.run(Case({row["record_key"]: row for row in first if row["record_key"] not in away}))
    back = {row["record_key"]: row for row in first[: len(first) - 2]}
    by_changes, _ = line.run(Case(back | {row["record_key"]: row for row in new}))
    assert not by_changes.resolved_all_because
    after = persons(line.views[1])
    known = [record_key for record_key in sorted(away) if before[record_key] in left]
    assert sum(after.get(key) == before[key] for key in known) > len(known) / 2
    told = {row[2] for row in contents(line.views[0])["lineage"] if row[1] == "r3"}
    assert "returned" in told


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 13))
def test_more_random_splits(tmp_path: Path, tight_model: Path, seed: int) -> None:
    check_random_splits(tmp_path, tight_model, seed, people=60)


def test_a_different_between_two_other_names_is_settled_by_changes_alone(
    tmp_path: Path, tight_model: Path
) -> None:
    rows, _ = population(seed=3, people=25)
    named, around = three_names()
    case = Case({row["record_key"]: row for row in [*rows, *named]}, around=around)
    line = Line(tmp_path, tight_model)
    line.run(case)

    def sizes() -> list[int]:
        home = persons(line.views[0])
        return sorted(Counter(home[row["record_key"]] for row in named).values())

    assert sizes() == [6]
    left, right = sorted(key("person", "nibrs", f"{name} 1") for name in ("Zelinski", "Santos"))
    case.decisions[left, right] = "different"
    assert not line.run(case)[0].resolved_all_because
    assert sizes() == [2, 4]
    del case.decisions[left, right]
    assert not line.run(case)[0].resolved_all_because
    assert sizes() == [6]


def crowd(names: str, **values: Any) -> dict[str, Row]:
    """Records that share a rare name and nothing else: each pair hangs on the keys of the name."""
    made = [
        record(name, given_name="Ottokar", surname="Zabriskie", **values) for name in names.split()
    ]
    return {row["record_key"]: row for row in made}


def pairs(line: Line) -> set[tuple[str, str]]:
    return {(row[0], row[1]) for row in contents(line.views[0])["link"]}


def test_a_key_that_crosses_the_limit_touches_all_its_records_both_ways(
    tmp_path: Path, tight_model: Path
) -> None:
    line = Line(tmp_path, tight_model)
    few = crowd("a b c d e f")
    case = Case(dict(few))
    line.run(case)
    assert len({pair for pair in pairs(line) if set(pair) <= set(few)}) == 15
    # The seventh makes the name's keys too common; nothing narrows them: no year is known.
    case.rows |= crowd("g")
    by_changes, _ = line.run(case)
    assert by_changes.keys_too_common
    assert not {pair for pair in pairs(line) if set(pair) <= set(few)}
    # Others of the name with a year of birth are a narrower group, which may grow up to the limit.
    case.rows |= crowd("h i j k l m", birth_year=1980)
    line.run(case)
    case.rows |= crowd("n", birth_year=1980)
    line.run(case)
    # Withdrawn, the name is usable again.
    for name in crowd("g h i j k l m n"):
        del case.rows[name]
    line.run(case)
    assert len({pair for pair in pairs(line) if set(pair) <= set(few)}) == 15


def contact_bits(line: Line, one: str, other: str) -> float | None:
    """What the pair's contacts weigh; None where they say nothing, or the pair is no link."""
    [found] = [
        row for row in contents(line.views[0])["link"] if row[:2] == tuple(sorted((one, other)))
    ]
    bars = {bar["comparison"]: bar["match_weight"] for bar in found[-1]}
    return bars.get(CONTACT.label)


def test_a_contact_that_crosses_the_limit_speaks_for_nobody_until_it_is_rare_again(
    tmp_path: Path, tight_model: Path
) -> None:
    line = Line(tmp_path, tight_model)
    shared: dict[str, Any] = {
        "phones": ["+18045550001"],
        "emails": ["front.desk@example.org"],
        "plates": ["VA ABC1234"],
    }
    born = {"birth_date": date(1980, 4, 2), "surname": "Zabriskie"}
    pair = [record(name, given_name="Ottokar", **born, **shared) for name in ("p", "q")]
    names = "Amal Bea Chidi Dov Edda Fu"
    others = [
        record(name, given_name=name, surname=f"{name}son", birth_year=1950 + at, **shared)
        for at, name in enumerate(names.split())
    ]
    one, other = (row["record_key"] for row in pair)
    case = Case({row["record_key"]: row for row in (*pair, *others[:4])})
    line.run(case)
    alone = contact_bits(line, one, other)
    assert alone is not None
    assert alone > 4
    # The seventh who gives them shows that they are a desk's.
    case.rows[others[4]["record_key"]] = others[4]
    by_changes, _ = line.run(case)
    assert not by_changes.resolved_all_because
    assert contact_bits(line, one, other) is None
    # A record that comes later gets no bits from them either.
    late = record("r", given_name="Ottokar", **born, **shared)
    case.rows[late["record_key"]] = late
    line.run(case)
    assert contact_bits(line, one, late["record_key"]) is None
    for row in (*others[3:5], late):
        del case.rows[row["record_key"]]
    line.run(case)
    assert contact_bits(line, one, other) == alone


def test_only_touched_records_are_resolved_and_large_files_are_shared(
    tmp_path: Path, tight_model: Path
) -> None:
    rows, _ = population(seed=7, people=60)
    line = Line(tmp_path, tight_model)
    line.run(Case({row["record_key"]: row for row in rows[1:]}))
    first = line.views[0]
    by_changes, _ = line.run(Case({row["record_key"]: row for row in rows}))
    assert 1 <= by_changes.records_resolved < len(rows) / 2
    for table in TABLES:
        before, after = (table.path(view.persons) for view in (first, line.views[0]))
        assert before.samefile(after)
        assert added_part(table).path(line.views[0].persons).exists()
    # What was withdrawn stays in no file.
    gone = rows[0]["record_key"]
    line.run(Case({row["record_key"]: row for row in rows[1:]}))
    for path in (tmp_path / "changes" / "r3").rglob("persons/*.parquet"):
        if "lineage" not in path.name:
            assert gone not in duckdb.read_parquet(str(path)).fetchall().__repr__()
    assert not added_part(LINK).path(line.views[0].persons).exists()


def test_what_stands_beside_the_files_stays_small(tmp_path: Path, tight_model: Path) -> None:
    """Tables in parts become whole again, and a state's additions a base."""
    rows, _ = population(seed=13, people=40)
    line = Line(tmp_path, tight_model, most_changed=0.08)
    in_parts, anew, start = [], [], len(rows) - 10
    for known in range(start, len(rows) + 1, 2):
        by_changes, _ = line.run(Case({row["record_key"]: row for row in rows[:known]}))
        persons = line.views[0].persons
        in_parts.append(added_part(MEMBERSHIP).path(persons).exists())
        anew.append(by_changes.resolved_all_because)
        assert len(list(persons.glob("membership*"))) == (3 if in_parts[-1] else 1)
    assert in_parts[0] is False
    assert True in in_parts
    assert False in in_parts[in_parts.index(True) :]
    assert not anew[1]
    assert any("since all were resolved" in reason for reason in anew)


def test_the_same_record_in_another_delivery_is_the_same(tmp_path: Path, tight_model: Path) -> None:
    rows, _ = population(seed=11, people=20)
    line = Line(tmp_path, tight_model)
    line.run(Case({row["record_key"]: row for row in rows}))
    again = [{**row, "delivery": "f" * 64, "source_line": 7} for row in rows]
    by_changes, _ = line.run(Case({row["record_key"]: row for row in again}))
    assert by_changes.records_resolved == 0
    assert not by_changes.resolved_all_because


def test_a_report_that_grows_takes_nothing_back_and_one_that_shrinks_does(
    tmp_path: Path, tight_model: Path
) -> None:
    rows, _ = population(seed=12, people=120)
    home = key("incident", "shared")
    named = [{**row, "incident_key": home} if at < 2 else row for at, row in enumerate(rows)]
    incident = {"incident_key": home, "feed": "nibrs", "kind": "incident"}
    line = Line(tmp_path, tight_model)
    case = Case({row["record_key"]: row for row in named}, around={"incident": [incident]})
    line.run(case)

    def run(*values: str) -> tuple[int, bool]:
        """How many records were resolved again, and whether the links' file is the parent's."""
        case.around["contact_point"] = [
            {
                "contact_mention_key": key("mention", value),
                "contact_point_key": key("contact", value),
                "kind": "phone",
                "value": value,
                "incident_key": home,
                "feed": "nibrs",
            }
            for value in values
        ]
        by_changes, _ = line.run(case)
        assert not by_changes.resolved_all_because
        return by_changes.records_resolved, added_part(LINK).path(line.views[0].persons).exists()

    resolved, in_parts = run("+18045550111")
    assert (resolved >= 2, in_parts) == (True, True)
    assert run("+18045550111", "+18045550112")[1]
    # What was told last time may be in the links' waterfalls, and must not stay.
    assert not run("+18045550112")[1]


def test_a_state_that_cannot_be_used_costs_time_and_nothing_else(
    tmp_path: Path, tight_model: Path
) -> None:
    rows, _ = population(seed=9, people=8)
    line = Line(tmp_path, tight_model)
    line.run(Case({row["record_key"]: row for row in rows[1:]}))
    state = tmp_path / "changes" / "state" / "r1"
    persons = line.views[0].persons
    mark = json.loads((state / "state.json").read_text())["fingerprint"]
    assert load(state, mark, persons).base.records == len(rows) - 1
    with pytest.raises(StateUnusable, match="changed"):
        load(state, "other", persons)
    weights = state / "base" / "pair_weight"
    for path in (
        weights,
        LINK.path(persons),
        state / "state.json",
        state / "base" / "feature.arrow",
    ):
        whole = path.read_bytes()
        for damaged in (whole[:-8], b"x" + whole[1:], b""):
            path.write_bytes(damaged)
            with pytest.raises(StateUnusable, match=r"damaged|cannot be read"):
                load(state, mark, persons).checks.settle()
        path.write_bytes(whole)
    everybody = Case({row["record_key"]: row for row in rows})
    # What is read beside its check counts only where that holds.
    content = state / "base" / "content"
    content.write_bytes(bytes(content.stat().st_size))
    by_changes, _ = line.run(everybody)
    assert by_changes.resolved_all_because == "content is damaged"
    (state.with_name("r2") / "base" / "pair_weight").unlink()
    by_changes, _ = line.run(everybody)
    assert (
        by_changes.resolved_all_because == "a file is missing or cannot be read (FileNotFoundError)"
    )
    assert by_changes.records_resolved == by_changes.records


def test_a_view_that_outgrows_its_prior_is_resolved_anew(tmp_path: Path) -> None:
    rows, _ = population(seed=5, people=12)
    accepted = load_model(ACCEPTED_MODEL)
    half = len(rows) // 2
    learnt = accepted.training.model_copy(update={"records": half})
    save_model(accepted.model_copy(update={"training": learnt}), tmp_path / "model.json")
    line = Line(tmp_path, tmp_path / "model.json")
    case = Case({row["record_key"]: row for row in rows[:half]})
    line.run(case)
    case.rows |= {row["record_key"]: row for row in rows[half : half + 2]}
    within, _ = line.run(case)
    assert not within.resolved_all_because
    assert within.prior_records == half
    case.rows |= {row["record_key"]: row for row in rows}
    beyond, _ = line.run(case)
    assert "size that it is fitted to" in beyond.resolved_all_because
    assert beyond.prior_records == 2 * half
