"""The whole line without servers: deliveries in, a finished run out."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from demo.world import make_world
from ingest.contracts import tables as ingest_tables
from pipeline.database import store_of
from pipeline.errors import ModelRefused, NothingToRun, RunRefused
from pipeline.models import outcome, records_of_view
from pipeline.publish import check_allowed
from pipeline.run import make_run
from pipeline.settings import PipelineSettings
from pipeline.status import status
from pipeline.unfinished import remove_unfinished
from resolution import contracts as resolution_contracts
from resolution import index as resolution_index
from resolution.comparisons import COMPARISONS, INCIDENT, SEX
from resolution.evaluate import evaluate
from resolution.index import ACCEPTED_MODEL
from resolution.model import Thresholds, load_model
from resolution.waterfall import BEFORE
from rollups import contracts as rollup_tables
from runs.errors import BrokenRun
from runs.home import Home, ViewFolder
from runs.keys import from_view
from runs.manifest import read_run, read_view
from runs.schema import Table
from sharing.accounts import Role, create
from sharing.deciding import Judge, decide
from sharing.decisions import About, Judgement, version
from tests.conftest import MadeHome, quiet_steps
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = PipelineSettings.from_environment()
GRAPH_VIEWS = ("investigation", "services", "analysis")


def test_every_row_of_every_file_is_accounted_for(made_home: MadeHome) -> None:
    for feed in made_home.run.feeds:
        assert feed["rows_in"] == feed["loaded"] + feed["quarantined"] + feed["duplicates"]
        for file in feed["files"]:
            assert sum(file["reasons"].values()) == file["quarantined"]
    assert {feed["feed"] for feed in made_home.run.feeds} == {
        "nibrs",
        "local-police",
        "clearinghouse",
        "social-services",
        "juvenile-justice",
        "forensic-lab",
        "hotline",
        "courts",
        "hospital",
        "events",
        "school-attendance",
        "service-directory",
    }


def test_two_models_can_be_tried_on_a_view(made_home: MadeHome) -> None:
    accepted = load_model(ACCEPTED_MODEL)
    # A name alone joins nobody any more.
    strict = accepted.model_copy(
        update={"thresholds": Thresholds(accept=9, review=5, accept_child=9, review_child=5)}
    )
    records = records_of_view(made_home.home, "investigation")
    found = outcome(records, strict, accepted, lambda _line: None)
    assert found.records > found.persons_first > found.persons_second
    assert found.pairs.both > found.pairs.only_second > found.pairs.only_first
    with pytest.raises(ModelRefused, match="no records of the view 'public'"):
        records_of_view(made_home.home, "public")


def test_each_view_has_a_folder_of_its_own(made_home: MadeHome) -> None:
    run = made_home.home.run(made_home.run.run_id)
    assert set(made_home.run.graph_views) == set(GRAPH_VIEWS)
    for view in GRAPH_VIEWS:
        counts = read_view(run.view(view)).counts
        assert counts["records"] >= counts["persons"] > 0
        assert counts["nodes"] > counts["persons"]
    public = run.view("public")
    assert not any((public.records.exists(), public.persons.exists(), public.graph.exists()))


def test_a_view_tells_the_comparisons_that_its_manifest_names(made_home: MadeHome) -> None:
    run = made_home.home.run(made_home.run.run_id)
    told = {view: set(read_view(run.view(view)).told_comparisons) for view in GRAPH_VIEWS}
    assert told["investigation"] == {comparison.label for comparison in COMPARISONS}
    assert told["analysis"] == {SEX.label, INCIDENT.label}
    assert told["analysis"] < told["services"] < told["investigation"]
    for view in GRAPH_VIEWS:
        rows = rows_of(run.view(view).persons / "link.parquet")
        bars = [bar for row in rows for bar in row["waterfall"] if not bar["withheld"]]
        assert {bar["comparison"] for bar in bars} <= {BEFORE, *told[view]}


def test_two_views_share_no_key(made_home: MadeHome) -> None:
    run = made_home.home.run(made_home.run.run_id)
    keys = []
    with duckdb.connect() as con:
        for view in GRAPH_VIEWS:
            path = str(run.view(view).records / "person_record.parquet")
            keys.append(
                {
                    key
                    for (key,) in con.execute(
                        "SELECT record_key FROM read_parquet(?)", [path]
                    ).fetchall()
                }
            )
        raw = {
            key
            for (key,) in con.execute(
                "SELECT record_key FROM read_parquet(?)",
                [str(run.records / "person_record.parquet")],
            ).fetchall()
        }
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert not raw & (keys[0] | keys[1] | keys[2])


def test_the_deidentified_view_holds_no_name_in_any_file(made_home: MadeHome) -> None:
    run = made_home.home.run(made_home.run.run_id)
    folder = run.view("analysis")
    with duckdb.connect() as con:
        [(names, birth_dates)] = con.execute(
            "SELECT count(surname) + count(given_name) + len(flatten(list(aliases))), "
            "count(birth_date) FROM read_parquet(?)",
            [str(folder.records / "person_record.parquet")],
        ).fetchall()
        surnames = {
            name.upper()
            for (name,) in con.execute(
                "SELECT DISTINCT surname FROM read_parquet(?) WHERE length(surname) > 6",
                [str(run.records / "person_record.parquet")],
            ).fetchall()
        }
        held = set()
        for path in sorted(folder.path.rglob("*.parquet")):
            relation = con.read_parquet(str(path))
            for column, kind in zip(relation.columns, relation.types, strict=True):
                if str(kind) == "VARCHAR":
                    held |= {
                        str(value).upper()
                        for (value,) in relation.select(duckdb.ColumnExpression(column))
                        .distinct()
                        .fetchall()
                    }
    assert not names
    assert birth_dates == 0
    assert not surnames & held


def test_persons_are_those_of_the_truth(made_home: MadeHome, world: Path) -> None:
    """Pairwise F1 over records with a full name, against the truth, which no stage read.

    A record without a name is never linked across incidents, so it has no place here.
    """
    run = made_home.home.run(made_home.run.run_id)
    folder = run.view("investigation")
    with duckdb.connect() as con:
        found = con.execute(
            "SELECT record_key, person_id FROM read_parquet(?)",
            [str(folder.persons / "membership.parquet")],
        ).fetchall()
        truth = dict(
            con.execute(
                "SELECT record_key, t.person_id FROM read_parquet(?) AS t "
                "JOIN read_parquet(?) AS r USING (record_key) WHERE t.person_id IS NOT NULL "
                "AND r.given_name IS NOT NULL AND r.surname IS NOT NULL",
                [
                    str(world / "truth" / "record.parquet"),
                    str(run.records / "person_record.parquet"),
                ],
            ).fetchall()
        )
    keys = from_view([key for key, _ in found], made_home.home.view_key("investigation"))
    ours = {
        key: person for key, (_, person) in zip(keys, found, strict=True) if key and key in truth
    }
    scores = evaluate(ours, {key: truth[key] for key in ours})
    assert scores.pairwise.f1 > 0.95
    assert scores.pairwise.precision > 0.98


def test_the_same_inputs_make_no_second_run(made_home: MadeHome, world: Path) -> None:
    again = make_run(made_home.home, [world / "feeds"], SETTINGS, quiet_steps())
    assert not again.new
    assert again.manifest.run_id == made_home.run.run_id


def test_a_changed_file_of_a_run_is_refused(made_home: MadeHome, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(
        made_home.home.path, home.path, ignore=shutil.ignore_patterns("serving", "service.json")
    )
    run = read_run(home, made_home.run.run_id)
    check_allowed(home, run, SETTINGS)
    victim = home.run(run.run_id).view("analysis").persons / "person.parquet"
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    with pytest.raises(RunRefused, match=r"analysis/persons/person\.parquet"):
        check_allowed(home, run, SETTINGS)


def test_other_agreements_refuse_an_older_run(made_home: MadeHome, tmp_path: Path) -> None:
    """Going back must not bring back what an agreement has taken away since."""
    fewer = tmp_path / "agreements"
    shutil.copytree(SETTINGS.agreements, fewer)
    (fewer / "hotline.yaml").unlink()
    other = PipelineSettings(fewer, SETTINGS.pack)
    with pytest.raises(RunRefused, match="other agreements"):
        check_allowed(made_home.home, made_home.run, other)


def test_a_killed_run_does_not_exist(made_home: MadeHome) -> None:
    home = made_home.home
    half = home.run("20200101T000000Z")
    (half.records).mkdir(parents=True)
    (half.records / "incident.parquet").write_bytes(b"half")
    with pytest.raises(BrokenRun, match="not finished"):
        read_run(home, half.run_id)
    assert half.run_id not in status(home)["runs"]
    remove_unfinished(home)
    assert not half.path.exists()
    assert home.run(made_home.run.run_id).manifest.exists()


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingToRun, match="vast run DIR"):
        make_run(Home(tmp_path), [], SETTINGS, quiet_steps())


def test_manifests_hold_no_hash_that_tells_of_hidden_records(made_home: MadeHome) -> None:
    run = made_home.home.run(made_home.run.run_id)
    inputs = {made_home.run.inputs_hash, made_home.run.inputs["landed"]}
    for view in made_home.run.views:
        text = run.view(view).manifest.read_text("utf-8")
        assert not any(value in text for value in inputs)
        assert json.loads(text)["view"] == view


@pytest.mark.slow
def test_a_decision_enters_the_next_run(tmp_path: Path) -> None:
    """Two records that the model links are kept apart once somebody decided so, and two reports."""
    make_world(tmp_path / "world", persons=200, years=1, seed=5, progress=lambda _line: None)
    home = Home(tmp_path / "home")
    first = make_run(home, [tmp_path / "world" / "feeds"], SETTINGS, quiet_steps()).manifest
    view = "services"
    with duckdb.connect() as con:
        left, right = con.execute(
            "SELECT record_key_l, record_key_r FROM read_parquet(?) "
            "WHERE same_person ORDER BY match_weight, record_key_l LIMIT 1",
            [str(home.run(first.run_id).view(view).persons / "link.parquet")],
        ).fetchall()[0]
    key = home.view_key(view)
    with store_of(home) as store:
        create(store, "judge", "a long enough password", Role.REVIEWER, view)
        decide(
            store,
            home.run(first.run_id).view(view),
            key,
            (left, right),
            Judgement.DIFFERENT,
            Judge("judge", "quality_review", "QR-1"),
            "two children",
            version([], first.run_id),
        )
        investigation = home.run(first.run_id).view("investigation")
        create(store, "detective", "a long enough password", Role.REVIEWER, "investigation")
        reports = two_reports_of_one(investigation)
        decide(
            store,
            investigation,
            home.view_key("investigation"),
            reports,
            Judgement.DIFFERENT,
            Judge("detective", "quality_review", "QR-2"),
            "two calls on one evening",
            version([], first.run_id),
            About.REPORTS,
        )
    second = make_run(home, [], SETTINGS, quiet_steps())
    assert second.new
    with duckdb.connect() as con:
        persons = con.execute(
            "SELECT count(DISTINCT person_id) FROM read_parquet(?) WHERE record_key IN (?, ?)",
            [
                str(home.run(second.manifest.run_id).view(view).persons / "membership.parquet"),
                left,
                right,
            ],
        ).fetchall()
    assert persons == [(2,)]
    assert incidents_of(home.run(second.manifest.run_id).view("investigation"), reports) == 2
    # A view that saw no decision holds what it held.
    untouched = [tables_of(home, run, "analysis") for run in (first.run_id, second.manifest.run_id)]
    assert untouched[0] == untouched[1]


def two_reports_of_one(view: ViewFolder) -> tuple[str, str]:
    """The two reports of an incident that the view knows from two reports alone."""
    with duckdb.connect() as con:
        [(one, other)] = con.execute(
            "SELECT min(incident_key), max(incident_key) FROM read_parquet(?) "
            "GROUP BY incident_id HAVING count(*) = 2 ORDER BY incident_id LIMIT 1",
            [str(view.persons / "incident_membership.parquet")],
        ).fetchall()
    return str(one), str(other)


def incidents_of(view: ViewFolder, reports: tuple[str, str]) -> int:
    with duckdb.connect() as con:
        [(found,)] = con.execute(
            "SELECT count(DISTINCT incident_id) FROM read_parquet(?) WHERE incident_key IN (?, ?)",
            [str(view.persons / "incident_membership.parquet"), *reports],
        ).fetchall()
    return int(found)


def tables_of(home: Home, run_id: str, view: str) -> dict[str, str]:
    """Every table of a view but its lineage, which names runs, by its hash."""
    return {
        entry.path: entry.sha256
        for entry in read_view(home.run(run_id).view(view)).files
        if "lineage" not in entry.path
    }


DECLARED = {
    table.name: table
    for module in (ingest_tables, resolution_contracts, resolution_index, rollup_tables)
    for table in vars(module).values()
    if isinstance(table, Table)
}


def test_every_table_of_a_view_holds_each_declared_key_once(made_home: MadeHome) -> None:
    """Tables are written in the order of their keys: a key that repeats leaves it to chance.

    Before the split into views one place can be a row of each agency that names it; those tables
    are written in the order of all columns.
    """
    checked = set()
    with duckdb.connect() as con:
        views = made_home.home.run(made_home.run.run_id).path / "views"
        for path in sorted(views.rglob("*.parquet")):
            table = DECLARED.get(path.stem)
            relation = con.read_parquet(str(path))
            if table is None or not set(table.key) <= set(relation.columns):
                continue
            keys = relation.select(*(duckdb.ColumnExpression(name) for name in table.key))
            [(rows,)] = keys.aggregate("count(*)").fetchall()
            [(distinct,)] = keys.distinct().aggregate("count(*)").fetchall()
            assert rows == distinct, path
            checked.add(table.name)
    assert len(checked) > 20
