"""What an id last referred to is found however many runs there were, and in two tables."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from resolution.former import Moved, former_part, last_held, write_former
from resolution.lineage import MEMBERSHIP_HISTORY
from runs.duck import connect
from runs.schema import read_table
from tests.factories import write_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Members = dict[str, str]
HISTORY = MEMBERSHIP_HISTORY


def remember(lineage: Path, run_id: str, members: Mapping[str, str]) -> None:
    rows = [{"record_key": record, "person_id": one} for record, one in members.items()]
    write_rows(lineage / run_id, HISTORY, rows)


def next_members(chance: random.Random, before: Members) -> Members:
    """Some persons go, some records find another person, some come."""
    gone = set(chance.sample(sorted(set(before.values())), k=len(set(before.values())) // 4))
    after = {record: one for record, one in before.items() if one not in gone}
    for record in chance.sample(range(40), k=6):
        after[f"r{record:02}"] = f"P{chance.randrange(30):02}"
    return after


def held(lineage: Path, one: str) -> tuple[str, ...]:
    with connect(threads=1) as con:
        return last_held(con, HISTORY, lineage, {one}, "none")


@pytest.mark.parametrize("from_rows", [0, 100_000], ids=["in parts", "whole"])
@pytest.mark.parametrize("seed", range(3))
def test_every_id_leads_to_the_records_of_the_newest_run_that_knew_it(
    tmp_path: Path, seed: int, from_rows: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance, not secrets
    runs: list[Members] = []
    newest: dict[str, set[str]] = {}
    for number in range(9):
        # Now and then a run continues from an earlier one: what came between was rolled back.
        parent = chance.choice(runs) if runs and number % 4 == 3 else (runs or [{}])[-1]
        members = next_members(chance, parent)
        runs.append(members)
        remember(tmp_path, f"run-{number}", members)
        # The first two are from before the table was kept.
        if number > 1:
            with connect(threads=1) as con:
                write_former(con, HISTORY, tmp_path, f"run-{number}", None, from_rows)
        of_run: dict[str, set[str]] = {}
        for record, one in members.items():
            of_run.setdefault(one, set()).add(record)
        newest |= of_run
    for one, records in newest.items():
        assert held(tmp_path, one) == tuple(sorted(records)), one
    assert held(tmp_path, "P99") == ()


def test_what_moved_is_enough_where_the_run_before_is_the_parent(tmp_path: Path) -> None:
    before = {"a": "P1", "b": "P1", "c": "P2", "d": "P3", "e": "P4"}
    after = {"a": "P1", "b": "P1", "c": "P3", "d": "P3", "f": "P5"}
    remember(tmp_path / "whole", "run-0", {"f": "P5", "g": "P6"})
    remember(tmp_path / "whole", "run-1", before)
    remember(tmp_path / "whole", "run-2", after)
    touched = {"c", "d", "e"}
    was = {record: one for record, one in before.items() if record in touched}
    now = {record: one for record, one in after.items() if record in touched | {"f"}}
    remember(tmp_path, "was", was)
    remember(tmp_path, "now", now)
    found = []
    for by_changes in (False, True):
        with connect(threads=1) as con:
            write_former(con, HISTORY, tmp_path / "whole", "run-1")
            moved = Moved(
                "run-1", *(read_table(con, HISTORY, tmp_path / n) for n in ("was", "now"))
            )
            write_former(con, HISTORY, tmp_path / "whole", "run-2", moved if by_changes else None)
            folder = tmp_path / "whole" / "run-2" / former_part(HISTORY).name
            found.append(read_table(con, former_part(HISTORY), folder).order("ALL").fetchall())
    assert found == [[("P2", "c"), ("P4", "e"), ("P6", "g")]] * 2
