"""A linkage model from training to acceptance, as its steward would do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.database import store_of
from pipeline.errors import ModelRefused, PipelineError
from pipeline.models import accepted_model
from resolution.errors import BadModel
from resolution.incidents.model import load_incident_model
from resolution.index import ACCEPTED_MODEL
from resolution.model import load_model, save_model
from runs.home import Home
from sharing.accounts import Role, create, set_disabled
from sharing.audit import AuditEvent
from sharing.tables import AUDIT_EVENT

RUN = CliRunner()
ROLES = {"ada": Role.STEWARD, "bob": Role.ADMINISTRATOR, "cy": Role.ANALYST}


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "world"
    words = ["world", "make", str(folder), "--persons", "300", "--years", "1", "--seed", "3"]
    assert RUN.invoke(app, words).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def candidate(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was trained on a world and measured on it."""
    path = tmp_path_factory.mktemp("candidate") / "candidate.json"
    words = ["model", "train", str(small_world), "--name", "t-1", "--out", str(path)]
    done = RUN.invoke(app, [*words, "--evaluate", str(small_world)])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path / "home")
    place.prepare()
    with store_of(place) as store:
        for name, role in ROLES.items():
            create(store, name, "a long enough password", role)
        set_disabled(store, "bob", disabled=True)
    return place


def accept(home: Home, file: Path, by: str = "ada", reason: str = "reviewed") -> Any:
    words = ["model", "accept", str(file), "--by", by, "--reason", reason]
    return RUN.invoke(app, [*words, "--home", str(home.path)], catch_exceptions=False)


def test_a_trained_model_carries_what_was_measured(candidate: Path) -> None:
    model = load_model(candidate)
    assert model.name == "t-1"
    parts = {one.part: one for one in model.evaluation}
    assert parts["both names"].world == "seed 3, 300 people"
    assert parts["both names"].f1 > 0.8
    assert parts["both names"].records > parts["children"].records > 0
    told = json.loads(RUN.invoke(app, ["model", "show", str(candidate), "--json"]).stdout)
    assert told["fingerprint"] == model.fingerprint
    assert "both names" in RUN.invoke(app, ["model", "show", str(candidate)]).stdout


def test_an_accepted_model_is_used_and_on_record(home: Home, candidate: Path) -> None:
    before = load_model(ACCEPTED_MODEL)
    assert accepted_model(home) == ACCEPTED_MODEL
    assert accept(home, candidate).exit_code == 0
    assert load_model(accepted_model(home)) == load_model(candidate)
    with store_of(home) as store, store.engine.begin() as connection:
        rows = connection.execute(sa.select(AUDIT_EVENT)).all()
    assert [row.event for row in rows if row.account == "ada"] == [AuditEvent.MODEL_ACCEPTED]
    kept = home.models / f"{before.name}-{before.fingerprint[:12]}.json"
    assert accept(home, kept, reason="the new one joins too much").exit_code == 0
    assert load_model(accepted_model(home)) == before


def test_what_nobody_measured_or_answers_for_is_refused(
    home: Home, candidate: Path, small_world: Path, tmp_path: Path
) -> None:
    unmeasured = tmp_path / "unmeasured.json"
    save_model(load_model(candidate).model_copy(update={"evaluation": ()}), unmeasured)
    with pytest.raises(ModelRefused, match="nobody measured it"):
        accept(home, unmeasured)
    for by in ("bob", "cy", "nobody"):
        with pytest.raises(ModelRefused, match="no active account"):
            accept(home, candidate, by=by)
    with pytest.raises(ModelRefused, match="say why"):
        accept(home, candidate, reason=" ")
    with pytest.raises(ModelRefused, match="already"):
        accept(home, ACCEPTED_MODEL)
    with pytest.raises(BadModel):
        accept(home, small_world / "world.json")
    assert accepted_model(home) == ACCEPTED_MODEL


def test_two_models_are_held_against_each_other(candidate: Path, home: Home) -> None:
    words = ["model", "compare", str(candidate), "--home", str(home.path)]
    found = json.loads(RUN.invoke(app, [*words, "--json"]).stdout)
    assert found["second"]["name"] == load_model(ACCEPTED_MODEL).name
    assert found["weights"]
    assert all(abs(one["first"] - one["second"]) >= 0.5 for one in found["weights"])
    with pytest.raises(ModelRefused, match="no run is finished"):
        RUN.invoke(app, [*words, "--view", "investigation"], catch_exceptions=False)
    same = ["model", "compare", str(candidate), str(candidate)]
    assert "No weight differs" in RUN.invoke(app, same).stdout


@pytest.mark.parametrize(
    "words", [["--name", "Big Name", "x"], ["--name", "t"], ["--name", "t", "x", "--view", "v"]]
)
def test_training_says_what_it_needs(words: list[str]) -> None:
    with pytest.raises(ModelRefused, match=r"--name|--view"):
        RUN.invoke(app, ["model", "train", *words], catch_exceptions=False)


def test_a_world_is_measured_by_part_and_by_group(small_world: Path, tmp_path: Path) -> None:
    page = tmp_path / "resolution.md"
    words = ["evaluate", "world", str(small_world), "--json", "--report", str(page)]
    done = RUN.invoke(app, [*words, "--home", str(tmp_path / "none")], catch_exceptions=False)
    [found] = json.loads(done.stdout)
    assert found["all"]["records"] > found["linkable"]["records"] > found["children"]["records"]
    assert 0.8 < found["blocking_recall"] < 1
    assert {one["group"] for one in found["groups"]["sex"]} == {"F", "M"}
    women, men = found["groups"]["sex"]
    assert women["gap"] == pytest.approx(-men["gap"])
    assert "| sex | F |" in page.read_text("utf-8")
    with pytest.raises(PipelineError, match="no made-up world"):
        RUN.invoke(app, ["evaluate", "world", str(tmp_path)], catch_exceptions=False)


def test_a_model_of_incidents_is_trained_and_measured(small_world: Path, tmp_path: Path) -> None:
    path = tmp_path / "incidents.json"
    words = ["model", "train-incidents", str(small_world), "--name", "i-1", "--out", str(path)]
    done = RUN.invoke(app, [*words, "--evaluate", str(small_world)])
    assert done.exit_code == 0, done.output
    model = load_incident_model(path)
    assert [one.part for one in model.evaluation] == ["all", "joint"]
    assert model.limitations
