"""What is fuzzed, by name, and where the committed inputs of each target are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.fuzz.contracts import contract, delivery, made_contract, values
from tests.fuzz.framing import PART, archive, delimited, json_lines, parquet, workbook

if TYPE_CHECKING:
    from collections.abc import Callable

INPUTS: Final = Path(__file__).parent / "inputs"

TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "delimited": delimited,
    "json_lines": json_lines,
    "workbook": workbook,
    "parquet": parquet,
    "archive": archive,
    "values": values,
    "contract": contract,
    "made_contract": made_contract,
    "delivery": delivery,
}

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "delimited": (',"', '",', '""', "\r\n", "\n\n", "a,b\n", "﻿", "é"),
    "json_lines": ('{"a":', '"b": {"c":', '"b.c":', "null", "NaN", "\\ud800", "1e400", "[", "}\n"),
    "workbook": (
        *("<row r=", "<c r=", ' t="s"', ' t="inlineStr"', ' t="str"', ' t="d"', ' t="e"', ' t="b"'),
        *(
            "<v>",
            "</v>",
            "<f>",
            "<is><t>",
            "</t></is>",
            ' s="1"',
            '"A1"',
            '"XFD1048576"',
            '"1048577"',
        ),
        *('<mergeCells><mergeCell ref="A1:B2"/></mergeCells>', PART.decode(), "<!--", "<![CDATA["),
        *("date1904", "numFmtId=", "&#0;", "&#xD;", "_x000D_", "<!DOCTYPE x [", "<!ENTITY e "),
    ),
    "archive": ("PK\3\4", "PK\1\2", "PK\5\6", "../", "\x1f\x8b\x08"),
    "values": (
        "2024-02-29",
        "02/30/2024",
        "29-FEB-23",
        "T24:00:00",
        "99999",
        "[",
        '"',
        ";",
        "?",
        ":",
    ),
    "contract": (
        *("kind = ", "columns", "files", "key = ", "newest_by = ", "withdrawn = ", "references = "),
        *("values = ", "codes = ", "scope = ", "as_of = ", "minimum = ", "blank = ", "[[files]]"),
    ),
}
"""Words that mean something to a target: mutations find them sooner."""
