"""The service directory and its referrals: imperfect files, and who was really helped."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING

import pytest

from runs.keys import record_key
from tests.demo.deliveries import sent_rows
from tests.factories import rows_of

if TYPE_CHECKING:
    from tests.demo.conftest import Made

Row = dict[str, str]
NAMES = ("Client Last", "Client First", "Client DOB", "Client Age", "Client Phone", "Client ZIP")


@pytest.fixture(scope="module")
def sent(standard: Made) -> list[tuple[str, Row]]:
    return sent_rows(standard.path / "feeds" / "service-directory")


@pytest.fixture(scope="module")
def services(sent: list[tuple[str, Row]]) -> dict[str, Row]:
    """The newest list."""
    return {row["Svc ID"]: row for name, row in sent if name == "services_2025.csv"}


@pytest.fixture(scope="module")
def referrals(sent: list[tuple[str, Row]]) -> dict[str, Row]:
    """Each referral's last version; those entered by mistake are taken back."""
    last = {row["Referral No"]: row for name, row in sent if name.startswith("referrals")}
    return {no: row for no, row in last.items() if row["Entry Status"] != "Void"}


def test_referrals_of_every_kind_lead_to_the_directory(
    services: dict[str, Row], referrals: dict[str, Row]
) -> None:
    assert 300 <= len(referrals) <= 700
    assert {row["Svc Type"] for row in services.values()} == {"SH", "CNS", "LGL", "MED", "CAC"}
    assert {row["Svc ID"] for row in referrals.values()} <= services.keys()
    parties = Counter(row["Ref Party"] for row in referrals.values())
    assert min(parties[each] for each in ("LE", "DSS", "HOSP", "CRT", "SCH")) >= 10
    outcomes = Counter(row["Outcome"] for row in referrals.values())
    assert set(outcomes) == {"ENR", "WL", "DEC", "NS", "UTR", ""}
    for row in referrals.values():
        assert _day(row["Date Referred"]) <= _day(row["Date Entered"])
        assert bool(row["Outcome"]) == bool(row["Outcome Date"])
        assert not row["Outcome"] or _day(row["Outcome Date"]) > _day(row["Date Referred"])


def test_only_a_release_names_somebody(standard: Made, sent: list[tuple[str, Row]],
                                       referrals: dict[str, Row]) -> None:  # fmt: skip
    for name, row in sent:
        if name.startswith("referrals") and row["Release on File"] == "None":
            assert not any(row[column] for column in NAMES)
    unnamed = [row for row in referrals.values() if row["Release on File"] == "None"]
    assert 0.1 < len(unnamed) / len(referrals) < 0.4
    assert standard.summary.records["service-directory"] == len(referrals) - len(unnamed)


def test_the_exploited_are_helped_more_often_and_children_by_their_own_services(
    standard: Made, services: dict[str, Row], referrals: dict[str, Row]
) -> None:
    truth = standard.path / "truth"
    people = {row["person_id"]: row for row in rows_of(truth / "person.parquet")}
    who = {row["record_key"]: row for row in rows_of(truth / "record.parquet")}
    helped = Counter[str]()
    false_names = 0
    for no, row in referrals.items():
        if row["Release on File"] == "None":
            continue
        record = who[record_key("person", "service-directory", no)]
        helped[record["person_id"]] += 1
        false_names += record["false_identity"]
        if services[row["Svc ID"]]["Svc Type"] == "CAC":
            born = people[record["person_id"]]["birth_date"]
            assert (_day(row["Date Referred"]) - born).days < 18.01 * 365.25
    groups = defaultdict(list)
    for person, row in people.items():
        for group in row["groups"]:
            groups[group].append(helped[person])
    everybody = helped.total() / len(people)
    assert sum(groups["victim"]) / len(groups["victim"]) > 4 * everybody
    assert sum(groups["missing"]) / len(groups["missing"]) > 2 * everybody
    assert helped.total() > 2 * sum(groups["victim"]), "most are nobody's victims"
    assert false_names >= 10


def test_a_shelters_number_stands_for_several_clients(
    services: dict[str, Row], referrals: dict[str, Row]
) -> None:
    clients = Counter(_digits(row["Client Phone"]) for row in referrals.values())
    shared = [clients[_digits(row["Main Phone"])] for row in services.values()
              if row["Svc Type"] == "SH"]  # fmt: skip
    assert sum(count >= 2 for count in shared) >= 3
    others = [clients[_digits(row["Main Phone"])] for row in services.values()
              if row["Svc Type"] != "SH"]  # fmt: skip
    assert not any(others)


def test_where_a_confidential_service_is_is_not_told(sent: list[tuple[str, Row]]) -> None:
    lists = [row for name, row in sent if name.startswith("services")]
    hidden = [row for row in lists if row["Location Confidential"] == "Y"]
    assert len(hidden) >= 9
    assert not [row for row in hidden if row["Street"] or row["ZIP"]]


def test_entries_come_late_twice_wrong_and_are_taken_back(
    sent: list[tuple[str, Row]], referrals: dict[str, Row]
) -> None:
    versions = defaultdict(list)
    for name, row in sent:
        if name.startswith("referrals") and "resent" not in name:
            versions[row["Referral No"]].append((name, str(row)))
    corrected = [no for no, found in versions.items() if len({text for _, text in found}) > 1]
    assert len(corrected) >= 10
    assert sum(len(found) > len(set(found)) for found in versions.values()) >= 2, "twice in a file"
    assert any("X" in no for no in versions.keys() - referrals.keys())
    assert any(row["Date Referred"] == "13/45/2024" for _, row in sent if "Referral No" in row)
    named = [row for row in referrals.values() if row["Client Last"]]
    for column in ("Client DOB", "Client Phone", "Client ZIP"):
        assert 0.05 < sum(not row[column] for row in named) / len(named) < 0.7
    lists = defaultdict(set)
    for name, row in sent:
        if name.startswith("services"):
            lists[row["Svc ID"]].add((_digits(row["Main Phone"]), row["Listing"]))
    assert sorted(map(len, lists.values()))[-3:] == [1, 2, 2], "a number put right, one closed"


def _day(value: str) -> date:
    month, day, year = value.split("/")
    return date(int(year), int(month), int(day))


def _digits(value: str) -> str:
    return "".join(sign for sign in value if sign.isdigit())[-10:]
