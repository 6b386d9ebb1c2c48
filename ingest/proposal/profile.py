"""What the columns of a sample hold, in counts.

Guarantees: kinds are counted with the macros that type a delivery, so what is counted as a date
here is accepted as one there. Up to WHOLE_ROWS rows are all read; of more, a spread that is the
same each time. Values leave this module only as ``some`` (to be judged, never written) and
``codes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ingest.contracts.columns import Kind

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

WHOLE_ROWS: Final = 200_000
SEED: Final = 7
SOME_VALUES: Final = 400
MOST_CODES: Final = 40
NEARLY: Final = 0.95
LONGEST_CODE: Final = 30
FILLERS: Final = (
    "N/A",
    "NA",
    "#N/A",
    "NAN",
    "NIL",
    "NONE",
    "NULL",
    "UNKNOWN",
    "UNK",
    "NOT RECORDED",
    "NOT REPORTED",
    "NOT AVAILABLE",
    "NOT APPLICABLE",
    "REFUSED",
    "-",
    "--",
    "---",
    "?",
    ".",
    "00/00/0000",
    "0000-00-00",
)
"""Words that mean not recorded. They are the only words of a personal column that are written."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One column. ``sound`` rows are filled with something else than a filler."""

    rows: int
    filled: int
    sound: int
    values: int
    rarest: int
    longest: int
    mean_length: float
    fillers: tuple[str, ...]
    counts: dict[str, int]
    """By kind, and by what else profile.sql counts: rows that fit."""
    codes: dict[str, int]
    """Value to rows, where there are few and short ones."""
    some: tuple[str, ...]
    """Some of the distinct values."""

    def fits(self, what: Kind | str) -> bool:
        """Whether every row that says something fits."""
        return self.sound > 0 and self.counts[str(what)] == self.sound

    def nearly(self, what: Kind | str) -> bool:
        """Whether all but a few rows fit."""
        return self.sound > 0 and self.counts[str(what)] >= NEARLY * self.sound

    @property
    def never_blank(self) -> bool:
        return self.filled == self.rows


def sampled_rows(
    con: duckdb.DuckDBPyConnection, framed: Path, rows: int
) -> duckdb.DuckDBPyRelation:
    """All rows, or a spread of about WHOLE_ROWS of them, the same for the same file."""
    relation = con.read_parquet(str(framed))
    if rows <= WHOLE_ROWS:
        return relation
    place = FunctionExpression(
        "hash", ColumnExpression("source_line"), ConstantExpression(SEED)
    ) % ConstantExpression(-(-rows // WHOLE_ROWS))
    return relation.filter(place == ConstantExpression(0))


def profile(con: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation, column: str) -> Profile:
    """Profile one column of ``rows`` on a connection that has the macros of values.sql."""
    rows.select(ColumnExpression(column).alias("v")).create_view("written", replace=True)
    cursor = con.execute(_statement(), {"fillers": list(FILLERS)})
    names = [described[0] for described in cursor.description or ()]
    found = dict(zip(names, cursor.fetchall()[0], strict=True))
    by_value = con.table("written").select(
        FunctionExpression("clean", ColumnExpression("v")).alias("v")
    )
    by_value = by_value.filter("v IS NOT NULL").aggregate("v, count(*) AS n")
    codes: dict[str, int] = {}
    if found["values"] <= MOST_CODES and found["longest"] <= LONGEST_CODE:
        codes = dict(by_value.order("v").fetchall())
    some = by_value.order("hash(v), v").limit(SOME_VALUES).select("v").fetchall()
    kept = ("rows", "filled", "sound", "values", "rarest", "longest")
    return Profile(
        **{name: int(found[name]) for name in kept},
        mean_length=float(found["mean_length"]),
        fillers=tuple(sorted(found["fillers"])),
        counts={name: int(found[name]) for name in names[names.index("integer") :]},
        codes=codes,
        some=tuple(value for (value,) in some),
    )


@cache
def _statement() -> str:
    return (files("ingest") / "proposal" / "profile.sql").read_text("utf-8")
