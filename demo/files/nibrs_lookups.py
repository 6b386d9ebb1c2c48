"""NIBRS code tables: the files that come with a year, and the ids of codes."""

from __future__ import annotations

import csv
import shutil
from functools import cache
from importlib.resources import as_file
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Texts, texts
from demo.geography import reference

if TYPE_CHECKING:
    from pathlib import Path

LOOKUPS: Final = (
    "nibrs_activity_type", "nibrs_age", "nibrs_arrest_type", "nibrs_assignment_type",
    "nibrs_bias_list", "nibrs_circumstances", "nibrs_cleared_except", "nibrs_criminal_act_type",
    "nibrs_drug_measure_type", "nibrs_ethnicity", "nibrs_injury", "nibrs_justifiable_force",
    "nibrs_location_type", "nibrs_offense_type", "nibrs_prop_desc_type", "nibrs_prop_loss_type",
    "nibrs_relationship", "nibrs_suspected_drug_type", "nibrs_using_list", "nibrs_victim_type",
    "nibrs_weapon_type", "ref_race",
)  # fmt: skip


def copy_lookups(folder: Path) -> None:
    """Put the published code tables beside a year's tables."""
    for name in LOOKUPS:
        with as_file(reference(f"codes/{name}.csv")) as source:
            shutil.copyfile(source, folder / f"{name.upper()}.csv")
    (folder / "REF_STATE.csv").write_text(
        "state_id,division_id,state_name,state_code,state_abbr,state_postal_abbr,"
        "state_fips_code,state_pub_freq_months,change_user\n51,6,Virginia,45,VA,VA,51,12,\n",
        encoding="utf-8",
    )


@cache
def codes(name: str, key: str, value: str) -> dict[str, str]:
    """A lookup as a mapping from one of its columns to another."""
    with reference(f"codes/{name}.csv").open(encoding="utf-8") as file:
        return {row[key]: row[value] for row in csv.DictReader(file)}


def ids(name: str, code: str, number: str, values: Texts) -> Texts:
    """The lookup's id of each code."""
    of = {key: int(value) for key, value in codes(name, code, number).items()}
    return texts([of[str(value)] for value in values])


def nothing(size: int) -> Texts:
    """A column of nulls."""
    return np.full(size, None, dtype=object)
