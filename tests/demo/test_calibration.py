"""Holding a world against real tables: what agrees, what is named, and what the page shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from demo.calibration.comparing import compare, reference
from demo.calibration.page import write_report
from demo.errors import NoWorld
from pipeline.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import Made


def test_the_reference_agrees_with_itself() -> None:
    counts, sources = reference()
    compared = compare(counts)
    assert [found.measure for found in compared] == list(counts)
    assert all(sources[found.measure] for found in compared)
    for found in compared:
        assert found.verdict == "agrees"
        assert found.distance == 0
        assert not any(category.differs for category in found.categories)


def test_a_shifted_share_is_named() -> None:
    counts, _ = reference()
    hours = dict(counts["incidents by hour"])
    hours["03"] += 2000
    (found,) = compare({"arrestees per incident": {"0": 50, "1": 9_000, "2": 10}})
    assert found.verdict == "differs"
    assert {category.name for category in found.categories if category.differs} >= {"0", "1"}
    (found,) = compare({"incidents by hour": hours})
    (named,) = (c for c in found.categories if c.name == "03")
    assert named.differs
    assert named.low > 0


def test_a_few_cases_do_not_differ_by_chance() -> None:
    (found,) = compare({"arrestees per incident": {"0": 12, "1": 8}})
    assert found.verdict == "agrees"


def test_the_standard_world_differs_only_where_it_is_meant_to(
    standard: Made, tmp_path: Path
) -> None:
    report = write_report(standard.path, tmp_path)
    assert report.unmeant == ()
    page = report.page.read_text(encoding="utf-8")
    for found in report.comparisons:
        assert f"## {found.measure}\n" in page
        assert found.world_cases > 0
        svg = tmp_path / "world" / f"{found.measure.replace(' ', '-')}.svg"
        assert ET.fromstring(svg.read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314
    assert any(found.verdict == "differs, as meant" for found in report.comparisons)
    incidents = {found.measure: found.world_cases for found in report.comparisons}
    assert incidents["incidents by agency"] == incidents["incidents by hour"]


def test_the_command_says_what_it_wrote(standard: Made, tmp_path: Path) -> None:
    said = CliRunner().invoke(
        app, ["world", "report", str(standard.path), "--docs", str(tmp_path / "docs")]
    )
    assert said.exit_code == 0
    assert "world.md" in said.stdout
    assert (tmp_path / "docs" / "world.md").exists()


def test_a_folder_without_a_finished_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoWorld, match=r"world\.json"):
        write_report(tmp_path, tmp_path / "docs")
    (tmp_path / "world.json").write_text(json.dumps({"finished": False}), encoding="utf-8")
    with pytest.raises(NoWorld, match="not finished"):
        write_report(tmp_path, tmp_path / "docs")
