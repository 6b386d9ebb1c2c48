"""Every committed input of the fuzzer, the ones that once broke a reader among them."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import INPUTS, TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_committed_input_is_read_or_refused(target: str) -> None:
    inputs = sorted((INPUTS / target).iterdir())
    assert inputs
    for path in inputs:
        try:
            TARGETS[target](path.read_bytes())
        except BaseException as error:
            error.add_note(f"input {path.name}")
            raise


def test_no_input_is_committed_that_nothing_reads() -> None:
    assert {path.name for path in INPUTS.iterdir()} == set(TARGETS)
