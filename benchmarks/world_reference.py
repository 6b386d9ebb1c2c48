"""Writes the real shares that ``vast world report`` compares with: demo/data/reference_counts.csv.

    python benchmarks/world_reference.py NIBRS_FOLDER TRAFFICKING_CSV

NIBRS_FOLDER is a state-year as the FBI's Crime Data Explorer publishes it (Minnesota 2018);
TRAFFICKING_CSV its table of human trafficking by agency, 2013 to 2020. Both are public.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from demo.calibration.counting import Counts, count_nibrs

TARGET = Path(__file__).parents[1] / "demo" / "data" / "reference_counts.csv"
NIBRS = "FBI Crime Data Explorer, NIBRS, Minnesota 2018 (18,779 incidents of 70 agencies)"
TRAFFICKING = "FBI Crime Data Explorer, human trafficking by agency, 2013 to 2020"
NCMEC = "NCMEC, Our impact 2024 (29,568 cases; shares as published)"
KINDS = {"Commercial Sex Acts": "64A", "Involuntary Servitude": "64B"}


def main() -> None:
    counts = count_nibrs([Path(sys.argv[1])])
    # Six incidents are too few to compare with; the FBI's own table of trafficking has thousands.
    del counts["trafficking offenses by kind"]
    kinds: dict[str, int] = dict.fromkeys(KINDS.values(), 0)
    with Path(sys.argv[2]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kinds[KINDS[row["OFFENSE_SUBCAT_NAME"]]] += int(row["ACTUAL_COUNT"] or 0)
    told: Counts = {"missing children by circumstance": {"Runaway": 26_907, "others": 2_661}}
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["measure", "category", "count", "source"])
        for source, found in (
            (NIBRS, counts), (TRAFFICKING, {"trafficking offenses by kind": kinds}), (NCMEC, told)
        ):  # fmt: skip
            for measure, categories in found.items():
                writer.writerows((measure, name, n, source) for name, n in categories.items())


if __name__ == "__main__":
    main()
