"""Labels of the NIBRS codes that the tables hold.

Guarantees: one source for every label shown anywhere; codes are keys and labels are wording. The
labels are those of the FBI's 2023 release, whose code lists contain every code of the 2018 one.
"""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable


class CodeList(StrEnum):
    """A list of codes. The value is ``file:code column:label column``."""

    OFFENSE = "nibrs_offense_type:offense_code:offense_name"
    OFFENSE_CATEGORY = "nibrs_offense_type:offense_code:offense_category_name"
    CRIME_AGAINST = "nibrs_offense_type:offense_code:crime_against"
    LOCATION = "nibrs_location_type:location_code:location_name"
    RELATIONSHIP = "nibrs_relationship:relationship_code:relationship_name"
    VICTIM_TYPE = "nibrs_victim_type:victim_type_code:victim_type_name"
    RACE = "ref_race:race_code:race_desc"
    ETHNICITY = "nibrs_ethnicity:ethnicity_code:ethnicity_name"
    WEAPON = "nibrs_weapon_type:weapon_code:weapon_name"
    BIAS = "nibrs_bias_list:bias_code:bias_desc"
    CRIMINAL_ACTIVITY = "nibrs_criminal_act_type:criminal_act_code:criminal_act_name"
    SUSPECTED_USING = "nibrs_using_list:suspect_using_code:suspect_using_name"
    DRUG = "nibrs_suspected_drug_type:suspected_drug_code:suspected_drug_name"
    DRUG_MEASURE = "nibrs_drug_measure_type:drug_measure_code:drug_measure_name"
    ARREST_TYPE = "nibrs_arrest_type:arrest_type_code:arrest_type_name"
    CLEARED_EXCEPTIONALLY = "nibrs_cleared_except:cleared_except_code:cleared_except_name"
    INJURY = "nibrs_injury:injury_code:injury_name"
    AGE = "nibrs_age:age_code:age_name"
    SEX = "nibrs_inline_codes:sex_code:meaning"
    RESIDENT = "nibrs_inline_codes:resident_status_code / resident_code:meaning"
    MULTIPLE = "nibrs_inline_codes:multiple_indicator:meaning"
    ATTEMPT = "nibrs_inline_codes:attempt_complete_flag:meaning"


def reference() -> Traversable:
    """The folder of the shipped reference tables (its SOURCES.md names where they come from)."""
    return files("ingest") / "reference"


def rows_of(name: str) -> list[dict[str, str]]:
    """A shipped reference table as dictionaries of text. ``name`` is a path below reference/."""
    text = reference().joinpath(name).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@cache
def labels(code_list: CodeList) -> Mapping[str, str]:
    """Code to label, in the order of the codes."""
    name, code, label = code_list.value.split(":")
    rows = rows_of(f"codes/{name}.csv")
    if name == "nibrs_inline_codes":
        found = {row["code"]: row["meaning"] for row in rows if row["column"] == code}
    else:
        found = {row[code].strip(): _said(row, label) for row in rows}
    return MappingProxyType(dict(sorted(found.items())))


def label(code_list: CodeList, code: str | None) -> str:
    """What a code means. None is "Not recorded"; a code that the list lacks is named as such."""
    if code is None:
        return "Not recorded"
    return labels(code_list).get(code, f"Code {code} (not in the published list)")


def label_all(code_list: CodeList, codes: Iterable[str] | None) -> list[str]:
    """The labels of a list column's codes, in its order; None gives an empty list."""
    return [label(code_list, code) for code in codes or ()]


def is_code(code_list: CodeList, code: str) -> bool:
    """Whether the list has the code."""
    return code in labels(code_list)


def _said(row: dict[str, str], column: str) -> str:
    text = row[column].strip()
    # The FBI's lists spell these two so; a reader would take them for our mistakes.
    return {
        "Taken INTO Custody": "Taken into custody",
        "Other Hallucingens": "Other Hallucinogens",
    }.get(text, text)
