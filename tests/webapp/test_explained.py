"""What a person rests on: drawn, asked what-if, and held against facts that cannot all be true."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from resolution.contracts import INCIDENT_MEMBERSHIP, LINEAGE, LINK, MEMBERSHIP, PERSON
from runs.home import ViewFolder
from tests.factories import key, write_rows
from webapp.consequences import consequences, facts_of
from webapp.persons.contradictions import contradictions
from webapp.persons.drawing import HEIGHT, MARGIN, MOST_DRAWN, WIDTH, drawing_of
from webapp.persons.evidence import MAX_LINKS, MOST_AGAINST, evidence_of
from webapp.persons.explained import explained

if TYPE_CHECKING:
    from pathlib import Path

SEEN = date(2024, 5, 1)


def k(number: int) -> str:
    return f"{number:032x}"


def person(
    folder: Path, margins: dict[tuple[int, int], float], records: list[dict[str, Any]] | None = None
) -> ViewFolder:
    """One person of the records that the margins name; match weight is margin plus 2."""
    view = ViewFolder(folder / "view", "r1", "v")
    numbers = sorted({n for pair in margins for n in pair})
    rows = records or [{"record_key": k(n), "observed_on": SEEN} for n in numbers]
    write_rows(view.records, "person_record", rows)
    write_rows(view.persons, PERSON, [{"person_id": "P1"}])
    members = [{"record_key": k(n), "person_id": "P1"} for n in numbers]
    write_rows(view.persons, MEMBERSHIP, members)
    write_rows(view.persons, LINEAGE, [])
    links = [
        {"record_key_l": k(a), "record_key_r": k(b), "match_weight": m + 2, "margin": m,
         "match_probability": 0.9, "same_person": True, "needs_review": False,
         "waterfall": [{"comparison": c, "level": level, "match_weight": w, "withheld": False}
                       for c, level, w in (("Prior", "random", -10.0), ("Birth", "x", m + 12))]}
        for (a, b), m in margins.items()
    ]  # fmt: skip
    write_rows(view.persons, LINK, links)
    return view


def halves() -> dict[tuple[int, int], float]:
    """Records 0 to 2 and 3 to 5 tied by record 6 alone."""
    return {
        (a, b): 9.0 if b == 6 else 8.0 if (a < 3) == (b < 3) else -1.0
        for a in range(7)
        for b in range(a + 1, 7)
    }


def test_the_record_that_holds_two_halves_and_what_would_go_with_it(tmp_path: Path) -> None:
    view = person(tmp_path, halves())
    write_rows(
        view.records,
        "person_record",
        [{"record_key": k(n), "incident_key": key("incident", str(n // 5))} for n in range(7)],
    )
    episode = {"episode_key": key("e"), "record_key": k(0), "case_number": "MC-1"}
    write_rows(view.records, "missing_episode", [episode])
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    found = explained(view, "P1", evidence.holding)
    assert found is not None
    assert (found.asked, found.complete) == (6 + 7, True)
    [split] = found.splits
    assert split.without == (k(6),)
    assert [len(group.records) for group in split.outcome.groups] == [3, 3]
    assert split.mean == -1.0
    [case] = split.outcome.cases
    assert [one.number for one in case.episodes] == ["MC-1"]
    assert [one.key for one in case.loses] == [key("incident", "1")]
    assert case.gains == ()


def test_a_pair_rests_on_its_one_link(tmp_path: Path) -> None:
    view = person(tmp_path, {(0, 1): 5.0})
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    found = explained(view, "P1", evidence.holding)
    assert found is not None
    assert [split.without for split in found.splits] == [(k(0), k(1))]
    assert (found.sides, found.mean) == (((k(0),), (k(1),)), 5.0)
    assert explained(view, "P1", ()) is None


def test_nothing_holds_a_person_of_many_strong_links(tmp_path: Path) -> None:
    view = person(tmp_path, {(a, b): 9.0 for a in range(5) for b in range(a + 1, 5)})
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    found = explained(view, "P1", evidence.holding)
    assert found is not None
    assert found.splits == ()


def test_a_person_of_many_records_shows_what_holds_it_and_what_speaks_most_against(
    tmp_path: Path,
) -> None:
    many = 45
    margins = {(a, b): 9.0 + a / 100 for a in range(many) for b in range(a + 1, many)}
    margins[(0, 1)] = -9.0
    # The last record hangs on by links that are not among the strongest.
    margins |= {(a, many): 1.0 for a in range(many)}
    view = person(tmp_path, margins)
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    assert len(evidence.holding) == many
    assert evidence.holding[0].weight == 3.0
    assert len(evidence.inside) == MAX_LINKS
    assert evidence.inside[-1].weight == -7.0
    assert all(link.bars for link in (*evidence.holding, *evidence.inside))
    assert sum(link.weight < 4 for link in evidence.inside) == MOST_AGAINST


@pytest.mark.parametrize("records", [1, 2, 3, 7, MOST_DRAWN, MOST_DRAWN + 1])
def test_the_drawing_holds_every_record_inside_its_frame(tmp_path: Path, records: int) -> None:
    numbers = {k(n): n + 1 for n in range(records)}
    agencies = {key_: f"agency {n % 8}" for n, key_ in enumerate(numbers)}
    margins = {(n, n + 1): 6.0 - n / 10 for n in range(records - 1)} | {(0, 2): -3.0}
    if records < 3:
        margins.pop((0, 2))
    evidence = evidence_of(person(tmp_path, margins or {(0, 1): 1.0}), "P1")
    assert evidence is not None
    holding = evidence.holding if records > 1 else ()
    drawn = drawing_of(numbers, agencies, agencies, holding, evidence.inside)
    if not 2 <= records <= MOST_DRAWN:
        assert drawn is None
        return
    assert drawn is not None
    assert [dot.number for dot in drawn.dots] == list(range(1, records + 1))
    assert all(MARGIN <= round(d.x) <= WIDTH - MARGIN for d in drawn.dots)
    assert all(MARGIN <= round(d.y) <= HEIGHT - MARGIN for d in drawn.dots)
    assert len({(dot.x, dot.y) for dot in drawn.dots}) == records
    kinds = [line.kind for line in drawn.lines]
    assert kinds.count("weakest") == 1
    assert kinds.count("holding") == records - 2
    assert kinds.count("against") == (1 if records > 2 else 0)
    assert len(drawn.agencies) <= 6
    assert drawn == drawing_of(numbers, agencies, agencies, holding, evidence.inside)


def test_facts_that_cannot_all_be_true_are_named_with_their_records(tmp_path: Path) -> None:
    def row(number: int, **values: Any) -> dict[str, Any]:
        return {"record_key": k(number), "observed_on": SEEN, "role": "victim", **values}

    records = [
        row(0, birth_date=date(2001, 3, 3), sex="F", incident_key=key("i", "0")),
        row(1, age_low_years=35, age_high_years=35, sex="M", incident_key=key("i", "1")),
        row(2, birth_year=2001, sex="F", incident_key=key("i", "2")),
    ]
    view = person(tmp_path, {(0, 1): 1.0, (0, 2): 5.0, (1, 2): -6.0}, records)
    place = {"occurred_on": SEEN, "date_is_report": False, "kind": "incident"}
    write_rows(
        view.records,
        "incident",
        [
            {"incident_key": key("i", "0"), "locality_id": "51059", **place},
            {"incident_key": key("i", "1"), "locality_id": "51105", **place},
            {"incident_key": key("i", "2"), "locality_id": "51059", **place},
        ],
    )
    stay = {"placement_key": key("p"), "record_key": k(2), "kind": "detention",
            "started_on": date(2024, 4, 1), "facility": "Northern Center"}  # fmt: skip
    write_rows(view.records, "placement", [stay])
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    facts = facts_of(view, [k(n) for n in range(3)])
    links = [*evidence.holding, *evidence.inside]
    found = contradictions(view, evidence.records, links, facts)
    words = " | ".join(one.words for one in found)
    assert "reach from 1988 to 2001" in words
    assert "The recorded sex differs: female in 2, male in 1" in words
    assert "On 1 May 2024 in Fairfax County and in Lee County" in words
    assert "In Northern Center from 1 Apr 2024, yet in an incident on 1 May 2024" in words
    assert "speaks against one person, -4.0: prior" not in words
    assert next(one for one in found if "sex" in one.words).records == (k(1),)
    assert [one.words for one in contradictions(view, evidence.records, [], facts)] == [
        one.words for one in found if "comparison" not in one.words
    ]


def test_one_birth_date_written_twice_is_a_lesser_contradiction(tmp_path: Path) -> None:
    records = [
        {"record_key": k(n), "birth_date": date(2001, month, 3), "observed_on": SEEN}
        for n, month in ((0, 3), (1, 3), (2, 5))
    ]
    view = person(tmp_path, {(0, 1): 9.0, (0, 2): 2.0, (1, 2): 2.0}, records)
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    [found] = contradictions(view, evidence.records, [], facts_of(view, []))
    assert found.words == "The birth date differs: 3 Mar 2001 in 2, 3 May 2001 in 1"
    assert found.records == (k(2),)


def test_nothing_that_stays_is_a_change(tmp_path: Path) -> None:
    view = person(tmp_path, {(0, 1): 9.0})
    facts = facts_of(view, [k(0), k(1)])
    assert not consequences(facts, ((k(0), k(1)),), ((k(0), k(1)),)).changes
    assert consequences(facts, ((k(0), k(1)),), ((k(0),), (k(1),))).changes


def test_several_reports_of_one_incident_are_one_incident_and_contradict_nothing(
    tmp_path: Path,
) -> None:
    records = [
        {
            "record_key": k(n),
            "observed_on": SEEN,
            "role": "victim",
            "incident_key": key("i", str(n)),
        }
        for n in range(2)
    ]
    view = person(tmp_path, {(0, 1): 5.0}, records)
    day, later = {"occurred_on": SEEN}, {"occurred_on": date(2024, 5, 9), "date_is_report": True}
    write_rows(
        view.records,
        "incident",
        [
            {"incident_key": key("i", "0"), "incident_number": "24-17", "locality_id": "51059",
             "kind": "incident", **day},
            {"incident_key": key("i", "1"), "incident_number": "LP-77", "locality_id": "51105",
             "kind": "incident", **later},
        ],
    )  # fmt: skip
    write_rows(
        view.persons,
        INCIDENT_MEMBERSHIP,
        [{"incident_key": key("i", str(n)), "incident_id": "I1"} for n in range(2)],
    )
    facts = facts_of(view, [k(0), k(1)])
    [one] = facts.incidents_of([k(0), k(1)])
    assert (one.key, one.number, one.on, one.is_report) == ("I1", "24-17 / LP-77", SEEN, False)
    evidence = evidence_of(view, "P1")
    assert evidence is not None
    assert contradictions(view, evidence.records, [], facts) == []
    # One person or two: the incident is one, whichever of its reports a record names.
    assert (
        consequences(facts, ((k(0), k(1)),), ((k(0),), (k(1),))).groups[0].incidents[0].key == "I1"
    )
