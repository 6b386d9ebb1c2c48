"""Labels of codes come from the published lists."""

from __future__ import annotations

import pytest

from ingest.contracts.codes import CodeList, is_code, label, label_all, labels


@pytest.mark.parametrize("code_list", list(CodeList))
def test_every_list_has_codes_with_labels(code_list: CodeList) -> None:
    assert labels(code_list)
    assert all(code and text for code, text in labels(code_list).items())


def test_codes_that_the_product_leans_on() -> None:
    assert label(CodeList.OFFENSE, "64A") == "Human Trafficking, Commercial Sex Acts"
    assert label(CodeList.LOCATION, "14") == "Hotel/Motel/Etc."
    assert label(CodeList.DRUG, "D") == "Heroin"
    assert label(CodeList.RELATIONSHIP, "ST") == "Victim Was Stranger"
    assert label(CodeList.SEX, "F") == "Female"
    assert label_all(CodeList.CRIMINAL_ACTIVITY, ["E", "J"]) == [
        "Exploiting Children",
        "Juvenile Gang",
    ]


def test_missing_and_foreign_codes_say_so() -> None:
    assert label(CodeList.RACE, None) == "Not recorded"
    assert "ZZ" in label(CodeList.RACE, "ZZ")
    assert not is_code(CodeList.RACE, "ZZ")
    assert label_all(CodeList.WEAPON, None) == []
