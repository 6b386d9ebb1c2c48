"""Circumstances weigh what is usual in the view against what is declared for true ties."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import packs
from casework.description import EpisodeDescription
from casework.evidence import EvidenceKind
from casework.place_time import circumstances
from casework.usual import Usual, distance_km, usual_shares
from casework.weights import load_weights
from ingest.contracts.packs import load_pack
from runs.home import ViewFolder
from tests.factories import key, write_rows

PACK = Path(next(iter(packs.__path__))) / "trafficking"
WEIGHTS = load_weights(PACK)
NORFOLK, VIRGINIA_BEACH, FAIRFAX_COUNTY = "51710", "51810", "51059"
CHILD = EpisodeDescription(
    missing_from_on=date(2025, 3, 1),
    found_on=date(2025, 3, 20),
    surname="Doe",
    sex="F",
    age_years=15,
    last_seen_locality_id=NORFOLK,
)
EVEN = Usual((0.2,) * 5, 0.1, 0.1, 0.1, 0.7, {"trafficking": 0.01})


def incident(**known: Any) -> dict[str, Any]:
    return {
        "locality_id": NORFOLK,
        "occurred_on": "2025-03-05",
        "categories": [],
        "victims": [],
    } | known


def weights_of(details: dict[str, Any]) -> dict[EvidenceKind, float]:
    assert CHILD.found_on is not None
    return {
        item.kind: item.weight
        for item in circumstances(details, CHILD, CHILD.found_on, EVEN, WEIGHTS)
    }


def test_distance_is_between_points_and_unknown_places_have_none() -> None:
    assert distance_km(NORFOLK, NORFOLK) == 0
    beach, fairfax = distance_km(NORFOLK, VIRGINIA_BEACH), distance_km(NORFOLK, FAIRFAX_COUNTY)
    assert beach is not None
    assert fairfax is not None
    assert 10 < beach < 40
    assert 200 < fairfax < 280
    assert distance_km(NORFOLK, "MN:HENNEPIN") is None


def test_nearer_and_during_speak_for_it_later_and_far_against() -> None:
    here = weights_of(incident())
    far = weights_of(incident(locality_id=FAIRFAX_COUNTY, occurred_on="2025-08-01"))
    assert here[EvidenceKind.PLACE] > 0 > far[EvidenceKind.PLACE]
    assert here[EvidenceKind.TIME] == pytest.approx(3.0)
    assert far[EvidenceKind.TIME] < 0


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2025-01-31", "29 days before the child went missing"),
        ("2025-02-28", "1 day before the child went missing"),
        ("2025-03-05", "while the child was missing, 4 days after last contact"),
        ("2025-03-22", "2 days after the episode ended"),
    ],
)
def test_how_near_in_time_is_told_in_days(day: str, told: str) -> None:
    assert CHILD.found_on is not None
    items = circumstances(incident(occurred_on=day), CHILD, CHILD.found_on, EVEN, WEIGHTS)
    assert f"It happened {told}" in [item.text for item in items]


def test_nothing_is_said_of_what_is_not_recorded() -> None:
    assert weights_of(incident(locality_id=None, occurred_on=None)) == {}


@pytest.mark.parametrize(
    ("victims", "kind"),
    [
        ([{"sex": "F", "age_low": 14, "age_high": 16}], EvidenceKind.DESCRIPTION),
        ([{"sex": "M", "age_low": 15, "age_high": 15}], EvidenceKind.CONTRADICTION),
        ([{"sex": "F", "age_low": 30, "age_high": 30}], EvidenceKind.CONTRADICTION),
        (
            [
                {"sex": "M", "age_low": 40, "age_high": 40},
                {"sex": "F", "age_low": None, "age_high": None},
            ],
            EvidenceKind.DESCRIPTION,
        ),
    ],
)
def test_victims_fit_or_exclude(victims: list[dict[str, Any]], kind: EvidenceKind) -> None:
    whole = [
        {"person_id": f"P{n}", "record_key": key("r", str(n))} | victim
        for n, victim in enumerate(victims)
    ]
    found = weights_of(incident(victims=whole))
    assert kind in found
    assert (found[kind] < 0) == (kind is EvidenceKind.CONTRADICTION)


def test_usual_shares_are_counted_in_the_views_records(tmp_path: Path) -> None:
    folder = ViewFolder(tmp_path, "run", "investigation")
    days = [date(2025, 3, 5), date(2025, 3, 25), date(2025, 2, 20), date(2024, 1, 1)]
    write_rows(
        folder.records,
        "incident",
        [
            {
                "incident_key": key("i", str(n)),
                "occurred_on": day,
                "locality_id": NORFOLK if n < 3 else FAIRFAX_COUNTY,
            }
            for n, day in enumerate(days)
        ],
    )
    write_rows(
        folder.records,
        "offense",
        [
            {"offense_key": key("o", "1"), "incident_key": key("i", "0"), "offense_code": "64A"},
            {"offense_key": key("o", "2"), "incident_key": key("i", "0"), "offense_code": "64B"},
        ],
    )
    assert CHILD.found_on is not None
    usual = usual_shares(
        folder,
        load_pack(PACK),
        WEIGHTS,
        last_seen=NORFOLK,
        begin=CHILD.missing_from_on,
        finish=CHILD.found_on,
    )
    assert (usual.during, usual.after, usual.before, usual.otherwise) == (0.25,) * 4
    assert usual.distance is not None
    assert usual.distance[0] == 0.75
    assert usual.categories["trafficking"] == 0.25
