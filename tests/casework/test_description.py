"""A description is checked when it is made."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import packs
from casework.description import EpisodeDescription
from casework.errors import DescriptionInvalid, WeightsInvalid
from casework.weights import load_weights

GONE = date(2025, 3, 1)
PACK = Path(next(iter(packs.__path__))) / "trafficking"


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        ({}, "needs a name"),
        ({"surname": "Doe", "found_on": date(2025, 2, 1)}, "before the day of last contact"),
        ({"surname": "Doe", "birth_date": date(2026, 1, 1)}, "after the day of last contact"),
        ({"surname": "Doe", "age_years": 200}, "between 0 and 120"),
    ],
)
def test_a_useless_or_contradictory_description_is_refused(
    known: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DescriptionInvalid, match=fault) as caught:
        EpisodeDescription(missing_from_on=GONE, **known)
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize(
    ("birth_date", "age"), [(date(2010, 3, 1), 15), (date(2010, 3, 2), 14), (None, None)]
)
def test_age_is_that_on_the_day_of_last_contact(birth_date: date | None, age: int | None) -> None:
    made = EpisodeDescription(missing_from_on=GONE, surname="Doe", birth_date=birth_date)
    assert made.age_at_entry_years == age


def test_an_open_episode_runs_until_today_or_its_limit() -> None:
    weights = load_weights(PACK)
    made = EpisodeDescription(missing_from_on=GONE, surname="Doe")
    assert made.ends_on(weights, date(2025, 3, 9)) == date(2025, 3, 9)
    assert made.ends_on(weights, date(2035, 1, 1)) == date(2026, 3, 1)


def test_weights_that_do_not_add_up_are_refused_with_the_place(tmp_path: Path) -> None:
    text = (PACK / "casework.toml").read_text("utf-8")
    (tmp_path / "casework.toml").write_text(text.replace("share = 0.42", "share = 0.90"), "utf-8")
    with pytest.raises(WeightsInvalid, match="must add up to 1"):
        load_weights(tmp_path)
    (tmp_path / "casework.toml").write_text(text.replace("candidates = 400", ""), "utf-8")
    with pytest.raises(WeightsInvalid, match="candidates"):
        load_weights(tmp_path)
