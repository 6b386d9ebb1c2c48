"""The detail tables of a NIBRS year: weapons, activities, property, drugs, injuries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.chance import choose, texts
from demo.files.nibrs_lookups import ids, nothing
from demo.files.nibrs_tables import Table
from demo.files.numbering import by_incident

if TYPE_CHECKING:
    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting


def offense_details(setting: Setting, numbers: Numbers) -> dict[str, Table]:
    offenses = setting.history.offenses
    incident = offenses.ints("incident")
    acts, using, weapon = (offenses.values(name) for name in ("acts", "using", "weapon"))
    has_act, has_weapon = np.flatnonzero(acts != ""), np.flatnonzero(weapon != "")
    n = len(offenses)
    return {
        "NIBRS_BIAS_MOTIVATION": (
            incident,
            {"bias_id": np.full(n, 88), "offense_id": numbers.offense_id},
        ),
        "NIBRS_CRIMINAL_ACT": (
            incident[has_act],
            {
                "criminal_act_id": ids(
                    "nibrs_criminal_act_type", "criminal_act_code", "criminal_act_id",
                    acts[has_act],
                ),
                "offense_id": numbers.offense_id[has_act],
            },
        ),
        "NIBRS_SUSPECT_USING": (
            incident,
            {
                "suspect_using_id": ids(
                    "nibrs_using_list", "suspect_using_code", "suspect_using_id", using
                ),
                "offense_id": numbers.offense_id,
            },
        ),
        "NIBRS_WEAPON": (
            incident[has_weapon],
            {
                "weapon_id": ids(
                    "nibrs_weapon_type", "weapon_code", "weapon_id", weapon[has_weapon]
                ),
                "offense_id": numbers.offense_id[has_weapon],
                "nibrs_weapon_id": by_incident(
                    incident[has_weapon], numbers.incident_id, 31_000_000
                ),
            },
        ),
    }  # fmt: skip


def property_tables(setting: Setting, numbers: Numbers) -> dict[str, Table]:
    """Seized drugs: one property row per incident; stolen or damaged things: one each."""
    drugs, stolen = setting.history.drugs, setting.history.stolen
    seized, of_drug = np.unique(drugs.ints("incident"), return_inverse=True)
    lost = stolen.ints("incident")
    incident = np.concatenate([seized, lost])
    n = len(incident)
    property_id = by_incident(incident, numbers.incident_id, 190_000_000)
    cars = stolen.values("what") == "03"
    taken = stolen.values("loss") == "7"
    return {
        "NIBRS_PROPERTY": (
            incident,
            {
                "property_id": property_id,
                "incident_id": numbers.incident_id[incident],
                "prop_loss_id": texts([6] * len(seized) + [int(x) for x in stolen.values("loss")]),
                "stolen_count": np.concatenate(
                    [nothing(len(seized)), choose(cars & taken, 1, None)]
                ),
                "recovered_count": nothing(n),
            },
        ),
        "NIBRS_PROPERTY_DESC": (
            incident,
            {
                "property_id": property_id,
                "prop_desc_id": np.concatenate(
                    [
                        np.full(len(seized), 10, dtype=object),
                        ids("nibrs_prop_desc_type", "prop_desc_code", "prop_desc_id",
                             stolen.values("what")),
                    ]
                ),
                "property_value": np.concatenate(
                    [nothing(len(seized)), stolen.values("value")]
                ),
                "date_recovered": nothing(n),
                "nibrs_prop_desc_id": by_incident(incident, numbers.incident_id, 195_000_000),
            },
        ),
        "NIBRS_SUSPECTED_DRUG": (
            drugs.ints("incident"),
            {
                "suspected_drug_type_id": ids(
                    "nibrs_suspected_drug_type", "suspected_drug_code", "suspected_drug_type_id",
                    drugs.values("code"),
                ),
                "property_id": property_id[: len(seized)][of_drug],
                "est_drug_qty": drugs.values("quantity"),
                "drug_measure_type_id": ids(
                    "nibrs_drug_measure_type", "drug_measure_code", "drug_measure_type_id",
                    drugs.values("measure"),
                ),
                "nibrs_suspected_drug_id": by_incident(
                    drugs.ints("incident"), numbers.incident_id, 13_000_000
                ),
            },
        ),
    }  # fmt: skip


def small_tables(setting: Setting, numbers: Numbers) -> dict[str, Table]:
    victims, arrestees = setting.history.victims, setting.history.arrestees
    hurt = np.flatnonzero(victims.values("injury") != "")
    armed = np.flatnonzero(arrestees.values("weapon") != "")
    codes = setting.history.offenses
    violent = {
        int(i)
        for i, code in zip(codes.values("incident"), codes.values("code"), strict=True)
        if code in ("13A", "09A")
    }
    incident = victims.ints("incident")
    circumstance = np.array(
        [row for row in range(len(victims))
         if int(incident[row]) in violent and victims.get("person", row) >= 0],
        dtype=np.int64,
    )  # fmt: skip
    return {
        "NIBRS_VICTIM_INJURY": (
            incident[hurt],
            {
                "victim_id": numbers.victim_id[hurt],
                "injury_id": ids(
                    "nibrs_injury", "injury_code", "injury_id", victims.values("injury")[hurt]
                ),
            },
        ),
        "NIBRS_VICTIM_CIRCUMSTANCES": (
            incident[circumstance],
            {
                "victim_id": numbers.victim_id[circumstance],
                "circumstances_id": np.array([1, 6, 9, 10])[circumstance % 4],
                "justifiable_force_id": nothing(len(circumstance)),
            },
        ),
        "NIBRS_ARRESTEE_WEAPON": (
            arrestees.ints("incident")[armed],
            {
                "arrestee_id": numbers.arrestee_id[armed],
                "nibrs_arrestee_weapon_id": by_incident(
                    arrestees.ints("incident")[armed], numbers.incident_id, 33_000_000
                ),
                "weapon_id": ids(
                    "nibrs_weapon_type", "weapon_code", "weapon_id",
                    arrestees.values("weapon")[armed],
                ),
            },
        ),
    }  # fmt: skip
