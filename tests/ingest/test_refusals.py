"""What is refused at the door stays on record until it is sent well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.landing import land
from ingest.refusals import refused_files
from runs.home import Home

if TYPE_CHECKING:
    from pathlib import Path


def quiet(_line: str) -> None:
    """No progress."""


def test_a_refusal_stands_until_its_source_is_sent_well(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    source = tmp_path / "delivery"
    source.mkdir()
    broken = source / "nibrs.zip"
    broken.write_bytes(b"PK\x03\x04 cut off")
    assert refused_files(home) == []
    land(home, source, progress=quiet)
    (refused,) = refused_files(home)
    assert refused.path.endswith("nibrs.zip")
    assert refused.reason
    # The same again is one refusal, not two.
    land(home, source, progress=quiet)
    assert len(refused_files(home)) == 1
    broken.unlink()
    land(home, source, progress=quiet)
    assert refused_files(home) == []
