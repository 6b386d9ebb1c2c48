"""What agencies send over time: corrections, repeats, whole files twice, months of silence."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from ingest.landing import land
from ingest.load import load_records
from runs.home import Home
from tests.demo.deliveries import final_rows, sent_rows
from tests.factories import rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.report import LoadReport
    from tests.demo.conftest import Made

KEYS = {"clearinghouse": ("Case Number",), "hotline": ("Signal ID",),
        "forensic-lab": ("Lab Number", "Item"), "hospital": ("Visit ID",)}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(standard: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoadReport]:
    """The records as ingest reads them, and its report."""
    folder = tmp_path_factory.mktemp("loaded")
    home = Home(folder / "home")
    home.prepare()
    land(home, standard.path / "feeds", progress=lambda _line: None)
    report = load_records(home, folder / "records", folder / "scratch", progress=lambda _line: None)
    return folder / "records", report


@pytest.mark.parametrize("feed", KEYS)
def test_rows_are_sent_again_and_corrected(standard: Made, feed: str) -> None:
    versions: dict[tuple[str, ...], list[str]] = defaultdict(list)
    lines = Counter[tuple[str, str]]()
    for name, row in sent_rows(standard.path / "feeds" / feed):
        if "resent" not in name:
            key = tuple(row[column] for column in KEYS[feed])
            versions[key].append(str(row))
            lines[name, str(key)] += 1
    assert sum(len(set(found)) > 1 for found in versions.values()) >= 5, "corrected"
    assert sum(len(found) > len(set(found)) for found in versions.values()) >= 2, "repeated"
    assert max(lines.values()) == 2, "twice in one file"


def test_an_exit_comes_with_an_update(standard: Made) -> None:
    folder = standard.path / "feeds" / "clearinghouse"
    final = final_rows(folder, "Case Number")
    first: dict[str, dict[str, str]] = {}
    for _, row in sent_rows(folder):
        first.setdefault(row["Case Number"], row)
    closed = [key for (key,), row in final.items() if row["Exit Date"]]
    opened = [key for key in closed if not first[key]["Exit Date"]]
    assert 2 <= len(opened) < len(closed) / 5
    assert not any(row["Exit Date"] and not final[key,]["Exit Date"] for key, row in first.items())


@pytest.mark.parametrize(
    ("feed", "status", "withdrawn"),
    [("hotline", "Status", "Retracted"), ("forensic-lab", "Report Status", "Withdrawn")],
)
def test_mistakes_are_taken_back(standard: Made, feed: str, status: str, withdrawn: str) -> None:
    final = final_rows(standard.path / "feeds" / feed, *KEYS[feed])
    taken_back = {key for key, row in final.items() if row[status] == withdrawn}
    assert len(taken_back) >= 1
    assert taken_back == {key for key in final if "-X" in key[0]}


@pytest.mark.parametrize("feed", [*KEYS, "juvenile-justice"])
def test_one_file_is_sent_a_second_time(standard: Made, feed: str) -> None:
    digests = Counter(
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (standard.path / "feeds" / feed).iterdir()
    )
    assert sorted(digests.values())[-2:] == [1, 2]


def test_every_record_is_loaded_once_in_its_final_version(
    standard: Made, loaded: tuple[Path, LoadReport]
) -> None:
    folder, report = loaded
    counted = Counter(row["feed"] for row in rows_of(folder / "person_record.parquet"))
    assert dict(counted) == standard.summary.records
    duplicates = Counter[str]()
    for file in report.files:
        duplicates[str(file.feed)] += file.duplicates
        slips = file.kind in {"entry", "item", "signal", "referral"}
        assert slips or file.quarantined == 0, file.path
    assert all(duplicates[feed] >= 5 for feed in [*KEYS, "juvenile-justice"])
    episodes = {row["case_number"]: row for row in rows_of(folder / "missing_episode.parquet")}
    final = final_rows(standard.path / "feeds" / "clearinghouse", "Case Number")
    assert {case for case, row in episodes.items() if row["found_on"] is None} == {
        key for (key,), row in final.items() if not row["Exit Date"]
    }


def test_a_year_that_the_state_sent_before_leaves_nothing(
    standard: Made, loaded: tuple[Path, LoadReport]
) -> None:
    folder, report = loaded
    sent = {one.name: one for one in report.landed if one.feed.feed == "nibrs"}
    assert {name: one.state for name, one in sent.items()} == {
        "nibrs/2025-02/VA-2024": "replaced",
        **{f"nibrs/VA-{year}": "current" for year in (2023, 2024, 2025)},
    }
    first = [file for file in report.files if file.delivery == sent["nibrs/2025-02/VA-2024"].sha256]
    assert len(first) == len([*(standard.path / "feeds/nibrs/VA-2024").iterdir()])
    assert all(file.rows_in == file.duplicates for file in first)
    rows = {
        name: [
            row["incident_number"]
            for _, row in sent_rows(standard.path / "feeds" / "nibrs" / name)
            if "incident_number" in row
        ]
        for name in ("2025-02/VA-2024", "VA-2024")
    }
    mistaken = {number for number in rows["2025-02/VA-2024"] if number.endswith("X")}
    assert mistaken
    assert len(set(rows["VA-2024"]) - set(rows["2025-02/VA-2024"])) >= 5
    incidents = Counter(
        row["incident_number"]
        for row in rows_of(folder / "incident.parquet")
        if row["feed"] == "nibrs"
    )
    assert not mistaken & incidents.keys()
    years = [
        [row["ori"] + row["incident_number"] for _, row in sent_rows(path) if "ori" in row
         and "incident_number" in row]
        for path in (standard.path / "feeds" / "nibrs").glob("VA-*")
    ]  # fmt: skip
    assert incidents.total() == sum(map(len, years))


def test_months_of_silence_are_told_and_hold_no_incident(
    standard: Made, loaded: tuple[Path, LoadReport]
) -> None:
    folder, _ = loaded
    silent = {
        (row["agency_id"], row["month"])
        for row in rows_of(standard.path / "truth" / "silent_month.parquet")
    }
    assert len(silent) >= 5
    unreported = {
        (row["agency"], row["month"])
        for row in rows_of(folder / "reporting_month.parquet")
        if not row["reported"]
    }
    assert unreported == silent
    happened = {
        (row["agency_id"], row["occurred_on"].replace(day=1))
        for row in rows_of(folder / "incident.parquet")
        if row["kind"] == "incident"
    }
    assert not happened & silent


def test_one_agency_dominates(loaded: tuple[Path, LoadReport]) -> None:
    agencies = Counter[Any](
        row["agency_id"]
        for row in rows_of(loaded[0] / "incident.parquet")
        if row["kind"] == "incident"
    )
    (_, most), (_, next_most) = agencies.most_common(2)
    assert most / agencies.total() > 0.1
    assert most > 2 * next_most


def test_a_person_may_have_two_client_numbers(loaded: tuple[Path, LoadReport],
                                              standard: Made) -> None:  # fmt: skip
    owner = Counter(
        row["person_id"]
        for row in rows_of(standard.path / "truth" / "record.parquet")
        if row["feed"] == "social-services"
    )
    assert sum(count > 1 for count in owner.values()) >= 5
