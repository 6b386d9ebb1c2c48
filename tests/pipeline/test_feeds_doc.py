"""docs/feeds.md does what it says: its example is run, its reference is whole."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from ingest.contracts.columns import ColumnContract, Kind
from ingest.contracts.feeds import Agency, FeedContract, FileContract, Format, Reference
from ingest.sources import FORMATS

ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs" / "feeds.md").read_text("utf-8")
EXAMPLE = DOC.split("## A feed in half an hour", 1)[1].split("\n## ", 1)[0]
PLACE = "/srv/vast"


class Reader:
    """A steward who does what the example says, with a home of their own."""

    def __init__(self, home: Path, *, runs: bool) -> None:
        self.home = home
        self.runs = runs
        self.environment = {**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
        self.status = 0

    def block(self, language: str, text: str) -> None:
        if language == "console":
            for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                told, _, shown = command.partition("\n")
                self.command(told, shown)
            return
        first, _, rest = text.partition("\n")
        path = Path(self.here(first.removeprefix("# ")))
        if language == "yaml":
            path.write_text(rest)
        elif language == "diff":
            path.write_text(changed(path.read_text(), rest.splitlines()))

    def here(self, text: str) -> str:
        return text.replace(PLACE, str(self.home))

    def command(self, told: str, shown: str) -> None:
        words = shlex.split(self.here(told))
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value
            return
        if words == ["echo", "$?"]:
            assert self.status == int(shown)
            return
        if words[:2] == ["vast", "run"] and not self.runs:
            return
        if words[0] == "vast":
            words = [sys.executable, "-m", "pipeline", *words[1:]]
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        self.status = done.returncode
        said = flush(done.stdout.replace(str(self.home), PLACE))
        pattern = re.escape(flush(shown)).replace(re.escape("..."), ".*")
        assert re.fullmatch(pattern, said), said + done.stderr


def flush(text: str) -> str:
    """Without the blanks around lines, which titles of tables have."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def changed(text: str, lines: list[str]) -> str:
    """The text after a documented change: lines that go, and lines that come in their place."""
    old: list[str] = []
    for sign, group in groupby(lines, key=lambda line: line[:1]):
        said = [line[1:] for line in group]
        if sign == "-":
            old = said
            for line in said[1:]:
                assert f"\n{line}\n" in text
                text = text.replace(f"\n{line}\n", "\n", 1)
        else:
            assert f"\n{old[0]}\n" in text
            text = text.replace(f"\n{old[0]}\n", "\n" + "\n".join(said) + "\n", 1)
    return text


@pytest.mark.parametrize("runs", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_example_does_what_it_says(tmp_path: Path, runs: bool) -> None:
    reader = Reader(tmp_path / "vast", runs=runs)
    reader.home.mkdir()
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", EXAMPLE, flags=re.MULTILINE | re.DOTALL)
    assert [language for language, _ in blocks].count("console") >= 4
    for language, text in blocks:
        reader.block(language, text)
    assert "curfew" in (reader.home / "feeds" / "campus-police" / "contract.toml").read_text()


def test_the_reference_names_every_key_and_kind() -> None:
    keys = {
        name
        for model in (FeedContract, FileContract, ColumnContract, Agency, Reference)
        for name in model.model_fields
    }
    spoken = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]*)`", DOC))))
    assert keys <= spoken
    assert {kind.value for kind in Kind} | {form.value for form in Format} <= spoken
    assert all(f"`{ending}`" in DOC for ending in FORMATS if ending != ".xlsm")


def test_every_function_that_the_doc_names_is_there() -> None:
    section = DOC.split("\n## SQL\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`?\b([a-z_0-9]+)\(", section)) - {"getvariable"}
    sources = [ROOT / "ingest" / "sql" / "values.sql", ROOT / "ingest" / "functions.py"]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    missing = {name for name in named if not re.search(rf"\b{name}\b", text)}
    assert len(named) > 15
    assert missing == set()
