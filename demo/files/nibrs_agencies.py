"""The agencies of a NIBRS year and the months for which they reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from demo.files.writing import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from demo.lives.setting import Setting

NOT_REPORTED = 0.02
"""Share of an agency's months without incidents for which it sent nothing."""


def write_agencies(
    setting: Setting, folder: Path, rng: np.random.Generator
) -> dict[tuple[int, int], int]:
    """Write agencies.csv and NIBRS_month.csv of every year.

    Returns the month id by agency index and month (months since 1970-01).
    """
    incidents = setting.history.incidents
    month = incidents.ints("day").astype("datetime64[D]").astype("datetime64[M]")
    silent = setting.silent
    busy = set(zip(incidents.ints("agency").tolist(), month.astype(np.int64).tolist(), strict=True))
    reporting = sorted({i for options in setting.geography.agencies_of for i in options})
    ids: dict[tuple[int, int], int] = {}
    for year in range(setting.settings.first_year, setting.settings.first_year
                      + setting.settings.years):  # fmt: skip
        target = folder / f"VA-{year}"
        write_csv(target / "agencies.csv", _agencies(setting, year, set(reporting)))
        rows: list[tuple[Any, ...]] = []
        for agency in reporting:
            ori = setting.geography.agencies[agency].ori
            for number in range(1, 13):
                key = (agency, (year - 1970) * 12 + number - 1)
                if key not in busy and key not in silent and rng.random() < NOT_REPORTED:
                    continue
                status = "U" if key in silent else "I" if key in busy else "Z"
                ids[key] = 30_000_000 + len(ids)
                rows.append((
                    year, ids[key], agency + 20000, number, year,
                    status, f"{year + number // 12}-{number % 12 + 1:02d}-10",
                    "N", "F", "C", f"{year}_{number:02d}_{ori}_NIBRS", 70_000_000 + len(ids), 0,
                ))  # fmt: skip
        header = (
            "data_year", "nibrs_month_id", "agency_id", "month_num", "inc_data_year",
            "reported_status", "report_date", "update_flag", "orig_format", "data_home",
            "ddocname", "did", "month_pub_status",
        )  # fmt: skip
        write_csv(
            target / "NIBRS_month.csv",
            {name: [row[i] for row in rows] for i, name in enumerate(header)},
        )
    return ids


def _agencies(setting: Setting, year: int, reporting: set[int]) -> dict[str, list[Any]]:
    geography = setting.geography
    index = {str(code): i for i, code in enumerate(geography.fips)}
    main = {options[0] for options in geography.agencies_of}
    columns: dict[str, list[Any]] = {}

    def put(**values: Any) -> None:
        for name, value in values.items():
            columns.setdefault(name, []).append(value)

    for i, agency in enumerate(geography.agencies):
        where = index.get(agency.fips, -1)
        people = int(geography.population[where]) if i in main else 0
        officers = people // 600
        put(
            yearly_agency_id=agency.agency_id * 10_000 + year, agency_id=agency.agency_id,
            data_year=year, ori=agency.ori, legacy_ori=agency.ori, covered_by_legacy_ori=None,
            direct_contributor_flag="N", dormant_flag="N" if i in reporting else "Y",
            dormant_year=None, reporting_type="I", ucr_agency_name=agency.name.upper(),
            ncic_agency_name=agency.name.upper(), pub_agency_name=agency.name,
            pub_agency_unit=None, agency_status="A", state_id=51, state_name="Virginia",
            state_abbr="VA", state_postal_abbr="VA", division_code=5,
            division_name="South Atlantic", region_code=3, region_name="South",
            region_desc="Region III", agency_type_name=agency.kind, population=people,
            submitting_agency_id=20000, sai="VAUCR0001",
            submitting_agency_name="Virginia State Police (synthetic data)",
            suburban_area_flag="N", population_group_id=None, population_group_code=None,
            population_group_desc=None, parent_pop_group_code=None, parent_pop_group_desc=None,
            mip_flag="N", pop_sort_order=None, summary_rape_def="R", pe_reported_flag="Y",
            male_officer=officers, male_civilian=officers // 4,
        )  # fmt: skip
        columns.setdefault("male_officer+male_civilian", []).append(officers + officers // 4)
        put(female_officer=officers // 6, female_civilian=officers // 3)
        columns.setdefault("female_officer+female_civilian", []).append(
            officers // 6 + officers // 3
        )
        put(
            officer_rate=None, employee_rate=None, nibrs_cert_date="2000-01-01",
            nibrs_start_date="2000-01-01", nibrs_leoka_start_date="2018-01-01",
            nibrs_ct_start_date="2018-01-01", nibrs_multi_bias_start_date="2018-01-01",
            nibrs_off_eth_start_date="2018-01-01", covered_flag="N",
            county_name=str(geography.name[where]).upper().removesuffix(" COUNTY")
            if where >= 0
            else "NOT SPECIFIED",
            msa_name=None, publishable_flag="Y",
            participated="Y" if i in reporting else "N",
            nibrs_participated="Y" if i in reporting else "N",
        )  # fmt: skip
    return columns
