"""The policy loads whole or not at all, and says where it is wrong."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from sharing.errors import PolicyRefused, UnknownView
from sharing.policy import load_policy
from sharing.rules import Show
from tests.sharing.worlds import ON, SHIPPED, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from sharing.policy import Policy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policy to spoil."""
    return shutil.copytree(
        SHIPPED, tmp_path / "agreements", ignore=shutil.ignore_patterns("__pycache__")
    )


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def shown(policy: Policy, view: str, feed: str, table: str) -> dict[str, Show]:
    (grant,) = [g for g in policy.grants_of(view) if (g.feed, g.table) == (feed, table)]
    return dict(grant.show)


def test_the_shipped_views_and_their_feeds() -> None:
    policy = shipped()

    assert {name: str(view.kind) for name, view in policy.views.items()} == {
        "investigation": "graph",
        "services": "graph",
        "analysis": "graph",
        "public": "rollups",
    }
    everybody = {"nibrs", "clearinghouse", "events"}
    assert policy.feeds_of("services") == everybody | {
        *("social-services", "juvenile-justice", "school-attendance", "courts", "hospital"),
        "service-directory",
    }
    assert policy.feeds_of("investigation") >= everybody | {"hotline", "forensic-lab"}
    assert [v for v in policy.views if "hotline" in policy.feeds_of(v)] == ["investigation"]


def test_services_sees_no_field_of_the_criminal_information_network() -> None:
    shares = shown(shipped(), "services", "clearinghouse", "missing_episode")

    assert shares["ncic_category"] is Show.NOTHING
    assert shares["reporting_agency_id"] is Show.NOTHING
    assert shares["circumstance"] is Show.CLEAR


@pytest.mark.parametrize("view", ["analysis", "public"])
def test_deidentified_views_show_no_identity(view: str) -> None:
    identity = {
        "given_name", "middle_name", "surname", "aliases", "birth_date", "birth_year",
        "address_line", "city", "zip", "strong_id", "source_id", "phones", "plates",
    }  # fmt: skip
    for grant in shipped().grants_of(view):
        assert not [c for c in identity if grant.show.get(c) is Show.CLEAR], grant.feed


def test_public_matches_nothing_of_a_person() -> None:
    for grant in shipped().grants_of("public"):
        if grant.table == "person_record":
            assert set(grant.match.values()) == {Show.NOTHING}


def test_columns_are_shown_only_where_no_feed_withholds_matched_values() -> None:
    policy = shipped()

    def records(view: str) -> frozenset[str]:
        told = (name.split(".") for name in policy.shown_values(view))
        return frozenset(column for table, column in told if table == "person_record")

    assert {"given_name", "surname", "birth_date", "phones"} <= records("services")
    # Police addresses are compared with the department's and not shown.
    assert "address_line" not in records("services")
    # Social services contribute no race to this view, so it cannot be betrayed by them.
    assert {"address_line", "race"} <= records("investigation")
    assert records("analysis") >= {"sex", "race"}
    assert not records("analysis") & {"surname", "birth_year", "phones", "city"}
    # A contact shown as a token is not shown; a place shown as its county is known by it.
    assert "contact_point.value" not in policy.shown_values("analysis")
    assert "location.address_line" not in policy.shown_values("analysis")
    assert "location.locality_id" in policy.shown_values("analysis")


def test_a_place_compared_by_its_county_is_a_compared_locality(folder: Path) -> None:
    before = load_policy(folder, ON).shown_values("investigation")
    change(folder, "hotline.yaml", "address: clear", "address_line: {match: coarse, show: nothing}")
    after = load_policy(folder, ON).shown_values("investigation")

    assert "person_record.locality_id" in before
    assert "person_record.locality_id" not in after


def test_an_agreement_that_has_ended_shares_nothing(folder: Path) -> None:
    change(folder, "hotline.yaml", "valid_to: 2033-12-31", "valid_to: 2026-11-22")

    assert "hotline" not in load_policy(folder, ON).feeds_of("investigation")
    assert "hotline" in load_policy(folder, date(2026, 11, 22)).feeds_of("investigation")


def test_the_fingerprint_follows_the_content_not_the_day(folder: Path) -> None:
    before = load_policy(folder, ON).fingerprint

    assert load_policy(folder, date(2027, 5, 1)).fingerprint == before
    change(folder, "nibrs.yaml", "# Police incidents", "# Police reports")
    assert load_policy(folder, ON).fingerprint == before
    change(folder, "nibrs.yaml", "retain_years: 25", "retain_years: 24")
    assert load_policy(folder, ON).fingerprint != before


def test_unknown_view() -> None:
    with pytest.raises(UnknownView, match="investigation, services"):
        shipped().grants_of("press")


WRONG = {
    "unknown table": ("events.yaml", "      event: {", "      evnt: {", "evnt: no such table"),
    "unknown column": ("hotline.yaml", "names: clear", "nmes: clear", "no field nmes"),
    "unknown view": ("events.yaml", "  public:", "  press:", "press: no such view"),
    "unknown entry": ("events.yaml", "retain_years", "retain_year", "retain_year: unknown entry"),
    "missing entry": ("events.yaml", "retain_years: 25\n", "", "retain_years: missing"),
    "key column": ("hotline.yaml", "names: clear", "record_key: clear", "key or provenance"),
    "provenance": ("hotline.yaml", "names: clear", "delivery: clear", "key or provenance"),
    "unknown mask": ("hotline.yaml", "names: clear", "names: blurred", "expected one of clear"),
    "mask without meaning": ("hotline.yaml", "names: clear", "names: year", "means nothing for"),
    "coarse without meaning": (
        "hotline.yaml", "names: clear", "names: {match: coarse, show: nothing}",
        "match: coarse means nothing for given_name",
    ),
    "county of an age": ("hotline.yaml", "age: clear", "age: county", "means nothing for age_low"),
    "written twice": ("hotline.yaml", "names: clear", "names: clear\n          names: clear",
                      "names: written twice"),
    "unknown operator": ("events.yaml", "op: not_in", "op: like", "rows.0.op"),
    "no values": ("events.yaml", "values: [operation]", "values: []", "takes 1 to 1000 values"),
    "values of another type": ("events.yaml", "[operation]", "[7]", "expected str each"),
    "filter on a key": ("events.yaml", "column: kind", "column: event_key", "key or provenance"),
    "unknown purpose": ("hotline.yaml", "[missing_child,", "[gossip,", "purposes.0"),
    "purpose not permitted": (
        "hotline.yaml", "[missing_child, ", "[", "which this agreement does not permit",
    ),
    "ends before it begins": ("events.yaml", "valid_to: 2033", "valid_to: 2013", "lies before"),
    "a date as text": ("events.yaml", "valid_to: 2033-12-31", "valid_to: 'soon'", "valid_to"),
    "a contact without value": (
        "hotline.yaml", "{contact: clear}", "{kind: clear}", "no contact_point at all",
    ),
    "same dataset": ("events.yaml", "dataset: events", "dataset: hotline", "binds the same"),
    "only with what is not shared": (
        "hotline.yaml", "only_with: [incident]", "only_with: [arrest]", "arrest is not among",
    ),
    "only with what shares no key": (
        "hotline.yaml", "only_with: [incident]", "only_with: [agency]", "share no key",
    ),
    "not YAML": ("events.yaml", "retain_years: 25", "retain_years: [25", "not YAML"),
    "not a mapping": ("views.yaml", "format: 1", "- format: 1", "views.yaml"),
    "group of an unknown column": ("views.yaml", "text: [notes]", "text: [nots]", "no field nots"),
    "group named like a column": ("views.yaml", "name_of: [name]", "name: [name]", "of the table"),
    "groups that overlap": ("views.yaml", "text: [notes]", "text: [notes, case_number]", "shares"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_one_wrong_entry_refuses_the_policy_and_says_where(folder: Path, case: str) -> None:
    file, old, new, told = WRONG[case]
    change(folder, file, old, new)
    text = (folder / file).read_text("utf-8")

    with pytest.raises(PolicyRefused) as refused:
        load_policy(folder, ON)

    lines = [line for line in str(refused.value).splitlines() if told in line]
    assert lines, str(refused.value)
    assert any(line.startswith("- ") for line in lines)
    named, line = lines[0].removeprefix("- ").split(" ", 1)[0].split(":")[:2]
    assert (folder / named).exists()
    assert 1 <= int(line) <= len(text.splitlines()) + 1


def test_the_line_is_the_entrys_own(folder: Path) -> None:
    change(folder, "hotline.yaml", "names: clear", "nmes: clear")
    lines = (folder / "hotline.yaml").read_text("utf-8").splitlines()
    (at,) = [n for n, line in enumerate(lines, 1) if "nmes" in line]

    with pytest.raises(
        PolicyRefused,
        match=rf"hotline.yaml:{at} views.investigation.tables.person_record.fields.nmes:",
    ):
        load_policy(folder, ON)


def test_every_problem_of_every_file_is_told_at_once(folder: Path) -> None:
    change(folder, "hotline.yaml", "names: clear", "nmes: clear")
    change(folder, "events.yaml", "op: not_in", "op: like")

    with pytest.raises(PolicyRefused) as refused:
        load_policy(folder, ON)

    assert "nmes" in str(refused.value)
    assert "events.yaml" in str(refused.value)


def test_a_file_that_refers_to_itself_is_refused_without_hanging(folder: Path) -> None:
    (folder / "events.yaml").write_text("a: &a [*a, *a]\n", "utf-8")

    with pytest.raises(PolicyRefused, match="events"):
        load_policy(folder, ON)


def test_no_views_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match=r"views\.yaml is missing"):
        load_policy(tmp_path, ON)
