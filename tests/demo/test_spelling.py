"""What clerks do to values leaves them values of their kind."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from demo.seen.spelling import (
    misspell,
    one_surname,
    phone_form,
    plain,
    plate_form,
    slipped_date,
    swapped_date,
)

SEEDS = st.integers(0, 2**32 - 1)
DAYS = st.dates(date(1925, 1, 1), date(2025, 12, 31))


@given(DAYS, SEEDS)
def test_a_slipped_date_is_another_date(day: date, seed: int) -> None:
    slipped = slipped_date(np.random.default_rng(seed), day.isoformat())
    assert date.fromisoformat(slipped) != day


@given(DAYS)
def test_swapping_twice_gives_the_date_back(day: date) -> None:
    swapped = swapped_date(day.isoformat())
    date.fromisoformat(swapped)
    if day.day <= 12:
        assert swapped_date(swapped) == day.isoformat()
    else:
        assert swapped == day.isoformat()


@given(st.from_regex(r"[A-Z][a-z]{2,11}", fullmatch=True), SEEDS)
def test_a_misspelt_name_stays_close(name: str, seed: int) -> None:
    wrong = misspell(np.random.default_rng(seed), name)
    assert wrong
    assert abs(len(wrong) - len(name)) <= 2
    assert wrong[0] == name[0] or wrong[1:] == name[1:] or name[:2] in ("Xi", "Zh", "Ju", "Pa")


@given(st.integers(0, 9999), SEEDS)
def test_a_phone_keeps_its_digits_in_every_form(line: int, seed: int) -> None:
    written = phone_form(np.random.default_rng(seed), f"+1804555{line:04d}")
    assert re.sub(r"\D", "", written)[-10:] == f"804555{line:04d}"
    assert phone_form(np.random.default_rng(seed), "") == ""


@given(st.sampled_from(["VA:AQB1234", "MD:ZQC9?99"]), SEEDS)
def test_only_virginia_plates_lose_their_state(plate: str, seed: int) -> None:
    written = plate_form(np.random.default_rng(seed), plate)
    assert written.startswith("MD:") or plate.startswith("VA:")
    assert re.sub(r"[- ]", "", written).endswith(plate[3:])


@given(SEEDS)
def test_two_surnames_never_become_a_third(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert one_surname(rng, "García López") in ("García", "López", "García-López")
    assert one_surname(rng, "Smith") == "Smith"
    assert plain("Núñez") == "Nunez"
