"""What a full delivery is everything of and replaces; references by two columns."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from ingest.check import check
from ingest.contracts.feeds import FeedContract
from tests.ingest.deliveries import local_police, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ingest.conftest import Loaded

A, B = "VA0430100", "VA1270000"
Incident = tuple[str, int, int]


def department(
    folder: Path, *incidents: Incident, covers: tuple[tuple[str, int], ...] = ()
) -> Path:
    """A delivery with one victim for each (ORI, year, incident)."""
    local_police(folder)
    for name in ("INCIDENT", "OFFENSE", "PERSON"):
        path = folder / f"LPD_{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            first, *_ = rows = list(csv.DictReader(file))
        made = [
            {**first, "ori": ori, "incident_id": str(number)}
            | ({"data_year": str(year), "local_incident_number": f"{year}-{number}",
                "incident_date": f"{year}-01-05", "entry_date": f"{year}-01-06"}
               if name == "INCIDENT" else {})
            for ori, year, number in incidents
        ]  # fmt: skip
        write_csv(path, list(rows[0]), made)
    if covers:
        write_csv(folder / "LPD_COVERAGE.csv", ["ori", "data_year"],
                  [{"ori": ori, "data_year": str(year)} for ori, year in covers])  # fmt: skip
    return folder


def numbers(loaded: Loaded) -> list[str]:
    return sorted(row["incident_number"] for row in loaded.rows("incident"))


def refusals(loaded: Loaded) -> list[str]:
    return [reason for file in loaded.report.files if file.refused for reason in file.reasons]


def test_a_scope_of_two_columns_is_their_pairs(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    """Both departments and both years stand in the newer one, but not B with 2024."""
    older = department(tmp_path / "1", (B, 2024, 1))
    newer = department(tmp_path / "2", (A, 2024, 2), (B, 2023, 3))
    assert numbers(loaded_from(older, newer)) == ["2023-3", "2024-1", "2024-2"]


def test_the_part_that_a_newer_delivery_covers_is_replaced(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    older = department(tmp_path / "1", (A, 2023, 1), (A, 2024, 2), (A, 2024, 3))
    newer = department(tmp_path / "2", (A, 2024, 3), (A, 2024, 4))
    loaded = loaded_from(older, newer)
    # Incident 2 is gone from the year that was sent again; 3 counts once.
    assert numbers(loaded) == ["2023-1", "2024-3", "2024-4"]
    assert len(loaded.rows("person_record")) == len(loaded.rows("offense")) == 3
    sums = {(file.path, file.rows_in, file.loaded, file.duplicates) for file in loaded.report.files}
    assert ("LPD_INCIDENT.csv", 3, 1, 2) in sums
    assert ("LPD_PERSON.csv", 3, 1, 2) in sums
    # Sent as two folders of one year each, the whole of it is replaced.
    rest = department(tmp_path / "3", (A, 2023, 5))
    loaded = loaded_from(older, newer, rest)
    assert numbers(loaded) == ["2023-5", "2024-3", "2024-4"]
    assert [one.state for one in loaded.report.landed] == ["replaced", "current", "current"]


def test_no_incident_is_said_and_not_guessed_from_an_empty_file(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    older = department(tmp_path / "1", (A, 2023, 1), (A, 2024, 2))
    loaded = loaded_from(older, department(tmp_path / "2"))
    assert numbers(loaded) == ["2023-1", "2024-2"]
    assert any("expected rows of lpd_incident or lpd_coverage" in why for why in refusals(loaded))
    said = department(tmp_path / "3", covers=((A, 2024),))
    assert numbers(loaded_from(older, said)) == ["2023-1"]


def test_a_stray_row_of_another_department_does_not_replace_its_year(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    theirs = department(tmp_path / "1", *((B, 2024, n) for n in range(120)))
    stray = department(tmp_path / "2", (A, 2024, 200), (B, 2024, 201))
    loaded = loaded_from(theirs, stray)
    assert len(numbers(loaded)) == 120
    assert any(
        "has 1 rows of lpd_incident in a part of its scope" in why for why in refusals(loaded)
    )


def test_a_row_names_its_parent_by_two_columns(tmp_path: Path) -> None:
    """Ids are unique within a department: the same id of another one is no parent."""
    folder = department(tmp_path, (A, 2024, 1), (B, 2024, 2))
    people = folder / "LPD_PERSON.csv"
    people.write_text(people.read_text("utf-8").replace(f"{B},2,", f"{A},2,"), "utf-8")
    (report,) = [one for one in check(folder).files if one.path.endswith("LPD_PERSON.csv")]
    assert (report.loaded, report.reasons) == (
        1,
        {"ori, incident_id names no row of lpd_incident in this delivery": 1},
    )


BASE: dict[str, Any] = {
    "feed": "f", "title": "F", "publisher": "P", "dataset": "D", "mode": "full",
    "files": [
        {"kind": "one", "columns": {"a": {}, "n": {"kind": "integer"}, "l": {"kind": "list"}},
         "key": ["a"]},
        {"kind": "two", "columns": {"a": {}, "n": {"kind": "integer"}}},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"covers": ["one.a"]}, "covers stands beside a scope"),
        ({"scope": ["one.a"], "covers": ["two.a", "two.n"]}, "a column for each one"),
        ({"scope": ["one.a", "one.n"], "covers": ["one.a", "two.n"]}, "columns of one file"),
        ({"as_of": "one.a"}, "a column of dates"),
        ({"mode": "delta", "scope": ["one.a"], "files": BASE["files"][:1]}, "for full deliveries"),
        ({"files": [{"kind": "parent", "columns": {"a": {}}}]}, "no file can be called so"),
        ({"files": [{"kind": "a__b", "columns": {"a": {}}}]}, "pattern"),
        ({"files": [{"kind": "one", "columns": {"delivery": {}}}]}, "of its own"),
        ({"files": [{"kind": "one", "columns": {"a": {"minimum": 1}}}]}, "are of numbers"),
        ({"files": [{"kind": "one", "columns": {"a": {"kind": "integer", "codes": "RACE"}}}]},
         "codes and values give text"),
        ({"files": [{**BASE["files"][0], "newest_by": "l"}]}, "newest_by is a date"),
        ({"files": [BASE["files"][0], {**BASE["files"][1],
          "references": [{"column": "n", "file": "one", "to": "a"}]}]}, "of two kinds"),
        ({"files": [BASE["files"][0], {**BASE["files"][1],
          "references": [{"column": ["a", "n"], "file": "one", "to": "a"}]}]}, "cannot name"),
    ],
)  # fmt: skip
def test_a_contract_that_could_not_work_is_refused(change: dict[str, Any], said: str) -> None:
    FeedContract.model_validate(BASE)
    with pytest.raises(ValueError, match=said):
        FeedContract.model_validate(BASE | change)
