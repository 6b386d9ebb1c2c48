"""A pack is complete and consistent, or refused with the place of the fault."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.contracts.packs import PACKS, PackError, load_pack

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED = (PACKS / "trafficking" / "pack.toml").read_text(encoding="utf-8")
CODES = Path(__file__).parents[2] / "ingest" / "reference" / "codes"


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str], Path]:
    """The shipped pack with one text replaced by another."""

    def edit(old: str, new: str) -> Path:
        assert old in SHIPPED
        (tmp_path / "pack.toml").write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return edit


def _codes(table: str, column: str) -> set[str]:
    with (CODES / table).open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_the_shipped_pack_tells_sex_from_labor_trafficking() -> None:
    pack = load_pack("trafficking")
    assert pack.codes("sex_trafficking") == {"64A"}
    assert pack.codes("labor_trafficking") == {"64B"}
    assert pack.codes("trafficking") == {"64A", "64B"}
    assert pack.categories_of("64A") == ("trafficking", "sex_trafficking")
    assert pack.categories_of("23H") == ()
    assert ("drug", "35A") in pack.category_rows()


def test_child_and_health_sources_have_the_higher_threshold() -> None:
    pack = load_pack("trafficking")
    assert pack.threshold("nibrs") == 10
    assert pack.threshold("clearinghouse") == 11
    assert pack.threshold("a feed nobody placed") == 11


def test_age_bands_part_at_18_and_at_21() -> None:
    assert [band[0] for band in load_pack("trafficking").age_bands()] == [
        "0-11", "12-14", "15-17", "18-20", "21-24", "25+",
    ]  # fmt: skip


def test_every_code_of_the_shipped_pack_exists_in_the_code_tables() -> None:
    pack = load_pack("trafficking")
    offenses = _codes("nibrs_offense_type.csv", "offense_code")
    for category in pack.categories.values():
        assert category.codes <= offenses
    tables = {
        "relationship": ("nibrs_relationship.csv", "relationship_code"),
        "location": ("nibrs_location_type.csv", "location_code"),
        "drug": ("nibrs_suspected_drug_type.csv", "suspected_drug_code"),
    }
    for name, (table, column) in tables.items():
        breakdown = pack.breakdowns[name]
        used = breakdown.unknown_codes.union(*(group.codes for group in breakdown.groups))
        assert used <= _codes(table, column)


def test_every_chart_says_that_counts_follow_reporting() -> None:
    pack = load_pack("trafficking")
    assert pack.charts
    for chart in pack.charts.values():
        assert "follow reporting" in chart.caption


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('focus = "trafficking"', 'focus = "smuggling"', "smuggling"),
        ('codes = ["100"]', "codes = []", "categories.kidnapping.codes"),
        ('codes = ["100"]', 'codes = ["kidnap"]', "categories.kidnapping.codes"),
        ("threshold = 10", 'threshold = "10"', "suppression.standard.threshold"),
        ("threshold = 10", "threshold = 1", "suppression.standard.threshold"),
        ('counts = "victims"', 'counts = "survivors"', "measures.victims.counts"),
        ('feeds = ["nibrs", ', "feeds = [", "nibrs has no suppression class"),
        ('"events"]', '"hotline"]', "hotline is in suppression"),
        ('codes = ["ST"]', 'codes = ["FR"]', "in two groups"),
        ("[0, 12, 15", "[0, 15, 12", "age_band_starts"),
        ('[caution]\nshort = "', '[caution]\ncolour = "red"\nshort = "', "caution.colour"),
        ("[caution]", "[caution", "is not TOML"),
        ('version = "1"', "version = 2026-01-01", "text, numbers, lists and tables"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_place(
    edited: Callable[[str, str], Path], old: str, new: str, said: str
) -> None:
    with pytest.raises(PackError, match=re.escape(said)):
        load_pack(edited(old, new))


def test_an_unknown_name_says_which_packs_there_are() -> None:
    with pytest.raises(PackError, match="trafficking"):
        load_pack("opioid")
