"""Police incidents in the FBI's NIBRS CSV layout of 2021 and later, one folder a year.

One year was sent before as well, when it was not yet right (``nibrs_submissions``).

Guarantees: the columns and lookups are those of the published layout; ids join within a folder; an
unknown offender has sequence 0 and no values; victims of crimes against society are of type S and
have no demographics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.chance import stream
from demo.files import nibrs_details as details
from demo.files import nibrs_tables as tables
from demo.files.nibrs_agencies import write_agencies
from demo.files.nibrs_lookups import copy_lookups
from demo.files.nibrs_names import write_incident_places, write_names
from demo.files.nibrs_people import Mentions
from demo.files.nibrs_submissions import write_first_submission
from demo.files.writing import write_csv, year_of

if TYPE_CHECKING:
    from pathlib import Path

    from demo.files.numbering import Numbers
    from demo.lives.setting import Setting


def write_nibrs(setting: Setting, numbers: Numbers, folder: Path) -> int:
    """Write every year's folder; returns the number of records of natural persons."""
    history = setting.history
    rng = stream(setting.settings.seed, "nibrs file")
    days = history.incidents.ints("day")
    years = year_of(days)
    month_ids = write_agencies(setting, folder, rng)
    mentions = {
        role: Mentions(setting, role, rows, rng)
        for role, rows in (
            ("V", history.victims),
            ("O", history.offenders),
            ("A", history.arrestees),
        )
    }
    written = {
        "NIBRS_incident": tables.incidents(setting, numbers, month_ids, rng),
        "NIBRS_OFFENSE": tables.offenses(setting, numbers),
        "NIBRS_VICTIM": tables.victims(setting, numbers, mentions["V"]),
        "NIBRS_OFFENDER": tables.offenders(setting, numbers, mentions["O"]),
        "NIBRS_ARRESTEE": tables.arrestees(setting, numbers, mentions["A"], rng),
        "NIBRS_VICTIM_OFFENSE": tables.victim_offenses(setting, numbers),
        "NIBRS_VICTIM_OFFENDER_REL": tables.relations(setting, numbers),
        **details.offense_details(setting, numbers),
        **details.property_tables(setting, numbers),
        **details.small_tables(setting, numbers),
    }
    for year in range(setting.settings.first_year, setting.settings.first_year
                      + setting.settings.years):  # fmt: skip
        target = folder / f"VA-{year}"
        for name, (incident, columns) in written.items():
            order = np.argsort(numbers.incident_id[incident], kind="stable")
            mine = order[years[incident][order] == year]
            dated = {"data_year": np.full(len(mine), year)}
            write_csv(target / f"{name}.csv", dated | {k: v[mine] for k, v in columns.items()})
        copy_lookups(target)
        write_names(setting, numbers, mentions, years == year, target, rng)
        write_incident_places(setting, numbers, years == year, target, rng)
    write_first_submission(setting.settings, folder)
    return sum(len(found.rows) for found in mentions.values())
