"""What a later delivery does to an earlier one: corrects it, takes it back, fails to replace it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ingest.errors import ContractRefused
from ingest.landing import land
from ingest.load import load_records
from tests.factories import rows_of
from tests.ingest.conftest import load
from tests.ingest.deliveries import (
    CLEARINGHOUSE,
    CLIENT,
    ENTRY,
    HOTLINE,
    ITEM,
    LAB,
    SIGNAL,
    clearinghouse,
    hotline,
    juvenile_justice,
    nibrs_2021,
    social_services,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ingest.conftest import Loaded


def totals(loaded: Loaded) -> dict[str, int]:
    files = loaded.report.files
    return {
        name: sum(getattr(file, name) for file in files)
        for name in ("rows_in", "loaded", "quarantined", "duplicates", "withdrawals")
    }


def stale(loaded: Loaded) -> dict[str, bool]:
    return {delivery.feed: delivery.stale for delivery in loaded.report.deliveries()}


def surnames(loaded: Loaded) -> list[Any]:
    return sorted(row["surname"] for row in loaded.rows("person_record"))


def test_a_record_that_is_taken_back_leaves_no_row(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    first = juvenile_justice(tmp_path / "1" / "intakes.jsonl", {}, {})
    # An expunction names the intake and nothing else.
    second = tmp_path / "2" / "intakes.jsonl"
    second.parent.mkdir()
    second.write_text('{"intake_id": "J-1", "record_status": "expunged"}\n', "utf-8")
    loaded = loaded_from(first, second)
    assert [row["source_id"] for row in loaded.rows("person_record")] == ["J-2"]
    assert len(loaded.rows("placement")) == 1
    assert totals(loaded) == {
        "rows_in": 3,
        "loaded": 2,
        "quarantined": 0,
        "duplicates": 1,
        "withdrawals": 1,
    }


def test_a_withdrawal_needs_its_key_alone_and_may_be_undone(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    columns = [*HOTLINE, "Status"]
    write_csv(tmp_path / "1.csv", HOTLINE, [SIGNAL, SIGNAL | {"Signal ID": "S-2"}])
    write_csv(tmp_path / "2.csv", columns, [{"Signal ID": "S-1", "Status": "Retracted",
                                             "Received": "not a time"}])  # fmt: skip
    gone = loaded_from(tmp_path / "1.csv", tmp_path / "2.csv")
    assert len(gone.rows("incident")) == 1
    assert totals(gone)["withdrawals"] == 1
    write_csv(tmp_path / "3.csv", columns, [SIGNAL | {"Status": "Active"}])
    back = loaded_from(tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "3.csv")
    assert len(back.rows("incident")) == 2
    assert totals(back)["withdrawals"] == 0


def test_a_withdrawal_without_its_key_is_quarantined(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    columns = [*LAB, "Report Status"]
    write_csv(tmp_path / "1.csv", columns, [ITEM, {"Item": "1", "Report Status": "Withdrawn"}])
    loaded = loaded_from(tmp_path / "1.csv")
    assert totals(loaded)["quarantined"] == 1
    assert len(loaded.rows("drug_seizure")) == 1


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_the_agencys_own_time_decides_which_row_is_newer(
    loaded_from: Callable[..., Loaded], tmp_path: Path, order: tuple[str, str]
) -> None:
    columns = [*CLEARINGHOUSE, "Last Modified"]
    write_csv(tmp_path / "old.csv", columns,
              [ENTRY | {"Last Name": "Wrong", "Last Modified": "2024-03-02T08:00:00"}])  # fmt: skip
    write_csv(tmp_path / "new.csv", columns,
              [ENTRY | {"Last Name": "Right", "Last Modified": "2024-03-05T08:00:00"}])  # fmt: skip
    loaded = loaded_from(*(tmp_path / f"{name}.csv" for name in order))
    assert surnames(loaded) == ["Right"]
    assert totals(loaded)["duplicates"] == 1


def test_a_file_sent_twice_and_an_overlapping_one_change_nothing(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    clearinghouse(tmp_path / "a", {}, {})
    clearinghouse(tmp_path / "b", {}, {}, {})
    once = loaded_from(tmp_path / "a", tmp_path / "b")
    assert len(once.rows("missing_episode")) == 3
    home = once.home
    before = {path.name: path.read_bytes() for path in once.records.iterdir()}
    # The first again, after the second: what has landed stays as it was.
    assert not land(home, tmp_path / "a", progress=lambda _: None).landed
    records = tmp_path / "again"
    load_records(home, records, tmp_path / "scratch", progress=lambda _: None)
    assert {path.name: path.read_bytes() for path in records.iterdir()} == before


def many(count: int, **change: str) -> list[dict[str, str]]:
    return [CLIENT | {"Client ID": f"C-{n}"} | change for n in range(count)]


def test_a_delivery_whose_rows_are_mostly_bad_keeps_the_earlier_one(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    good = social_services(tmp_path / "1" / "clients.xlsx", many(200), [])
    bad_rows = [*many(120), *(row | {"Client ID": f"D-{n}", "Sex": "female"}
                              for n, row in enumerate(many(80)))]  # fmt: skip
    bad = social_services(tmp_path / "2" / "clients.xlsx", bad_rows, [])
    events = clearinghouse(tmp_path / "3")
    loaded = loaded_from(good, bad, events)
    assert len([r for r in loaded.rows("person_record") if r["feed"] == "social-services"]) == 200
    assert stale(loaded) == {"social-services": True, "clearinghouse": False}
    reasons = [reason for file in loaded.report.files if file.refused for reason in file.reasons]
    assert any("80 of 200 rows" in reason and "sex is not" in reason for reason in reasons)
    # A good delivery after it ends the matter.
    mended = social_services(tmp_path / "4" / "clients.xlsx", many(150, City="Ashland"), [])
    assert not land(loaded.home, mended, progress=lambda _: None).refused
    records = tmp_path / "again"
    report = load_records(loaded.home, records, tmp_path / "scratch", progress=lambda _: None)
    assert not any(delivery.stale for delivery in report.deliveries())
    rows = rows_of(records / "person_record.parquet")
    assert len([row for row in rows if row["city"] == "ASHLAND"]) == 150


def test_a_full_delivery_that_lost_most_rows_is_taken_for_incomplete(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    whole = social_services(tmp_path / "1" / "clients.xlsx", many(30), [])
    cut = social_services(tmp_path / "2" / "clients.xlsx", many(14), [])
    loaded = loaded_from(whole, cut)
    assert len(loaded.rows("person_record")) == 30
    assert stale(loaded) == {"social-services": True}
    half = social_services(tmp_path / "3" / "clients.xlsx", many(15), [])
    assert len(loaded_from(whole, half).rows("person_record")) == 15


def test_a_feed_whose_newest_file_was_refused_at_the_door_is_stale(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    drop = tmp_path / "drop" / "clearinghouse"
    clearinghouse(drop, name="2023.csv")
    broken = drop / "2024.csv"
    broken.write_bytes(b"\xff\xfeC\x00a\x00s\x00e\x00")
    loaded = loaded_from(tmp_path / "drop")
    assert stale(loaded) == {"clearinghouse": True}
    # Delivered well, and later: the old refusal no longer counts, even where the file still lies.
    clearinghouse(drop, {"Case Number": "MC-9"}, name="2025.csv")
    land(loaded.home, tmp_path / "drop", progress=lambda _: None)
    report = load_records(
        loaded.home, tmp_path / "r", tmp_path / "scratch", progress=lambda _: None
    )
    assert {delivery.stale for delivery in report.deliveries()} == {False}
    # A new bad file does.
    broken.write_bytes(b"\xff\xfeD\x00")
    later = (datetime.now(UTC) + timedelta(seconds=5)).timestamp()
    os.utime(broken, (later, later))
    land(loaded.home, tmp_path / "drop", progress=lambda _: None)
    report = load_records(
        loaded.home, tmp_path / "r2", tmp_path / "scratch", progress=lambda _: None
    )
    assert {delivery.stale for delivery in report.deliveries()} == {True}


def test_rows_that_the_sql_cannot_work_with_cost_their_delivery_alone(
    loaded_from: Callable[..., Loaded], tmp_path: Path
) -> None:
    """A lookup that says a code twice doubles the offenses behind it: no contract forbids that."""
    good = nibrs_2021(tmp_path / "1" / "VA-2024")
    bad = nibrs_2021(tmp_path / "2" / "VA-2024", first_id=900)
    places = bad / "NIBRS_LOCATION_TYPE.csv"
    lines = places.read_text("utf-8-sig").splitlines()
    places.write_text("\n".join([*lines, *lines[1:]]) + "\n", "utf-8")
    tips = hotline(tmp_path / "3")
    loaded = loaded_from(good, bad, tips)
    assert stale(loaded) == {"nibrs": True, "hotline": False}
    assert len(loaded.rows("offense")) == 2
    reasons = {reason for file in loaded.report.files if file.refused for reason in file.reasons}
    assert any("gives table offense 4 rows under 2 keys" in reason for reason in reasons)
    # Nothing to go back to: the run before stays.
    with pytest.raises(ContractRefused, match="4 rows under 2 keys"):
        load(tmp_path / "alone", bad, tips)
