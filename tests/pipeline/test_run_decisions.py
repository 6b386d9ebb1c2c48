"""What a run hashes of the decisions is what it takes, whatever is decided while it is made."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import yaml
from rich.console import Console

from demo.world import make_world
from pipeline.database import store_of
from pipeline.run import make_run
from pipeline.settings import PipelineSettings
from pipeline.steps import Steps
from resolution.contracts import MEMBERSHIP
from runs.duck import connect
from runs.home import Home
from runs.manifest import Current, now, write_manifest
from runs.schema import read_table
from sharing.accounts import Role, create
from sharing.deciding import Judge, confirm, decide, undo, waiting_for_second
from sharing.decisions import Decision, Judgement, decisions_of, version
from sharing.tables import DECISION
from tests.conftest import quiet_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runs.home import ViewFolder
    from sharing.store import Store

VIEW = "investigation"

# Of people who stand alone, so that nothing but the decision can join them.
_ALONE = """
SELECT record_key FROM person_record JOIN membership USING (record_key)
QUALIFY role = $role AND count(*) OVER (PARTITION BY person_id) = 1
    AND count(*) OVER (PARTITION BY incident_key, role) = 1
ORDER BY record_key LIMIT 3
"""


class Interrupted(Steps):
    """Steps that do something else once, when the records have been loaded."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__(Console(quiet=True))
        self._meanwhile = meanwhile

    @contextmanager
    def step(self, title: str, key: str | None = None) -> Iterator[None]:
        with super().step(title, key):
            yield
        if key == "loading":
            self._meanwhile()


@dataclass
class Place:
    home: Home
    settings: PipelineSettings
    store: Store

    def run(self, steps: Steps | None = None) -> bool:
        """Make the next run and serve it; False where nothing had changed."""
        made = make_run(self.home, [], self.settings, steps or quiet_steps())
        run_id = made.manifest.run_id
        write_manifest(self.home.current, Current(run_id=run_id, published_at=now(), servers={}))
        return made.new

    @property
    def view(self) -> ViewFolder:
        served = Current.model_validate_json(self.home.current.read_text("utf-8"))
        return self.home.run(served.run_id).view(VIEW)

    def alone(self, role: str) -> list[str]:
        with connect() as con:
            for table, folder in (
                ("person_record", self.view.records),
                ("membership", self.view.persons),
            ):
                con.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
            return [key for (key,) in con.execute(_ALONE, {"role": role}).fetchall()]

    def together(self, keys: tuple[str, str]) -> bool:
        with connect() as con:
            read_table(con, MEMBERSHIP, self.view.persons).create_view("membership")
            [(persons,)] = con.execute(
                "SELECT count(DISTINCT person_id) FROM membership WHERE record_key IN ($l, $r)",
                {"l": keys[0], "r": keys[1]},
            ).fetchall()
        return int(persons) == 1

    def said(self, who: str, keys: tuple[str, str]) -> Decision:
        return decide(
            self.store, self.view, self.home.view_key(VIEW), keys, Judgement.SAME, judge(who),
            "one face", version([], self.view.run_id),
        )  # fmt: skip

    def stepped(self, step: Callable[..., None], decision: Decision, who: str) -> None:
        every = [d for d in decisions_of(self.store, VIEW) if d.pair == decision.pair]
        step(
            self.store, self.view, self.home.view_key(VIEW), decision.decision_id, judge(who),
            "looked again", version(every, self.view.run_id),
        )  # fmt: skip


def judge(who: str) -> Judge:
    return Judge(who, "quality_review", "QR-1")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    make_world(tmp_path / "world", persons=500, years=1, seed=5, progress=lambda _line: None)
    shipped = PipelineSettings.from_environment()
    agreements = tmp_path / "agreements"
    agreements.mkdir()
    shutil.copy(shipped.agreements / "local-police.yaml", agreements)
    views = yaml.safe_load((shipped.agreements / "views.yaml").read_text("utf-8"))
    views["views"] = [view for view in views["views"] if view["name"] == VIEW]
    (agreements / "views.yaml").write_text(yaml.safe_dump(views), "utf-8")
    settings = PipelineSettings(agreements, shipped.pack)
    home = Home(tmp_path / "home")
    feed = tmp_path / "world" / "feeds" / "local-police"
    run_id = make_run(home, [feed], settings, quiet_steps()).manifest.run_id
    write_manifest(home.current, Current(run_id=run_id, published_at=now(), servers={}))
    with store_of(home) as store:
        for who in ("jane", "joe"):
            create(store, who, "a long enough password", Role.REVIEWER, VIEW)
        yield Place(home, settings, store)


def test_what_is_decided_undone_or_confirmed_makes_the_run_that_takes_it(place: Place) -> None:
    one, other, victim = place.alone("victim")
    offender = place.alone("offender")[0]
    harmless, crossing = (one, other), (victim, offender)
    # It was decided before the roles were known.
    held = place.said("jane", crossing)
    with place.store.write() as connection:
        connection.execute(sa.update(DECISION).values(needs_second=False))
    made: list[Decision] = []
    assert place.run(Interrupted(lambda: made.append(place.said("jane", harmless))))
    assert not place.together(harmless)
    assert not place.together(crossing)
    waiting = waiting_for_second(decisions_of(place.store, VIEW))
    assert [d.decision_id for d in waiting] == [held.decision_id]
    assert place.run()
    assert place.together(harmless)
    assert not place.together(crossing)
    assert not place.run()
    place.stepped(undo, made[0], "joe")
    place.stepped(confirm, held, "joe")
    assert place.run()
    assert not place.together(harmless)
    assert place.together(crossing)
    assert not place.run()
