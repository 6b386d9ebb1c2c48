"""The review queue: what is in it, why, and in which order."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from resolution.contracts import DECISION, LINK, MEMBERSHIP, REVIEW
from resolution.review import build_queue, pair_name
from runs.home import ViewFolder
from tests.factories import key, rows_of, write_rows
from tests.resolution.people import links, resolve, robert

if TYPE_CHECKING:
    from pathlib import Path

BAR = {"comparison": "Birth", "level": "same", "match_weight": 3.0, "withheld": False}
SEEN = date(2024, 5, 1)


class Queue:
    """A view's folder with pairs that need review; each record is a person of its own."""

    def __init__(self, folder: Path) -> None:
        self.view = ViewFolder(folder / "view", "r1", "v")
        self.scratch = folder / "scratch"
        self.records: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        self.episodes: list[dict[str, Any]] = []
        self.person: dict[str, str] = {}

    def pair(
        self,
        name: str,
        *,
        review: str = "uncertain",
        weight: float = 1.0,
        left: dict[str, Any] | None = None,
        right: dict[str, Any] | None = None,
    ) -> None:
        """Two records ``name 1`` and ``name 2`` of role victim, each with its own incident."""
        keys = [key("person", name, n) for n in "12"]
        for record_key, values in zip(keys, (left or {}, right or {}), strict=True):
            self.person[record_key] = f"P{record_key[:6]}"
            own = {"incident_key": key("incident", record_key), "role": "victim"}
            self.records.append({"record_key": record_key, "observed_on": SEEN, **own, **values})
        low, high = sorted(keys)
        self.links.append(
            {"record_key_l": low, "record_key_r": high, "match_weight": weight,
             "match_probability": 1 / (1 + 2**-weight), "needs_review": True, "review": review,
             "waterfall": [BAR]}
        )  # fmt: skip

    def missing(self, name: str) -> None:
        record_key = key("person", name, "1")
        self.episodes.append({"episode_key": key("episode", name), "record_key": record_key})

    def rows(self) -> list[dict[str, Any]]:
        write_rows(self.view.records, "person_record", self.records)
        write_rows(self.view.records, "missing_episode", self.episodes)
        write_rows(self.view.persons, LINK, self.links)
        members = [{"record_key": k, "person_id": p} for k, p in self.person.items()]
        write_rows(self.view.persons, MEMBERSHIP, members)
        made = build_queue(self.view, self.scratch)
        found = rows_of(REVIEW.path(self.view.persons))
        assert made == len(found)
        return found


def named(row: dict[str, Any], *names: str) -> str:
    return next(n for n in names if row["pair"] == pair_name(*(key("person", n, k) for k in "12")))


def test_the_order_is_by_what_a_decision_would_change(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    queue.pair("rest")
    queue.pair("likelier", weight=3.0)
    queue.pair("child", left={"birth_date": date(2010, 1, 1)})
    queue.pair("crime", right={"role": "arrestee"})
    queue.pair("missing", left={"role": "missing_child", "incident_key": None})
    queue.missing("missing")
    queue.pair("decided", review="contradicted")
    found = queue.rows()
    order = ("decided", "missing", "crime", "child", "likelier", "rest")
    assert [named(row, *order) for row in found] == list(order)
    assert [row["place"] for row in found] == [1, 2, 3, 4, 5, 6]
    assert found[1]["still_missing"]
    assert (found[1]["records"], found[1]["incidents"]) == (2, 1)
    assert (found[1]["episodes"], found[1]["case_incidents"]) == (1, 1)
    assert [row["victim_offender"] for row in found] == [False, False, True, False, False, False]
    assert [row["child"] for row in found] == [False, True, False, True, False, False]


def test_a_pair_inside_one_person_counts_that_person_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    queue.pair("inside", review="held_inside")
    queue.person = dict.fromkeys(queue.person, "P1")
    [row] = queue.rows()
    assert row["person_l"] == row["person_r"] == "P1"
    assert (row["records"], row["incidents"]) == (2, 2)


def test_two_persons_are_asked_about_once_by_their_strongest_pair(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    for name, weight in (("one", -1.0), ("two", 2.0), ("three", 0.5)):
        queue.pair(name, weight=weight)
        for number in "12":
            queue.person[key("person", name, number)] = f"P{number}"
    [row] = queue.rows()
    assert named(row, "one", "two", "three") == "two"
    assert (row["pairs"], row["records"]) == (3, 6)
    queue.person = dict.fromkeys(queue.person, "P1")
    for link in queue.links:
        link["review"] = "held_inside"
    [row] = queue.rows()
    assert named(row, "one", "two", "three") == "one"


def test_the_evidence_changes_with_the_comparison_and_the_persons_around_it(
    tmp_path: Path,
) -> None:
    def evidence(name: str, change: str | None) -> str:
        queue = Queue(tmp_path / name)
        queue.pair("one")
        if change == "another pair":
            queue.pair("two")
        elif change == "another record":
            more = key("person", "more")
            queue.person[more] = next(iter(queue.person.values()))
            queue.records.append({"record_key": more})
        elif change == "another weight":
            queue.links[0]["waterfall"] = [BAR | {"match_weight": 3.5}]
        return next(str(r["evidence"]) for r in queue.rows() if named(r, "one", "two") == "one")

    first = evidence("first", None)
    assert evidence("pair", "another pair") == first
    assert evidence("record", "another record") != first
    assert evidence("weight", "another weight") != first


def test_rows_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for turn in (1, -1):
        queue = Queue(tmp_path / str(turn))
        for name in "abcdef"[::turn]:
            queue.pair(name)
        queue.rows()
        made.append(REVIEW.path(queue.view.persons).read_bytes())
    assert made[0] == made[1]


def test_a_view_without_pairs_has_an_empty_queue(tmp_path: Path) -> None:
    assert Queue(tmp_path).rows() == []


def test_resolution_says_why_and_keeps_the_link_of_a_decided_pair(tmp_path: Path) -> None:
    """Two victims of one incident whom everything else takes for one."""
    incident = {"incident_key": key("incident", "1"), "role": "victim"}
    rows = [robert(n, **incident) for n in ("one", "two")]
    view, summary = resolve(tmp_path / "before", rows)
    [link] = links(view).values()
    assert (link["review"], link["needs_review"]) == ("kept_apart", True)
    assert summary.needs_review == 1
    low, high = sorted(row["record_key"] for row in rows)
    verdict = {"record_key_l": low, "record_key_r": high, "verdict": "different"}
    decided = write_rows(tmp_path / "decisions", DECISION, [verdict])
    view, summary = resolve(tmp_path / "after", rows, decisions=decided)
    [link] = links(view).values()
    assert (link["review"], link["needs_review"]) == (None, False)
    assert link["waterfall"]
    assert summary.needs_review == 0
